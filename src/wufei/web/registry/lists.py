"""The lists of the registry: organisations, sites, permits, vehicles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from wufei.registry.models import Organisation, Permit, Site, Vehicle
from wufei.reports.table import Cell, Column
from wufei.web.plan import Plan
from wufei.web.registry.database_list import Choice, DatabaseList
from wufei.web.registry.words import (
    SOON,
    kind_name,
    mass_cell,
    place_name,
    standing,
    text_or_unknown,
    validity,
)

Rows = Callable[[], QuerySet[Any]]


def organisation_url(plan: Plan, org_id: str) -> str:
    """The address of an organisation's page."""
    return reverse("organisation", args=[plan.id, org_id])


def site_url(plan: Plan, site_id: str) -> str:
    """The address of a site's page."""
    return reverse("site", args=[plan.id, site_id])


def _org_column(plan: Plan, label: Any, read: Callable[[Any], Any]) -> Column:
    def cell(item: Any, lang: str) -> Cell:
        org = read(item)
        return Cell(org.name(lang), href=organisation_url(plan, org.pk)) if org else Cell("")

    return Column("org", label, cell, style="some")


def _standing_column(day: date) -> Column:
    def cell(item: Any, _lang: str) -> Cell:
        mark, word = standing(item, day)
        return Cell(word, mark=mark)

    return Column("standing", _("State"), cell, style="tight")


def _place_choice(plan: Plan, field: str = "place") -> Choice:
    return Choice("place", _("Place"), lambda value, lang: place_name(plan, value, lang), field)


def _standing_choice(day: date) -> Choice:
    words = {"open": _("open"), "closed": _("closed")}
    over = Q(closed_on__lte=day)
    return Choice(
        "standing", _("State"), lambda v, _lang: str(words.get(v, v)), conditions={"open": ~over, "closed": over}
    )


def _kind_choice(kind: str, field: str = "kind") -> Choice:
    return Choice("kind", _("Kind"), lambda value, lang: kind_name(kind, value, lang), field)


def organisations(plan: Plan, day: date) -> DatabaseList:
    """Organisations with code, kind, place and state."""
    columns = (
        Column(
            "name", _("Organisation"), lambda o, lang: Cell(o.name(lang), href=organisation_url(plan, o.pk)), head=True
        ),
        Column("credit_code", _("Credit code"), lambda o, _lang: text_or_unknown(o.credit_code or ""), style="tight"),
        Column("kind", _("Kind"), lambda o, lang: Cell(kind_name("org_kinds", o.kind, lang)), style="tight"),
        Column("industry", _("Industry (GB/T 4754)"), lambda o, _lang: text_or_unknown(o.industry), style="tight"),
        Column("place", _("Place"), lambda o, lang: Cell(place_name(plan, o.place, lang)), style="tight"),
        _standing_column(day),
        Column("id", _("Id"), lambda o, _lang: Cell(o.pk), shown=False, style="tight"),
    )
    return DatabaseList(
        "organisations",
        _("Organisations on register"),
        _("Enterprises, institutions and bodies that act in the system, with their sites, permits and people."),
        "people",
        columns,
        ("name_zh", "name_en", "credit_code", "id"),
        {"name": "name_zh", "credit_code": "credit_code", "kind": "kind", "industry": "industry", "place": "place"},
        (_kind_choice("org_kinds"), _place_choice(plan), _standing_choice(day)),
    )


def sites(plan: Plan, day: date) -> DatabaseList:
    """Sites with holder, place and state."""
    columns = (
        Column("name", _("Site"), lambda s, lang: Cell(s.name(lang), href=site_url(plan, s.pk)), head=True),
        _org_column(plan, _("Organisation"), lambda s: s.org),
        Column("place", _("Place"), lambda s, lang: Cell(place_name(plan, s.place, lang)), style="tight"),
        Column("address", _("Address"), lambda s, _lang: Cell(s.address, lang="zh"), style="some"),
        Column("position", _("Longitude, latitude"), _position, style="tight", shown=False),
        _standing_column(day),
        Column("id", _("Id"), lambda s, _lang: Cell(s.pk), shown=False, style="tight"),
    )
    located = Q(longitude__isnull=False)
    words = {"yes": _("on the map"), "no": _("position unknown")}
    position = Choice(
        "position", _("Position"), lambda v, _lang: str(words.get(v, v)), conditions={"yes": located, "no": ~located}
    )
    return DatabaseList(
        "sites",
        _("Sites"),
        _("Places where waste arises, is stored, used or disposed of; each is an address in the journal."),
        "pin",
        columns,
        ("name_zh", "name_en", "address", "org__name_zh", "id"),
        {"name": "name_zh", "org": "org__name_zh", "place": "place", "address": "address"},
        (_place_choice(plan), position, _standing_choice(day)),
        ("org",),
    )


