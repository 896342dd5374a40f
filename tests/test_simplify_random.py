"""Random expressions through the simplifier: value and domain kept, idempotent, never longer, never slow.

CALCML_SOAK=1 runs 100,000 of them. `python tests/test_simplify_random.py [COUNT [SEED [PROCESSES]]]` does the same from
the command line. It runs in chunks of 5,000, each from a seed of its own, and may be stopped and started again: chunks
that are in the results stay while the code is the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from random_checks import failure
from random_expressions import distribution, samples

SOAK = os.environ.get("CALCML_SOAK") == "1"
COUNT = 100_000
SEED = int(os.environ.get("CALCML_SEED", "20261121"))
CHUNK = 5_000
ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "simplify_random.json"


def chunk(seed: int, count: int) -> dict[str, Any]:
    """What one seed gives: failures, the slowest call, how the points were settled, and what was drawn."""
    found = samples(count, seed)
    failures = []
    slowest = (0.0, "")
    settled: Counter[str] = Counter()
    for i, expr in enumerate(found):
        try:
            problem, seconds = failure(expr, settled)
        except Exception as error:  # any error is a failure of this expression, and the others are still tried
            problem, seconds = f"{type(error).__name__}: {error}", 0.0
        slowest = max(slowest, (seconds, str(expr)))
        if problem:
            failures.append(f"seed {seed}, number {i}: {expr}: {problem}")
    return {
        "seed": seed, "count": count, "failures": failures, "slowest call": round(slowest[0], 3), "slowest": slowest[1],
        "points": dict(settled), "drawn": distribution(found),
    }  # fmt: skip


def test_random_expressions() -> None:
    if SOAK:
        record = run(COUNT, SEED, processes=1)
    else:
        record = {"chunks": [chunk(SEED, 300)]}
        print(json.dumps(record, indent=1))
    for part in record["chunks"]:
        assert not part["failures"], "\n".join(part["failures"][:20])
        assert 2 * part["drawn"]["not rational"] >= part["count"]


def run(count: int, seed: int, processes: int) -> dict[str, Any]:
    """All chunks; those that are in the results already, for the same code, are not run again."""
    code = _code()
    kept: list[dict[str, Any]] = []
    if RESULTS.exists():
        before = json.loads(RESULTS.read_text(encoding="utf-8"))
        kept = before["chunks"] if before["code"] == code and before["chunk"] == CHUNK else []
    wanted = range(seed, seed + max(1, count // CHUNK))
    kept = [part for part in kept if part["seed"] in wanted]
    missing = [number for number in wanted if number not in {part["seed"] for part in kept}]
    with ProcessPoolExecutor(processes) as pool:
        for part in pool.map(chunk, missing, [CHUNK] * len(missing)):
            kept.append(part)
            record = _record(code, sorted(kept, key=lambda part: part["seed"]))
            RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
            print(f"seed {part['seed']}: {part['count']} expressions, {len(part['failures'])} failures", flush=True)
    return _record(code, sorted(kept, key=lambda part: part["seed"]))


def _code() -> str:
    """A digest of the sources: results of other code do not count."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "calcml").rglob("*.py"), *Path(__file__).parent.glob("random_*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _record(code: str, chunks: list[dict[str, Any]]) -> dict[str, Any]:
    drawn = {
        name: dict(sum((Counter(part["drawn"][name]) for part in chunks), Counter()).most_common())
        for name in ("sizes", "heads", "rows")
    }
    return {
        "code": code, "chunk": CHUNK, "count": sum(part["count"] for part in chunks),
        "not rational": sum(part["drawn"]["not rational"] for part in chunks),
        "failures": sum(len(part["failures"]) for part in chunks),
        "slowest call": max((part["slowest call"] for part in chunks), default=0),
        "points": dict(sum((Counter(part["points"]) for part in chunks), Counter()).most_common()),
        "drawn": drawn,
        "chunks": chunks,
    }  # fmt: skip


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    found = run(*[*numbers, *(COUNT, SEED, 1)[len(numbers) :]])
    print(json.dumps({key: value for key, value in found.items() if key != "chunks"}, indent=1))
    sys.exit(1 if found["failures"] else 0)
