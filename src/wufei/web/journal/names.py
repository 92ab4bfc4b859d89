"""Accounts, streams, places, masses and rules as people read them, in the language now active."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from wufei.registry.models import Site
from wufei.reports.numbers import mass_text
from wufei.web.language import joined, lang
from wufei.web.links import item_url
from wufei.web.plan import Plan
from wufei.web.wording import say

SITE = "site-"  # how the ids of sites begin (wufei.registry.ids)


@dataclass(frozen=True, slots=True)
class Account:
    """An account in words: its role, where it is, the detail, and its key."""

    key: str
    role: str
    place: str
    detail: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A thing of the catalogue in words, with its page."""

    text: str
    href: str = ""
    code: str = ""


class Names:
    """Names for one plan; ``suffix`` is what every link to an account keeps (the day as known on)."""

    def __init__(self, plan: Plan, suffix: str = "") -> None:
        self.plan = plan
        self._suffix = suffix

    @cached_property
    def _sites(self) -> dict[str, str]:
        """The names of the sites that can be seen, read when the first one is met: one query a page."""
        rows = Site.objects.values_list("pk", "name_zh", "name_en")
        return {pk: en if lang() == "en" and en else zh for pk, zh, en in rows}

    def _named(self, place: str) -> str | None:
        """The name of a place of the catalogue or of a site; None when there is none."""
        found = self.plan.find("places", place)
        if found is not None:
            return str(found.name(lang()))
        return self._sites.get(place) if place.startswith(SITE) else None

    def account(self, key: str) -> Account:
        """An account by its key, linked to its statement."""
        role, _colon, rest = key.partition(":")
        place, _slash, detail = rest.partition("/")
        name = self._named(place) or (_("unknown place") if place == "unknown" else place)
        return Account(key, say("account_role", role), name, detail, self.statement_url(key))

    def statement_url(self, key: str, **more: str) -> str:
        """The address of an account's statement."""
        query = urlencode({"account": key, **more})
        return reverse("statement", args=[self.plan.id]) + f"?{query}{self._suffix}"

    def place(self, place_id: str) -> Named:
        """A place by its id; one that the catalogue lacks stays as it is written."""
        name = self._named(place_id)
        if name is None:
            return Named(place_id)
        if place_id.startswith(SITE):
            return Named(name, reverse("site", args=[self.plan.id, place_id]))
        return Named(name, item_url(self.plan, "places", place_id))

    def stream(self, stream_id: str | None) -> Named:
        """A stream by its id, linked to its page."""
        found = self.plan.find("streams", stream_id) if stream_id else None
        if found is None:
            return Named(stream_id or "")
        return Named(found.name(lang()), item_url(self.plan, "streams", found.id), found.code or "")

    def metric(self, metric_id: str) -> Named:
        """A metric or indicator by its id."""
        found = self.plan.find("indicators", metric_id)
        if found is not None:
            return Named(found.name(lang()), item_url(self.plan, "indicators", found.id))
        other = self.plan.find("metrics", metric_id)
        return Named(other.name(lang()), item_url(self.plan, "metrics", other.id)) if other else Named(metric_id)

    def rule(self, rule: str) -> Named:
        """A cited rule: the document's name and the clause, linked to the document."""
        source_id, _space, clause = rule.partition(" ")
        found = self.plan.find("sources", source_id)
        if found is None:
            return Named(rule)
        return Named(f"{found.name(lang())} {clause}".strip(), item_url(self.plan, "sources", found.id))

    def acting_for(self, org_id: str) -> Named:
        """The organisation spoken for; a dash for nobody's."""
        found = self.plan.find("orgs", org_id)
        return Named(found.name(lang()), item_url(self.plan, "orgs", found.id)) if found else Named(org_id)


def mass(grams: int) -> str:
    """Grams as tonnes with every digit, in the reader's unit."""
    return mass_text(grams, lang())


def moment(at: datetime | None) -> str:
    """A time in the city's zone, to the minute."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def shares(parts: Iterable[tuple[str, int]]) -> str:
    """Shares by basis in words: 实测 62.5%、申报 37.5%; the largest first."""
    known = sorted(((g, basis) for basis, g in parts if g), reverse=True)
    total = sum(g for g, _basis in known)
    if not total:
        return ""
    return joined([f"{say('basis', basis)} {100 * g / total:.3g}%" for g, basis in known])


def entry_rows(names: Names, entries: Iterable[Any]) -> list[dict[str, Any]]:
    """Entries of a record as rows of a little flow."""
    return [
        {
            "from": names.account(e.from_account),
            "to": names.account(e.to_account),
            "stream": names.stream(e.stream),
            "to_stream": names.stream(e.to_stream) if e.to_stream else None,
            "mass": mass(e.mass_g),
            "from_lot": e.from_lot,
            "to_lot": e.to_lot,
        }
        for e in entries
    ]
