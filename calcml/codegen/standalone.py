"""`calcml code`: a file with one function in it that runs without calcml."""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Sequence

from calcml.codegen.arguments import Argument, read_arguments
from calcml.codegen.c_helpers import C_HELPERS
from calcml.codegen.helpers import helpers_for
from calcml.codegen.inlined import defined_names, with_dependencies
from calcml.codegen.routine import Routine, require_floats, scalars_of, stabilised
from calcml.codegen.slopes import slopes_of
from calcml.codegen.source import commented, short
from calcml.codegen.targets import EXPORTS, Target
from calcml.differentiation import resolve
from calcml.errors import InputError, ShapeError
from calcml.expr import Expr, Symbol
from calcml.heads import Vector

_MODULES = {
    "numpy": "calcml.numeric.arrays",
    "math": "calcml.numeric.scalar",
    "jax": "calcml.numeric.jax_",
    "torch": "calcml.numeric.torch_",
}
_IMPORTS = {
    "numpy": ["import numpy as np"],
    "math": [],
    "jax": ["import jax", "import jax.numpy as jnp", "import jax.scipy.special as scipy"],
    "torch": ["import torch"],
}
_PREFIX = {"numpy": "np", "jax": "jnp", "torch": "torch"}
_C_WORDS = frozenset(
    {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
        "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
        "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "main",
        "f", "value", "gradient", "hessian", "j0", "j1", "jn", "y0", "y1", "yn", "signgam", "NAN", "INFINITY",
    }
)  # fmt: skip
_OURS = frozenset(
    {"f", "np", "jnp", "jax", "scipy", "torch", "special", "math", "shape", "dtype", "rank", "stack", "span"}
)


def standalone_code(
    f: Expr, variables: Sequence[Expr], target_name: str, grad: bool = False, hess: bool = False, stable: bool = True
) -> str:
    """The text of a file for a target: numpy, math, jax, torch or c.

    The function f takes the variables and returns the value; with `grad` or `hess`, the gradient (n,) and the Hessian
    (n, n) too, in this order. For arrays, data axes lead.

    InputError for an unknown target or a variable named twice, ShapeError for a gradient of what is no scalar,
    NoRuleError for what the target cannot compute.
    """
    target = EXPORTS.get(target_name)
    if target is None:
        raise InputError(f"there is no target {target_name!r}", hint=f"there are {', '.join(EXPORTS)}")
    whole = resolve(f)
    scalars = list(scalars_of(whole))
    require_floats(scalars)
    if (grad or hess) and whole.shape:
        raise ShapeError(f"a gradient is of one scalar, and {f!r} has shape {whole.shape}")
    arguments = read_arguments(list(variables))
    entries = [entry for argument in arguments for entry in argument.entries]
    shapes = [tuple(int(size) for size in whole.shape)]
    outputs = list(scalars)
    if grad or hess:
        found = slopes_of(scalars[0], entries, stable=stable, hess=hess)
        outputs = [found.value]
        if grad:
            outputs += found.gradient
            shapes.append((len(entries),))
        if hess:
            outputs += [slope for row in found.hessian for slope in row]
            shapes.append((len(entries), len(entries)))
    if stable:  # branches come last, over everything that is returned
        outputs = stabilised(outputs)
    routine = Routine(arguments, Vector(*outputs), target, stable=False)
    routine.given = [f]
    routine.names = names_for(arguments, target)
    return (_c_file if target_name == "c" else _python_file)(routine, shapes, target)


def names_for(arguments: Sequence[Argument], target: Target) -> list[str]:
    """ASCII identifiers for the parameters, different from each other and from every name the code uses."""
    if target.name == "c":
        taken = set(_C_WORDS) | set(C_HELPERS)
    else:
        module = _MODULES.get(target.name)
        taken = set(keyword.kwlist) | set(dir(builtins)) | _OURS | (defined_names(module) if module else set())
    taken |= set(dir(math))
    found = []
    for number, argument in enumerate(arguments):
        name = argument.expr.data if isinstance(argument.expr, Symbol) else f"v{number + 1}"
        name = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not name or name[0].isdigit() or re.fullmatch(r"[ta]\d+", name):
            name = f"v_{name}"
        while name in taken or name.endswith("_at_point"):
            name += "_"
        taken.add(name)
        found.append(name)
    return found


