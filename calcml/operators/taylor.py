"""The Taylor polynomial with its remainder: taylor. Linear and quadratic models are those of order 1 and 2.

The coefficients come from the series of the expression (`calcml.series`), so the derivatives of high order are numbers
here and never formulas; the formulas in the table are taken by the rules, as long as they are short. The whole is
checked by values: what is left beside the polynomial must shrink like the power after the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import factorial, inf, prod
from typing import Any

from calcml.algebra.write import join
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols, substitute
from calcml.build import mul, mul_all, neg, power
from calcml.conditions import combined
from calcml.critical.enclosures import Enclosure
from calcml.derivation import Check, Derivation, Fact, Form, Section, Step, Table
from calcml.differentiation import differentiate
from calcml.domains import require_some_domain, requirements
from calcml.errors import CalcmlError, InputError, InvariantError, NotDifferentiableError, ShapeError
from calcml.expr import ONE, ZERO, Add, Call, Div, Expr, Mul, Neg, Piecewise, Symbol, as_expr, make, rational
from calcml.heads import Dot, MatMul, Matrix, Vector
from calcml.operators.derivative import asked
from calcml.operators.problem import checked_point, differentiable
from calcml.operators.variables import chosen_variables, listed
from calcml.regions.reals import real
from calcml.regions.sides import has_cases
from calcml.series.expansion import Expansion, Multi, distance, expansion, polynomial, remainder_shrinks, term
from calcml.series.local import derivative_name, with_cases
from calcml.simplification import simplify
from calcml.traverse import count_nodes, topological, tree_size

MAX_ORDER = 200
MAX_TERMS = 5000  # of a polynomial in several variables
SHORT = 36  # nodes of a derivative that is shown as a formula
BRIEF = 30  # and of one in the remainder
LONG = 600  # nodes of a derivative that is brought to readable form at all
CELLS = 512  # parts of an interval on which a remainder is bounded


def taylor(
    f: Expr,
    variables: Expr | Iterable[Expr] | None = None,
    at: Any = None,
    order: int = 5,
    assuming: Assumptions = NOTHING,
) -> Expr:
    """The Taylor polynomial in powers of (x - a), coefficients exact: the result of `taylor_record`.

    variables: default, those in `at`, else all of `f` by name. at: {x: a}, or the one value; default 0.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> taylor(parse("e^x"), x, 0, 3), taylor(parse("ln(x)"), x, 1, 2)
    (1 + x + x^2/2 + x^3/6, (x - 1) - (x - 1)^2/2)
    """
    return taylor_record(f, variables, at, order, assuming=assuming).warned().result


def taylor_record(
    f: Expr,
    variables: Expr | Iterable[Expr] | None = None,
    at: Any = None,
    order: int = 5,
    *,
    on: tuple[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
) -> Derivation:
    """The Taylor polynomial of a scalar expression, with its coefficients, remainder and check.

    variables: default, those in `at`, else all of `f` by name. at: {x: a}, or the one value; default 0. order: the
    highest power. on: an interval on which the remainder is bounded. The result is the polynomial in powers of (x - a).

    Errors: NotDifferentiableError where the expansion does not exist up to the order (|x| at 0), DomainError where f
    is not defined around the point.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> record = taylor_record(parse("sin(x)"), x, 0, 3)
    >>> record.result, record.facts[0].value
    (x - x^3/6, sin(xi)*x^4/24)
    """
    f = differentiable(as_expr(f))
    if f.shape:
        raise ShapeError(f"a Taylor expansion is of a scalar, and {f!r} has shape {f.shape}", hint="expand each entry")
    require_some_domain(f)
    place = place_of(f, variables, at)
    _require_order(order, len(place))
    found = expansion(f, place, order, assuming)
    if found.order < order:
        raise _no_expansion(f, found, order)
    result = polynomial(found, order)
    check = _checked(f, found, order, assuming)
    chosen = tuple(place)
    remaining = _remainder(f, found, order) if len(chosen) == 1 else ()
    return Derivation(
        "taylor",
        problem=f,
        variables=chosen,
        asked=f,
        label=f"T{_below(order)}({', '.join(map(str, chosen))})",
        sections=(_section(found, order, result, check),),
        result=result,
        conditions=combined(found.conditions, assuming.known),
        notes=_notes(f, found, order),
        forms=_forms(found, order, result),
        point=tuple(place.items()),
        facts=(*_first_facts(found, order), *remaining, *_bound(f, found, order, on)),
        tables=(_table(f, found, order),),
    )


def place_of(f: Expr, variables: Expr | Iterable[Expr] | None, at: Any) -> dict[Expr, Expr]:
    """The variables with their values."""
    if isinstance(at, Mapping):
        given = checked_point(at, f, [] if variables is None else list(chosen_variables(f, variables)))
        if variables is None and given:
            variables = list(given)
        chosen = chosen_variables(f, variables)
        left = [x for x in given if x not in chosen]
        if left:
            f_of = listed(chosen)
            raise InputError(
                f"{left[0]} has a value, and the expansion is in {f_of}", hint=f"name it too: {f_of}, {left[0]}"
            )
        place = {x: given.get(x, ZERO) for x in chosen}
    else:
        chosen = chosen_variables(f, variables)
        values = (
            [ZERO] * len(chosen)
            if at is None
            else [at]
            if not isinstance(at, (list, tuple, Vector))
            else list(at.args if isinstance(at, Vector) else at)
        )
        if len(values) != len(chosen):
            raise InputError(
                f"the point has {len(values)} values, and there are {len(chosen)} variables: {listed(chosen)}",
                hint="give a value for each: at={x: 0, y: 0}",
            )
        place = {x: as_expr(value) for x, value in zip(chosen, values, strict=True)}
    for x, value in place.items():
        if free_symbols(value) & set(place):
            raise InputError(
                f"the value of {x} contains a variable of the expansion", hint="give a number, or a parameter"
            )
        if value.shape:
            raise InputError(f"the value of {x} is one number, not {value}")
    return place


def _require_order(order: int, count: int) -> None:
    from math import comb

    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise InputError(f"the order of an expansion is 0 or more, not {order}")
    if order > MAX_ORDER or comb(order + count, count) > MAX_TERMS:
        raise InputError(
            f"an expansion of order {order} in {count} variable{'s' if count > 1 else ''} is too long",
            hint=f"at most order {MAX_ORDER}, and {MAX_TERMS} terms",
        )


def _no_expansion(f: Expr, found: Expansion, order: int) -> NotDifferentiableError:
    where = ", ".join([f"{x} = {value}" for x, value in found.place.items()])
    shown = str(f) if tree_size(f) <= 40 else "the function"
    return NotDifferentiableError(
        f"{shown} has no Taylor polynomial of order {order} at {where}: there is none beyond order {found.order}",
        hint=found.reason,
    )


def _checked(f: Expr, found: Expansion, order: int, assuming: Assumptions) -> Check:
    shrinks = remainder_shrinks(f, found, order, assuming)
    if shrinks is False:
        raise InvariantError(
            f"a Taylor polynomial failed its check: {f!r}", hint="this is a bug in calcml; please report the input"
        )
    if shrinks is None:
        return Check("unverified", reason="the remainder could not be measured")
    return Check("checked", points=4 if len(found.place) == 1 else 8, digits=3 * order + 1)


# ---- the steps -------------------------------------------------------------------------------------------------------


def _section(found: Expansion, order: int, result: Expr, check: Check) -> Section:
    """Taylor's formula with the derivatives at the point put in, and what it comes to."""
    pieces = [(x, distance(x, at)) for x, at in found.place.items()]
    start = _formula(found, order, pieces)
    step = Step(
        "substitute",
        rule="taylor",
        title="Divide by the factorials",
        statement="T_n(x) = f(a) + f'(a)*(x - a)/1! + f''(a)*(x - a)^2/2! + ... + (nth derivative at a)*(x - a)^n/n!",
        why="The polynomial of degree n that has the value and the first n derivatives of f at the point.",
        focus_before=start,
        focus_after=result,
        result=result,
        check=check,
    )
    where = ", ".join([f"{x} = {value}" for x, value in found.place.items()])
    return Section(f"Taylor's formula at {where}, up to order {order}", start, (step,))


