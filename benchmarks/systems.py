"""The interface a workload is written over, calcml's adapter, and the list of the systems that are installed.

A system makes variables, has the elementary functions, differentiates, and can tell of a result how many operations
its graph has and what its values are at a point. Results stay in the system's own form. The rules of counting are the
same for all: a node shared by several users counts once, a sum of n terms is n - 1 operations, numbers and their signs
are free, and so are a sign inside a sum and a reciprocal inside a product, since they only make a subtraction or a
division of it.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from benchmarks.workloads import DERIVATIVE, Workload


class System(Protocol):
    """What a workload may use. `total` and `product` are the system's own n-ary sum and product, where it has them."""

    name: str

    def symbols(self, count: int) -> list[Any]:
        """Fresh variables x1 … xn."""

    def number(self, value: int) -> Any:
        """A number as an expression."""

    def exp(self, u: Any) -> Any:
        """e^u; log, sin, cos, tanh and sqrt likewise."""

    def total(self, terms: list[Any]) -> Any:
        """The sum."""

    def product(self, factors: list[Any]) -> Any:
        """The product."""

    def derivative(self, f: Any, x: Any, order: int) -> Any:
        """A derivative by one variable."""

    def gradient(self, f: Any, xs: Sequence[Any]) -> Any:
        """All first derivatives."""

    def hessian(self, f: Any, xs: Sequence[Any]) -> Any:
        """All second derivatives, dense."""

    def operations(self, result: Any, xs: Sequence[Any]) -> int:
        """Operations of the result as a graph."""

    def nodes(self, result: Any) -> int | None:
        """Nodes of that graph, leaves included, where the system can tell."""

    def values(self, result: Any, xs: Sequence[Any], point: Sequence[float]) -> list[float]:
        """The entries of the result at a point."""

    def reset(self) -> None:
        """Forget what earlier runs left in caches."""


def flatten(result: Any) -> list[Any]:
    """The entries of a derivative, a gradient or a Hessian, row by row."""
    if not isinstance(result, list):
        return [result]
    return [entry for row in result for entry in flatten(row)]


class Calcml:
    """calcml's raw derivatives: `differentiate` and `differentiate_all`."""

    name = "calcml"

    def __init__(self) -> None:
        library = importlib.import_module("calcml")
        self.expr = importlib.import_module("calcml.expr")
        self.table = importlib.import_module("calcml.interning")
        self.one, self.all, self.twice = library.differentiate, library.differentiate_all, library.differentiate_twice
        self.exp, self.log, self.sin, self.cos, self.tanh, self.sqrt = [
            getattr(library, name) for name in ("exp", "ln", "sin", "cos", "tanh", "sqrt")
        ]

    def symbols(self, count: int) -> list[Any]:
        """x1 … xn."""
        return [self.expr.Symbol(f"x{i + 1}") for i in range(count)]

    def number(self, value: int) -> Any:
        """A number as an expression."""
        return self.expr.as_expr(value)

    def total(self, terms: list[Any]) -> Any:
        """One sum node."""
        return self.expr.Add(*terms)

    def product(self, factors: list[Any]) -> Any:
        """One product node."""
        return self.expr.Mul(*factors)

    def derivative(self, f: Any, x: Any, order: int) -> Any:
        """The raw derivative."""
        return self.one(f, x, order)

    def gradient(self, f: Any, xs: Sequence[Any]) -> Any:
        """One reverse sweep."""
        return self.all(f, xs)

    def hessian(self, f: Any, xs: Sequence[Any]) -> Any:
        """A reverse sweep for each entry of the gradient; the lower triangle is the upper one."""
        found: list[Any] = self.twice(f, xs)
        return found

    def operations(self, result: Any, xs: Sequence[Any]) -> int:
        """Operations of the graph."""
        count = 0
        graph = self._graph(result)
        paid = {a for node in graph if type(node).__name__ != "Add" for a in node.args}.union(flatten(result))
        for node in graph:
            head, args = type(node).__name__, node.args
            if not args or (head in ("Neg", "Div") and all(type(arg).__name__ == "Number" for arg in args)):
                continue
            if head in ("Add", "Mul"):
                count += len(args) - 1
            elif head != "Neg" or (node in paid and not _is_scaled(args[0])):
                count += 1
        return count

    def nodes(self, result: Any) -> int | None:
        """Nodes of the graph."""
        return len(self._graph(result))

    def _graph(self, result: Any) -> list[Any]:
        found: list[Any] = importlib.import_module("calcml.traverse").topological(*flatten(result))
        return found

    def values(self, result: Any, xs: Sequence[Any], point: Sequence[float]) -> list[float]:
        """The entries at a point, by a walk over the graph in floats."""
        known: dict[Any, float] = dict(zip(xs, point, strict=True))
        for node in self._graph(result):
            if node not in known:
                known[node] = _calcml_value(node, [known[arg] for arg in node.args])
        return [known[entry] for entry in flatten(result)]

    def reset(self) -> None:
        """Nothing: `release` empties the table (`survivors` checks it), so every run makes its nodes anew."""

    def release(self) -> None:
        """Drop the nodes of the run from the table: timed, for elsewhere it happens every few thousand nodes."""
        self.table.sweep()

    def survivors(self, job: Callable[[], Any]) -> int:
        """Nodes that a run leaves behind when its result is gone. A later run would find them and look fast."""
        job()
        before = self.table.table_size()
        kept = job()
        during = self.table.table_size()
        del kept
        return int(during - before and self.table.table_size() - before)


