"""The README tells the truth: its Python is run, and its console lines are compared with what the commands print."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from calcml.cli.app import run

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = [block for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL) if block.startswith("$ calcml")]


def test_python() -> None:
    assert doctest.testfile(str(README), module_relative=False).failed == 0


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0])
def test_console(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    command, shown = block.split("\n", 1)
    run([*shlex.split(command.removeprefix("$ calcml ")), "--format", "unicode"])
    out, err = capsys.readouterr()
    assert (out + err).strip("\n") == shown.strip("\n")


def test_counts() -> None:
    from calcml.functions import all_functions

    assert f"a table of {len(list(all_functions()))} functions" in TEXT
