"""The rules of differentiation: about a dozen, and the function table.

A row holds the rule's statement in calcml's own notation (shown to readers, printed by `calcml rules`, and tested
against the code beside it at random points), the reason it applies, and `apply(node, d)`: the derivative of `node`,
where `d[i]` is the derivative of its i-th operand and None stands for an operand that does not depend on the variable.

Which row serves a node is decided by its head and by which operands depend on the variable (`rule_for`). There is no
catch-all: what no row covers raises NoRuleError.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from calcml import functions
from calcml.build import PLAIN, add, add_all, div, mul, mul_all, neg, power, product, sub
from calcml.errors import NoRuleError
from calcml.expr import (
    ONE,
    TWO,
    ZERO,
    Add,
    And,
    Call,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    make,
    make2,
    ratio_of,
    rational,
)
from calcml.heads import Sum, Vector
from calcml.rules.borders import differentiate_cases
from calcml.templates import fill_derivative

Differentials = list[Expr | None]
Apply = Callable[[Expr, Differentials], Expr]


class DiffRule:
    """One rule. `where` is the condition under which the statement holds; empty: wherever both sides are defined."""

    __slots__ = ("apply", "explanation", "name", "source", "statement", "title", "where")

    def __init__(
        self,
        name: str,
        *,
        title: str,
        statement: str,
        explanation: str,
        apply: Apply,
        where: str = "",
        source: str = "",
    ) -> None:
        self.name = name
        self.title = title
        self.statement = statement
        self.explanation = explanation
        self.apply = apply
        self.where = where
        self.source = source

    def __repr__(self) -> str:
        return f"DiffRule({self.name!r})"


# ---- sums ---------------------------------------------------------------------------------------------------------


def _sum(node: Expr, d: Differentials) -> Expr:
    if type(node) is Sub:
        left, right = d
        if right is None:
            return left or ZERO
        return neg(right) if left is None else sub(left, right)
    if len(d) == 2:
        left, right = d
        return right if left is None else left if right is None else add(left, right)  # type: ignore[return-value]
    return add_all([term for term in d if term is not None])


def _negative(node: Expr, d: Differentials) -> Expr:
    return neg(_only(d))


def _index_sum(node: Expr, d: Differentials) -> Expr:
    _, index, first, last = node.args
    if d[0] is None:
        return ZERO
    return make(Sum, None, (d[0], index, first, last))


# ---- products and quotients ---------------------------------------------------------------------------------------


def _only(d: Differentials) -> Expr:
    for item in d:
        if item is not None:
            return item
    raise AssertionError("no operand depends on the variable")


def _constant_multiple(node: Expr, d: Differentials) -> Expr:
    if len(d) == 2:
        left, right = d
        return mul(node.args[0], right) if left is None else mul(left, node.args[1])  # type: ignore[arg-type]
    factors = [arg if d[i] is None else d[i] for i, arg in enumerate(node.args)]
    return mul_all(factors)  # type: ignore[arg-type]


def _constant_divisor(node: Expr, d: Differentials) -> Expr:
    return div(_only(d), node.args[1])


def _product(node: Expr, d: Differentials) -> Expr:
    args = node.args
    if len(d) == 2:
        return add(mul(d[0], args[1]), mul(args[0], d[1]))  # type: ignore[arg-type]
    active = [i for i, item in enumerate(d) if item is not None]
    if len(active) > 8:
        return _long_product(args, d)
    terms = []
    for i in active:
        factors: list[Any] = list(args)
        factors[i] = d[i]
        terms.append(mul_all(factors))
    return add_all(terms)


def others(args: tuple[Expr, ...], front: Expr = ONE) -> list[Expr]:
    """For each factor `front` times all the others, sharing prefix and suffix products: O(n) nodes."""
    count = len(args)
    before: list[Expr] = [front] * count
    after: list[Expr] = [ONE] * count
    for i in range(1, count):
        before[i] = mul(before[i - 1], args[i - 1])
        after[count - 1 - i] = mul(args[count - i], after[count - i])
    return [mul(before[i], after[i]) for i in range(count)]


def _long_product(args: tuple[Expr, ...], d: Differentials) -> Expr:
    return add_all([mul(item, rest) for item, rest in zip(d, others(args), strict=True) if item is not None])


def _quotient(node: Expr, d: Differentials) -> Expr:
    u, v = node.args
    du, dv = d
    assert du is not None and dv is not None
    return div(sub(mul(du, v), mul(u, dv)), power(v, TWO))


def _reciprocal(node: Expr, d: Differentials) -> Expr:
    u, v = node.args
    return neg(div(mul(u, _only(d)), power(v, TWO)))


# ---- powers --------------------------------------------------------------------------------------------------------


def _power(node: Expr, d: Differentials) -> Expr:
    u, n = node.args
    if type(n) is Number and type(n.data) is int and n.data > 1 and type(u) in PLAIN:
        return mul(make2(Mul, n, u if n is TWO else make2(Pow, u, rational(n.data - 1))), _only(d))
    return mul(mul(n, power(u, sub(n, ONE))), _only(d))


def _exponential(node: Expr, d: Differentials) -> Expr:
    base = node.args[0]
    return mul(node, _only(d)) if base is E else mul(mul(node, make(Call, "ln", (base,))), _only(d))


def _logarithmic(node: Expr, d: Differentials) -> Expr:
    u, v = node.args
    du, dv = d
    assert du is not None and dv is not None
    return mul(node, add(mul(dv, make(Call, "ln", (u,))), div(mul(v, du), u)))


# ---- functions of the table ----------------------------------------------------------------------------------------


def _chain(node: Expr, d: Differentials) -> Expr:
    spec = functions.find(node.data)
    if len(d) == 1 and spec is not None and d[0] is not None:
        outer = fill_derivative(spec, node.args, 0)
        if outer is not None:
            return mul(outer, d[0])
    terms = []
    for position, item in enumerate(d):
        if item is None:
            continue
        outer = fill_derivative(spec, node.args, position) if spec is not None else None
        if outer is None:
            parameter = spec.params[min(position, len(spec.params) - 1)] if spec is not None else "?"
            raise NoRuleError(f"{node.data} has no derivative by its argument {parameter}")
        terms.append(mul(outer, item))
    return add_all(terms)


# ---- cases ---------------------------------------------------------------------------------------------------------


def _extremum(node: Expr, d: Differentials) -> Expr:
    """d of max or min: the slope of the argument that is ahead; at a tie, the common slope if there is one."""
    ahead = ">" if node.data == "max" else "<"
    slopes = [item or ZERO for item in d]
    cases: list[Expr] = []
    for i, value in enumerate(node.args):
        conditions: list[Expr] = []
        for j, other in enumerate(node.args):
            if j == i:
                continue
            leads = make(Relation, ahead, (value, other))
            same = _agree(slopes[i], slopes[j])
            if same is False:
                conditions.append(leads)
            elif same is True:
                conditions.append(make(Relation, ahead + "=", (value, other)))
            else:
                tied = make(
                    And, None, (make(Relation, "=", (value, other)), make(Relation, "=", (slopes[i], slopes[j])))
                )
                conditions.append(make(Or, None, (leads, tied)))
        cases += (slopes[i], conditions[0] if len(conditions) == 1 else make(And, None, tuple(conditions)))
    return make(Piecewise, None, tuple(cases))


def _agree(a: Expr, b: Expr) -> bool | None:
    """Whether two slopes are equal, where that can be seen; None where it depends on the point."""
    if a is b:
        return True
    p, q = ratio_of(a), ratio_of(b)
    return None if p is None or q is None else p == q


def _vector(node: Expr, d: Differentials) -> Expr:
    return make(
        type(node),
        None,
        tuple(item if item is not None else _zero_like(arg) for item, arg in zip(d, node.args, strict=True)),
    )


def _zero_like(node: Expr) -> Expr:
    return make(Vector, None, (ZERO,) * len(node.args)) if type(node) is Vector else ZERO


def _no_rule(node: Expr, d: Differentials) -> Expr:
    raise NoRuleError(
        f"no differentiation rule for {type(node).__name__}: {node!r}",
        hint="rules for vectors, matrices and unevaluated operators are still to come",
    )


SUM = DiffRule(
    "sum",
    title="Sum rule",
    statement="d(u + v) = d(u) + d(v)",
    explanation="A sum is differentiated term by term.",
    apply=_sum,
)
DIFFERENCE = DiffRule(
    "difference",
    title="Difference rule",
    statement="d(u - v) = d(u) - d(v)",
    explanation="A difference is differentiated term by term.",
    apply=_sum,
)
NEGATIVE = DiffRule(
    "negative",
    title="Constant multiple",
    statement="d(-u) = -d(u)",
    explanation="The factor -1 stays in front.",
    apply=_negative,
)
CONSTANT_MULTIPLE = DiffRule(
    "constant-multiple",
    title="Constant multiple",
    statement="d(c*u) = c*d(u)",
    explanation="A factor that does not depend on the variable stays as it is.",
    apply=_constant_multiple,
)
CONSTANT_DIVISOR = DiffRule(
    "constant-divisor",
    title="Constant multiple",
    statement="d(u/c) = d(u)/c",
    where="c != 0",
    explanation="A divisor that does not depend on the variable stays as it is.",
    apply=_constant_divisor,
)
PRODUCT = DiffRule(
    "product",
    title="Product rule",
    statement="d(u*v) = d(u)*v + u*d(v)",
    explanation="Differentiate one factor at a time, keep the others, and add.",
    apply=_product,
)
QUOTIENT = DiffRule(
    "quotient",
    title="Quotient rule",
    statement="d(u/v) = (d(u)*v - u*d(v))/v^2",
    where="v != 0",
    explanation="Both numerator and denominator depend on the variable.",
    apply=_quotient,
)
RECIPROCAL = DiffRule(
    "reciprocal",
    title="Reciprocal rule",
    statement="d(c/v) = -c*d(v)/v^2",
    where="v != 0",
    explanation="Only the denominator depends on the variable.",
    apply=_reciprocal,
)
POWER = DiffRule(
    "power",
    title="Power rule",
    statement="d(u^n) = n*u^(n - 1)*d(u)",
    where="u > 0 or n integer and (n > 0 or u != 0)",
    explanation="The exponent does not depend on the variable: it comes down, and is lowered by one.",
    apply=_power,
)
EXPONENTIAL = DiffRule(
    "exponential",
    title="Exponential rule",
    statement="d(a^v) = a^v*ln(a)*d(v)",
    where="a > 0",
    explanation="The variable stands in the exponent only; for base e the factor ln(e) is 1.",
    apply=_exponential,
)
LOGARITHMIC = DiffRule(
    "logarithmic",
    title="Logarithmic differentiation",
    statement="d(u^v) = u^v*(d(v)*ln(u) + v*d(u)/u)",
    where="u > 0",
    explanation="Base and exponent both depend on the variable: write u^v = e^(v*ln(u)), differentiate the exponent.",
    apply=_logarithmic,
)
CHAIN = DiffRule(
    "chain",
    title="Chain rule",
    statement="d(f(u)) = f'(u)*d(u)",
    explanation="Differentiate the outer function, keep the inner one in it, and multiply by the inner derivative.",
    apply=_chain,
)
TABLE = DiffRule(
    "table",
    title="Table",
    statement="d(f(x)) = f'(x)",
    explanation="The derivative of an elementary function, from the table.",
    apply=_chain,
)
PIECEWISE = DiffRule(
    "piecewise",
    title="Piecewise",
    statement="d({u: p; v: q}) = {d(u): p; d(v): q}",
    explanation="Inside each case the function is given by one formula; the borders need a look of their own.",
    apply=differentiate_cases,
)
EXTREMUM = DiffRule(
    "extremum",
    title="Max and min",
    statement="d(max(u, v)) = {d(u): u > v; d(v): v > u}",
    explanation="The larger argument is the value, so its slope is the slope; at a tie the slopes must agree.",
    apply=_extremum,
)
INDEX_SUM = DiffRule(
    "index-sum",
    title="Sum rule",
    statement="d(sum(u, i, 1, n)) = sum(d(u), i, 1, n)",
    explanation="A sum is differentiated term by term.",
    apply=_index_sum,
)
VECTOR = DiffRule(
    "vector",
    title="Vector",
    statement="d([u, v]) = [d(u), d(v)]",
    explanation="A vector is differentiated entry by entry.",
    apply=_vector,
)
NONE = DiffRule("none", title="No rule", statement="d(u) = d(u)", explanation="No rule applies.", apply=_no_rule)

# Two rules concern leaves and need no code: the drivers start from them.
CONSTANT = DiffRule(
    "constant",
    title="Constant",
    statement="d(c) = 0",
    explanation="What does not depend on the variable does not change with it.",
    apply=_no_rule,
)
IDENTITY = DiffRule(
    "identity",
    title="Identity",
    statement="d(x) = 1",
    explanation="The variable changes at rate 1 with itself.",
    apply=_no_rule,
)

RULES = (
    CONSTANT,
    IDENTITY,
    SUM,
    DIFFERENCE,
    NEGATIVE,
    CONSTANT_MULTIPLE,
    CONSTANT_DIVISOR,
    PRODUCT,
    QUOTIENT,
    RECIPROCAL,
    POWER,
    EXPONENTIAL,
    LOGARITHMIC,
    CHAIN,
    TABLE,
    PIECEWISE,
    EXTREMUM,
    INDEX_SUM,
    VECTOR,
)

# For the heads with one or two operands: which rule, by whether the first and the second operand are active.
_BY_ACTIVITY: dict[type[Expr], tuple[DiffRule, DiffRule, DiffRule]] = {
    # first only, second only, both
    Sub: (DIFFERENCE, DIFFERENCE, DIFFERENCE),
    Div: (CONSTANT_DIVISOR, RECIPROCAL, QUOTIENT),
    Pow: (POWER, EXPONENTIAL, LOGARITHMIC),
}
_BY_HEAD: dict[type[Expr], DiffRule] = {Add: SUM, Neg: NEGATIVE, Piecewise: PIECEWISE, Sum: INDEX_SUM, Vector: VECTOR}


def rule_for(node: Expr, d: Differentials) -> DiffRule:
    """The rule that differentiates `node`, given which operands depend on the variable."""
    head = type(node)
    if head is Call:
        if node.data in ("max", "min"):
            return EXTREMUM
        return TABLE if len(d) == 1 and d[0] is ONE else CHAIN
    if head is Mul:
        active = 0
        for item in d:
            if item is not None:
                active += 1
        return CONSTANT_MULTIPLE if active == 1 else PRODUCT
    row = _BY_ACTIVITY.get(head)
    if row is not None:
        return row[1] if d[0] is None else row[0] if d[1] is None else row[2]
    found = _BY_HEAD.get(head)
    if (found is SUM or found is NEGATIVE) and not node.shape:
        return found
    if (
        found is None
        or (node.shape and found is not VECTOR)
        or any(arg.shape for arg in node.args if found is not VECTOR)
    ):
        return NONE
    return found


def pull(node: Expr, adjoint: Expr, active: Container[Expr]) -> list[tuple[Expr, Expr]]:
    """What `node` passes back to each of its active operands: the adjoint times the derivative by that operand.

    Every rule is linear in what changes: applied to an operand that changes at the rate `adjoint`, it gives the share.
    An operand that occurs twice is passed two shares.

    >>> from calcml.expr import symbols
    >>> x, y, a = symbols("x y a")
    >>> pull(x / y, a, {x, y})
    [(x, a/y), (y, -x*a/y^2)]
    """
    head, args = type(node), node.args
    if head is Mul:
        if len(args) == 2:
            u, v = args
            if u not in active:
                return [(v, product(adjoint, u))]
            first = (u, product(adjoint, v))
            return [first, (v, product(adjoint, u))] if v in active else [first]
        if sum([arg in active for arg in args]) > 1:
            return [pair for pair in zip(args, others(args, adjoint), strict=True) if pair[0] in active]
    elif head is Add:
        return [(arg, adjoint) for arg in args if arg in active]
    elif head is Neg and not node.shape:
        return [(args[0], neg(adjoint))]
    # Cases carry the derivative of the case alone, not a copy of the adjoint in each; numbers of powers meet others.
    rate = adjoint if head in _ARITHMETIC else ONE
    found = []
    for i, arg in enumerate(args):
        if arg in active:
            d: Differentials = [None] * len(args)
            d[i] = rate
            share = rule_for(node, d).apply(node, d)
            found.append((arg, share if rate is adjoint else product(adjoint, share)))
    return found


_ARITHMETIC = frozenset({Mul, Sub, Div})


def local_partials(node: Expr, active: list[bool]) -> list[Expr | None]:
    """∂node/∂operand for every active operand: each rule applied with that operand alone changing, at rate 1.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> local_partials(x / y, [True, True])
    [1/y, -x/y^2]
    """
    wanted = {arg for arg, is_active in zip(node.args, active, strict=True) if is_active}
    shares = iter(pull(node, ONE, wanted))
    found = [next(shares)[1] if arg in wanted else None for arg in node.args]
    return [share if is_active else None for share, is_active in zip(found, active, strict=True)]
