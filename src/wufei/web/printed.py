"""The printed text as HTML: cells of a table row, fragments marked, and what a correction changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from wufei.catalog import SourceText

LONG, MOST = 120, 0.8


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One numbered line ready to show; ``cited`` lines are lit, the others are context."""

    number: int
    html: SafeString
    cited: bool


def spans_of(text: str, fragments: Iterable[str]) -> list[tuple[int, int]]:
    """Where the fragments stand in ``text``: merged, sorted, half-open."""
    found = sorted((at, at + len(fragment)) for fragment in fragments if fragment for at in _every(text, fragment))
    merged: list[tuple[int, int]] = []
    for begin, end in found:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _every(text: str, fragment: str) -> Iterable[int]:
    at = text.find(fragment)
    while at >= 0:
        yield at
        at = text.find(fragment, at + len(fragment))


def marked(text: str, spans: Sequence[tuple[int, int]]) -> SafeString:
    """``text`` escaped, with the spans inside ``<mark>``."""
    pieces, done = [], 0
    for begin, end in spans:
        pieces += [escape(text[done:begin]), "<mark>", escape(text[begin:end]), "</mark>"]
        done = end
    return mark_safe("".join([*pieces, escape(text[done:])]))  # noqa: S308 - every piece of text is escaped


def line_html(line: str, fragments: Iterable[str] = ()) -> SafeString:
    """A printed line; a row of a table (tabs) is shown in its cells."""
    wanted = tuple(fragments)
    if "\t" not in line:
        return marked(line, spans_of(line, wanted))
    cells = "".join(_cell(cell, wanted) for cell in line.split("\t"))
    return mark_safe(f'<span class="cells">{cells}</span>')  # noqa: S308 - the cells are escaped


def _cell(cell: str, fragments: Iterable[str]) -> str:
    if not cell.strip():
        return '<span class="void">·</span>'
    return f"<span>{marked(cell, spans_of(cell, fragments))}</span>"


def around(text: SourceText, cited: range, fragments: Iterable[str], margin: int = 1) -> list[PrintedLine]:
    """The cited lines with ``margin`` printed lines on either side, and the heading row of the table they stand in."""
    before = _printed_before(text, cited[0], margin)
    after = _printed_after(text, cited[-1], margin)
    heading = _heading(text, cited[0])
    numbers = sorted({*before, *cited, *after, *([heading] if heading else [])})
    wanted = tuple(fragments)
    return [
        PrintedLine(n, line_html(text.line(n), _worth_marking(text.line(n), wanted) if n in cited else ()), n in cited)
        for n in numbers
        if text.line(n).strip()
    ]


def _worth_marking(line: str, fragments: tuple[str, ...]) -> tuple[str, ...]:
    """The fragments, unless they are all of a long line: then the lit line says enough."""
    covered = sum(end - begin for begin, end in spans_of(line, fragments))
    return () if len(line) > LONG and covered > MOST * len(line) else fragments


def _printed_before(text: SourceText, line: int, margin: int) -> list[int]:
    return [n for n, said in text.lines(1, line - 1) if said.strip()][-margin:]


def _printed_after(text: SourceText, line: int, margin: int) -> list[int]:
    return [n for n, said in text.lines(line + 1, len(text)) if said.strip()][:margin]


def _heading(text: SourceText, line: int) -> int | None:
    """The last row above that is a table row and does not begin with a number; None outside a table."""
    if "\t" not in text.line(line):
        return None
    rows = [n for n, said in text.lines(1, line - 1) if said.count("\t") > 1 and not said[:1].isdigit()]
    return next((n for n in reversed(rows) if all(text.line(n).split("\t")[:3])), None)


def changes(printed: str, reading: str) -> tuple[SafeString, SafeString]:
    """Both forms with what differs marked: gone from the first, new in the second."""
    if printed == reading:
        plain = mark_safe(escape(printed))  # noqa: S308 - escaped
        return plain, plain
    was, now = [], []
    for kind, a, b, c, d in SequenceMatcher(None, printed, reading, autojunk=False).get_opcodes():
        left, right = escape(printed[a:b]), escape(reading[c:d])
        was.append(left if kind == "equal" or not left else f"<del>{left}</del>")
        now.append(right if kind == "equal" or not right else f"<ins>{right}</ins>")
    return mark_safe("".join(was)), mark_safe("".join(now))  # noqa: S308 - every piece is escaped
