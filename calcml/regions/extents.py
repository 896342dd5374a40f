"""Where an expression is defined, where it is continuous and where it is differentiable: as sets, or as conditions.

Conditions on one symbol are solved, and become a set of that symbol; what is not solved stays a condition. Continuity
and slopes of a function of one variable are decided piece by piece: between the places where a case begins or ends, the
function is one expression without cases, and at each such place it is looked at from both sides. Where that cannot be
done (several variables, infinitely many places), the conditions under which the rules hold are given, and called
`sufficient`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calcml.algebra.read import as_factor, terms_of
from calcml.algebra.write import canonical
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.conditions import all_factors, combined, given, implies
from calcml.differentiation import differentiate, resolve
from calcml.domains import is_integer, kinks, opened, require_numbers, requirements
from calcml.entries import written_out
from calcml.errors import DomainError, MathError, NoRuleError, UndecidedError
from calcml.expr import FALSE, TRUE, ZERO, Call, Expr, Or, Relation, Symbol, make
from calcml.halfspaces import exclude_each_other, follows
from calcml.regions.inequalities import solution
from calcml.regions.periodic import Periodic, Set
from calcml.regions.pieces import Break, jump_conditions, pieces
from calcml.regions.region import EMPTY, REALS, Region, conditions_of, only
from calcml.regions.sides import by_cases, has_cases
from calcml.signs import is_positive
from calcml.traverse import topological, tree_size


class Extent:
    """Where something holds: all of what is listed, together.

    regions      {symbol: Region}, for every symbol with conditions of its own that were solved
    periodic     {symbol: Periodic}, beside the region: x != pi/2 + k*pi
    conditions   what was not solved, as it is
    sufficient   conditions that are more than is needed, perhaps: where one of them fails, it is not known
    breaks       places where something is lost, and why: a jump, a kink
    """

    __slots__ = ("breaks", "conditions", "periodic", "regions", "sufficient")

    def __init__(
        self,
        regions: Mapping[Symbol, Region],
        periodic: Mapping[Symbol, Periodic],
        conditions: Iterable[Expr] = (),
        sufficient: Iterable[Expr] = (),
        breaks: Iterable[Break] = (),
    ) -> None:
        self.regions = {symbol: _filled(region, periodic.get(symbol)) for symbol, region in regions.items()}
        self.periodic = dict(periodic)
        self.conditions = tuple(conditions)
        self.sufficient = tuple(sufficient)
        self.breaks = tuple(breaks)

    def __repr__(self) -> str:
        from calcml.render.extents import extent_text

        return extent_text(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Extent) and all(
            getattr(self, name) == getattr(other, name) for name in ("regions", "periodic", "conditions", "sufficient")
        )

    def __hash__(self) -> int:
        return hash((self.conditions, self.sufficient))

    def is_empty(self) -> bool:
        """Whether it holds nowhere."""
        return EMPTY in self.regions.values() or FALSE in self.conditions


def _filled(region: Region, periodic: Periodic | None) -> Region:
    """Single points that the periodic set leaves out anyway need not be left out twice."""
    return region if periodic is None else region | only([p for p in region.missing() if p not in periodic])


def extent_of(conditions: Iterable[Expr], assuming: Assumptions = NOTHING) -> Extent:
    """Conditions, each on one symbol solved where that is decidable.

    >>> from calcml.reading import parse
    >>> extent_of([parse("x > 0"), parse("sin(x) != 0"), parse("x*y > 1")])
    x > 0, x != k*pi, x*y > 1
    """
    regions: dict[Symbol, Region] = {}
    periodic: dict[Symbol, Periodic] = {}
    left: list[Expr] = []
    for condition in combined([_in_short(part, assuming) for part in conditions], assuming.known):
        symbols = free_symbols(condition)
        found = _solved(condition, *symbols) if len(symbols) == 1 else None
        if found is None:
            left.append(condition)
            continue
        (symbol,) = symbols
        try:
            if isinstance(found, Region):
                regions[symbol] = regions.get(symbol, REALS) & found
                continue
            both = found & periodic.get(symbol, REALS)
        except UndecidedError:
            left.append(condition)
            continue
        if isinstance(both, Region):
            periodic.pop(symbol, None)
            regions[symbol] = regions.get(symbol, REALS) & both
        else:
            periodic[symbol] = both
    return _laid_out(Extent(regions, periodic, [part for part in left if not _is_assumed(part, assuming)]))


def _in_short(condition: Expr, assuming: Assumptions) -> Expr:
    """A condition in plainer words: x*y > 0 is x > 0 where y > 0 is assumed, and x + 1 is an integer where x is."""
    if isinstance(condition, Or):
        return make(Or, None, tuple([_in_short(part, assuming) for part in condition.args]))
    if isinstance(condition, Relation) and condition.data in ("=", "!="):
        lhs, rhs = condition.args
        if type(rhs) is Call and rhs.data == "floor" and rhs.args[0] is lhs:
            return make(Relation, condition.data, is_integer(lhs).args)
    if not assuming.known or not isinstance(condition, Relation) or condition.args[1] is not ZERO:
        return condition
    mono, number = as_factor(terms_of(condition.args[0]))
    left = tuple([(base, n) for base, n in mono if not is_positive(base, assuming.known)])
    if len(left) == len(mono):
        return condition
    return make(Relation, condition.data, (canonical({left: 1 if number > 0 else -1}), ZERO))


def _laid_out(extent: Extent) -> Extent:
    """Periodic sets in a bounded region written out as intervals."""
    regions, periodic = dict(extent.regions), dict(extent.periodic)
    for symbol in [symbol for symbol in periodic if symbol in regions]:
        try:
            inside = periodic[symbol] & regions[symbol]
        except UndecidedError:
            continue
        if isinstance(inside, Region):
            regions[symbol] = inside
            del periodic[symbol]
    return Extent(regions, periodic, extent.conditions, extent.sufficient, extent.breaks)


def within(extent: Extent, assuming: Assumptions) -> Extent:
    """The part of an extent in which the assumptions hold that say where on the line a symbol is."""
    regions = dict(extent.regions)
    for part in assuming.conditions:
        symbols = free_symbols(part)
        found = _solved(part, *symbols) if len(symbols) == 1 else None
        if isinstance(found, Region):
            (symbol,) = symbols
            regions[symbol] = regions.get(symbol, REALS) & found
    return _laid_out(Extent(regions, extent.periodic, extent.conditions, extent.sufficient, extent.breaks))


def _solved(condition: Expr, symbol: Symbol) -> Set | None:
    try:
        return solution(condition, symbol)
    except UndecidedError:
        return None


def solved_for_one(conditions: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Conditions on one symbol solved for it, where that takes fewer words: 2*x/(1 + x^2) < 1 is x != 1."""
    kept = list(conditions)
    for symbol in sorted(free_symbols(*conditions), key=lambda symbol: symbol.data):
        region, solved = REALS, []
        for part in conditions:
            found = _solved(part, symbol) if free_symbols(part) == {symbol} else None
            if isinstance(found, Region):
                region = region & found
                solved.append(part)
        said = conditions_of(region, symbol)
        if sum(map(tree_size, said)) < sum(map(tree_size, solved)):
            place = kept.index(solved[0])
            kept = [part for part in kept if part not in solved]
            kept[place:place] = said
    return tuple(kept)