class CalcmlDiff(Calcml):
    """`cm.diff`: simplified and verified, of one variable."""

    name = "cm.diff"

    def __init__(self) -> None:
        super().__init__()
        self.diff = importlib.import_module("calcml").diff

    def derivative(self, f: Any, x: Any, order: int) -> Any:
        """The simplified derivative."""
        return self.diff(f, x, order)

    @staticmethod
    def takes(workload: Workload) -> bool:
        """Only derivatives by one variable."""
        return workload.kind == DERIVATIVE


def _is_scaled(node: Any) -> bool:
    """A product with a number in front: a sign before it is the number's."""
    return type(node).__name__ == "Mul" and type(node.args[0]).__name__ == "Number"


def _sigmoid(u: float) -> float:
    return 1 / (1 + math.exp(-u)) if u >= 0 else math.exp(u) / (1 + math.exp(u))


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "ln": math.log, "abs": abs, "sigmoid": _sigmoid, "softplus": lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
    "sec": lambda u: 1 / math.cos(u), "csc": lambda u: 1 / math.sin(u), "cot": lambda u: 1 / math.tan(u),
    "sech": lambda u: 1 / math.cosh(u), "csch": lambda u: 1 / math.sinh(u), "coth": lambda u: 1 / math.tanh(u),
    "logsumexp": lambda *z: max(z) + math.log(math.fsum(math.exp(u - max(z)) for u in z)),
    "softmax": lambda k, *z: math.exp(z[round(k) - 1] - max(z)) / math.fsum(math.exp(u - max(z)) for u in z),
}  # fmt: skip


def _calcml_value(node: Any, args: list[float]) -> float:
    head = type(node).__name__
    if head == "Number":
        numerator, denominator = node.ratio
        return float(numerator / denominator)
    if head == "Constant":
        return {"e": math.e, "pi": math.pi, "oo": math.inf}[node.data]
    if head == "Add":
        return math.fsum(args)
    if head == "Mul":
        return math.prod(args)
    if head == "Neg":
        return -args[0]
    if head == "Sub":
        return args[0] - args[1]
    if head == "Div":
        return args[0] / args[1]
    if head == "Pow":
        return float(args[0] ** args[1])
    if head == "Call":
        function = _FUNCTIONS.get(node.data) or getattr(math, node.data)
        return float(function(*args))
    raise NotImplementedError(f"{head} in a result")


def installed(names: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The systems of those names, and for each that is missing the reason."""
    from benchmarks import casadi_vectors, peers

    makers: dict[str, Callable[[], Any]] = {
        "calcml": Calcml,
        "cm.diff": CalcmlDiff,
        "symengine": peers.SymEngine,
        "casadi": peers.Casadi,
        "casadi-vec": casadi_vectors.CasadiVectors,
        "sympy": peers.SymPy,
    }
    found: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            found[name] = makers[name]()
        except (ImportError, AttributeError) as error:
            ours = name in ("calcml", "cm.diff")
            missing[name] = f"not there yet ({error})" if ours else "not installed: install the extra `bench`"
    return found, missing
