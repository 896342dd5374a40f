"""The sentences that say how an implicit rule was decided: `read as: (1/2)*x`."""

from __future__ import annotations

from calcml.expr import Div, Expr, Mul
from calcml.syntax.parsed import Node

MOST = 20  # a long text full of 1/2x is not echoed in full


class Notes:
    """What is to be said about one text, collected while it is read and worded at the end."""

    __slots__ = ("forms", "names")

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.forms: list[tuple[int, Expr, str]] = []

    def add(self, node: Node, function: str = "") -> None:
        """Echo this occurrence. With `function`, its operand as the argument of that name."""
        if len(self.forms) < 10 * MOST:
            self.forms.append((node.start, node.expr, function))

    def sentence(self, text: str, start: int) -> None:
        """Say this."""
        self.names.setdefault(text, start)

    def sentences(self) -> tuple[str, ...]:
        """All of it in the order of the text, each once."""
        if not self.names and not self.forms:
            return ()
        found = [(start, sentence) for sentence, start in self.names.items()]
        for start, expr, function in sorted(self.forms, key=lambda form: form[0])[:MOST]:
            found.append((start, f"read as: {worded(expr, function)}"))
        found.sort(key=lambda entry: entry[0])
        said = list(dict.fromkeys(sentence for _, sentence in found))
        if len(said) > MOST:
            said[MOST:] = [f"and {len(said) - MOST} more"]
        return tuple(said)


def worded(expr: Expr, function: str = "") -> str:
    """The parsed form, with the brackets that a reader needs: (1/2)*x, (e^2)*x, x*e^x."""
    from calcml.render.text import ATOM, BINDING, POWER, abbreviated

    def factor(arg: Expr, needed: int) -> str:
        text = abbreviated(arg, 200)
        return f"({text})" if BINDING.get(type(arg), ATOM) < needed else text

    if function:
        return f"{function}({worded(expr.args[0])})"
    if type(expr) is Div and type(expr.args[0]) is Mul:
        return f"{worded(expr.args[0])}/{factor(expr.args[1], POWER)}"
    if type(expr) is not Mul or len(expr.args) > 30:
        return abbreviated(expr, 200)
    *args, last = expr.args
    return "*".join([*[factor(arg, ATOM) for arg in args], factor(last, POWER)])
