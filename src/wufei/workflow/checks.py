"""Checks that workflows name: each a pure function over the form's values and what is known of those named in it.

A workflow's step names checks by the name of the function (``checks: [{rule: licence_covers, severity: refuse}]``); a
new check is one function here, a row of data/national/case_checks that says what it asks (the loader refuses any other
name), and a case that trips it. What nobody knows is not held against the step: a check that
lacks its facts is silent, except where the law wants the fact to be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any

from wufei.catalog.workflows import Corrections, Transition
from wufei.terms import NamedError
from wufei.workflow import check_errors as wrong
from wufei.workflow.approval_checks import approval_fits, interprovincial
from wufei.workflow.blank_checks import paper_blank
from wufei.workflow.cases import Move
from wufei.workflow.check_errors import Finding
from wufei.workflow.check_errors import kg as _kg
from wufei.workflow.container_checks import container_fits, containers_fit
from wufei.workflow.errors import CheckUnknown
from wufei.workflow.facts import Facts, Permit, Waste
from wufei.workflow.inspection_checks import all_scored, scores_within
from wufei.workflow.paper_checks import contract_in_force, plan_covers
from wufei.workflow.rules import holds
from wufei.workflow.values import Values

Found = Iterator[Finding]
Check = Callable[[Values, Facts, Move], Found]
LICENCES = ("operating_licence", "collection_licence")
ROAD_PERMIT, ROAD = "dangerous_goods_transport", "road"
CARRIER = ("承运人", "carrier")
NUMBER_DIGITS, YEAR_DIGITS = 14, 4
FIRST_YEAR = 2000
NEAR, FULL, BEYOND = 80, 100, 120  # per cent of a yearly quota; 120: operating licence measures, article 11
_PARTIES = (
    ("consignor_org", "consignor_storage", "移出人", "consignor"),
    ("consignee_org", "consignee_site", "接受人", "consignee"),
)


def judge(
    step: Transition | Corrections, values: Values, known: Facts, move: Move
) -> tuple[list[NamedError], list[NamedError]]:
    """What the checks of a step find: what refuses it, and what is only told. Raises CheckUnknown."""
    refused: list[NamedError] = []
    warned: list[NamedError] = []
    for use in step.checks:
        check = CHECKS.get(use.rule)
        if check is None:
            raise CheckUnknown(step=move.transition, rule=use.rule, known="、".join(sorted(CHECKS)))
        if not holds(use.when, values):
            continue
        severity = "refuse" if use.refuse_from and move.day >= use.refuse_from else use.severity
        for finding in check(values, known, move):
            found = finding.severity or severity
            (refused if found == "refuse" else warned).append(finding)
    return refused, warned


def kept(warned: list[NamedError]) -> list[Values]:
    """Warnings as a step keeps them: code, place and values, so that they can be told in any language."""
    return [{"code": w.code, **({"place": w.place} if w.place else {}), "values": w.values} for w in warned]


def parties_open(values: Values, known: Facts, _move: Move) -> Found:
    """Everybody named is on register and, unless the case has begun, open and not merged away."""
    for org, site, zh, en in _PARTIES:
        yield from _open(values, known, org, site, (zh, en))
    for number, leg in enumerate(_lines(values, "legs")):
        yield from _org_open(leg.get("carrier_org"), known, CARRIER, f"legs[{number + 1}].carrier_org")


def consignee_open(values: Values, known: Facts, _move: Move) -> Found:
    """A consignee named on the way is on register and open."""
    yield from _open(values, known, *_PARTIES[1][:2], _PARTIES[1][2:])


def carriers_open(values: Values, known: Facts, _move: Move) -> Found:
    """The carriers of the legs not yet driven are on register and open."""
    for number, leg in enumerate(_lines(values, "legs")):
        if number > _leg(values):
            yield from _org_open(leg.get("carrier_org"), known, CARRIER, f"legs[{number + 1}].carrier_org")


def _open(values: Values, known: Facts, org: str, site: str, label: tuple[str, ...]) -> Found:
    yield from _org_open(values.get(org), known, label, org)
    place = known.sites.get(str(values.get(site) or ""))
    if not known.known or not values.get(site):
        return
    if place is None:
        yield wrong.PartyNotRegistered(place=site, id=values[site], label_zh=label[0], label_en=label[1])
    elif place.closed_on is not None and _past(place.closed_on, known.day):
        yield wrong.PartyClosed(place=site, name=place.name, closed_on=place.closed_on.isoformat())
    elif place.org != values.get(org):
        yield wrong.SiteOfAnother(place=site, site=place.name, label_zh=label[0], label_en=label[1])


def _org_open(org_id: Any, known: Facts, label: tuple[str, ...], place: str) -> Found:
    if not known.known or not org_id:
        return
    org = known.orgs.get(str(org_id))
    if org is None:
        yield wrong.PartyNotRegistered(place=place, id=org_id, label_zh=label[0], label_en=label[1])
    elif org.into is not None:
        yield wrong.PartyMerged(place=place, name=org.name, into=org.into)
    elif org.closed_on is not None and _past(org.closed_on, known.day):
        yield wrong.PartyClosed(place=place, name=org.name, closed_on=org.closed_on.isoformat())


def _past(day: date, today: date | None) -> bool:
    return today is not None and day <= today


def waste_codes(values: Values, known: Facts, _move: Move) -> Found:
    """Every waste is of the catalogue in force on the day."""
    for number, line in enumerate(_lines(values, "wastes")):
        waste, place = known.wastes.get(str(line.get("stream"))), f"wastes[{number + 1}].stream"
        if waste is None or waste.valid:
            continue
        if waste.ended_on is None:
            yield wrong.WasteCodeUnknown(place=place, stream=line.get("stream"))
        else:
            yield wrong.WasteCodeRetired(place=place, stream=waste.name, ended_on=waste.ended_on.isoformat())


def national_number(values: Values, known: Facts, _move: Move) -> Found:
    """A national number is fourteen digits, begins with a year, and is of no other manifest."""
    number = str(values.get("national_number") or "")
    if not number:
        return
    year = int(number[:YEAR_DIGITS]) if number[:YEAR_DIGITS].isdecimal() else 0
    latest = known.day.year if known.day else year
    if len(number) != NUMBER_DIGITS or not (number.isascii() and number.isdecimal()) or not FIRST_YEAR < year <= latest:
        yield wrong.NationalNumberWrong(place="national_number", number=number)
    elif known.number_of is not None:
        yield wrong.NationalNumberTaken(place="national_number", number=number, case=known.number_of)


def number_given(values: Values, _known: Facts, _move: Move) -> Found:
    """The national number stands on the manifest before the load leaves."""
    if not values.get("national_number"):
        yield wrong.NationalNumberMissing(place="national_number")


def licence_covers(values: Values, known: Facts, _move: Move) -> Found:
    """The consignee's licence is in force and covers each waste, and the operation where one is named."""
    org = known.orgs.get(str(values.get("consignee_org") or ""))
    if not known.known or org is None or known.day is None:
        return
    licences = _licences(values, known)
    for number, line in enumerate(_lines(values, "wastes")):
        waste = known.wastes.get(str(line.get("stream")))
        if waste is None or _exempt(values, waste) or line.get("opinion") == "refused":
            continue
        place = f"wastes[{number + 1}]"
        if not licences:
            yield wrong.LicenceMissing(place="consignee_org", org=org.name, day=known.day.isoformat())
            return
        yield from _covered(licences, waste, line.get("operation"), place)


