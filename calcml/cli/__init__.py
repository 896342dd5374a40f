"""The command line. Each command is a module of its own and is imported when it is called."""

from __future__ import annotations

import sys


def main() -> None:
    """The `calcml` command: run it, and turn whatever happens into an exit code."""
    from calcml.cli.app import run

    sys.exit(run(sys.argv[1:]))
