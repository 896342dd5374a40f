"""Functions that a target lacks, written for it from the rows of the table: the value from `code`, the slope from
`derivative` (for JAX and PyTorch, which would else differentiate the way the value is computed)."""

from __future__ import annotations

from collections.abc import Sequence

from calcml import functions
from calcml.codegen.emitter import write_code
from calcml.codegen.kinks import partial
from calcml.codegen.lowering import lower
from calcml.codegen.masking import masked
from calcml.codegen.targets import Target, can_write, spelling
from calcml.errors import NoRuleError
from calcml.evaluation import fill_code
from calcml.expr import ZERO, Call, Expr, Symbol, make
from calcml.functions.spec import FunctionSpec
from calcml.templates import fill_row
from calcml.traverse import topological


def helpers_for(roots: Sequence[Expr], target: Target) -> list[str]:
    """The lines that define every function we write for these lowered roots, and for each other."""
    lines: list[str] = []
    written: set[tuple[str, int]] = set()
    waiting = written_functions(roots, target)
    if target.name not in _WRITERS:
        return []
    while waiting:
        name, count = waiting.pop(0)
        if (name, count) in written:
            continue
        written.add((name, count))
        spec = functions.find(name)
        assert spec is not None
        text, used = _WRITERS[target.name](spec, count, target)
        lines += text
        waiting += written_functions(used, target)
    return lines


def written_functions(roots: Sequence[Expr], target: Target) -> list[tuple[str, int]]:
    """The functions among lowered roots that are written for the target, by name and number of arguments."""
    found: dict[tuple[str, int], None] = {}
    for node in topological(*roots):
        if type(node) is Call:
            spec = functions.find(node.data)
            if spec is not None and spelling(target, spec.name, len(node.args)) == _own(spec, len(node.args)):
                found[spec.name, len(node.args)] = None
    return list(found)


def _own(spec: FunctionSpec, count: int) -> str:
    return f"{spec.name}_{count}({', '.join(f'#{i}' for i in range(1, count + 1))})"


def _places(count: int) -> tuple[tuple[Expr, ...], dict[Expr, str]]:
    symbols: tuple[Expr, ...] = tuple([make(Symbol, f"argument{i}", ()) for i in range(1, count + 1)])
    return symbols, {symbol: f"a{i}" for i, symbol in enumerate(symbols, 1)}


def _value(spec: FunctionSpec, count: int, target: Target) -> tuple[list[str], str, list[Expr]]:
    """The lines of a function's body, its result, and what was lowered."""
    symbols, names = _places(count)
    native = target.native(spec, count)
    if native is not None:
        return [], fill_code(spec, native, list(names.values())), []
    if not can_write(spec):
        raise NoRuleError(f"{spec.name} is not available for {target.name}")
    roots = lower([fill_row(spec, spec.code or spec.defined_as, symbols)], target)
    return *_body(roots, target, names), roots


def _body(roots: list[Expr], target: Target, names: dict[Expr, str]) -> tuple[list[str], str]:
    code = write_code(roots, target, names, {})
    return ["    " * line.indent + line.text for line in code.lines], ", ".join(code.results)


def _slopes(spec: FunctionSpec, count: int, target: Target) -> tuple[list[str], list[str], list[Expr]]:
    symbols, names = _places(count)
    slopes = []
    for position in range(count):
        try:
            slopes.append(partial(spec, symbols, position))
        except NoRuleError:
            slopes.append(ZERO)
    roots = masked(lower(slopes, target))
    code = write_code(roots, target, names, {})
    return ["    " * line.indent + line.text for line in code.lines], code.results, roots


def _for_jax(spec: FunctionSpec, count: int, target: Target) -> tuple[list[str], list[Expr]]:
    lines, result, used = _value(spec, count, target)
    below, slopes, used_below = _slopes(spec, count, target)
    name = f"{spec.name}_{count}"
    names = ", ".join(f"a{i}" for i in range(1, count + 1))
    total = " + ".join(f"({slope})*tangents[{i}]" for i, slope in enumerate(slopes))
    return [
        "@jax.custom_jvp",
        f"def {name}({names}):",
        f'    """{spec.title}."""',
        *lines,
        f"    return {result}",
        "",
        f"@{name}.defjvp",
        f"def {name}_jvp(primals, tangents):",
        f"    {names}, = primals",
        *below,
        f"    return {name}({names}), {total}",
        "",
    ], [*used, *used_below]


def _for_torch(spec: FunctionSpec, count: int, target: Target) -> tuple[list[str], list[Expr]]:
    lines, result, used = _value(spec, count, target)
    below, slopes, used_below = _slopes(spec, count, target)
    name = f"{spec.name}_{count}"
    names = ", ".join(f"a{i}" for i in range(1, count + 1))
    dtype = ["    dtype = a1.dtype"]
    inside = ["    " + line for line in (*dtype, *lines, f"    return {result}")]
    behind = ["    " + line for line in (f"    {names}, = ctx.saved_tensors", *dtype, *below)]
    grads = ", ".join(f"({slope})*grad" for slope in slopes)
    return [
        f"class Of_{name}(torch.autograd.Function):",
        f'    """{spec.title}."""',
        "",
        "    generate_vmap_rule = True",
        "",
        "    @staticmethod",
        f"    def forward({names}):",
        *inside,
        "",
        "    @staticmethod",
        "    def setup_context(ctx, inputs, output):",
        "        ctx.save_for_backward(*inputs)",
        "",
        "    @staticmethod",
        "    def backward(ctx, grad):",
        *behind,
        f"        return {grads}{',' if count == 1 else ''}",
        "",
        f"def {name}({names}):",
        f"    return Of_{name}.apply(*special.tensors({names}))",
        "",
    ], [*used, *used_below]


def _for_c(spec: FunctionSpec, count: int, target: Target) -> tuple[list[str], list[Expr]]:
    lines, result, used = _value(spec, count, target)
    names = ", ".join(f"double a{i}" for i in range(1, count + 1))
    return [
        f"static double {spec.name}_{count}({names})  /* {spec.title} */",
        "{",
        *lines,
        f"    return {result};",
        "}",
        "",
    ], used


_WRITERS = {"jax": _for_jax, "torch": _for_torch, "c": _for_c}
