"""Checks of an inspection: scores lie within their points, and a conclusion has one for each item."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from wufei.workflow import inspection_errors as wrong
from wufei.workflow.cases import Move
from wufei.workflow.check_errors import Finding
from wufei.workflow.facts import Facts
from wufei.workflow.values import Values


def scores_within(values: Values, _known: Facts, _move: Move) -> Iterator[Finding]:
    """A score is no less than nothing and no more than the item's points; one that lost points says why."""
    for number, line in enumerate(values.get("items") or []):
        score, most = line.get("score"), line.get("most")
        if score is None or most is None:
            continue
        if not 0 <= Decimal(score) <= Decimal(most):
            yield wrong.ScoreOutside(place=f"items[{number + 1}].score", item=line.get("name"), score=score, most=most)
        elif Decimal(score) < Decimal(most) and not str(line.get("remark") or "").strip():
            yield wrong.ScoreUnexplained(place=f"items[{number + 1}].remark", item=line.get("name"))


def all_scored(values: Values, _known: Facts, _move: Move) -> Iterator[Finding]:
    """Every item has a score."""
    for number, line in enumerate(values.get("items") or []):
        if line.get("score") is None:
            yield wrong.ScoreMissing(place=f"items[{number + 1}].score", item=line.get("name"))
