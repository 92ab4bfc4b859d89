"""Pages of a list that stay right while records arrive: a cursor names the last line seen, not a number of lines."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from psycopg import sql

from wufei.terms import NamedError

Item = TypeVar("Item")
Row = TypeVar("Row")
LARGEST_PAGE = 10_000


class CursorUnreadable(NamedError):
    """A text that is not a cursor of the list it is given to."""

    code = "cursor_unreadable"
    zh = "翻页位置“{text}”无法识别。"
    en = "The cursor {text!r} cannot be read."
    remedy_zh = "请从第一页重新翻起；翻页位置须原样带回。"
    remedy_en = "Start again from the first page; a cursor must be sent back as it came."


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items in their order; ``next`` and ``previous`` are the cursors of the pages beside, None at an end."""

    items: tuple[Item, ...]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after (``back`` False) or before (``back`` True) the line with these ``keys``."""

    keys: tuple[Any, ...]
    back: bool

    def write(self) -> str:
        """The cursor that ``read`` understands."""
        body = json.dumps([int(self.back), *self.keys], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str | None, *kinds: type) -> Position | None:
        """Read a cursor whose keys are of ``kinds``; None for the first page. Raises CursorUnreadable."""
        if text is None:
            return None
        try:
            back, *keys = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (ValueError, TypeError) as error:
            raise CursorUnreadable(text=text) from error
        if back not in {0, 1} or [type(key) for key in keys] != list(kinds):
            raise CursorUnreadable(text=text)
        return cls(tuple(keys), bool(back))


def limited(size: int) -> int:
    """A page size between 1 and the largest."""
    return max(1, min(size, LARGEST_PAGE))


def make_page(
    rows: Sequence[Row], size: int, position: Position | None, keys: Callable[[Row], tuple[Any, ...]]
) -> tuple[list[Row], str | None, str | None]:
    """Cut ``rows``, read in the direction of travel with one to spare, into a page in order, and its two cursors."""
    back = position is not None and position.back
    more = len(rows) > size
    kept = list(rows[:size])
    if back:
        kept.reverse()
    after, before = (True, more) if back else (more, position is not None)
    following = Position(keys(kept[-1]), back=False).write() if kept and after else None
    preceding = Position(keys(kept[0]), back=True).write() if kept and before else None
    return kept, following, preceding


def ordering(columns: Sequence[str], position: Position | None, *, newest_first: bool = False) -> sql.Composed:
    """ORDER BY over ``columns`` in the direction of travel."""
    back = position is not None and position.back
    way = sql.SQL(" DESC" if back != newest_first else "")
    return sql.SQL("ORDER BY ") + sql.SQL(", ").join(sql.SQL(column) + way for column in columns)


def beyond(columns: Sequence[str], position: Position | None, *, newest_first: bool = False) -> sql.Composable:
    """The condition that a row lies beyond the position, with the keys as ``%(key_0)s`` …; true on the first page."""
    if position is None:
        return sql.SQL("true")
    sign = sql.SQL("<" if position.back != newest_first else ">")
    left = sql.SQL(", ").join(map(sql.SQL, columns))
    right = sql.SQL(", ").join(sql.Placeholder(f"key_{n}") for n in range(len(columns)))
    return sql.SQL("({}) {} ({})").format(left, sign, right)


def key_values(position: Position | None) -> dict[str, Any]:
    """The parameters that ``beyond`` names."""
    return {f"key_{n}": key for n, key in enumerate(position.keys)} if position else {}
