"""The cells of a list as HTML, made once per catalogue and language: a page of a list only joins them."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from wufei.reports.table import Cell, Column, Part, Row, View

PLAIN = frozenset({"", "words", "zero"})


def rows_html(view: View, lang: str, kept: dict[tuple[int, str], SafeString]) -> SafeString:
    """The body of a list; ``kept`` holds the cells made so far, by row and column."""
    made = ["<tr>" + "".join(_kept(row, column, lang, kept) for column in view.columns) + "</tr>" for row in view.rows]
    return mark_safe("".join(made))  # noqa: S308 - every cell is escaped where it is made


def _kept(row: Row, column: Column, lang: str, kept: dict[tuple[int, str], SafeString]) -> SafeString:
    key = (id(row), column.key)
    if key not in kept:
        kept[key] = cell_html(row.cells[column.key], column, lang)
    return kept[key]


def cell_html(cell: Cell, column: Column, lang: str) -> SafeString:
    """One cell: the row's heading, or data with its label for the cards of a phone."""
    note = format_html('<span class="sub">{}</span>', cell.note) if cell.note else ""
    if column.head:
        return format_html('<th scope="row">{}{}</th>', linked(cell.text, cell.href, cell.lang), note)
    names = ["number"] if column.number else []
    names += [column.style] if column.style else []
    names += [] if cell.text or cell.chart else ["blank"]
    return format_html(
        '<td data-label="{}" class="{}">{}{}</td>', column.label, " ".join(names), inside(cell, lang), note
    )


def inside(cell: Cell, lang: str) -> SafeString:
    """What a cell shows: a chart, links, a badge, the unknown, or text."""
    if cell.chart:
        return SafeString(cell.chart)
    if cell.parts:
        return format_html("<span>{}</span>", parts_html(cell.parts, lang))
    if cell.mark == "nil":
        return format_html('<span class="unknown-value">{}</span>', cell.text)
    if cell.href:
        return linked(cell.text, cell.href, cell.lang, cell.mark)
    if cell.mark not in PLAIN and cell.text:
        return format_html('<span><span class="tag {}">{}</span></span>', cell.mark, cell.text)
    return linked(cell.text, "", cell.lang, "faint" if cell.mark == "zero" else "")


def parts_html(parts: tuple[Part, ...], lang: str) -> SafeString:
    """Linked pieces, listed as the language lists."""
    return format_html_join(", " if lang == "en" else "、", "{}", ((linked(p.text, p.href, p.lang),) for p in parts))


def linked(text: str, href: str, lang: str = "", name: str = "") -> SafeString:
    """Text, as a link when there is an address, with its language and class when it has them."""
    if not (href or lang or name):
        return format_html("<span>{}</span>", text)
    tag = "a" if href else "span"
    attributes = [("href", href), ("lang", lang), ("class", name)]
    said = format_html_join("", ' {}="{}"', ((key, value) for key, value in attributes if value))
    return format_html("<{}{}>{}</{}>", tag, said, text, tag)
