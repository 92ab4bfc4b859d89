"""The flow table: from whom to whom, of what, over a reporting period, with the share of each basis."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.journal import cube
from wufei.journal.reading import query
from wufei.terms import Period
from wufei.web.charts import bar_svg
from wufei.web.clock import today
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, draw, naming_errors
from wufei.web.journal.files import Sheet, file_response
from wufei.web.journal.names import Names, mass, shares
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader
from wufei.web.wording import say

SIZE = 100
AXES: dict[str, tuple[Any, ...]] = {
    "role": ("from_role", "to_role", "stream", "to_stream"),
    "place": ("from_place", "from_role", "to_place", "to_role", "stream", "to_stream"),
    "account": ("from_account", "to_account", "stream", "to_stream"),
}
SORTS = {"mass": lambda row: -row.mass_g, "entries": lambda row: -row.entries}


@journal_reader
@require_safe
@naming_errors
def flows(request: HttpRequest, city: str) -> HttpResponse:
    """The flows of a period, the largest first, and the reporting periods that they come from."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    found, by, sort = _asked(asked)
    names = Names(plan, asked.knowledge.suffix)
    ordered = _sorted(found, sort)
    number = request.GET.get("page", "1")
    at = int(number) if number.isdecimal() and len(number) < 6 else 1
    pages = max(1, -(-len(ordered) // SIZE))
    at = min(max(1, at), pages)
    context = {
        "by": by,
        "sort": sort,
        "total": len(ordered),
        "rows": [_row(names, row) for row in ordered[(at - 1) * SIZE : at * SIZE]],
        "page": at,
        "pages": pages,
        "before": asked.query(sort=sort, page=str(at - 1)) if at > 1 else "",
        "after": asked.query(sort=sort, page=str(at + 1)) if at < pages else "",
        "sorts": {key: asked.query(sort=key) for key in ("", *SORTS)},
        "files": asked.query(sort=sort),
        "period_label": found.period.label(lang()),
        "contains": _contains(found, asked),
        "touches": [Period.parse(text).label(lang()) for text in found.touches],
    }
    return draw(request, "flows.html", context, asked)


def _asked(asked: Asked) -> tuple[cube.Flows, str, str]:
    period = asked.text("period", _("Reporting period"), _latest_year(asked)) or ""
    by = asked.word("by", _("Told apart by"), "flow_axis", "role") or "role"
    basis = asked.word("basis", _("Basis"), "basis")
    wanted = cube.Wanted(
        streams=asked.stream(),
        bases=(basis,) if basis else None,
        from_places=_one(asked.place("from_place", _("From place"))),
        to_places=_one(asked.place("to_place", _("To place"))),
    )
    found = cube.flows(database(), period, wanted, by=AXES[by], as_known_on=asked.knowledge.at)
    sort = asked.text("sort") or "mass"
    return found, by, sort if sort in SORTS else ""


def _one(value: str | None) -> tuple[str, ...] | None:
    return (value,) if value else None


def _latest_year(asked: Asked) -> str:
    newest = query(database(), as_known_on=asked.knowledge.at, size=1).items
    return str(timezone.localtime(newest[0].record.happened_at).year if newest else today().year)


def _sorted(found: cube.Flows, sort: str) -> list[cube.Flow]:
    return sorted(found.rows, key=SORTS[sort]) if sort else list(found.rows)


def _row(names: Names, row: cube.Flow) -> dict[str, Any]:
    along = row.along
    return {
        "from": _side(names, along, "from"),
        "to": _side(names, along, "to"),
        "stream": names.stream(along["stream"]),
        "to_stream": names.stream(along["to_stream"]) if along["to_stream"] != along["stream"] else None,
        "mass": mass(row.mass_g),
        "negative": row.mass_g < 0,
        "entries": row.entries,
        "shares": shares(row.basis_g.items()),
    }


def _side(names: Names, along: dict[str, str], side: str) -> dict[str, Any]:
    """One side of a flow in words."""
    if f"{side}_account" in along:
        account = names.account(along[f"{side}_account"])
        return {"text": f"{account.role} · {account.place}", "note": account.detail, "href": account.href}
    role = say("account_role", along[f"{side}_role"])
    if f"{side}_place" in along:
        place = names.place(along[f"{side}_place"])
        return {"text": place.text, "href": place.href, "note": role}
    return {"text": role, "href": "", "note": ""}


def _contains(found: cube.Flows, asked: Asked) -> list[dict[str, Any]]:
    top = max((abs(part.mass_g) for part in found.contains), default=0) or 1
    return [
        {
            "label": Period.parse(part.period).label(lang()),
            "href": asked.query(period=part.period),
            "mass": mass(part.mass_g),
            "entries": part.entries,
            "svg": bar_svg(100 * abs(part.mass_g) / top),
        }
        for part in found.contains
    ]


@journal_reader
@require_safe
@naming_errors
def flows_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """Every flow of the period as a file, with the mass of each basis."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    found, by, sort = _asked(asked)
    heads = [*((axis, axis) for axis in AXES[by]), ("mass", _("Mass (t)")), ("entries", _("Entries"))]
    heads.append(("shares", _("Share by basis")))
    rows = (
        [*(row.along[axis] for axis in AXES[by]), row.mass_g, row.entries, shares(row.basis_g.items())]
        for row in _sorted(found, sort)
    )
    title = f"{_('Flows')} {found.period}"
    return file_response(plan, Sheet("flows", title, heads, rows), suffix, asked.knowledge)
