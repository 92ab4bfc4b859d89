"""What a reader asks of the journal, read from an address: the day as known on, filters, a cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wufei.intake.words import Names as CatalogNames
from wufei.intake.words import names_of
from wufei.journal.moments import start_of
from wufei.registry.access import Wearer, journal_places
from wufei.registry.models import Site
from wufei.terms import NamedError
from wufei.web.clock import today
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.web.wording import WORDS, say

KNOWN = "known"
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """As known on the end of a past day; ``day`` None is now."""

    day: date | None

    @property
    def at(self) -> datetime | None:
        """The last instant of the day in the city; None for now."""
        return start_of(self.day + timedelta(days=1)) - timedelta(microseconds=1) if self.day else None

    @property
    def suffix(self) -> str:
        """What an address keeps, beginning with ``&``; empty for now."""
        return f"&{KNOWN}={self.day.isoformat()}" if self.day else ""

    @property
    def query(self) -> str:
        """The same beginning with ``?``."""
        return self.suffix.replace("&", "?", 1)


def knowledge(request: HttpRequest) -> Knowledge:
    """The day that the address asks for; today and later days are now."""
    day = day_of(request.GET.get(KNOWN, ""))
    return Knowledge(day if day and day < today() else None)


def day_of(text: str) -> date | None:
    """A day of the years 1900 to 2999 written as 2025-03-31; None for anything else."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day and FIRST <= day <= LAST else None


@dataclass(frozen=True, slots=True)
class Field:
    """One field above a table: how it is asked and what is chosen. ``kind`` is select, text, date or stream."""

    key: str
    label: Promise | str
    kind: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    default: str = ""


class Asked:
    """The values that an address holds, by name; what cannot be read counts as not given."""

    def __init__(self, request: HttpRequest, plan: Plan) -> None:
        self.plan = plan
        self._given: Mapping[str, Any] = request.GET
        self.knowledge = knowledge(request)
        self.fields: list[Field] = []

    def text(self, key: str, label: Any = "", default: str = "") -> str | None:
        """A word as it is written."""
        value = str(self._given.get(key, "")).strip()[:200].replace("\x00", "") or default
        self._note(key, label, "text", value, default=default)
        return value or None

    def day(self, key: str, label: Any = "", default: date | None = None) -> date | None:
        """A day."""
        value = day_of(str(self._given.get(key, ""))) or default
        usual = default.isoformat() if default else ""
        self._note(key, label, "date", value.isoformat() if value else "", default=usual)
        return value

    def word(self, key: str, label: Any, group: str, default: str = "") -> str | None:
        """One of the fixed words of a group."""
        value = str(self._given.get(key, ""))
        known = value if value in WORDS[group] else default
        self._note(key, label, "select", known, tuple((word, say(group, word)) for word in WORDS[group]), default)
        return known or None

    def place(self, key: str, label: Any) -> str | None:
        """A place of the city; any other word counts, too, for sites that the catalogue does not list."""
        value = str(self._given.get(key, "")).strip()[:80].replace("\x00", "")
        options = places(self.plan)
        if value and value not in dict(options):
            options = ((value, value), *options)
        self._note(key, label, "select", value, options)
        return value or None

    def stream(self, key: str = "stream", label: Any = None) -> tuple[str, ...] | None:
        """A stream by id, code or name, with the streams below it; None when nothing is asked."""
        value = str(self._given.get(key, "")).strip()[:80]
        self._note(key, label or _("Waste stream"), "stream", value)
        return with_descendants(self.plan, stream_id(self.plan, value) or value) if value else None

    def query(self, **changes: str | None) -> str:
        """The address of these choices with ``changes``, beginning with ``?``."""
        pairs = {f.key: f.value for f in self.fields if f.value != f.default} | {KNOWN: self.known_text}
        pairs |= {key: value or "" for key, value in changes.items()}
        return "?" + urlencode({key: value for key, value in pairs.items() if value})

    @property
    def now(self) -> str:
        """The address of these choices as known now."""
        return self.query(**{KNOWN: None})

    @property
    def known_text(self) -> str:
        """The day as known on, as the address writes it."""
        return self.knowledge.day.isoformat() if self.knowledge.day else ""

    @property
    def cursor(self) -> str | None:
        """Where the page begins."""
        return str(self._given.get("cursor", ""))[:1000] or None

    @property
    def narrowed(self) -> bool:
        """True when something is chosen."""
        return any(field.value != field.default for field in self.fields)

    def _note(
        self, key: str, label: Any, kind: str, value: str, options: tuple[tuple[str, str], ...] = (), default: str = ""
    ) -> None:
        if label:
            self.fields.append(Field(key, label, kind, value, options, default))


def places(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Every place of the city by id and name."""
    language = lang()
    made: tuple[tuple[str, str], ...] = plan.kept(
        ("place options", language), lambda: tuple((p.id, p.name(language)) for p in plan.items("places"))
    )
    return made


def places_to_post(plan: Plan, hat: Wearer) -> tuple[tuple[str, str], ...]:
    """The places whose accounts the hat may post to, by id and name: its sites first; for the city every area."""
    own = journal_places(hat, "change")
    if own is None:
        return places(plan)
    rows = Site.objects.filter(pk__in=own).order_by("name_zh", "pk").values_list("pk", "name_zh", "name_en")
    sites = ((pk, en if lang() == "en" and en else zh) for pk, zh, en in rows)
    return (*sites, *(place for place in places(plan) if place[0] in own))


def stream_names(plan: Plan) -> CatalogNames:
    """What may be written for a stream."""
    found: CatalogNames = plan.kept("stream names", lambda: names_of(plan.catalog, ("streams",)))
    return found


def stream_id(plan: Plan, text: str) -> str | None:
    """The id of the stream that a text names; the first of several, None of none."""
    head = text.strip().split(" · ")[0]
    try:
        return stream_names(plan).find(head)
    except NamedError:
        return None


def with_descendants(plan: Plan, stream: str) -> tuple[str, ...]:
    """The stream and every stream below it."""
    found = [stream]
    children = plan.kept("stream children", lambda: _children(plan))
    for each in found:
        found.extend(children.get(each, ()))
    return tuple(found)


def _children(plan: Plan) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {}
    for item in plan.items("streams"):
        if item.parent:
            below.setdefault(item.parent, []).append(item.id)
    return below