def _formula(found: Expansion, order: int, pieces: Sequence[tuple[Expr, Expr]]) -> Expr:
    terms: list[Expr] = []
    for alpha in found.coefficients:
        if sum(alpha) > order:
            continue
        value = found.derivative(alpha)
        sign, size = (True, value.args[0]) if type(value) is Neg else (False, value)
        powers = [power(piece, rational(n)) for (_, piece), n in zip(pieces, alpha, strict=True) if n]
        below = [make(Call, "factorial", (rational(n),)) for n in alpha if n]
        top = mul_all([size, *powers]) if size is not ONE or not powers else mul_all(powers)
        if below:
            top = make(Div, None, (top, below[0] if len(below) == 1 else make(Mul, None, tuple(below))))
        terms.append(neg(top) if sign else top)
    return join(terms) if terms else ZERO


def _table(f: Expr, found: Expansion, order: int) -> Table:
    """What each coefficient comes from."""
    where = ", ".join([f"{x} = {value}" for x, value in found.place.items()])
    if len(found.place) == 1:
        (x,) = found.place
        formulas = _derivatives(f, x, order)
        rows = [
            (
                rational(k),
                formulas[k] if k < len(formulas) else "\u2026",
                found.derivative((k,)),
                rational(factorial(k)),
                found.coefficients.get((k,), ZERO),
            )
            for k in range(order + 1)
        ]
        return Table(
            "Derivatives and coefficients", ("k", "kth derivative", f"at {where}", "k!", "coefficient"), tuple(rows)
        )
    listing = [
        (
            " ".join([str(x) for x, n in zip(found.place, alpha, strict=True) for _ in range(n)]) or "nothing",
            found.derivative(alpha),
            rational(prod(map(factorial, alpha))),
            found.coefficients.get(alpha, ZERO),
        )
        for alpha in _multi_indices(len(found.place), order)
        if alpha in found.coefficients or len(found.coefficients) < 20
    ]
    return Table(
        "Partial derivatives and coefficients",
        ("differentiated by", f"at {where}", "divided by", "coefficient"),
        tuple(listing),
    )


