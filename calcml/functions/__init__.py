"""THE function table: every elementary function calcml knows, one row each.

`find(name)` is how everything else reaches a row, by name or alias; `register` adds one at run time (a notebook, a
test), checked. The rows stand in the modules beside this one, grouped as a reader would look for them.
"""

from __future__ import annotations

from collections.abc import Iterator

from calcml.errors import InputError
from calcml.functions import elementary, learning, numeric, special, trigonometric
from calcml.functions.spec import FunctionSpec

__all__ = ["FunctionSpec", "all_functions", "find", "names", "register"]

_BY_NAME: dict[str, FunctionSpec] = {}
_ROWS: dict[str, FunctionSpec] = {}


def register(spec: FunctionSpec) -> FunctionSpec:
    """Add a row to the table, once every field of it has been checked against the function's values.

    ValueError when one of its names is taken by another row; InputError says what is wrong with the row.
    """
    before = {name: _BY_NAME.get(name) for name in (spec.name, *spec.aliases)}
    _add(spec)
    from calcml.checks.rows import check_row  # what a program that adds no row does not pay for

    wrong = list(check_row(spec))
    if not wrong:
        return spec
    for name, row in before.items():
        if row is None:
            del _BY_NAME[name]
        else:
            _BY_NAME[name] = row
    old = before[spec.name]
    if old is None:
        del _ROWS[spec.name]
    else:
        _ROWS[spec.name] = old
    raise InputError(f"the row {spec.name} is wrong: {'; '.join(map(str, wrong))}")


def _add(spec: FunctionSpec) -> FunctionSpec:
    for name in (spec.name, *spec.aliases):
        if _BY_NAME.get(name, spec).name != spec.name:
            raise ValueError(f"{name} already names the function {_BY_NAME[name].name}")
    for name in (spec.name, *spec.aliases):
        _BY_NAME[name] = spec
    _ROWS[spec.name] = spec
    return spec


def find(name: str) -> FunctionSpec | None:
    """The row of that name or alias, or None.

    >>> find("expit").name
    'sigmoid'
    """
    return _BY_NAME.get(name)


def names() -> list[str]:
    """Every name and alias, sorted."""
    return sorted(_BY_NAME)


def all_functions() -> Iterator[FunctionSpec]:
    """The rows in table order."""
    return iter(_ROWS.values())


for _module in (elementary, trigonometric, special, learning, numeric):
    for _spec in _module.ROWS:
        _add(_spec)