def _is_assumed(condition: Expr, assuming: Assumptions) -> bool:
    return given(condition, assuming.conditions) is TRUE


# ---- the three questions ---------------------------------------------------------------------------------------------


def defined(expr: Expr, assuming: Assumptions = NOTHING) -> Extent:
    """Where the expression has a real value.

    >>> from calcml.reading import parse
    >>> defined(parse("ln(x)/(x^2 - 2)"))
    x > 0, x != sqrt(2)
    """
    require_numbers(expr)
    return within(extent_of(requirements(resolve(expr), assuming.known), assuming), assuming)


def continuous(expr: Expr, assuming: Assumptions = NOTHING) -> Extent:
    """Where the expression is continuous, as a function on the set where it is defined.

    >>> from calcml.reading import parse
    >>> continuous(parse("sqrt(x) - 1/x")), continuous(parse("floor(x/2)")), continuous(parse("x*sign(x)"))
    (x > 0, x != 2*k, everywhere)
    """
    f = by_cases(_scalar(expr))
    symbols = sorted(free_symbols(f), key=lambda symbol: symbol.data)
    if len(symbols) == 1:
        found = _by_pieces(f, symbols[0], extent_of(requirements(f)), with_slopes=False)
        if found is not None:
            return within(found, assuming)
    base = within(extent_of(requirements(f, assuming.known), assuming), assuming)
    return _with_sufficient(base, jump_conditions(f), assuming)