def _multi_indices(count: int, order: int) -> list[Multi]:
    found = [alpha for alpha in product(range(order + 1), repeat=count) if sum(alpha) <= order] if order <= 12 else []
    return sorted(found, key=lambda alpha: (sum(alpha), tuple([-n for n in alpha])))


def _derivatives(f: Expr, x: Expr, order: int) -> list[Expr]:
    """f, f', f'', … as formulas, as long as they are short."""
    found = [f]
    for _ in range(order):
        try:
            raw = differentiate(found[-1], x)
            if count_nodes(raw) > LONG:
                break
            g = simplify(raw)
        except CalcmlError:
            break
        if tree_size(g) > SHORT:
            break
        found.append(g)
    return found


# ---- the remainder ---------------------------------------------------------------------------------------------------


def _remainder(f: Expr, found: Expansion, order: int) -> tuple[Fact, ...]:
    """Lagrange's form of what is left: the next derivative at a point between, over the factorial."""
    ((x, at),) = found.place.items()
    between = next(Symbol(name) for name in ("xi", "eta", "zeta", "c") if Symbol(name) not in free_symbols(f, at))
    scale = factorial(order + 1)
    piece = power(distance(x, at), rational(order + 1))
    g = _next_derivative(f, x, order + 1) if not found.filled else None
    name = "remainder, for some {xi} between {a} and {x}"
    letters = (("xi", between), ("a", at), ("x", x))
    if g is ZERO:
        return (Fact("remainder", ZERO),)
    if g is not None:
        value = term(simplify(_over(substitute(g, {x: between}), scale)), (1,), [(piece, piece)])
    else:
        open_derivative = asked(substitute(f, {x: between}), (between,) * (order + 1))
        value = make(Div, None, (mul(open_derivative, piece), rational(scale)))
    return (Fact(name, value, bindings=letters),)


def _over(g: Expr, scale: int) -> Expr:
    return make(Div, None, (g, rational(scale))) if scale != 1 else g


def _next_derivative(f: Expr, x: Expr, order: int) -> Expr | None:
    """The derivative of that order as a short formula, or None."""
    try:
        raw = differentiate(f, x, order)
        if count_nodes(raw) > LONG:
            return None
        g = simplify(raw)
    except CalcmlError:
        return None
    is_brief = tree_size(g) <= BRIEF and not any(type(node) is Piecewise for node in topological(g))
    return g if is_brief else None


def _bound(f: Expr, found: Expansion, order: int, on: tuple[Any, Any] | None) -> tuple[Fact, ...]:
    """How large the remainder can be on an interval, from an enclosure of the next derivative."""
    if on is None:
        return ()
    if len(found.place) != 1:
        raise InputError("a remainder is bounded on an interval in one variable", hint="leave out --on")
    ((x, at),) = found.place.items()
    low, high = [float(real(as_expr(end))) for end in on]
    centre = float(real(at))
    if not low < high or not low <= centre <= high:
        raise InputError(f"the interval must contain {x} = {at}, and its ends must be in order", hint="as in --on -1 1")
    g = differentiate(f, x, order + 1)
    forms = [g]
    if count_nodes(g) <= LONG:
        forms.append(simplify(g))
    enclosure = Enclosure(forms, [x])
    step = (high - low) / CELLS
    largest = 0.0
    for i in range(CELLS):
        cell = (low + i * step - abs(step) * 1e-9, low + (i + 1) * step + abs(step) * 1e-9)
        largest = max(largest, min([max(-least, most) for least, most in enclosure.run([cell])]))
    if largest == inf or largest != largest:
        return (Fact("bound of the remainder", text=f"not found on [{low:g}, {high:g}]"),)
    reach = max(high - centre, centre - low)
    bound = largest * reach ** (order + 1) / factorial(order + 1) * (1 + 1e-9)
    return (
        Fact(
            "bound of the remainder",
            text=f"|f - T| <= {_up(bound)} on [{low:g}, {high:g}], since the {derivative_name(order + 1)} "
            f"is at most {_up(largest)} there in absolute value",
        ),
    )


