"""What a check found, as data."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from calcml.checking.mistakes import Explanation
from calcml.expr import Expr


class Method(NamedTuple):
    """One way to the derivative at one point.

    values: one number for every variable, None where the method does not apply (`note` says why). error: distance from
    the true derivative, relative to it (absolute where it is 0). h: the step of a difference, as in a Row.
    """

    name: str
    values: tuple[float, ...] | None
    error: float | None
    h: float | None = None
    note: str = ""


class Row(NamedTuple):
    """The errors of forward and central differences for one h; the step of each variable is h times its unit."""

    h: float
    forward: float
    central: float


class PointReport(NamedTuple):
    """What was found at one point.

    status: "ok", or why there is no derivative: "kink", "edge", "outside", "steep", "unsettled"; `message` says it in
    words. true: the derivative by every variable, measured with 60 digits or more on the function itself. is_relative:
    whether errors are relative: the derivative is not 0, nor so near it that the last bit of a coordinate decides its
    digits. units: what h is counted in, for every variable: 1, unless coordinates of
    different sizes need steps of different sizes.
    """

    point: dict[Expr, float]
    status: str
    message: str = ""
    true: tuple[float, ...] = ()
    methods: tuple[Method, ...] = ()
    rows: tuple[Row, ...] = ()
    is_relative: bool = True
    units: tuple[float, ...] = ()

    def best(self, name: str) -> Row:
        """The row with the smallest error of "forward" or "central"."""
        return min(self.rows, key=lambda row: (_or_infinite(getattr(row, name)), -row.h))


def _or_infinite(error: float) -> float:
    return error if error == error else float("inf")


class ClaimPart(NamedTuple):
    """One component of a claimed derivative.

    right: True, False, or None where it could not be decided. witness: a point where it is wrong, with `said` there
    (None: no value) and `true`. explanation: the mistake that gives exactly this claim, where one does.
    """

    variable: Expr
    claimed: Expr
    derivative: Expr
    right: bool | None
    proof: str = ""
    witness: dict[Expr, float] | None = None
    said: float | None = None
    true: float | None = None
    explanation: Explanation | None = None


class CheckReport:
    """What `check` found: the function, its derivatives, the methods at every point, and the claim's components."""

    __slots__ = ("claims", "derivatives", "f", "labels", "points", "swapped", "variables")

    def __init__(
        self,
        f: Expr,
        variables: Sequence[Expr],
        derivatives: Sequence[Expr],
        points: Sequence[PointReport],
        claims: Sequence[ClaimPart] = (),
        swapped: tuple[int, int] | None = None,
        labels: dict[Expr, Expr] | None = None,
    ) -> None:
        self.f = f
        self.variables = tuple(variables)
        self.derivatives = tuple(derivatives)
        self.points = tuple(points)
        self.claims = tuple(claims)
        self.swapped = swapped
        self.labels = labels or {}

    @property
    def right(self) -> bool | None:
        """Whether the claim is right; None where that is not decided, or nothing was claimed."""
        verdicts = [part.right for part in self.claims]
        return False if False in verdicts else None if None in verdicts or not verdicts else True

    @property
    def exit_code(self) -> int:
        """0: fine; 1: a wrong claim; 3: no derivative at any of the points, or an undecided claim."""
        if self.right is False:
            return 1
        undecided = bool(self.claims) and self.right is None
        nowhere = bool(self.points) and all(point.status != "ok" for point in self.points)
        return 3 if undecided or (nowhere and not self.claims) else 0

    def __repr__(self) -> str:
        return self.to_text()

    def to_text(self, form: str = "text", colour: bool = False) -> str:
        """The report in words and tables; form: text or unicode."""
        from calcml.render.checks import report_text

        return report_text(self, form, colour, picture=form == "unicode")

    def to_json(self) -> str:
        """The report for programs."""
        return json.dumps(self.as_data(), allow_nan=False)

    def as_data(self) -> dict[str, Any]:
        """Plain numbers, texts and lists; what is no number is None."""
        show = self.shown(str)
        return {
            "problem": show(self.f),
            "variables": [show(x) for x in self.variables],
            "derivatives": [show(d) for d in self.derivatives],
            "points": [
                {
                    "at": {show(x): value for x, value in report.point.items()},
                    "status": report.status,
                    "message": report.message,
                    "true": [_plain(value) for value in report.true],
                    "error_is": "relative" if report.is_relative else "absolute",
                    "units_of_h": dict(zip(map(show, self.variables), report.units, strict=False)),
                    "methods": [
                        {
                            "name": method.name,
                            "values": None if method.values is None else [_plain(value) for value in method.values],
                            "error": _plain(method.error),
                            "h": method.h,
                            "note": method.note,
                        }
                        for method in report.methods
                    ],
                    "errors": [
                        {"h": row.h, "forward": _plain(row.forward), "central": _plain(row.central)}
                        for row in report.rows
                    ],
                }
                for report in self.points
            ],
            "claim": [
                {
                    "variable": show(part.variable),
                    "claimed": show(part.claimed),
                    "derivative": show(part.derivative),
                    "right": part.right,
                    "proof": part.proof,
                    "witness": None if part.witness is None else {show(x): v for x, v in part.witness.items()},
                    "claimed_value": _plain(part.said),
                    "true_value": _plain(part.true),
                    "explanation": None if part.explanation is None else part.explanation.text(show),
                }
                for part in self.claims
            ],
            "swapped": None if self.swapped is None else [show(self.variables[i]) for i in self.swapped],
            "right": self.right,
        }

    def shown(self, show: Callable[[Expr], str]) -> Callable[[Expr], str]:
        """A way to show expressions with the names they were given in: w[1] for the entry of a vector."""
        from calcml.binding import substitute

        return lambda expr: show(substitute(expr, self.labels) if self.labels else expr)


def _plain(value: float | None) -> float | None:
    return None if value is None or value != value or abs(value) == float("inf") else value
