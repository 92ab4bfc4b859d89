"""Vehicles and devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from wufei.catalog import Catalog
from wufei.registry import fields
from wufei.registry.closing import PlateInUse, must_be_open
from wufei.registry.keeping import Entity, amend, enter
from wufei.registry.models import Device, Organisation, Site, Vehicle
from wufei.registry.plates import narrowed, read_plate
from wufei.terms import NamedError


class DeviceInUse(NamedError):
    """Another open device of the protocol has the serial number."""

    code = "device_in_use"
    zh = "序列号 {serial} 的设备已登记在“{org}”名下。"
    en = "A device with the serial number {serial} is registered for “{org}”."
    remedy_zh = "请核对序列号；设备易手请先在原单位关闭。"
    remedy_en = "Check the number; when a device changes hands, close it at its former holder first."


class DeviceTwoPlaces(NamedError):
    """A device on a site and on a vehicle at once."""

    code = "device_two_places"
    zh = "设备只能装在场所或车辆之一上。"
    en = "A device is on a site or on a vehicle, not on both."
    remedy_zh = "请留下其中一个。"
    remedy_en = "Keep one of the two."


def _plate(value: Any, _catalog: Catalog) -> str:
    return "" if fields.empty(value) else narrowed(str(value))


def _plate_fits(vehicle: Vehicle, catalog: Catalog) -> Iterator[NamedError]:
    try:
        vehicle.plate, vehicle.plate_kind = read_plate(vehicle.plate, catalog, vehicle.plate_kind)
    except NamedError as error:
        error.place = "plate"
        yield error


def _plate_is_free(vehicle: Vehicle, _catalog: Catalog) -> Iterator[NamedError]:
    other = Vehicle.objects.filter(plate=vehicle.plate, closed_on=None).exclude(pk=vehicle.pk).first()
    if other and vehicle.closed_on is None:
        yield PlateInUse(place="plate", plate=vehicle.plate, org=str(other.org))


VEHICLE = Entity(
    Vehicle,
    {
        "org": fields.row(Organisation, "merged_into"),
        "plate": _plate,
        "plate_kind": fields.word("plate_kinds"),
        "kind": fields.word("vehicle_kinds"),
        "load_g": fields.grams,
        "transport_permit_no": fields.text(40),
        "transport_permit_to": fields.day,
    },
    needed=("org", "plate", "kind"),
    checks=(_plate_fits,),
    stored=(_plate_is_free,),
)


def _one_place(device: Device, _catalog: Catalog) -> Iterator[NamedError]:
    if device.site_id and device.vehicle_id:
        yield DeviceTwoPlaces(place="vehicle")


def _serial_is_free(device: Device, _catalog: Catalog) -> Iterator[NamedError]:
    same = Device.objects.filter(protocol=device.protocol, serial=device.serial, closed_on=None).exclude(pk=device.pk)
    if device.closed_on is None and (other := same.first()):
        yield DeviceInUse(place="serial", serial=device.serial, org=str(other.org))


DEVICE = Entity(
    Device,
    {
        "org": fields.row(Organisation, "merged_into"),
        "site": fields.row(Site),
        "vehicle": fields.row(Vehicle),
        "kind": fields.word("device_kinds"),
        "protocol": fields.text(32),
        "serial": fields.text(64),
        "name_zh": fields.text(120),
        "valid_from": fields.day,
    },
    needed=("org", "kind", "serial"),
    checks=(_one_place,),
    stored=(_serial_is_free,),
)


@transaction.atomic
def enter_in_fleet(entity: Entity[Any], values: Mapping[str, Any], catalog: Catalog, *, day: date) -> Any:
    """A new vehicle or device (``VEHICLE``, ``DEVICE``). Raises what is wrong, PlateInUse, DeviceInUse, ClosedToNew."""
    row = enter(entity, values, catalog)
    must_be_open(row, day)
    return row


def amend_in_fleet(entity: Entity[Any], row: Any, values: Mapping[str, Any], catalog: Catalog) -> Any:
    """Change a vehicle or device. Raises as ``enter_in_fleet``; a new plate is of the kind that it shows."""
    told = dict(values)
    if "plate" in told and "plate_kind" not in told:
        told["plate_kind"] = ""
    return amend(entity, row, told, catalog)