def _described(routine: Routine, shapes: Sequence[tuple[int, ...]]) -> list[str]:
    """What the function computes, takes and returns, in words."""
    lines = [short(routine.given[0]), ""]
    for name, argument in zip(routine.names, routine.arguments, strict=True):
        what = f"of {argument.sizes}, behind the axes of data" if argument.shape else "a number"
        if routine.target.name not in ("c", "math"):
            what = what.replace("a number", "a number or an array; all of them broadcast to the shape B of the data")
        symbol = short(argument.expr)
        lines.append(f"{name}: {what}" + (f" (in the formula, {symbol})" if symbol != name else ""))
    words = ["the value", "the gradient", "the Hessian"] if len(shapes[0]) == 0 else ["the value"]
    if len(shapes) == 2 and len(shapes[1]) == 2:
        words = ["the value", "the Hessian"]
    data = "B + " if routine.target.name in _PREFIX else ""
    sizes = [
        f"{word}{', shape ' + data + str(shape) if shape else ''}" for word, shape in zip(words, shapes, strict=False)
    ]
    return [*lines, f"Returns {'; '.join(sizes)}."]


def _clean(text: str) -> str:
    return text.replace("\\", "/").replace('"""', "'''").replace("*/", "* /").replace("/*", "/ *").replace("\n", " ")


def _python_file(routine: Routine, shapes: Sequence[tuple[int, ...]], target: Target) -> str:
    code = routine.code()
    prefix = _PREFIX.get(target.name, "")
    doc = [_clean(line) for line in _described(routine, shapes)]
    lines = [f"def f({', '.join(routine.names)}):", f'    """{doc[0]}']
    lines += [f"    {line}".rstrip() for line in doc[1:]] + ['    """']
    body = [*routine.rank(), *[commented(line) for line in code.lines]]
    lines += [line if line.startswith("    ") else "    " + line for line in body]
    if target.name == "torch":
        lines[len(doc) + 2 : len(doc) + 2] = _torch_start(routine.names)
    if prefix:
        if target.name == "numpy":
            start = [f"    {name} = np.asarray({name})*1.0" for name in routine.names]
            lines[len(doc) + 2 : len(doc) + 2] = start
            lines.insert(0, '@np.errstate(all="ignore")  # what overflows in a case that is not taken does not matter')
        data = [
            f"{name}.shape[:{name}.ndim - {len(argument.shape)}]"
            if argument.shape
            else _SHAPE[target.name].format(name)
            for name, argument in zip(routine.names, routine.arguments, strict=True)
        ]
        lines.append(f"    shape = {prefix}.broadcast_shapes({', '.join(data)})")
    pieces = _pieces(code.results, shapes, prefix)
    if len(pieces) > 1:
        names = ["value", "gradient", "hessian"] if len(shapes[1]) == 1 else ["value", "hessian"]
        names = names[: len(shapes)]
        lines += [f"    {name} = {piece}" for name, piece in zip(names, pieces, strict=True)]
        pieces = names
    lines.append("    return " + ", ".join(pieces))
    text = "\n".join(lines) + "\n"
    own = "\n".join(helpers_for(routine.roots, target))
    imports, helpers = _needed(target, f"{own}\n{text}")
    own, text = (re.sub(r"(?<![\w.])special\.", "", part) for part in (own, text))
    stack = _STACK[target.name] if prefix and any(shapes) else ""
    head = list(dict.fromkeys([*_IMPORTS[target.name], *imports]))
    if target.name == "jax" and "scipy." not in f"{own}{text}{helpers}":
        head.remove("import jax.scipy.special as scipy")
    if target.name == "jax" and "jax.custom" not in own:
        head.remove("import jax")
    parts = [
        "\n".join(sorted(head, key=lambda line: (line.startswith("from"), line))),
        *helpers,
        own.strip(),
        stack,
        text,
    ]
    whole = "\n\n\n".join(part.strip("\n") for part in parts if part.strip())
    return whole + "\n"


_SHAPE = {"numpy": "np.shape({})", "jax": "jnp.shape({})", "torch": "{}.shape"}
_STACK = {
    "numpy": '''def stack(entries, shape):
    """The entries behind the axes of data."""
    return np.stack([np.broadcast_to(entry, shape) for entry in entries], axis=-1)''',
    "jax": '''def stack(entries, shape):
    """The entries behind the axes of data."""
    return jnp.stack([jnp.broadcast_to(jnp.asarray(entry, float), shape) for entry in entries], axis=-1)''',
    "torch": '''def stack(entries, shape, dtype):
    """The entries behind the axes of data."""
    return torch.stack([torch.as_tensor(entry, dtype=dtype).expand(shape) for entry in entries], dim=-1)''',
}


def _torch_start(names: Sequence[str]) -> list[str]:
    if not names:
        return ["    dtype = torch.get_default_dtype()"]
    dtype = f"next((v.dtype for v in ({', '.join(names)},) if isinstance(v, torch.Tensor)), torch.get_default_dtype())"
    return [f"    dtype = {dtype}", *[f"    {name} = torch.as_tensor({name}, dtype=dtype)" for name in names]]


