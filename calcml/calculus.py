"""The operations people call: derive, diff, grad. Rules, algebra, checks and recognised forms put together.

The derivation is the computation. `forward` applies the rules and is recorded; the algebra brings the last line to
readable form; every step is checked by values; `diff` is the result of `derive`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calcml import functions
from calcml.algebra.rules import ASSUMED, BY_FORM
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.build import neg
from calcml.conditions import combined
from calcml.derivation import Derivation, Form, Step
from calcml.differentiation import (
    CONDITIONS,
    Application,
    differentiate,
    differentiate_all,
    forward,
    require_variable,
    resolve,
)
from calcml.domains import domain, is_continuous, kinks, opened, require_some_domain, requirements
from calcml.entries import written_out
from calcml.errors import DomainError, InputError, InvariantError, ShapeError
from calcml.expr import FALSE, ONE, ZERO, And, Call, Expr, Piecewise, Symbol, make
from calcml.forms import in_form
from calcml.heads import Derivative, Vector
from calcml.lines import Move
from calcml.recognise import in_terms_of, recognise, sigmoid_steps
from calcml.recording import differentiation_step
from calcml.sign import is_positive
from calcml.simplification import readable_moves
from calcml.simplification import simplify as readable
from calcml.templates import fill_row
from calcml.traverse import count_nodes, rewrite_bottom_up, topological
from calcml.verify import Verifier


def under(assuming: Assumptions, expr: Expr) -> Expr:
    """The expression with |u| and sign(u) settled where the assumptions settle the sign of u."""
    if not assuming.known:
        return expr

    def visit(node: Expr) -> Expr:
        if type(node) is Call and node.data in ("abs", "sign"):
            (u,) = node.args
            for sign, positive in ((ONE, u), (neg(ONE), neg(u))):
                if is_positive(positive, assuming.known):
                    return positive if node.data == "abs" else sign
        return node

    return rewrite_bottom_up(expr, visit)


def moves_under(assuming: Assumptions, expr: Expr, budget: Budget, pieces_of: Expr) -> list[Move]:
    """The rewritings to readable form; where |u| comes up and the sign of u is assumed, that is used too."""
    moves: list[Move] = []
    for _ in range(_ROUNDS):
        settled = under(assuming, expr)
        if settled is not expr:
            moves.append(Move(ASSUMED, expr, settled))
        elif moves:
            break
        moves += readable_moves(settled, budget, pieces_of)
        if not moves or moves[-1].after is expr:
            break
        expr = moves[-1].after
    return moves


_ROUNDS = 3  # a sign that is settled may bring out another one
LARGE = 3000  # nodes of a function; the derivative of a larger one is not searched for its best form
STEP_LIMIT = 2000  # nodes; a larger derivation is not recorded node by node but checked as a whole


def diff(f: Expr, x: Expr, order: int = 1, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The derivative in readable form, every step checked: the result of `derive`.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> diff((3*x + 1)**5, x)
    15*(3*x + 1)^4
    """
    return derive(f, x, order, assuming, budget).result


