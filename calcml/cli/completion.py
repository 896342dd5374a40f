"""`calcml completion`."""

from __future__ import annotations

import click

from calcml.cli.app import Command, cli
from calcml.cli.output import write


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      calcml completion bash >> ~/.bashrc
      calcml completion zsh > ~/.zfunc/_calcml
      calcml completion fish > ~/.config/fish/completions/calcml.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    write(found(cli, {}, "calcml", "_CALCML_COMPLETE").source())
