"""A claimed derivative: which component is wrong, where, and by which mistake."""

from __future__ import annotations

from itertools import combinations

from calcml import sampling
from calcml.assumptions import Assumptions
from calcml.binding import free_symbols, substitute
from calcml.checking.judge import OK
from calcml.checking.mistakes import Explanation, Judge, explain
from calcml.checking.points import exactly
from calcml.checking.report import ClaimPart, PointReport
from calcml.differentiation import resolve
from calcml.equivalence import accepts, equivalent
from calcml.errors import CalcmlError, InputError, ShapeError, UndecidedError
from calcml.evaluation import Program
from calcml.expr import Expr
from calcml.precise import evaluate

SAMPLES = 12  # points at which claims are compared by value


def components(claim: Expr, xs: list[Expr], labels: dict[Expr, Expr]) -> list[Expr]:
    """The components of a claim, one for every variable. ShapeError for another number of them."""
    from calcml.entries import written_out

    claim = written_out(resolve(claim))
    parts = [claim] if not claim.shape else list(claim.args)
    if len(claim.shape) > 1 or len(parts) != len(xs):
        names = ", ".join(str(x) for x in xs)
        count = f"{len(parts)} component{'s' if len(parts) > 1 else ''}"
        raise ShapeError(
            f"the claim has {count}, and there are {len(xs)} variables: {names}"
            if len(parts) != len(xs)
            else f"a vector is expected, and the claim has shape {claim.shape}",
            hint='give one component for every variable: "[2x, 3y]"',
        )
    return [substitute(part, labels) if labels else part for part in parts]


def judged(
    f: Expr,
    claims: list[Expr],
    derivatives: list[Expr],
    xs: list[Expr],
    everything: list[Expr],
    reports: list[PointReport],
    within: Assumptions,
) -> tuple[list[ClaimPart], tuple[int, int] | None]:
    """A verdict on every component, and the two that are swapped, if it is so."""
    everything = list(dict.fromkeys([*everything, *xs]))
    for claim in claims:
        unknown = sorted(free_symbols(claim) - set(everything), key=lambda symbol: symbol.data)
        if unknown:
            raise InputError(
                f"{unknown[0]} occurs in the claim and not in the expression",
                hint=f"the variables are {', '.join(map(str, everything))}",
            )
    samples = _samples(f, derivatives, everything, within)
    parts = [
        _claim(f, x, claim, derivative, derivatives, everything, reports, within, samples, xs)
        for x, claim, derivative in zip(xs, claims, derivatives, strict=True)
    ]
    wrong = [i for i, part in enumerate(parts) if part.right is False]
    for i, j in combinations(wrong, 2):
        crossed = [(claims[i], derivatives[j]), (claims[j], derivatives[i])]
        if all(Judge(a, everything, samples, within).is_claim(b) for a, b in crossed):
            said = Explanation("it is the derivative by {0}: the components are swapped", (xs[j],))
            back = Explanation("it is the derivative by {0}: the components are swapped", (xs[i],))
            parts[i], parts[j] = parts[i]._replace(explanation=said), parts[j]._replace(explanation=back)
            return parts, (i, j)
    return parts, None


def _samples(f: Expr, derivatives: list[Expr], everything: list[Expr], within: Assumptions) -> list[list[float]]:
    program = Program([f, *derivatives, *within.conditions], everything)
    found: list[list[float]] = []
    for tries, point in enumerate(sampling.points(everything, within.conditions, seed=5)):
        if len(found) == SAMPLES or tries > 200:
            return found
        values = program.run(point)
        if False not in values[1 + len(derivatives) :] and all(v == v for v in values[: 1 + len(derivatives)]):
            found.append(point)
    return found


def _claim(
    f: Expr,
    x: Expr,
    claim: Expr,
    derivative: Expr,
    derivatives: list[Expr],
    everything: list[Expr],
    reports: list[PointReport],
    within: Assumptions,
    samples: list[list[float]],
    xs: list[Expr],
) -> ClaimPart:
    right, proof, witness = _verdict(claim, derivative, within)
    given = [report.point for report in reports if report.status == OK]
    values = [dict(zip(everything, point, strict=True)) for point in samples]
    places = [*given, *([witness] if witness is not None else []), *values]
    found = next((place for place in places if _differs(claim, derivative, place, everything)), None)
    if right is None and found is not None:
        right = False
    if right is not False:
        return ClaimPart(x, claim, derivative, right, proof)
    explanation = None
    if len(samples) >= 3:
        judge = Judge(claim, everything, samples, within)
        explanation = explain(f, x, dict(zip(xs, derivatives, strict=True)), judge)
    if found is None:
        return ClaimPart(x, claim, derivative, False, proof, explanation=explanation)
    said, true = _value(claim, found, everything), _value(derivative, found, everything)
    return ClaimPart(x, claim, derivative, False, proof, found, said, true, explanation)


def _verdict(claim: Expr, derivative: Expr, within: Assumptions) -> tuple[bool | None, str, dict[Expr, float] | None]:
    """Whether a claim is the derivative on its whole domain, how that is known, and a point where it is not."""
    verdict = equivalent(claim, derivative, within)
    if verdict.status == "equal":
        return True, verdict.proof, None
    if verdict.status == "undecided":
        return None, verdict.reason, None
    if verdict.status == "different":
        return False, "", {symbol: float(evaluate(value)) for symbol, value in verdict.witness.items()}
    try:
        return accepts(claim, derivative, within), verdict.proof, None
    except UndecidedError as error:
        return None, error.message, None


def _differs(claim: Expr, derivative: Expr, place: dict[Expr, float], everything: list[Expr]) -> bool:
    said, true = _value(claim, place, everything), _value(derivative, place, everything)
    if true is None:
        return False
    return said is None or abs(said - true) > 1e-9 * max(abs(said), abs(true))


def _value(expr: Expr, place: dict[Expr, float], everything: list[Expr]) -> float | None:
    full = [place.get(x, 0.0) for x in everything]
    try:
        value = evaluate(expr, {x: exactly(v) for x, v in zip(everything, full, strict=True)})
        return float(value)
    except (CalcmlError, OverflowError):
        return None
