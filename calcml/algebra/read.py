"""Reading an expression as a sum of products, bottom-up, one node at a time.

Sums inside products stay whole (a residual `w*x + b - y` is one base): multiplying out is a decision for the
simplifier. Reading never changes a value; it may widen the domain (x/x is 1), so whoever reads keeps the conditions of
the expression that was typed (`calcml.domain`).
"""

from __future__ import annotations

from threading import local

from calcml import functions
from calcml.algebra.rules import COMPOSITIONS
from calcml.algebra.terms import (
    MAX_POWER_BITS,
    UNIT,
    Coefficient,
    Exponent,
    Mono,
    Terms,
    add_into,
    constant,
    is_number,
    multiply,
    multiply_all,
    normal,
    product,
    quotient,
    scaled,
    single,
    whole,
)
from calcml.algebra.whole_numbers import exact_root
from calcml.algebra.write import canonical
from calcml.binding import free_symbols
from calcml.build import is_long_decimal
from calcml.digest import digest
from calcml.expr import ZERO, Add, Call, Constant, Div, E, Expr, Mul, Neg, Number, Pow, Sub, Symbol, make, rational
from calcml.signs import is_positive
from calcml.templates import template
from calcml.traverse import beyond, topological, tree_size

LONG = 500  # nodes from which on sums inside sums are not kept by themselves
SHORT = 3  # nodes of what may stand twice in the value of a function
LONGEST_FACTOR = 64  # a product of more factors stays whole inside another one
LONGEST_SUM = 16  # and so does, in a long expression, a sum of more terms that is used elsewhere too


class Reader:
    """Reads expressions into Terms and remembers what each node was read as.

    `canonical[node]` is the node in canonical form; `pieces` maps a canonical form to the expression the user wrote.
    """

    __slots__ = ("canonical", "longest_sum", "memo", "pieces")

    def __init__(self) -> None:
        self.longest_sum = 10**9
        self.memo: dict[Expr, Terms] = {}
        self.canonical: dict[Expr, Expr] = {}
        self.pieces: dict[Expr, Expr] = {}

    def read(self, root: Expr) -> Terms:
        """The expression as a sum of products."""
        memo = self.memo
        nodes = beyond(root, memo)
        inner = _inner_sums(nodes) if len(nodes) > LONG else frozenset()
        if len(nodes) > LONG:
            self.longest_sum = LONGEST_SUM
        for node in nodes:
            if node not in inner:
                memo[node] = self._read(node)
        return memo[root]

    def form(self, node: Expr) -> Expr:
        """The canonical form of a node that was read, or is now."""
        found = self.canonical.get(node)
        if found is None:
            found = self.canonical[node] = canonical(self.read(node))
            self.pieces.setdefault(found, node)
        return found

    def _read(self, node: Expr) -> Terms:
        head = type(node)
        args = node.args
        memo = self.memo
        if head is Number and not is_long_decimal(node):
            return constant(quotient(*node.ratio))  # type: ignore[attr-defined]
        if head is Symbol or head is Constant or head is Number:
            return single(node)
        if node.shape or any(arg.shape for arg in args):
            return single(node.rebuild(tuple([arg if arg.shape else self.form(arg) for arg in args])))
        if head is Add or head is Sub:
            return self._sum(node)
        if head is Neg:
            return scaled(memo[args[0]], -1)
        if head is Mul:
            return as_terms(multiply_all([self._factor(arg) for arg in args]))
        if head is Div:
            top, bottom = self._factor(args[0]), self._factor(args[1])
            if not bottom[1]:
                return single(node.rebuild((self.form(args[0]), ZERO)))
            return as_terms(multiply(top, invert(bottom))) if top[1] else {}
        if head is Pow:
            return self._power(args[0], args[1])
        if head is Call:
            return self._call(node)
        return single(node.rebuild(tuple([self.form(arg) for arg in args])) if args else node)

    def _sum(self, node: Expr) -> Terms:
        memo = self.memo
        total: Terms = {}
        stack = [(node, 1)]
        while stack:
            part, sign = stack.pop()
            terms = memo.get(part)
            if terms is None:  # the sum itself, or one inside it that nothing else uses
                signs = (sign, -sign) if type(part) is Sub else (sign,) * len(part.args)
                stack.extend(zip(reversed(part.args), reversed(signs), strict=True))
            elif len(terms) > self.longest_sum and part is not node:  # used elsewhere too: e <- e*e + e
                add_into(total, {((self.form(part), 1),): 1}, sign)
            elif not total and sign == 1:
                total = dict(terms)
            else:
                add_into(total, terms, sign)
        return total

    def _factor(self, node: Expr) -> tuple[Mono, Coefficient]:
        """A node as a factor: a sum of several terms is one base, its sign settled."""
        terms = self.memo[node]
        if len(terms) > 1:
            self.form(node)  # so that the user's piece is remembered
        elif len(terms) == 1 and len(next(iter(terms))) > LONGEST_FACTOR:
            return ((self.form(node), 1),), 1
        return as_factor(terms)

    def _power(self, base: Expr, exponent: Expr) -> Terms:
        n = exponent_of(self.memo[exponent])
        terms = self.memo[base]
        if not is_number(n):
            self.form(exponent)
            if _loses_its_symbols(base, terms):
                return single(make(Pow, None, (base, self.form(exponent))))
        if len(terms) > 1:
            self.form(base)
        return as_terms(power(terms, n))

    def _call(self, node: Expr) -> Terms:
        args = node.args
        if node.data == "exp":
            return as_terms(power(single(E), exponent_of(self.memo[args[0]]))) if self._remember(args) else {}
        if node.data == "sqrt":
            self._remember(args)
            return as_terms(power(self.memo[args[0]], quotient(1, 2)))
        self._remember(args)
        return call(node.data, [self.memo[arg] for arg in args])

    def _remember(self, args: tuple[Expr, ...]) -> bool:
        for arg in args:
            self.form(arg)
        return True