def differentiable(expr: Expr, x: Symbol, assuming: Assumptions = NOTHING) -> Extent:
    """Where the expression has a derivative by x: inside of where it is defined, with one slope from both sides.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> differentiable(parse("sqrt(x)"), x), differentiable(parse("|x|"), x), differentiable(parse("x|x|"), x)
    (x > 0, x != 0, everywhere)
    """
    from calcml.operators.derivative import derive

    f = by_cases(_scalar(expr))
    if free_symbols(f) <= {x}:
        found = _by_pieces(f, x, _inside(requirements(f), x, NOTHING), with_slopes=True)
        if found is not None:
            return within(found, assuming)
    base = within(_inside(requirements(f, assuming.known, x), x, assuming), assuming)
    if not any(has_cases(node) for node in topological(f)) and not kinks(f, x):
        return _with_sufficient(base, requirements(differentiate(f, x), assuming.known, x), assuming)
    try:
        conditions = derive(_scalar(expr), x, assuming=assuming).conditions
        return _with_sufficient(base, [*conditions, *jump_conditions(f)], assuming)
    except DomainError:  # conditions that are enough exclude each other: nothing is known
        return Extent(base.regions, base.periodic, base.conditions, (FALSE,))


def _inside(conditions: list[Expr], x: Symbol, assuming: Assumptions) -> Extent:
    """Where conditions hold at a point and all around it in the direction of x."""
    base = extent_of(conditions, assuming)
    regions, periodic = dict(base.regions), dict(base.periodic)
    if x in regions:
        regions[x] = regions[x].interior()
    if x in periodic:
        inner = periodic.pop(x).interior()
        if isinstance(inner, Region):
            regions[x] = regions.get(x, REALS) & inner
        else:
            periodic[x] = inner
    opened_up = [opened(part, x) for part in base.conditions]
    nowhere = exclude_each_other([*opened_up, *_bounds(regions)], assuming.known)
    return Extent(regions, periodic, [FALSE] if nowhere else opened_up)


def _bounds(regions: Mapping[Symbol, Region]) -> list[Expr]:
    """The regions of symbols as conditions."""
    said = [conditions_of(region, symbol) for symbol, region in regions.items()]
    return [part for parts in said for part in parts]


def _scalar(expr: Expr) -> Expr:
    f = written_out(resolve(expr))
    if f.shape:
        raise NoRuleError("a scalar is expected", hint="ask about one entry at a time")
    return f


def _by_pieces(f: Expr, x: Symbol, base: Extent, with_slopes: bool) -> Extent | None:
    """The answer for a function of one variable; None where it is not found piece by piece."""
    if base.conditions:
        return None
    region, periodic = base.regions.get(x, REALS), base.periodic.get(x)
    try:
        found, breaks = pieces(f, x, region, periodic, with_slopes)
    except (UndecidedError, NoRuleError):
        return None
    if isinstance(found, Region):
        return Extent({x: found}, {} if periodic is None else {x: periodic}, breaks=breaks)
    return Extent({x: region}, {x: found}, breaks=breaks)


def _with_sufficient(base: Extent, conditions: Iterable[Expr], assuming: Assumptions) -> Extent:
    """The extent where further conditions hold too, which are enough but may be more than is needed."""
    try:
        more = combined([_in_short(part, assuming) for part in conditions], assuming.known)
    except MathError:
        more = tuple(conditions)
    extra = [part for part in more if not _is_known(part, base, assuming)]
    own = [part for part in base.conditions if not any(implies(other, part) for other in extra)]
    return Extent(base.regions, base.periodic, own, extra)


def _is_known(condition: Expr, base: Extent, assuming: Assumptions) -> bool:
    if any(implies(fact, condition) for fact in base.conditions) or _is_assumed(condition, assuming):
        return True
    if len(free_symbols(condition)) > 1 and follows(
        condition, [*base.conditions, *_bounds(base.regions)], assuming.known
    ):
        return True
    if isinstance(condition, Relation) and condition.data == "!=" and condition.args[1] is ZERO:  # x != 0 where x*y > 0
        strict = [part for part in base.conditions if isinstance(part, Relation) and part.data in ("<", ">", "!=")]
        if any(part.args[1] is ZERO and condition.args[0] in all_factors(part.args[0]) for part in strict):
            return True
    symbols = free_symbols(condition)
    found = _solved(condition, *symbols) if len(symbols) == 1 else None
    if found is None:
        return False
    (symbol,) = symbols
    region, periodic = base.regions.get(symbol, REALS), base.periodic.get(symbol, REALS)
    return _is_part(region, found) or _is_part(periodic, found)


def _is_part(part: Set, whole: Set) -> bool:
    try:
        return (part & ~whole) == EMPTY
    except UndecidedError:
        return False
