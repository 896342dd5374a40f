"""Timing, limits, tables and JSON: what every benchmark here shares.

Times are CPU times of this process, in seconds. One measurement runs a job often enough to last `SLICE`; the median
over repetitions is reported, and the systems take turns, so that a slow spell of the machine meets all of them.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import os
import platform
import signal
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

SLICE = 0.02  # seconds that one measurement should last at least
RESULTS = Path(__file__).parent / "results"


class Timing(NamedTuple):
    """Seconds per run: `total` is making the result and releasing it, `make` is without the release."""

    total: float
    make: float
    runs: int


class TimeLimitError(Exception):
    """A job took longer than it may."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeLimitError in the block after that many seconds. Works between bytecodes: C++ code runs to its end."""

    def stop(signum: int, frame: object) -> None:
        raise TimeLimitError(f"> {seconds:g} s")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    # Repeated, because an exception raised inside a weak reference's callback is printed and dropped.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def settle() -> None:
    """Collect garbage and set aside what lives now, so that imported modules do not slow later collections."""
    gc.collect()
    gc.freeze()


def nothing() -> None:
    """What a system does to release a result, where dropping it is enough."""


def once(
    job: Callable[[], object], reset: Callable[[], object], runs: int, release: Callable[[], object] = nothing
) -> tuple[float, float]:
    """Mean seconds of one measurement: with and without releasing the result before the next run."""
    clock = time.process_time
    total = made = 0.0
    gc.collect()
    for _ in range(runs):
        reset()
        start = clock()
        result = job()
        middle = clock()
        del result
        release()
        end = clock()
        total += end - start
        made += middle - start
    return total / runs, made / runs


def rounds(
    jobs: dict[str, Callable[[], object]], systems: dict[str, Any], first: dict[str, float], repeat: int
) -> dict[str, Timing]:
    """Measure jobs in turns. `first` is the time of each job's first run: it decides how often a job is repeated."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    runs = {name: max(1, min(5000, int(SLICE / max(first[name], 1e-7)))) for name in jobs}
    for turn in range(repeat):
        for name, job in jobs.items():
            if (turn and first[name] > 5) or (turn > 2 and first[name] > 1):
                continue
            samples[name].append(once(job, systems[name].reset, runs[name], getattr(systems[name], "release", nothing)))
    return {
        name: Timing(
            statistics.median(total for total, _ in found), statistics.median(made for _, made in found), len(found)
        )
        for name, found in samples.items()
    }


def geometric_mean(values: Iterable[float]) -> float:
    """exp of the mean logarithm; nan of nothing."""
    logs = [math.log(value) for value in values if value > 0]
    return math.exp(statistics.fmean(logs)) if logs else math.nan


def slope(sizes: Sequence[float], times: Sequence[float]) -> float:
    """The exponent p of times ~ sizes^p, by least squares on logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(value) for value in times]
    return statistics.linear_regression(xs, ys).slope if len(xs) > 1 else math.nan


def short_time(seconds: float | None) -> str:
    """Three significant digits with a unit: 16.2 us, 1.30 ms, 2.41 s."""
    if seconds is None or math.isnan(seconds):
        return "-"
    for unit, scale in (("us", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds:.3g} s"


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in plain text: the first column to the left, the others to the right."""
    lines = [list(header), *[list(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for number, line in enumerate(lines):
        numbers = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  ".join([line[0].ljust(widths[0]), *numbers]).rstrip())
        if not number:
            print("  ".join("-" * width for width in widths))


def machine() -> dict[str, Any]:
    """Python, processor and date, and the versions of what is installed here."""
    model = platform.processor()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    versions = {}
    for name in ("calcml", "symengine", "casadi", "sympy", "numpy", "click"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": model,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "versions": versions,
    }


def save(name: str, data: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write results/NAME.json, with the machine's description."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **data}, indent=1, ensure_ascii=False) + "\n")
    return path
