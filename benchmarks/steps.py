"""Derivations a second: textbook exercises, typed as text, read, differentiated with steps, simplified and verified.

SymPy's way to the same answers, `diff` and `simplify` and `latex`, makes about 15 a second (docs' speed page). Writes
results/steps.json.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import time
from typing import Any

from benchmarks.measure import TimeLimitError, print_table, save, settle, short_time, time_limit

EXERCISES = (
    "x^5 - 3x^2 + 7", "(x^2 + 1)^10", "sqrt(x^2 + 1)", "x*sin(x)", "x^2*e^x", "sin(x)/x", "(x + 1)/(x - 1)",
    "(x^2 - 1)/(x^2 + 1)", "tan(x)", "sin(x)^2", "sin(x)*cos(x)", "cos(3x + 1)", "sin(cos(x))", "e^(-x^2)",
    "e^(2x)*cos(3x)", "ln(x^2 + 1)", "x*ln(x) - x", "ln(ln(x))", "ln(x)/x", "1/x^3", "1/sqrt(x)", "x^(2/3)", "2^x",
    "x^x", "atan(x)", "asin(x)", "x*atan(x) - ln(1 + x^2)/2", "1/(1 + e^(-x))", "ln(1 + e^x)", "tanh(x)",
    "x/(1 + e^(-x))", "(e^x - e^(-x))/(e^x + e^(-x))", "sqrt((x - 1)/(x + 1))", "e^(sin(x)^2)", "x^2*sin(1/x)",
    "(2x + 1)^3*(x^2 - 5)^4", "e^(-(x - 1)^2/8)/sqrt(8*pi)", "ln((1 + x)/(1 - x))/2", "sin(x)*e^x/(1 + x^2)",
    "(x^3 - 2x)/(x^2 + 4)^2",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Print the rate, the slowest exercises and those that failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=10.0, help="seconds for one exercise")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    try:
        library = importlib.import_module("calcml")
        parse, derive, x = library.parse, library.derive, library.symbols("x")
    except (ImportError, AttributeError) as error:
        print(f"steps: cm.derive is not there yet ({error}); skipped", file=sys.stderr)
        return 0
    settle()
    times: dict[str, float] = {}
    steps: dict[str, int] = {}
    failures: dict[str, str] = {}
    for text in EXERCISES:
        samples = []
        try:
            for turn in range(options.repeat + 1):
                with time_limit(options.limit):
                    start = time.process_time()
                    derivation: Any = derive(parse(text), x)
                    if turn:
                        samples.append(time.process_time() - start)
                    steps[text] = len(derivation.steps)
                del derivation  # or the next turn finds every node made
            times[text] = statistics.median(samples)
        except TimeLimitError as error:
            failures[text] = str(error)
        except Exception as error:  # an exercise that fails is reported, and the others are still measured
            failures[text] = f"{type(error).__name__}: {error}"[:120]
    for text, reason in failures.items():
        print(f"{text}: {reason}")
    if not times:
        return 1
    rate = len(times) / sum(times.values())
    slowest = sorted(times, key=times.__getitem__, reverse=True)[:8]
    print_table(["slowest", "time", "steps"], [[text, short_time(times[text]), str(steps[text])] for text in slowest])
    median = short_time(statistics.median(times.values()))
    print(f"{len(times)} of {len(EXERCISES)} derived: {rate:.0f} a second; median {median}")
    if not options.no_save:
        data = {"per_second": rate, "seconds": times, "steps": steps, "failures": failures}
        print(f"written to {save('steps', data)}")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