def _inner_sums(nodes: list[Expr]) -> frozenset[Expr]:
    """Sums that occur once, inside another sum: their terms are added where they are needed."""
    uses: dict[Expr, int] = {}
    for node in nodes:
        inside = 1 if type(node) in (Add, Sub) else 2
        for arg in node.args:
            if type(arg) in (Add, Sub):
                uses[arg] = uses.get(arg, 0) + inside
    return frozenset(node for node in nodes if uses.get(node) == 1 and not node.shape)


class _Recent(local):
    """What was read lately, in each thread: brackets are read again and again by whoever searches for a form."""

    def __init__(self) -> None:
        self.reader = Reader()


_recent = _Recent()
MAX_RECENT = 20_000  # nodes


def _loses_its_symbols(base: Expr, terms: Terms) -> bool:
    """Whether a base turns out to be a number that is not positive: (0*x)^n has values that 0^n has not."""
    if any(type(part) is Symbol for mono in terms for factor, _ in mono for part in topological(factor)):
        return False
    return (not terms or set(terms) != {UNIT} or terms[UNIT] <= 0) and any(type(p) is Symbol for p in topological(base))


def terms_of(expr: Expr) -> Terms:
    """The expression as a sum of products; not to be changed by the caller."""
    if len(_recent.reader.memo) > MAX_RECENT:
        _recent.reader = Reader()
    return _recent.reader.read(expr)


def as_terms(factor: tuple[Mono, Coefficient]) -> Terms:
    """A product as a sum of one term; a lone bracket without a factor is opened."""
    mono, coefficient = factor
    if not coefficient:
        return {}
    if coefficient in (1, -1) and len(mono) == 1 and mono[0][1] == 1 and type(mono[0][0]) in (Add, Sub):
        return scaled(terms_of(mono[0][0]), coefficient)
    return {mono: coefficient}


def as_factor(terms: Terms) -> tuple[Mono, Coefficient]:
    """A sum as one product: itself if it has one term, else a bracket with its sign settled."""
    if not terms:
        return UNIT, 0
    if len(terms) == 1:
        return next(iter(terms.items()))
    sign, base = oriented(terms)
    return ((base, 1),), sign


def oriented(terms: Terms) -> tuple[int, Expr]:
    """±1 and a canonical bracket: of S and -S only one is a base."""
    lead = max(terms, key=_mono_key)
    if terms[lead] < 0:
        return -1, canonical(scaled(terms, -1))
    return 1, canonical(terms)


def is_leading_negative(terms: Terms) -> bool:
    """Whether of S and -S the other one is the canonical one."""
    return bool(terms[max(terms, key=_mono_key)] < 0)


def _mono_key(mono: Mono) -> tuple[int, ...]:
    return tuple(sorted(digest(base) for base, _ in mono))


def exponent_of(terms: Terms) -> Exponent:
    """A sum as an exponent: a number where it is one."""
    if not terms:
        return 0
    if len(terms) == 1 and UNIT in terms:
        return terms[UNIT]
    return canonical(terms)


