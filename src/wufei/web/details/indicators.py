"""An indicator's page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wufei.reports.table import Cell
from wufei.terms.amounts import unit_text
from wufei.web.charts import path_of, path_svg
from wufei.web.details.parts import Detail, Tag, chinese, cite_of, known, org_cell
from wufei.web.links import list_url
from wufei.web.lists.indicators import level_name
from wufei.web.plan import Plan
from wufei.web.values import SIGNS, point, target_kind
from wufei.web.wording import say


def indicator(plan: Plan, item: Any, lang: str) -> Detail:
    """Baseline to target, definition, and who answers."""
    return Detail(
        tags=_tags(item),
        facts=_facts(plan, item, lang),
        template="web/items/indicator.html",
        values={"journey": _journey(item, lang), "definition": _definition(plan, item, lang)},
        related=("tasks", "projects", "commitments", "systems", "measures"),
    )


def _tags(item: Any) -> tuple[Tag, ...]:
    star = "★ " if item.requirement_level == "mandatory" else ""
    return (
        Tag(star + say("requirement_level", item.requirement_level), item.requirement_level),
        Tag(say("direction", item.direction)),
        *((Tag(_("A level to hold"), "note"),) if target_kind(item) == "hold" else ()),
    )


def _facts(plan: Plan, item: Any, lang: str) -> tuple[tuple[Any, Cell], ...]:
    return known(
        (
            (_("Responsible organisations"), org_cell(plan, item.responsible_orgs, lang)),
            (_("Data providers"), org_cell(plan, item.data_provider_orgs, lang)),
            (_("Level 1"), _level(plan, item, "level1", lang)),
            (_("Level 2"), _level(plan, item, "level2", lang)),
        )
    )


def _level(plan: Plan, item: Any, field: str, lang: str) -> Cell:
    value = getattr(item, field)
    text = level_name(item, field, lang)
    href = list_url(plan, "indicators", **{field: value})
    return Cell(text, href=href, lang="zh" if lang == "en" and text == value else "")


def _journey(item: Any, lang: str) -> dict[str, Any]:
    base, goal = item.baseline, item.target
    sign = SIGNS.get(goal.op, "")
    placed = path_of(item)
    return {
        "from_year": base.year,
        "to_year": goal.year,
        "start": point(base.value, base.text, "", item.unit, lang),
        "end": point(goal.value, goal.text, sign, item.unit, lang),
        "svg": path_svg(item),
        "scale": placed,
        "op": say("op", goal.op),
    }


def _definition(plan: Plan, item: Any, lang: str) -> dict[str, Any]:
    """How the indicator is computed, with confidence and the document it is taken from."""
    fields = plan.catalog.definition(item)
    national = plan.catalog.national.find("indicators", item.defined_by) if item.defined_by else None
    note = fields["notes_en"] if lang == "en" and fields["notes_en"] else fields["notes"]
    return {
        "formula": fields["formula"],
        "inputs": [(part.id, part.name(lang), unit_text(part.unit, lang)) for part in fields["inputs"]],
        "facts": known(
            (
                (_("Numerator"), chinese(fields["numerator"], lang)),
                (_("Denominator"), chinese(fields["denominator"], lang)),
                (_("Source department"), chinese(fields["source_department"], lang)),
                (_("Remarks"), Cell(note or "", lang="" if note == fields["notes_en"] else "zh")),
            )
        ),
        "confidence": fields["confidence"],
        "confidence_text": say("confidence", fields["confidence"]) if fields["confidence"] else "",
        "cites": [cite_of(plan, cite) for cite in national.cites] if national else [],
    }
