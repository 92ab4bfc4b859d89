"""The one return type of the reading rooms: a value, how sure it is, and the way back to the records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from wufei.terms.citation import Citation
from wufei.terms.period import Period
from wufei.terms.unknown import Unknown, is_unknown


class Basis(StrEnum):
    """How a mass came to be known, best first (glossary: 计量依据)."""

    MEASURED = "measured"
    MANIFESTED = "manifested"
    DECLARED = "declared"
    ESTIMATED = "estimated"
    RECONCILED = "reconciled"


@dataclass(frozen=True, slots=True)
class Lineage:
    """One step of the way from a figure down to its evidence.

    ``kind`` is formula, input, parameter, query, entries, observation or evidence; ``children`` are what it was made
    from. ``records`` are the ids of the records behind this very step, where they are few.
    """

    kind: str
    zh: str
    en: str
    value: Any = None
    unit: str | None = None
    cites: tuple[Citation, ...] = ()
    count: int | None = None
    hash: str | None = None
    records: tuple[str, ...] = ()
    children: tuple[Lineage, ...] = ()

    def walk(self) -> list[Lineage]:
        """This step and every step below it, parents first."""
        found = [self]
        for child in self.children:
            found.extend(child.walk())
        return found


@dataclass(frozen=True, slots=True)
class Result:
    """A figure that can be walked back.

    ``value`` is exact (Decimal or int) or Unknown; ``coverage`` is the share (0–1) of expected inputs
    that were there, None when nobody can say; ``basis_shares`` sum to 1 over the bases present;
    ``sd`` is one standard deviation in ``unit``.
    """

    value: Decimal | int | str | Unknown
    unit: str | None
    period: Period | None
    as_known_on: datetime | None = None
    coverage: Decimal | None = None
    basis_shares: dict[Basis, Decimal] = field(default_factory=dict)
    sd: Decimal | None = None
    lineage: Lineage | None = None

    @property
    def known(self) -> bool:
        """True when there is a value."""
        return not is_unknown(self.value)
