"""Sites and what stands on them: facilities, storage facilities, sources of waste."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from wufei.catalog import Catalog
from wufei.registry import fields
from wufei.registry.closing import ReasonNeeded, must_be_open
from wufei.registry.coordinates import Box, box_of, read_position
from wufei.registry.keeping import Entity, amend, enter
from wufei.registry.models import Facility, Organisation, Site, Storage, Tenure, WasteSource
from wufei.terms import NamedError, convert


class CapacityWithoutUnit(NamedError):
    """A capacity whose unit is not told, or a unit without a capacity."""

    code = "capacity_without_unit"
    zh = "能力和单位须同时填写。"
    en = "A capacity needs its unit, and a unit its capacity."
    remedy_zh = "请补上另一个，如 200、吨/日。"
    remedy_en = "Fill in the other one, such as 200 and 吨/日."


class StorageBeyondKind(NamedError):
    """A storage facility larger than its kind may be."""

    code = "storage_beyond_kind"
    zh = "“{kind_zh}”任何时候最多存放 {most} {unit}，登记的能力超过了。"
    en = "A “{kind_en}” holds at most {most} {unit} at any time; the capacity is larger."
    remedy_zh = "请核对能力，或改选贮存设施类型。"
    remedy_en = "Check the capacity, or choose another type of storage facility."


class ClassUnknown(NamedError):
    """No such unit class."""

    code = "unit_class_unknown"
    zh = "没有“{value}”这个管理类别。"
    en = "There is no unit class “{value}”."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


def city_box(place: str, catalog: Catalog) -> Box | None:
    """The box of the city that a place lies in; None where none is known."""
    city = fields.city_of(place, catalog) if place else None
    if city is None:
        return None
    return box_of(catalog, city)


def _position(values: dict[str, Any], site: Any, catalog: Catalog) -> dict[str, Any]:
    """Longitude, latitude and datum as one position in CGCS2000; both empty takes the position away."""
    if not {"longitude", "latitude", "datum"} & values.keys():
        return values
    told = dict(values)
    x, y, datum = told.pop("longitude", None), told.pop("latitude", None), str(told.pop("datum", "") or "")
    box = city_box(str(told.get("place") or site.place or ""), catalog)
    found = read_position(x, y, datum, box)
    return told | {"longitude": found and found.longitude, "latitude": found and found.latitude}


def _as_is(value: Any, _catalog: Catalog) -> Any:
    return value


SITE = Entity(
    Site,
    {
        "org": fields.row(Organisation, "merged_into"),
        "name_zh": fields.text(120),
        "name_en": fields.text(200),
        "place": fields.place,
        "address": fields.text(200),
        "longitude": _as_is,
        "latitude": _as_is,
        "in_operation_since": fields.day,
        "generation_cycle_months": fields.months,
        "eia_approval_no": fields.text(80),
        "discharge_permit_no": fields.text(40),
        "eia_generation_g_per_year": fields.grams,
    },
    needed=("org", "name_zh", "place"),
    prepare=_position,
    extra=frozenset({"datum"}),
)


def _capacity(facility: Facility, _catalog: Catalog) -> Iterator[NamedError]:
    if (facility.capacity is None) != (not facility.unit):
        yield CapacityWithoutUnit(place="capacity")


FACILITY = Entity(
    Facility,
    {
        "site": fields.row(Site),
        "name_zh": fields.text(120),
        "code": fields.text(40),
        "kind": fields.word("facility_kinds"),
        "capacity": fields.decimal,
        "unit": fields.unit_symbol,
        "operations": fields.texts(8),
        "permit_heading": fields.text(120),
        "valid_from": fields.day,
    },
    needed=("site", "name_zh", "kind"),
    checks=(_capacity,),
)


def _within_kind(storage: Storage, catalog: Catalog) -> Iterator[NamedError]:
    kind = catalog.national.find("storage_kinds", storage.kind)
    if kind and kind.most is not None and storage.capacity_g is not None:
        most_g = convert(kind.most, kind.unit, "克")
        if storage.capacity_g > most_g:
            told = {"kind_zh": kind.zh, "kind_en": kind.en, "most": kind.most, "unit": kind.unit}
            yield StorageBeyondKind(place="capacity_g", **told)


STORAGE = Entity(
    Storage,
    {
        "site": fields.row(Site),
        "name_zh": fields.text(120),
        "code": fields.text(40),
        "kind": fields.word("storage_kinds"),
        "area_m2": fields.decimal,
        "capacity_g": fields.grams,
        "streams": fields.streams,
    },
    needed=("site", "name_zh", "kind"),
    checks=(_within_kind,),
)
WASTE_SOURCE = Entity(
    WasteSource,
    {
        "site": fields.row(Site),
        "facility": fields.row(Facility),
        "stream": fields.stream,
        "name_zh": fields.text(120),
        "step": fields.text(120),
        "form": fields.text(16),
        "expected_g_per_year": fields.grams,
    },
    needed=("site", "stream", "name_zh"),
)


@transaction.atomic
def enter_site(values: Mapping[str, Any], catalog: Catalog, *, day: date) -> Site:
    """A new site and its first tenure. Raises what is wrong with its fields, ClosedToNew, MergedAway."""
    site = enter(SITE, values, catalog)
    must_be_open(site.org, day)
    Tenure.objects.create(site=site, org=site.org, valid_from=site.in_operation_since or day)
    return site


def amend_site(site: Site, values: Mapping[str, Any], catalog: Catalog) -> Site:
    """Change a site's fields; its holder changes by takeover only. Raises FieldNotKept and what is wrong."""
    kept = Entity(SITE.model, {k: v for k, v in SITE.readers.items() if k != "org"}, ("name_zh", "place"),
                  prepare=SITE.prepare, extra=SITE.extra)  # fmt: skip
    return amend(kept, site, values, catalog)


@transaction.atomic
def enter_on_site(entity: Entity[Any], values: Mapping[str, Any], catalog: Catalog, *, day: date) -> Any:
    """A new facility, storage facility or source of waste (``FACILITY``, ``STORAGE``, ``WASTE_SOURCE``) on a site."""
    row = enter(entity, values, catalog)
    must_be_open(row.site, day)
    return row


@transaction.atomic
def override_class(site: Site, class_id: str, reason: str, by: str, day: date, catalog: Catalog) -> Site:
    """Set the unit class otherwise than computed, or, with an empty class, let it be computed again.

    HJ 1259—2022, 4.2: the city's authority may do so. ``by`` is the actor. Raises ClassUnknown, ReasonNeeded.
    """
    if class_id and catalog.national.find("unit_classes", class_id) is None:
        known = "、".join(item.id for item in catalog.national.items("unit_classes"))
        raise ClassUnknown(value=class_id, known=known)
    if not reason.strip():
        raise ReasonNeeded
    site.class_override, site.class_override_reason = class_id, reason.strip()[:200]
    site.class_override_by, site.class_override_on = by, day
    names = ["class_override", "class_override_reason", "class_override_by", "class_override_on"]
    site.save(update_fields=names)
    return site
