"""All benchmarks, one after the other: `python -m benchmarks.run [NAME …]`. Each also runs alone, with options."""

from __future__ import annotations

import sys
from importlib import import_module

ALL = ("symbolic", "growth", "parsing", "steps", "startup", "forms", "mutants", "numeric", "stability")


def main(names: list[str]) -> int:
    """Run them; the worst exit code."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    worst = 0
    for name in names or ALL:
        module = import_module(f"benchmarks.{name}")
        print(f"\n== {name}: {(module.__doc__ or '').splitlines()[0]}\n", flush=True)
        worst = max(worst, module.main([]))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
