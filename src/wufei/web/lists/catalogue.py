"""The lists of organisations, places, waste streams and sources."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from wufei.reports.table import Cell, Column, Filter, Table
from wufei.web.links import item_url
from wufei.web.lists.columns import (
    count,
    name_column,
    say_column,
    say_filter,
    short_column,
    source_column,
    words_of,
    yes_filter,
)
from wufei.web.plan import Plan
from wufei.web.wording import WORDS, say

OWED = (
    ("indicators", _("Indicators")),
    ("tasks_led", _("Tasks led")),
    ("tasks_supported", _("Tasks shared")),
    ("measures_led", _("Measures led")),
    ("measures_supported", _("Measures shared")),
    ("projects", _("Projects")),
)


def orgs(plan: Plan) -> Table:
    """Organisations with how much each owes, through groups too."""
    columns = (
        name_column(plan, "orgs", _("Organisation")),
        say_column("org_kind", _("Kind"), "org_kind"),
        *(_owed_column(plan, key, label) for key, label in OWED),
        Column("all", _("All duties"), lambda item, _lang: count(plan.scope.owed(item.id).count), number=True),
        Column("aliases", _("Also printed as"), _aliases, shown=False, sortable=False),
    )
    filters = (
        say_filter("org_kind", _("Kind"), "org_kind"),
        yes_filter("owes", _("Has duties"), lambda item: plan.scope.owed(item.id).count > 0),
    )
    ranks = {kind: at for at, kind in enumerate(WORDS["org_kind"])}

    def order(item: Any) -> tuple[int, int]:
        return ranks.get(item.org_kind, len(ranks)), -plan.scope.owed(item.id).count

    return Table("orgs", columns, _org_words, filters, order, size=200)


def _owed_column(plan: Plan, key: str, label: Any) -> Column:
    def cell(item: Any, _lang: str) -> Cell:
        return count(len(getattr(plan.scope.owed(item.id), key)))

    return Column(key, label, cell, number=True)


def _aliases(org: Any, _lang: str) -> Cell:
    return Cell("、".join(alias.zh for alias in org.aliases), lang="zh")


def _org_words(org: Any) -> str:
    return " ".join([org.id, org.zh, org.en, *(alias.zh for alias in org.aliases)])


def places(plan: Plan) -> Table:
    """Divisions of the city."""
    columns = (
        short_column("places", _("Code")),
        name_column(plan, "places", _("Place")),
        say_column("level", _("Level"), "level"),
        say_column("code_kind", _("Kind of code"), "code_kind", shown=False),
        Column("parent", _("Part of"), lambda item, lang: _parent(plan, "places", item, lang)),
        Column("projects", _("Projects"), lambda item, _lang: count(len(projects_at(plan, item.id))), number=True),
        source_column(plan),
    )
    parent = Filter(
        "parent",
        _("Part of"),
        lambda item: (item.parent,) if item.parent else (),
        lambda value, lang: _name(plan, "places", value, lang),
    )
    return Table("places", columns, words_of("code"), (say_filter("level", _("Level"), "level"), parent))


def projects_at(plan: Plan, place_id: str) -> list[Any]:
    """The projects that stand in a division."""
    return [p for p in plan.items("projects") if any(site.place == place_id for site in p.places)]


def _parent(plan: Plan, kind: str, item: Any, lang: str) -> Cell:
    if not item.parent:
        return Cell("")
    return Cell(_name(plan, kind, item.parent, lang), href=item_url(plan, kind, item.parent))


def _name(plan: Plan, kind: str, item_id: str, lang: str) -> str:
    item = plan.find(kind, item_id)
    return item.name(lang) if item else item_id


def streams(plan: Plan) -> Table:
    """The waste catalogue."""
    columns = (
        short_column("streams", _("Code")),
        name_column(plan, "streams", _("Waste stream")),
        say_column("family", _("Family"), "family"),
        Column("hazardous", _("Hazardous"), lambda item, _lang: Cell(say("yes", _yes(item.hazardous)))),
        Column("hazard", _("Hazard"), lambda item, _lang: Cell(item.hazard)),
        Column("parent", _("Part of"), lambda item, lang: _parent(plan, "streams", item, lang), style="some"),
        say_column("confidence", _("Confidence"), "confidence", mark=True),
        source_column(plan),
    )
    filters = (
        say_filter("family", _("Family"), "family"),
        yes_filter("hazardous", _("Hazardous"), lambda item: item.hazardous),
        Filter(
            "class",
            _("Class"),
            lambda item: _classes(plan, item),
            lambda value, lang: _name(plan, "streams", value, lang),
        ),
        say_filter("confidence", _("Confidence"), "confidence"),
    )
    return Table("streams", columns, words_of("code", "industry", "hazard"), filters, lambda item: _branch(plan, item))


def _yes(value: bool) -> str:  # noqa: FBT001 - turns a yes or no into its key
    return "yes" if value else "no"


def _branch(plan: Plan, stream: Any) -> tuple[str, ...]:
    """The ids from the top of the branch down to the stream; a branch stands below what it hangs on."""
    up = plan.find("streams", stream.parent) if stream.parent else None
    return (*(_branch(plan, up) if up else ()), stream.id)


def _classes(plan: Plan, stream: Any) -> tuple[str, ...]:
    """The top two of the branch that a stream hangs on."""
    return _branch(plan, stream)[:2]


def sources(plan: Plan) -> Table:
    """Documents that facts are cited from."""
    columns = (
        name_column(plan, "sources", _("Document")),
        Column("issuer", _("Issuer"), lambda item, _lang: Cell(item.issuer or "", lang="zh")),
        Column("number", _("Document number"), lambda item, _lang: Cell(item.number or "", lang="zh")),
        Column("published_on", _("Published"), lambda item, _lang: _date(item.published_on), style="tight"),
        say_column("confidence", _("Confidence"), "confidence", mark=True),
        Column("text", _("Text here"), lambda item, _lang: Cell(say("yes", _yes(item.id in plan.catalog.texts)))),
    )
    filters = (say_filter("confidence", _("Confidence"), "confidence"),)
    return Table("sources", columns, words_of("issuer", "number"), filters)


def _date(day: Any) -> Cell:
    return Cell(day.isoformat() if day else "", value=day)
