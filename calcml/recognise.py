"""Recognising functions in their written-out form: 1/(1 + e^(-x)) is σ(x), ln(1 + e^x) is softplus(x).

Which functions can be recognised, and what they are written out, is in the function table. A part of an expression is
a candidate when its values agree with those of a row at a few points; whoever uses the result checks it like any other
step.
"""

from __future__ import annotations

from collections.abc import Sequence

from calcml import build, functions
from calcml.algebra.display import Display
from calcml.algebra.read import Reader
from calcml.algebra.terms import quotient, scaled
from calcml.binding import free_symbols
from calcml.derivation import Step
from calcml.evaluation import Program, scalar_function
from calcml.expr import ONE, TWO, Add, Call, Div, E, Expr, Mul, Neg, Number, Pow, Sub, make
from calcml.measure import measure
from calcml.sampling import points
from calcml.simplification import simplify
from calcml.traverse import dependents, replace, topological

_GROUPS = frozenset({"sigmoids", "hyperbolic functions", "smooth rectifiers"})
_SAMPLES = 3
_SMALL = 1e-3  # differences are measured against it where both values are smaller


def recognise(f: Expr, conditions: Sequence[Expr] = ()) -> Expr:
    """`f` with its written-out functions replaced by their names; `f` itself where there is none.

    >>> from calcml.expr import symbols, Call
    >>> x = symbols("x")
    >>> recognise(1/(1 + Call("exp", -x)))
    sigmoid(x)
    """
    nodes = topological(f)
    if len(nodes) > 400:
        return f
    exponents = _exponents(nodes)
    if not exponents:
        return f
    variables = sorted(free_symbols(f), key=lambda symbol: symbol.data)
    arguments = _arguments(exponents)
    program = Program([f, *arguments], variables)
    samples = []
    for point in points(variables, conditions, seed=3):
        samples.append(program.trace(point))
        if len(samples) == _SAMPLES:
            break
    found: dict[Expr, Expr] = {}
    built = dependents([f], [node for node in nodes if is_exponential(node)])  # only these can be written-out functions
    hidden: set[Expr] = set()  # parts of something already recognised
    for node in reversed(nodes):
        if node in hidden:
            hidden.update(node.args)
            continue
        if node not in program.index:  # inside a sum, whose index has no value here
            continue
        if node not in built or type(node) not in (Div, Mul, Pow, Call, Sub, Add) or is_exponential(node):
            continue
        name = _match(program, samples, node, arguments)
        if name is not None:
            found[node] = name
            hidden.update(node.args)
    return replace(f, found) if found else f


def is_exponential(node: Expr) -> bool:
    """e^u or exp(u)."""
    return (type(node) is Call and node.data == "exp") or (type(node) is Pow and node.args[0] is E)


def _exponents(nodes: list[Expr]) -> list[Expr]:
    found = []
    for node in nodes:
        if is_exponential(node) and not _is_number(node.args[-1]):
            found.append(node.args[-1])
    return found


def _is_number(node: Expr) -> bool:
    return type(node) is Number


def _arguments(exponents: list[Expr]) -> list[Expr]:
    """What a recognised function may be applied to: the exponents, their opposites, halves and doubles."""
    found: list[Expr] = []
    for exponent in exponents:
        reader = Reader()
        display = Display(reader, exponent)
        terms = reader.read(exponent)
        factors = [1, -1, 2] + [quotient(sign, 2) for sign in (1, -1) if len(exponents) > 1]
        for factor in factors:
            argument = display.show(scaled(terms, factor))
            if argument not in found:
                found.append(argument)
    # A plain variable before its opposite: σ(x), not 1 - σ(-x).
    return sorted(found, key=lambda node: (type(node) is Neg, len(topological(node))))


def _match(program: Program, samples: list[list[object]], node: Expr, arguments: list[Expr]) -> Expr | None:
    place = program.index[node]
    values = [slots[place] for slots in samples]
    if not all(isinstance(value, float) and abs(value) < 1e12 for value in values):
        return None
    if sum(abs(value) > _SMALL for value in values) < 2:  # type: ignore[arg-type]
        return None  # any function is as small as that somewhere
    for spec in functions.all_functions():
        if spec.group not in _GROUPS or len(spec.params) != 1 or spec.smooth:
            continue
        function = scalar_function(spec.name, 1)
        for argument in arguments:
            at = program.index[argument]
            if all(_close(function, slots[at], value) for slots, value in zip(samples, values, strict=True)):
                return make(Call, spec.name, (argument,))
    return None


def _close(function: object, argument: object, value: object) -> bool:
    try:
        expected = function(argument)  # type: ignore[operator]
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        return False
    return isinstance(value, float) and abs(expected - value) <= 1e-11 * max(abs(expected), abs(value), _SMALL)


