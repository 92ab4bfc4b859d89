"""What an indicator's file is made of: inputs with their sources, the formula, other official formulas, examples."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from wufei.catalog.items import Part, StreamRef, UnitSymbol, ref
from wufei.terms import Citation

InputId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Role = Literal[
    "origin", "storage", "transit", "process", "product", "sink", "loss", "adjustment", "unexplained", "opening",
    "outside",
]  # fmt: skip


class FlowSource(Part):
    """Masses of the Book: of ``streams`` with their children, ``without`` some, between accounts in these roles.

    ``at`` says whose place counts: ``from`` where the mass left (place of generation), ``to`` where it arrived.
    """

    streams: tuple[StreamRef, ...] = Field(min_length=1)
    without: tuple[StreamRef, ...] = ()
    from_roles: tuple[Role, ...] = ()
    to_roles: tuple[Role, ...] = ()
    at: Literal["from", "to"] = "from"


class FacilitySource(Part):
    """Facilities of the registry in operation at the end of the period: their summed ``capacity``, or their number."""

    kinds: tuple[Annotated[str, ref("facility_kinds")], ...] = Field(min_length=1)
    take: Literal["capacity", "number"] = "capacity"


class Input(Part):
    """A named quantity of a formula and where it comes from, in ``unit``.

    ``value`` is a constant with its citation; ``indicator`` is another indicator's value. Everything else is looked for
    as an observation of ``metric`` (of ``stream``), in the Book (``flow``), in the registry (``facilities``) and as the
    sum of what sites have of the metric ``sites``, of each the latest within the period: ``prefer`` is taken where it
    is known, the others stand beside it. An input without any source, or with ``observed``, declares a metric of its
    own id. ``period`` is the one asked for, the plan's base year or the year before. ``over_time`` says how months make
    a year: they add up, or the last one stands. ``adds`` says whether divisions add up to the city.
    """

    id: InputId
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    unit: UnitSymbol | None
    period: Literal["same", "base", "previous"] = "same"
    over_time: Literal["sum", "last"] = "sum"
    adds: bool = True
    observed: bool = False
    metric: str | None = None
    stream: StreamRef | None = None
    flow: FlowSource | None = None
    facilities: FacilitySource | None = None
    sites: Annotated[str, ref("metrics")] | None = None
    indicator: Annotated[str, ref("indicators")] | None = None
    value: Decimal | None = None
    cites: tuple[Citation, ...] = ()
    prefer: Literal["metric", "flow", "facilities", "sites"] = "metric"

    @property
    def declares(self) -> bool:
        """Whether the input declares the metric that it is observed as."""
        sources = (self.metric, self.flow, self.facilities, self.sites, self.indicator, self.value)
        return self.observed or all(source is None for source in sources)

    @property
    def observed_as(self) -> str | None:
        """The metric that the input is observed as; None when it is not observed."""
        return self.id if self.declares else self.metric

    def name(self, lang: str) -> str:
        """The name in ``lang``."""
        return self.en if lang.startswith("en") else self.zh


class Alternative(Part):
    """Another official formula over the same inputs, and who uses it; the chosen one is the indicator's ``formula``."""

    id: InputId
    zh: str
    en: str
    formula: str
    cites: tuple[Citation, ...] = Field(min_length=1)


class Example(Part):
    """A worked example: inputs in their units (null: unknown) and the value that must come out, null for Unknown.

    ``by`` names an alternative; without it the indicator's own formula is meant.
    """

    zh: str
    en: str
    given: dict[InputId, Decimal | None]
    gives: Decimal | None
    by: str | None = None


class Definition(Part):
    """How an indicator is computed; empty where a city file refers to a national definition.

    ``decimals`` rounds half up; below ``coverage_needed`` (0–1, all when not said) the value is Unknown.
    """

    numerator: str | None = None
    denominator: str | None = None
    formula: str | None = None
    inputs: tuple[Input, ...] = ()
    decimals: int | None = Field(default=None, ge=0, le=6)
    coverage_needed: Decimal | None = Field(default=None, gt=0, le=1)
    alternatives: tuple[Alternative, ...] = ()
    examples: tuple[Example, ...] = ()
    source_department: str | None = None
    confidence: Literal["high", "medium", "low"] | None = None
    notes: str | None = None
    notes_en: str | None = None

    def formulas(self) -> dict[str | None, str]:
        """The chosen formula under None, the others by their ids."""
        own = {None: self.formula} if self.formula else {}
        return own | {other.id: other.formula for other in self.alternatives}
