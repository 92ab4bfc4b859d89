"""Any legal sequence of steps can still reach an end, and leaves every account as the scales say.

Pure: steps are drafted by the engine and applied to a case in memory; nothing is known of the parties, so no check of
the registry stands in the way. What is known there can refuse a step but never the ways out (test_scenarios).
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflow.conftest import FILLED, MONDAY
from tests.workflow.world import ASH, OIL
from wufei.journal.records import Entry, Evidence
from wufei.terms import NamedError
from wufei.workflow import engine, replay, signing
from wufei.workflow.cases import Case, Kind, Move, Taken
from wufei.workflow.rules import Signer, Stock, org_of

TICKET = (Evidence("ticket", "磅单", "0" * 64),)
HAULIERS, PLANTS = ("haulier", "railway"), ("plant", "elsewhere")
TAKEN = {"opinion": "accepted", "difference": "quantity", "operation": "R9"}
LONGEST_WAY_OUT = 5
OUT, BACK, IN = ("consignor_storage", -1), ("consignor_storage", 1), ("consignee_site", 1)
SCALES = {
    **dict.fromkeys(("dispatch", "enter_paper", "dispatch_uncarried", "claim"), ("dispatched_g", *OUT)),
    **dict.fromkeys(("accept", "accept_in_part", "receive_orphan", "receive_drop_off"), ("accepted_g", *IN)),
    "record_outflow": ("outflow_g", *OUT), "record_inflow": ("inflow_g", *IN), "take_back": ("returned_g", *BACK),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """A case, what stands on its account, every account's balance by stream, and the time."""

    case: Case
    at: datetime = MONDAY
    held: dict[Stock, int] = field(default_factory=dict)
    books: Counter[tuple[str, str]] = field(default_factory=Counter)
    posted: tuple[tuple[Entry, ...], ...] = ()


def apply(kind: Kind, world: World, move: Move) -> World:
    """The world after a step. Raises what the engine raises."""
    record = engine.draft(kind, world.case, move, world.held)
    (step,) = record.steps
    data = step.data or {}
    taken = Taken(step.no, step.transition, step.state, move.actor, record.acting_for, move.happened_at,
                  move.happened_at, record.id, data)  # fmt: skip
    values = world.case.values | data["set"]
    case = replace(world.case, state=step.state, no=step.no, values=values, steps=(*world.case.steps, taken))
    held, books, own = dict(world.held), Counter(world.books), f"transit:{case.id.rpartition(':')[2]}"
    for entry in record.entries:
        books[entry.from_account, entry.stream] -= entry.mass_g
        books[entry.to_account, entry.stream] += entry.mass_g
        for account, lot, sign in ((entry.from_account, entry.from_lot, -1), (entry.to_account, entry.to_lot, 1)):
            if account == own:
                key = (own, entry.stream, str(lot) if lot else None)
                held[key] = held.get(key, 0) + sign * entry.mass_g
    return World(case, world.at + timedelta(minutes=1), {k: v for k, v in held.items() if v}, books,
                 (*world.posted, record.entries))  # fmt: skip


def signer_of(kind: Kind, world: World, transition: str) -> Signer:
    """Somebody who may take the step."""
    step = kind.workflow.transition(transition)
    assert step is not None
    party = next(p for p in kind.workflow.parties if p.id == step.by[0])
    if party.field is None:
        return Signer("office", party.roles[0])
    org = org_of(party, world.case.values)
    return Signer(org or {"consignor": "works", "consignee": "plant"}.get(party.id, "haulier"), "enterprise_handler")


def changes_of(world: World, transition: str, draw: Any) -> dict[str, Any]:
    """What a step could fill in, with masses drawn."""
    values = world.case.values
    lines = values.get("wastes") or []
    legs, leg = values.get("legs") or [], int(values.get("leg") or 0)

    def each(**columns: Any) -> dict[str, Any]:
        return {"wastes": [line | {name: make() for name, make in columns.items()} for line in lines]}

    def mass() -> int:
        return int(draw(0, 2_000))

    def some() -> int:
        return int(draw(1, 2_000))

    first = {"consignor_org": "works", "consignor_storage": "site-works", "consignee_org": "plant",
             "consignee_site": "site-plant"}  # fmt: skip
    two = [{"stream": OIL, "packaging": "桶", "planned_g": 1000, "dispatched_g": some()},
           {"stream": ASH, "packaging": "袋", "planned_g": 1000, "dispatched_g": some()}]  # fmt: skip
    next_one, oil = HAULIERS[draw(0, 1)], {"wastes": [{"stream": OIL}]}
    receipt = {name: (lambda value=value: value) for name, value in TAKEN.items()}
    found: dict[str, dict[str, Any]] = {
        "save": {"consignor_org": "works"},
        "submit": FILLED | {"transport": draw(["road", "rail", "water", "pipeline", "none"], None), "wastes": two,
                            "legs": [{"carrier_org": HAULIERS[n % 2], "vehicle": "v"} for n in range(draw(1, 3))]},
        "dispatch": each(dispatched_g=mass),
        "hand_over": {"next_leg": str(leg + 1), "legs": [*legs[: leg + 1], {"carrier_org": next_one, "vehicle": "v"}]},
        "go_direct": {"legs": legs[: leg + 1]},
        "record_outflow": each(outflow_g=mass),
        "record_inflow": each(inflow_g=mass),
        "accept": each(accepted_g=some, **receipt),
        "accept_in_part": each(accepted_g=some, **(receipt | {"opinion": lambda: "partly"})),
        "redirect": {"consignee_org": PLANTS[draw(0, 1)], "consignee_site": "site-else"},
        "take_back": each(returned_g=mass),
        "announce_paper": first | {"transport": "road", "legs": [{"carrier_org": "haulier"}]} | oil,
        "enter_paper": {"paper_number": "P-1"} | each(dispatched_g=some),
        "receive_orphan": first | {"giver": "unknown", "wastes": [{"stream": OIL, "accepted_g": some()}]},
        "claim": each(dispatched_g=some) | {"consignor_org": "works", "consignor_storage": "site-works"},
        "receive_drop_off": first | {"giver": "individual", "wastes": [{"stream": OIL, "accepted_g": some()}]},
    }  # fmt: skip
    return found.get(transition, {})


