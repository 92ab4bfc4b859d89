"""Checks of transfers to another province: that an approval is there, and no longer than the law allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from wufei.workflow import check_errors as wrong
from wufei.workflow.cases import Move
from wufei.workflow.check_errors import Finding
from wufei.workflow.facts import Facts, years_after
from wufei.workflow.values import Values

Found = Iterator[Finding]
APPROVAL, OTHER_PROVINCE = "interprovincial_approval", "other_province"


def interprovincial(values: Values, known: Facts, _move: Move) -> Found:
    """A transfer to another province has an approval in force that names the waste."""
    sites = [known.divisions.get(str(values.get(name) or "")) for name in ("consignor_storage", "consignee_site")]
    crosses = values.get("reach") == OTHER_PROVINCE or (None not in sites and sites[0] != sites[1])
    if not crosses or not known.known or known.day is None:
        return
    day, org = known.day, values.get("consignor_org")
    approvals = [p for p in known.permits if p.kind == APPROVAL and p.org == org and p.holds_on(day)]
    for number, line in enumerate(values.get("wastes") or []):
        waste, place = known.wastes.get(str(line.get("stream"))), f"wastes[{number + 1}].stream"
        fitting = [permit for permit in approvals if waste is not None and permit.scope_of(waste.line)]
        if waste is not None and not fitting:
            yield wrong.InterprovincialApprovalMissing(place=place, stream=waste.name, day=day.isoformat())
        elif fitting and all(permit.longest_to is not None and permit.longest_to < day for permit in fitting):
            last = max(permit.longest_to for permit in fitting if permit.longest_to is not None)
            yield wrong.InterprovincialApprovalOver(place=place, number=fitting[0].number, last=last.isoformat())


def approval_fits(values: Values, _known: Facts, _move: Move) -> Found:
    """An approval lasts a year at most, and neither beyond what was applied for nor beyond the consignee's licence."""
    first, last = (_date(values.get(name)) for name in ("approved_from", "approved_to"))
    if first is None or last is None:
        return
    bounds = [years_after(first, 1), _date(values.get("wanted_to")), _date(values.get("consignee_licence_to"))]
    latest = min(bound for bound in bounds if bound is not None)
    if not first <= last <= latest:
        yield wrong.ApprovalTooLong(place="approved_to", first=first.isoformat(), latest=latest.isoformat())


def _date(told: Any) -> date | None:
    return date.fromisoformat(str(told)) if told else None
