"""From the differentiator's record to the tree of steps a person reads.

The record lists which rule was applied to which node; here each application becomes a step with its focus, its letters
and its reason. The line a step leaves is the same rule applied to derivatives that are still to be taken, so no rule is
written twice.
"""

from __future__ import annotations

from calcml.derivation import Step
from calcml.differentiation import Application
from calcml.expr import ONE, ZERO, Add, Call, Div, Expr, Mul, Neg, Pow, Sub, make
from calcml.heads import Derivative
from calcml.rules.differentiation import CONSTANT, IDENTITY, DiffRule
from calcml.traverse import topological


def differentiation_step(f: Expr, x: Expr, record: list[Application], raw: Expr) -> Step:
    """The tree of steps that the differentiator's record stands for; its root is the step for the whole problem."""
    focus = Derivative(f, x)
    if not record:
        rule = IDENTITY if f is x else CONSTANT
        return _leaf_step(rule, focus, ONE if f is x else ZERO)
    steps: dict[Expr, Step] = {}
    for node, rule, d, result in record:
        pending: list[Expr | None] = []
        children: list[Step] = []
        for arg, item in zip(node.args, d, strict=True):
            if item is None or arg not in steps:  # a constant, x itself, or a condition
                pending.append(item)
                continue
            child = steps[arg]
            pending.append(child.focus_before)
            if child not in children:
                children.append(child)
        steps[node] = Step(
            "diff",
            rule=rule.name,
            title=_title(rule, node, d),
            statement=rule.statement,
            why=_why(rule, node, d),
            focus_before=Derivative(node, x),
            focus_after=rule.apply(node, pending),
            result=result,
            bindings=_bindings(rule, node, d),
            level="full" if _is_linear(result, x) and node is not f else "standard",
            children=tuple(children),
        )
        if rule.name not in _TERM_BY_TERM:  # 5(3x + 1)^4·d/dx(3x + 1) is worth a line before it becomes ·3
            for child in children:
                child.level = "standard"
    assert steps[f].result is raw
    return steps[f]


def _leaf_step(rule: DiffRule, focus: Expr, result: Expr) -> Step:
    return Step(
        "diff",
        rule=rule.name,
        title=rule.title,
        statement=rule.statement,
        why=rule.explanation,
        focus_before=focus,
        focus_after=result,
        result=result,
    )


def _is_linear(result: Expr, x: Expr) -> bool:
    """Whether a derivative is constant and short: inside sums such steps are merged into the one that uses them."""
    nodes = topological(result)
    return len(nodes) <= 6 and x not in nodes


_TERM_BY_TERM = frozenset(
    {"sum", "difference", "negative", "constant-multiple", "constant-divisor", "vector", "index-sum"}
)


def _title(rule: DiffRule, node: Expr, d: list[Expr | None]) -> str:
    moving = [item for item in d if item is not None]
    if rule.name == "table" or (rule.name == "chain" and len(d) > 1 and len(moving) == 1 and moving[0] is ONE):
        return f"Table ({node.data})"  # log(x, 2) has nothing inside
    if rule.name in ("power", "exponential") and not any(item is ONE for item in d):
        return rule.title.replace(" rule", " and chain rule")
    return rule.title


def _bindings(rule: DiffRule, node: Expr, d: list[Expr | None]) -> tuple[tuple[str, Expr], ...]:
    args = node.args
    letters = {
        "power": ("u", "n"),
        "exponential": ("a", "v"),
        "logarithmic": ("u", "v"),
        "quotient": ("u", "v"),
        "reciprocal": ("c", "v"),
        "constant-divisor": ("u", "c"),
        "difference": ("u", "v"),
    }.get(rule.name)
    if letters is not None:
        return tuple(zip(letters, args, strict=True))
    if rule.name == "constant-multiple":
        constants = [arg for arg, item in zip(args, d, strict=True) if item is None]
        variable = next(arg for arg, item in zip(args, d, strict=True) if item is not None)
        c = constants[0] if len(constants) == 1 else make(Mul, None, tuple(constants))
        return (("c", c), ("u", variable))
    if rule.name in ("sum", "product", "extremum", "vector"):
        names = "uvwpqrst"
        return tuple((names[i], arg) for i, arg in enumerate(args[: len(names)]))
    if rule.name in ("chain", "negative"):
        active = [arg for arg, item in zip(args, d, strict=True) if item is not None]
        return (("u", active[0]),) if len(active) == 1 else ()
    return ()


_SHAPES = {
    Add: "a sum",
    Sub: "a difference",
    Mul: "a product",
    Div: "a quotient",
    Pow: "a power",
    Neg: "a negative",
}


def _why(rule: DiffRule, node: Expr, d: list[Expr | None]) -> str:
    shape = f"{node.data}(...)" if type(node) is Call else _SHAPES.get(type(node), "")
    return f"This is {shape}. {rule.explanation}" if shape else rule.explanation
