"""The state of a list, read from an address and written back to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

RESERVED = frozenset({"q", "sort", "page", "size", "col"})


@dataclass(frozen=True, slots=True)
class TableState:
    """What a reader chose: words, filter values, order, page, page size and columns."""

    query: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    page: int = 1
    size: int = 0
    columns: tuple[str, ...] = ()

    @classmethod
    def read(cls, lists: Mapping[str, Sequence[str]]) -> TableState:
        """Read a state from ``{name: [values]}``; whatever cannot be read counts as not given."""
        sort = _last(lists, "sort")
        choices = {
            key: tuple(v for v in values if v) for key, values in lists.items() if key not in RESERVED and any(values)
        }
        return cls(
            query=_last(lists, "q").strip()[:200],
            choices=choices,
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            page=_number(_last(lists, "page"), 1),
            size=_number(_last(lists, "size"), 0),
            columns=tuple(v for v in lists.get("col", ()) if v),
        )

    def chosen(self, key: str) -> tuple[str, ...]:
        """The values chosen for one filter."""
        return self.choices.get(key, ())

    def without(self, key: str) -> TableState:
        """The same state with one filter open."""
        return replace(self, choices={k: v for k, v in self.choices.items() if k != key}, page=1)

    def query_string(self, **changes: Any) -> str:
        """The address of this state with ``changes``, beginning with ``?``; the first page is not written."""
        state = replace(self, **changes)
        pairs: list[tuple[str, str]] = [("q", state.query)] if state.query else []
        pairs += [(key, value) for key, values in state.choices.items() for value in values]
        if state.sort:
            pairs.append(("sort", ("-" if state.descending else "") + state.sort))
        pairs += [("col", key) for key in state.columns]
        pairs += [("size", str(state.size))] if state.size else []
        pairs += [("page", str(state.page))] if state.page > 1 else []
        return "?" + urlencode(pairs)

    @property
    def narrowed(self) -> bool:
        """True when words or a filter leave rows out."""
        return bool(self.query or self.choices)


def _last(lists: Mapping[str, Sequence[str]], key: str) -> str:
    values = lists.get(key) or ("",)
    return values[-1]


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else default
