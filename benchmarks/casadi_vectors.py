"""The workloads whose problem is a vector's, as CasADi's users write them: with vectors of SX.

The other systems build entry by entry. This column shows what vector notation is worth, and it is a peer like any
other where "the best peer" is named. Weights stand in the same order as in `benchmarks.workloads`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.peers import Casadi
from benchmarks.workloads import SAMPLE, TARGET, Workload, layers, regression_data


class CasadiVectors(Casadi):
    """CasADi with vectors; its variables are one vector."""

    name = "casadi-vec"

    @staticmethod
    def takes(workload: Workload) -> bool:
        """Only workloads that have a vector form."""
        return bool(workload.vector)

    def symbols(self, count: int) -> Any:
        """One vector of symbols."""
        return self.library.SX.sym("x", count)

    def job(self, workload: Workload, x: Any) -> Callable[[], Any]:
        """Build with vectors and differentiate."""
        name, *sizes = workload.vector
        ca = self.library
        data = ca.DM([row for row, _ in regression_data()]), ca.DM([label for _, label in regression_data()])
        builders: dict[str, Callable[[], Any]] = {
            "rosenbrock": lambda: rosenbrock(ca, x),
            "mlp": lambda: mlp(ca, x, layers(sizes[0])),
            "softmax": lambda: ca.log(ca.sum1(ca.exp(x))) - x[2],
            "regression": lambda: regression(ca, x, *data),
            "helmholtz": lambda: helmholtz(ca, x),
        }
        build = builders[name]
        if workload.kind == "hessian":
            return lambda: ca.hessian(build(), x)[0]
        return lambda: ca.gradient(build(), x)

    def _function(self, result: Any, xs: Sequence[Any]) -> Any:
        return self.library.Function("f", [xs], [result])


def rosenbrock(ca: Any, x: Any) -> Any:
    """Σ 100(x' - x^2)^2 + (1 - x)^2."""
    return ca.sum1(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def mlp(ca: Any, x: Any, widths: Sequence[int]) -> Any:
    """Each layer is a matrix whose rows hold the weights of one unit and its bias."""
    values = ca.DM(SAMPLE)
    place = 0
    for number, (fan_in, fan_out) in enumerate(pairwise(widths)):
        size = (fan_in + 1) * fan_out
        matrix = ca.reshape(x[place : place + size], fan_in + 1, fan_out).T
        place += size
        values = ca.mtimes(matrix[:, :fan_in], values) + matrix[:, fan_in]
        if number < len(widths) - 2:
            values = ca.tanh(values)
    return (values - TARGET) ** 2


def regression(ca: Any, x: Any, rows: Any, labels: Any) -> Any:
    """Σ ln(1 + e^z) - yz."""
    z = ca.mtimes(rows, x)
    return ca.sum1(ca.log(1 + ca.exp(z)) - labels * z)


def helmholtz(ca: Any, x: Any) -> Any:
    """Griewank's Helmholtz energy."""
    n = x.shape[0]
    root = 2**0.5
    matrix = ca.DM([[1 / (i + j + 1) for j in range(n)] for i in range(n)])
    b = ca.dot(ca.DM([0.01 * (i + 1) for i in range(n)]), x)
    a = ca.dot(x, ca.mtimes(matrix, x))
    return ca.sum1(x * ca.log(x / (1 - b))) - a / (8**0.5 * b) * ca.log((1 + (1 + root) * b) / (1 + (1 - root) * b))