def invert(factor: tuple[Mono, Coefficient]) -> tuple[Mono, Coefficient]:
    """1/factor."""
    mono, coefficient = factor
    return normal({base: negated(n) for base, n in mono}, quotient(1, coefficient))


def negated(n: Exponent) -> Exponent:
    """-n."""
    return -n if is_number(n) else exponent_of(scaled(terms_of(n), -1))


def times(n: Exponent, k: Exponent) -> Exponent:
    """n·k for exponents."""
    if is_number(n) and n == 1:
        return k
    if is_number(k) and k == 1:
        return n
    if is_number(n) and is_number(k):
        return whole(n * k)
    left = terms_of(n) if isinstance(n, Expr) else constant(n)
    right = terms_of(k) if isinstance(k, Expr) else constant(k)
    return exponent_of(product(left, right))


def power(terms: Terms, n: Exponent) -> tuple[Mono, Coefficient]:
    """terms^n, taken apart where that is right for every real value the power is defined for."""
    if is_number(n):
        if n == 0:
            return UNIT, 1
        if n == 1:
            return as_factor(terms)
        if not terms:
            return (UNIT, 0) if n > 0 else (((ZERO, n),), 1)
        if isinstance(n, int):
            return _whole_power(as_factor(terms), n)
    if len(terms) > 1:
        return ((canonical(terms), n),), 1
    if not terms:
        return ((ZERO, n),), 1
    mono, coefficient = next(iter(terms.items()))
    if coefficient == 1 and len(mono) == 1:
        base, m = mono[0]
        if base is E:
            return _e_power(times(m, n))
        if is_number(m) and (m == 1 or _power_of_power_is_safe(base, m, n)):
            return normal({base: times(m, n)}, 1)
        if is_number(m) and is_number(n) and isinstance(m, int) and m % 2 == 0:
            inner = call("abs", [single(base)])  # (u^2)^(1/2) is |u|
            return power(inner, times(m, n))
    if coefficient == 1 and not mono:
        return UNIT, 1
    if coefficient > 0 and is_number(n):
        if not mono:
            return power_of_number(coefficient, n)
        front, inside = _roots_out(coefficient, n)
        if front != 1:
            return multiply((UNIT, front), power({mono: inside}, n))
    if coefficient > 0 and not mono:
        return ((_whole_number(coefficient), n),), 1
    if coefficient > 0 and coefficient != 1 and len(mono) == 1 and mono[0][0] is E:
        return multiply((((_whole_number(coefficient), n),), 1), _e_power(times(mono[0][1], n)))
    return ((canonical(terms), n),), 1


def _power_of_power_is_safe(base: Expr, m: Coefficient, n: Exponent) -> bool:
    # (b^m)^n = b^(mn) on the whole domain of the left side: m an odd whole number or a root (then b ≥ 0 on both
    # sides), or n a whole number. With a parameter n, √0^n is 0 where 0^(n/2) is not asked for.
    if is_number(n):
        return isinstance(n, int) or not isinstance(m, int) or bool(m % 2)
    if isinstance(m, int):
        return False
    parameters = free_symbols(n)
    return not parameters or bool(parameters & free_symbols(base)) or is_positive(base)


def _whole_power(factor: tuple[Mono, Coefficient], n: int) -> tuple[Mono, Coefficient]:
    mono, coefficient = factor
    if coefficient not in (1, -1) and abs(n) * _bits(coefficient) > MAX_POWER_BITS:
        return ((canonical({mono: coefficient}), n),), 1
    value = coefficient**n if n > 0 else quotient(1, coefficient**-n)
    return normal({base: times(m, n) for base, m in mono}, value)


def _bits(value: Coefficient) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _whole_number(value: Coefficient) -> Expr:
    return Number(value) if isinstance(value, int) else rational(value.numerator, value.denominator)


def power_of_number(value: Coefficient, n: Coefficient) -> tuple[Mono, Coefficient]:
    """value^n for value > 0 and a fraction n: roots of whole numbers, exact where they are."""
    top, bottom = (value, 1) if isinstance(value, int) else (value.numerator, value.denominator)
    result: tuple[Mono, Coefficient] = (UNIT, 1)
    for number, exponent in ((top, n), (bottom, -n)):
        if number == 1:
            continue
        root = _exact_root(number, exponent.denominator)
        if root is not None:
            k = exponent.numerator
            result = multiply(result, (UNIT, root**k if k > 0 else quotient(1, root**-k)))
        else:
            front, inside = _root_pulled(number, exponent.denominator)
            k = exponent.numerator
            result = multiply(result, (UNIT, front**k if k > 0 else quotient(1, front**-k)))
            result = multiply(result, normal({Number(inside): exponent}, 1))
    return result


