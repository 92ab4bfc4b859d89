"""Stories of tests/scenarios: read, and told to the real engine and database step by step."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml
from psycopg import Connection

from tests.intake.files import HEAD, as_csv
from tests.workflow import hat_verbs, people_events, register_verbs
from tests.workflow.conftest import FILLED, JOINED, SIGNERS
from tests.workflow.world import ASH, OIL
from tests.workflow.world_events import EVENTS
from wufei import catalog
from wufei.intake import posting
from wufei.intake.importing import Wish, run_import
from wufei.intake.payload import ReversalIn
from wufei.intake.posting import Speaker
from wufei.journal import Entry, Record, append
from wufei.journal.account import balance_at
from wufei.journal.lot_reader import linked
from wufei.journal.lots import Attribution, Sharing, by_account
from wufei.journal.records import Evidence
from wufei.terms import NamedError
from wufei.workflow import clocks, engine, replay, settling, signing
from wufei.workflow.cases import Case, Kind, Move
from wufei.workflow.working_days import CITY_TIME

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"
BEGINS = datetime(2025, 3, 3, 9, 0, tzinfo=CITY_TIME)
CATALOGUE = FOLDER / "catalogue"
STREAMS = {"oil": OIL, "ash": ASH, "old": "900-998-08", "plain": "900-214-08"}
TAKEN = {"opinion": "accepted", "difference": "none", "operation": "R9"}
FILED = FILLED | {"wastes": [{"stream": OIL, "packaging": "桶", "planned_g": 10_000_000, "dispatched_g": 10_000_000}]}
TICKET = (Evidence("ticket", "磅单", "0" * 64),)
_LOTS = UUID("00000000-0000-7000-8000-000000000000")
_UNITS = {"g": 1, "kg": 1000, "t": 1_000_000}


@dataclass
class Told:
    """Where a story has got to: its cases by name, the clock, and the records that it named."""

    connection: Connection[Any]
    kinds: Callable[[str], Kind]
    now: datetime = BEGINS
    cases: dict[str, Case] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)  # shown so far, the last one last
    workflow: str = "hazardous_waste_transfer"

    def kind(self, name: str) -> Kind:
        """The kind of the case ``name``, begun or not."""
        case = self.cases.get(name)
        return self.kinds(case.workflow if case else self.workflow)

    def case(self, name: str) -> Case:
        """The case ``name``; one that has not begun when it is named for the first time."""
        if name not in self.cases:
            self.cases[name] = engine.new_case(self.kinds(self.workflow))
        return self.cases[name]


def stories() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every story with the file's stem."""
    for path in sorted(FOLDER.glob("*.yaml")):
        yield path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))


def tell(told: Told, story: Mapping[str, Any]) -> None:
    """Every step of the story, and what stands at its end."""
    told.workflow = story.get("workflow", told.workflow)
    for number, step in enumerate(story["steps"], 1):
        told.now = _when(told.now, step)
        verb = next(name for name in VERBS if name in step)
        found: list[NamedError] = []
        try:
            VERBS[verb](told, step)
        except NamedError as error:
            found = engine.errors_of(error)
        except AssertionError as error:
            error.add_note(f"step {number}: {step}")
            raise
        codes = sorted(error.code for error in found)
        assert codes == sorted(step.get("refused", [])), f"step {number} {step}: {codes} {[str(e) for e in found]}"
    _ends(told, story.get("ends", {}))


def _when(now: datetime, step: Mapping[str, Any]) -> datetime:
    if "at" in step:
        return datetime.fromisoformat(str(step["at"])).replace(tzinfo=CITY_TIME)
    number, _space, unit = str(step.get("after", "1 hours")).partition(" ")
    return now + timedelta(**{unit: int(number)})


def _does(told: Told, step: Mapping[str, Any]) -> None:
    """A step of a case by a party."""
    name = step.get("case", "a")
    case, kind = told.case(name), told.kind(name)
    if "as" in step:
        hat_verbs.does(told, step, _changes(case.values, step), told.now)
        return
    move = _move(told, kind, case, step)
    outcome = engine.act(told.connection, kind, case, move)
    assert outcome.stands, outcome.error
    told.cases[name] = engine.read(told.connection, case.id)
    warned = [w["code"] for w in told.cases[name].steps[-1].data.get("warnings", [])]
    if "warned" in step:
        assert sorted(warned) == sorted(step["warned"]), warned


