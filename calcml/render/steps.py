"""Derivations in every format: pure functions of the record, no mathematics here."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from html import escape

from calcml.derivation import BESIDE_THE_FORMULA, Cell, Derivation, Table, Words
from calcml.errors import InputError
from calcml.expr import And, Expr, Or, Relation
from calcml.render.lines import Line, Part, parts, summary
from calcml.render.text import to_text, to_unicode
from calcml.render.words import conditions_in_words, fact_in_words
from calcml.render.wrapping import wrapped

WIDTH = 80


def render(derivation: Derivation, form: str, level: str = "standard") -> str:
    """The derivation as text, unicode, latex, markdown, html or json."""
    renderers: dict[str, Callable[[Derivation, str], str]] = {
        "text": lambda d, at: plain(d, at, to_text),
        "unicode": lambda d, at: plain(d, at, to_unicode),
        "latex": latex,
        "markdown": markdown,
        "html": html,
        "json": lambda d, at: d.to_json(),
    }
    renderer = renderers.get(form)
    if renderer is None:
        raise InputError(f"{form!r} is not a format", hint=f"one of {', '.join(renderers)}")
    return renderer(derivation, level)


def plain(derivation: Derivation, level: str, show: Callable[[Expr], str]) -> str:
    """Numbered lines at 80 columns, the rule named at the right; at level full the reason underneath."""
    rows: list[str] = []
    for part in parts(derivation, level):
        rows += opening(part, show)
        for line in part.lines:
            rows += numbered(line, show, level)
    for table in derivation.tables:
        rows += ["", *columns(table, show)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*rows, *closing(derivation, show)])).strip("\n")


def opening(part: Part, show: Callable[[Expr], str]) -> list[str]:
    """What stands above the lines of a part: its heading, and what it starts from."""
    section = part.section
    rows = ["", section.announced(show)] if section.title else []
    if section.table is not None:
        rows += ["", *columns(section.table, show)]
    if not section.shows_start:
        return [*rows, ""]
    start = wrapped(show(section.start), WIDTH - 4)
    return [*rows, *[f"    {row}" for row in start], ""]


def closing(derivation: Derivation, show: Callable[[Expr], str]) -> list[str]:
    """What stands below the lines: facts, conditions, conventions, and how the steps were checked."""
    said = [*aside(derivation, show), summary(derivation)]
    return ["", *[row for sentence in said for row in textwrap.wrap(sentence, WIDTH, subsequent_indent="    ")]]


def aside(
    derivation: Derivation,
    show: Callable[[Expr], str],
    words: Callable[[str], str] = lambda text: text,
    *,
    without_value: bool = False,
) -> list[str]:
    """What is said of a result beside it: layout, facts at the point, where it holds, conventions at kinks.

    words: how plain text is put, as `show` says how expressions are. without_value: for where the value at the point
    is itself what is shown.
    """
    said = [words(_layout(derivation, show))] if derivation.layout else []
    said += [
        fact_in_words(fact, derivation.point, show)
        for fact in derivation.facts
        if not (without_value and fact.name == "value")
    ]
    lead = "the formula is for" if derivation.fact(BESIDE_THE_FORMULA) is not None else "for"
    said += [f"{lead} {text}" for text in conditions(derivation, show)]
    return [*said, *map(words, derivation.notes)]


def _layout(derivation: Derivation, show: Callable[[Expr], str]) -> str:
    """The shape and the order of the variables; on a terminal these are written as in the formulas: λ, not lambda."""
    text = derivation.layout
    for variable in derivation.variables if show is to_unicode else ():
        text = re.sub(rf"(?<!\w){re.escape(str(variable))}(?!\w)", show(variable), text)
    return text


def conditions(derivation: Derivation, show: Callable[[Expr], str]) -> list[str]:
    """The conditions of a result on one line; none when it holds everywhere."""
    if not derivation.conditions:
        return []
    return [", ".join(conditions_in_words(derivation.conditions, show))]


def columns(table: Table, show: Callable[[Expr], str]) -> list[str]:
    """A table as text: its title, its header, a line, its rows."""

    def said(cell: Cell) -> str:
        if isinstance(cell, Words):
            return cell.announced(show)
        if not isinstance(cell, str):
            return show(cell)
        return re.sub(r"(?<!\w)-(?=\w)", "−", cell) if show is to_unicode else cell

    cells = [list(table.header), *[list(map(said, row)) for row in table.rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(table.header))]
    lines = ["  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]).rstrip() for row in cells]
    rule = ("─" if show is to_unicode else "-") * max(map(len, lines))
    return [*([table.title] if table.title else []), lines[0], rule, *lines[1:]]


def is_condition(expr: Expr) -> bool:
    """Whether a line is an equation or a condition: what follows from it is equivalent, not equal."""
    return isinstance(expr, (Relation, And, Or))


def numbered(line: Line, show: Callable[[Expr], str], level: str) -> list[str]:
    """One numbered line with its rule at the right margin, wrapped where it is too long."""
    link = ("⟺" if show is to_unicode else "<=>") if is_condition(line.expr) else "="
    front = f"{line.number:>3} {link} "
    title = line.announced(show)
    text = show(line.expr)
    room = WIDTH - len(front) - len(title) - 2
    rows: list[str] = []
    if len(text) <= room:
        rows.append(f"{front}{text}{title.rjust(WIDTH - len(front) - len(text))}")
    else:
        first, *others = wrapped(text, WIDTH - len(front))
        rows.append(front + first)
        rows += [" " * len(front) + row for row in others]
        if len(rows[-1]) + len(title) + 2 <= WIDTH:
            rows[-1] += title.rjust(WIDTH - len(rows[-1]))
        else:
            rows.append(title.rjust(WIDTH))
    if level == "full":
        rows += [" " * len(front) + row for row in explanation(line, show)]
    return rows


def explanation(line: Line, show: Callable[[Expr], str]) -> list[str]:
    """The reason for a step: what was seen, the rule, and what its letters stand for."""
    step = line.step
    said = [step.why] if step.why else []
    if step.statement:
        said.append(step.statement)
    if step.bindings:
        said.append("with " + ", ".join(f"{name} = {show(value)}" for name, value in step.bindings))
    rows: list[str] = []
    for sentence in said:
        rows += textwrap.wrap(sentence, WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    return ["  " + row for row in rows]


def latex(derivation: Derivation, level: str = "standard") -> str:
    """An align* environment; the rule stands at the right as text, a heading above its lines."""
    from calcml.render.latex import to_latex

    body: list[str] = []
    for part in parts(derivation, level):
        rows = [
            f"&{_tex_link(line.expr)} {to_latex(line.expr)} && \\text{{{_tex_title(line.announced, to_latex)}}}"
            for line in part.lines
        ]
        if part.section.shows_start or (rows and not body):
            start = f"{to_latex(part.section.start)} "
            rows = [start + rows[0], *rows[1:]] if rows else [start + "&"]
        if part.section.title:
            rows.insert(0, f"&\\text{{{_tex_title(part.section.announced, to_latex)}}}")
        if part.section.table is not None:
            rows.insert(1, f"&{_tex_array(part.section.table)}")
        body += rows
    lines = ["\\begin{align*}", " \\\\\n".join(body), "\\end{align*}"]
    lines += [row for table in derivation.tables for row in latex_table(table)]
    return "\n".join([*lines, *aside(derivation, in_dollars, _tex)])


def _tex_link(expr: Expr) -> str:
    return "\\iff" if is_condition(expr) else "="


def latex_table(table: Table) -> list[str]:
    """A table as a LaTeX array."""
    return [_tex(table.title), rf"\[{_tex_array(table)}\]"]


def _tex_array(table: Table) -> str:
    from calcml.render.latex import to_latex

    def words(text: str) -> str:
        return rf"\text{{{_tex(text)}}}"

    def said(cell: Cell) -> str:
        if isinstance(cell, Words):
            return rf"\text{{{_tex_title(cell.announced, to_latex)}}}"
        return words(cell) if isinstance(cell, str) else to_latex(cell)

    rows = [" & ".join(map(said, row)) for row in table.rows]
    head = " & ".join(map(words, table.header)) + " \\\\ \\hline\n"
    body = " \\\\\n".join(rows)
    return f"\\begin{{array}}{{{'l' * len(table.header)}}}\n{head}{body}\n\\end{{array}}"


def in_dollars(expr: Expr) -> str:
    """An expression as a formula inside LaTeX or Markdown text."""
    from calcml.render.latex import to_latex

    return f"${to_latex(expr)}$"


def _tex_title(announced: Callable[[Callable[[Expr], str]], str], to_latex: Callable[[Expr], str]) -> str:
    """A title as LaTeX text, its formulas set as formulas."""
    formulas: list[str] = []

    def place(expr: Expr) -> str:
        formulas.append(to_latex(expr))
        return "\0"

    title = _tex(announced(place))
    for formula in formulas:
        title = title.replace("\0", f"${formula}$", 1)
    return title


def _tex(text: str) -> str:
    return "".join("\\" + c if c in "&%$#_{}" else c for c in text)


def markdown(derivation: Derivation, level: str = "standard") -> str:
    """A numbered list with LaTeX formulas; at level full the reason under each line."""
    rows: list[str] = []
    for part in parts(derivation, level):
        section = part.section
        if section.title:
            rows += ["", f"**{section.announced(in_dollars)}**"]
        if section.table is not None:
            rows += ["", *markdown_table(section.table)]
        rows += ["", in_dollars(section.start), ""] if section.shows_start else [""]
        for line in part.lines:
            link = f"${_tex_link(line.expr)} "
            rows.append(f"{line.number}. {in_dollars(line.expr).replace('$', link, 1)} — {line.announced(in_dollars)}")
            if level == "full":
                rows += [f"   {row.strip()}" for row in explanation(line, to_unicode)]
    for table in derivation.tables:
        rows += ["", *markdown_table(table)]
    beside = aside(derivation, in_dollars)
    rows += ["", *(["\n\n".join(beside), ""] if beside else []), summary(derivation)]
    return "\n".join(rows).strip("\n") + "\n"


def markdown_table(table: Table) -> list[str]:
    """A table in Markdown with LaTeX formulas."""

    def formula(expr: Expr) -> str:
        return in_dollars(expr).replace("|", r"\vert ")

    def said(cell: Cell) -> str:
        return cell.announced(formula) if isinstance(cell, Words) else cell if isinstance(cell, str) else formula(cell)

    rows = [list(map(said, row)) for row in table.rows]
    lines = [f"| {' | '.join(row)} |" for row in [list(table.header), ["---"] * len(table.header), *rows]]
    return [*([f"**{table.title}**", ""] if table.title else []), *lines]


def html(derivation: Derivation, level: str = "standard") -> str:
    """An HTML fragment: MathML lines in a table, everything else escaped."""
    from calcml.render.mathml import to_mathml

    rows: list[str] = ['<section class="calcml-derivation">']
    for part in parts(derivation, level):
        if part.section.title:
            rows.append(f"<h3>{escape(part.section.announced(to_unicode))}</h3>")
        if part.section.table is not None:
            rows += html_table(part.section.table)
        if part.section.shows_start:
            rows.append(f"<p>{to_mathml(part.section.start, display=True)}</p>")
        if part.lines:
            rows += ["<table>", *[_html_row(line, level, to_mathml) for line in part.lines], "</table>"]
    rows += [row for table in derivation.tables for row in html_table(table)]
    rows += [f"<p>{escape(sentence)}</p>" for sentence in aside(derivation, to_unicode)]
    rows += [f"<p><small>{escape(summary(derivation))}</small></p>", "</section>"]
    return "\n".join(rows)


def html_table(table: Table) -> list[str]:
    """A table in HTML with MathML formulas."""
    from calcml.render.mathml import to_mathml

    def cell(content: Cell) -> str:
        if isinstance(content, Words):
            return f"<td>{escape(content.announced(to_unicode))}</td>"
        return f"<td>{escape(content) if isinstance(content, str) else to_mathml(content)}</td>"

    head = "".join([f"<th>{escape(text)}</th>" for text in table.header])
    rows = [f"<tr>{''.join(map(cell, row))}</tr>" for row in table.rows]
    title = [f"<caption>{escape(table.title)}</caption>"] if table.title else []
    return ["<table>", *title, f"<tr>{head}</tr>", *rows, "</table>"]


def _html_row(line: Line, level: str, to_mathml: Callable[..., str]) -> str:
    why = ""
    if level == "full":
        reasons = " ".join(row.strip() for row in explanation(line, to_unicode))
        why = f"<br><small>{escape(reasons)}</small>"
    link = "&#x27FA;" if is_condition(line.expr) else "="
    return (
        f"<tr><td>{line.number}</td><td>{link}</td><td>{to_mathml(line.expr, display=True)}</td>"
        f"<td>{escape(line.announced(to_unicode))}{why}</td></tr>"
    )