def _root_pulled(number: int, k: int) -> tuple[int, int]:
    """(front, inside) with number = front^k·inside: √8 is 2√2. Only small factors are looked for."""
    front = 1
    for prime in (2, 3, 5, 7, 11, 13):
        while number % prime**k == 0:
            number //= prime**k
            front *= prime
    return front, number


def _roots_out(value: Coefficient, n: Coefficient) -> tuple[Coefficient, Coefficient]:
    """(front, inside) with value^n = front·inside^n: √(4x) is 2√x, and √(2π) stays whole."""
    top, bottom = (value, 1) if isinstance(value, int) else (value.numerator, value.denominator)
    front: Coefficient = 1
    inside = [1, 1]
    for i, number in enumerate((top, bottom)):
        root = _exact_root(number, n.denominator)
        if root is None:
            inside[i] = number
        else:
            k = n.numerator * (1 if i == 0 else -1)
            front = front * root**k if k > 0 else quotient(front, root**-k)
    return front, quotient(inside[0], inside[1])


def _exact_root(number: int, k: int) -> int | None:
    return None if number.bit_length() > 10 * MAX_POWER_BITS else exact_root(number, k)


def _e_power(n: Exponent) -> tuple[Mono, Coefficient]:
    """e^n; e^(c·ln u + rest) is u^c·e^rest."""
    if is_number(n):
        return (((E, n),), 1) if n else (UNIT, 1)
    terms = terms_of(n)
    inner = _composed("exp", terms)
    if inner is not None:
        return as_factor(inner)
    rest: Terms = {}
    result: tuple[Mono, Coefficient] = (UNIT, 1)
    for mono, coefficient in terms.items():
        logarithms = [(base, m) for base, m in mono if type(base) is Call and base.data == "ln" and m == 1]
        if len(logarithms) == 1:
            log = logarithms[0][0]
            others = tuple(factor for factor in mono if factor[0] is not log)
            result = multiply(result, power(terms_of(log.args[0]), exponent_of({others: coefficient})))
        else:
            rest[mono] = coefficient
    if rest:
        exponent = exponent_of(rest)
        result = multiply(result, (((E, exponent),), 1))
    return result


def call(name: str, args: list[Terms]) -> Terms:
    """A function value: special values and parity from the function's row, then the rewrite rows."""
    from calcml.algebra.reduce import reduce_call

    spec = functions.find(name)
    if len(args) == 1 and spec is not None:
        value = _special_value(spec, args[0])
        if value is not None:
            return value
        if spec.parity and args[0]:
            lead = max(args[0], key=_mono_key)
            if args[0][lead] < 0:
                flipped = call(name, [scaled(args[0], -1)])
                return scaled(flipped, -1) if spec.parity == "odd" else flipped
    reduced = reduce_call(name, args)
    if reduced is None and len(args) == 1:
        reduced = _composed(name, args[0])
    if reduced is not None:
        return reduced
    return single(make(Call, name, tuple([canonical(terms) for terms in args])))


def _composed(name: str, terms: Terms) -> Terms | None:
    """A function of a function by its row: tan(atan(u)) is u. None where there is no row."""
    if len(terms) != 1:
        return None
    ((mono, coefficient),) = terms.items()
    if coefficient != 1 or len(mono) != 1 or mono[0][1] != 1 or type(mono[0][0]) is not Call:
        return None
    inner = mono[0][0]
    row = COMPOSITIONS.get((name, inner.data))
    if row is None or len(inner.args) != 1:
        return None
    if row.sides[1].count("u") > 1 and tree_size(inner.args[0]) > SHORT:
        return None  # tanh(ln(1 + e^x)) is shorter than its value
    return terms_of(template(row.sides[1], ("u",)).fill(inner.args))


def _special_value(spec: functions.FunctionSpec, terms: Terms) -> Terms | None:
    if not spec.special_values or len(spec.params) > 1 or len(terms) > 1:
        return None
    if terms:
        mono = next(iter(terms))
        if any(base.args or type(base) is Symbol for base, _ in mono):
            return None
    at = canonical(terms)
    for argument, value in spec.special_values:
        if canonical(terms_of(template(argument, ()).fill(()))) is at:
            return terms_of(template(value, ()).fill(()))
    return None
