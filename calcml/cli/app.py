"""The group of commands, the options they share, and the one place where errors end.

`calcml diff "-x^2"` must work: a token that begins with one `-` is an option only if it is exactly a declared short
option, or one with a plain number attached (`-n3`). Everything else is an argument, and is shielded from click by a
mark that the arguments drop again.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import click

from calcml import __version__
from calcml.errors import CalcmlError, DeadlineError, InputError, UnverifiedWarning

_MARK = "\x00"

# command: (module, attribute, one line for the list)
COMMANDS = {
    "code": ("calcml.cli.code", "code", "Write a function for NumPy, math, JAX, PyTorch or C."),
    "check": ("calcml.cli.check", "check", "Hold a derivative, or a claimed one, against other methods."),
    "completion": ("calcml.cli.completion", "completion", "Print the shell's completion script."),
    "diff": ("calcml.cli.diff", "diff", "Differentiate, with steps."),
    "equal": ("calcml.cli.equal", "equal", "Say whether two expressions are equal, domains included."),
    "domain": ("calcml.cli.domain", "domain", "Where a function is defined, continuous, differentiable."),
    "eval": ("calcml.cli.evaluate", "evaluate", "Evaluate at a point, to any number of digits."),
    "curl": ("calcml.cli.fields", "curl", "The curl of a vector field."),
    "directional": ("calcml.cli.along", "directional", "The derivative along a direction."),
    "div": ("calcml.cli.fields", "div", "The divergence of a vector field."),
    "hvp": ("calcml.cli.along", "hvp", "The Hessian times a vector."),
    "implicit": ("calcml.cli.curves", "implicit", "The slope of a curve given by an equation."),
    "jvp": ("calcml.cli.along", "jvp", "The Jacobian times a vector."),
    "laplacian": ("calcml.cli.fields", "laplacian", "The Laplacian: second derivatives added."),
    "total": ("calcml.cli.curves", "total", "The chain rule where variables depend on another."),
    "grad": ("calcml.cli.gradient", "grad", "The gradient, and at a point its norm and directions."),
    "extrema": ("calcml.cli.extrema", "extrema", "Largest and smallest values, and the shape of a curve."),
    "functions": ("calcml.cli.reference", "functions", "The functions calcml knows, or one of them."),
    "hessian": ("calcml.cli.matrices", "hessian", "The Hessian, and at a point its eigenvalues."),
    "jacobian": ("calcml.cli.matrices", "jacobian", "The Jacobian of a vector of functions."),
    "parse": ("calcml.cli.show", "parse", "Show how an input is read, as a tree."),
    "plot": ("calcml.cli.plot", "plot", "Draw a function with its slopes: in the terminal, or as a picture."),
    "rules": ("calcml.cli.reference", "rules", "The rules of differentiation, or one of them."),
    "tangent": ("calcml.cli.tangent", "tangent", "The tangent line or plane at a point."),
    "taylor": ("calcml.cli.taylor", "taylor", "The Taylor polynomial, with its remainder."),
    "simplify": ("calcml.cli.show", "simplify", "Bring an expression to readable form."),
}


class Group(click.Group):
    """Commands that are imported when they are called; `--help` lists them without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, imported now."""
        entry = COMMANDS.get(name)
        return None if entry is None else getattr(import_module(entry[0]), entry[1])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[2]) for name, entry in sorted(COMMANDS.items())])


class Command(click.Command):
    """A command whose arguments may begin with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Shield what is not an option, let click parse, and unwrap."""
        declared = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        flags = {flag for option in declared for flag in option.opts}
        take_values = {
            flag for option in declared if not option.is_flag and not option.is_eager for flag in option.opts
        }
        shielded: list[str] = []
        options, is_value = True, False
        for token in args:
            options = options and token != "--"
            is_option = is_value or token in flags or (token[:2] in flags and token[2:].isdigit())
            is_value = options and token in take_values
            if options and token.startswith("-") and not token.startswith("--") and token != "-" and not is_option:
                token = _MARK + token
            shielded.append(token)
        rest = super().parse_args(ctx, shielded)
        for name, value in ctx.params.items():
            if isinstance(value, str):
                ctx.params[name] = value.removeprefix(_MARK)
            elif isinstance(value, tuple):
                ctx.params[name] = tuple(_unshielded(v) for v in value)
        return rest


def _unshielded(value: Any) -> Any:
    if isinstance(value, tuple):  # of an option with several values
        return tuple(_unshielded(item) for item in value)
    return value.removeprefix(_MARK) if isinstance(value, str) else value


def expression_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options every command that reads an expression has."""
    options = [
        click.option("--assume", metavar="TEXT", default="", help='What holds of the symbols: "x>0, n integer".'),
        click.option("--vars", "declared", metavar="NAMES", default="", help='Declared names and shapes: "lr, w[n]".'),
        click.option(
            "--juxtapose", type=click.Choice(["loose", "tight"]), default="loose", help="1/2x as (1/2)x or 1/(2x)."
        ),
    ]
    for option in options:
        command = option(command)
    return command


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options every command has."""
    options = [
        click.option("--format", "form", type=click.Choice(FORMATS), default=None, help="Output format."),
        click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour."),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, max=1e6, min_open=True),
            default=None,
            metavar="SECONDS",
            help="Give up after this time.",
        ),
        click.option("--debug", is_flag=True, help="Show Python's traceback on an error."),
    ]
    for option in options:
        command = option(command)
    return command


FORMATS = ["text", "unicode", "latex", "markdown", "mathml", "html", "json", "python"]


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="calcml")
def cli() -> None:
    """The calculus of machine learning, with every step shown and checked.

    \b
    Examples:
      calcml diff "1/(1+exp(-x))"
      calcml diff "x^2 * e^x" --steps
      calcml diff "-y ln(sigmoid(z)) - (1-y) ln(1-sigmoid(z))" z
      calcml functions softplus
    """


def run(arguments: list[str]) -> int:
    """Run a command line; the exit code. What the library warns of is a note on standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", UnverifiedWarning)
        warnings.showwarning = partial(_as_note, warnings.showwarning)
        return _run(arguments)