def derive(f: Expr, x: Expr, order: int = 1, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Derivation:
    """The derivative of a scalar expression by a symbol, with its steps, conditions and other forms.

    Errors: NoRuleError where no rule applies, InvariantError if a step fails its check (our bug).

    >>> from calcml.expr import symbols, Call
    >>> x = symbols("x")
    >>> derivation = derive(1/(1 + Call("exp", -x)), x)
    >>> derivation.result, [form.expr for form in derivation.forms]
    (exp(-x)/(1 + exp(-x))^2, [sigmoid(x)*(1 - sigmoid(x))])
    """
    require_variable(x)
    if order < 1:
        raise InputError(f"the order of a derivative is 1 or more, not {order}")
    problem = f
    f = resolve(f)
    if type(f) in CONDITIONS:
        raise InputError("a condition has no derivative", hint="differentiate one of its sides")
    if len(f.shape) > 1:
        raise ShapeError(f"a scalar is expected, and {f!r} has shape {f.shape}")
    f = written_out(f)
    typed = f
    require_some_domain(f)
    steps: list[Step] = []
    needed: list[Expr] = list(requirements(f, assuming.known, x))
    raw = f
    if count_nodes(f) > LARGE:
        return _derive_large(problem, f, x, order, assuming)
    for _ in range(order):
        record: list[Application] = []
        raw = forward(f, x, record)
        taken = differentiation_step(f, x, record, raw)
        steps.append(taken)
        moves = moves_under(assuming, raw, budget, typed)
        steps += map(algebra_step, moves)
        simplified = moves[-1].after if moves else raw
        needed += _kink_conditions(f, raw, simplified, x, assuming)
        _check(steps, f, x, record, needed, assuming)
        f = simplified
    conditions = combined([*needed, *requirements(f, assuming.known, x)], assuming.known)
    conditions = combined([opened(condition, x) for condition in conditions], assuming.known)
    if FALSE in conditions or FALSE in combined([*conditions, *assuming.conditions]):
        raise DomainError(
            "there is no real value for which this has a derivative", hint="its conditions exclude each other"
        )
    return Derivation(
        problem=problem,
        variable=x,
        order=order,
        steps=tuple(steps),
        raw=raw,
        result=f,
        conditions=conditions,
        notes=(*_notes(typed, conditions, x), *_definitions(typed, f)),
        forms=_other_forms(typed, x, order, f, conditions, budget),
    )


def _derive_large(problem: Expr, f: Expr, x: Expr, order: int, assuming: Assumptions) -> Derivation:
    """A derivative too large to be read: the raw result as one step, checked as a whole at a few points."""
    raw = differentiate(f, x, order)
    first = forward(f, x) if order > 1 else raw
    step = Step(
        "diff",
        rule="rules",
        title="All rules at once",
        statement="",
        why="The expression is too large for its steps to be read.",
        focus_before=Derivative(f, x),
        focus_after=first,
        result=first,
    )
    (step.check,) = Verifier([f], x, assuming.conditions, points_wanted=2).derivatives([(f, first)])
    needed = requirements(f, assuming.known, x)
    return Derivation(
        problem=problem,
        variable=x,
        order=order,
        steps=(step,),
        raw=raw,
        result=raw,
        conditions=combined(needed, assuming.known) if len(needed) < 50 else tuple(dict.fromkeys(needed)),
        notes=(),
        forms=(),
    )


def grad(f: Expr, variables: Iterable[Expr] | None = None, budget: Budget = DEFAULT) -> Expr:
    """The gradient as a column of shape (n,): one reverse sweep, each entry in readable form and checked.

    variables: the symbols, in order; default, all of them by name.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> grad(x**2 + 3*x*y + y**2)
    [2*x + 3*y, 3*x + 2*y]
    """
    chosen = list(variables) if variables is not None else sorted(free_symbols(f), key=lambda symbol: symbol.data)
    if not chosen:
        raise InputError("there is no variable to differentiate by")
    f = resolve(f)
    entries = [readable(entry, budget, pieces_of=f) for entry in differentiate_all(f, chosen)]
    needed = requirements(f)
    for variable, entry in zip(chosen, entries, strict=True):
        Verifier([f, entry], variable, needed).derivatives([(f, entry)])
    return Vector(*entries)


def algebra_step(move: Move) -> Step:
    """One rewriting of the whole line as a step; still to be checked."""
    return Step(
        "simplify",
        rule=move.rule.name,
        title=move.rule.title,
        statement=move.rule.statement,
        why=move.rule.explanation,
        focus_before=move.before,
        focus_after=move.after,
        result=move.after,
        bindings=() if move.taken is None else (("u", move.taken),),
    )


# ---- checks, conditions, notes -------------------------------------------------------------------------------------


def _check(
    steps: list[Step], f: Expr, x: Expr, record: list[Application], needed: Sequence[Expr], assuming: Assumptions
) -> None:
    """Check all steps of one order at shared points."""
    tree: list[Step] = []
    seen: set[int] = set()
    stack = [step for step in steps if step.check is None]
    while stack:
        step = stack.pop()
        if id(step) not in seen:
            seen.add(id(step))
            tree.append(step)
            stack.extend(step.children)
    slopes = [step for step in tree if step.kind == "diff"]
    if len(slopes) > STEP_LIMIT:
        slopes = [step for step in slopes if step.focus_before.args[0] is f]
    verifier = Verifier([f], x, [*assuming.conditions, *needed])
    inside = [step for step in slopes if not free_symbols(step.focus_before.args[0]) <= set(verifier.variables)]
    if inside:  # under a sum, whose index is a variable of its own there
        slopes = [step for step in slopes if step not in inside]
        bodies = [step.focus_before.args[0] for step in inside]
        for step, check in zip(
            inside, Verifier(bodies, x).derivatives([(s.focus_before.args[0], s.result) for s in inside]), strict=True
        ):
            step.check = check
    claims = [(step.focus_before.args[0], step.result) for step in slopes]
    for step, check in zip(slopes, verifier.derivatives(claims), strict=True):
        step.check = check
    algebra = [step for step in tree if step.kind != "diff"]
    pairs = [(step.focus_before, step.focus_after) for step in algebra]
    for step, check in zip(algebra, verifier.equalities(pairs), strict=True):
        step.check = check


def _kink_conditions(f: Expr, raw: Expr, g: Expr, x: Expr, assuming: Assumptions) -> list[Expr]:
    """Where f has a kink or a rule divided by zero, g need not be the derivative; if f and g are continuous, it is.

    (f is differentiable at a with f'(a) = lim g when f is continuous at a, differentiable around it, and f' = g has
    that limit: a corollary of the mean value theorem.)
    """
    found = [condition for condition, _ in kinks(f, x)]
    before = combined(requirements(f, assuming.known, x), assuming.known)
    found += [part for part in combined(requirements(raw, assuming.known, x), assuming.known) if part not in before]
    if not found or (is_continuous(g) and (is_continuous(f) or is_continuous(readable(f)))):
        return []
    return found


def _notes(f: Expr, conditions: tuple[Expr, ...], x: Expr) -> tuple[str, ...]:
    """The conventions at the kinks that are left in the conditions."""
    notes: list[str] = []
    left = set(conditions)
    outside = set(combined(requirements(f, None, x)))  # what is no kink but the border of the domain needs no note
    for condition, node in kinks(f, x):
        spec = functions.find(node.data)
        here = set(combined([condition]))
        if spec is not None and spec.note and left & here and not here <= outside:
            note = f"{spec.name}: {spec.note}"
            if note not in notes:
                notes.append(note)
    return tuple(notes)


# Functions that exist so that others have derivatives of every order: nobody knows them by name.
_HELPERS = frozenset({"sinc"})  # by group


def _definitions(f: Expr, result: Expr) -> tuple[str, ...]:
    """What the helper functions in the result are, where they were not typed."""
    typed = {node.data for node in topological(f) if type(node) is Call}
    found: list[str] = []
    for node in topological(result):
        spec = functions.find(node.data) if type(node) is Call else None
        if spec is not None and spec.group in _HELPERS and spec.defined_as and spec.name not in typed:
            found.append(f"{node} is {fill_row(spec, spec.defined_as, node.args)}")
    return tuple(found)


def _other_forms(
    f: Expr, x: Expr, order: int, result: Expr, conditions: tuple[Expr, ...], budget: Budget
) -> tuple[Form, ...]:
    """The result in terms of functions that f only wrote out: σ' = σ(1 − σ) for 1/(1 + e^(-x))."""
    named = recognise(f, conditions)
    if named is f or not _is_confirmed(f, named, x, conditions):
        return _own_form(f, x, result, conditions) if order == 1 else ()
    g = named
    for _ in range(order):
        g = readable(forward(g, x), budget, pieces_of=named)
    if g is result:
        return ()
    u = next((node.args[0] for node in topological(named) if type(node) is Call and node.data == "sigmoid"), None)
    steps = sigmoid_steps(result, u, g) if u is not None else ()
    if not steps:
        written = ", ".join(
            str(node) for node in topological(named) if type(node) is Call and node not in topological(f)
        )
        steps = (
            Step(
                "rewrite",
                rule="name",
                title="Write it with the function itself",
                statement=f"with {written}",
                why="A known function was written out; its derivative in its own terms is shorter.",
                focus_before=result,
                focus_after=g,
                result=g,
            ),
        )
    verifier = Verifier([f], x, conditions)
    for step, check in zip(steps, verifier.equalities([(s.focus_before, s.focus_after) for s in steps]), strict=True):
        step.check = check
    return (Form("self", g, steps),)


def _own_form(f: Expr, x: Expr, result: Expr, conditions: tuple[Expr, ...]) -> tuple[Form, ...]:
    """The derivative as a multiple of the function itself, where that is short: p(1 - p)."""
    g = None if result is ZERO else in_terms_of(f, result, x)
    if g is None or g is result:
        return ()
    step = Step(
        "rewrite",
        rule="name",
        title="Write it with the function itself",
        statement="",
        why="The function occurs in its own derivative.",
        focus_before=result,
        focus_after=g,
        result=g,
    )
    step.check = Verifier([f], x, conditions).equalities([(result, g)])[0]
    return (Form("self", g, (step,)),)


def _is_confirmed(f: Expr, named: Expr, x: Expr, conditions: tuple[Expr, ...]) -> bool:
    """Whether a recognised form has the values of what it was recognised in; a guess that fails is dropped."""
    try:
        return all(check.holds for check in Verifier([f], x, conditions).equalities([(f, named)]))
    except InvariantError:
        return False


def simplify(
    f: Expr, form: str = "auto", assuming: Assumptions = NOTHING, budget: Budget = DEFAULT, x: Expr | None = None
) -> Expr:
    """The expression in readable form, or the form asked for, with the value and the domain of `f`.

    form: auto, expanded, factored, collected, together, cancelled or apart. x: the variable that `collected` and
    `apart` are about; the only one, if there is one. Where the result is defined at more points than `f`, the
    conditions that were lost stay with it as a case, unless `assuming` settles them.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> simplify(2*x + 3*x), simplify(x/x), simplify((x + 1)**2, form="expanded")
    (5*x, {1: x != 0}, x^2 + 2*x + 1)
    """
    result = readable_form(f, assuming, budget) if form == "auto" else in_form(under(assuming, f), form, x)
    lost = lost_conditions(f, result, assuming)
    if not lost:
        return result
    return Piecewise((result, lost[0] if len(lost) == 1 else make(And, None, lost)))


def readable_form(f: Expr, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The readable form alone, without the conditions that may be lost on the way to it."""
    moves = moves_under(assuming, f, budget, f)
    return moves[-1].after if moves else f


def simplification_steps(
    f: Expr,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    form: str = "auto",
    x: Expr | None = None,
) -> tuple[Step, ...]:
    """How the readable form, or the one asked for, comes about: rewritings as steps, checked like all others."""
    if form == "auto":
        steps = tuple(map(algebra_step, moves_under(assuming, f, budget, f)))
    else:
        result = in_form(f, form, x)
        steps = () if result is f else (algebra_step(Move(BY_FORM[form], f, result)),)
    symbols = sorted(free_symbols(f), key=lambda symbol: symbol.data)
    if steps and not f.shape:
        verifier = Verifier([f], symbols[0] if symbols else Symbol("x"), [*assuming.conditions, *requirements(f)])
        pairs = [(step.focus_before, step.focus_after) for step in steps]
        for step, check in zip(steps, verifier.equalities(pairs), strict=True):
            step.check = check
    return steps


def lost_conditions(f: Expr, result: Expr, assuming: Assumptions = NOTHING) -> tuple[Expr, ...]:
    """What `f` needs to be defined and `result`, equal to it where both are, does not."""
    needed = combined([*requirements(f, assuming.known), *requirements(result, assuming.known)], assuming.known)
    own = set(domain(result, assuming.known))
    return tuple(condition for condition in needed if condition not in own)