def _position(site: Site, _lang: str) -> Cell:
    if site.longitude is None or site.latitude is None:
        return text_or_unknown("")
    return Cell(f"{site.longitude}, {site.latitude}")


def permits(plan: Plan, day: date) -> DatabaseList:
    """Permits and filings by what ends first."""
    columns = (
        Column(
            "number",
            _("Document number"),
            lambda p, _lang: Cell(p.number, href=organisation_url(plan, p.org_id) + "#permits"),
            head=True,
        ),
        Column("kind", _("Kind"), lambda p, lang: Cell(kind_name("permit_kinds", p.kind, lang)), style="some"),
        _org_column(plan, _("Organisation"), lambda p: p.org),
        Column("issuer", _("Issued by"), lambda p, _lang: Cell(p.issuer, lang="zh"), style="some"),
        Column("valid_from", _("Valid from"), lambda p, _lang: Cell(p.valid_from.isoformat(), value=p.valid_from)),
        Column("valid_to", _("Valid to"), _last_day),
        Column("validity", _("State"), lambda p, _lang: _marked(validity(p, day)), style="tight"),
    )
    return DatabaseList(
        "permits",
        _("Permits and filings"),
        _("What each organisation may do and until when; what ends first stands first."),
        "lock",
        columns,
        ("number", "issuer", "org__name_zh"),
        {"number": "number", "kind": "kind", "org": "org__name_zh", "valid_from": "valid_from", "valid_to": "valid_to"},
        (_kind_choice("permit_kinds"), _validity_choice(day)),
        ("org",),
    )


def _marked(told: tuple[str, str]) -> Cell:
    mark, word = told
    return Cell(word, mark=mark)


def _last_day(permit: Permit, _lang: str) -> Cell:
    if permit.valid_to is None:
        return Cell(_now("no end"))
    return Cell(permit.valid_to.isoformat(), value=permit.valid_to)


def _validity_choice(day: date) -> Choice:
    dead = Q(revoked_on__lte=day)
    ends = Q(valid_to__isnull=False)
    conditions = {
        "in_force": ~dead & Q(valid_from__lte=day) & (~ends | Q(valid_to__gte=day)),
        "days_30": ~dead & Q(valid_to__gte=day, valid_to__lte=day + timedelta(days=29)),
        "days_90": ~dead & Q(valid_to__gte=day, valid_to__lte=day + SOON - timedelta(days=1)),
        "expired": ~dead & Q(valid_to__lt=day),
        "revoked": dead,
    }
    words = {
        "in_force": _("in force"),
        "days_30": _("ends within 30 days"),
        "days_90": _("ends within 90 days"),
        "expired": _("expired"),
        "revoked": _("revoked"),
    }
    return Choice("validity", _("State"), lambda value, _lang: str(words.get(value, value)), conditions=conditions)


def vehicles(plan: Plan, day: date) -> DatabaseList:
    """Vehicles with plate, carrier, load and transport permit."""
    columns = (
        Column("plate", _("Plate"), lambda v, _lang: Cell(v.plate, lang="zh"), head=True),
        Column("kind", _("Kind"), lambda v, lang: Cell(kind_name("vehicle_kinds", v.kind, lang)), style="tight"),
        _org_column(plan, _("Carrier"), lambda v: v.org),
        Column("load", _("Rated load"), lambda v, _lang: mass_cell(v.load_g), number=True),
        Column("transport_permit_no", _("Transport permit"), lambda v, _lang: text_or_unknown(v.transport_permit_no)),
        Column("transport_permit_to", _("Valid to"), _transport_end),
        _standing_column(day),
    )
    return DatabaseList(
        "vehicles",
        _("Vehicles"),
        _("Vehicles that carry waste, with their rated load and transport permit."),
        "truck",
        columns,
        ("plate", "org__name_zh", "transport_permit_no"),
        {
            "plate": "plate",
            "kind": "kind",
            "org": "org__name_zh",
            "load": "load_g",
            "transport_permit_to": "transport_permit_to",
        },
        (_kind_choice("vehicle_kinds"), _standing_choice(day)),
        ("org",),
    )


def _transport_end(vehicle: Vehicle, _lang: str) -> Cell:
    day = vehicle.transport_permit_to
    return Cell(day.isoformat(), value=day) if day else text_or_unknown("")


LISTS: dict[str, tuple[Callable[[Plan, date], DatabaseList], Rows]] = {
    "organisations": (organisations, Organisation.objects.all),
    "sites": (sites, Site.objects.all),
    "permits": (permits, Permit.objects.all),
    "vehicles": (vehicles, Vehicle.objects.all),
}
