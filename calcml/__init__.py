"""calcml: calculus for machine learning, with every step shown and checked.

>>> import calcml as cm
>>> x = cm.symbols("x")
>>> cm.diff(cm.parse("x^2 * e^x"), x)
x*(x + 2)*e^x

Names are imported when they are first used, so that a command pays only for what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "calcml.assumptions": ("Assumptions", "assume"),
    "calcml.budget": ("Budget",),
    "calcml.equivalence": ("Verdict", "accepts", "equivalent"),
    "calcml.codegen.compiled": ("CompiledFunction", "lambdify"),
    "calcml.codegen.objective": ("Objective", "objective"),
    "calcml.checking.check": ("check",),
    "calcml.checking.report": ("CheckReport",),
    "calcml.derivation": ("Check", "Derivation", "Form", "Step"),
    "calcml.differentiation": ("differentiate", "differentiate_all", "differentiate_twice"),
    "calcml.domains": ("domain",),
    "calcml.errors": (
        "ArityError",
        "BudgetError",
        "CalcmlError",
        "DeadlineError",
        "DomainError",
        "InputError",
        "InvariantError",
        "LimitError",
        "MathError",
        "MissingBackendError",
        "NoRuleError",
        "NonFiniteError",
        "NotDifferentiableError",
        "ParseError",
        "ShapeError",
        "Span",
        "TraceError",
        "UndecidedError",
        "UnknownNameError",
        "UnverifiedWarning",
    ),
    "calcml.binding": ("free_symbols", "substitute"),
    "calcml.expr": (
        "Add",
        "And",
        "Call",
        "Constant",
        "Div",
        "Expr",
        "Mul",
        "Neg",
        "Not",
        "Number",
        "Or",
        "Piecewise",
        "Pow",
        "Relation",
        "Sub",
        "Symbol",
        "as_expr",
        "rational",
        "symbols",
    ),
    "calcml.heads": ("Derivative", "Dot", "Index", "Integral", "Limit", "MatMul", "Matrix", "Sum", "Vector"),
    "calcml.forms": ("apart", "cancel", "collect", "expand", "factor", "together"),
    "calcml.functions": ("FunctionSpec",),
    "calcml.interop.sympy": ("from_sympy", "to_sympy"),
    "calcml.operators.derivative": ("derive", "diff"),
    "calcml.operators.directional": ("directional",),
    "calcml.operators.fields": ("curl", "divergence", "laplacian"),
    "calcml.operators.gradient": ("grad",),
    "calcml.operators.hessian": ("hessian",),
    "calcml.operators.implicit": ("implicit",),
    "calcml.operators.jacobian": ("jacobian",),
    "calcml.operators.products": ("hvp", "jvp"),
    "calcml.operators.total": ("total",),
    "calcml.order": ("structural_sort",),
    "calcml.precise": ("evaluate",),
    "calcml.simplified": ("simplify",),
    "calcml.reading": ("parse",),
    "calcml.operators.extrema": ("Extremum", "extrema"),
    "calcml.operators.tangent": ("tangent",),
    "calcml.operators.taylor": ("taylor",),
    "calcml.render.latex": ("to_latex",),
    "calcml.render.text": ("to_text", "to_unicode"),
    "calcml.serialize": ("from_json", "to_json"),
    "calcml.tracing.trace": ("trace",),
}
_MODULE = {name: module for module, names in _WHERE.items() for name in names}

__all__ = sorted([*_MODULE, "__version__"])

if TYPE_CHECKING:
    from calcml import steps as steps
    from calcml.assumptions import Assumptions as Assumptions
    from calcml.assumptions import assume as assume
    from calcml.binding import free_symbols as free_symbols
    from calcml.binding import substitute as substitute
    from calcml.budget import Budget as Budget
    from calcml.checking.check import check as check
    from calcml.checking.report import CheckReport as CheckReport
    from calcml.codegen.compiled import CompiledFunction as CompiledFunction
    from calcml.codegen.compiled import lambdify as lambdify
    from calcml.codegen.objective import Objective as Objective
    from calcml.codegen.objective import objective as objective
    from calcml.derivation import Check as Check
    from calcml.derivation import Derivation as Derivation
    from calcml.derivation import Form as Form
    from calcml.derivation import Step as Step
    from calcml.differentiation import differentiate as differentiate
    from calcml.differentiation import differentiate_all as differentiate_all
    from calcml.differentiation import differentiate_twice as differentiate_twice
    from calcml.domains import domain as domain
    from calcml.equivalence import Verdict as Verdict
    from calcml.equivalence import accepts as accepts
    from calcml.equivalence import equivalent as equivalent
    from calcml.errors import *
    from calcml.expr import *
    from calcml.forms import apart as apart
    from calcml.forms import cancel as cancel
    from calcml.forms import collect as collect
    from calcml.forms import expand as expand
    from calcml.forms import factor as factor
    from calcml.forms import together as together
    from calcml.functions import FunctionSpec as FunctionSpec
    from calcml.heads import *
    from calcml.interop.sympy import from_sympy as from_sympy
    from calcml.interop.sympy import to_sympy as to_sympy
    from calcml.operators.derivative import derive as derive
    from calcml.operators.derivative import diff as diff
    from calcml.operators.directional import directional as directional
    from calcml.operators.extrema import Extremum as Extremum
    from calcml.operators.extrema import extrema as extrema
    from calcml.operators.fields import curl as curl
    from calcml.operators.fields import divergence as divergence
    from calcml.operators.fields import laplacian as laplacian
    from calcml.operators.gradient import grad as grad
    from calcml.operators.hessian import hessian as hessian
    from calcml.operators.implicit import implicit as implicit
    from calcml.operators.jacobian import jacobian as jacobian
    from calcml.operators.products import hvp as hvp
    from calcml.operators.products import jvp as jvp
    from calcml.operators.tangent import tangent as tangent
    from calcml.operators.taylor import taylor as taylor
    from calcml.operators.total import total as total
    from calcml.order import structural_sort as structural_sort
    from calcml.precise import evaluate as evaluate
    from calcml.reading import parse as parse
    from calcml.render.latex import to_latex as to_latex
    from calcml.render.text import to_text as to_text
    from calcml.render.text import to_unicode as to_unicode
    from calcml.serialize import from_json as from_json
    from calcml.serialize import to_json as to_json
    from calcml.simplified import simplify as simplify
    from calcml.tracing.trace import trace as trace


def __getattr__(name: str) -> Any:
    module = _MODULE.get(name)
    if name == "steps":  # the one module that is part of the surface
        value = import_module("calcml.steps")
    elif module is not None:
        value = getattr(import_module(module), name)
    elif not name.startswith("_") and (spec := _function_row(name)) is not None:
        value = _function(spec.name)
    else:
        raise AttributeError(f"module 'calcml' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from calcml import functions

    return sorted({*__all__, *(name for name in functions.names() if name.isidentifier())})


def _function_row(name: str) -> Any:
    functions = import_module("calcml.functions")
    return functions.find(name) or (functions.find("ln") if name == "log" else None)


def _function(name: str) -> Any:
    """A function of the table as a Python function that builds trees: `calcml.sigmoid(x)`."""
    from calcml import functions
    from calcml.expr import Call, Expr, as_expr, make_call

    spec = functions.find(name)
    assert spec is not None

    if spec.arity == (1, 1):

        def call(x: object) -> Expr:
            return make_call(name, x if isinstance(x, Expr) else as_expr(x))

    else:

        def call(*arguments: object) -> Expr:  # type: ignore[misc]
            return Call(name, *arguments)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{spec.title}: {name}({', '.join(spec.params)})."
    return call
