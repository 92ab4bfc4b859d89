"""What the page of a flow diagram shows: the network of a layout and a year, and how it is said."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from wufei.flows.network.build import G_PER_T, Fact, Link, Network, counted, network
from wufei.flows.network.facts import Folding, find_layout, folding, from_journal, layouts, nodes, published
from wufei.reports.flow_diagram import Diagram, Words, diagram, interval_text, series_of
from wufei.web.clock import today
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database
from wufei.web.journal.names import Names, mass
from wufei.web.language import lang
from wufei.web.plan import Plan

FIRST_YEAR = 2021


def kinds() -> dict[str, str]:
    """How each class of a flow is called."""
    return {
        "measured": _("recorded"),
        "exact": _("exact"),
        "inferred": _("inferred"),
        "unknown": _("not determinable"),
    }


def rounded(mass_t: float) -> str:
    """A reconciled mass: to the tonne above a hundred, else to the kilogram."""
    step = G_PER_T if abs(mass_t) >= 100 else G_PER_T // 1000
    return mass(round(mass_t * G_PER_T / step) * step)


class Shown:
    """One diagram as an address asks for it: ``layout`` or a stream, ``year``, ``values`` (before or after)."""

    def __init__(self, request: HttpRequest, plan: Plan, name: str) -> None:
        self.plan = plan
        self.asked = Asked(request, plan)
        self.layout, self.only = find_layout(plan.catalog, name)
        self.names = Names(plan, self.asked.knowledge.suffix)
        self.last = today().year
        year = str(request.GET.get("year", ""))
        self.year = int(year) if year.isdecimal() and FIRST_YEAR <= int(year) <= self.last else self._latest()
        self.before = request.GET.get("values") == "before"

    @cached_property
    def fold(self) -> Folding:
        """The layout with the streams that it counts."""
        return folding(self.plan.catalog, self.layout, self.only)

    def facts(self, year: int) -> list[Fact]:
        """What the journal and the bulletins tell of a year."""
        found = from_journal(database(), self.fold, str(year), as_known_on=self.asked.knowledge.at)
        return found + self._published(year)

    def _latest(self) -> int:
        """The last year with published figures; else this year."""
        found = [each for each in range(self.last, FIRST_YEAR - 1, -1) if self._published(each)]
        return found[0] if found else self.last

    def _published(self, year: int) -> list[Fact]:
        return published(self.plan.catalog, self.plan.id, self.fold, str(year))

    @cached_property
    def every_year(self) -> dict[int, list[Fact]]:
        """The facts of each year that can be chosen."""
        return {year: self.facts(year) for year in range(FIRST_YEAR, self.last + 1)}

    @cached_property
    def network(self) -> Network:
        """The reconciled network of the year."""
        return network(self.layout, self.every_year[self.year])

    @property
    def largest(self) -> float:
        """What the scale must hold, the same for every year: the largest mass that leaves a node of the first stage."""
        first = {node.id for node in self.layout.nodes if node.stage == 0}
        sums = [sum(f.mass_g for f in counted(facts) if f.source in first) for facts in self.every_year.values()]
        return 1.05 * max(sums, default=0) / G_PER_T

    def words(self) -> Words:
        """Names in the reader's language."""
        named, classes, language = nodes(self.layout), kinds(), lang()

        def node(name: str) -> str:
            return (
                named[name].en
                if name in named and language == "en"
                else named[name].zh
                if name in named
                else _("Other")
            )

        return Words(lambda s: self.names.stream(s).text, classes.__getitem__, node, rounded)

    @cached_property
    def diagram(self) -> Diagram:
        """The network laid out."""
        return diagram(self.network, self.words(), before=self.before, largest=self.largest)

    def title(self) -> str:
        """The plan's title of the diagram, with the stream when only one was asked for."""
        stream = f" · {self.names.stream(self.only).text}" if self.only else ""
        return f"{self.layout.name(lang())}{stream}"

    def rows(self) -> list[dict[str, Any]]:
        """The table twin: one row per flow and stock."""
        series = series_of(self.network)
        return [self._row(link, series) for link in (*self.network.links, *self.network.stocks)]

    def _row(self, link: Link, series: dict[str, int]) -> dict[str, Any]:
        words = self.words()
        return {
            "id": link.anchor,
            "series": series[link.group],
            "from": words.node(link.source),
            "to": words.node(link.target) if link.target else _("Stock at the end"),
            "stream": words.stream(link.group),
            "kind": link.kind,
            "kind_text": words.kind(link.kind),
            "before": "" if link.before is None else words.mass(link.before),
            "value": "" if link.value is None else words.mass(link.value),
            "sd": words.mass(link.sd) if link.sd else "",
            "interval": interval_text(link, words),
            "suspect": link.suspect,
            "entries": link.entries,
            "sources": [self._source(told, link) for told in link.told_by],
        }

    def _source(self, told: str, link: Link) -> dict[str, str]:
        """Where a figure is told: the records behind it, or the bulletin that prints it."""
        if told != "journal":
            kind, _slash, item = told.partition("/")
            return {"text": _("Bulletin"), "href": reverse("item", args=[self.plan.id, kind, item])}
        role = nodes(self.layout)[link.source].role
        query = urlencode({"period": self.year, "stream": link.group, "role": role})
        href = reverse("records", args=[self.plan.id]) + f"?{query}{self.asked.knowledge.suffix}"
        return {"text": _("Records"), "href": href}

    def choices(self) -> list[dict[str, Any]]:
        """Every diagram that can be chosen."""
        return [
            {"id": each.id, "text": each.name(lang()), "chosen": each.id == self.layout.id}
            for each in layouts(self.plan.catalog)
        ]
