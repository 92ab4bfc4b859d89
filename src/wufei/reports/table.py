"""A list that filters, sorts, pages and exports, declared once; the address is its whole state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wufei.reports.state import TableState


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a cell: text with an optional link and the language that the text is in."""

    text: str
    href: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column shows for one row.

    ``text`` is shown and exported; ``value`` is what sorts and what a workbook stores (None: not known).
    ``parts`` replaces ``text`` on the page when several things are linked; ``note`` is a second, quieter line;
    ``mark`` names the badge style; ``chart`` is ready-made SVG.
    """

    text: str
    value: Any = None
    href: str = ""
    lang: str = ""
    note: str = ""
    mark: str = ""
    parts: tuple[Part, ...] = ()
    chart: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how a row fills it, in which language, and whether it counts as a number.

    ``style`` is ``tight`` (never broken over lines), ``some`` or ``wide`` (text), or ``refs`` (links that stay whole).
    """

    key: str
    label: Any
    cell: Callable[[Any, str], Cell]
    number: bool = False
    sortable: bool = True
    shown: bool = True
    head: bool = False
    exported: bool = True
    style: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice above the list: the values that a row answers to, and how a value reads."""

    key: str
    label: Any
    values: Callable[[Any], Iterable[str]]
    name: Callable[[str, str], str]
    order: Callable[[str], Any] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row made ready in one language: its cells, the values it answers to, and its words."""

    item: Any
    cells: Mapping[str, Cell]
    facets: Mapping[str, frozenset[str]]
    words: str


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter, with how many rows answer to it."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class View:
    """One page of a list: what the template draws and the exporter writes."""

    table: Table
    state: TableState
    columns: tuple[Column, ...]
    matched: tuple[Row, ...]
    rows: tuple[Row, ...]
    total: int
    page: int
    pages: int
    first: int

    @property
    def last(self) -> int:
        """Number of the last row shown (1-based; 0 when none matched)."""
        return self.first + len(self.rows) - 1 if self.rows else 0


@dataclass(frozen=True)
class Table:
    """A list declared once: columns, filters, searchable words, the order it stands in unasked, and page size."""

    key: str
    columns: tuple[Column, ...]
    words: Callable[[Any], str]
    filters: tuple[Filter, ...] = ()
    order: Callable[[Any], Any] | None = None
    size: int = 50
    sizes: tuple[int, ...] = field(default=(20, 50, 200))

    def prepare(self, items: Iterable[Any], lang: str) -> Prepared:
        """Make every row ready in ``lang``; the result can be kept as long as the items do not change."""
        ordered = sorted(items, key=self.order) if self.order else items
        return Prepared(self, lang, tuple(self._row(item, lang) for item in ordered))

    def _row(self, item: Any, lang: str) -> Row:
        cells = {column.key: column.cell(item, lang) for column in self.columns}
        facets = {f.key: frozenset(f.values(item)) for f in self.filters}
        return Row(item, cells, facets, self.words(item).casefold())


@dataclass(frozen=True)
class Prepared:
    """All rows of a list in one language, waiting for a state."""

    table: Table
    lang: str
    rows: tuple[Row, ...]

    def view(self, state: TableState) -> View:
        """Filter, sort and cut one page; a page past the end is the last page."""
        matched = self._sorted(self._matched(state), state)
        size = state.size if state.size in self.table.sizes else self.table.size
        pages = max(1, -(-len(matched) // size))
        page = min(max(1, state.page), pages)
        start = (page - 1) * size
        return View(
            self.table, state, self._columns(state), matched, matched[start : start + size],
            len(self.rows), page, pages, start + 1,
        )  # fmt: skip

    def options(self, wanted: Filter, state: TableState) -> tuple[Option, ...]:
        """The values of one filter with their counts among the rows that every other choice leaves."""
        rows = self._matched(state.without(wanted.key))
        counts = Counter(value for row in rows for value in row.facets[wanted.key])
        every = {value for row in self.rows for value in row.facets[wanted.key]}
        chosen = state.chosen(wanted.key)
        ordered = sorted(every, key=wanted.order or _text_key) + [v for v in chosen if v not in every]
        return tuple(Option(v, wanted.name(v, self.lang), counts[v], v in chosen) for v in ordered)

    def _columns(self, state: TableState) -> tuple[Column, ...]:
        asked = set(state.columns)
        return tuple(c for c in self.table.columns if c.head or (c.key in asked if asked else c.shown))

    def _matched(self, state: TableState) -> tuple[Row, ...]:
        words = state.query.casefold().split()
        choices = {f.key: set(state.chosen(f.key)) for f in self.table.filters if state.chosen(f.key)}
        return tuple(
            row
            for row in self.rows
            if all(word in row.words for word in words) and all(row.facets[key] & want for key, want in choices.items())
        )

    def _sorted(self, rows: tuple[Row, ...], state: TableState) -> tuple[Row, ...]:
        column = next((c for c in self.table.columns if c.key == state.sort and c.sortable), None)
        if column is None:
            return rows
        known = [row for row in rows if _sort_value(row, column) is not None]
        unknown = [row for row in rows if _sort_value(row, column) is None]
        known.sort(key=lambda row: _sort_value(row, column), reverse=state.descending)
        return tuple(known + unknown)


def _sort_value(row: Row, column: Column) -> Any:
    """What a row sorts by; None sorts last either way."""
    cell = row.cells[column.key]
    if column.number:
        return cell.value if isinstance(cell.value, int | float) or hasattr(cell.value, "as_tuple") else None
    if cell.value is not None and not isinstance(cell.value, str):
        return str(cell.value)
    return _text_key(cell.value or cell.text) if (cell.value or cell.text) else None


def _text_key(text: str) -> Any:
    """Sort key of a text; the GB 18030 bytes put common Chinese characters in pinyin order."""
    return str(text).casefold().encode("gb18030", "replace")


def labels(columns: Sequence[Column]) -> list[str]:
    """The column headings as plain text in the language now active."""
    return [str(column.label) for column in columns]