def _move(told: Told, kind: Kind, case: Case, step: Mapping[str, Any]) -> Move:
    at = step.get("corrects", 0)
    changes = _changes(replay.as_told(kind, case)[at - 1] if 0 < at <= case.no else case.values, step)
    who = SIGNERS[step["by"]]
    signer = replace(who, also=JOINED.get(who.org or "", frozenset()))
    claimed = datetime.fromisoformat(str(step["claims"])).replace(tzinfo=CITY_TIME) if "claims" in step else told.now
    device_at = told.now + timedelta(hours=step["clock_off_hours"]) if "clock_off_hours" in step else None
    return Move(
        step["does"], changes, step.get("rests_on", case.no), claimed, f"person-{step['by']}", signer,
        reason=step.get("reason", ""), evidence=TICKET if step.get("ticket") else (),
        method=step.get("method", "account"),
        device_at=device_at, received_at=told.now, corrects=at,
    )  # fmt: skip


def _changes(values: Mapping[str, Any], step: Mapping[str, Any]) -> dict[str, Any]:
    """What a step sends, as the story writes it."""
    form, given = FILED if step.get("files") else {}, read_values(step.get("gives") or {})
    if "takes" in step:
        lines = given.get("wastes") or [{}] * len(step["takes"])
        taken = zip(step["takes"], lines, strict=True)
        given["wastes"] = [TAKEN | {"accepted_g": read_values(mass)} | (line or {}) for mass, line in taken]
    return _merged(values, given, form)


def _files_many(told: Told, step: Mapping[str, Any]) -> None:
    form = _merged({}, read_values(step.get("gives") or {}), FILED)
    other = {number: _merged(form, read_values(given), form) for number, given in (step.get("but") or {}).items()}
    hat_verbs.files_many(told, step, form, other)


