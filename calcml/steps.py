"""The operators with their steps: `calcml.steps.gradient(f)` is the record whose `.result` is `calcml.grad(f)`.

Each takes the arguments of its plain twin, and by name `at` (a point: the facts `value`, norm, eigenvalues … are those
there), `assuming`, `budget` and `digits`.

>>> import calcml as cm
>>> x, y = cm.symbols("x y")
>>> record = cm.steps.hessian(x**2 + x*y + y**2)
>>> record.result is cm.hessian(x**2 + x*y + y**2), record.fact("definiteness")
(True, <definiteness: positive definite>)
"""

from __future__ import annotations

from calcml.operators.derivative import derive as derivative
from calcml.operators.directional import directional_record as directional
from calcml.operators.extrema import extrema_record as extrema
from calcml.operators.fields import curl_record as curl
from calcml.operators.fields import divergence_record as divergence
from calcml.operators.fields import laplacian_record as laplacian
from calcml.operators.gradient import gradient
from calcml.operators.hessian import hessian_record as hessian
from calcml.operators.implicit import implicit_record as implicit
from calcml.operators.jacobian import jacobian_record as jacobian
from calcml.operators.products import hvp_record as hvp
from calcml.operators.products import jvp_record as jvp
from calcml.operators.tangent import tangent_record as tangent
from calcml.operators.taylor import taylor_record as taylor
from calcml.operators.total import total_record as total

__all__ = [
    "curl",
    "derivative",
    "directional",
    "divergence",
    "extrema",
    "gradient",
    "hessian",
    "hvp",
    "implicit",
    "jacobian",
    "jvp",
    "laplacian",
    "tangent",
    "taylor",
    "total",
]
