"""`CALCML_SOAK=1` runs the full counts and leaves what was run, and how long it took, as JSON for the record."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path

import pytest
from hypothesis import settings

RESULTS = Path(__file__).parent.parent / "benchmarks" / "results" / "soak.json"
_started = time.time()

# A busy machine is no failure: what must be quick is measured in CPU time, by the test that says so.
settings.register_profile("calcml", deadline=None)
settings.load_profile("calcml")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if not os.environ.get("CALCML_SOAK") or hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    counts = (
        {kind: len(reporter.stats.get(kind, [])) for kind in ("passed", "failed", "error", "skipped")}
        if reporter
        else {}
    )
    record = {
        "date": time.strftime("%Y-%m-%d"), "python": platform.python_version(), "seconds": round(time.time() - _started),
        "exit": int(exitstatus), "tests": counts,
    }  # fmt: skip
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
