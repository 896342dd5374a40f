"""From a sum of products to the line a person reads: order, signs, and the user's own pieces.

What the user typed is shown as typed where it occurs again (`1 + exp(-x)`, not `exp(-x) + 1`; the bracket `w*x + b - y`
in that order). The rest is ordered by its structure alone: numbers, symbols, functions, brackets, exponentials in a
product; by degree in a polynomial, short before long in other sums, numbers last; a positive term in front.
"""

from __future__ import annotations

from calcml import functions
from calcml.algebra.read import Reader
from calcml.algebra.terms import Terms, scaled
from calcml.algebra.write import canonical, join
from calcml.build import neg
from calcml.digest import digest
from calcml.expr import ONE, Add, Call, Constant, Div, E, Expr, Mul, Neg, Number, Pow, Sub, Symbol, make, ratio_of
from calcml.signs import is_nonnegative
from calcml.traverse import beyond, topological, tree_size

SHORT_BRACKET = 60  # nodes
MAX_PIECES = 3000  # nodes; what is longer is not read as anyone's line


class Display:
    """How one user's expression wants to be written."""

    __slots__ = ("_negated", "_own", "_pieces", "_place", "_tidy", "writes_decimals", "writes_exp")

    def __init__(self, reader: Reader, typed: Expr | None) -> None:
        self._own: dict[Expr, Expr] = {}
        self._negated: dict[Expr, Expr] = {}
        self._tidy: dict[Expr, Expr] = {}
        self._place: dict[Expr, int] = {}
        self._pieces: frozenset[Expr] = frozenset()  # the values of `_own`
        self.writes_exp = False
        self.writes_decimals = False
        if typed is not None:
            nodes = topological(typed)
            calls = any(type(node) is Call and node.data == "exp" for node in nodes)
            powers = any(type(node) is Pow and node.args[0] is E for node in nodes)
            self.writes_exp = calls and not powers
            self.writes_decimals = any(type(node) is Number and type(node.data) is str for node in nodes)
            self._number_places(typed)
            if len(nodes) <= MAX_PIECES:
                self._remember(reader, typed, nodes)
                self._pieces = frozenset(self._own.values())

    def forget(self, node: Expr) -> None:
        """Do not show this piece as typed: it is the one to be simplified."""
        self._own = {form: own for form, own in self._own.items() if own is not node}
        self._negated = {form: own for form, own in self._negated.items() if own is not node}
        self._pieces -= {node}

    def _number_places(self, typed: Expr) -> None:
        """Where each part first stands in what was typed, from left to right: what comes first there, comes first."""
        stack = [typed]
        while stack:
            node = stack.pop()
            if node not in self._place:
                self._place[node] = len(self._place)
                stack.extend(reversed(node.args))

    def _remember(self, reader: Reader, typed: Expr, nodes: list[Expr]) -> None:
        reader.read(typed)
        for node in nodes:
            if not node.args or node.shape:
                continue
            form = reader.form(node)
            if form.args:
                self._own.setdefault(form, node)
                if type(form) in (Add, Sub):
                    self._negated.setdefault(canonical(scaled(reader.memo[node], -1)), node)

    def show(self, terms: Terms) -> Expr:
        """The terms as an expression for people."""
        root = canonical(terms)
        tidy = self._tidy
        for node in beyond(root, tidy):
            tidy[node] = self._shown(node)
        line = tidy[root]
        return _with_sign_inside(line) if type(line) is Neg else line

    def _shown(self, node: Expr) -> Expr:
        if not node.args:
            return node
        own = self._own.get(node)
        fresh = self._rebuilt(node)
        if own is not None and _is_as_good(own, fresh):
            return own
        mirrored = self._negated.get(node)
        if mirrored is not None and tree_size(mirrored) <= tree_size(fresh) + 1:
            return neg(mirrored)
        return fresh

    def _rebuilt(self, node: Expr) -> Expr:
        head = type(node)
        args = tuple([self._tidy[arg] for arg in node.args])
        if node.shape or any(arg.shape for arg in args):
            return node.rebuild(args)
        if head is Add or head is Sub:
            return self._sum(args, head is Sub)
        if head is Neg:
            return self._turned(args[0]) if type(args[0]) is not Neg else args[0].args[0]
        if head is Mul:
            return self._product(args)
        if head is Div:
            return self._fraction(*args)
        if head is Pow:
            return self._power(*args)
        if head is Call and len(args) == 1 and type(args[0]) is Neg:  # tanh(-(y - a)) is -tanh(y - a)
            spec = functions.find(node.data)
            if spec is not None and spec.parity:
                turned = node.rebuild(args[0].args)
                return neg(turned) if spec.parity == "odd" else turned
        return node.rebuild(args)

    def _sum(self, args: tuple[Expr, ...], is_difference: bool) -> Expr:
        plus: list[Expr] = []
        minus: list[Expr] = []
        for position, arg in enumerate(args):
            negative = is_difference and position == 1
            if type(arg) is Neg:
                negative, arg = not negative, arg.args[0]
            (minus if negative else plus).append(arg)
        is_polynomial = all(degree(term) is not None for term in (*plus, *minus))
        order = self._by_degree if is_polynomial else self._by_size
        terms = sorted(
            [(order(term), False, term) for term in plus] + [(order(term), True, term) for term in minus],
            key=lambda item: item[0],
        )
        first_positive = next((i for i, item in enumerate(terms) if not item[1]), 0)
        terms.insert(0, terms.pop(first_positive))
        line = join([neg(term) if negative else term for _, negative, term in terms])
        if type(line) is Sub and (ratio_of(line.args[0]) or ratio_of(line.args[1])):
            turned = make(Sub, None, (line.args[1], line.args[0]))
            if _is_seen_nonnegative(turned):  # 1 - σ(x), 1 - tanh(x)²: a bracket known to be positive is written so
                return neg(turned)
        return line

    def _turned(self, node: Expr) -> Expr:
        """-node, with the sign moved into a difference where that is tidier: -(a - b) is b - a."""
        turned = self._flip(node)
        return neg(node) if turned is None else turned

    def _flip(self, node: Expr) -> Expr | None:
        if type(node) is Sub and node not in self._pieces and not _is_seen_nonnegative(node):
            return make(Sub, None, (node.args[1], node.args[0])) if type(node.args[0]) is not Neg else None
        if type(node) is Add and node not in self._pieces:
            if 2 * sum(type(term) is Neg for term in node.args) + 1 < len(node.args):
                return None
            return self._sum(tuple([neg(term) for term in node.args]), False)
        if type(node) is Mul:
            for position, arg in enumerate(node.args):
                flipped = self._flip(arg) if type(arg) in (Add, Sub) else None
                if flipped is not None:
                    return make(Mul, None, (*node.args[:position], flipped, *node.args[position + 1 :]))
        if type(node) is Div:
            top = self._flip(node.args[0])
            if top is not None:
                return make(Div, None, (top, node.args[1]))
        return None

    def _product(self, args: tuple[Expr, ...]) -> Expr:
        negative = False
        factors: list[Expr] = []
        for arg in args:
            if type(arg) is Neg:
                negative, arg = not negative, arg.args[0]
            if arg is not ONE:
                factors.append(arg)
        factors.sort(key=self._by_kind)
        result = make(Mul, None, tuple(factors)) if len(factors) > 1 else factors[0] if factors else ONE
        return self._turned(result) if negative else result

    def _fraction(self, top: Expr, bottom: Expr) -> Expr:
        if self.writes_decimals and type(bottom) is Number:
            decimal = _decimal_times(top, bottom)
            if decimal is not None:
                return decimal
        negative = False
        if type(top) is Neg:
            negative, top = True, top.args[0]
        if type(bottom) is Neg:
            negative, bottom = not negative, bottom.args[0]
        result = make(Div, None, (top, bottom))
        return self._turned(result) if negative else result

    def _power(self, base: Expr, exponent: Expr) -> Expr:
        if base is E and self.writes_exp and type(exponent) is not Number:
            return make(Call, "exp", (exponent,))
        if type(base) is Neg:
            ratio = ratio_of(exponent)
            if ratio is not None and ratio[1] == 1:
                result = make(Pow, None, (base.args[0], exponent))
                return neg(result) if ratio[0] % 2 else result
        return make(Pow, None, (base, exponent))

    # ---- order ----------------------------------------------------------------------------------------------------

    def _by_degree(self, term: Expr) -> tuple[object, ...]:
        return (-(degree(term) or 0), sorted(_symbol_names(term)), digest(term))

    def _by_size(self, term: Expr) -> tuple[object, ...]:
        return (ratio_of(term) is not None, tree_size(term), digest(term))

    def _by_kind(self, factor: Expr) -> tuple[object, ...]:
        place = self._place.get(factor, len(self._place)) if type(factor) is Call else 0
        return (*_kind(factor), place, -tree_size(factor) if type(factor) is Call else 0, digest(factor))


