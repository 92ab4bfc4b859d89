"""What stands on the page of somebody's work: matters, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to do or to look at: badge, words, page, and the day by which."""

    mark: str
    word: str
    text: str
    href: str
    due: date | None = None
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Matters of one kind; ``count`` may be more than are shown, ``all`` is where the rest is."""

    label: str
    matters: tuple[Matter, ...]
    count: int
    all: str = ""