# ---- the derivative in terms of the function -----------------------------------------------------------------------


def in_terms_of(f: Expr, g: Expr, x: Expr) -> Expr | None:
    """g, the derivative of f, as a short multiple of f, f(1 - f), 1 - f² or 1 + f²; None where there is none.

    p(1 - p) for a softmax component, (x - μ)/σ²·N for the Gaussian density.
    """
    if len(topological(f)) > 200 or not _has_exponential(f) or type(f) not in (Div, Mul):
        return None
    for shape in (
        f,
        make(Mul, None, (f, make(Sub, None, (ONE, f)))),
        make(Sub, None, (ONE, make(Pow, None, (f, TWO)))),
    ):
        factor = simplify(make(Div, None, (g, shape)), pieces_of=f)
        if _has_exponential(factor) or len(topological(factor)) > 12 or measure(factor) >= measure(f):
            continue
        if factor is ONE:
            return shape
        if shape is f and not _is_worth_naming(f, factor, x):
            return None
        sign, factor = (-1, factor.args[0]) if type(factor) is Neg else (1, factor)
        named = shape.args if shape is not f and type(shape) is Mul else (shape,)
        product = build.mul_all([factor, *named])
        return build.neg(product) if sign < 0 else product
    return None


def _is_worth_naming(f: Expr, factor: Expr, x: Expr) -> bool:
    # A density is; x·e^x = f with f' = (x + 1)/x·f, or 3·e^(-x²), is not.
    below = factor.args[1] if type(factor) is Div else ONE
    return x not in free_symbols(below) and len(topological(f)) >= 12


def _has_exponential(node: Expr) -> bool:
    return any(is_exponential(part) for part in topological(node))


# ---- the sigmoid's own proof, as a teacher writes it ---------------------------------------------------------------


def sigmoid_steps(g: Expr, u: Expr, target: Expr) -> tuple[Step, ...]:
    """From c·E/(1 + E)^2 with E = e^(-u) to c·σ(u)(1 − σ(u)): split, add and subtract 1, split again, name it.

    Empty when `g` is not of that shape.
    """
    shape = _sigmoid_shape(g)
    if shape is None:
        return ()
    front, exponential, bracket = shape
    s = make(Div, None, (ONE, bracket))
    plus_minus = make(Sub, None, (bracket, ONE))
    lines = [
        _times(front, s, make(Div, None, (exponential, bracket))),
        _times(front, s, make(Div, None, (plus_minus, bracket))),
        _times(front, s, make(Sub, None, (make(Div, None, (bracket, bracket)), s))),
        _times(front, s, make(Sub, None, (ONE, s))),
        target,
    ]
    sigmoid = make(Call, "sigmoid", (u,))
    texts = (
        ("split-fraction", "Split the fraction", "a*b/c^2 = a/c*(b/c)", "One factor 1/c is the function itself."),
        ("add-subtract", "Add and subtract 1", "a = (1 + a) - 1", "So that the numerator contains the denominator."),
        ("split-fraction", "Split the fraction", "(a - b)/c = a/c - b/c", "Each term over the denominator."),
        ("cancel", "Cancel", "c/c = 1", "The denominator is positive, never 0."),
        ("name", "Write it by its name", f"{s} = {sigmoid}", "The function itself appears again."),
    )
    steps = []
    before = g
    for (rule, title, statement, why), after in zip(texts, lines, strict=True):
        if after is before:
            continue
        steps.append(
            Step(
                "rewrite",
                rule=rule,
                title=title,
                statement=statement,
                why=why,
                focus_before=before,
                focus_after=after,
                result=after,
                level="standard",
            )
        )
        before = after
    return tuple(steps)


def _times(front: Expr | None, *factors: Expr) -> Expr:
    found = factors if front is None else (front, *factors)
    return make(Mul, None, tuple(found))


def _sigmoid_shape(g: Expr) -> tuple[Expr | None, Expr, Expr] | None:
    """(c, E, 1 + E) when g is c·E/(1 + E)^2."""
    if type(g) is not Div or type(g.args[1]) is not Pow:
        return None
    numerator, (bracket, two) = g.args[0], g.args[1].args
    if type(bracket) is not Add or len(bracket.args) != 2 or type(two) is not Number or two.data != 2:
        return None
    exponential = next((part for part in bracket.args if is_exponential(part)), None)
    if exponential is None or ONE not in bracket.args:
        return None
    factors = list(numerator.args) if type(numerator) is Mul else [numerator]
    if exponential not in factors:
        return None
    factors.remove(exponential)
    front = None if not factors else factors[0] if len(factors) == 1 else make(Mul, None, tuple(factors))
    return front, exponential, bracket
