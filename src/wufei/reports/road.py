"""Is this load covered now? What an inspector on the road asks of a plate, a manifest's number or a driver's code.

The answer is yes or no with every reason, for the present instant: the manifest is under way, carrier and vehicle
are those of the leg now driven and may carry it, the consignee's licence covers the wastes, no deadline is past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.journal.asking import ask
from wufei.journal.moments import CITY_TIME
from wufei.terms.mass import Mass
from wufei.workflow import facts
from wufei.workflow.cases import Case, Move, held_by, read
from wufei.workflow.checks import carrier_permit, interprovincial, licence_covers, vehicle_fits
from wufei.workflow.facts import Facts
from wufei.workflow.kinds import kind_of_case
from wufei.workflow.rules import Signer

CHECKS = (licence_covers, carrier_permit, vehicle_fits, interprovincial)
ROLLING = frozenset({"in_transit", "returning", "returning_part"})
WAITING = frozenset({"handing_over", "stopped"})
MOST = 20
_BY_PLATE = """
SELECT DISTINCT d.case_id FROM public.registry_vehicle v
JOIN journal.case_party p ON p.party = v.org_id JOIN journal.desk d ON d.case_id = p.case_id
JOIN journal.step s ON s.case_id = d.case_id
WHERE v.plate = %(plate)s AND d.workflow = %(workflow)s AND d.state = ANY (%(states)s)
AND s.data::jsonb -> 'set' -> 'legs' @> jsonb_build_array(jsonb_build_object('vehicle', v.id)) LIMIT %(most)s"""
_BY_NUMBER = """
SELECT s.case_id FROM journal.step s JOIN journal.desk d USING (case_id)
WHERE d.workflow = %(workflow)s AND substring(s.data from '"national_number":"(\\d{14})"') = %(number)s
LIMIT %(most)s"""
WORKFLOW = "hazardous_waste_transfer"


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


def cases_of(connection: Connection[Any], asked: str) -> list[str]:
    """The manifests that a plate, a national number or a case's id names; those that the hat may see."""
    text = "".join(asked.split()).upper().replace("·", "").replace("•", "")
    given: dict[str, Any] = {"workflow": WORKFLOW, "most": MOST, "plate": text, "number": text}
    if asked.strip().startswith("manifest:"):
        return [asked.strip()]
    if text.isascii() and text.isdecimal():
        return sorted({case for (case,) in ask(connection, _BY_NUMBER, given)})
    states = sorted(ROLLING | WAITING | {"loaded"})
    return sorted({case for (case,) in ask(connection, _BY_PLATE, given | {"states": states})})


def load_of(connection: Connection[Any], case_id: str, now: datetime, plate: str = "") -> Load:
    """The load of a manifest as it stands. ``plate`` is the vehicle stopped. Raises CaseUnknown."""
    case = read(connection, case_id)
    kind = kind_of_case(case)
    move = Move("pick_up", {}, case.no, now, "system:road", Signer(None, "inspector"))
    known = facts.gather(connection, kind, case, move)
    values = case.values
    legs = values.get("legs") or [{}]
    leg = legs[min(int(values.get("leg") or 0), len(legs) - 1)]
    vehicle = known.vehicles.get(str(leg.get("vehicle") or ""))
    due = ask(connection, "SELECT due_at FROM journal.desk WHERE case_id = %s", (case_id,)).fetchone()
    held = held_by(connection, case_id)
    load = Load(
        case_id, str(values.get("national_number") or ""), case.state,
        *(_org(known, values.get(name)) for name in ("consignor_org", "consignee_org")),
        _org(known, leg.get("carrier_org")),
        vehicle.plate if vehicle else "", tuple(sorted(held.items())), due[0] if due else None,
    )  # fmt: skip
    reasons = (*_standing(load, kind.workflow, now, plate), *_permitted(case, known, move))
    return Load(*(getattr(load, name) for name in load.__slots__[:-1]), reasons)


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