def _with_sign_inside(line: Expr) -> Expr:
    """-(y - a) as a - y: a whole line that is a difference of two letters needs no bracket."""
    (piece,) = line.args
    if type(piece) is not Sub or any(part.args for part in piece.args):
        return line
    return make(Sub, None, (piece.args[1], piece.args[0]))


def _is_seen_nonnegative(node: Expr) -> bool:
    """Whether a reader sees the sign of a bracket at a glance: a short one of known sign."""
    return tree_size(node) <= SHORT_BRACKET and is_nonnegative(node)


_FAMILY = {Sub: Add}  # a difference and a sum differ in order only


def _is_as_good(own: Expr, fresh: Expr) -> bool:
    """Whether what was typed may stand for the tidy form: shorter, or the same but for the order of its parts."""
    if own is fresh:
        return True
    a, b = tree_size(own), tree_size(fresh)
    same_kind = _FAMILY.get(type(own), type(own)) is _FAMILY.get(type(fresh), type(fresh))
    return a < b or (a == b and (same_kind or (_is_exponential(own) and _is_exponential(fresh))))


def _is_exponential(node: Expr) -> bool:
    return (type(node) is Call and node.data == "exp") or (type(node) is Pow and node.args[0] is E)


def _decimal_times(top: Expr, bottom: Expr) -> Expr | None:
    """3x/10 as 0.3x, for those who type decimals; None when the fraction is no short decimal."""
    factors = list(top.args) if type(top) is Mul else [top]
    q = bottom.data
    if type(factors[0]) is not Number or not isinstance(factors[0].data, int):
        factors.insert(0, ONE)
    p = factors[0].data
    if not isinstance(q, int) or not q:
        return None
    places = next((n for n in range(1, 16) if 10**n % q == 0), None)
    if places is None:
        return None
    digits = str(p * 10**places // q).rjust(places + 1, "0")
    decimal = Number(f"{digits[:-places]}.{digits[-places:]}".rstrip("0"))
    rest = factors[1:]
    if rest == [ONE]:
        rest = []
    return make(Mul, None, (decimal, *rest)) if rest else decimal


def _kind(factor: Expr) -> tuple[int, str]:
    head = type(factor)
    if ratio_of(factor) is not None:
        return 0, ""
    if head is Constant:
        return 1, factor.data
    if head is Symbol:
        return 2, factor.data
    if head is Pow:
        base, exponent = factor.args
        if base is E:
            return 6, ""
        if type(base) is Symbol and ratio_of(exponent) is not None:
            return 2, base.data
        if type(base) in (Add, Sub):
            return 5, ""
        return (4, "") if ratio_of(exponent) is not None else (3, "")
    if head is Call:
        return (6, "") if factor.data == "exp" else (4, "")
    return (5, "") if head in (Add, Sub) else (4, "")


def degree(term: Expr) -> int | None:
    """The total degree of a product of symbols and numbers; None for anything else."""
    total = 0
    for factor in term.args if type(term) is Mul else (term,):
        if type(factor) is Symbol:
            total += 1
        elif type(factor) is Pow and type(factor.args[0]) is Symbol and type(factor.args[1]) is Number:
            exponent = factor.args[1].data
            if not isinstance(exponent, int):
                return None
            total += exponent
        elif ratio_of(factor) is None:
            return None
    return total


def _symbol_names(term: Expr) -> list[str]:
    return [part.data for part in topological(term) if type(part) is Symbol]
