"""What a whole process costs, from start to exit: wall and CPU time and memory, against Python, click and SymPy.

The jobs take turns, and medians are compared. Times and memory are those of the finished child (os.wait4), so POSIX
only. Writes results/startup.json.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import print_table, save

ROOT = Path(__file__).resolve().parent.parent
TEXT = "1/(1+exp(-x))"
SYMPY = "from sympy import *; x=symbols('x'); print(diff(1/(1+exp(-x)),x))"
SYMENGINE = "from symengine import *; x=Symbol('x'); print(diff(1/(1+exp(-x)),x))"

# A child inherits the high-water mark of the process that starts it, so a bare interpreter starts and measures the job.
LAUNCHER = """
import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
start = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - start
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""

JOBS: dict[str, list[str]] = {
    "python": ["-c", "pass"],
    "import click": ["-c", "import click"],
    "import calcml": ["-c", "import calcml"],
    "calcml diff": ["-m", "calcml", "diff", TEXT],
    "calcml diff --steps": ["-m", "calcml", "diff", TEXT, "--steps"],
    "calcml --help": ["-m", "calcml", "--help"],
    "symengine": ["-c", SYMENGINE],
    "sympy": ["-c", SYMPY],
}


def run(arguments: list[str]) -> tuple[float, float, float, int]:
    """Wall seconds, CPU seconds, largest resident MiB and exit code of one process."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, sys.executable, *arguments],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    wall, cpu, resident, status = map(float, done.stdout.split())
    return wall, cpu, resident / (2**20 if sys.platform == "darwin" else 2**10), int(status)


def answers(arguments: list[str]) -> str:
    """Why a job cannot be measured here, or nothing. Also fills the bytecode cache."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    prints = arguments[0] == "-m" or "print" in arguments[1]
    return "" if done.stdout.strip() or not prints else "it prints nothing"


def measure(names: list[str], repeat: int) -> dict[str, dict[str, float]]:
    """Medians for each job."""
    samples: dict[str, list[tuple[float, float, float, int]]] = {name: [] for name in names}
    for _ in range(repeat):
        for name in names:
            samples[name].append(run(JOBS[name]))
    return {
        name: {
            "wall_ms": 1e3 * statistics.median(sample[0] for sample in found),
            "cpu_ms": 1e3 * statistics.median(sample[1] for sample in found),
            "mib": statistics.median(sample[2] for sample in found),
        }
        for name, found in samples.items()
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the table and the ratios the targets are about."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    if not hasattr(os, "wait4"):
        print("startup: needs os.wait4; skipped", file=sys.stderr)
        return 0
    names = []
    for name, job in JOBS.items():
        reason = answers(job)
        if reason:
            print(f"{name}: skipped: {reason}", file=sys.stderr)
        else:
            names.append(name)
    found = measure(names, options.repeat)
    header = ["process", "wall ms", "CPU ms", "MiB", "CPU / click", "CPU / sympy"]

    def against(name: str, other: str) -> str:
        return f"{found[name]['cpu_ms'] / found[other]['cpu_ms']:.2f}" if other in found else "-"

    lines = []
    for name, row in found.items():
        numbers = [f"{row[field]:.1f}" for field in ("wall_ms", "cpu_ms", "mib")]
        lines.append([name, *numbers, against(name, "import click"), against(name, "sympy")])
    print_table(header, lines)
    if "calcml diff" in found and "import click" in found:
        ratio, memory = float(against("calcml diff", "import click")), found["calcml diff"]["mib"]
        print(f"calcml diff: {ratio:.2f} times import click (target 2), {memory:.1f} MiB (target 20)")
    data: dict[str, Any] = {"jobs": found, "repeat": options.repeat}
    if not options.no_save:
        print(f"written to {save('startup', data)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
