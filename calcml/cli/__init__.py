"""The command line. Each command is a module of its own and is imported when it is called."""

from __future__ import annotations

import sys


def main() -> None:
    """The `calcml` command: run it, and turn whatever happens into an exit code."""
    try:
        from calcml.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the command line itself was being imported
        print("interrupted", file=sys.stderr)
        code = 130
    sys.exit(code)
