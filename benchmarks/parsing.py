"""Reading text: tokens a second, and whether the time grows with the text alone.

Several kinds of text (sums of products, nesting, long names, numbers, juxtaposition) at 10 kB, 100 kB and 1 MB, where
the exponent of time ~ length^p should be 1. Writes results/parsing.json.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import re
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.measure import TimeLimitError, once, print_table, save, settle, short_time, slope, time_limit

LENGTHS = (10_000, 100_000, 1_000_000)
_TOKEN = re.compile(r"[0-9.]+|\w+|\S")


def _repeat(piece: Callable[[int], str], joint: str, length: int) -> str:
    parts: list[str] = []
    size = 0
    for number in itertools.count(1):
        parts.append(piece(number))
        size += len(parts[-1]) + len(joint)
        if size >= length:
            return joint.join(parts)
    raise AssertionError


def _nested(length: int) -> str:
    depth = length // 7
    return "sin(" * depth + "x" + "+1)" * depth


TEXTS: dict[str, Callable[[int], str]] = {
    "sum of products": lambda length: _repeat(lambda i: f"{i}*x^{i % 9 + 2}*y", " + ", length),
    "function calls": lambda length: _repeat(lambda i: f"sin({i}*x + y)*exp(-x/{i})", " - ", length),
    "many symbols": lambda length: _repeat(lambda i: f"w{i}*x{i}", " + ", length),
    "decimals": lambda length: _repeat(lambda i: f"{i / 7:.6f}", "*x + ", length),
    "juxtaposition": lambda length: _repeat(lambda i: f"{i} x (y + {i})", " + ", length),
    "powers": lambda length: _repeat(lambda i: f"(x + {i})^2", "*", length),
    "nested brackets": _nested,
}


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parsing", description=__doc__.split("\n")[0])
    parser.add_argument("--largest", type=int, default=1_000_000, help="length of the longest text")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one text")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    try:
        read = importlib.import_module("calcml.syntax.parser").parse_text
    except (ImportError, AttributeError) as error:
        print(f"parsing: the parser is not there yet ({error}); skipped", file=sys.stderr)
        return 0
    settle()
    lengths = [length for length in LENGTHS if length <= options.largest]
    lines, data = [], {}
    for name, write in TEXTS.items():
        times: list[float] = []
        rate, problem = 0.0, ""
        for length in lengths:
            text = write(length - 100)  # the reader takes no more than a million characters
            try:
                with time_limit(options.limit):
                    times.append(time_of(read, text, max(1, 30_000 // length), options.repeat))
            except (TimeLimitError, ValueError, ArithmeticError, RuntimeError) as error:
                problem = f"{type(error).__name__}: {error}"[:60]
                break
            rate = len(_TOKEN.findall(text)) / times[-1]
        data[name] = {"lengths": lengths[: len(times)], "seconds": times, "tokens_per_second": rate, "problem": problem}
        exponent = f"{slope(lengths[: len(times)], times):.2f}" if len(times) > 1 else "-"
        cells = [short_time(value) for value in times] + ["-"] * (len(lengths) - len(times))
        lines.append([name, *cells, f"{rate:,.0f}", exponent, problem])
    print_table(["text", *[f"{length // 1000} kB" for length in lengths], "tokens/s", "exponent", ""], lines)
    if not options.no_save:
        print(f"written to {save('parsing', {'texts': data})}")
    return 0


def time_of(read: Callable[[str], Any], text: str, runs: int, repeat: int) -> float:
    """Seconds for reading a text once: the smallest of some means."""
    return min(once(lambda: read(text), lambda: None, runs)[0] for _ in range(repeat))


if __name__ == "__main__":
    sys.exit(main())
