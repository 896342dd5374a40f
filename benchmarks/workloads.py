"""The workloads of docs' speed table, each written once over the small interface of `benchmarks.systems.System`.

A workload is variables, a function of them built with the system's own operators, and what to differentiate: a
derivative of some order by one variable, a gradient, or a dense Hessian. Variables are made before the clock starts;
building the expression and differentiating it are timed together.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from operator import mul
from typing import Any, NamedTuple

Build = Callable[[Any, Sequence[Any]], Any]

DERIVATIVE, GRADIENT, HESSIAN = "derivative", "gradient", "hessian"


class Workload(NamedTuple):
    """`build(system, variables)` is the expression; the point of the correctness check lies between low and high.

    `vector` names the builder of `benchmarks.casadi_vectors` for the same function, with its size; () is none.
    """

    name: str
    kind: str
    variables: int
    build: Build
    order: int = 1
    low: float = 0.2
    high: float = 0.9
    vector: tuple[Any, ...] = ()

    def point(self) -> list[float]:
        """Where results are compared: random, the same in every run."""
        generator = random.Random(self.name)
        return [generator.uniform(self.low, self.high) for _ in range(self.variables)]

    def job(self, system: Any, variables: Sequence[Any]) -> Callable[[], Any]:
        """What is timed."""
        build, order = self.build, self.order
        if self.kind == DERIVATIVE:
            return lambda: system.derivative(build(system, variables), variables[0], order)
        if self.kind == GRADIENT:
            return lambda: system.gradient(build(system, variables), variables)
        return lambda: system.hessian(build(system, variables), variables)


# ---- one variable ---------------------------------------------------------------------------------------------------


def sigmoid(s: Any, v: Sequence[Any]) -> Any:
    """1/(1 + e^-x)."""
    return 1 / (1 + s.exp(-v[0]))


def thirty_nodes(s: Any, v: Sequence[Any]) -> Any:
    """A textbook mixture of about 30 nodes."""
    x = v[0]
    return (
        s.sin(x**2 + 1) * s.exp(-x / 3)
        + s.log(1 + x**2) / (2 + s.cos(3 * x))
        + s.tanh(x) * s.sqrt(x**2 + x + 1)
        - x**3 / (1 + s.exp(-x))
    )


def nested(depth: int) -> Build:
    """sin(cos(sin(… x)))."""

    def build(s: Any, v: Sequence[Any]) -> Any:
        e = v[0]
        for level in range(depth):
            e = s.cos(e) if level % 2 else s.sin(e)
        return e

    return build


def gauss(s: Any, v: Sequence[Any]) -> Any:
    """e^(-x^2)."""
    return s.exp(-(v[0] ** 2))


def sine_exp(s: Any, v: Sequence[Any]) -> Any:
    """sin x · e^x/(1 + x^2)."""
    x = v[0]
    return s.sin(x) * s.exp(x) / (1 + x**2)


def logistic_map(times: int) -> Build:
    """e <- 4e(1 - e)."""

    def build(s: Any, v: Sequence[Any]) -> Any:
        e = v[0]
        for _ in range(times):
            e = 4 * e * (1 - e)
        return e

    return build


# ---- several variables ----------------------------------------------------------------------------------------------


def gaussian_nll(s: Any, v: Sequence[Any]) -> Any:
    """ln(sigma) + ((x - mu)/sigma)^2/2 by x, mu and sigma."""
    x, mu, sigma = v
    return s.log(sigma) + ((x - mu) / sigma) ** 2 / 2


def rosenbrock(s: Any, v: Sequence[Any]) -> Any:
    """Σ 100(x' - x^2)^2 + (1 - x)^2."""
    return s.total([100 * (v[i + 1] - v[i] ** 2) ** 2 + (1 - v[i]) ** 2 for i in range(len(v) - 1)])


def layers(hidden: int) -> list[int]:
    """Widths of a network of two inputs, hidden layers of eight and one output."""
    return [2, *[8] * hidden, 1]


def weights(widths: Sequence[int]) -> int:
    """How many weights and biases a network of those widths has."""
    return sum((a + 1) * b for a, b in pairwise(widths))


SAMPLE, TARGET = (0.3, -0.7), 0.5


def mlp(hidden: int) -> Build:
    """Squared error of a tanh network on one fixed sample; every weight is a symbol."""
    widths = layers(hidden)

    def build(s: Any, v: Sequence[Any]) -> Any:
        place = 0
        values: list[Any] = list(SAMPLE)
        for number, (fan_in, fan_out) in enumerate(pairwise(widths)):
            fresh = []
            for _ in range(fan_out):
                terms = [v[place + i] * values[i] for i in range(fan_in)]
                e = s.total([*terms, v[place + fan_in]])
                place += fan_in + 1
                fresh.append(e if number == hidden else s.tanh(e))
            values = fresh
        return (values[0] - TARGET) ** 2

    return build


def softmax_cross_entropy(s: Any, v: Sequence[Any]) -> Any:
    """ln Σ e^z - z3."""
    return s.log(s.total([s.exp(z) for z in v])) - v[2]


def regression_data(rows: int = 20, columns: int = 5) -> list[tuple[list[float], int]]:
    """Fixed rows and labels."""
    generator = random.Random(20)
    return [([round(generator.uniform(-2, 2), 2) for _ in range(columns)], generator.randrange(2)) for _ in range(rows)]


def logistic_regression(s: Any, v: Sequence[Any]) -> Any:
    """Σ ln(1 + e^z) - yz over fixed rows."""
    terms = []
    for row, label in regression_data():
        z = s.total([value * w for value, w in zip(row, v, strict=True)])
        terms.append(s.log(1 + s.exp(z)) - label * z)
    return s.total(terms)


def product(s: Any, v: Sequence[Any]) -> Any:
    """x1·x2···xn in one piece."""
    return s.product(list(v))


def product_loop(s: Any, v: Sequence[Any]) -> Any:
    """The same by a loop of binary products."""
    return reduce(mul, v)


def helmholtz(s: Any, v: Sequence[Any]) -> Any:
    """Griewank's Helmholtz energy of a mixture."""
    n = len(v)
    root = s.sqrt(s.number(2))
    b = s.total([round(0.01 * (i + 1), 2) * v[i] for i in range(n)])
    a = s.total([v[i] * v[j] / (i + j + 1) for i in range(n) for j in range(n)])
    mixing = s.total([x * s.log(x / (1 - b)) for x in v])
    return mixing - a / (s.sqrt(s.number(8)) * b) * s.log((1 + (1 + root) * b) / (1 + (1 - root) * b))


D, G, H = DERIVATIVE, GRADIENT, HESSIAN

WORKLOADS: tuple[Workload, ...] = (
    Workload("sigmoid'", D, 1, sigmoid),
    Workload("30-node expression'", D, 1, thirty_nodes),
    Workload("Gaussian NLL gradient", G, 3, gaussian_nll),
    Workload("sin(cos(sin ...)) depth 50", D, 1, nested(50)),
    Workload("sin(cos(sin ...)) depth 200", D, 1, nested(200)),
    Workload("sin(cos(sin ...)) depth 1000", D, 1, nested(1000)),
    Workload("exp(-x^2), 20th", D, 1, gauss, order=20),
    Workload("sin(x)*exp(x)/(1+x^2), 8th", D, 1, sine_exp, order=8),
    *[Workload(f"Rosenbrock gradient {n}", G, n, rosenbrock, vector=("rosenbrock",)) for n in (10, 100, 1000)],
    *[Workload(f"Rosenbrock Hessian {n}", H, n, rosenbrock, vector=("rosenbrock",)) for n in (10, 50, 100)],
    Workload("MLP 2-8-8-1, 105 weights", G, weights(layers(2)), mlp(2), vector=("mlp", 2)),
    Workload("MLP 6 layers of 8, 393 weights", G, weights(layers(6)), mlp(6), vector=("mlp", 6)),
    Workload("softmax cross-entropy 10, gradient", G, 10, softmax_cross_entropy, vector=("softmax",)),
    Workload("softmax cross-entropy 10, Hessian", H, 10, softmax_cross_entropy, vector=("softmax",)),
    Workload("logistic regression 20x5, gradient", G, 5, logistic_regression, vector=("regression",)),
    Workload("logistic regression 20x5, Hessian", H, 5, logistic_regression, vector=("regression",)),
    Workload("x1*x2*...*x100 gradient", G, 100, product, low=0.7, high=1.4),
    Workload("x1*x2*...*x1000 gradient", G, 1000, product, low=0.7, high=1.4),
    Workload("x1*...*x100 by a loop, gradient", G, 100, product_loop, low=0.7, high=1.4),
    Workload("x1*...*x1000 by a loop, gradient", G, 1000, product_loop, low=0.7, high=1.4),
    Workload("logistic map, 10 times", D, 1, logistic_map(10)),
    # So small a start that few of the 50 iterations are chaotic: in floats the derivative is noise otherwise.
    Workload("logistic map, 50 times", D, 1, logistic_map(50), low=1e-20, high=2e-20),
    Workload("Helmholtz 10, gradient", G, 10, helmholtz, vector=("helmholtz",)),
    Workload("Helmholtz 10, Hessian", H, 10, helmholtz, vector=("helmholtz",)),
)
