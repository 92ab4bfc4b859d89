"""What an import posts at the sites of others: in their name, where a mandate to import covers it.

A service firm keeps the registers of many: one file holds rows of all of them. Each row stands in the name of whose
site it is; what no mandate covers is refused by itself, with the bound that it leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from psycopg import Connection

from wufei.journal import Entry, Record
from wufei.journal.asking import ask
from wufei.journal.not_allowed import AppendElsewhere
from wufei.registry import mandates
from wufei.registry.access import Wearer, journal_places
from wufei.registry.mandates import Terms
from wufei.registry.models import Mandate
from wufei.terms import NamedError

ACT = "import_sheets"
_SITES = "SELECT mandate, org, site FROM access.mandated_sites(%s) ORDER BY mandate, site"
_USED = """
SELECT coalesce(sum(e.mass_g), 0)::bigint FROM journal.record r JOIN journal.entry e USING (seq)
WHERE r.acting_for = %s AND r.actor = %s"""


@dataclass(slots=True)
class _Leave:
    """One mandate: its giver, its terms, and the grams that its holder moved in the giver's name so far."""

    org: str
    terms: Terms
    used_g: int = 0


class Delegated:
    """Whose the records of one import are; what may be done at which sites is read once."""

    def __init__(self, connection: Connection[Any], hat: Wearer) -> None:
        self._connection, self._hat, self._day = connection, hat, timezone.localdate()
        self._own = journal_places(hat, "change")
        self._leaves: dict[str, list[_Leave]] = {}
        if self._own is not None:
            self._read()

    def _read(self) -> None:
        rows = ask(self._connection, _SITES, ([ACT],)).fetchall()
        sites: dict[int, set[str]] = {}
        for mandate, _org, site in rows:
            sites.setdefault(mandate, set()).add(site)
        for pk, given in Mandate.objects.in_bulk(list(sites)).items():
            bound, streams = frozenset(sites[pk]), frozenset(given.streams)
            terms = Terms(frozenset(given.acts), streams, bound, given.valid_from, given.valid_to, given.most_g)
            leave = _Leave(given.org_id, terms)
            if given.most_g is not None:
                ((leave.used_g,),) = ask(self._connection, _USED, (given.org_id, self._hat.actor)).fetchall()
            for site in bound:
                self._leaves.setdefault(site, []).append(leave)

    def told(self, record: Record) -> Record | NamedError:
        """The record in the name of whose it is, or why it may not be posted: AppendElsewhere, or a mandate's error."""
        foreign = [key for key in named(record) if self._own is not None and place_of(key) not in self._own]
        if not foreign:
            return record
        refusal: NamedError = AppendElsewhere(detail=foreign[0])
        for leave in self._leaves.get(place_of(foreign[0]), ()):
            stray = next((key for key in foreign if place_of(key) not in leave.terms.sites), None)
            if stray is not None:
                refusal = AppendElsewhere(detail=stray)
                continue
            try:
                moved = self._covered(leave, record)
            except NamedError as error:
                refusal = error
                continue
            leave.used_g += moved
            return replace(record, acting_for=leave.org)
        return refusal

    def _covered(self, leave: _Leave, record: Record) -> int:
        """The grams that the record moves under the mandate; raises what it does not cover."""
        moved = 0
        for entry in record.entries:
            line, site = mandates.stream_line(entry.stream), _site_of(entry, leave.terms.sites)
            mandates.covers(leave.terms, ACT, line, site, entry.mass_g, leave.used_g + moved, self._day)
            moved += entry.mass_g
        return moved


def _site_of(entry: Entry, sites: frozenset[str]) -> str:
    ends = (place_of(entry.from_account), place_of(entry.to_account))
    return next((place for place in ends if place in sites), "")


def named(record: Record) -> Iterator[str]:
    """The accounts and places at which a record says something; the road and what lies outside are nobody's."""
    for entry in record.entries:
        ends = (entry.from_account, entry.to_account)
        if not any(end.startswith("transit:") for end in ends):
            yield from (end for end in ends if not end.startswith("outside:"))
    yield from (seen.place for seen in record.observations)


def place_of(key: str) -> str:
    """The place in an account's key or an observation's."""
    return key.rpartition(":")[2].partition("/")[0]
