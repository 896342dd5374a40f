"""Functions and their arguments: sin(x), sin x, sin^2 x, log_b(x), if(c, a, b)."""

from __future__ import annotations

from calcml import functions
from calcml.expr import Call, Expr, Neg, Number, Pow, Symbol, make
from calcml.heads import Derivative
from calcml.syntax import forms
from calcml.syntax.implicit import FUNCTION, SYMBOL, function_of
from calcml.syntax.operands import Operands
from calcml.syntax.parsed import Node
from calcml.syntax.reader import JUXTAPOSED, Rule
from calcml.syntax.tokens import END, NUMBER, SUPERSCRIPT


class Applications(Operands):
    """The rules for them."""

    __slots__ = ()

    def application(self) -> Rule:
        """A function with its argument: sin(x), sin x, sin^2 x, sin^-1 x, sin'(x)."""
        first = self.i
        kinds = self.kinds
        start = self.starts[first]
        name: str = self.values[first]
        base: Node | None = None
        if kinds[first] == "log_":
            base = Node(self.values[first], start, self.ends[first], (), "subscript")
            name = "log"
        self.i += 1
        if kinds[self.i] == "_" and name == "log":
            self.i += 1
            below = yield self.script()
            forms.wanted(below.parts, (1,), "log_b(x)")
            base = Node(below.parts[0].expr, below.start, below.end, below.parts[0].parts, "subscript")
        primes = 0
        while kinds[self.i] == "'":
            self.i += 1
            primes += 1
        exponent: Node | None = None
        if kinds[self.i] == SUPERSCRIPT:
            exponent = self.raised()
        elif kinds[self.i] == "^":
            self.i += 1
            exponent = yield self.function_exponent()
        kind = kinds[self.i]
        form = ""
        arguments: tuple[Node, ...]
        if kind == "(" or kind == "{":
            if kind == "(" and self.starts[self.i] > self.ends[self.i - 1]:
                form = "spaced"
            opened = self.i
            self.i += 1
            arguments = (yield self.values_until(kind, opened)).parts
        else:
            arguments = ((yield self.bare_argument(first, name)),)
            form = "bare"
        end = self.ends[self.i - 1]
        if base is not None:
            forms.wanted(arguments, (1,), "log_b(x)")
            expr, parts, _ = forms.log_of(arguments[0], base)
            node = Node(expr, start, end, parts)
        elif exponent is not None and _is_minus_one(exponent.expr):
            node = self.inverse(name, arguments, start, end)
            exponent = None
        else:
            node = self.built(name, arguments, start, end)
            if name in ("softmax", "log_softmax") and len(arguments) > 1 and type(arguments[0].expr) is not Number:
                said = f"{name}(k, ...) is its component k; of a vector it is {name}([...])"
                self.notes.sentence(said, start)
        if primes:
            node = self.function_primes(name, node, primes, arguments, start, end)
        if exponent is not None:
            sign = exponent.expr.args[0] if type(exponent.expr) is Neg else None
            if type(sign) is Number:
                shown = f"{name}^-{sign.data}"
                inverse = forms.INVERSES.get(name)
                raise self.fail(
                    f"{shown} can be read in two ways", start, exponent.end,
                    hint=f"write ({name}(x))^-{sign.data} for the power, or "
                    + (f"{inverse}(x)^{sign.data} for the inverse" if inverse else "name the inverse function"),
                )  # fmt: skip
            node = self.make(Pow, (node, exponent), start, end)
        if form == "bare" or not exponent:
            node.form = node.form or form
        return node

    def function_exponent(self) -> Rule:
        """The 2 of sin^2 x: one number, name or group, perhaps with a minus."""
        kinds = self.kinds
        signs = self.signs()
        i = self.i
        if kinds[i] in (NUMBER, SYMBOL):
            self.i += 1
            node = Node(self.values[i], self.starts[i], self.ends[i])
        elif kinds[i] == "(":
            node = yield self.brackets()
        elif kinds[i] == "{":
            node = yield self.braces()
        else:
            raise self.operand_expected()
        return self.negated(node, signs) if signs else node

    def inverse(self, name: str, arguments: tuple[Node, ...], start: int, end: int) -> Node:
        """sin^-1 x is arcsin x."""
        inverse = forms.INVERSES.get(name)
        if inverse is None or function_of(inverse) is None:
            raise self.fail(
                f"{name}^-1 can be read in two ways", start, end,
                hint=f"write 1/{name}(x) for the power, or name the inverse function",
            )  # fmt: skip
        node = self.built(function_of(inverse) or inverse, arguments, start, end)
        self.notes.add(node)
        return node

    def function_primes(
        self, name: str, node: Node, order: int, arguments: tuple[Node, ...], start: int, end: int
    ) -> Node:
        """sin'(x), where the argument is the variable itself."""
        if order == 1 and name in _PRIMED:
            return self.built(_PRIMED[name], arguments, start, end)
        if len(arguments) != 1 or not isinstance(arguments[0].expr, Symbol):
            raise self.fail(
                "a primed function takes a variable here", start, end, hint="write diff(sin(u), u), then substitute"
            )
        parts = [node, arguments[0]]
        if order > 1:
            parts.append(Node(Number(order), start, end))
        result = self.make(Derivative, tuple(parts), start, end)
        self.notes.add(result)
        return result

    def bare_argument(self, function: int, name: str) -> Rule:
        """The argument without brackets: numbers and names side by side, up to a function, a sign or a group."""
        kinds = self.kinds
        spec = functions.find(name)
        if name != "log" and (name == "norm" or spec is None or spec.arity[0] > 1 or spec.is_variadic):
            raise self.fail(
                f"{name} takes its arguments in brackets", self.starts[function], self.ends[function],
                hint=f"write {name}(...)",
            )  # fmt: skip
        signs: list[int] | None = None
        if kinds[self.i] == "-" and self.starts[self.i + 1] == self.ends[self.i]:  # sin -x, but not sin - x
            signs = [self.starts[self.i]]
            self.i += 1
        kind = kinds[self.i]
        self.enter()
        if kind in (FUNCTION, "log_"):
            node = yield self.application()
            if node.form == "spaced":
                node.form = ""
        elif kind in (NUMBER, SYMBOL):
            factors = [(yield self.power())]
            while kinds[self.i] in (NUMBER, SYMBOL, "√", "∛") and self.juxtaposed():
                factors.append((yield self.power()))
            node = self.multiplied(factors)
            if sum(type(factor.expr) is not Number for factor in factors) > 1:
                self.notes.add(Node(make(Call, "abs", (node.expr,)), self.starts[function], node.end), name)
        elif kind in JUXTAPOSED and not (kind == self.bar and kind in "|‖"):
            node = yield self.power()
        else:
            at = self.starts[function], self.ends[function]
            found = self.kinds[self.i]
            raise self.fail(
                f"{name} needs an argument" + ("" if found == END else f", found {self.shown(self.i)}"), *at,
                hint=f"write {name}(x)",
            )  # fmt: skip
        self.depth -= 1
        if signs:
            node = self.negated(node, signs)
            self.notes.add(Node(make(Call, "abs", (node.expr,)), self.starts[function], node.end), name)
        return node

    def if_call(self) -> Rule:
        """if(condition, value, otherwise)."""
        first = self.i
        self.i += 1
        if self.kinds[self.i] != "(":
            raise self.fail(
                "a choice is written: value if condition else value", self.starts[first], self.ends[first],
                hint="or if(condition, value, otherwise)",
            )  # fmt: skip
        opened = self.i
        self.i += 1
        arguments = (yield self.values_until("(", opened)).parts
        return self.built("if", arguments, self.starts[first], self.ends[self.i - 1])


def _is_minus_one(expr: Expr) -> bool:
    return type(expr) is Neg and expr.args[0] is _ONE


_ONE = Number(1)
_PRIMED = {"digamma": "trigamma", "sinc": "dsinc"}  # ψ′ and sinc′ have rows of their own
