"""Where something holds, as text: conditions in words, and sets as unions of intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from calcml.build import sub
from calcml.expr import FALSE, INFINITY, ZERO, And, Expr, Neg, Number, Or, Relation, Symbol, make
from calcml.regions.periodic import families, shifted
from calcml.regions.reals import expr_of
from calcml.regions.region import REALS, TEXT, conditions_of, written
from calcml.render.words import condition_in_words, conditions_in_words
from calcml.simplification import simplify

if TYPE_CHECKING:
    from calcml.regions.extents import Extent
    from calcml.regions.pieces import Break

Show = Callable[[Expr], str]


def extent_text(extent: Extent, show: Show = str) -> str:
    """Where it holds, as conditions: `everywhere` where there are none, `at least` where they may be too many."""
    if extent.is_empty():
        return "nowhere"
    if FALSE in extent.sufficient:
        return "undecided"
    found = ", ".join(_in_words(extent_conditions(extent), show)) or "everywhere"
    return f"at least for {found}" if extent.sufficient else found


def _in_words(conditions: tuple[Expr, ...], show: Show) -> list[str]:
    """Conditions in words, those inside `or` too: -1 <= x <= 0 or x >= 1."""
    if len(conditions) == 1 and isinstance(conditions[0], Or):
        parts = [part.args if isinstance(part, And) else (part,) for part in conditions[0].args]
        plain = [not any(isinstance(condition, Or) for condition in part) for part in parts]
        return [
            " or ".join(
                [
                    " and ".join(conditions_in_words(part, show)) if is_plain else condition_in_words(whole, show)
                    for part, is_plain, whole in zip(parts, plain, conditions[0].args, strict=True)
                ]
            )
        ]
    return conditions_in_words(conditions, show)


def extent_conditions(extent: Extent) -> tuple[Expr, ...]:
    """All conditions of an extent, the sets said as relations."""
    found: list[Expr] = []
    for symbol in sorted({*extent.regions, *extent.periodic}, key=lambda symbol: symbol.data):
        found += conditions_of(extent.regions.get(symbol, REALS), symbol)
        if symbol in extent.periodic:
            found += families(extent.periodic[symbol], symbol, counter(extent))
    return (*found, *extent.conditions, *extent.sufficient)


def counter(extent: Extent) -> Symbol:
    """A name for a whole number that no symbol of the extent has: k, or n, m, j."""
    taken = {symbol.data for symbol in [*extent.regions, *extent.periodic]}
    return Symbol(next(name for name in ("k", "n", "m", "j") if name not in taken))


def intervals(extent: Extent, show: Show, style: tuple[str, ...] = TEXT, minus: str = "-", element: str = "in") -> str:
    """The sets of the symbols as unions of intervals; empty where conditions say more than intervals can."""
    if extent.periodic or extent.conditions or extent.sufficient:
        return ""
    sets = {symbol: region for symbol, region in extent.regions.items() if region != REALS}
    if extent.is_empty():
        return style[4]
    if len(sets) == 1:
        return written(next(iter(sets.values())), show, style, minus)
    ordered = sorted(sets, key=lambda symbol: symbol.data)
    return ", ".join([f"{show(symbol)} {element} {written(sets[symbol], show, style, minus)}" for symbol in ordered])


def break_text(broken: Break, x: Symbol, k: Symbol, show: Show) -> str:
    """What happens at a point: `x = 0: kink, slopes -1 and 1`."""
    place = expr_of(broken.at) if broken.period is None else shifted(broken.at, broken.period, k)
    _, limits, _ = broken.sides
    low, high = limits
    if broken.period is not None and broken.kind == "jump" and low and high and not _INFINITE & {low, high}:
        rise = simplify(sub(high, low))  # the values themselves differ from place to place
        if rise is not ZERO:
            return f"{show(make(Relation, '=', (x, place)))}: jump by {_short(rise, show)}"
    return f"{show(make(Relation, '=', (x, place)))}: {_happening(broken, lambda e: _short(e, show))}"


def _happening(broken: Break, show: Show) -> str:
    value, limits, slopes = broken.sides
    left, right = limits if broken.kind == "jump" else slopes
    if broken.kind not in ("jump", "kink"):
        return broken.kind
    if left is None or right is None or value is None:
        side = left if left is not None else right
        return f"{broken.kind}, limit {show(side)}, value {show(value)}" if side and value else broken.kind
    if broken.kind == "kink":
        word = "cusp" if {left, right} <= _INFINITE else "kink"
        return f"{word}, slopes {show(left)} and {show(right)}"
    if {left, right} & _INFINITE:
        return f"no finite limit, {show(left)} from the left and {show(right)} from the right"
    if left is right:
        return f"limit {show(left)}, but value {show(value)}"
    told = "" if value in (left, right) else f", value {show(value)}"
    return f"jump from {show(left)} to {show(right)}{told}"


_INFINITE = frozenset({INFINITY, Neg(INFINITY)})
_LONG = 16  # characters of a number that is shown rounded


def _short(number: Expr, show: Show) -> str:
    text = show(number)
    if len(text) <= _LONG:
        return text
    size = f"{abs(float(number)):.6g}"
    rounded = Number(size)
    return f"about {show(Neg(rounded) if float(number) < 0 else rounded)}"


def extent_data(extent: Extent) -> dict[str, Any]:
    """The extent for programs: every expression as text that reads back."""
    found: dict[str, Any] = {"everywhere": extent_text(extent) == "everywhere"}
    found["conditions"] = [str(condition) for condition in extent_conditions(extent)[: -len(extent.sufficient) or None]]
    found["sufficient"] = [str(condition) for condition in extent.sufficient]
    if extent.periodic:
        found["integer"] = str(counter(extent))
    found["sets"] = {
        str(symbol): [
            {
                "low": None if low is None else str(expr_of(low)),
                "low_belongs": low_belongs,
                "high": None if high is None else str(expr_of(high)),
                "high_belongs": high_belongs,
            }
            for low, high, low_belongs, high_belongs in region.stretches()
        ]
        for symbol, region in extent.regions.items()
        if symbol not in extent.periodic
    }
    return found
