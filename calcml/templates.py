"""Texts of the function table, parsed on first use and instantiated by the folding constructors.

A derivative text such as `sigmoid(x)*(1 - sigmoid(x))` becomes a short program over its arguments; running it on
operands builds the expression. `z` in a call of a starred parameter stands for all of its arguments, `rest_j` for all
but the one differentiated by, `z_j` for that one and `j` for its number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calcml import build
from calcml.expr import ONE, ZERO, Add, Call, Div, Expr, Mul, Neg, Number, Pow, Sub, Symbol, make, make_call
from calcml.functions.spec import FunctionSpec
from calcml.traverse import topological

Builder = Callable[..., Expr]

_FOLDING: dict[type[Expr], Builder] = {
    Add: lambda *terms: build.add_all(list(terms)),
    Mul: lambda *factors: build.mul_all(list(factors)),
    Neg: build.neg,
    Sub: build.sub,
    Div: build.div,
    Pow: build.power,
}


class Template:
    """A text over named places, ready to be filled with expressions."""

    __slots__ = ("expr", "places", "program", "size")

    def __init__(self, text: str, places: tuple[str, ...]) -> None:
        from calcml.syntax.parser import parse_text

        self.places = places
        self.expr = parse_text(text, symbols=[Symbol(name) for name in places]).expr
        slot: dict[Expr, int] = {Symbol(name): i for i, name in enumerate(places)}
        self.program: list[tuple[Any, tuple[int, ...]]] = []
        self.size = len(places)
        for node in topological(self.expr):
            if node not in slot:
                slot[node] = self.size
                self.size += 1
                self.program.append((_builder(node), tuple(slot[arg] for arg in node.args)))
        if not self.program:  # the text is a bare place
            self.program.append((_same, (slot[self.expr],)))

    def fill(self, args: tuple[Expr, ...] | list[Expr]) -> Expr:
        """The expression with `args` in the places."""
        values: list[Expr] = list(args)
        append = values.append
        for builder, operands in self.program:
            append(builder(*[values[i] for i in operands]))
        return values[-1]


def _same(node: Expr) -> Expr:
    return node


def _builder(node: Expr) -> Builder:
    head, data = type(node), node.data
    if head in _FOLDING:
        return _FOLDING[head]
    if not node.args:
        return lambda: node
    if head is Call and len(node.args) == 1:
        return lambda u: make_call(data, u)
    return lambda *args: make(head, data, args)


_cache: dict[tuple[str, tuple[str, ...]], Template] = {}


def template(text: str, places: tuple[str, ...]) -> Template:
    """The parsed template, from the cache when it was used before."""
    found = _cache.get((text, places))
    if found is None:
        found = _cache[text, places] = Template(text, places)
    return found


def with_defaults(spec: FunctionSpec, args: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The arguments, with the defaults of those left out."""
    missing = len(spec.params) - len(args)
    if missing <= 0 or spec.is_variadic:
        return args
    return (*args, *[template(text, ()).fill(()) for _, text in spec.defaults[-missing:]])


def fill_row(spec: FunctionSpec, text: str, args: tuple[Expr, ...]) -> Expr:
    """A text of a row that does not depend on which argument is differentiated by: definition, domain, smooth."""
    if spec.is_variadic:
        return _fill_starred(spec, text, args, None)
    return template(text, spec.params).fill(with_defaults(spec, args))


_derivatives: dict[tuple[FunctionSpec, int, int], Callable[[tuple[Expr, ...]], Expr | None]] = {}


def fill_derivative(spec: FunctionSpec, args: tuple[Expr, ...], position: int) -> Expr | None:
    """The derivative by the argument at `position`, or None where the row has none."""
    key = (spec, len(args), position)
    filler = _derivatives.get(key)
    if filler is None:
        filler = _derivatives[key] = _derivative_filler(spec, len(args), position)
    return filler(args)


def _derivative_filler(spec: FunctionSpec, count: int, position: int) -> Callable[[tuple[Expr, ...]], Expr | None]:
    fixed = len(spec.params) - 1 if spec.is_variadic else len(spec.params)
    text = spec.derivative[min(position, len(spec.params) - 1)]
    if not text:
        return lambda args: None
    if spec.is_variadic:
        return lambda args: _fill_starred(spec, text, args, position - fixed)
    found = template(text, spec.params)
    if count < len(spec.params):
        return lambda args: found.fill(with_defaults(spec, args))
    chain = [builder for step, (builder, operands) in enumerate(found.program) if operands == (step,)]
    if len(chain) == len(found.program) and len(spec.params) == 1:
        return _chained(chain)  # cos(x), -sin(x): no slots are needed
    return found.fill


def _chained(builders: list[Builder]) -> Callable[[tuple[Expr, ...]], Expr]:
    """One function of one argument after the other."""
    first, *rest = builders
    if not rest:
        return lambda args: first(args[0])

    def fill(args: tuple[Expr, ...]) -> Expr:
        u = first(args[0])
        for builder in rest:
            u = builder(u)
        return u

    return fill


def _fill_starred(spec: FunctionSpec, text: str, args: tuple[Expr, ...], j: int | None) -> Expr:
    *fixed, starred = spec.params
    star = starred[1:]
    places = (*fixed, f"{star}_j", "j")
    shape = template(text, (*places, star, "rest_j"))
    head, tail = args[: len(fixed)], args[len(fixed) :]
    values: dict[Expr, Any] = dict(zip(map(Symbol, fixed), head, strict=True))
    values[Symbol(star)] = tail
    if j is not None:
        values[Symbol("j")] = make(Number, j + 1, ())
        values[Symbol(f"{star}_j")] = tail[j]
        values[Symbol("rest_j")] = tail[:j] + tail[j + 1 :]
    for node in topological(shape.expr):
        if node in values:
            continue
        operands: list[Expr] = []
        for arg in node.args:
            value = values[arg]
            operands += value if isinstance(value, tuple) else (value,)
        if type(node) is Call and node.data == "delta":
            values[node] = ONE if operands[0] is operands[1] else ZERO
        elif type(node) is Call and node.data in ("max", "min") and len(operands) == 1:
            values[node] = operands[0]
        elif type(node) is Call and len(operands) != len(node.args):
            values[node] = make(Call, node.data, tuple(operands))
        else:
            values[node] = _builder(node)(*operands)
    result: Expr = values[shape.expr]
    return result


__all__ = ["Template", "fill_derivative", "fill_row", "template", "with_defaults"]
