"""The parts that an item's page is put together from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from wufei.reports.table import Cell, Part
from wufei.terms import Citation
from wufei.web.language import joined, lang
from wufei.web.links import item_url, line_url, lines_text, short
from wufei.web.plan import Plan


@dataclass(frozen=True, slots=True)
class Tag:
    """A badge: text and the style it takes."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One linked item in a list of related things, with a quieter remark."""

    short: str
    name: str
    href: str
    note: str = ""
    note_lang: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Linked items under one heading."""

    label: Any
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """What one kind adds to its page: badges, facts, its own template with values, groups of linked items."""

    tags: tuple[Tag, ...] = ()
    facts: tuple[tuple[Any, Cell], ...] = ()
    template: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    related: tuple[str, ...] = ()


def entry(plan: Plan, kind: str, item: Any, lang: str, note: str = "", note_lang: str = "") -> Entry:
    """An item as one line of a list."""
    return Entry(short(kind, item), item.name(lang), item_url(plan, kind, item.id), note, note_lang)


def entries(plan: Plan, kind: str, items: Iterable[Any], lang: str) -> tuple[Entry, ...]:
    """Items as the lines of a list."""
    return tuple(entry(plan, kind, item, lang) for item in items)


def org_cell(plan: Plan, ids: Iterable[str], lang: str) -> Cell:
    """Organisations as one linked cell."""
    orgs = plan.orgs(dict.fromkeys(ids))
    parts = tuple(Part(plan.brief(org, lang), item_url(plan, "orgs", org.id)) for org in orgs)
    return Cell(joined([org.name(lang) for org in orgs]), parts=parts)


def link_cell(plan: Plan, kind: str, item_id: str | None, lang: str) -> Cell:
    """One item as a linked cell; empty when there is none."""
    item = plan.find(kind, item_id) if item_id else None
    return Cell(item.name(lang), href=item_url(plan, kind, item.id)) if item else Cell("")


def chinese(text: str | None, lang: str) -> Cell:
    """Text that stands in Chinese in the source, marked as such in English pages."""
    return Cell(text or "", lang="zh" if lang == "en" else "")


def known(facts: Iterable[tuple[Any, Cell]]) -> tuple[tuple[Any, Cell], ...]:
    """The facts that say something."""
    return tuple((label, cell) for label, cell in facts if cell.text or cell.parts)


def cite_of(plan: Plan, cite: Citation) -> dict[str, str]:
    """A citation as a page shows it: the document's name, the clause, the printed lines and where they stand."""
    source = plan.find("sources", cite.source)
    return {
        "name": source.name(lang()) if source else cite.source,
        "clause": cite.clause,
        "lines": lines_text(cite) if cite.line else "",
        "href": line_url(plan, cite),
    }