def moves(kind: Kind, world: World, draw: Any) -> Iterator[Move]:
    """A way to take each step that leaves the present state."""
    for step in kind.workflow.open_from(world.case.state):
        yield Move(
            step.id, changes_of(world, step.id, draw), world.case.no, world.at, "person-1",
            signer_of(kind, world, step.id), reason="原因", evidence=TICKET,
        )  # fmt: skip


def after(kind: Kind, world: World, draw: Any) -> list[World]:
    """The worlds after every step that the engine lets through."""
    found = []
    for move in moves(kind, world, draw):
        try:
            found.append(apply(kind, world, move))
        except NamedError:
            continue
    return found


def ends(kind: Kind, world: World) -> bool:
    """Whether the case is at an end."""
    state = kind.workflow.state(world.case.state)
    return state is not None and state.final


def way_out(kind: Kind, world: World) -> World | None:
    """The world at the nearest end that can be reached, looked for breadth first."""

    def fixed(low: Any, _high: Any) -> Any:
        return low[0] if isinstance(low, list) else low

    queue, seen = deque([(world, 0)]), {(world.case.state, world.case.values.get("leg"))}
    while queue:
        here, depth = queue.popleft()
        if ends(kind, here):
            return here
        for following in after(kind, here, fixed) if depth < LONGEST_WAY_OUT else ():
            mark = (following.case.state, following.case.values.get("leg"))
            if mark not in seen or ends(kind, following):
                seen.add(mark)
                queue.append((following, depth + 1))
    return None


@given(seed=st.integers(0, 2**32))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_manifest_is_never_stuck_and_its_accounts_are_as_the_scales_say(manifest: Kind, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a walk, not a secret

    def draw(low: Any, high: Any) -> Any:
        return chance.choice(low) if isinstance(low, list) else chance.randint(low, high)

    world = World(engine.new_case(manifest))
    for _turn in range(chance.randint(1, 14)):
        if ends(manifest, world):
            break
        options = after(manifest, world, draw)
        assert options, f"stuck in {world.case.state}"
        world = chance.choice(options)
    end = way_out(manifest, world)
    assert end is not None, f"no way out of {world.case.state} after {[s.transition for s in world.case.steps]}"
    assert end.held == {}, "the road is not empty at the end"
    assert sum(end.books.values()) == 0
    _as_the_scales_say(end)
    assert all(each.holds for each in signing.checked(end.case))
    _as_replayed(manifest, end)


def _as_the_scales_say(end: World) -> None:
    """What each store gave and took is the sum of what was weighed there, step by step."""
    weighed: Counter[tuple[str, str]] = Counter()
    values: dict[str, Any] = {}
    for step, entries in zip(end.case.steps, end.posted, strict=True):
        values = values | step.data["set"]
        if step.transition in {"not_loaded", "reject_claim"}:  # all of it goes back, unweighed
            for entry in entries:
                weighed[entry.to_account, entry.stream] += entry.mass_g
        if step.transition in SCALES:
            column, place, sign = SCALES[step.transition]
            for line in values["wastes"]:
                weighed[f"storage:{values[place]}", line["stream"]] += sign * (line.get(column) or 0)
    stores = {key: mass for key, mass in end.books.items() if key[0].startswith("storage:") and mass}
    assert stores == {key: mass for key, mass in weighed.items() if mass}


def _as_replayed(kind: Kind, end: World) -> None:
    """Told again from its values, a case posts what it posted; so a correction of nothing posts nothing."""
    assert replay.differences(kind, end.case, {}) == []
    again = list(replay._posted(kind, end.case, replay.as_told(kind, end.case)))
    assert tuple(again) == end.posted