def _up(value: float) -> str:
    """Four digits, rounded up."""
    if value == 0:
        return "0"
    text = f"{value:.3e}"
    if float(text) < value:
        mantissa, exponent = text.split("e")
        text = f"{float(mantissa) + 0.001:.3f}e{exponent}"
    return f"{float(text):.4g}"


# ---- beside the polynomial ------------------------------------------------------------------------------------------


def _first_facts(found: Expansion, order: int) -> tuple[Fact, ...]:
    """In several variables the gradient and the Hessian at the point, from the coefficients."""
    count = len(found.place)
    if count == 1 or order < 1:
        return ()
    facts = [Fact("gradient at the point", gradient_at(found))]
    if order >= 2:
        facts.append(Fact("Hessian at the point", hessian_at(found)))
    return tuple(facts)


def _unit(i: int, count: int) -> Multi:
    return tuple([int(j == i) for j in range(count)])


def gradient_at(found: Expansion) -> Expr:
    """The gradient, from the coefficients of degree 1."""
    count = len(found.place)
    return Vector(*[found.derivative(_unit(i, count)) for i in range(count)])


def hessian_at(found: Expansion) -> Expr:
    """The Hessian, from the coefficients of degree 2."""
    count = len(found.place)

    def entry(i: int, j: int) -> Expr:
        return found.derivative(tuple([a + b for a, b in zip(_unit(i, count), _unit(j, count), strict=True)]))

    return Matrix(*[Vector(*[entry(i, j) for j in range(count)]) for i in range(count)])


def _forms(found: Expansion, order: int, result: Expr) -> tuple[Form, ...]:
    """In several variables, orders 1 and 2 with vectors: f(a) + g·d + d·(H·d)/2."""
    count = len(found.place)
    if count == 1 or order not in (1, 2):
        return ()
    d = Vector(*[distance(x, at) for x, at in found.place.items()])
    value = found.coefficients.get((0,) * count, ZERO)
    parts = [value] if value is not ZERO else []
    parts.append(make(Dot, None, (gradient_at(found), d)))
    if order == 2:
        square = make(Dot, None, (d, make(MatMul, None, (hessian_at(found), d))))
        parts.append(make(Div, None, (square, rational(2))))
    expr = make(Add, None, tuple(parts)) if len(parts) > 1 else parts[0]
    step = Step(
        "rewrite",
        rule="matrix-form",
        title="With the gradient and the Hessian" if order == 2 else "With the gradient",
        statement="f(a) + dot(g, x - a) + dot(x - a, H*(x - a))/2",
        why="The terms of degree 1 are an inner product, those of degree 2 a quadratic form.",
        focus_before=result,
        focus_after=expr,
        result=expr,
        check=Check("proved", reason="the entries are the coefficients"),
    )
    return (Form("matrix form", expr, (step,)),)


def _notes(f: Expr, found: Expansion, order: int) -> tuple[str, ...]:
    where = ", ".join([f"{x} = {value}" for x, value in found.place.items()])
    notes = [f"{part} has no value at {where}; its limit is taken there" for part in found.filled[:1]]
    if len(found.place) == 1 and not _is_smooth_everywhere(f):
        ((x, at),) = found.place.items()
        many = "a derivative" if order == 0 else f"{order + 1} derivatives"
        notes.append(f"the remainder holds as far as f has {many} between {at} and {x}")
    return tuple(notes)


def _is_smooth_everywhere(f: Expr) -> bool:
    """Whether f is defined on the whole line, and all its functions have derivatives of every order there."""
    g = with_cases(f)
    if any(has_cases(node) for node in topological(g)) or combined(requirements(g)):
        return False
    try:
        return not any(combined(requirements(differentiate(g, x))) for x in free_symbols(g))
    except CalcmlError:
        return False


def _below(order: int) -> str:
    """A number as a subscript."""
    return str(order).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
