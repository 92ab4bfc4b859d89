"""What a phone takes along for three days without a network: only what the person under the hat may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from wufei import catalog
from wufei.journal.asking import ask
from wufei.journal.desk import Case as Standing
from wufei.journal.signing import known_keys
from wufei.registry import field_devices
from wufei.registry.access import Wearer
from wufei.web.cases.things import PICKED, SEPARATOR, Things, choices
from wufei.web.plan import plan_of
from wufei.workflow import desk, in_stead
from wufei.workflow.cases import values_of
from wufei.workflow.field.phone_rules import kind_for_phones
from wufei.workflow.kinds import every_kind, kind_of, kinds_for, signs
from wufei.workflow.values import Values

MOST = 200
LATELY = timedelta(days=14)
_CHOSEN = ("site", "vehicle", "storage", "facility", "permit", "person")


def pack(connection: Connection[Any], hat: Wearer, now: datetime) -> dict[str, Any]:
    """Who the person is, the open cases of theirs, the rules of those and of what they may begin, and the names."""
    signers = in_stead.signers(connection, hat) if signs(hat) else ()
    orgs = in_stead.orgs_of(signers)
    standing = _cases(connection, hat, orgs, now)
    values = values_of(connection, [case.case for case in standing])
    taken = _taken(connection, [case.case for case in standing])
    begins = {kind.workflow.id for kind in kinds_for(hat, orgs)}
    flows = begins | {case.workflow for case in standing}
    things = Things(plan_of(min(catalog.current().cities)), hat, connection)
    return {
        "at": field_devices.moment(now),
        "authority": field_devices.authority_key(),
        "signing_keys": _signing_keys(connection),
        "me": {"actor": hat.actor, "org": hat.org or "", "role": hat.role, "signs": bool(signers),
               "signers": [{"org": s.org, "role": s.role, "also": sorted(s.also)} for s in signers]},
        "kinds": {flow: kind_for_phones(kind_of(flow)) for flow in sorted(flows)},
        "begins": sorted(begins),
        "cases": [_case(case, values[case.case], taken.get(case.case, [])) for case in standing],
        "names": _names(things, standing, values, [s.org for s in signers if s.org]),
        "choices": {kind: _chosen(things, kind, orgs) for kind in _CHOSEN},
    }  # fmt: skip


def _signing_keys(connection: Connection[Any]) -> list[dict[str, str]]:
    """The published keys, with which a driver's code is checked where there is no network."""
    told = ("key_id", "algorithm", "public_key", "registered_at")
    return [{name: str(key[name]) for name in told} for key in known_keys(connection)]


def _cases(connection: Connection[Any], hat: Wearer, orgs: frozenset[str], now: datetime) -> list[Standing]:
    """What waits for the hat, what is due first first, and what moved lately among what it has a part in."""
    flows = [kind.workflow for kind in every_kind()]
    ids = tuple(flow.id for flow in flows)
    holders = desk.holders_of(hat, orgs, flows) if orgs or hat.role else ()
    waiting = desk.waiting(connection, desk.Asked(ids, holders=holders), size=MOST).items if holders else ()
    parties = desk.bounds(hat, orgs) or tuple(sorted(orgs)) or None
    wanted = desk.Asked(ids, parties=parties, changed_from=now - LATELY)
    found = {case.case: case for case in (*waiting, *desk.latest(connection, wanted, size=MOST).items)}
    return [case for case in list(found.values())[:MOST] if not _over(case)]


def _over(case: Standing) -> bool:
    state = kind_of(case.workflow).workflow.state(case.state)
    return bool(state and state.final)


_TAKEN = """
SELECT case_id, transition FROM journal.step WHERE case_id = ANY(%s) GROUP BY case_id, transition ORDER BY 1, 2"""


def _taken(connection: Connection[Any], cases: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case, transition in ask(connection, _TAKEN, (cases,)) if cases else ():
        found.setdefault(case, []).append(transition)
    return found


def _case(case: Standing, values: Values, taken: list[str]) -> dict[str, Any]:
    return {
        "id": case.case, "workflow": case.workflow, "no": case.no, "state": case.state, "holder": case.holder or "",
        "due_at": field_devices.moment(case.due_at) if case.due_at else "",
        "opened_on": case.opened_at.date().isoformat(), "values": values, "taken": taken,
    }  # fmt: skip


def _names(
    things: Things, cases: Iterable[Standing], values: dict[str, Values] | Any, orgs: list[str]
) -> dict[str, dict[str, str]]:  # fmt: skip
    """The names of everything on register and of the wastes that stand in those cases: one query."""
    forms = [(kind_of(case.workflow).form, values[case.case]) for case in cases]
    things.load(forms, [*orgs, *(case.holder for case in cases)])
    found = {thing: {"zh": e.name("zh"), "en": e.name("en")} for thing, e in things._names.items()}
    for form, held in forms:
        for stream in _streams(form, held):
            item = things.plan.find("streams", stream)
            if item is not None:
                code = f"{item.code or ''} "
                found[stream] = {lang: (code + item.name(lang)).strip() for lang in ("zh", "en")}
    return found


def _streams(form: Any, held: Values) -> Iterable[str]:
    for one in form.fields:
        if one.type == "stream" and held.get(one.id):
            yield str(held[one.id])
        columns = [c.id for c in one.fields if c.type == "stream"]
        for line in held.get(one.id) or [] if columns else []:
            yield from (str(line[c]) for c in columns if line.get(c))


def _chosen(things: Things, kind: str, orgs: frozenset[str]) -> list[list[str]]:
    """What may be chosen of a kind, each id with its name."""
    found = choices(things, kind, "", sorted(orgs)) if kind in PICKED else []
    return [text.split(SEPARATOR, maxsplit=1) for text in found if SEPARATOR in text]
