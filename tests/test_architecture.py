"""The house rules that a test can hold: layers, what is imported when, one place for each thing."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import calcml as cm
from calcml import errors, functions

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "calcml"

# Lower layers do not import higher ones at module level. (Imports inside functions are for what is used rarely.)
LAYERS = [
    {"errors", "budget", "executable", "functions", "functions.spec", "functions.elementary", "functions.trigonometric", "functions.special",
     "functions.numeric", "functions.learning", "numeric", "numeric.scalar", "numeric.arrays", "numeric.jax_", "numeric.torch_"},
    {"interning", "syntax.names", "syntax", "decimals", "collector"},
    {"traverse"},
    {"expr"},
    {"heads", "binding"},
    {"flat"},
    {"order", "digest", "build", "entries", "syntax.tokens", "syntax.parser", "syntax.parsed", "syntax.latex", "syntax.forms",
     "syntax.implicit", "syntax.notes", "syntax.suggestions", "syntax.declarations", "syntax.reader", "syntax.operands",
     "syntax.applications", "render", "render.layout", "render.text", "render.latex", "render.mathml", "render.tree",
     "render.words", "render.wrapping", "derivation", "serialize", "derivation_json", "reading", "tracing", "tracing.ufuncs", "tracing.arrays",
     "tracing.functions", "tracing.trace"},
    {"templates", "signs", "evaluation", "precise", "sampling"},
    {"conditions", "domains", "assumptions", "algebra", "algebra.terms", "algebra.write", "algebra.read", "algebra.reduce",
     "algebra.expand", "algebra.brackets", "algebra.whole_numbers", "algebra.display", "algebra.rules", "identities", "measure", "lines", "search", "strategies", "intervals", "halfspaces", "regions.reals",
     "regions", "regions.region", "regions.real_roots", "regions.periodic", "regions.power_sums", "regions.inverses", "regions.inequalities", "algebra.polynomials", "algebra.gcds", "algebra.factoring",
     "algebra.field", "algebra.directions", "algebra.kernels", "algebra.logarithms", "algebra.powers", "algebra.angles",
     "algebra.calls", "algebra.fractions", "algebra.rational", "algebra.partial"},
    {"rules", "rules.borders", "rules.differentiation"},
    {"differentiation", "simplification", "repeated", "verify", "cases", "recognise", "render.reference", "render.lines", "render.steps", "render.tables",
     "regions.sides", "regions.pieces", "regions.extents", "recording",
     "forms", "readable", "agreement", "simplified"},
    {"checking.judge", "probing", "common_domain", "render.extents"},
    {"equivalence"},
    {"stable", "stable.rules", "stable.views", "stable.sums", "stable.quotients", "stable.edges", "stable.decays", "stable.products", "stable.calls", "stable.rewriting",
     "stable.groups", "stable.scales", "stable.near", "stable.far", "stable.exponentials"},
    {"codegen", "codegen.targets", "codegen.arguments", "codegen.regions", "codegen.emitter", "codegen.lowering", "codegen.routine",
     "codegen.source", "codegen.run_scalars", "codegen.run_numpy", "codegen.run_jax", "codegen.run_torch", "codegen.masking",
     "codegen.kinks", "codegen.slopes", "codegen.helpers", "codegen.particular", "codegen.tape", "codegen.blocks", "codegen.straight", "codegen.entrance", "codegen.c_helpers", "codegen.inlined", "codegen.standalone", "codegen.one_line", "codegen.objective", "codegen.compiled"},
    {"series", "series.coefficients", "series.streams", "series.near", "series.local", "series.expansion",
     "critical", "critical.enclosures", "critical.ends", "critical.circular", "critical.zeros", "critical.curve", "critical.systems",
      "critical.verdicts", "critical.definiteness", "critical.composition", "critical.numeric", "critical.surface"},
    {"operators", "operators.checking", "operators.conventions", "operators.own_terms", "operators.derivative", "operators.differentiations",
     "operators.gradient", "operators.taylor", "operators.extrema", "operators.tangent", "operators.points", "operators.problem", "operators.stand_ins", "operators.assembly", "operators.matrices",
     "operators.jacobian", "operators.hessian", "operators.common_factor", "operators.directional", "operators.products",
     "operators.fields", "operators.backward", "operators.total", "operators.implicit",
     "operators.variables", "at_point", "interop", "interop.sympy", "interop.polynomials",
     "render.canvas"},
    {"checking", "checking.modes", "checking.numbers", "checking.mistakes", "checking.report", "checking.points",
     "checking.frameworks", "checking.methods", "checking.claims", "checking.check", "render.checks"},
    {"plotting", "plotting.files", "plotting.errors", "plotting.window", "plotting.curves", "plotting.fields",
     "plotting.scene", "plotting.figures", "plotting.terminal"},
    {"checks", "checks.values", "checks.properties", "checks.slopes", "checks.written", "checks.rows", "checks.rules"},
    {"steps"},
    {"cli", "cli.app", "cli.output", "cli.reading", "cli.diagnostics", "cli.terminal", "cli.diff", "cli.equal", "cli.evaluate", "cli.show",
     "cli.reference", "cli.completion", "cli.code", "cli.domain", "cli.operator", "cli.present", "cli.gradient", "cli.taylor", "cli.extrema", "cli.tangent", "cli.matrices", "cli.along", "cli.fields", "cli.curves", "cli.check", "cli.plot", "__main__", "__init__"},
]  # fmt: skip
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found[name.removesuffix(".__init__") if name != "__init__" else name] = path
    return found


def test_every_module_has_a_layer() -> None:
    syntax = {name for name in modules() if name.startswith("syntax.")}
    assert {name for name in modules() if name not in LEVEL and name not in syntax} == set()


@pytest.mark.parametrize(("name", "path"), modules().items())
def test_imports_point_down(name: str, path: Path) -> None:
    level = LEVEL.get(name, LEVEL["syntax.parser"])
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("calcml") and name != "__init__":
            target = node.module.removeprefix("calcml").lstrip(".") or node.names[0].name
            for candidate in (
                [f"{target}.{alias.name}" for alias in node.names] if target in ("functions",) else [target]
            ):
                known = candidate if candidate in LEVEL else target
                assert LEVEL.get(known, LEVEL["syntax.parser"]) <= level, f"{name} imports {target}"


def test_no_module_has_the_name_of_something_public() -> None:
    """Importing calcml.sign would put the module in the place of the function cm.sign."""
    public = {name for name in dir(cm) if name != "steps"}
    assert {name for name in modules() if "." not in name} & public == set()


def test_sympy_is_imported_in_one_module() -> None:
    importers = {
        name
        for name, path in modules().items()
        if re.search(r"^\s*(import|from) sympy", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert importers == {"interop.sympy"}


def test_text_becomes_code_in_one_place() -> None:
    found = [
        name
        for name, path in modules().items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("eval", "exec", "compile")
    ]
    assert found == ["executable"]


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["diff", "1/(1+exp(-x))"], {"sympy", "numpy", "mpmath", "rich", "fractions", "dataclasses", "json"}),
        (["diff", "x^2*sin(x)", "--steps"], {"sympy", "numpy", "mpmath", "rich"}),
        (["--help"], {"sympy", "numpy", "mpmath", "rich", "calcml.expr"}),
        (["functions", "relu"], {"sympy", "numpy", "mpmath", "rich"}),
        (["parse", "sin x"], {"sympy", "numpy", "mpmath", "rich"}),
    ],
)
def test_start_up_imports(arguments: list[str], unwanted: set[str]) -> None:
    code = f"import sys; from calcml.cli.app import run; run({arguments!r}); print(*sys.modules, file=sys.stderr)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert unwanted & set(result.stderr.split()) == set()


def test_all_is_complete_and_every_name_is_there() -> None:
    assert cm.__all__ == sorted(cm.__all__)
    for name in cm.__all__:
        assert getattr(cm, name) is not None


def test_names_are_the_functions_and_not_modules_of_the_same_name() -> None:
    code = (
        "import calcml as cm, calcml.operators.gradient, calcml.simplification, calcml.cli.diff, types\n"
        "bad = [n for n in cm.__all__ if isinstance(getattr(cm, n), types.ModuleType)]\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_function_added_in_one_place_works_everywhere() -> None:
    """One row: parser, derivative, check, printers, code, reference page, SymPy, completion of names."""
    name = "sqexp"
    row = functions.FunctionSpec(
        name, title="Squared exponential", group="tests", derivative=("-2*x*sqexp(x)",), defined_as="exp(-x^2)",
        range="0 < y and y <= 1", parity="even", python="exp(-#1*#1)", numpy="np.exp(-#1*#1)", latex=r"\operatorname{sqexp}\left(#1\right)",
        special_values=(("0", "1"),), source="own",
    )  # fmt: skip
    functions.register(row)
    try:
        x = cm.symbols("x")
        f = cm.parse("3 sqexp(2x)")
        derivation = cm.derive(f, x)
        assert str(derivation.result) == "-24*x*sqexp(2*x)"
        assert derivation.verify().holds
        assert cm.parse(str(f)) is f
        assert "sqexp" in cm.to_latex(f)
        assert cm.evaluate(cm.parse("sqexp(0)")) is cm.as_expr(1)
        assert str(cm.simplify(cm.parse("sqexp(-x)"))) == "sqexp(x)"
        assert cm.domain(cm.parse("1/sqexp(x)")) == ()
        assert float(cm.to_sympy(cm.parse("sqexp(1)"))) == pytest.approx(0.36787944117144233)
        assert float(cm.evaluate(cm.parse("sqexp(1)"), digits=30)) == pytest.approx(0.36787944117144233)
        assert cm.sqexp(x) is cm.parse("sqexp(x)")
        from calcml.render.mathml import to_mathml
        from calcml.render.reference import function_page

        assert "Squared exponential" in function_page(row)
        assert "<math" in to_mathml(f)
        with pytest.raises(cm.UnknownNameError) as caught:
            cm.parse("sqexpp(x)")
        assert "sqexp" in (caught.value.hint or "")
    finally:
        functions._BY_NAME.pop(name)
        functions._ROWS.pop(name)
        vars(cm).pop(name, None)


def test_every_error_class_has_its_exit_code_and_built_in() -> None:
    codes = {
        2: errors.InputError,
        3: errors.MathError,
        4: errors.BudgetError,
        5: errors.MissingBackendError,
        70: errors.InvariantError,
    }
    for code, base in codes.items():
        assert base("").exit_code == code
    assert issubclass(errors.ParseError, ValueError) and issubclass(errors.MissingBackendError, ImportError)


def test_rows_are_complete() -> None:
    for row in functions.all_functions():
        assert row.title and row.group and row.python and row.numpy and row.source, row.name
        assert row.defined_as or row.mpmath, row.name
        if row.smooth:
            assert row.note, f"{row.name}: the convention at its kink is not stated"


def test_no_machine_path_in_the_project() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    for line in listed.stdout.split():
        path = ROOT / line
        if path.suffix in (".py", ".md", ".toml", "") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not re.search("/(work|root|tmp/w)/", text), line
