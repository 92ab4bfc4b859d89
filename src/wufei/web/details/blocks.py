"""Tables inside an item's page, drawn as the lists are: cards on a phone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from wufei.reports.state import TableState
from wufei.reports.table import Column, Table, labels
from wufei.web.cells import rows_html

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Block:
    """A table ready to draw: its heading, the columns' (label, whether a number), its rows as HTML, how many."""

    title: str
    heads: tuple[tuple[str, bool], ...]
    body: SafeString
    count: int


def block(title: str, columns: Sequence[Column], items: Iterable[Any], lang: str) -> Block:
    """A table of ``items`` in the order given, all on one page."""
    table = Table("block", tuple(columns), lambda _item: "", size=MOST)
    view = table.prepare(items, lang).view(TableState.read({}))
    heads = tuple((label, column.number) for label, column in zip(labels(columns), columns, strict=True))
    return Block(title, heads, rows_html(view, lang, {}), view.total)
