"""Apply the corrections that are sure to what the plan prints; show the others, never apply them."""

from __future__ import annotations

from collections.abc import Iterable

from wufei.catalog.correction import Correction
from wufei.catalog.items import PlanItem
from wufei.catalog.source_text import tidy


def applies(correction: Correction) -> bool:
    """True when the correction changes a reading: sure, with a misprint and a mended form."""
    return correction.confidence == "sure" and bool(correction.printed) and correction.reading is not None


def read_items(items: Iterable[PlanItem], corrections: Iterable[Correction]) -> None:
    """Fill ``reading`` of every item from ``printed`` and the sure corrections that target its fields."""
    mends: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for correction in corrections:
        if not applies(correction):
            continue
        for target in correction.every_target:
            if target.field is not None:
                key = (target.kind, target.id, target.field)
                mends.setdefault(key, []).append((correction.printed or "", correction.reading or ""))
    for item in items:
        item._reading = {
            name: read(printed, mends.get((item.kind, item.id, name), ())) for name, printed in item.printed.items()
        }


def read(printed: str, mends: Iterable[tuple[str, str]]) -> str:
    """The reading of one printed text: longest misprints mended first, then tidied."""
    for misprint, mended in sorted(mends, key=lambda mend: -len(mend[0])):
        printed = printed.replace(misprint, mended)
    return tidy(printed)
