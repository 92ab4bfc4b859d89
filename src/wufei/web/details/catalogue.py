"""The pages of a place, a waste stream and a source."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wufei.reports.table import Cell
from wufei.web.details.parts import Detail, Group, Tag, chinese, entries, known, link_cell
from wufei.web.kinds import KINDS
from wufei.web.lists.catalogue import projects_at
from wufei.web.plan import Plan
from wufei.web.wording import say


def place(plan: Plan, item: Any, lang: str) -> Detail:
    """Code, parent, parts, organisations and projects of a division."""
    parts = [other for other in plan.items("places") if other.parent == item.id]
    orgs = [other for other in plan.items("orgs") if other.place == item.id]
    return Detail(
        tags=(Tag(say("level", item.level)),),
        facts=known(
            (
                (_("Code"), Cell(item.code or "", note=say("code_kind", item.code_kind))),
                (_("Part of"), link_cell(plan, "places", item.parent, lang)),
                (_("Remarks"), Cell((item.note_en if lang == "en" else item.note_zh) or "")),
            )
        ),
        groups=_filled(
            Group(_("Key projects"), entries(plan, "projects", projects_at(plan, item.id), lang)),
            Group(_("Organisations"), entries(plan, "orgs", orgs, lang)),
            Group(_("Divisions"), entries(plan, "places", parts, lang)),
        ),
    )


def stream(plan: Plan, item: Any, lang: str) -> Detail:
    """Code, family, hazard and branches of a waste stream."""
    children = [other for other in plan.items("streams") if other.parent == item.id]
    hazards = "、".join(f"{h}（{say('hazard', h)}）" for h in item.hazard.replace("/", ",").split(",") if h.strip())
    industry = " ".join(text for text in (item.industry_code, item.industry) if text)
    return Detail(
        tags=(
            Tag(say("family", item.family)),
            *((Tag(_("Hazardous"), "warning"),) if item.hazardous else ()),
        ),
        facts=known(
            (
                (_("Code"), Cell(item.code or "")),
                (_("Part of"), link_cell(plan, "streams", item.parent, lang)),
                (
                    _("Hazard"),
                    Cell(
                        hazards if lang == "zh" else hazards.replace("、", ", ").replace("（", " (").replace("）", ")")
                    ),
                ),
                (_("Industry"), chinese(industry, lang)),
                (_("Confidence"), Cell(say("confidence", item.confidence), mark=item.confidence)),
                (_("Remarks"), Cell((item.note_en if lang == "en" else item.note_zh) or "")),
            )
        ),
        groups=_filled(Group(_("Branches"), entries(plan, "streams", children, lang))),
    )


def source(plan: Plan, item: Any, lang: str) -> Detail:
    """Issuer, number, date, and who cites the document."""
    citing = plan.kept(("citing", item.id), lambda: _citing(plan, item.id))
    return Detail(
        tags=(Tag(_("Confidence: {level}").format(level=say("confidence", item.confidence)), item.confidence),),
        facts=known(
            (
                (_("Issuer"), chinese(item.issuer, lang)),
                (_("Document number"), chinese(item.number, lang)),
                (_("Published"), Cell(item.published_on.isoformat() if item.published_on else _("Unknown"))),
                (_("SHA-256 of the text"), Cell(item.sha256 or "", mark="hash")),
                (_("Remarks"), Cell((item.note_en if lang == "en" else item.note_zh) or "")),
            )
        ),
        template="web/items/source.html",
        values={"has_text": item.id in plan.catalog.texts, "citing": citing},
    )


def _citing(plan: Plan, source_id: str) -> list[tuple[str, int]]:
    """How many items of each kind that has pages cite a source."""
    counts = {
        kind: sum(any(cite.source == source_id for cite in item.cites) for item in plan.items(kind))
        for kind in KINDS
        if KINDS[kind].paged
    }
    return [(kind, number) for kind, number in counts.items() if number]


def _filled(*groups: Group) -> tuple[Group, ...]:
    return tuple(group for group in groups if group.entries)
