"""Names of symbols: which texts are names, and the one spelling each of them has.

λ and `lambda` are the same symbol, and so are w₁, w_1 and w1. The canonical spelling is ASCII; printers that have the
letters show λ and w₁.
"""

from __future__ import annotations

import re

from calcml.errors import ParseError

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ",
    "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
FROM_GREEK = {letter: name for name, letter in GREEK.items()} | {
    "ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "ς": "sigma", "ϱ": "rho", "ϖ": "pi", "µ": "mu", "∆": "Delta",
    "Ω": "Omega",
}  # fmt: skip
# Words the grammar itself uses: no symbol is called so.
KEYWORDS = frozenset({"and", "or", "not", "if", "else", "otherwise", "true", "false"})

GREEK_COMMANDS = {name: name for name in GREEK} | {
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma",
    "varpi": "pi", "infty": "oo",
}  # fmt: skip

_SUBSCRIPT = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789aehijklmnoprstuvx")
TO_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUBSCRIPT_LETTERS = "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
# What stands below a name, in text and in LaTeX: x_max, w_1, x_{1,b}, x_{\mathrm{max}}, x_\theta.
_ITEM = (
    rf"(?:[A-Za-z0-9]+|[{''.join(FROM_GREEK)}][0-9]*"
    r"|\\(?:mathrm|mathit|mathsf|mathbf|text|textrm)\{[A-Za-z0-9]+\}|\\[A-Za-z]+)"
)
SUBSCRIPT = rf"_(?:{_ITEM}|\{{[ ]?{_ITEM}(?:,[ ]?{_ITEM})*\}})"
_BELOW = re.compile(_ITEM)
# A name in a text, with its subscripts.
WORD = (
    rf"(?:[A-Za-z][A-Za-z0-9]*|[{''.join(FROM_GREEK)}][0-9]*)(?:[₀₁₂₃₄₅₆₇₈₉]+(?=_))?"
    rf"(?:{SUBSCRIPT})*[{SUBSCRIPT_LETTERS}]*"
)
RAISED = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)),
    **dict(zip("ᵃᵇᶜᵈᵉⁱʲᵏˡᵐⁿᵖʳˢᵗᵘᵛʷˣʸᶻ", "abcdeijklmnprstuvwxyz", strict=True)),
}
BLANK = " \t\r\n\u00a0\u2009\u202f"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*\Z")
_DIGITS_AFTER_UNDERSCORE = re.compile(r"(?<=[A-Za-z])_(?=[0-9]+(?:_|\Z))")


def canonical_name(text: str) -> str:
    """The one spelling of a symbol's name. ParseError for what is not a name.

    >>> canonical_name("λ"), canonical_name("w_1"), canonical_name("w₁"), canonical_name("θ_i"), canonical_name("x_1_b")
    ('lambda', 'w1', 'w1', 'theta_i', 'x1_b')
    """
    if not isinstance(text, str):
        raise ParseError(f"a name is text, not {type(text).__name__}")
    name = text
    if not text.isascii():
        name = "".join(FROM_GREEK.get(letter, letter) for letter in text)
        body = name.rstrip(SUBSCRIPT_LETTERS)
        if body and body != name:
            tail = name[len(body) :].translate(_SUBSCRIPT)
            name = body + ("" if tail.isdigit() and body[-1].isalpha() else "_") + tail
    if len(name) > 200 or not _NAME.match(name):
        shown = text if len(text) <= 40 else text[:37] + "..."
        raise ParseError(
            f"{shown!r} is not a name",
            hint="a name is letters, Latin or Greek, then digits; a subscript follows an underscore: w1, theta, x_max",
        )
    if name in KEYWORDS:
        raise ParseError(f"{name!r} is a word of the notation and cannot be a variable")
    return _DIGITS_AFTER_UNDERSCORE.sub("", name) if "_" in name else name


def subscripts(word: str) -> tuple[str, list[str]]:
    r"""A word of the notation as the name it begins with and what stands below it.

    >>> subscripts(r"x_{1,\mathrm{max}}"), subscripts(r"A_{ij}"), subscripts("w₁")
    (('x', ['1', 'max']), ('A', ['ij']), ('w', ['1']))
    """
    rest = word.rstrip(SUBSCRIPT_LETTERS)
    head, _, below = rest.partition("_")
    found = [_item(item[0], word) for item in _BELOW.finditer(below)]
    return head, found if rest == word else [*found, word[len(rest) :].translate(_SUBSCRIPT)]


def name_of(word: str) -> str:
    r"""The canonical name a word of the notation is written for. ParseError for what is not a name.

    >>> name_of(r"x_{1,\mathrm{max}}"), name_of("w₁_2")
    ('x1_max', 'w1_2')
    """
    if "_" not in word:
        return canonical_name(word)
    head, below = subscripts(word)
    return canonical_name("_".join([head.translate(_SUBSCRIPT), *below]))


def _item(text: str, word: str) -> str:
    if text[0] != "\\":
        return text
    command, brace, upright = text[1:].partition("{")
    if brace:
        return upright[:-1]
    if command not in GREEK_COMMANDS and command not in ("max", "min", "star", "ast", "circ"):
        raise ParseError(f"{word!r} is not a name", hint="a subscript is letters, digits or a Greek letter")
    return "infty" if command == "infty" else GREEK_COMMANDS.get(command, command)


def pretty_name(name: str) -> str:
    """The name as Unicode shows it.

    >>> pretty_name("lambda"), pretty_name("w1"), pretty_name("theta_12"), pretty_name("x_max")
    ('λ', 'w₁', 'θ_12', 'x_max')
    """
    head, _, subscript = name.partition("_")
    letters = head.rstrip("0123456789")
    digits = head[len(letters) :]
    letters = GREEK.get(letters, letters)
    if digits and len(letters) == 1:
        digits = digits.translate(TO_SUBSCRIPT)
    return letters + digits + ("_" + subscript if subscript else "")
