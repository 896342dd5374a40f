"""Power series whose coefficients are computed one by one, each from those before it.

A stream is the series of one node at one point, in the distance t from it. Sums, products and quotients are those of
series; a function value y = f(u) follows from its derivative, y' = P·u', where P is what the rules say: its
coefficient of t^k needs those of P below t^k only, so P may contain y itself (exp' = exp), or a function whose
derivative leads back to y (sin and cos). No series of any function is stored anywhere.

`coefficient` asks for one; what that needs and is not there yet is computed first, on a stack of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from calcml.errors import UndecidedError
from calcml.series.coefficients import Coefficient, is_zero, over, times, total_of

Need = tuple["Stream", int]


class Stream:
    """A series from t^low on; `known` holds the coefficients computed so far. Below low all are 0."""

    __slots__ = ("known", "low")

    def __init__(self, low: int, known: Sequence[Coefficient] = ()) -> None:
        self.low = low
        self.known: list[Coefficient] = list(known)

    def has(self, k: int) -> bool:
        """Whether the coefficient of t^k is there."""
        return k < self.low + len(self.known)

    def at(self, k: int) -> Coefficient:
        """The coefficient of t^k, which must be there."""
        return 0 if k < self.low else self.known[k - self.low]

    def needs(self, k: int) -> list[Need]:
        """What must be there before the coefficient of t^k can be computed."""
        raise NotImplementedError

    def compute(self, k: int) -> Coefficient:
        """The coefficient of t^k, from what it needs."""
        raise NotImplementedError


def coefficient(stream: Stream, k: int) -> Coefficient:
    """The coefficient of t^k.

    >>> coefficient(Quotient(Finite(0, [1]), Finite(0, [1, -1]), 0), 5)  # 1/(1 - t)
    1
    """
    stack = [(stream, k)]
    while stack:
        wanted, place = stack[-1]
        if wanted.has(place):
            stack.pop()
            continue
        following = wanted.low + len(wanted.known)
        missing = [(other, i) for other, i in wanted.needs(following) if not other.has(i)]
        if missing:
            if len(stack) > MAX_STACK:
                raise UndecidedError("no expansion is found: its coefficients depend on themselves")
            stack.extend(missing)
        else:
            wanted.known.append(wanted.compute(following))
    return stream.at(k)


MAX_STACK = 1_000_000


def valuation(stream: Stream, limit: int) -> int | None:
    """The lowest power with a coefficient that is not 0; None where all are 0 up to t^limit."""
    for k in range(stream.low, limit + 1):
        if not is_zero(coefficient(stream, k)):
            return k
        stream.known[k - stream.low] = 0
    return None


class Finite(Stream):
    """Finitely many terms: a constant, the variable."""

    __slots__ = ()

    def needs(self, k: int) -> list[Need]:
        """Nothing."""
        return []

    def compute(self, k: int) -> Coefficient:
        """0."""
        return 0


class Total(Stream):
    """A sum, each term with a factor that is a number."""

    __slots__ = ("terms",)

    def __init__(self, terms: list[tuple[Stream, int]]) -> None:
        super().__init__(min([term.low for term, _ in terms]))
        self.terms = terms

    def needs(self, k: int) -> list[Need]:
        """The same power of every term."""
        return [(term, k) for term, _ in self.terms]

    def compute(self, k: int) -> Coefficient:
        """Term by term."""
        return total_of([times(sign, term.at(k)) for term, sign in self.terms])


class Product(Stream):
    """u·v, by Cauchy's product."""

    __slots__ = ("u", "v")

    def __init__(self, u: Stream, v: Stream) -> None:
        super().__init__(u.low + v.low)
        self.u = u
        self.v = v

    def needs(self, k: int) -> list[Need]:
        """All powers that can meet."""
        return [(self.u, k - self.v.low), (self.v, k - self.u.low)]

    def compute(self, k: int) -> Coefficient:
        """The sum of u_i·v_(k - i)."""
        u, v = self.u, self.v
        return _convolved(u, v, u.low, k - v.low, k)


def _convolved(u: Stream, v: Stream, first: int, last: int, k: int) -> Coefficient:
    parts: list[Coefficient] = []
    for i in range(first, last + 1):
        a = u.at(i)
        if a != 0:
            b = v.at(k - i)
            if b != 0:
                parts.append(times(a, b))
    return total_of(parts)


class Quotient(Stream):
    """u/v, where v begins with t^start."""

    __slots__ = ("start", "u", "v")

    def __init__(self, u: Stream, v: Stream, start: int) -> None:
        super().__init__(u.low - start)
        self.u = u
        self.v = v
        self.start = start

    def needs(self, k: int) -> list[Need]:
        """Enough of both; its own coefficients below t^k are there already."""
        return [(self.u, k + self.start), (self.v, k - self.low + self.start)]

    def compute(self, k: int) -> Coefficient:
        """From q·v = u: the coefficient of t^(k + start)."""
        lead = self.v.at(self.start)
        parts = [self.u.at(k + self.start)]
        for i in range(self.low, k):
            a, b = self.at(i), self.v.at(k + self.start - i)
            if a != 0 and b != 0:
                parts.append(times(-1, times(a, b)))
        return over(total_of(parts), lead)


class Shifted(Stream):
    """u·t^n."""

    __slots__ = ("n", "u")

    def __init__(self, u: Stream, n: int, low: int) -> None:
        super().__init__(low)
        self.u = u
        self.n = n

    def needs(self, k: int) -> list[Need]:
        """The power that becomes t^k."""
        return [(self.u, k - self.n)]

    def compute(self, k: int) -> Coefficient:
        """Moved."""
        return self.u.at(k - self.n)


class Solution(Stream):
    """y with y' = P_1·u_1' + P_2·u_2' + …, from its value at the point.

    slopes: gives the P_i, when they are first needed.
    """

    __slots__ = ("inner", "partials", "slopes")

    def __init__(self, value: Coefficient, inner: list[Stream], slopes: Callable[[], list[Stream]]) -> None:
        super().__init__(0, [value])
        self.inner = inner
        self.slopes = slopes
        self.partials: list[Stream] | None = None

    def needs(self, k: int) -> list[Need]:
        """u up to t^k, P below."""
        if self.partials is None:
            self.partials = self.slopes()
        return [*[(u, k) for u in self.inner], *[(p, k - 1) for p in self.partials]]

    def compute(self, k: int) -> Coefficient:
        """The coefficient of t^(k - 1) in y', divided by k."""
        assert self.partials is not None
        parts: list[Coefficient] = []
        for u, p in zip(self.inner, self.partials, strict=True):
            for j in range(1, k + 1):
                a, b = u.at(j), p.at(k - j)
                if a != 0 and b != 0:
                    parts.append(times(j, times(a, b)))
        return over(total_of(parts), k)