def _licences(values: Values, known: Facts) -> list[Permit]:
    """The consignee's licences in force on the day, for its whole or for the site named."""
    org, site, day = values.get("consignee_org"), values.get("consignee_site"), known.day
    return [
        p for p in known.permits
        if p.kind in LICENCES and p.org == org and p.site in {None, site} and day is not None and p.holds_on(day)
    ]  # fmt: skip


def _covered(licences: list[Permit], waste: Waste, operation: Any, place: str) -> Found:
    lines = [(permit, scope) for permit in licences if (scope := permit.scope_of(waste.line))]
    if not lines:
        numbers = "、".join(permit.number for permit in licences)
        yield wrong.LicenceScope(place=f"{place}.stream", number=numbers, stream=waste.name)
    elif operation and not any(not scope.operations or operation in scope.operations for _permit, scope in lines):
        permit, scope = lines[0]
        yield wrong.LicenceOperation(
            place=f"{place}.operation", number=permit.number, operation=operation, stream=waste.name,
            allowed="、".join(scope.operations),
        )  # fmt: skip


def licence_quota(values: Values, known: Facts, _move: Move) -> Found:
    """What the consignee took in this year and this load, against its quota: told at 80 %, refused at 120 %."""
    site = str(values.get("consignee_site") or "")
    for number, line in enumerate(_lines(values, "wastes")):
        waste, mass_g = known.wastes.get(str(line.get("stream"))), _mass(line)
        found = (scope for p in _licences(values, known) if waste and (scope := p.scope_of(waste.line)))
        scope = next((scope for scope in found if scope.quota_g), None)
        if waste is None or scope is None or scope.quota_g is None or not mass_g:
            continue
        of_site = [(stream, g) for (at, stream), g in known.taken_g.items() if at == site]
        taken = sum(g for stream, g in of_site if _under(stream, scope.stream, known))
        share = (taken + mass_g) * 100 / scope.quota_g
        for least, error in ((BEYOND, wrong.QuotaBeyond), (FULL, wrong.QuotaReached), (NEAR, wrong.QuotaNear)):
            if share > least or (least == NEAR and share >= least):
                yield error(place=f"wastes[{number + 1}]", stream=waste.name, share=f"{share:.1f}")
                break


