"""One view for every item's page."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wufei.catalog.items import PlanItem
from wufei.web.details import DETAILS
from wufei.web.details.parts import Detail, Group, cite_of, entries
from wufei.web.kinds import KINDS
from wufei.web.language import lang
from wufei.web.links import short
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import signed_in
from wufei.web.printed import PrintedLine, around, changes
from wufei.web.render import page
from wufei.web.views.lists import prepared
from wufei.web.wording import say


@signed_in
@require_safe
def item(request: HttpRequest, city: str, kind: str, item_id: str) -> HttpResponse:
    """An item with its facts, what belongs to it, its corrections, and its printed line beside the reading."""
    if not KINDS[kind].paged:
        raise Http404
    plan = plan_of(city)
    found = plan.get(kind, item_id)
    context = plan.kept(("item", kind, item_id, lang()), lambda: _context(plan, kind, found))
    before, after = plan.kept(("beside", kind), lambda: _neighbours(plan, kind)).get(item_id, (None, None))
    return page(request, "web/item.html", context | {"before": before, "after": after})


def _context(plan: Plan, kind: str, found: Any) -> dict[str, Any]:
    detail = DETAILS[kind](plan, found, lang())
    return {
        "kind": KINDS[kind],
        "item": found,
        "name": found.name(lang()),
        "short": short(kind, found),
        "detail": detail,
        "groups": [*detail.groups, *_related(plan, kind, found, detail)],
        "corrections": _corrections(plan, kind, found),
        "compare": _compare(found),
        "printed": _printed(plan, found),
        "cites": [cite_of(plan, cite) for cite in found.cites],
        "file": f"{kind}/{found.path.name}",
        **detail.values,
    }


def _neighbours(plan: Plan, kind: str) -> dict[str, tuple[str | None, str | None]]:
    """The ids before and after each item, in the order of the list."""
    ids = [row.item.id for row in prepared(plan, kind).rows]
    return {here: (a, b) for here, a, b in zip(ids, [None, *ids], [*ids[1:], None], strict=False)}


def _related(plan: Plan, kind: str, found: Any, detail: Detail) -> list[Group]:
    related = plan.related(kind, found.id)
    return [
        Group(KINDS[name].label, entries(plan, name, related[name], lang()))
        for name in detail.related
        if name in related
    ]


def _corrections(plan: Plan, kind: str, found: Any) -> list[dict[str, Any]]:
    english = lang() == "en"
    return [
        {
            "item": correction,
            "name": correction.name(lang()),
            "sure": say("certainty", correction.confidence),
            "reason": correction.reason_en if english else correction.reason_zh,
        }
        for correction in plan.scope.corrections_of(kind, found.id)
    ]


def _compare(found: Any) -> list[dict[str, Any]]:
    """Printed form and reading, field by field, with what differs marked."""
    if not isinstance(found, PlanItem):
        return []
    rows = []
    for field, printed in found.printed.items():
        reading = found.reading.get(field, printed)
        was, now = changes(printed, reading)
        rows.append({"label": say("field", field), "was": was, "now": now, "same": printed == reading})
    return rows


def _printed(plan: Plan, found: Any) -> list[dict[str, Any]]:
    """Each cited passage with the lines around it."""
    fragments = _fragments(found)
    passages = []
    for cite in found.cites:
        text = plan.catalog.texts.get(cite.source)
        if text is None or cite.line is None:
            continue
        lines: list[PrintedLine] = around(text, cite.lines(), fragments)
        passages.append({"cite": cite_of(plan, cite), "source": cite.source, "lines": lines})
    return passages


def _fragments(found: Any) -> tuple[str, ...]:
    """What to mark in the printed lines: the printed fields, or what a correction quotes."""
    if isinstance(found, PlanItem):
        return tuple(text for text in found.printed.values() if len(text) > 1)
    quoted = [getattr(found, "printed", None), *(e.contains for e in getattr(found, "expect", ()))]
    return tuple(text for text in quoted if text)
