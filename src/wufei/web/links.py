"""Addresses and short names of items, the same on every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from wufei.terms import Citation
from wufei.web.plan import Plan
from wufei.web.wording import say

NUMERALS = "〇一二三四五六七八九十"


def item_url(plan: Plan, kind: str, item_id: str) -> str:
    """The address of one item's page."""
    return reverse("item", args=[plan.id, kind, item_id])


def list_url(plan: Plan, kind: str, **query: str) -> str:
    """The address of a list, with filters."""
    return reverse("list", args=[plan.id, kind], query=query or None)


def line_url(plan: Plan, cite: Citation) -> str:
    """The address of the first cited line in the source's text; of the source's card when no line is cited."""
    if cite.line is None:
        return item_url(plan, "sources", cite.source)
    span = f"{cite.line}-{cite.lines()[-1]}"
    return reverse("text", args=[plan.id, cite.source], query={"lines": span}) + f"#L{cite.line}"


def lines_text(cite: Citation) -> str:
    """The cited lines as ``L34`` or ``L96–98``; the clause when the text is not shipped."""
    if cite.line is None:
        return cite.clause
    last = cite.lines()[-1]
    return f"L{cite.line}" if last == cite.line else f"L{cite.line}–{last}"


_SHORT: dict[str, Callable[[Any], str]] = {
    "indicators": lambda item: _("Indicator {no}").format(no=item.no),
    "tasks": lambda item: _("{section} {no}").format(section=say("section", item.section), no=item.no),
    "projects": lambda item: _("Project {no}").format(no=item.no),
    "measures": lambda item: _("Measure {section}-{no}").format(section=item.section_no, no=item.no),
    "systems": lambda item: item.id.upper(),
    "streams": lambda item: item.code or "",
    "places": lambda item: item.code or "",
}


def short(kind: str, item: Any) -> str:
    """The short name that people say: 指标 14, 工业 3, 项目 6, C12; empty for kinds without one."""
    return _SHORT[kind](item) if kind in _SHORT else ""
