"""Every kind of declared thing: its fields, and the folder that holds it.

A class per folder; the loader finds them here by ``kind``. Adding a thing of a known kind is one file.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from wufei.catalog.indicator_parts import Definition, Input
from wufei.catalog.items import (
    CorrectionRef,
    IndicatorRef,
    Item,
    MeasureRef,
    OrgRef,
    Part,
    PlaceRef,
    PlanItem,
    ProjectRef,
    SourceRef,
    StreamRef,
    TaskRef,
    UnitSymbol,
    ref,
)

Confidence = Literal["high", "medium", "low"]
Direction = Literal["lower", "higher", "qualitative"]


class Amount(Part):
    """A number with its unit."""

    value: Decimal
    unit: UnitSymbol


class Source(Item):
    """A document that facts are cited from; ``text`` names a shipped copy with its ``sha256``."""

    kind: ClassVar[str] = "sources"

    issuer: str | None = None
    number: str | None = None
    published_on: date | None = None
    confidence: Confidence
    text: str | None = None
    sha256: str | None = None
    note_zh: str | None = None
    note_en: str | None = None


RoleRef = Annotated[str, ref("roles")]


class Role(Item):
    """A hat that a person can wear: what it sees, whether it signs or administers, and what it is kept apart from."""

    kind: ClassVar[str] = "roles"

    signs: bool
    administers: bool
    sees: str
    sees_en: str | None = None
    separate_from: tuple[RoleRef, ...] = ()  # no person has both; said on either side


class Stream(Item):
    """A waste that entries name, child of at most one parent."""

    kind: ClassVar[str] = "streams"

    code: str | None = None
    parent: StreamRef | None = None
    family: Literal["industrial", "agricultural", "household", "construction", "hazardous", "sludge", "other"]
    hazardous: bool
    hazard: str = ""
    industry: str | None = None
    industry_code: str | None = None
    exempted: bool | None = None
    confidence: Confidence
    note_zh: str | None = None
    note_en: str | None = None


class City(Item):
    """A city that the system runs: its code, its plan and the plan's years."""

    kind: ClassVar[str] = "city"

    code: str
    plan_source: SourceRef
    plan_period: tuple[int, int]
    base_year: int
    target_year: int


class Place(Item):
    """A division of the city, down to townships."""

    kind: ClassVar[str] = "places"

    code: str | None
    level: Literal["city", "county", "zone", "township"]
    parent: PlaceRef | None
    code_kind: Literal["gb2260", "statistical", "none"]
    note_zh: str | None = None
    note_en: str | None = None

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """City, counties, zones, townships; by code within."""
        return (("city", "county", "zone", "township").index(self.level), self.code or "", self.id)


class Alias(Part):
    """Another name that the plan prints for an organisation."""

    zh: str
    lines: tuple[int, ...] = ()
    correction: CorrectionRef | None = None


class Org(Item):
    """An organisation, or a named group of them (``members``)."""

    kind: ClassVar[str] = "orgs"

    org_kind: Literal[
        "city_bureau",
        "city_office",
        "party_body",
        "county_bureau",
        "county_government",
        "zone_committee",
        "enterprise",
        "railway",
        "group",
        "other",
    ] = Field(alias="kind")
    aliases: tuple[Alias, ...] = ()
    members: tuple[OrgRef, ...] = ()
    place: PlaceRef | None = None
    note_zh: str | None = None
    note_en: str | None = None


class Metric(Item):
    """Something observed at a place over a period that is not a mass in an account; its unit is fixed."""

    kind: ClassVar[str] = "metrics"

    unit: UnitSymbol | None
    note_zh: str | None = None
    note_en: str | None = None


def metrics_of(item: Item, inputs: tuple[Input, ...]) -> tuple[Item, ...]:
    """The metrics that an indicator's inputs declare, with the indicator's head."""
    head = {name: getattr(item, name) for name in ("valid_from", "valid_to", "cites", "checked_on")}
    return tuple(Metric(id=p.id, zh=p.zh, en=p.en, unit=p.unit, **head) for p in inputs if p.declares)


class NationalIndicator(Item, Definition):
    """The definition of an indicator: formula over named inputs, unit and direction."""

    kind: ClassVar[str] = "indicators"

    unit: UnitSymbol | None
    direction: Direction
    requirement_level: Literal["mandatory", "optional", "city_defined"]

    def declares(self) -> tuple[Item, ...]:
        """The metrics that its inputs are observed as and no file of their own declares."""
        return metrics_of(self, self.inputs)


class Baseline(Part):
    """The value a plan starts from: a number, a text, or nothing known."""

    year: int
    value: Decimal | None
    text: str | None = None


