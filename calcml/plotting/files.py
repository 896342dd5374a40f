"""Pictures as files: one style, written whole or not at all. matplotlib is imported here, when a picture is made."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from calcml.errors import InputError, MissingBackendError

# Okabe and Ito's palette: told apart by every kind of colour vision, and in grey by lightness.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#5B6770"
STYLE: dict[str, Any] = {
    "font.family": "serif",
    "font.serif": ["STIX Two Text", "STIXGeneral", "DejaVu Serif"],
    "mathtext.fontset": "stix",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#333333",
    "axes.linewidth": 0.8,
    "axes.labelcolor": "#111111",
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.grid": True,
    "grid.color": "#E3E6E8",
    "grid.linewidth": 0.7,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "xtick.direction": "out",
    "ytick.direction": "out",
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 160,
    "svg.fonttype": "none",
    "svg.hashsalt": "calcml",
}
KINDS = (".png", ".svg")


def require_matplotlib() -> Any:
    """matplotlib, imported now. MissingBackendError names the extra."""
    try:
        import matplotlib
    except ImportError:
        raise MissingBackendError(
            "pictures in files need matplotlib, which is not installed", hint='pip install "calcml[plot]"'
        ) from None
    return matplotlib


def require_writable(path: str, force: bool) -> str:
    """The kind of picture a file name asks for. InputError for another kind, or for a file that is there already."""
    kind = Path(path).suffix.lower()
    if kind not in KINDS:
        raise InputError(f"{path}: pictures are written as .png or .svg", hint="name the file so")
    if os.path.exists(path) and not force:
        raise InputError(f"{path} is there already", hint="--force overwrites it")
    return kind


def save(make: Callable[[], Any], path: str, force: bool = False) -> None:
    """Draw a picture and write it: under a temporary name beside the file, synced, then renamed.

    make: gives the matplotlib figure. Errors: InputError for the name, MissingBackendError without matplotlib.
    """
    kind = require_writable(path, force)
    matplotlib = require_matplotlib()
    with matplotlib.rc_context(STYLE):
        figure = make()
        folder = os.path.dirname(os.path.abspath(path))
        handle, draft = tempfile.mkstemp(prefix=".calcml-", suffix=kind, dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                options: dict[str, Any] = {"metadata": {"Date": None}} if kind == ".svg" else {"dpi": 200}
                figure.savefig(file, format=kind[1:], **options)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(draft, 0o644)
            os.replace(draft, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise


def new_figure(width: float = 6.4, height: float = 4.2) -> tuple[Any, Any]:
    """A figure with one pair of axes, in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()
