"""Checks of the papers behind a transfer: the filed plan and the contract."""

from __future__ import annotations

from collections.abc import Iterator

from wufei.workflow.cases import Move
from wufei.workflow.check_errors import Finding
from wufei.workflow.check_errors import kg as _kg
from wufei.workflow.facts import Facts
from wufei.workflow.values import Values

Found = Iterator[Finding]


class ContractMissing(Finding):
    """No contract in force between the two for the waste."""

    code = "contract_missing"
    severity = "warn"
    zh = "移出人与“{org}”之间没有登记 {day} 有效、包括“{stream}”的合同。"
    en = "No contract with {org} in force on {day} that names “{stream}” is on register."
    remedy_zh = "请在登记簿补登书面合同；没有签订的，先依法签订，并约定污染防治要求及责任。"
    remedy_en = "Register the written contract; where there is none, conclude it first, with the duties of each side."


class PlanNotFiled(Finding):
    """No management plan on file for the year."""

    code = "plan_not_filed"
    severity = "warn"
    zh = "移出场所没有备案含“{stream}”的 {year} 年管理计划。"
    en = "The site has no management plan of {year} on file that names “{stream}”."
    remedy_zh = "请移出人备案或变更管理计划。"
    remedy_en = "Let the consignor file or amend its plan."


class PlanExceeded(Finding):
    """More than the filed plan says."""

    code = "plan_exceeded"
    zh = "“{stream}”今年已转出 {handed_kg} 千克，加上本次 {mass_kg} 千克，超过管理计划的 {planned_kg} 千克。"
    en = "“{stream}”: {handed_kg} kg were handed over; with {mass_kg} kg it is beyond the plan's {planned_kg} kg."
    remedy_zh = "请移出人先变更管理计划。"
    remedy_en = "Let the consignor amend its plan first."


def plan_covers(values: Values, known: Facts, move: Move) -> Found:
    """The mass to be moved is within the filed management plan of the year; until one is filed, that is told."""
    site = str(values.get("consignor_storage") or "")
    if not known.known:
        return
    for number, line in enumerate(values.get("wastes") or []):
        stream, place = str(line.get("stream")), f"wastes[{number + 1}].planned_g"
        waste, mass_g = known.wastes.get(stream), int(line.get("planned_g") or 0)
        planned, handed = known.planned_g.get((site, stream)), known.handed_g.get(stream, 0)
        name = waste.name if waste else stream
        if planned is None:
            yield PlanNotFiled(place=place, stream=name, year=move.day.year)
        elif handed + mass_g > planned:
            told = {"handed_kg": _kg(handed), "mass_kg": _kg(mass_g), "planned_kg": _kg(planned)}
            yield PlanExceeded(place=place, stream=name, **told)


def contract_in_force(values: Values, known: Facts, _move: Move) -> Found:
    """Consignor and consignee have a contract in force on the day, whichever of them it stands with, for each waste."""
    pair, day = [str(values.get(name) or "") for name in ("consignor_org", "consignee_org")], known.day
    org = known.orgs.get(pair[1])
    if not known.known or org is None or day is None or pair[0] == pair[1]:
        return
    theirs = [c for c in known.contracts if {c.org, c.partner} == set(pair)]
    for number, line in enumerate(values.get("wastes") or []):
        waste = known.wastes.get(str(line.get("stream")))
        if waste is not None and not any(contract.covers(day, waste.line) for contract in theirs):
            place = f"wastes[{number + 1}].stream"
            yield ContractMissing(place=place, org=org.name, day=day.isoformat(), stream=waste.name)
