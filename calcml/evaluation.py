"""The reference evaluator: one point at a time, function values from the rows of the table.

`Program` flattens an expression once and runs it at many points in float64, with the standard library alone; it is
what the verifier samples with. `evaluate` is for people: exact numbers stay exact where every operation is, and
otherwise mpmath computes with as many digits as are asked for. Outside the domain the float value is nan and
`evaluate` raises DomainError with the occurrence that failed. Derivatives written in an expression are carried out by
the rules first.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf, nan
from typing import Any

from calcml import functions
from calcml.binding import free_symbols
from calcml.errors import InputError, NoRuleError
from calcml.executable import function_from
from calcml.expr import (
    TRUE,
    Add,
    And,
    Call,
    Constant,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Not,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    as_expr,
)
from calcml.functions.spec import FunctionSpec
from calcml.heads import Dot, Index, Sum, Vector
from calcml.numeric.scalar import power, quotient
from calcml.traverse import topological

Step = tuple[Callable[..., Any], tuple[int, ...]]

CONSTANT_VALUES = {"e": math.e, "pi": math.pi, "oo": inf, "true": True, "false": False}


class Program:
    """Expressions as a straight list of operations on float64.

    `run(values)` gives the value of every root; nan marks a point outside the domain.
    """

    __slots__ = ("constants", "index", "roots", "size", "steps", "variables")

    def __init__(self, roots: Sequence[Expr], variables: Sequence[Expr]) -> None:
        self.variables = list(variables)
        self.index: dict[Expr, int] = {variable: i for i, variable in enumerate(self.variables)}
        self.constants: list[tuple[int, Any]] = []
        self.steps: list[tuple[int, Callable[..., Any], tuple[int, ...]]] = []
        nodes = topological(*roots)
        inside = bound_bodies(nodes, self.variables)
        for node in nodes:
            if node in self.index or node in inside:
                continue
            place = self.index[node] = len(self.index)
            if type(node) is Number or type(node) is Constant:
                self.constants.append((place, _leaf(node)))
            elif isinstance(node, Symbol):
                raise InputError(f"no value was given for {node}")
            elif type(node) is Sum:
                self._sum(node, place)
            elif (decided := closed_relation(node)) is not None:
                self.constants.append((place, decided))
            else:
                self.steps.append((place, _operation(node), tuple(self.index[arg] for arg in node.args)))
        self.size = len(self.index)
        self.roots = [self.index[root] for root in roots]

    def _sum(self, node: Expr, place: int) -> None:
        body, index, first, last = node.args
        outer = [variable for variable in self.variables if variable is not index]
        inner = Program([body], [*outer, index])
        positions = tuple(self.index[variable] for variable in outer)

        def total(low: float, high: float, *values: float) -> float:
            if low != low or high != high or abs(high - low) > 10**6:
                return nan
            return math.fsum(inner.run([*values, float(i)])[0] for i in range(int(low), int(high) + 1))

        self.steps.append((place, total, (self.index[first], self.index[last], *positions)))

    def narrowed(self, roots: Sequence[Expr]) -> Program:
        """The same for some of its nodes alone: what they need not is left out, and every node keeps its place."""
        wanted = {self.index[root] for root in roots}
        steps = []
        for step in reversed(self.steps):
            if step[0] in wanted:
                wanted.update(step[2])
                steps.append(step)
        program = object.__new__(Program)
        program.variables, program.index, program.size = self.variables, self.index, self.size
        program.constants = [constant for constant in self.constants if constant[0] in wanted]
        program.steps = steps[::-1]
        program.roots = [self.index[root] for root in roots]
        return program

    def trace(self, values: Sequence[float]) -> list[Any]:
        """The value of every node at one point; `index` says where a node's value stands."""
        return [column[0] for column in self.columns([values])]

    def columns(self, points: Sequence[Sequence[float]]) -> list[list[Any]]:
        """The values of every node at many points: one list for each node, which `index` finds."""
        columns: list[list[Any]] = [[]] * self.size
        for place in range(len(self.variables)):
            columns[place] = [point[place] for point in points]
        for place, value in self.constants:
            columns[place] = [value] * len(points)
        for place, function, operands in self.steps:
            try:
                if len(operands) == 2:
                    columns[place] = list(map(function, columns[operands[0]], columns[operands[1]]))
                else:
                    columns[place] = list(map(function, *[columns[i] for i in operands]))
            except (ArithmeticError, ValueError, TypeError, IndexError):
                columns[place] = [_value(function, row) for row in zip(*[columns[i] for i in operands], strict=True)]
        return columns

    def run(self, values: Sequence[float]) -> list[Any]:
        """The values of the roots at one point."""
        slots = self.trace(values)
        return [slots[i] for i in self.roots]


