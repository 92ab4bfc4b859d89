"""The pages of a commitment, a system and a correction."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wufei.reports.numbers import quantity
from wufei.reports.table import Cell
from wufei.web.details.parts import Detail, Tag, chinese, known
from wufei.web.lists.promises import carriers, targets
from wufei.web.plan import Plan
from wufei.web.printed import changes
from wufei.web.values import SIGNS
from wufei.web.wording import say


def commitment(plan: Plan, item: Any, lang: str) -> Detail:
    """What is promised, by when, and which row carries it."""
    value = "" if item.value is None else SIGNS.get(item.op, "") + quantity(item.value, item.unit, lang)
    carried = carriers(plan, item, lang)
    return Detail(
        tags=(Tag(say("commitment_kind", item.commitment_kind)), *_orphan(bool(carried.parts))),
        facts=known(
            (
                (_("Value"), Cell(value)),
                (_("Comparison"), Cell(say("op", item.op) if item.op else "")),
                (_("Year"), Cell(str(item.year or ""))),
                (_("Carried by"), carried),
            )
        ),
        template="web/items/prose.html",
        values={"prose": item.reading.get("text", "")},
        related=("indicators", "tasks", "projects", "measures"),
    )


def _orphan(carried: bool) -> tuple[Tag, ...]:  # noqa: FBT001 - one yes or no
    return () if carried else (Tag(_("No row carries it"), "warning"),)


def system(_plan: Plan, item: Any, lang: str) -> Detail:
    """Who uses the system and which rows own it."""
    users = (item.users_en if lang == "en" else None) or item.users
    return Detail(
        tags=_orphan(bool(item.indicators or item.tasks or item.projects)),
        facts=known(
            (
                (_("Where in the plan"), chinese(item.where, lang)),
                (_("Users"), Cell(users, lang="zh" if lang == "en" and users == item.users else "")),
                (_("Deadline"), chinese(item.deadline, lang)),
            )
        ),
        related=("indicators", "tasks", "projects", "measures"),
    )


def correction(plan: Plan, item: Any, lang: str) -> Detail:
    """As printed, as read, why, and what proves that the defect is still there."""
    was, now = changes(item.printed or "", item.reading or "") if item.printed and item.reading else ("", "")
    return Detail(
        tags=(
            Tag(say("certainty", item.confidence), item.confidence),
            Tag(say("category", item.category)),
        ),
        facts=known(((_("Speaks of"), targets(plan, item, lang)),)),
        template="web/items/correction.html",
        values={
            "was": was or item.printed,
            "now": now or item.reading,
            "reason": item.reason_en if lang == "en" else item.reason_zh,
            "applied": item.confidence == "sure" and bool(item.reading and item.every_target),
            "expect": item.expect,
        },
    )