def _merged(values: Mapping[str, Any], given: dict[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    """What a step sends: lines told in part are laid over the lines that stand; ``cut_legs`` drops the later ones."""
    sent = dict(form)
    for name, value in given.items():
        if name == "cut_legs":
            sent["legs"] = (values.get("legs") or [])[:value]
        elif isinstance(value, list):
            lines = [dict(line) for line in sent.get(name) or values.get(name) or []]
            for number, line in enumerate(value):
                lines[number : number + 1] = [(lines[number] if number < len(lines) else {}) | (line or {})]
            sent[name] = lines
        else:
            sent[name] = value
    return sent


def read_values(told: Any) -> Any:
    """Values as a story writes them: ``990 kg`` is a mass, ``oil`` a stream, ``lot x`` a lot."""
    if isinstance(told, Mapping):
        return {
            name: STREAMS.get(value, value) if name == "stream" else read_values(value) for name, value in told.items()
        }
    if isinstance(told, list):
        return [read_values(each) for each in told]
    if isinstance(told, str) and (mass := re.fullmatch(r"(-?\d+) (g|kg|t)", told)):
        return int(mass[1]) * _UNITS[mass[2]]
    if isinstance(told, str) and told.startswith("lot "):
        return str(lot(told[4:]))
    return told


def lot(name: str) -> UUID:
    """The lot that a story calls so."""
    return uuid5(_LOTS, name)


def _happens(told: Told, step: Mapping[str, Any]) -> None:
    """Something in the world: a site closes, a permit is revoked, an organisation is merged."""
    event = (EVENTS | people_events.EVENTS)[step["happens"]]
    event(told.now.date(), **read_values(step.get("to") or {}))


def _posts(told: Told, step: Mapping[str, Any]) -> None:
    """Entries of the journal, by an organisation itself: generation, treatment, regrouping."""
    entries = tuple(_entry(each) for each in step["posts"])
    signer, day = SIGNERS[step["by"]], told.now.strftime("%Y-%m")
    record = Record(told.now, day, "measured", f"person-{step['by']}", signer.org or "-", "hj_1259_2022 6.2", entries)
    (outcome,) = append(told.connection, [record])
    if outcome.error is not None:
        raise outcome.error
    told.records[step.get("named", "")] = record


def _entry(each: Mapping[str, Any]) -> Entry:
    lots = {name: lot(each[name]) for name in ("from_lot", "to_lot") if name in each}
    to_stream = STREAMS.get(each["to_stream"]) if "to_stream" in each else None
    return Entry(
        each["from"], each["to"], STREAMS[each["stream"]], read_values(each["mass"]), to_stream=to_stream, **lots
    )


def _reverses(told: Told, step: Mapping[str, Any]) -> None:
    """As the journal's own page does it."""
    speaker = Speaker(f"person-{step['by']}", SIGNERS[step["by"]].org or "-")
    sent = ReversalIn(note=step.get("reason") or "-", happened_at=told.now.isoformat())
    (told_back,) = posting.reverse_record(told.connection, told.records[step["reverses"]].id, sent, speaker)
    if told_back.error is not None:
        raise told_back.error


def _imports(told: Told, step: Mapping[str, Any]) -> None:
    """A register in a file; ``came`` is what became of its rows."""
    signer = SIGNERS[step["by"]]
    rows = [[at, at[:7], source, target, STREAMS.get(stream, stream), mass, "实测", "hj 6.2"]
            for at, source, target, stream, mass in step["rows"]]  # fmt: skip
    head = [*HEAD[:5], "质量", *HEAD[6:8]]
    with tempfile.TemporaryDirectory() as folder:
        path = as_csv(Path(folder) / step["imports"], rows, head)
        wish = Wish("entries", path, f"person-{step['by']}", signer.org or "-", mode=step.get("mode", "atomic"))
        report = run_import(told.connection, catalog.current(), wish, now=lambda: told.now)
    came = {name: getattr(report, name) for name in step["came"]}
    assert came == step["came"], (came, report.errors)


def _settles(told: Told, _step: Mapping[str, Any]) -> None:
    """The background job posts what was agreed."""
    settling.settle_all(told.connection, lambda workflow, _day: told.kinds(workflow), told.now)
    told.cases = {name: engine.read(told.connection, case.id) for name, case in told.cases.items() if case.no}


def _tells(told: Told, step: Mapping[str, Any]) -> None:
    """The background job tells what is due; ``tells`` is how many notices that makes."""
    flows = sorted({case.workflow for case in told.cases.values()})
    count = clocks.tell_all(told.connection, lambda workflow, _day: told.kinds(workflow), flows, told.now)
    assert count == step["tells"], f"{count} notices"


def _traces(told: Told, step: Mapping[str, Any]) -> None:
    """Where a lot came from and where it is."""
    traced = lot(step["traces"])
    trace = Attribution(linked(told.connection, traced), Sharing()).trace(traced)
    for side in ("origins", "fates"):
        if side in step:
            wanted = {account: read_values(mass) for account, mass in step[side].items()}
            assert by_account(getattr(trace, side)) == wanted, by_account(getattr(trace, side))


VERBS: dict[str, Callable[[Told, Mapping[str, Any]], None]] = {
    "does": _does,
    "shows": hat_verbs.shows,
    "enters": hat_verbs.enters,
    "files_many": _files_many,
    "signs_many": hat_verbs.signs_many,
    "looks": hat_verbs.looks,
    "imports_mb": register_verbs.imports_mb,
    "imports_firms": register_verbs.imports_firms,
    "exports": lambda told, step: register_verbs.exports(told, step, _does),
    "dates": register_verbs.dates,
    "happens": _happens,
    "posts": _posts,
    "reverses": _reverses,
    "imports": _imports,
    "settles": _settles,
    "tells": _tells,
    "traces": _traces,
}


def _ends(told: Told, ends: Mapping[str, Any]) -> None:
    for name, state in (ends.get("states") or {}).items():
        assert told.cases[name].state == state, f"{name} is {told.cases[name].state}"
    for account, streams in (ends.get("balances") or {}).items():
        for stream, mass in streams.items():
            found = balance_at(told.connection, account, STREAMS[stream], told.now + timedelta(days=400))
            assert found == read_values(mass), f"{account} {stream}: {found}"
    for name, case in told.cases.items():
        if not case.no:
            continue  # everything that was to open it was refused
        state = told.kind(name).workflow.state(case.state)
        if state is not None and state.final:
            assert engine.held_by(told.connection, case.id) == {}, f"{name} holds mass at its end"
        assert all(each.holds for each in signing.verify(told.connection, case.id)), (
            f"{name}: a signature does not hold"
        )
