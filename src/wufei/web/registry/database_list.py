"""A list whose rows stay in the database: the same columns, state and page as other lists, one page of rows read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from wufei.reports.state import TableState
from wufei.reports.table import Column, Option, Row, Table, View

SIZE, SIZES = 50, (20, 50, 200)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice above the list: a field of the rows, and how a value reads in a language.

    ``conditions`` in place of a field names each value's own condition, in the order to show.
    """

    key: str
    label: Any
    name: Callable[[str, str], str]
    field: str = ""
    conditions: Mapping[str, Q] | None = None

    def asked(self, values: Sequence[str]) -> Q:
        """The condition for the values chosen; a value that there is not answers to no row."""
        if self.conditions is None:
            return Q(**{f"{self.field}__in": values})
        chosen = [self.conditions.get(value, Q(pk__in=[])) for value in values]
        return reduce(or_, chosen)


@dataclass(frozen=True)
class DatabaseList:
    """A list declared once: what it shows, by which fields words find a row, and what each column is ordered by.

    ``orders`` maps a column's key to the field that orders it; a column without one is not sortable.
    """

    key: str
    label: Any
    about: Any
    icon: str
    columns: tuple[Column, ...]
    words: tuple[str, ...]
    orders: Mapping[str, str]
    choices: tuple[Choice, ...] = ()
    related: tuple[str, ...] = ()

    def matched(self, rows: QuerySet[Any], state: TableState, *, but: str = "") -> QuerySet[Any]:
        """The rows that words and choices leave; ``but`` leaves one choice open."""
        for word in state.query.split():
            rows = rows.filter(reduce(or_, (Q(**{f"{field}__icontains": word}) for field in self.words)))
        for choice in self.choices:
            values = state.chosen(choice.key)
            if values and choice.key != but:
                rows = rows.filter(choice.asked(values))
        return rows

    def ordered(self, rows: QuerySet[Any], state: TableState) -> QuerySet[Any]:
        """In the order asked for; rows without the value come last either way."""
        field = self.orders.get(state.sort)
        if field is None:
            return rows
        order = F(field).desc(nulls_last=True) if state.descending else F(field).asc(nulls_last=True)
        return rows.order_by(order, "pk")

    def view(self, rows: QuerySet[Any], state: TableState, lang: str) -> tuple[View, int]:
        """One page of the list, and how many rows matched: three queries."""
        matched = self.matched(rows, state)
        total, count = rows.count(), matched.count()
        size = state.size if state.size in SIZES else SIZE
        pages = max(1, -(-count // size))
        page = min(max(1, state.page), pages)
        start = (page - 1) * size
        cut = self.ordered(matched, state).select_related(*self.related)[start : start + size]
        shown = tuple(self.row(item, lang) for item in cut)
        columns = self._columns(state)
        return View(self.table, state, columns, shown, shown, total, page, pages, start + 1), count

    @property
    def table(self) -> Table:
        """The same list as other lists are declared, for what draws them."""
        return Table(self.key, self.columns, lambda _item: "", size=SIZE, sizes=SIZES)

    def _columns(self, state: TableState) -> tuple[Column, ...]:
        asked = set(state.columns)
        return tuple(c for c in self.columns if c.head or (c.key in asked if asked else c.shown))

    def row(self, item: Any, lang: str) -> Row:
        """One row made ready in ``lang``."""
        return Row(item, {column.key: column.cell(item, lang) for column in self.columns}, {}, "")

    def every(self, rows: QuerySet[Any], state: TableState, lang: str) -> Iterator[Row]:
        """All rows that the choices leave, a few at a time."""
        found = self.ordered(self.matched(rows, state), state).select_related(*self.related)
        return (self.row(item, lang) for item in found.iterator(2000))

    def options(self, rows: QuerySet[Any], state: TableState, lang: str) -> list[tuple[Choice, list[Option]]]:
        """Each choice with its values and how many rows answer to each: one query a choice."""
        return [(choice, self._options(choice, rows, state, lang)) for choice in self.choices]

    def _options(self, choice: Choice, rows: QuerySet[Any], state: TableState, lang: str) -> list[Option]:
        left = self.matched(rows, state, but=choice.key).order_by()
        if choice.conditions is None:
            found = left.values_list(choice.field).annotate(count=Count("pk")).order_by(choice.field)
            counts = {value: count for value, count in found if value}
        else:
            counts = left.aggregate(**{k: Count("pk", filter=q) for k, q in choice.conditions.items()})
        chosen = state.chosen(choice.key)
        values = [*counts, *(value for value in chosen if value not in counts)]
        return [Option(v, choice.name(v, lang), counts.get(v, 0), v in chosen) for v in values]