def _as_note(show: Callable[..., None], message: Warning | str, category: type[Warning], *where: Any) -> None:
    if issubclass(category, UnverifiedWarning):
        print(f"note: {message}", file=sys.stderr)
    else:
        show(message, category, *where)


def _run(arguments: list[str]) -> int:
    debug = "--debug" in arguments
    try:
        result = cli.main(args=arguments, prog_name="calcml", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except CalcmlError as error:
        if debug:
            raise
        from calcml.cli.diagnostics import report

        report(error)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.ctx.get_help() if error.ctx is not None else "")
        return 0
    except click.ClickException as error:
        from calcml.cli.diagnostics import report_usage

        report_usage(error)
        return 2
    except (BrokenPipeError, SystemExit):  # click turns the first into the second
        # The reader has gone: nothing to say, and nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"error: the output cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    except Exception as error:
        if debug:
            raise
        from calcml.cli.diagnostics import report_bug

        report_bug(error)
        return 70


def read_expression(text: str) -> str:
    """The text of an EXPR argument: itself, standard input for `-`, a file for `@name`."""
    if text == "-":
        read = sys.stdin.read().strip("\n")
        if "\n" in read:
            print("note: the lines were read as one expression", file=sys.stderr)
        return read
    if text.startswith("@") and len(text) > 1:
        try:
            with open(text[1:], encoding="utf-8") as file:
                return file.read().rstrip("\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{text[1:]} cannot be read: {reason}") from None
    return text


class time_limit:
    """Raise DeadlineError in the main thread when the time is over; no limit for None."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        if self.seconds is not None:
            import signal

            signal.signal(signal.SIGALRM, self._stop)
            # Again and again: Python drops an exception that is raised while an object is being freed.
            signal.setitimer(signal.ITIMER_REAL, self.seconds, 0.1)

    def __exit__(self, *_: object) -> None:
        if self.seconds is not None:
            import signal

            signal.setitimer(signal.ITIMER_REAL, 0)

    def _stop(self, *_: object) -> None:
        raise DeadlineError(f"not finished after {self.seconds:g} s", hint="allow more with --timeout SECONDS")
