"""Organisations of the demonstration: what stands on register when ``wufei run --demo`` makes its accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Field

from wufei.catalog.items import Item, OrgRef, Part, PlaceRef, StreamRef, UnitSymbol, ref
from wufei.catalog.privacy_kinds import RoleRefs

SiteId = Annotated[str, Field(pattern=r"^site-demo-[a-z]+$")]


class DemoStorage(Part):
    """A storage facility of a demonstration site; ``capacity`` in tonnes."""

    zh: str
    kind: Annotated[str, ref("storage_kinds")]
    capacity: Decimal
    streams: tuple[StreamRef, ...]


class DemoSource(Part):
    """A source of waste of a demonstration site; ``expected`` in tonnes a year."""

    zh: str
    stream: StreamRef
    expected: Decimal


class DemoFacility(Part):
    """A facility of a demonstration site with its capacity."""

    zh: str
    kind: Annotated[str, ref("facility_kinds")]
    capacity: Decimal
    unit: UnitSymbol
    operations: tuple[str, ...] = ()


class DemoSite(Part):
    """The one site of a demonstration organisation; ``longitude`` and ``latitude`` in CGCS2000."""

    id: SiteId
    zh: str
    en: str
    place: PlaceRef
    longitude: Decimal
    latitude: Decimal
    storages: tuple[DemoStorage, ...] = ()
    sources: tuple[DemoSource, ...] = ()
    facilities: tuple[DemoFacility, ...] = ()


class DemoPermit(Part):
    """A permit of a demonstration organisation, for its site where ``operations`` are named."""

    kind: Annotated[str, ref("permit_kinds")]
    streams: tuple[StreamRef, ...] = ()
    operations: tuple[str, ...] = ()
    quota: Decimal | None = None  # tonnes a year for each stream


class DemoVehicle(Part):
    """A vehicle of a demonstration carrier; ``load`` in tonnes."""

    plate: str
    kind: Annotated[str, ref("vehicle_kinds")]
    load: Decimal


class DemoContract(Part):
    """A contract by which a demonstration organisation hands waste to another one."""

    partner: Annotated[str, ref("demo_orgs")]
    kind: Annotated[str, ref("contract_kinds")]


class DemoOrg(Item):
    """An organisation of the demonstration, and which roles' demonstration accounts act for it.

    ``body`` names a body of the plan instead: nothing is entered then, and the accounts act for it within ``within``,
    the place that their role sees.
    """

    kind: ClassVar[str] = "demo_orgs"

    roles: RoleRefs
    body: OrgRef | None = None
    within: PlaceRef | None = None
    org_kind: Annotated[str, ref("org_kinds")] | None = None
    place: PlaceRef | None = None
    industry: str = ""
    site: DemoSite | None = None
    permits: tuple[DemoPermit, ...] = ()
    vehicles: tuple[DemoVehicle, ...] = ()
    contracts: tuple[DemoContract, ...] = ()

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Those that others have contracts with first."""
        return (len(self.contracts), self.id)
