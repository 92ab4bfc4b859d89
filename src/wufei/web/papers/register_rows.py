"""The columns of the register's tables as HJ 1259—2022, annex B, orders them, and how a row fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wufei import catalog
from wufei.registry.container_code import CASE as CONTAINER
from wufei.registry.models import Facility, Organisation, Permit, Storage
from wufei.reports.trips import Trip, trips
from wufei.reports.waste_register import Row, Table
from wufei.web.containers.lines import WORKFLOW
from wufei.web.journal.draw import database
from wufei.web.journal.names import Account, Names, mass, moment
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.web.registry.words import kind_name
from wufei.workflow.cases import values_of
from wufei.workflow.kinds import kind_of


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its key and heading; those on the page stand before the others, which only files have."""

    key: str
    label: Promise
    number: bool = False
    on_page: bool = True


def heads(table: Table) -> tuple[Head, ...]:
    """The columns of a table, in the order of annex B."""
    words = _WORDS[table.id]
    common = (
        Head("batch", words["batch"]),
        Head("happened_at", words["when"]),
        Head("name", _("Waste")),
        Head("category", _("Waste category"), on_page=False),
        Head("code", _("Waste code"), on_page=False),
        Head("mass", words["mass"], number=True),
    )
    packed = (
        Head("container", _("Code of the container"), on_page=False),
        Head("packaging", _("Packaging")),
        Head("packages", _("Number of packages"), number=True),
    )
    own = (
        Head("place", words["place"]),
        Head("place_kind", _("Kind of facility"), on_page=False),
        Head("other", words["other"]),
    )
    away = (
        Head("consignee", _("Consignee")),
        Head("licence", _("Number of the licence")),
        Head("operation", _("Operation")),
        Head("manifest", _("Manifest")),
    )
    tail = (
        Head("lot", _("Batch it came from or went to")),
        Head("actor", _("Handler"), on_page=False),
        Head("basis", _("Basis"), on_page=False),
        Head("record", _("Record"), on_page=False),
        Head("note", _("Remark"), on_page=False),
    )
    return (*common, *packed, *(away if table.others else own), *tail)


_WORDS: dict[str, dict[str, Promise]] = {
    "generated": {
        "batch": _("Generation batch"),
        "when": _("Generated at"),
        "mass": _("Generated (t)"),
        "place": _("Generating facility"),
        "other": _("Where to"),
    },
    "stored": {
        "batch": _("Storage batch"),
        "when": _("Stored at"),
        "mass": _("Stored (t)"),
        "place": _("Storage facility"),
        "other": _("Where from"),
    },
    "removed": {
        "batch": _("Removal batch"),
        "when": _("Removed at"),
        "mass": _("Removed (t)"),
        "place": _("Storage facility"),
        "other": _("Where to"),
    },
    "treated": {
        "batch": _("Treatment batch"),
        "when": _("Treated at"),
        "mass": _("Treated (t)"),
        "place": _("Own facility"),
        "other": _("Where from"),
    },
    "handed_over": {
        "batch": _("Hand-over batch"),
        "when": _("Left at"),
        "mass": _("Handed over (t)"),
        "place": _("Storage facility"),
        "other": _("Where to"),
    },
}