class Target(Part):
    """The value a plan promises and how to compare with it; ``hold`` keeps the baseline, ``milestone`` is text."""

    year: int
    op: Literal["at_most", "at_least", "more_than", "less_than", "hold", "milestone"]
    value: Decimal | None
    text: str | None = None


class Indicator(PlanItem, Definition):
    """An indicator of a city's plan: row number, groups, baseline, target and who answers for it."""

    kind: ClassVar[str] = "indicators"

    no: int
    level1: str
    level2: str
    level1_en: str | None = None
    level2_en: str | None = None
    requirement_level: Literal["mandatory", "optional"]
    direction: Direction
    unit: UnitSymbol | None
    baseline: Baseline
    target: Target
    responsible_orgs: tuple[OrgRef, ...]
    data_provider_orgs: tuple[OrgRef, ...] = ()
    defined_by: Annotated[str, ref("indicators")] | None = None

    def declares(self) -> tuple[Item, ...]:
        """The metrics that its own inputs are observed as."""
        return metrics_of(self, self.inputs)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """The plan's own numbering."""
        return (self.no, self.id)


class Duty(Part):
    """What one or several organisations are to do."""

    orgs: tuple[OrgRef, ...]
    duty: str


class Lead(Part):
    """A leading organisation and its duty."""

    org: OrgRef
    duty: str


class Milestone(Part):
    """A dated step of a task."""

    year: int
    due: date
    text: str


class Dependency(Part):
    """A task that must come first, and why."""

    task: TaskRef
    zh: str
    en: str


SECTIONS = ("institution", "industry", "agriculture", "household", "construction", "hazardous")


class Task(PlanItem):
    """A row of the task list, keyed by section and number."""

    kind: ClassVar[str] = "tasks"

    section: Literal["institution", "industry", "agriculture", "household", "construction", "hazardous"]
    no: int
    lead: tuple[Lead, ...]
    responsible: tuple[Duty, ...]
    schedule_kind: Literal["staged", "continuing", "complete_by"]
    milestones: tuple[Milestone, ...]
    depends_on: tuple[Dependency, ...] = ()
    measure: MeasureRef | None = None
    indicators: tuple[IndicatorRef, ...] = ()

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Section order of the plan, then number."""
        return (SECTIONS.index(self.section), self.no)


class Measure(PlanItem):
    """A numbered measure of the main text, with the bodies that lead and share it."""

    kind: ClassVar[str] = "measures"

    section_no: int
    section: str
    section_en: str | None = None
    no: int
    lead_orgs: tuple[OrgRef, ...]
    responsible_orgs: tuple[OrgRef, ...]
    tasks: tuple[TaskRef, ...] = ()

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Section, then number."""
        return (self.section_no, self.no)


class Capacity(Part):
    """A capacity or size that a project promises."""

    what_zh: str
    what_en: str
    value: Decimal
    unit: UnitSymbol
    printed: str


class Site(Part):
    """Where a project stands, as printed, with the division when it can be told."""

    place: PlaceRef | None
    printed: str


class Project(PlanItem):
    """A row of the project list: content, owner, investment, benefits and deadline."""

    kind: ClassVar[str] = "projects"

    no: int
    orgs: tuple[OrgRef, ...]
    investment: Amount
    deadline_year: int
    capacities: tuple[Capacity, ...] = ()
    places: tuple[Site, ...] = ()
    indicators: tuple[IndicatorRef, ...] = ()

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """The plan's own numbering."""
        return (self.no,)


class Commitment(PlanItem):
    """A promise in the running text: a quantity, a facility, a system or a policy."""

    kind: ClassVar[str] = "commitments"

    commitment_kind: Literal["quantity", "facility", "system", "policy"] = Field(alias="kind")
    op: Literal["at_most", "at_least", "more_than", "less_than", "hold", "milestone"] | None = None
    value: Decimal | None = None
    unit: UnitSymbol | None = None
    year: int | None = None
    indicator: IndicatorRef | None = None
    project: ProjectRef | None = None
    task: TaskRef | None = None
    measure: MeasureRef | None = None

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Order of the text."""
        return (self.first_line, self.id)


class System(Item):
    """A supervision system or software that the plan asks for, and the rows that own it."""

    kind: ClassVar[str] = "systems"

    where: str
    users: str
    users_en: str | None = None
    deadline: str | None = None
    indicators: tuple[IndicatorRef, ...] = ()
    tasks: tuple[TaskRef, ...] = ()
    projects: tuple[ProjectRef, ...] = ()
    measures: tuple[MeasureRef, ...] = ()
