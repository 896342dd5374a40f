"""What a row of the function table holds.

A row is plain text in calcml's own notation: it loads at once, prints as documentation, and is parsed on first use.
Parser, differentiator, printers, numeric code, SymPy conversion, property tests and the reference page all follow
from the row, so a function is added, or changed, in one place.
"""

from __future__ import annotations


class FunctionSpec:
    """One elementary function.

    name, aliases       what is typed; `name` is what is printed
    title, group        for the reference page
    params              parameter names; a last name with a star takes any number of arguments: ("k", "*z")
    defaults            values of parameters that may be left out: (("slope", "0.01"),)
    defined_as          the meaning, in terms of other functions; empty for a primitive
    derivative          one text per parameter. For a starred parameter `z`: `z_j` is the argument differentiated by,
                        `j` its number (from 1), `z` in a call all of them, `rest_j` all but that one, and
                        `delta(a, b)` is 1 where a = b, else 0. An empty text: not differentiable by that parameter.
    domain              condition on the parameters; empty: every real number
    smooth              condition for differentiability inside the domain; empty: everywhere the derivative is defined
    at_kink             what code uses where `smooth` fails, one text per parameter ("" where there is no kink)
    note                the convention at a kink, in words
    continuous          on its domain
    range               condition on the value `y`; empty: not stated
    parity, period      "odd", "even" or ""; the period as text
    monotone            "increasing", "decreasing" or "", on the whole domain, which is then an interval
    latex, unicode      templates: `#1` is the first argument, `#*` all of a starred one, separated by commas;
                        `@1` is the argument in brackets unless it is a single symbol or number. Empty: name(...)
    python              float64, one point: names of the `math` module and of calcml.numeric.scalar
    numpy               float64 arrays: `np.` and `special.` (calcml.numeric.arrays)
    mpmath              any precision, `mp.`; empty: computed from `defined_as`
    code                how generated code computes it where the target has no text of its own, in calcml's notation:
                        a form that keeps its digits. Empty: `defined_as` does
    jax, torch, c       texts for targets that have the function, in their names (`special.` is the module beside
                        calcml.numeric.arrays). Empty: the NumPy text where all its names are theirs, else `code`
    sympy               SymPy's spelling; empty: converted through `defined_as`
    arity, is_variadic  (from the params) fewest and most arguments, None for no upper limit; whether one is starred
    special_values      ((arguments, value), ...): ("0", "1/2")
    source              pages or files the row was checked against (first the definition, then the derivative), or own
    """

    __slots__ = (
        "aliases", "arity", "at_kink", "c", "code", "continuous", "defaults", "defined_as", "derivative", "domain",
        "group", "is_variadic", "jax", "latex", "monotone", "mpmath", "name", "note", "numpy", "params", "parity",
        "period", "python", "range", "smooth", "source", "special_values", "sympy", "title", "torch", "unicode",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        *,
        title: str,
        group: str,
        params: tuple[str, ...] = ("x",),
        derivative: tuple[str, ...],
        python: str,
        numpy: str,
        source: str,
        aliases: tuple[str, ...] = (),
        defaults: tuple[tuple[str, str], ...] = (),
        defined_as: str = "",
        domain: str = "",
        smooth: str = "",
        at_kink: tuple[str, ...] = (),
        note: str = "",
        continuous: bool = True,
        range: str = "",
        parity: str = "",
        monotone: str = "",
        period: str = "",
        latex: str = "",
        unicode: str = "",
        mpmath: str = "",
        sympy: str = "",
        code: str = "",
        jax: str = "",
        torch: str = "",
        c: str = "",
        special_values: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.name = name
        self.title = title
        self.group = group
        self.params = params
        self.derivative = derivative
        self.python = python
        self.numpy = numpy
        self.source = source
        self.aliases = aliases
        self.defaults = defaults
        self.defined_as = defined_as
        self.domain = domain
        self.smooth = smooth
        self.at_kink = at_kink
        self.note = note
        self.continuous = continuous
        self.range = range
        self.parity = parity
        self.monotone = monotone
        self.period = period
        self.latex = latex
        self.unicode = unicode
        self.mpmath = mpmath
        self.sympy = sympy
        self.code = code
        self.jax = jax
        self.torch = torch
        self.c = c
        self.special_values = special_values
        self.is_variadic = params[-1].startswith("*")
        fewest = len(params) - len(defaults)
        self.arity: tuple[int, int | None] = (fewest, None if self.is_variadic else len(params))
        if len(derivative) != len(params):
            raise ValueError(f"row {name}: field derivative has {len(derivative)} texts for {len(params)} parameters")
        if not (defined_as or mpmath):
            raise ValueError(f"row {name}: one of defined_as and mpmath must say what the function is")
        if smooth and len(at_kink) != len(params):
            raise ValueError(f"row {name}: field at_kink must state what code uses where `{smooth}` fails")

    def __repr__(self) -> str:
        return f"FunctionSpec({self.name!r})"