@dataclass
class Filler:
    """Fills rows of one site's register; what it looks up it looks up once for all rows that it is given."""

    plan: Plan
    site: str
    names: Names = field(init=False)
    _accounts: dict[str, Account] = field(default_factory=dict)  # many rows, few accounts; but each load has its own

    def __post_init__(self) -> None:
        """Names without a day as known on."""
        self.names = Names(self.plan)

    def fill(self, rows: Iterable[Row]) -> list[dict[str, Any]]:
        """Each row as column → value; masses stay grams, times instants; ``href`` maps a column to its page."""
        kept = list(rows)
        known = trips(database(), (row.counter for row in kept), catalog.current())
        orgs = self._consignees(known.values())
        containers = self._containers(kept)
        return [self._filled(row, known.get(row.counter), orgs, containers) for row in kept]

    def _containers(self, rows: list[Row]) -> dict[str, dict[str, Any]]:
        """What is known of the containers whose lots the rows name, by lot: one query."""
        lots = {str(lot) for row in rows for lot in (row.lot, row.counter_lot) if lot}
        found = values_of(database(), sorted(f"{CONTAINER}:{lot}" for lot in lots))
        return {case.partition(":")[2]: values for case, values in found.items() if values}

    def _packed(self, row: Row, line: dict[str, Any], containers: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Code, kind and number of the container: its own label's where the lot is one's, else as the case says."""
        own = next((containers[str(lot)] for lot in (row.lot, row.counter_lot) if str(lot) in containers), None)
        if own is None:
            return {"container": "", "packaging": line.get("packaging"), "packages": line.get("packages")}
        kinds = self._kinds
        return {"container": own.get("code"), "packaging": kinds.get(str(own.get("container_kind")), ""), "packages": 1}

    @cached_property
    def _kinds(self) -> dict[str, str]:
        field = kind_of(WORKFLOW).form.own("container_kind")
        return {o.id: o.en if lang() == "en" else o.zh for o in (field.options if field else ())}

    def _filled(
        self, row: Row, trip: Trip | None, orgs: dict[str, Any], containers: dict[str, dict[str, Any]]
    ) -> dict[str, Any]:
        stream = self.plan.find("streams", row.stream)
        line = trip.line(row.stream, {str(row.lot), str(row.counter_lot)}) if trip else {}
        consignee = orgs.get(str(trip.values.get("consignee_org"))) if trip else None
        place = self._places.get(row.account.partition("/")[2])
        return {
            "batch": row.batch,
            "happened_at": moment(row.happened_at),
            "name": stream.name(lang()) if stream else row.stream,
            "category": (stream.parent or "") if stream else "",
            "code": (stream.code or row.stream) if stream else row.stream,
            "mass": row.mass_g,
            **self._packed(row, line, containers),
            "place": place[0] if place else self._own_place(row.account),
            "place_kind": place[1] if place else "",
            "other": self._other(row.counter),
            "consignee": consignee[0] if consignee else ("" if trip else self._other(row.counter)),
            "licence": consignee[1] if consignee else "",
            "operation": line.get("operation") or "",
            "manifest": (trip.values.get("national_number") or trip.case) if trip else "",
            "lot": str(row.counter_lot or row.lot or ""),
            "actor": row.actor,
            "basis": row.basis,
            "record": row.record,
            "note": row.note or "",
        }

    def _own_place(self, account: str) -> str:
        told = self._account(account)
        return f"{told.role} {told.detail}".strip()

    def _account(self, key: str) -> Account:
        if key.startswith("transit:"):
            return self.names.account(key)
        if key not in self._accounts:
            self._accounts[key] = self.names.account(key)
        return self._accounts[key]

    def _other(self, account: str) -> str:
        told = self._account(account)
        place = "" if account.partition(":")[2].partition("/")[0] == self.site else told.place
        return " ".join(part for part in (told.role, place, told.detail) if part)

    @cached_property
    def _places(self) -> dict[str, tuple[str, str]]:
        """Storage and facilities of the site by id and by code: name with code, and kind."""
        found: dict[str, tuple[str, str]] = {}
        for model, kinds in ((Storage, "storage_kinds"), (Facility, "facility_kinds")):
            for pk, code, name, kind in model.objects.filter(site=self.site).values_list(
                "pk", "code", "name_zh", "kind"
            ):
                told = (f"{name} {code}".strip(), kind_name(kinds, kind, lang()))
                found |= {pk: told} | ({code: told} if code else {})
        return found

    def _consignees(self, known: Iterable[Trip]) -> dict[str, tuple[str, str]]:
        """Name and licence number of the consignees that can be seen."""
        ids = {str(trip.values["consignee_org"]) for trip in known if trip.values.get("consignee_org")}
        if not ids:
            return {}
        kinds = [kind.id for kind in catalog.current().national.items("permit_kinds") if kind.licence]
        numbers = dict(
            Permit.objects.filter(org__in=ids, kind__in=kinds).order_by("valid_from").values_list("org", "number")
        )
        return {org.pk: (org.name(lang()), numbers.get(org.pk, "")) for org in Organisation.objects.filter(pk__in=ids)}


_STYLES = {"happened_at": "tight", "name": "wide", "batch": "tight", "operation": "tight"}


def shown(row: dict[str, Any], columns: tuple[Head, ...], hrefs: Callable[[dict[str, Any], str], str]) -> list[Any]:
    """The cells of a row for the page: text, whether it is a number, and its page."""
    return [
        {
            "label": head.label,
            "text": mass(row[head.key]) if head.key == "mass" else str(row[head.key] or ""),
            "number": head.number,
            "style": _STYLES.get(head.key, "number" if head.number else "some"),
            "below": head.key == "mass" and row["mass"] < 0,
            "href": hrefs(row, head.key),
            "note": row["code"] if head.key == "name" else "",
        }
        for head in columns
    ]
