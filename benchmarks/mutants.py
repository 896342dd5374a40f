"""Mutants of the rows: each fact of a row is made wrong in each small way, and the verifier has to notice.

A mutant is one small error in one text of the function table, in what a rule of differentiation says or returns, in a
rule of algebra, or in what a rewrite returns: a sign, a coefficient, swapped arguments, a dropped factor, the wrong
function, an exponent one off. It is put in place of the original, and everything calcml has to check it is run:

    row check    `calcml functions --check`, on register: the field against the function's values (calcml.checks)
    rule check   `calcml rules --check`: statement and condition of a rule against values and against its code
    derivation   the check of every step: small expressions that use the row are differentiated with `cm.derive`

The derivation is asked about the fields that decide what a derivative is (DERIVED), and about whatever the first two
let pass. The mutant is

    caught      when a check finds something, or a step stays unchecked where the original's was checked
    stopped     when some other error keeps a result from being shown
    equivalent  when the text has the values of the original: 60 digits, 50 points, borders and kinks among them
    wrong       when a result passes with other values, or other conditions, than the original's: a survivor
    weaker      when results only differ in form: a fact is lost that would have made them shorter; a survivor
    unseen      when no result differs: a survivor too, in a text that no derivation here depends on

Writes results/mutants.json; the exit code is 1 below 99.9 % of what is not equivalent.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import itertools
import multiprocessing
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import mpmath
import numpy as np

import calcml as cm
from benchmarks.measure import TimeLimitError, print_table, save, time_limit
from calcml import evaluation, functions, precise, signs, simplification, strategies, templates, verify
from calcml.algebra import reduce
from calcml.algebra import rules as algebra
from calcml.algebra.read import terms_of
from calcml.algebra.rules import AlgebraRule
from calcml.algebra.write import canonical
from calcml.binding import free_symbols
from calcml.build import sub
from calcml.checks.rows import check_row
from calcml.checks.rules import ALGEBRA_LETTERS, check_algebra, check_cases, check_keys, check_rule, condition_of
from calcml.checks.values import values_of
from calcml.checks.written import arguments as check_arguments
from calcml.derivation import Step
from calcml.differentiation import Application, forward
from calcml.errors import CalcmlError, InvariantError
from calcml.expr import (
    ONE,
    TRUE,
    TWO,
    ZERO,
    Add,
    And,
    Call,
    Constant,
    Div,
    Expr,
    Mul,
    Neg,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    make,
    ratio_of,
    rational,
)
from calcml.functions import FunctionSpec
from calcml.heads import Vector
from calcml.interop import sympy as interop_sympy
from calcml.numeric import arrays
from calcml.operators import own_terms
from calcml.rules.differentiation import RULES, DiffRule
from calcml.series import local
from calcml.traverse import topological

WANTED = 0.999  # of the mutants that are not equivalent
DIGITS, POINTS = 60, 50
SECONDS = 20.0  # for one derivation; one that a mutant sends round in circles is stopped
X, Y, Z = Symbol("x"), Symbol("y"), Symbol("z")

Path = tuple[int, ...]
Point = tuple[Any, ...]


class Mutant(NamedTuple):
    """One error: in which table, row and field; which of the field's texts, or where; the text and what it becomes."""

    table: str  # functions, rules, algebra, rewrites
    row: str
    field: str
    place: Path
    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.row}.{self.field}: {self.before}  ->  {self.after}  ({self.label})"


class Verdict(NamedTuple):
    """What became of a mutant: one of STATUSES, by which of CHECKERS, and what was seen."""

    mutant: Mutant
    status: str
    why: str
    by: tuple[str, ...] = ()


# ---- small errors in a tree ----------------------------------------------------------------------------------------

BORDER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "!=", "!=": "="}
# Beside the functions of the same group, what people confuse across groups.
CONFUSED = {
    "sin": "sinh", "cos": "cosh", "tan": "tanh", "sinh": "sin", "cosh": "cos", "tanh": "sigmoid", "sigmoid": "tanh",
    "exp": "expm1", "ln": "exp", "sqrt": "abs", "normal_pdf": "sigmoid", "digamma": "ln", "softplus": "sigmoid",
}  # fmt: skip


def kin(name: str) -> list[str]:
    """Functions one may take for another: three of its group with as many parameters, and what it is confused with."""
    spec = functions.find(name)
    if spec is None:
        return []
    group = [
        row.name
        for row in functions.all_functions()
        if row.group == spec.group and len(row.params) == len(spec.params) and row.is_variadic == spec.is_variadic
    ]
    at = group.index(spec.name)
    found = [*group[at + 1 :], *group[:at]][:3]
    other = CONFUSED.get(spec.name)
    return found if other is None or other in found else [*found, other]


def variants(node: Expr, is_leaf: bool = False) -> Iterator[tuple[str, Expr]]:
    """Every small error in one node, with a name; `is_leaf`: nothing below the node is looked at."""
    head, args = type(node), node.args
    if head is Relation:
        yield "sides swapped", make(Relation, node.data, args[::-1])
        yield "border", make(Relation, BORDER[node.data], args)
    elif head in (And, Or):
        yield from _one_dropped(node)
        yield "and/or", make(Or if head is And else And, None, args)
    elif head is Piecewise and not is_leaf:
        yield from _cases_changed(node)
    elif node.shape:
        yield from _swapped(node)
    else:
        yield "sign", args[0] if head is Neg else make(Neg, None, (node,))
        if head is Number:
            p, q = node.ratio  # type: ignore[attr-defined]
            yield "coefficient doubled", rational(2 * p, q)
            yield "coefficient + 1", rational(p + q, q)
            yield "coefficient - 1", rational(p - q, q)
            return
        yield "coefficient doubled", make(Mul, None, (TWO, node))
        if is_leaf or head in (Symbol, Constant, Call):
            yield "squared", make(Pow, None, (node, TWO))
        if not is_leaf:
            yield from _operation_changed(node)


def _operation_changed(node: Expr) -> Iterator[tuple[str, Expr]]:
    head, args = type(node), node.args
    if head in (Add, Mul):
        yield from _one_dropped(node)
    elif head is Sub:
        yield "dropped 1", make(Neg, None, args[1:])
        yield "dropped 2", args[0]
    elif head is Div:
        yield "dropped 1", make(Div, None, (ONE, args[1]))
        yield "dropped 2", args[0]
    elif head is Pow:
        n = ratio_of(args[1])
        for label, k in (("exponent + 1", 1), ("exponent - 1", -1)):
            shifted = make(Add, None, (args[1], _whole(k))) if n is None else rational(n[0] + k * n[1], n[1])
            yield label, make(Pow, None, (args[0], shifted))
    elif head is Call:
        for name in kin(node.data):
            yield f"{name} for {node.data}", make(Call, name, args)
        if len(args) == 1:
            yield "function dropped", args[0]
    if head in (Sub, Div, Pow, Call):
        yield from _swapped(node)


def _whole(k: int) -> Expr:
    return rational(k, 1)


def _one_dropped(node: Expr) -> Iterator[tuple[str, Expr]]:
    for i in range(len(node.args)):
        rest = node.args[:i] + node.args[i + 1 :]
        yield f"dropped {i + 1}", rest[0] if len(rest) == 1 else node.rebuild(rest)


def _swapped(node: Expr) -> Iterator[tuple[str, Expr]]:
    for i in range(len(node.args) - 1):
        args = list(node.args)
        args[i], args[i + 1] = args[i + 1], args[i]
        yield f"swapped {i + 1}, {i + 2}", node.rebuild(tuple(args))


def _cases_changed(node: Expr) -> Iterator[tuple[str, Expr]]:
    args = node.args
    values = [*range(0, len(args) - len(args) % 2, 2), *([len(args) - 1] if len(args) % 2 else [])]
    for a, b in itertools.pairwise(values):
        swapped = list(args)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        yield f"values swapped {a // 2 + 1}", node.rebuild(tuple(swapped))
    for i in values:
        rest = args[:i] + args[i + 2 :]
        if len(rest) > 1:
            yield f"case dropped {i // 2 + 1}", node.rebuild(rest)


