"""The one place where text becomes code.

The text is always ours: a template of the function table, or a program written by `calcml.codegen` from an expression,
in which every name is made here (x0, t12). Nothing that a person typed is ever part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def function_from(source: str, name: str, names: Mapping[str, Any]) -> Callable[..., Any]:
    """The function `name` that `source` defines, with `names` as its globals.

    >>> function_from("def double(x0):\\n    return 2*x0\\n", "double", {})(21)
    42
    """
    namespace = dict(names)
    exec(source, namespace)
    return namespace[name]
