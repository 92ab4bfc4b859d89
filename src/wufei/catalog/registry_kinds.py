"""Kinds of declared things by which the registry is filled: what an organisation, a plate or a permit may be."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from wufei.catalog.access import Access
from wufei.catalog.items import Item, Part, UnitSymbol, ref


class Listed(Item):
    """A word of a list: its place in the list, and how sure its citation is."""

    order: int = 0
    confidence: Literal["high", "medium", "low"]
    note_zh: str | None = None
    note_en: str | None = None

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """The order that the file gives."""
        return (self.order, self.id)


class OrgKind(Listed):
    """What an organisation is; ``needs_credit_code`` refuses one without its unified social credit code."""

    kind: ClassVar[str] = "org_kinds"

    needs_credit_code: bool


class FacilityKind(Listed):
    """What a facility does; one that ``treats_hazardous`` waste makes its site a key unit (HJ 1259—2022, 4.2)."""

    kind: ClassVar[str] = "facility_kinds"

    treats_hazardous: bool


class StorageKind(Listed):
    """A type of storage facility; ``most`` is what may lie in one at any time, in ``unit``."""

    kind: ClassVar[str] = "storage_kinds"

    most: Decimal | None = None
    unit: UnitSymbol | None = None


def _pattern(value: str) -> str:
    re.compile(value)
    return value


class PlateKind(Listed):
    """A kind of number plate: the regular expression that such a plate fits as a whole, and an example."""

    kind: ClassVar[str] = "plate_kinds"

    pattern: Annotated[str, AfterValidator(_pattern)]
    example: str


class VehicleKind(Listed):
    """What a vehicle is built as."""

    kind: ClassVar[str] = "vehicle_kinds"


class DeviceKind(Listed):
    """What a device measures or sees."""

    kind: ClassVar[str] = "device_kinds"


class PermitKind(Listed):
    """A kind of permit or filing.

    Two ``exclusive`` ones never hold for the same stream at the same site and time. A ``licence`` makes its site a key
    unit. ``years`` is how long one is granted, ``renew_before`` how long before its end it is asked for again,
    in ``renew_unit``.
    """

    kind: ClassVar[str] = "permit_kinds"

    exclusive: bool
    licence: bool
    years: int | None = None
    renew_before: int | None = None
    renew_unit: Literal["working_day", "day"] | None = None


class ContractKind(Listed):
    """What a contract is about."""

    kind: ClassVar[str] = "contract_kinds"


IndustryRef = Annotated[str, ref("industries")]


class Industry(Listed):
    """A section (letter) or division (two digits) of the industrial classification; its code is its id."""

    kind: ClassVar[str] = "industries"

    level: Literal["section", "division"]
    parent: IndustryRef | None = None


class Threshold(Part):
    """A yearly generation from which a class begins."""

    value: Decimal
    unit: UnitSymbol


class Generation(Part):
    """Which yearly generation counts: the largest of the last ``years``, or of the years in operation.

    A site in operation for less than ``least_years``, or whose generation comes round less often than every
    ``cycle_years``, is judged by its environmental assessment or discharge permit.
    """

    years: int
    least_years: int
    cycle_years: int


class UnitClass(Listed):
    """A management class of hazardous-waste units: a site belongs to the first class, by ``order``, that it meets.

    Met by a generation from ``at_least`` on; by an ``own_treatment`` facility; by a ``licence``.
    """

    kind: ClassVar[str] = "unit_classes"

    at_least: Threshold | None
    own_treatment: bool
    licence: bool
    generation: Generation


UnitClassRef = Annotated[str, ref("unit_classes")]


class Recurrence(Part):
    """When a duty falls due: so many months after its period begins or ends, on that day of the month.

    ``every`` period (``month``, ``quarter``, ``year``); ``after`` counts months from the period's first month (1: the
    first month of the period itself); ``day`` of that month.
    """

    every: Literal["month", "quarter", "year"]
    after: int
    day: int


class Retention(Part):
    """How long a record is kept at least."""

    value: int
    unit: UnitSymbol


class SiteDuty(Listed):
    """What sites of some classes must do: by a date that comes round, or always (how long records are kept).

    ``workflow`` is the kind of case in which it is done, one for a site and a period.
    """

    kind: ClassVar[str] = "duties"

    classes: tuple[UnitClassRef, ...]
    due: Recurrence | None = None
    keep: Retention | None = None
    workflow: Annotated[str, ref("workflows")] | None = None


REGISTRY_KINDS: tuple[type[Item], ...] = (
    Access,
    OrgKind,
    FacilityKind,
    StorageKind,
    PlateKind,
    VehicleKind,
    DeviceKind,
    PermitKind,
    ContractKind,
    Industry,
    UnitClass,
    SiteDuty,
)