def _pieces(results: Sequence[str], shapes: Sequence[tuple[int, ...]], prefix: str) -> list[str]:
    """The return values: a number, [a, b] or [[a, b], [c, d]]; of arrays, stacked behind the axes of data."""
    take = iter(results)
    pieces = []
    for shape in shapes:
        entries = [next(take) for _ in range(math.prod(shape))]
        dtype = ", dtype" if prefix == "torch" else ""
        if not shape:
            one = f"torch.as_tensor({entries[0]}, dtype=dtype)" if prefix == "torch" else entries[0]
            pieces.append(f"{prefix}.broadcast_to({one}, shape)" if prefix else one)
        elif prefix:
            stacked = f"stack([{', '.join(entries)}], shape{dtype})"
            pieces.append(stacked if len(shape) == 1 else f"{stacked}.reshape((*shape, {shape[0]}, {shape[1]}))")
        elif len(shape) == 1:
            pieces.append(f"[{', '.join(entries)}]")
        else:
            rows = [f"[{', '.join(entries[i : i + shape[1]])}]" for i in range(0, len(entries), shape[1])]
            pieces.append(f"[{', '.join(rows)}]")
    return pieces


def _needed(target: Target, text: str) -> tuple[list[str], list[str]]:
    """The imports and helper functions that a text calls."""
    if target.name == "math":
        words = set(re.findall(r"(?<![\w.])([A-Za-z_]\w*)", re.sub(r'"""[^"]*"""|#[^\n]*', "", text)))
        imports, helpers = with_dependencies(_MODULES["math"], words)
        plain = {name for name in words if hasattr(math, name)}
        for line in [line for line in imports if line.startswith("from math import ")]:
            imports.remove(line)
            plain.update(line.removeprefix("from math import ").split(", "))
        return [f"from math import {', '.join(sorted(plain))}" if plain else "", *imports], helpers
    return with_dependencies(_MODULES[target.name], set(re.findall(r"(?<![\w.])special\.(\w+)", text)))


def _c_file(routine: Routine, shapes: Sequence[tuple[int, ...]], target: Target) -> str:
    for argument in routine.arguments:
        if any(isinstance(size, str) for size in argument.shape) or len(argument.shape) > 1:
            raise ShapeError(f"{argument.expr!r}: the C target takes numbers and vectors of a known length")
    code = routine.code()
    own = helpers_for(routine.roots, target)
    parameters = [
        f"const double {name}[{argument.shape[0]}]" if argument.shape else f"double {name}"
        for name, argument in zip(routine.names, routine.arguments, strict=True)
    ]
    is_one = len(shapes) == 1 and not shapes[0]
    if not is_one:
        named = ["value", "gradient", "hessian"] if len(shapes) != 2 or len(shapes[1]) == 1 else ["value", "hessian"]
        parameters += [f"double *{name}" if not shape else f"double {name}[{math.prod(shape)}]"
                       for name, shape in zip(named, shapes, strict=False)]  # fmt: skip
    lines = [f"{'double' if is_one else 'void'} f({', '.join(parameters) or 'void'})", "{"]
    body = [commented(line, "  /* ", " */") for line in code.lines]
    used = "\n".join([*(line.text for line in code.lines), *code.results])
    lines += [f"    (void){name};" for name in routine.names if not re.search(rf"\b{name}\b", used)]
    lines += body
    if is_one:
        lines.append(f"    return {code.results[0]};")
    else:
        take = iter(code.results)
        for name, shape in zip(named, shapes, strict=False):
            places = [f"*{name}"] if not shape else [f"{name}[{i}]" for i in range(math.prod(shape))]
            lines += [f"    {place} = {next(take)};" for place in places]
    lines.append("}")
    doc = [_clean(line) for line in _described(routine, shapes)]
    head = ["/* " + doc[0], *[f"   {line}".rstrip() for line in doc[1:-1]], f"   {doc[-1]} */", "#include <math.h>", ""]
    text = "\n".join([*own, *lines])
    helpers = _c_helpers(text)
    prototypes = [line.split("  /*")[0] + ";" for line in own if line.startswith("static double")]
    return "\n".join([*head, *helpers, *prototypes, *([""] if prototypes else []), *own, *lines]) + "\n"


def _c_helpers(text: str) -> list[str]:
    found: dict[str, None] = {}
    waiting = [name for name in C_HELPERS if re.search(rf"\b{name}\(", text)]
    while waiting:
        name = waiting.pop()
        waiting += C_HELPERS[name][0]
        found[name] = None
    return [C_HELPERS[name][1] for name in C_HELPERS if name in found]