def _under(stream: str, above: str, known: Facts) -> bool:
    waste = known.wastes.get(stream)
    return stream == above or (waste is not None and above in waste.line)


def storage_room(values: Values, known: Facts, _move: Move) -> Found:
    """The consignee's storage holds this load as well."""
    site = known.sites.get(str(values.get("consignee_site") or ""))
    if site is None or site.capacity_g is None:
        return
    held = sum(g for (at, _stream), g in known.held_g.items() if at == values["consignee_site"])
    mass_g = sum(_mass(line) for line in _lines(values, "wastes"))
    if held + mass_g > site.capacity_g:
        told = {"held_kg": _kg(held), "mass_kg": _kg(mass_g), "capacity_kg": _kg(site.capacity_g)}
        yield wrong.StorageFull(place="consignee_site", site=site.name, **told)


def carrier_permit(values: Values, known: Facts, _move: Move) -> Found:
    """The carrier of the leg, or its vehicle, has a permit for dangerous goods by road; unless by rail or exempt."""
    leg = _present_leg(values)
    if not known.known or leg is None or known.day is None or (leg.get("mode") or values.get("transport")) != ROAD:
        return
    wastes = [known.wastes.get(str(line.get("stream"))) for line in _lines(values, "wastes")]
    org, day = known.orgs.get(str(leg.get("carrier_org"))), known.day
    vehicle = known.vehicles.get(str(leg.get("vehicle") or ""))
    own = any(p.kind == ROAD_PERMIT and p.org == leg.get("carrier_org") and p.holds_on(day) for p in known.permits)
    until = vehicle.permit_to or day if vehicle is not None and vehicle.permit_no else None
    if org and not own and (until is None or until < day) and not all(w and _exempt(values, w) for w in wastes):
        place = f"legs[{_leg(values) + 1}].carrier_org"
        yield wrong.CarrierPermitMissing(place=place, org=org.name, day=day.isoformat())


def vehicle_fits(values: Values, known: Facts, _move: Move) -> Found:
    """The vehicle is on register, open, and the carrier's own."""
    leg, place = _present_leg(values), f"legs[{_leg(values) + 1}].vehicle"
    if not known.known or leg is None or not leg.get("vehicle"):
        return
    vehicle, org = known.vehicles.get(str(leg["vehicle"])), known.orgs.get(str(leg.get("carrier_org")))
    if vehicle is None or (vehicle.closed_on is not None and _past(vehicle.closed_on, known.day)):
        yield wrong.PartyNotRegistered(place=place, id=leg["vehicle"], label_zh="运输工具", label_en="vehicle")
    elif vehicle.org != leg.get("carrier_org"):
        yield wrong.VehicleOfAnother(place=place, plate=vehicle.plate, org=org.name if org else leg.get("carrier_org"))


def vehicle_load(values: Values, known: Facts, _move: Move) -> Found:
    """The load is no more than the vehicle may carry."""
    leg = _present_leg(values)
    vehicle = known.vehicles.get(str(leg.get("vehicle") or "")) if leg else None
    mass_g = sum(_mass(line) for line in _lines(values, "wastes"))
    if vehicle is not None and vehicle.load_g is not None and mass_g > vehicle.load_g:
        told = {"mass_kg": _kg(mass_g), "load_kg": _kg(vehicle.load_g)}
        yield wrong.VehicleOverloaded(place=f"legs[{_leg(values) + 1}].vehicle", plate=vehicle.plate, **told)


