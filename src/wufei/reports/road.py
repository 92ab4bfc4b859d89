"""Is this load covered now? What an inspector on the road asks of a plate, a manifest's number or a driver's code.

The answer is yes or no with every reason, for the present instant: the manifest is under way, carrier and vehicle
are those of the leg now driven and may carry it, the consignee's licence covers the wastes, no deadline is past.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.journal.asking import ask
from wufei.journal.moments import CITY_TIME
from wufei.terms.mass import Mass
from wufei.workflow import facts
from wufei.workflow.cases import Case, Move, stock_of
from wufei.workflow.checks import carrier_permit, interprovincial, licence_covers, vehicle_fits
from wufei.workflow.errors import CaseUnknown
from wufei.workflow.facts import Facts
from wufei.workflow.kinds import kind_of_case
from wufei.workflow.rules import Signer

CHECKS = (licence_covers, carrier_permit, vehicle_fits, interprovincial)
ROLLING = frozenset({"in_transit", "returning", "returning_part"})
MOST = 20
_LOADS = """
SELECT case_id, workflow, state, no, due_at, told
FROM public.registry_road_loads(%(plate)s, %(number)s, %(case)s, %(most)s)"""
_ALONE = re.compile(r"manifest:[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was looked at: whether it holds, in both languages."""

    holds: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Load:
    """A manifest on the road and what was looked at; ``covered`` when nothing stands against it."""

    case: str
    national_number: str
    state: str
    consignor: str
    consignee: str
    carrier: str
    plate: str
    wastes: tuple[tuple[str, int], ...]
    due_at: datetime | None
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def covered(self) -> bool:
        """Whether every reason holds."""
        return all(reason.holds for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest as the check reads it: the case with the values that it needs and no others, and its deadline."""

    case: Case
    due_at: datetime | None


def cases_of(connection: Connection[Any], asked: str) -> list[Found]:
    """The manifests that a plate, a national number or a case's id names, of whatever place, for whoever checks loads.

    Whoever does not check loads is told of those that it is a party of (registry/sql/road.sql).
    """
    text = "".join(asked.split())
    if _ALONE.fullmatch(text):
        return _loads(connection, case=text)
    plate = plate_of(text)
    return (
        _loads(connection, number=plate) if plate.isascii() and plate.isdecimal() else _loads(connection, plate=plate)
    )


def plate_of(asked: str) -> str:
    """A plate as the register has it: no spaces, no dots, capitals."""
    return "".join(asked.split()).upper().replace("·", "").replace("•", "")


def case_of(connection: Connection[Any], case_id: str) -> Found:
    """The manifest with this id. Raises CaseUnknown."""
    found = _loads(connection, case=case_id)
    if not found:
        raise CaseUnknown(case=case_id)
    return found[0]


def _loads(connection: Connection[Any], *, plate: str = "", number: str = "", case: str = "") -> list[Found]:
    rows = ask(connection, _LOADS, {"plate": plate, "number": number, "case": case, "most": MOST}).fetchall()
    return [
        Found(Case(key, flow, state, no, json.loads(told) if isinstance(told, str) else told or {}), due)
        for key, flow, state, no, due, told in rows
    ]


def load_of(connection: Connection[Any], found: Found, now: datetime, plate: str = "") -> Load:
    """The load of a manifest as it stands. ``plate`` is the vehicle stopped."""
    case, values = found.case, found.case.values
    kind = kind_of_case(case)
    move = Move("pick_up", {}, case.no, now, "system:road", Signer(None, "inspector"))
    known = facts.gather(connection, kind, case, move)
    legs = values.get("legs") or [{}]
    leg = legs[min(int(values.get("leg") or 0), len(legs) - 1)]
    vehicle = known.vehicles.get(str(leg.get("vehicle") or ""))
    load = Load(
        case=case.id, national_number=str(values.get("national_number") or ""), state=case.state,
        consignor=_org(known, values.get("consignor_org")), consignee=_org(known, values.get("consignee_org")),
        carrier=_org(known, leg.get("carrier_org")), plate=vehicle.plate if vehicle else "",
        wastes=_held(connection, case.id), due_at=found.due_at,
    )  # fmt: skip
    return replace(load, reasons=(*_standing(load, kind.workflow, now, plate), *_permitted(case, known, move)))


def _held(connection: Connection[Any], case_id: str) -> tuple[tuple[str, int], ...]:
    """Grams on the manifest's account by stream, whoever asks."""
    found: Counter[str] = Counter()
    for (_account, stream, _lot), g in stock_of(connection, case_id).items():
        found[stream] += g
    return tuple(sorted((stream, g) for stream, g in found.items() if g))


def _org(known: Facts, org: Any) -> str:
    found = known.orgs.get(str(org or ""))
    return found.name if found else str(org or "")


def _standing(load: Load, workflow: Any, now: datetime, plate: str) -> Iterator[Reason]:
    """State, mass, vehicle and deadline."""
    state = workflow.state(load.state)
    yield Reason(load.state in ROLLING, f"联单状态：{state.zh}", f"state of the manifest: {state.en}")
    mass = Mass(sum(g for _stream, g in load.wastes)).format()
    yield Reason(bool(load.wastes), f"在途账户上有 {mass}", f"{mass} stand on its account in transit")
    if plate:
        yield Reason(
            load.plate == plate,
            f"联单上的车辆是 {load.plate or '—'}",
            f"the manifest names the vehicle {load.plate or '—'}",
        )
    if not load.national_number:
        yield Reason(holds=False, zh="没有国家系统联单编号", en="there is no number of the national system")
    if load.due_at is not None:
        day = load.due_at.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M")
        yield Reason(now <= load.due_at, f"期限 {day}", f"deadline {day}")


def _permitted(case: Case, known: Facts, move: Move) -> Iterator[Reason]:
    """Licence, carrier, vehicle and approval, as the checks at signing look at them."""
    if not known.known:
        yield Reason(holds=False, zh="登记信息无法读取", en="the register cannot be read")
        return
    against = [error for check in CHECKS for error in check(case.values, known, move)]
    for error in against:
        yield Reason(holds=False, zh=error.text("zh"), en=error.text("en"))
    if not against:
        yield Reason(
            holds=True,
            zh="接受人许可、承运人和车辆许可均有效",
            en="licence of the consignee and permits of carrier and vehicle hold",
        )


def statement_of(load: Load, names: Iterable[str], until: datetime) -> dict[str, Any]:
    """What a driver's code says, short: it is signed by wufei.journal.signed_papers.road_statement."""
    return {
        "case": load.case, "number": load.national_number, "plate": load.plate, "carrier": load.carrier,
        "from": load.consignor, "to": load.consignee, "until": int(until.timestamp()), "state": load.state,
        "wastes": [[name, g] for name, (_stream, g) in zip(names, load.wastes, strict=True)],
    }  # fmt: skip


def codes(load: Load, catalog: Catalog) -> Sequence[str]:
    """The waste codes of a load."""
    found = (catalog.national.find("streams", stream) for stream, _g in load.wastes)
    return [(item.code or item.id) if item else "" for item in found]
