"""The README tells the truth: its Python is run, and its console lines are compared with what the commands print."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import click
import pytest

from calcml.cli.app import COMMANDS, cli, run

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


def test_commands_have_the_options_that_the_page_of_the_surface_states() -> None:
    """docs/API.md lists the commands and says which options work on which."""
    page = (README.parent / "docs" / "API.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"\*\*Built so far\*\*: the commands (.*?);", page, re.DOTALL)
    commands = re.split(r",\s+|\s+and\s+", listed)
    assert sorted(commands) == sorted(COMMANDS)
    derivations = commands[: commands.index("extrema") + 1]
    options = {
        name: {flag for param in command.params if isinstance(param, click.Option) for flag in param.opts}
        for name in commands
        if (command := cli.get_command(None, name)) is not None  # type: ignore[arg-type]
    }

    def having(flag: str) -> set[str]:
        return {name for name in commands if flag in options[name]}

    assert having("--level") == set(derivations) and having("--steps") == {*derivations, "simplify"}
    for flag in ("--format", "--color", "--timeout", "--debug"):
        assert having(flag) == set(commands) - {"completion"}
    for flag in ("--assume", "--vars", "--juxtapose"):
        assert having(flag) == set(commands) - {"completion", "functions", "rules"}
