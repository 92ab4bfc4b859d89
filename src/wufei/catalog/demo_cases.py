"""Cases of the demonstration: what ``wufei run --demo`` lets its accounts do, day by day up to the first start."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Field

from wufei.catalog.items import Item, Part, StreamRef, ref

DaysAgo = Annotated[Decimal, Field(ge=0)]


class DemoEntry(Part):
    """Mass that moved before the case: ``mass`` in tonnes between two accounts, entered by a role's account."""

    by: Annotated[str, ref("roles")]
    days_ago: DaysAgo
    from_account: str
    to_account: str
    stream: StreamRef
    mass: Decimal


class DemoStep(Part):
    """A step by a role's account. ``gives`` are values of the form; ``plate:`` in one stands for the vehicle's id."""

    by: Annotated[str, ref("roles")]
    does: str
    days_ago: DaysAgo
    gives: dict[str, Any] = Field(default_factory=dict)
    reason: str = ""


class DemoCase(Item):
    """One case with the entries that it needs first. Everything in it is invented."""

    kind: ClassVar[str] = "demo_cases"

    workflow: Annotated[str, ref("workflows")]
    entries: Annotated[tuple[DemoEntry, ...], Field(min_length=1)]  # by the first a case that was entered is known
    steps: tuple[DemoStep, ...]