def errors_in(tree: Expr, opaque: Iterable[Expr] = (), plural: Iterable[Expr] = ()) -> Iterator[tuple[Path, str, Expr]]:
    """Every tree with one small error: (where, which, the tree), each tree once.

    opaque: parts that are not looked into. plural: symbols that stand for several arguments, which are left alone.
    A sign or a factor is changed once in a product, not in each of its factors.
    """
    closed, plural = set(opaque), set(plural)
    seen = {tree}
    stack: list[tuple[Path, Expr, type[Expr] | None]] = [((), tree, None)]
    while stack:
        path, node, above = stack.pop()
        if node in plural:
            continue
        is_leaf = node in closed and bool(path)
        for label, variant in variants(node, is_leaf):
            if label == "sign" and above in (Mul, Div, Neg):
                continue
            if label == "coefficient doubled" and (above in (Mul, Neg) or (above is Div and path[-1] == 0)):
                continue
            whole = put(tree, path, variant)
            if whole not in seen:
                seen.add(whole)
                yield path, label, whole
        if not is_leaf:
            stack += [((*path, i), arg, type(node)) for i, arg in reversed(list(enumerate(node.args)))]


def put(tree: Expr, path: Path, part: Expr) -> Expr:
    """The tree with another part at a place."""
    if not path:
        return part
    args = list(tree.args)
    args[path[0]] = put(args[path[0]], path[1:], part)
    return tree.rebuild(tuple(args))


def with_error(tree: Expr, path: Path, label: str, opaque: Iterable[Expr] = ()) -> Expr | None:
    """The tree with that error at that place; None where it has no such place."""
    closed = set(opaque)
    node = tree
    for depth, i in enumerate(path):
        if i >= len(node.args) or (depth and node in closed):
            return None
        node = node.args[i]
    found = dict(variants(node, node in closed and bool(path))).get(label)
    return None if found is None else put(tree, path, found)


# ---- small errors in a Python text ---------------------------------------------------------------------------------


def code_errors(text: str) -> Iterator[tuple[str, str]]:
    """The same in the Python text of a row: (label, text)."""
    marked = re.sub(r"#(\d)", r"a\1", text.replace("#*", "a_all"))
    seen = {ast.unparse(ast.parse(marked, mode="eval"))}
    for at in range(len(list(ast.walk(ast.parse(marked, mode="eval"))))):
        for which in range(20):
            tree = ast.parse(marked, mode="eval")
            label = _change_code(tree, at, which)
            if label is None:
                break
            changed = ast.unparse(tree)
            if label and changed not in seen:
                seen.add(changed)
                yield label, re.sub(r"\ba(\d)\b", r"#\1", changed.replace("a_all", "#*"))


def _change_code(tree: ast.AST, at: int, which: int) -> str | None:
    """Put error number `which` into node number `at`: its name, "" if it does not apply, None if there is none."""
    node = list(ast.walk(tree))[at]
    found = list(_code_variants(node))
    if which >= len(found):
        return None
    label, new = found[which]
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node and name not in ("func", "test", "target"):
                setattr(parent, name, new)
                return label
            if isinstance(value, list) and node in value and not isinstance(parent, ast.Compare):
                value[value.index(node)] = new
                return label
    return ""