def closed_relation(node: Expr) -> bool | None:
    """What a relation between numbers says where that is decided: cos(pi/2) != 0 is false, whatever floats say.

    None where a side has no value: sech(acosh(-2)) < 2 says nothing.
    """
    if type(node) is not Relation or free_symbols(node):
        return None
    if any(value != value for value in Program(node.args, []).run([])):
        return None
    from calcml.conditions import settle

    settled = settle(node)
    return None if type(settled) is not Constant else settled is TRUE


def _value(function: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
    """The value of an operation: nan where it has none, infinite where it is too large for a float."""
    try:
        return function(*operands)
    except (ValueError, ZeroDivisionError, TypeError, IndexError):
        return nan
    except OverflowError:
        return inf


def bound_bodies(nodes: list[Expr], known: Iterable[Expr] = ()) -> set[Expr]:
    """Nodes that only make sense inside a sum, where its index has a value; `known`: symbols that have one already."""
    indices = {node.args[1] for node in nodes if type(node) is Sum}.difference(known)
    if not indices:
        return set()
    bound: dict[Expr, set[Expr]] = {}  # the indices that each node needs a value of
    for node in nodes:
        parts = (bound.get(arg, set()) for arg in node.args)
        if type(node) is Sum:
            body, _, first, last = parts
            needed = (body - {node.args[1]}) | first | last
        else:
            needed = {node} if node in indices else set().union(*parts)
        if needed:
            bound[node] = needed
    return set(bound)


def _leaf(node: Expr) -> Any:
    if type(node) is Constant:
        return CONSTANT_VALUES[node.data]
    top, bottom = node.ratio  # type: ignore[attr-defined]
    try:
        return top / bottom
    except OverflowError:
        return inf


def _add(*terms: float) -> float:
    return math.fsum(terms) if len(terms) > 2 and all(map(math.isfinite, terms)) else sum(terms)


def _mul(*factors: float) -> float:
    result = factors[0]
    for factor in factors[1:]:
        result *= factor
    return result


def _pow_moving(a: float, n: float) -> float:
    """u^v where v moves with u, or u is a number: u > 0 is asked, as docs/INPUT.md says."""
    return nan if n != n or not a > 0 else a**n


def _pow_of_parameter(a: float, n: float) -> float:
    """x^n with a symbol n of its own: x > 0, or n a whole number."""
    if a > 0:
        return nan if n != n else a**n
    return power(a, n) if n == math.floor(n) else nan


def power_kind(base: Expr, exponent: Expr) -> str:
    """How u^v is defined: "number" for a closed exponent, "parameter" for x^n, "moving" for x^x and (-2)^x."""
    if base is E or type(exponent) is Number or (type(base) is Number and base.ratio[0]):
        return "number"
    above = free_symbols(exponent)
    if not above:
        return "number"
    below = free_symbols(base)
    return "parameter" if below and not below & above else "moving"


_POWERS = {"number": power, "parameter": _pow_of_parameter, "moving": _pow_moving}


def _cases(*args: Any) -> Any:
    for i in range(0, len(args) - 1, 2):
        if args[i + 1] is True:
            return args[i]
        if args[i + 1] is not False:
            return nan
    return args[-1] if len(args) % 2 else nan


def _compare(test: Callable[[float, float], bool]) -> Callable[[float, float], Any]:
    def compare(a: float, b: float) -> Any:
        return nan if a != a or b != b else test(a, b)

    return compare


RELATION_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_RELATIONS = {sign: _compare(test) for sign, test in RELATION_TESTS.items()}
_HEADS: dict[type[Expr], Callable[..., Any]] = {
    Add: _add,
    Mul: _mul,
    Div: quotient,
    Pow: power,
    Neg: operator.neg,
    Sub: operator.sub,
    Piecewise: _cases,
    And: lambda *args: False if any(a is False for a in args) else nan if any(a != a for a in args) else True,
    Or: lambda *args: True if any(a is True for a in args) else nan if any(a != a for a in args) else False,
    Not: lambda a: a if a != a else not a,
    Vector: lambda *args: args,
    Dot: lambda a, b: math.fsum(x * y for x, y in zip(a, b, strict=True)),
    Index: lambda body, *indices: _entry(body, indices),
}


def _entry(body: Any, indices: tuple[float, ...]) -> Any:
    for index in indices:
        body = body[int(index) - 1]
    return body


# The same for two operands, without a Python call: dividing by zero raises, and `trace` makes that nan.
_OF_TWO: dict[type[Expr], Callable[[Any, Any], Any]] = {
    Add: operator.add,
    Mul: operator.mul,
    Sub: operator.sub,
    Div: operator.truediv,
}


def _operation(node: Expr) -> Callable[..., Any]:
    head = type(node)
    if len(node.args) == 2 and not node.shape:
        found = _OF_TWO.get(head)
        if found is not None and not any(arg.shape for arg in node.args):
            return found
    if head is Call:
        return scalar_function(node.data, len(node.args))
    if head is Relation:
        return _RELATIONS[node.data]
    if head is Pow:
        return _POWERS[power_kind(*node.args)]
    found = _HEADS.get(head)
    if found is None:
        raise NoRuleError(f"{head.__name__} cannot be evaluated yet")
    return found


_scalar: dict[tuple[str, int], Callable[..., Any]] = {}


def scalar_function(name: str, count: int) -> Callable[..., Any]:
    """The float64 function of a row, for that many arguments; defaults are filled in."""
    found = _scalar.get((name, count))
    if found is None:
        spec = functions.find(name)
        assert spec is not None
        found = _scalar[name, count] = compile_row(spec, spec.python, count)
    return found


def compile_row(
    spec: FunctionSpec, text: str, count: int, names: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """A Python text of the function table as a function of `count` arguments.

    The text is a row's, never a person's, and the places #1, #2, #* become parameter names made here.
    """
    in_floats = names is None
    if names is None:
        from calcml.numeric import scalar

        names = {**vars(math), **vars(scalar)}
    places = [f"a{i}" for i in range(1, count + 1)]
    code = fill_code(spec, text, places)
    if count > 1 and in_floats:  # elu(1, alpha) has no value where alpha has none, though it is not used
        code = f"nan if {' or '.join(f'{place} != {place}' for place in places)} else {code}"
    return function_from(f"def row({', '.join(places)}): return {code}\n", "row", names)


def fill_code(spec: FunctionSpec, text: str, operands: Sequence[str]) -> str:
    """A code text of a row with the texts of its operands in the places #1, #2, #*; defaults are filled in."""
    missing = len(spec.params) - len(operands) if not spec.is_variadic else 0
    filled = list(operands)
    if missing > 0:
        filled += [f"({default})" for _, default in spec.defaults[-missing:]]
    starred = operands[len(spec.params) - 1 :] if spec.is_variadic else operands

    def operand(place: re.Match[str]) -> str:
        return ", ".join(starred) if place[1] == "*" else filled[int(place[1]) - 1]

    return _PLACE.sub(operand, text)


_PLACE = re.compile(r"#(\d+|\*)")


def evaluate_float(expr: Expr, values: Mapping[Any, float]) -> float:
    """The float64 value at one point; nan outside the domain."""
    point = {as_expr(symbol): value for symbol, value in values.items()}
    result = Program([expr], list(point)).run([float(value) for value in point.values()])[0]
    return result if isinstance(result, bool) else float(result)
