"""Symbolic derivatives in process: every workload, every system, times and sizes of the results.

`python -m benchmarks.symbolic [--sympy] [--only TEXT] [--repeat 7] [--limit 20]` prints the table and writes
results/symbolic.json. Times include building the expression, differentiating it and releasing it again; what the
release costs calcml stands in a column of its own. Every result is compared with the others' at a random point.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.measure import (
    TimeLimitError,
    geometric_mean,
    print_table,
    rounds,
    save,
    settle,
    short_time,
    time_limit,
)
from benchmarks.systems import installed
from benchmarks.workloads import WORKLOADS, Workload

PEERS = ("symengine", "casadi", "casadi-vec")
LARGE = 100  # nodes from which a row counts as large


def takes(system: Any, workload: Workload) -> bool:
    """Whether the system has this workload at all."""
    return bool(getattr(system, "takes", lambda _: True)(workload))


def job_of(system: Any, workload: Workload, variables: Any) -> Callable[[], Any]:
    """The timed part: the workload's generic one, or the system's own."""
    own = getattr(system, "job", None)
    job: Callable[[], Any] = own(workload, variables) if own else workload.job(system, variables)
    return job


def measure(workload: Workload, systems: dict[str, Any], repeat: int, limit: float) -> dict[str, Any]:
    """One row: for every system its times, operations, nodes and agreement, or why there are none."""
    row: dict[str, Any] = {"name": workload.name, "systems": {}}
    jobs: dict[str, Callable[[], Any]] = {}
    first: dict[str, float] = {}
    values: dict[str, list[float]] = {}
    for name, system in systems.items():
        if not takes(system, workload):
            continue
        entry: dict[str, Any] = {}
        row["systems"][name] = entry
        try:
            variables = system.symbols(workload.variables)
            job = job_of(system, workload, variables)
            with time_limit(limit):
                job()  # templates are read on first use
                system.reset()
                start = time.process_time()
                result = job()
                first[name] = time.process_time() - start
        except TimeLimitError as error:
            entry["error"] = str(error)
            continue
        except Exception as error:  # a row that fails must not cost the others
            entry["error"] = f"{type(error).__name__}: {error}"[:200]
            continue
        jobs[name] = job
        try:
            with time_limit(6 * limit):
                entry["operations"] = system.operations(result, variables)
                entry["nodes"] = system.nodes(result)
                values[name] = system.values(result, variables, workload.point())
        except Exception as error:
            entry["check"] = f"{type(error).__name__}: {error}"[:200]
        del result
        survivors = getattr(system, "survivors", None)
        if survivors and (left := survivors(job)):
            entry["check"] = f"{left} nodes survive a run: later runs find them, and the time is too good"
    settle()
    for name, timing in rounds(jobs, systems, first, repeat).items():
        row["systems"][name] |= {"seconds": timing.total, "make": timing.make, "repetitions": timing.runs}
    compare(row, values)
    return row


def compare(row: dict[str, Any], values: dict[str, list[float]]) -> None:
    """Mark who agrees with the first peer (or the first system) to 1e-9."""
    reference = next((name for name in ("casadi", "symengine", *values) if name in values), None)
    if reference is None:
        return
    wanted = values[reference]
    scale = max(map(abs, wanted), default=0.0)
    for name, found in values.items():
        errors = [abs(a - b) / max(abs(a), abs(b), 1e-3 * scale, 1e-300) for a, b in zip(found, wanted, strict=False)]
        worst = max(errors, default=0.0)
        agrees = len(found) == len(wanted) and all(error < 1e-9 for error in errors)  # nan is below nothing
        row["systems"][name] |= {"agrees": agrees, "worst": worst, "reference": reference}


def seconds(row: dict[str, Any], name: str) -> float | None:
    """The time of a system in a row, or None."""
    found: float | None = row["systems"].get(name, {}).get("seconds")
    return found


def ratio(row: dict[str, Any], name: str, against: tuple[str, ...]) -> float | None:
    """Time of a system over that of the best of the others."""
    others = [value for peer in against if (value := seconds(row, peer)) is not None]
    own = seconds(row, name)
    return own / min(others) if own is not None and others else None


def cell(row: dict[str, Any], name: str) -> str:
    """A time, or what happened instead, with a mark where values differ."""
    entry = row["systems"].get(name)
    if entry is None:
        return "-"
    if "seconds" not in entry:
        return str(entry["error"])[:18]
    mark = "" if entry.get("agrees") else " ?" if "agrees" not in entry else " WRONG"
    return short_time(entry["seconds"]) + mark


def large(row: dict[str, Any]) -> bool:
    """More than `LARGE` nodes in calcml's result (in SymEngine's where calcml has none)."""
    counts = [row["systems"].get(name, {}).get("nodes") for name in ("calcml", "symengine")]
    return next((count for count in counts if count), 0) > LARGE


def table(rows: list[dict[str, Any]], names: list[str]) -> None:
    """Print the rows."""
    counted = ["calcml", *[name for name in PEERS if name in names]]
    header = ["workload", *names, "release", "/symengine", "/best", *[f"{name} ops" for name in counted], "nodes"]
    lines = []
    for row in rows:
        ours = row["systems"].get("calcml", {})
        release = (ours["seconds"] - ours["make"]) / ours["seconds"] if "seconds" in ours else None
        ratios = [ratio(row, "calcml", ("symengine",)), ratio(row, "calcml", PEERS)]
        counts = [row["systems"].get(name, {}).get("operations") for name in counted]
        lines.append([
            row["name"], *[cell(row, name) for name in names], "-" if release is None else f"{release:.0%}",
            *["-" if r is None else f"{r:.2f}" for r in ratios], *["-" if c is None else f"{c:,}" for c in counts],
            str(ours.get("nodes") or "-"),
        ])  # fmt: skip
    print_table(header, lines)


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Geometric means, and the rows that miss a target of docs' speed page."""
    found: dict[str, Any] = {}
    for label, chosen in (("all rows", rows), (f"rows over {LARGE} nodes", [row for row in rows if large(row)])):
        for against, peers in (("symengine", ("symengine",)), ("casadi", ("casadi",)), ("best peer", PEERS)):
            ratios = [r for row in chosen if (r := ratio(row, "calcml", peers)) is not None]
            if ratios:
                title = f"{label}, against {against}"
                mean = found[title] = geometric_mean(ratios)
                print(f"{title}: geometric mean {mean:.2f}, ahead on {sum(r < 1 for r in ratios)} of {len(ratios)}")
    for row in rows:
        counts = {n: e["operations"] for n, e in row["systems"].items() if "operations" in e and n != "cm.diff"}
        if len(counts) > 1 and "calcml" in counts and counts["calcml"] > 1.5 * min(counts.values()):
            print(f"more than 1.5 times the smallest result: {row['name']}: {counts}")
        wrong = [f"{n} ({e['worst']:.1e})" for n, e in row["systems"].items() if e.get("agrees") is False]
        if wrong:
            print(f"values differ from the first peer's: {row['name']}: {', '.join(wrong)}")
        for name, entry in row["systems"].items():
            if entry.get("error") or entry.get("check"):
                print(f"{row['name']}: {name}: {entry.get('error') or 'not checked: ' + entry['check']}")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the table; 1 when a result of calcml is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.symbolic", description=__doc__.split("\n")[0])
    parser.add_argument("--sympy", action="store_true", help="run SymPy too (minutes)")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--systems", default="calcml,cm.diff,symengine,casadi,casadi-vec")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--limit", type=float, default=20.0, help="seconds for one run of one system")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    wanted = options.systems.split(",") + ["sympy"] * options.sympy
    systems, missing = installed(wanted)
    for name, reason in missing.items():
        print(f"{name}: {reason}", file=sys.stderr)
    rows = []
    for workload in WORKLOADS:
        if options.only.lower() in workload.name.lower():
            rows.append(measure(workload, systems, options.repeat, options.limit))
            print(f"\r{len(rows)} {workload.name:<40}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    table(rows, list(systems))
    means = summary(rows)
    if not options.no_save:
        print(f"written to {save('symbolic', {'means': means, 'rows': rows})}")
    return int(any(row["systems"].get("calcml", {}).get("agrees") is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