def weights_agree(values: Values, known: Facts, move: Move) -> Found:
    """A difference beyond the tolerance is told as one of quantity, with a reason and a document."""
    lines = [line for line in _lines(values, "wastes") if line.get("opinion") == "accepted"]
    for stream in dict.fromkeys(str(line.get("stream")) for line in lines):
        of_it = [line for line in lines if str(line.get("stream")) == stream]
        waste, sent, got = known.wastes.get(stream), known.transit_g.get(stream, 0), sum(map(_accepted, of_it))
        most = _tolerance(known, waste, str(of_it[0].get("scale") or ""))
        told = any(line.get("difference") not in {None, "", "none"} for line in of_it)
        if most is None or sent <= 0 or (told and move.reason.strip() and move.evidence):
            continue
        if abs(got - sent) * 1_000_000 > most * sent:
            place = f"wastes[{_lines(values, 'wastes').index(of_it[0]) + 1}].accepted_g"
            yield wrong.WeightDiffers(
                place=place, stream=waste.name if waste else stream, sent_kg=_kg(sent), got_kg=_kg(got),
                percent=f"{abs(got - sent) * 100 / sent:.1f}", most=f"{most / 10_000:g}",
            )  # fmt: skip


def _accepted(line: Mapping[str, Any]) -> int:
    return int(line.get("accepted_g") or 0)


def _tolerance(known: Facts, waste: Waste | None, scale: str) -> int | None:
    """The narrowest row that fits: by stream and its parents first, then by scale."""
    line = waste.line if waste else ()
    fitting = [t for t in known.tolerances if t.stream in {None, *line} and t.scale in {None, scale}]
    order = sorted(fitting, key=lambda t: (line.index(t.stream) if t.stream in line else len(line), t.scale is None))
    return order[0].most_ppm if order else None


def opinions_fit(values: Values, _known: Facts, _move: Move) -> Found:
    """What is accepted has a mass, what is refused has none."""
    for number, line in enumerate(_lines(values, "wastes")):
        got, opinion = line.get("accepted_g"), line.get("opinion")
        if got is not None and opinion and (opinion == "refused") != (got == 0):
            yield wrong.OpinionContradicts(place=f"wastes[{number + 1}].opinion", line=number + 1, got_kg=_kg(got))


def all_accepted(values: Values, _known: Facts, _move: Move) -> Found:
    """Nothing is refused of a load that is accepted as a whole."""
    for number, line in enumerate(_lines(values, "wastes")):
        if line.get("opinion") in {"partly", "refused"}:
            yield wrong.NotAllAccepted(place=f"wastes[{number + 1}].opinion", line=number + 1)


def next_leg(values: Values, _known: Facts, _move: Move) -> Found:
    """A load is handed over to a leg that the manifest has and that was not driven yet."""
    legs, following = _lines(values, "legs"), int(values.get("next_leg") or 0)
    if following <= _leg(values):
        yield wrong.LegBehind(place="next_leg", leg=following + 1)
    elif following >= len(legs) or not legs[following].get("carrier_org"):
        yield wrong.LegUnknown(place="next_leg", leg=following + 1, count=len(legs))


def within_filed(values: Values, _known: Facts, _move: Move) -> Found:
    """No more leaves than was filed."""
    for number, line in enumerate(_lines(values, "wastes")):
        sent, planned = line.get("dispatched_g") or 0, line.get("planned_g")
        if planned is not None and sent > planned:
            told = {"sent_kg": _kg(sent), "planned_kg": _kg(planned)}
            yield wrong.DispatchedMore(place=f"wastes[{number + 1}].dispatched_g", line=number + 1, **told)


def _lines(values: Values, name: str) -> list[Mapping[str, Any]]:
    return list(values.get(name) or [])


def _leg(values: Values) -> int:
    return int(values.get("leg") or 0)


def _present_leg(values: Values) -> Mapping[str, Any] | None:
    legs = _lines(values, "legs")
    return legs[_leg(values)] if _leg(values) < len(legs) else None


def _mass(line: Mapping[str, Any]) -> int:
    """Grams of a waste: as accepted, else as dispatched, else as planned."""
    found = (line.get(name) for name in ("accepted_g", "dispatched_g", "planned_g"))
    return int(next((g for g in found if g is not None), 0))


def _exempt(values: Values, waste: Waste) -> bool:
    """Whether the manifest names an entry of the exemption list, and the catalogue says that it names the waste."""
    return bool(values.get("exemption")) and waste.exempted


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in chain(
        (parties_open, consignee_open, carriers_open, waste_codes, national_number, number_given, licence_covers),
        (licence_quota, storage_room, carrier_permit, vehicle_fits, vehicle_load, plan_covers, contract_in_force),
        (interprovincial, approval_fits),
        (weights_agree, opinions_fit, all_accepted, next_leg, within_filed),
        (container_fits, containers_fit),
        (scores_within, all_scored),
        (paper_blank,),
    )
}
