"""The reference pages: rows of the function table and of the rules, as text."""

from __future__ import annotations

from collections.abc import Callable

from calcml.algebra.rules import ALGEBRA_RULES, AlgebraRule
from calcml.functions import FunctionSpec, all_functions
from calcml.rules.differentiation import RULES, DiffRule


def function_rows() -> str:
    """All functions, a line each, under their groups."""
    lines: list[str] = []
    group = ""
    for spec in sorted(all_functions(), key=_group_order()):
        if spec.group != group:
            lines += ["", spec.group.capitalize()] if lines else [spec.group.capitalize()]
            group = spec.group
        also = f" (also {', '.join(spec.aliases)})" if spec.aliases else ""
        lines.append(f"  {signature(spec):<24} {spec.title}{also}")
    return "\n".join(lines)


def _group_order() -> Callable[[FunctionSpec], int]:
    order: dict[str, int] = {}
    for spec in all_functions():
        order.setdefault(spec.group, len(order))
    return lambda spec: order[spec.group]


def signature(spec: FunctionSpec) -> str:
    """name(parameters), with defaults."""
    defaults = dict(spec.defaults)
    shown = [f"{name}={defaults[name]}" if name in defaults else name.replace("*", "") for name in spec.params]
    if spec.is_variadic:
        shown[-1] += "1, …"
    return f"{spec.name}({', '.join(shown)})"


def function_page(spec: FunctionSpec) -> str:
    """Everything the table says of a function."""
    rows = [("also", ", ".join(spec.aliases)), ("definition", spec.defined_as)]
    for parameter, text in zip(spec.params, spec.derivative, strict=True):
        label = "derivative" if len(spec.params) == 1 else f"by {parameter.replace('*', '')}"
        rows.append((label, text or "none"))
    rows += [
        ("domain", spec.domain or "every real number"),
        ("range", spec.range),
        ("differentiable", f"where {spec.smooth}" if spec.smooth else ""),
        ("convention", spec.note),
        ("continuous", "" if spec.continuous else "not everywhere"),
        ("parity", spec.parity),
        ("period", spec.period),
        ("monotone", spec.monotone),
        ("values", "; ".join(f"{spec.name}({at}) = {value}" for at, value in spec.special_values)),
        ("Python", _code(spec, spec.python)),
        ("NumPy", _code(spec, spec.numpy)),
        ("source", spec.source),
    ]
    lines = [f"{signature(spec)}: {spec.title}", ""]
    lines += [f"  {label:<15} {text}" for label, text in rows if text]
    return "\n".join(lines)


def _code(spec: FunctionSpec, text: str) -> str:
    for i, name in enumerate(spec.params, start=1):
        text = text.replace(f"#{i}", name.replace("*", ""))
    return text.replace("#*", "*" + spec.params[-1].replace("*", ""))


def rule_rows() -> str:
    """All rules, a line each, differentiation first and then algebra by groups."""
    lines = ["Differentiation", *[f"  {rule.name:<20} {rule.title:<28} {rule.statement}" for rule in RULES]]
    for group in dict.fromkeys(rule.group for rule in ALGEBRA_RULES):
        rows = [rule for rule in ALGEBRA_RULES if rule.group == group]
        lines += ["", f"Algebra: {group}", *[f"  {rule.name:<20} {rule.statement}" for rule in rows]]
    return "\n".join(lines)


def rule_page(rule: DiffRule | AlgebraRule) -> str:
    """Everything about one rule."""
    lines = [rule.title.replace(" {u}", ""), "", f"  {rule.statement}"]
    if rule.where:
        lines.append(f"  where {rule.where}")
    return "\n".join([*lines, "", f"  {rule.explanation}"])
