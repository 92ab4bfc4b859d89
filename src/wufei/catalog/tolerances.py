"""How far two weighings of one load may differ before the difference must be told."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from wufei.catalog.items import StreamRef, UnitSymbol
from wufei.catalog.registry_kinds import Listed

PPM_OF = {"%": 10_000}


class WeightTolerance(Listed):
    """The most that dispatch and receipt may differ, as a share of the mass dispatched.

    For a stream with what lies under it (none: any) and a class of scale (GB/T 14250; none: any). The narrower counts.
    """

    kind: ClassVar[str] = "weight_tolerances"

    stream: StreamRef | None = None
    scale: str | None = None
    most: Decimal
    unit: UnitSymbol
    confidence: Literal["high", "medium", "low"]

    @property
    def most_ppm(self) -> int:
        """The share in millionths."""
        return int(self.most * PPM_OF[self.unit])
