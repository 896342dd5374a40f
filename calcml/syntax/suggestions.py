"""What an error proposes: the nearest known name, the name of a strange character, its plain twin.

Only errors come here, so nothing in it is on the path of a good text.
"""

from __future__ import annotations

from collections.abc import Iterable

# Letters of other scripts that look like Latin ones.
_TWINS = dict(zip("аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЅЈ", "aeopcyxijshdqwABEKMHOPCTYXISJ", strict=False)) | {
    "‐": "-", "“": '"', "”": '"', "‘": "'", "，": ",", "；": ";", "：": ":", "½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)",
    "⅓": "(1/3)", "∜": "root", "∗": "*",
}  # fmt: skip


def nearest(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names that are few typing errors away, best first.

    >>> nearest("sigmod", ["sin", "sigmoid", "sign"])
    ['sigmoid']
    """
    word = word[:60]
    allowed = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
    found = []
    for name in known:
        if abs(len(name) - len(word)) <= allowed:
            steps = distance(word.lower(), name.lower())
            if steps <= allowed and steps < max(len(word), len(name)) / 2:
                found.append((steps, name))
    best = min(found)[0] if found else 0
    return [name for steps, name in sorted(found) if steps == best][:most]


def distance(one: str, other: str) -> int:
    """How many letters must be typed, removed, changed or swapped to get from one word to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                steps = min(steps, older[j - 2] + 1)
            row.append(steps)
    return row[-1]


def describe_character(char: str) -> str:
    """A character as an error names it: '१' would not tell a reader enough.

    >>> describe_character("１"), describe_character("$"), describe_character(chr(0))
    ("'１' (U+FF11, FULLWIDTH DIGIT ONE)", "'$'", 'the control character U+0000')
    """
    if " " < char < "\x7f":
        return f"'{char}'" if char != "'" else '"\'"'
    import unicodedata

    code = f"U+{ord(char):04X}"
    category = unicodedata.category(char)
    if category == "Cc":
        return f"the control character {code}"
    name = unicodedata.name(char, "a character without a name")
    if category in ("Cf", "Mn", "Me", "Zl", "Zp", "Cs", "Co", "Cn"):
        return f"the invisible character {code} ({name})" if category == "Cf" else f"the character {code} ({name})"
    return f"'{char}' ({code}, {name})"


def plain_twin(char: str) -> str | None:
    """The ASCII text that was probably meant by a look-alike, or None."""
    if char in _TWINS:
        return _TWINS[char]
    import unicodedata

    plain = unicodedata.normalize("NFKC", char)
    return plain if plain != char and plain.isascii() and plain.strip() else None


def any_of(words: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