def _code_variants(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        for label, value in (("+ 1", node.value + 1), ("- 1", node.value - 1), ("doubled", 2 * node.value)):
            yield f"coefficient {label}", ast.Constant(value)
    if isinstance(node, (ast.BinOp, ast.Call)) or (isinstance(node, ast.Name) and re.fullmatch(r"a\d", node.id)):
        yield "sign", ast.UnaryOp(ast.USub(), node)
        yield "coefficient doubled", ast.BinOp(ast.Constant(2), ast.Mult(), node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", node.operand
    if isinstance(node, ast.BinOp):
        yield "dropped 1", node.right
        yield "dropped 2", node.left
        if not isinstance(node.op, (ast.Add, ast.Mult)):
            yield "swapped", ast.BinOp(node.right, node.op, node.left)
    if isinstance(node, ast.IfExp):
        yield "values swapped", ast.IfExp(node.test, node.orelse, node.body)
    if isinstance(node, ast.Call):
        for i in range(len(node.args) - 1):
            args = list(node.args)
            args[i], args[i + 1] = args[i + 1], args[i]
            yield f"swapped {i + 1}, {i + 2}", ast.Call(node.func, args, node.keywords)


# ---- the mutants of the function table -----------------------------------------------------------------------------

CODE = ("python", "mpmath", "numpy", "sympy")  # what is computed with
PRINTED = ("latex", "unicode")  # what is printed
OPPOSITE_WORDS = {"odd": "even", "even": "odd", "increasing": "decreasing", "decreasing": "increasing"}


class Text(NamedTuple):
    """A text of a row: its field, which of the field's texts it is, the text, and the names it is written in."""

    field: str
    place: Path
    text: str
    names: tuple[str, ...] = ()


def names_of(spec: FunctionSpec) -> tuple[str, ...]:
    """The names that a derivative, a definition or a condition of the row is written in."""
    if not spec.is_variadic:
        return spec.params
    star = spec.params[-1][1:]
    return (*spec.params[:-1], f"{star}_j", "j", star, "rest_j")


def texts(spec: FunctionSpec) -> Iterator[Text]:
    """The texts of a row in calcml's notation."""
    names = names_of(spec)
    for field in ("derivative", "at_kink"):
        yield from (Text(field, (i,), text, names) for i, text in enumerate(getattr(spec, field)) if text)
    for field in ("defined_as", "domain", "smooth"):
        if getattr(spec, field):
            yield Text(field, (), getattr(spec, field), names)
    if spec.range:
        yield Text("range", (), spec.range, ("y",))
    if spec.period:
        yield Text("period", (), spec.period)
    for i, (_, value) in enumerate(spec.defaults):
        yield Text("defaults", (i, 1), value)
    for i, (arguments, value) in enumerate(spec.special_values):
        yield from (Text("special_values", (i, 0, k), text) for k, text in enumerate(arguments.split(", ")))
        yield Text("special_values", (i, 1), value)


def function_mutants(spec: FunctionSpec) -> Iterator[Mutant]:
    """Every small error in every field of a row that says something about the function."""
    plural = [Symbol(spec.params[-1][1:]), Symbol("rest_j")] if spec.is_variadic else []
    for field, place, text, names in texts(spec):
        for path, label, changed in errors_in(templates.template(text, names).expr, plural=plural):
            where = f" at {list(path)}" if path else ""
            yield Mutant("functions", spec.name, field, place, label + where, text, str(changed))
    for field in ("parity", "monotone"):
        word = getattr(spec, field)
        if word:
            yield Mutant("functions", spec.name, field, (), "sign", word, OPPOSITE_WORDS[word])
    yield Mutant("functions", spec.name, "continuous", (), "sign", str(spec.continuous), str(not spec.continuous))
    for field in CODE:
        text = getattr(spec, field)
        if text:
            for label, code in code_errors(text):
                yield Mutant("functions", spec.name, field, (), label, text, code)
            for other in map(functions.find, kin(spec.name)):
                if other is not None and getattr(other, field) not in ("", text):
                    label = f"{other.name} for {spec.name}"
                    yield Mutant("functions", spec.name, field, (), label, text, getattr(other, field))
    for field in PRINTED:
        text = getattr(spec, field)
        if text:
            for label, changed in template_errors(text):
                yield Mutant("functions", spec.name, field, (), label, text, changed)
            for other in map(functions.find, kin(spec.name)):
                if other is not None and getattr(other, field) not in ("", text):
                    label = f"{other.name} for {spec.name}"
                    yield Mutant("functions", spec.name, field, (), label, text, getattr(other, field))


def template_errors(text: str) -> Iterator[tuple[str, str]]:
    """The same in a text with slots, which is printed: (label, text)."""
    yield "sign", f"-{text}"
    yield "coefficient doubled", f"2 {text}"
    yield "squared", f"{text}^{{2}}"
    slots = sorted(set(re.findall(r"[#@][\d*]", text)))
    for slot in slots:
        yield f"dropped {slot}", text.replace(slot, "")
        if slot[0] == "@":
            yield f"brackets of {slot}", text.replace(slot, "#" + slot[1:])
        yield f"sign of {slot}", text.replace(slot, f"-{slot}")
    for first, second in itertools.combinations(slots, 2):
        yield f"swapped {first}, {second}", text.replace(first, "$").replace(second, first).replace("$", second)


FIELDS = tuple(name for name in FunctionSpec.__slots__ if name not in ("arity", "is_variadic"))


def changed_row(spec: FunctionSpec, mutant: Mutant) -> FunctionSpec:
    """The row with the error in it."""
    values = {name: getattr(spec, name) for name in FIELDS}
    new: Any = mutant.after
    if mutant.field == "continuous":
        new = not spec.continuous
    elif mutant.place:
        new = _replaced(values[mutant.field], mutant.place, mutant.after)
    values[mutant.field] = new
    return FunctionSpec(values.pop("name"), **values)


def _replaced(old: Any, place: Path, text: str) -> Any:
    """A field with another text at a place: in a tuple, in a tuple of pairs, or among arguments in one text."""
    if not place:
        return text
    parts = old.split(", ") if isinstance(old, str) else list(old)
    parts[place[0]] = _replaced(parts[place[0]], place[1:], text)
    return ", ".join(parts) if isinstance(old, str) else tuple(parts)


# What is remembered of a row between two uses of it.
CACHES: tuple[dict[Any, Any], ...] = (
    evaluation._scalar,
    precise._functions,
    signs._ranges,
    local._by_cases,
    templates._derivatives,
    interop_sympy._compiled,
)


@contextlib.contextmanager
def row_in_place(spec: FunctionSpec, other: FunctionSpec) -> Iterator[None]:
    """The other row under all names of the first, with nothing remembered of either before and after."""
    names = [name for name, row in functions._BY_NAME.items() if row is spec]

    def serve(row: FunctionSpec) -> None:
        functions._BY_NAME.update(dict.fromkeys(names, row))
        functions._ROWS[spec.name] = row
        for cache in CACHES:
            cache.clear()

    serve(other)
    try:
        yield
    finally:
        serve(spec)


# ---- expressions that use a row ------------------------------------------------------------------------------------

Way = Callable[[Expr], Expr]  # a function of one variable, made from a row by holding its other arguments

SLOPE_FIELDS = ("derivative", "defined_as", "python", "mpmath", "defaults", "at_kink")


def ways(spec: FunctionSpec) -> Iterator[Way]:
    """The row as a function of each of its arguments, the others held at letters and at numbers."""
    fixed = len(spec.params) - spec.is_variadic
    count = fixed + (3 if spec.is_variadic else 0)
    whole = [i for i in range(fixed) if not spec.derivative[i]]  # n of polygamma, k of softmax: whole numbers
    for i in range(count):
        if i in whole:
            continue
        for number in (1, 2) if whole else (1,):
            for others in ([Y, Z], [_whole(1), _whole(2)]) if count > 1 else ([],):
                rest = iter(others)
                held = [_whole(number) if k in whole else X if k == i else next(rest) for k in range(count)]
                yield lambda u, held=held, i=i: Call(spec.name, *held[:i], u, *held[i + 1 :])  # type: ignore[misc]
    if fixed == count == 2 and not whole:
        yield lambda u: Call(spec.name, u, u**2 + 1)
    if spec.defaults:
        yield lambda u: Call(spec.name, u)


def slope_jobs(way: Way) -> list[Expr]:
    """Functions whose derivative uses that of the row."""
    return [way(X), way(2 * X), X * way(X), way(X**2), way(1 - X / 2), way(3 * X + 1)]


def stated_jobs(way: Way, ends: Iterable[Expr]) -> list[Expr]:
    """Functions whose simplification or conditions use what the row says beside the derivative; `ends` of its range."""
    f, g = way(X), way(Y)
    found = [X * way(-X), X * way(-2 * Y), X * (way(-Y) - g), X * (way(-Y) + g), Call("ln", f), Call("sqrt", f**2)]
    for end in ends:
        u, v = sub(f, end), sub(g, end)
        found += [abs(u), X * abs(v), X * Call("sign", v), X * Call("ln", v), X * Call("sqrt", v), X / v]
    return found


def ends_of(*rows: FunctionSpec) -> list[Expr]:
    """0, and the numbers that the ranges of the rows compare with."""
    found: list[Expr] = [ZERO]
    for row in rows:
        if row.range:
            for node in topological(templates.template(row.range, ("y",)).expr):
                found += [side for side in node.args if isinstance(node, Relation) and not free_symbols(side)]
    return list(dict.fromkeys(found))


def uses(row: FunctionSpec, spec: FunctionSpec) -> bool:
    """Whether another row has the function in its derivative."""
    return row is not spec and any(re.search(rf"\b{spec.name}\(", text) for text in row.derivative)


def function_jobs(spec: FunctionSpec, mutant: Mutant) -> list[Expr]:
    """What is differentiated by x while a mutant of that row is in place."""
    found = list(ways(spec))
    if mutant.field == "defined_as":  # said in a note where the function comes up in the derivative of another
        found += [way for row in functions.all_functions() if uses(row, spec) for way in itertools.islice(ways(row), 1)]
    if mutant.field in SLOPE_FIELDS:
        return [job for way in found for job in slope_jobs(way)]
    if mutant.field == "special_values":
        i = mutant.place[0]
        jobs = []
        for row in (changed_row(spec, mutant), spec):
            *at, value = [templates.template(text, ()).expr for text in ", ".join(row.special_values[i]).split(", ")]
            jobs += [X * (Call(spec.name, *at) - value), X * Call(spec.name, *at)]
        return jobs
    ends = ends_of(spec, changed_row(spec, mutant))
    return [*stated_jobs(found[0], ends), *(job for way in found for job in slope_jobs(way))]


# ---- rules ---------------------------------------------------------------------------------------------------------

NINE = "*".join(f"(x + {k})" for k in range(1, 10))
# Functions of x, y and z in which the rule is used last, in each of its shapes.
RULE_EXAMPLES: dict[str, tuple[str, ...]] = {
    "constant": ("y", "x + 3"),
    "identity": ("x",),
    "sum": ("x^2 + sin(x)", "y + sin(x)", "sin(x) + y", "x^2 + sin(x) + e^x", "x^2 + y + e^x"),
    "difference": ("x^2 - sin(x)", "y - sin(x)", "sin(x) - y"),
    "negative": ("-sin(x)", "-x^2"),
    "constant-multiple": ("3*sin(x)", "y*x^2", "sin(x)*y", "2*y*sin(x)"),
    "constant-divisor": ("sin(x)/3", "x^2/y", "sin(x)/(y + 1)"),
    "product": ("x*sin(x)", "x^2*e^x", "x*sin(x)*e^x", "y*x*sin(x)", "sin(x)*cos(x)", NINE),
    "quotient": ("sin(x)/x", "x/(1 + x^2)", "e^x/sin(x)", "(x^2 + 1)/(x - 3)"),
    "reciprocal": ("1/sin(x)", "y/x", "3/(1 + x^2)", "1/x^2"),
    "power": ("x^2", "x^3", "sin(x)^3", "x^y", "(1 + x^2)^(1/2)", "(2 + sin(x))^(-2)", "(2*x + 1)^y"),
    "exponential": ("e^x", "e^(x^2)", "2^x", "(y^2 + 1)^(x^2)", "2^sin(x)"),
    "logarithmic": ("x^x", "(1 + x^2)^sin(x)", "(2 + sin(x))^x"),
    "chain": ("sin(x^2)", "exp(3*x)", "atan2(x^2, sin(x))", "ln(1 + x^2)", "beta(x^2 + 1, x^2 + 2)"),
    "table": ("sin(x)", "exp(x)", "ln(x)", "tanh(x)"),
    "piecewise": (
        "{x^2: x < 0; x^3: x >= 0}", "{sin(x): x < 1; x: otherwise}", "{x*y: x > y; x^2: otherwise}",
        "{x^2: y < 0; x^3: otherwise}", "{sin(x): x < 0; x: x < 2; x^2: otherwise}",
    ),
    "extremum": ("max(x, x^2)", "min(x, 1)", "max(x, y, 2*x)", "max(sin(x), y)", "min(x^2, y)", "max(x*y, y)"),
    "index-sum": ("sum(x^i, i, 1, 3)", "sum(i*sin(x), i, 1, y)"),
    "vector": ("[x, x^2]", "[sin(x), y, e^x]"),
    "none": (),
}  # fmt: skip


def rule_applications(rule: DiffRule) -> list[Application]:
    """The last application of the rule in each of its examples."""
    found = []
    for text in RULE_EXAMPLES[rule.name]:
        record: list[Application] = []
        forward(cm.parse(text), X, record)
        found += [item for item in record if item.rule is rule][-1:]
    return found


def operands(item: Application) -> set[Expr]:
    """What a rule was given: in its result these parts are not its own."""
    return {*item.node.args, *(slope for slope in item.d if slope is not None)}


LETTERS = ("u", "v", "w", "c", "n", "a", "i", "x")


def statement_side(text: str) -> Expr:
    """The right-hand side of a statement, with a name for each derivative and function in it."""
    text = text.split(" = ", 1)[1].replace("f'(u)", "fp").replace("f'(x)", "fp")
    text = re.sub(r"\bd\((\w)\)", r"d\1", text).replace(": p;", ": x < 1;").replace(": q}", ": x >= 1}")
    return cm.parse(text, symbols=[*LETTERS, *(f"d{letter}" for letter in LETTERS), "fp"])


def rule_mutants(rule: DiffRule) -> Iterator[Mutant]:
    """Every small error in what a rule returns, and in what it says."""
    seen: set[tuple[Path, str]] = set()
    for number, item in enumerate(rule_applications(rule)):
        for path, label, changed in errors_in(item.result, operands(item)):
            if (path, label) not in seen:
                seen.add((path, label))
                before = f"d({item.node}) = {item.result}"
                yield Mutant("rules", rule.name, "apply", (number, *path), label, before, str(changed))
    for path, label, changed in errors_in(statement_side(rule.statement)):
        yield Mutant("rules", rule.name, "statement", path, label, rule.statement, str(changed))
    if rule.where:
        for path, label, changed in errors_in(condition_of(rule.where)):
            yield Mutant("rules", rule.name, "where", path, label, rule.where, str(changed))


@contextlib.contextmanager
def rule_in_place(rule: DiffRule, mutant: Mutant) -> Iterator[None]:
    """The rule with the error in what it returns or says."""
    original, field = getattr(rule, mutant.field), mutant.field

    def apply(node: Expr, d: list[Expr | None]) -> Expr:
        result: Expr = original(node, d)
        given = operands(Application(node, rule, d, result))
        return with_error(result, mutant.place[1:], mutant.label, given) or result

    left = rule.statement.split(" = ", 1)[0]
    setattr(
        rule, field, apply if field == "apply" else f"{left} = {mutant.after}" if field == "statement" else mutant.after
    )
    try:
        yield
    finally:
        setattr(rule, field, original)


# ---- rewrites ------------------------------------------------------------------------------------------------------


class Rewrite(NamedTuple):
    """A rewrite that is code: where its function stands, what it returns, and functions in which it is used."""

    home: Any
    name: str
    returns: str  # "tree", "terms", "call" for terms of a function value, or "steps"
    examples: tuple[str, ...]

    def get(self) -> Callable[..., Any]:
        """The function."""
        return self.home[self.name] if isinstance(self.home, dict) else getattr(self.home, self.name)  # type: ignore[no-any-return]

    def set(self, function: Callable[..., Any]) -> None:
        """Put another function in its place."""
        if isinstance(self.home, dict):
            self.home[self.name] = function
        else:
            setattr(self.home, self.name, function)


_E = "1/(1 + exp(-x))"
REWRITES: dict[str, Rewrite] = {
    "related-functions": Rewrite(
        simplification, "related_functions", "tree",
        ("x*(2*sigmoid(2*y) - tanh(y))", "x*(3 + tanh(y) - 2*sigmoid(2*y))"),
    ),
    "in-sines": Rewrite(
        simplification, "in_sines", "tree", ("x*tan(y)*cos(y)", "x*sec(y)*cot(y)*sin(y)", "x*csc(y)*sin(y)")
    ),
    "cosine-doubled": Rewrite(
        strategies, "cosine_doubled", "terms", ("x*(cos(y)^2 - sin(y)^2)", "x*(3*cos(2*y)^2 - 3*sin(2*y)^2)")
    ),
    "sine-doubled": Rewrite(strategies, "sine_doubled", "terms", ("x*sin(y/2)*cos(y/2)", "x*sin(3*y/2)*cos(3*y/2)/2")),
    "powers-joined": Rewrite(strategies, "powers_joined", "terms", ("x*2^y*3^y", "x*6^y/2^y", "x*2^(3*y)*5^(3*y)")),
    "logarithms-joined": Rewrite(
        strategies, "logarithms_joined", "terms", ("x*(ln(6) - ln(2))", "x*y*ln(3) + x*y*ln(5)", "x*(2*ln(3) - ln(7))")
    ),
    "roots-of-squares": Rewrite(
        strategies, "roots_of_squares", "terms",
        ("x*sqrt(3 + 2*sqrt(2))", "x*sqrt(5 - 2*sqrt(6))", "x*sqrt(7 + 4*sqrt(3))")
    ),
    "recognise": Rewrite(own_terms, "recognise", "tree", (_E, "ln(1 + e^x)", "(e^x - e^(-x))/(e^x + e^(-x))")),
    "in-terms-of": Rewrite(
        own_terms, "in_terms_of", "tree",
        ("e^x/(e^x + e^y)", "e^(-(x - y)^2/(2*z^2))/(z*sqrt(2*pi))", "e^(-(x - 1)^2/8)/sqrt(8*pi)"),
    ),
    "sigmoid-steps": Rewrite(own_terms, "sigmoid_steps", "steps", (_E, "1/(1 + exp(-3*x))")),
    "sigmoid(-u)": Rewrite(
        reduce._CALLS, "sigmoid", "call", ("x*sigmoid(-y)", "x*sigmoid(-2*y) + x*sigmoid(2*y)", "x*sigmoid(-y*z)")
    ),
    "abs(u*v)": Rewrite(
        reduce._CALLS, "abs", "call", ("x*abs(-3*y)", "x*abs(y*z)", "x*abs(y^2*z)", "x*abs(e^y)", "x*abs(y^3)")
    ),
    "sign(u*v)": Rewrite(
        reduce._CALLS, "sign", "call", ("x*sign(-3*y)", "x*sign(y*z)", "x*sign(y^3)", "x*sign(y*e^z)", "x*sign(2*e^z)")
    ),
    "ln(e^u)": Rewrite(reduce._CALLS, "ln", "call", ("x*ln(e^y)", "x*ln(e^(2*y))", "x*ln(e^3)", "x*ln(e^(y + z))")),
}  # fmt: skip


def trees_of(returned: Any, kind: str) -> list[Expr]:
    """What a rewrite returned, as trees; it may stand beside the row that says why."""
    if kind == "steps":
        return [step.focus_after for step in returned]
    found = returned[1] if isinstance(returned, tuple) else returned
    if found is None:
        return []
    return [found if kind == "tree" else canonical(found)]


def with_tree(returned: Any, kind: str, number: int, tree: Expr) -> Any:
    """What a rewrite returned, with another tree in it."""
    if kind == "steps":
        return (*returned[:number], _other_step(returned[number], tree), *returned[number + 1 :])
    found = tree if kind == "tree" else terms_of(tree)
    return (returned[0], found) if isinstance(returned, tuple) else found


def source_of(rewrite: Rewrite, args: Sequence[Any]) -> Any:
    """What a rewrite says its result is equal to, as a tree."""
    if rewrite.returns == "steps":
        return None
    if rewrite.returns == "tree":
        return args[0]
    return make(Call, rewrite.name, (canonical(args[0][0]),)) if rewrite.returns == "call" else canonical(args[0])


def given_to(args: Sequence[Any]) -> set[Expr]:
    """The parts of what a rewrite was given: in what it returns these are not its own."""
    return {node for arg in args if isinstance(arg, Expr) for node in topological(arg)}


class Use(NamedTuple):
    """One use of a rewrite: what it was given, what it says its result is equal to, and its result as trees."""

    given: set[Expr]
    source: Expr | None
    trees: list[Expr]


def uses_of(rewrite: Rewrite) -> list[Use]:
    """The uses of the rewrite in its examples in which it changed something."""
    found: list[Use] = []
    original = rewrite.get()

    def noting(*args: Any) -> Any:
        returned = original(*args)
        trees = trees_of(returned, rewrite.returns)
        if trees and returned is not args[0]:
            found.append(Use(given_to(args), source_of(rewrite, args), trees))
        return returned

    rewrite.set(noting)
    try:
        for text in rewrite.examples:
            _ = cm.derive(cm.parse(text), X).forms  # which are looked for when they are asked for
    finally:
        rewrite.set(original)
    return found


def rewrite_mutants(name: str, rewrite: Rewrite) -> Iterator[Mutant]:
    """Every small error in what a rewrite returned for its examples."""
    seen: set[tuple[Path, str]] = set()
    for given, source, trees in uses_of(rewrite):
        for number, tree in enumerate(trees):
            for path, label, changed in errors_in(tree, given):
                place = (number, *path)
                if (place, label) not in seen:
                    seen.add((place, label))
                    before = str(tree) if source is None else f"{source} = {tree}"
                    yield Mutant("rewrites", name, "returns", place, label, before, str(changed))


def rewrite_jobs(rewrite: Rewrite, mutant: Mutant) -> list[Expr]:
    """The examples; and the difference of the two sides, which the mutant makes 0."""
    found = [cm.parse(text) for text in rewrite.examples]
    if " = " in mutant.before:
        source = cm.parse(mutant.before.split(" = ")[0])
        found.append(X * (source - cm.parse(mutant.after)) if X not in free_symbols(source) else source)
    return found


@contextlib.contextmanager
def rewrite_in_place(rewrite: Rewrite, mutant: Mutant) -> Iterator[None]:
    """The rewrite with the error in what it returns."""
    original = rewrite.get()
    number, path = mutant.place[0], mutant.place[1:]
    busy = False  # reading a changed result may use the rewrite again

    def changed(*args: Any) -> Any:
        nonlocal busy
        returned = original(*args)
        trees = trees_of(returned, rewrite.returns)
        if busy or number >= len(trees) or returned is args[0]:
            return returned
        new = with_error(trees[number], path, mutant.label, given_to(args))
        if new is None:
            return returned
        busy = True
        try:
            return with_tree(returned, rewrite.returns, number, new)
        finally:
            busy = False

    rewrite.set(changed)
    try:
        yield
    finally:
        rewrite.set(original)


def _other_step(step: Step, after: Expr) -> Step:
    return Step(
        step.kind,
        rule=step.rule,
        title=step.title,
        statement=step.statement,
        why=step.why,
        focus_before=step.focus_before,
        focus_after=after,
        result=after,
    )


# ---- rules of algebra ----------------------------------------------------------------------------------------------

# Tables of rows that are looked up, by their names in calcml.algebra.rules; and what a key says in those that have
# keys like (f, g, sign), (f, g) or (outer, inner).
TABLES: dict[str, dict[Any, AlgebraRule]] = {
    name: table
    for name, table in vars(algebra).items()
    if isinstance(table, dict) and any(isinstance(row, AlgebraRule) for row in table.values())
}
LEFT_SIDES = {"SQUARES": "{0}(u)^2 + {2}*{1}(u)^2", "QUOTIENTS": "{}(u)/{}(u)", "COMPOSITIONS": "{}({}(u))"}
ALGEBRA_BY_NAME = {row.name: row for row in algebra.ALGEBRA_RULES}


def keys_beside(key: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Wrong keys: functions swapped, another function, another sign."""
    f, g, *rest = key
    yield "swapped", (g, f, *rest)
    yield from ((f"{other} for {f}", (other, g, *rest)) for other in kin(f) if other != g)
    yield from ((f"{other} for {g}", (f, other, *rest)) for other in kin(g) if other != f)
    if rest:
        yield "sign", (f, g, -rest[0])
        yield "coefficient doubled", (f, g, 2 * rest[0])


def place_of(row: AlgebraRule) -> tuple[str, Any]:
    """The table in which a row is looked up, and its key there; "" for a row that names a strategy."""
    for name, table in TABLES.items():
        for key, found in table.items():
            if found is row:
                return name, key
    return "", None


def algebra_mutants(row: AlgebraRule) -> Iterator[Mutant]:
    """Every small error in what a row says its left side is equal to, where it says so, and what it is found by."""
    left, right = row.sides
    for path, label, changed in errors_in(algebra_text(right)):
        yield Mutant("algebra", row.name, "statement", path, label, row.statement, f"{left} = {changed}")
    if row.where:
        for path, label, changed in errors_in(condition_of(row.where)):
            yield Mutant("algebra", row.name, "where", path, label, row.where, str(changed))
    table, key = place_of(row)
    for label, other in keys_beside(key) if table in LEFT_SIDES else ():
        changed_left = LEFT_SIDES[table].format(*other)
        yield Mutant("algebra", row.name, "key", (), label, row.statement, f"{changed_left} = {right}")


def algebra_text(text: str) -> Expr:
    """A side or a condition of a row, as a tree."""
    return cm.parse(text, symbols=ALGEBRA_LETTERS)


@contextlib.contextmanager
def algebra_in_place(row: AlgebraRule, mutant: Mutant) -> Iterator[None]:
    """The row with the error, in its table and under its name in every module that uses it."""
    field = "statement" if mutant.field == "key" else mutant.field
    other = row._replace(**{field: mutant.after})
    name, key = place_of(row)
    table = TABLES.get(name, {})
    original = dict(table)
    modules = [module for module_name, module in list(sys.modules.items()) if module_name.startswith("calcml.")]
    named = [(module, name) for module in modules for name, value in vars(module).items() if value is row]
    if table:
        del table[key]
        table[dict(keys_beside(key))[mutant.label] if mutant.field == "key" else key] = other
    for module, name in named:
        setattr(module, name, other)
    try:
        yield
    finally:
        table.clear()
        table.update(original)
        for module, name in named:
            setattr(module, name, row)


def algebra_jobs(row: AlgebraRule, mutant: Mutant) -> list[Expr]:
    """Functions that contain a side of the row, and the difference of the sides, which the mutant makes 0."""
    found: list[Expr] = []
    for statement in dict.fromkeys((row.statement, row.statement if mutant.field == "where" else mutant.after)):
        left, right = (algebra_text(side) for side in statement.split(" = "))
        letters = sorted(free_symbols(left, right), key=str)
        still = dict(zip(letters, (Y, Z, *map(Symbol, "stuv")), strict=False))
        for side in (left, left - right):
            found += [X * cm.substitute(side, still), cm.substitute(side, {**still, letters[-1]: X})]
    return found


# ---- all mutants ---------------------------------------------------------------------------------------------------


def all_mutants(names: Sequence[str] = ()) -> list[Mutant]:
    """Every mutant, in the order of the tables; `names`: of those rows only."""
    found: list[Mutant] = []
    for spec in functions.all_functions():
        if not names or spec.name in names:
            found += function_mutants(spec)
    for rule in RULES:
        if not names or rule.name in names:
            found += rule_mutants(rule)
    for name, rewrite in REWRITES.items():
        if not names or name in names:
            found += rewrite_mutants(name, rewrite)
    for row in algebra.ALGEBRA_RULES:
        if not names or row.name in names:
            found += algebra_mutants(row)
    return found


RULES_BY_NAME = {rule.name: rule for rule in RULES}


def in_place(mutant: Mutant) -> contextlib.AbstractContextManager[None]:
    """The mutant instead of the original, for as long as the block lasts."""
    if mutant.table == "functions":
        spec = row_of(mutant.row)
        return row_in_place(spec, changed_row(spec, mutant))
    if mutant.table == "rules":
        return rule_in_place(RULES_BY_NAME[mutant.row], mutant)
    if mutant.table == "algebra":
        return algebra_in_place(ALGEBRA_BY_NAME[mutant.row], mutant)
    return rewrite_in_place(REWRITES[mutant.row], mutant)


def row_of(name: str) -> FunctionSpec:
    """The row of that name."""
    spec = functions.find(name)
    assert spec is not None
    return spec


def jobs_for(mutant: Mutant) -> list[Expr]:
    """What is differentiated by x while the mutant is in place."""
    if mutant.table == "functions":
        return function_jobs(row_of(mutant.row), mutant)
    if mutant.table == "algebra":
        return algebra_jobs(ALGEBRA_BY_NAME[mutant.row], mutant)
    if mutant.table == "rules":
        return [cm.parse(text) for text in RULE_EXAMPLES[mutant.row]]
    return rewrite_jobs(REWRITES[mutant.row], mutant)


# ---- judging -------------------------------------------------------------------------------------------------------


class Seen(NamedTuple):
    """What became of one derivation: held, rejected or stopped; the result as text, or the reason.

    dropped: guesses at a name that failed their check. claims: the result, then its other forms. conditions: where
    it is said to hold. said: the notes, and the statements of the rules.
    """

    status: str
    text: str
    dropped: int = 0
    claims: tuple[Expr, ...] = ()
    conditions: tuple[Expr, ...] = ()
    said: tuple[str, ...] = ()


UNCHECKED = ": a step is not checked"
FEW = 18  # functions that are differentiated for a mutant which another check has caught


class CountedError(InvariantError):
    """A failed check, counted: `recognise` guesses, and drops a guess that fails its check."""

    made = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        CountedError.made += 1
        super().__init__(*args, **options)


def derived(f: Expr) -> Seen:
    """The derivation of f by x, as the main job makes it."""
    before = CountedError.made
    verify.InvariantError = CountedError  # type: ignore[attr-defined]
    try:
        with time_limit(SECONDS):
            derivation = cm.derive(f, X)
            steps = [*derivation.all_steps(), *(step for form in derivation.forms for step in form.steps)]
            claims = (derivation.result, *(form.expr for form in derivation.forms))
            text = " = ".join(map(str, claims)) + "".join(f", {condition}" for condition in derivation.conditions)
    except (InvariantError, TimeLimitError) as error:
        return Seen("rejected" if isinstance(error, InvariantError) else "stopped", str(error))
    except Exception as error:  # whatever it is, nothing wrong is shown
        return Seen("stopped", f"{type(error).__name__}: {error}")
    finally:
        verify.InvariantError = InvariantError  # type: ignore[attr-defined]
    dropped = CountedError.made - before
    if any(step.check is None or not step.check.holds for step in steps):
        return Seen("rejected", f"{text[:100]}{UNCHECKED}", dropped)
    said = (*derivation.notes, *sorted({step.statement for step in steps}))
    return Seen("held", text, dropped, claims, derivation.conditions, said)


_originals: dict[Expr, Seen] = {}


def original_of(f: Expr) -> Seen:
    """The derivation with every row as it is."""
    found = _originals.get(f)
    if found is None:
        found = _originals[f] = derived(f)
    return found


CHECKERS = ("row check", "rule check", "derivation")
DERIVED = {"derivative", "parity", "apply", "returns", "statement", "key"}


def judge(mutant: Mutant) -> Verdict:
    """Run the checks with the mutant in place, and compare values where it is not caught."""
    found, checker = "", "row check" if mutant.table == "functions" else "rule check"
    with contextlib.suppress(CalcmlError, ValueError, SyntaxError), in_place(mutant):
        found = checked(mutant)
    if found and mutant.field not in DERIVED:
        return Verdict(mutant, "caught", found, (checker,))
    verdict = judge_by_derivations(mutant, found)
    if not found:
        return verdict
    return Verdict(mutant, "caught", found, (checker, *verdict.by))


def checked(mutant: Mutant) -> str:
    """What the check of the row or the rule finds, with the mutant in place; "" where it finds nothing."""
    if mutant.table == "functions":
        found: Iterable[object] = check_row(row_of(mutant.row), {mutant.field})
    elif mutant.table == "rules":
        cases = check_cases() if mutant.row in ("piecewise", "extremum") else ()
        found = itertools.chain(check_rule(RULES_BY_NAME[mutant.row]), cases)
    elif mutant.table == "algebra":
        row = ALGEBRA_BY_NAME[mutant.row]._replace(**{mutant.field.replace("key", "statement"): mutant.after})
        keys = check_keys([row.name]) if mutant.field == "key" else ()
        found = itertools.chain(keys, check_algebra(row))
    else:
        return ""
    try:
        with time_limit(SECONDS):
            return str(next(iter(found), ""))[:200]
    except (TimeLimitError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"


def judge_by_derivations(mutant: Mutant, found: str) -> Verdict:
    """Differentiate with the mutant in place until it is caught; where nothing was `found`, compare values."""
    jobs = jobs_for(mutant)
    pairs = [(job, original_of(job)) for job in (jobs[:: len(jobs) // FEW + 1] if found else jobs)]
    usable = ("held", "stopped") if mutant.field == "special_values" else ("held",)  # ln(-1) has no value: it stays so
    differing: list[tuple[Expr, Seen, Seen]] = []
    stopped = ""
    try:
        with in_place(mutant):
            for job, before in pairs:
                if before.status not in usable:
                    continue
                after = derived(job)
                if after.status == "rejected" or after.dropped > before.dropped:
                    return Verdict(mutant, "caught", f"d/dx {job}: {after.text}"[:200], ("derivation",))
                if after.status == "stopped":
                    stopped = stopped or f"d/dx {job}: {after.text}"[:200]
                elif after.text != before.text or new_in(before, after):
                    differing.append((job, before, after))
    except (CalcmlError, ValueError, SyntaxError) as error:  # the row cannot be read at all
        stopped = f"{type(error).__name__}: {error}"
    if found:
        return Verdict(mutant, "caught", found)
    if is_equivalent(mutant):
        return Verdict(mutant, "equivalent", "")
    for job, before, after in differing:
        if not says_the_same(before, after):
            return Verdict(mutant, "wrong", f"d/dx {job} = {'; '.join([after.text, *new_in(before, after)])}"[:300])
    if stopped:
        return Verdict(mutant, "stopped", stopped)
    if differing:
        return Verdict(mutant, "weaker", f"d/dx {differing[0][0]} = {differing[0][2].text}"[:300])
    return Verdict(mutant, "unseen", "")


# What rows say as they are: the statements of rules, and the notes on kinks.
SAID_BY_ROWS = {rule.statement for rule in RULES} | {row.statement for row in algebra.ALGEBRA_RULES}
SAID_BY_ROWS |= {f"{row.name}: {row.note}" for row in functions.all_functions()}


def new_in(before: Seen, after: Seen) -> list[str]:
    """What is said beside the second result, was not said beside the first, and is said by no row as it is."""
    return [text for text in after.said if text not in before.said and text not in SAID_BY_ROWS]


def says_the_same(before: Seen, after: Seen) -> bool:
    """Whether two results have the same values under the same conditions, and say the same of rules and kinks."""
    if new_in(before, after):
        return False
    with mpmath.workdps(DIGITS + 30):
        a, b = (make(And, None, (TRUE, TRUE, *seen.conditions)) for seen in (before, after))
        try:
            return same_trees(a, b, "conditions") and all(
                same_trees(before.claims[0], claim, "result", before.conditions) for claim in after.claims
            )
        except NOT_EVALUATED:
            return False


# ---- equal values --------------------------------------------------------------------------------------------------


def special_points(count: int) -> Iterator[Point]:
    """Where borders and kinks lie, small numbers first: halves and multiples of pi/6; combinations of a few of them."""
    if count == 1:
        halves = sorted((mpmath.mpf(k) / 2 for k in range(-14, 15)), key=abs)
        yield from ((number,) for number in [*halves, *(mpmath.pi * k / 6 for k in range(-12, 13) if k)])
    else:
        few = (0, 1, -1, 2, -2, mpmath.mpf(1) / 2, 3, -3, 4, -4, 6, mpmath.mpf(3) / 2) if count == 2 else (0, 1, -1, 2)
        yield from itertools.product(map(mpmath.mpf, few), repeat=count)


def points(name: str, count: int, whole: Sequence[int] = ()) -> Iterator[Point]:
    """Points of that many numbers: special ones and random ones in turn; at the places `whole`, numbers from 1 to 3."""
    rng = random.Random(name)
    special = special_points(count - len(whole))
    for turn in range(MANY):
        drawn = [mpmath.mpf(rng.randint(-(4 * 10**12), 4 * 10**12)) / 10**12 for _ in range(count - len(whole))]
        point = list(next(special, drawn)) if turn % 2 else drawn
        for i in whole:
            point.insert(i, mpmath.mpf(1 + turn // 2 % 3))
        yield tuple(point)


def value_of(expr: Expr, values: dict[Expr, Any]) -> Any:
    """The value, with guard digits; None where there is none; a truth value of a condition, a list of a vector."""
    if isinstance(expr, (And, Or)):
        parts = [value_of(part, values) for part in expr.args]
        if isinstance(expr, And):
            return False if False in parts else None if None in parts else True
        return True if True in parts else None if None in parts else False
    if isinstance(expr, Vector):
        return [value_of(part, values) for part in expr.args]
    if isinstance(expr, Relation):
        left, right = (value_of(side, values) for side in expr.args)
        if left is None or right is None:
            return None
        gap = 0 if agrees(left, right) else left - right  # pi/2 is on the border cos(x) = 0
        return evaluation.RELATION_TESTS[expr.data](gap, 0)
    value = precise.PreciseProgram(expr).run(values)
    return None if value is None or isinstance(value, complex) or not mpmath.isfinite(value) else value


def value_at(expr: Expr, symbols: Sequence[Expr], point: Point) -> Any:
    """The value with these numbers for the symbols."""
    return value_of(expr, dict(zip(symbols, point, strict=True)))


def agrees(a: Any, b: Any) -> bool:
    """Whether two values are equal to 60 digits."""
    if isinstance(a, list):
        return isinstance(b, list) and all(map(agrees, a, b))
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(abs(a - b) <= mpmath.mpf(10) ** -DIGITS * max(abs(a), abs(b), 1))


def same_values(pairs: Iterable[tuple[Any, Any]]) -> bool:
    """Whether 50 pairs agree, and as many again where they are truth values: those change at single points.

    A pair in which the original has no value says nothing.
    """
    count = 0
    for original, changed in pairs:
        if original is None:
            continue
        if not agrees(original, changed):
            return False
        count += 1
        if count >= (BORDER_POINTS if isinstance(original, bool) else POINTS):
            return True
    return count >= POINTS


MANY, BORDER_POINTS = 3000, 140  # candidates for points; points for conditions
NOT_EVALUATED = (
    CalcmlError, ArithmeticError, ValueError, TypeError, KeyError, IndexError, SyntaxError, TimeLimitError,
)  # fmt: skip


def same_trees(a: Expr, b: Expr, name: str, conditions: Sequence[Expr] = ()) -> bool:
    """Whether two expressions agree at 50 points that the conditions allow and at which the first has a value."""
    symbols = sorted(free_symbols(a, b, *conditions), key=str)
    allowed = (p for p in points(name, len(symbols)) if all(value_at(part, symbols, p) for part in conditions))
    return same_values((value_at(a, symbols, p), value_at(b, symbols, p)) for p in allowed)


def is_equivalent(mutant: Mutant) -> bool:
    """Whether the mutant says what the original says: 60 digits, 50 points."""
    try:
        with mpmath.workdps(DIGITS + 30), time_limit(10 * SECONDS):
            if mutant.table == "functions":
                return _same_row(row_of(mutant.row), mutant)
            if mutant.table == "algebra":
                return _same_algebra(ALGEBRA_BY_NAME[mutant.row], mutant)
            return _same_rule(mutant) if mutant.table == "rules" else _same_rewrite(mutant)
    except NOT_EVALUATED:
        return False


def points_of(spec: FunctionSpec, anywhere: bool = False) -> Iterator[Point]:
    """Points of the row's domain, or of all numbers."""
    count = len(spec.params) + (2 if spec.is_variadic else 0)
    whole = [] if anywhere else [i for i, text in enumerate(spec.derivative) if not text]
    letters = letters_for(spec)
    needed = templates.fill_row(spec, spec.domain, letters) if spec.domain and not anywhere else None
    for point in points(spec.name, count, whole):
        if needed is None or value_at(needed, letters, point):
            yield point


def letters_for(spec: FunctionSpec) -> tuple[Expr, ...]:
    """A symbol for each argument."""
    count = len(spec.params) + (2 if spec.is_variadic else 0)
    return tuple(Symbol(f"q{i}") for i in range(1, count + 1))


def _same_row(spec: FunctionSpec, mutant: Mutant) -> bool:
    field, other = mutant.field, changed_row(spec, mutant)
    letters = letters_for(spec)
    f = make(Call, spec.name, letters)

    def at(expr: Expr, point: Point) -> Any:
        return value_at(expr, letters, point)

    if field == "derivative":
        fixed = len(spec.params) - spec.is_variadic
        (place,) = mutant.place
        positions = range(fixed, len(letters)) if spec.is_variadic and place == fixed else (place,)
        filled = [[templates.fill_derivative(row, letters, i) for row in (spec, other)] for i in positions]
        templates._derivatives.clear()
        return all(same_values((at(a, p), at(b, p)) for p in points_of(spec)) for a, b in filled)  # type: ignore[arg-type]
    if field in ("defined_as", "domain", "smooth", "at_kink"):
        a, b = (templates.fill_row(row, _text_at(row, mutant), letters) for row in (spec, other))
        if field == "at_kink":  # it says nothing elsewhere
            smooth = templates.fill_row(spec, spec.smooth, letters)
            numbers = [value_of(node, {}) for node in topological(smooth) if isinstance(node, Number)]
            beside = (p for point in points_of(spec) for p in beside_kinks(point, numbers) if at(f, p) is not None)
            if same_values((at(a, p), at(b, p)) for p in beside if at(smooth, p) is False):
                return True
        return same_values((at(a, p), at(b, p)) for p in points_of(spec, anywhere=field == "domain"))
    if field == "range":
        y = [Symbol("y")]
        a, b = (templates.template(row.range, ("y",)).expr for row in (spec, other))
        values = ((at(f, p),) for p in points_of(spec))
        return same_values((value_at(a, y, v), value_at(b, y, v)) for v in values if v != (None,))
    if field == "parity":
        factor = 1 if other.parity == "even" else -1
        return same_values((at(f, p), factor * at(f, (-p[0],))) for p in points_of(spec))
    if field == "period":
        shift = value_of(templates.template(other.period, ()).expr, {})
        return same_values((at(f, p), at(f, (p[0] + shift,))) for p in points_of(spec))
    if field == "special_values":
        arguments, value = (
            [value_of(templates.template(text, ()).expr, {}) for text in side.split(", ")]
            for side in other.special_values[mutant.place[0]]
        )
        mine = make(Call, spec.name, letters[: len(arguments)])
        got = value_at(mine, mine.args, tuple(arguments))
        return got is not None and agrees(got, value[0])
    if field == "defaults":
        a, b = (value_of(templates.template(text, ()).expr, {}) for text in (mutant.before, mutant.after))
        return agrees(a, b)
    if field in PRINTED:
        return _printed(spec) == _printed(other)
    return field in CODE and _same_code(spec, other, field)


def _printed(row: FunctionSpec) -> list[str]:
    """What a function value looks like, of letters and of differences."""
    found = []
    with row_in_place(row_of(row.name), row):
        for args in check_arguments(values_of(row)):
            f = make(Call, row.name, args)
            found += [cm.to_latex(f), cm.to_unicode(f)]
    return found


def beside_kinks(point: Point, numbers: Sequence[Any]) -> Iterator[Point]:
    """Points with one of these numbers, 0, another one or twice another one in a place: where kinks lie."""
    for i in range(len(point)):
        others = (k * other for other in point[:i] + point[i + 1 :] for k in (1, 2))
        for value in (0 * point[i], *numbers, *(-number for number in numbers), *others):
            yield (*point[:i], value, *point[i + 1 :])


def _text_at(row: FunctionSpec, mutant: Mutant) -> str:
    value = getattr(row, mutant.field)
    return value[mutant.place[0]] if mutant.place else value  # type: ignore[no-any-return]


def _same_code(spec: FunctionSpec, other: FunctionSpec, field: str) -> bool:
    """Python texts: floats that differ in the last two digits at most, or 60 digits with mpmath."""
    count = len(letters_for(spec))
    if field == "sympy":
        return _same_sympy(spec, other)
    names = {"mpmath": {"mp": mpmath}, "numpy": {"np": np, "special": arrays}}.get(field)
    a, b = (evaluation.compile_row(row, getattr(row, field), count, names) for row in (spec, other))

    def both() -> Iterator[tuple[Any, Any]]:
        for point in points_of(spec):
            args = point if field == "mpmath" else [float(value) for value in point]
            left, right = _value_or_none(a, args), _value_or_none(b, args)
            if field != "mpmath" and left is not None and right is not None:
                right = left if abs(left - right) <= 1e-14 * max(abs(left), abs(right)) else right
            yield left, right

    return same_values(both())


def _same_sympy(spec: FunctionSpec, other: FunctionSpec) -> bool:
    """The same by SymPy, of exact numbers."""
    letters = letters_for(spec)

    def both() -> Iterator[tuple[Any, Any]]:
        free = len(letters) - spec.derivative.count("")
        quarters = [mpmath.mpf(k) / 4 for k in (range(-60, 61) if free == 1 else range(-6, 10))]
        columns = [quarters if text else list(map(mpmath.mpf, (1, 2, 3))) for text in spec.derivative]
        columns += [quarters] * (len(letters) - len(columns))
        f = make(Call, spec.name, letters)
        inside = (point for point in itertools.product(*columns) if value_at(f, letters, point) is not None)
        for point in itertools.chain(inside, points_of(spec)):
            if all(4 * x == int(4 * x) for x in point):
                f = make(Call, spec.name, tuple(rational(int(4 * x), 4) for x in point))
                found = []
                for row in (spec, other):
                    with row_in_place(spec, row):
                        found.append(_value_or_none(lambda f=f: interop_sympy.number_by_sympy(f), ()))  # type: ignore[misc]
                yield found[0], found[1]

    return same_values(both())


def _value_or_none(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    try:
        value = function(*args)
        value = value.item() if isinstance(value, (np.ndarray, np.generic)) else value
    except (ArithmeticError, ValueError, TypeError, IndexError, NotImplementedError):
        return None
    return None if value is None or not mpmath.isfinite(value) else value


def _same_rule(mutant: Mutant) -> bool:
    rule = RULES_BY_NAME[mutant.row]
    if mutant.field != "apply":
        read = statement_side if mutant.field == "statement" else condition_of
        a, b = read(mutant.before), read(f"d = {mutant.after}" if mutant.field == "statement" else mutant.after)
        return same_trees(a, b, mutant.row)
    pairs = []
    for item in rule_applications(rule):
        changed = with_error(item.result, mutant.place[1:], mutant.label, operands(item))
        if changed is not None:
            pairs.append((item.result, changed))
    return bool(pairs) and all(same_trees(a, b, mutant.row) for a, b in pairs)


def _same_algebra(row: AlgebraRule, mutant: Mutant) -> bool:
    """Whether the changed statement is as true as the original: both sides equal where it says."""
    if mutant.field == "where":
        return same_trees(condition_of(mutant.before), condition_of(mutant.after), row.name)
    left, right = (algebra_text(side) for side in mutant.after.split(" = "))
    if mutant.field == "statement" and same_trees(algebra_text(row.sides[1]), right, row.name):
        return True
    return same_trees(left, right, row.name, [condition_of(row.where)] if row.where else [])


def _same_rewrite(mutant: Mutant) -> bool:
    number, path = mutant.place[0], mutant.place[1:]
    pairs = []
    for given, _, trees in uses_of(REWRITES[mutant.row]):
        changed = with_error(trees[number], path, mutant.label, given) if number < len(trees) else None
        if changed is not None:
            pairs.append((trees[number], changed))
    return bool(pairs) and all(same_trees(a, b, mutant.row) for a, b in pairs)


# ---- the run -------------------------------------------------------------------------------------------------------

STATUSES = ("caught", "stopped", "equivalent", "wrong", "weaker", "unseen")
SURVIVORS = STATUSES[3:]
BY = tuple(f"by {checker}" for checker in CHECKERS)


def judge_all(mutants: Sequence[Mutant], jobs: int) -> list[Verdict]:
    """All verdicts, in order, from that many processes."""
    if jobs < 2:
        return [judge(mutant) for mutant in mutants]
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        return pool.map(judge, mutants, chunksize=20)


def rate(counts: Counter[str]) -> float:
    """The share caught, or stopped, of what is not equivalent; 1 of nothing."""
    different = sum(counts.values()) - counts["equivalent"]
    return (counts["caught"] + counts["stopped"]) / different if different else 1.0


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Counts by field, and what survived."""
    fields: dict[str, Counter[str]] = defaultdict(Counter)
    rows: dict[str, set[str]] = defaultdict(set)
    by: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant, status, _, checkers in verdicts:
        for key in (f"{mutant.table}: {mutant.field}", "all"):
            fields[key][status] += 1
            rows[key].add(f"{mutant.table} {mutant.row}")
            by[key].update(checkers)
    table = {
        key: {
            "rows": len(rows[key]),
            "mutants": sum(counts.values()),
            **{status: counts[status] for status in STATUSES},
            **{f"by {checker}": by[key][checker] for checker in CHECKERS},
            "rate": rate(counts),
        }
        for key, counts in fields.items()
    }
    table["all"] = table.pop(
        "all",
        {
            "rows": 0,
            "mutants": 0,
            **dict.fromkeys(STATUSES, 0),
            **{f"by {checker}": 0 for checker in CHECKERS},
            "rate": 1.0,
        },
    )
    return {
        "digits": DIGITS,
        "points": POINTS,
        "fields": table,
        "caught_because_unchecked": sum(v.status == "caught" and v.why.endswith(UNCHECKED) for v in verdicts),
        **{status: listed(verdict for verdict in verdicts if verdict.status == status) for status in STATUSES[1:]},
    }


def listed(verdicts: Iterable[Verdict]) -> dict[str, dict[str, list[str]]]:
    """Mutants by field and original text: what the text became, and what was shown for it."""
    found: dict[str, dict[str, list[str]]] = {}
    for mutant, status, why, _ in verdicts:
        line = f"{mutant.after}  ({mutant.label})" + (f"; {why}" if status in ("wrong", "weaker") else "")
        found.setdefault(f"{mutant.table}: {mutant.row}.{mutant.field}", {}).setdefault(mutant.before, []).append(line)
    return found


def report(found: dict[str, Any], most: int) -> None:
    """The table, and the first survivors of each kind."""
    lines = []
    for key, counts in found["fields"].items():
        cells = [str(counts[name]) for name in ("rows", "mutants", *STATUSES, *BY)]
        lines.append([key, *cells, f"{100 * counts['rate']:.2f} %"])
    print_table(["field", "rows", "mutants", *STATUSES, *BY, "caught"], lines)
    for kind in SURVIVORS:
        texts_found = [
            f"{field}: {before}  ->  {after}"
            for field, originals in found[kind].items()
            for before, changed in originals.items()
            for after in changed
        ]
        print(f"\n{len(texts_found)} survivors, {kind}" + (":" if texts_found and most else ""))
        for text in texts_found[:most]:
            print("  " + text)
        if len(texts_found) > most:
            print(f"  … and {len(texts_found) - most} more")


def main(arguments: list[str] | None = None) -> int:
    """Judge all mutants, or a sample; 1 when too few were caught."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sample", type=int, help="judge that many, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--row", action="append", default=[], help="mutants of this row only; may be repeated")
    parser.add_argument("--field", action="append", default=[], help="mutants of this field only; may be repeated")
    parser.add_argument("--list", type=int, default=100, help="survivors to print, of each kind")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    mutants = [m for m in all_mutants(options.row) if not options.field or m.field in options.field]
    if options.sample is not None and options.sample < len(mutants):
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    found = summary(judge_all(mutants, options.jobs))
    report(found, options.list)
    if not options.no_save and options.sample is None and not options.row and not options.field:
        print(f"written to {save('mutants', found)}")
    return int(found["fields"]["all"]["rate"] < WANTED)


if __name__ == "__main__":
    sys.exit(main())
