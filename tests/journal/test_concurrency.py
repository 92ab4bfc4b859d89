"""Many at once: exact balances, each id once, and no deadlock that a caller would see."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.conftest import FAST
from tests.journal.scratch import Scratch, scratch_journal
from tests.journal.soundness import folds_hold
from wufei.app.data_folder import DataFolder
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP
from wufei.journal import Observation, Outcome, Record, Step, append, new_id, reverse
from wufei.journal.verify import verify

pytestmark = pytest.mark.long
Make = Callable[..., Record]
WRITERS = 200
APPENDS = 4


@pytest.fixture(scope="module")
def roomy(make_data_folder: Callable[[], Path]) -> Iterator[Scratch]:
    """A journal on a server that takes 200 writers at a time."""
    tuning = FAST | {"max_connections": "250"}
    with (
        DataFolder(make_data_folder()) as folder,
        Postgres(folder.path, tuning=tuning) as up,
        scratch_journal(up) as place,
    ):
        yield place


def at_once(count: int, place: Scratch, work: Callable[[Any, int], Any]) -> list[Any]:
    """``work(connection, n)`` in ``count`` threads that begin together, each connected already; what each returned."""
    gate = threading.Barrier(count)
    found: list[Any] = [None] * count

    def one(n: int) -> None:
        with place.connect(APP) as connection:
            gate.wait(60)
            try:
                found[n] = work(connection, n)
            except Exception as error:  # noqa: BLE001  (handed to the test)
                found[n] = error

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    assert not any(thread.is_alive() for thread in threads)
    assert not [each for each in found if isinstance(each, BaseException)]
    return found


def held(place: Scratch, *keys: str) -> dict[str, int]:
    """Grams on each account, as folded."""
    with place.connect() as owner:
        rows = owner.execute(
            "SELECT a.key, sum(b.mass_g)::bigint FROM journal.book b JOIN journal.account a ON a.n = b.account_n "
            "WHERE a.key = ANY (%s) GROUP BY 1",
            (list(keys),),
        )
        return dict(rows.fetchall())


def sound(place: Scratch) -> dict[str, int]:
    """Folds as re-derived, verification clean; how many of what there are."""
    with place.connect() as owner:
        folds_hold(owner)
        found = verify(owner)
    assert found.holds, found.as_dict()
    return found.counts


def standing(found: list[list[Outcome]]) -> Counter[str]:
    return Counter(outcome.outcome for outcomes in found for outcome in outcomes)


def test_two_hundred_writers_on_one_account(roomy: Scratch, make: Make) -> None:
    """All at once into and out of one store: the balance is exact and every id is there once."""
    into, out = ("origin:a", "storage:a/hub", "oil"), ("storage:a/hub", "sink:b", "oil")
    sent = {
        n: [[make((*into, 1_000 + n), (*out, n + 1), sd_ppm=10_000)] for _ in range(APPENDS)] for n in range(WRITERS)
    }
    found = at_once(WRITERS, roomy, lambda c, n: [o for records in sent[n] for o in append(c, records)])
    assert standing(found) == {"appended": WRITERS * APPENDS}
    moved = {n: sum(e.mass_g for r in sent[n] for e in r[0].entries[:1]) for n in sent}
    drawn = {n: sum(e.mass_g for r in sent[n] for e in r[0].entries[1:]) for n in sent}
    assert held(roomy, "storage:a/hub", "origin:a", "sink:b") == {
        "origin:a": -sum(moved.values()),
        "sink:b": sum(drawn.values()),
        "storage:a/hub": sum(moved.values()) - sum(drawn.values()),
    }
    with roomy.connect() as owner:
        ids = Counter(id_ for (id_,) in owner.execute("SELECT id FROM journal.record"))
        assert ids == Counter(r.id for turns in sent.values() for (r,) in turns)
        seqs = [o.seq for outcomes in found for o in outcomes]
        assert len(set(seqs)) == len(seqs)
        made = owner.execute("SELECT count(*) FROM journal.account WHERE key = 'storage:a/hub'").fetchone()
    assert made == (1,)
    assert sound(roomy)["records"] >= WRITERS * APPENDS


@pytest.fixture(scope="module")
def shared(roomy: Scratch) -> Iterator[Scratch]:
    """An empty journal on the same server."""
    with scratch_journal(roomy.server) as place:
        yield place


@pytest.mark.parametrize("size", [1, 7, 600])
def test_the_same_ids_from_many_at_once(shared: Scratch, make: Make, size: int) -> None:
    """Eight send the very same records at once, in batches: each stands once, all are told that it stands."""
    key = f"storage:b/same-{size}"
    rounds = [[make(("origin:b", key, "oil", 3)) for _ in range(size)] for _ in range(12 if size < 100 else 3)]
    found = at_once(8, shared, lambda c, _: [o for records in rounds for o in append(c, records)])
    count = size * len(rounds)
    assert standing(found) == {"appended": count, "duplicate": 7 * count}
    assert held(shared, key) == {key: 3 * count}
    for outcomes in zip(*found, strict=True):
        assert len({o.seq for o in outcomes}) == 1, "everybody is told the same place in the journal"
        assert [o.outcome for o in outcomes].count("appended") == 1


@pytest.mark.parametrize("size", [1, 7, 600])
def test_the_same_steps_from_many_at_once(shared: Scratch, make: Make, size: int) -> None:
    """A step is taken once; who sends it again meanwhile is told that it stands, not that it was taken."""
    rounds = [
        [make(steps=(step,)), *(make(("origin:b", "storage:b", "oil", 3)) for _ in range(size - 1))]
        for no in range(1, 13 if size < 100 else 4)
        for step in [Step(f"case-{size}", no, "inspection", "go", f"state-{no}")]
    ]  # fmt: skip
    found = at_once(8, shared, lambda c, _: [o for records in rounds for o in append(c, records)])
    count = size * len(rounds)
    assert standing(found) == {"appended": count, "duplicate": 7 * count}


def test_batches_that_share_some_ids_in_any_order(shared: Scratch, make: Make) -> None:
    """Each sends the common records shuffled among its own: no deadlock, the common ones once."""
    key = "storage:b/mixed"
    common = [make(("origin:b", key, "ash", 5)) for _ in range(60)]
    own = [[make(("origin:b", key, "ash", 1)) for _ in range(20)] for _ in range(8)]
    batches = []
    for n in range(8):
        mixed = [*common, *own[n]]
        Random(n).shuffle(mixed)  # noqa: S311
        batches.append([mixed[at : at + 16] for at in range(0, len(mixed), 16)])
    found = at_once(8, shared, lambda c, n: [o for records in batches[n] for o in append(c, records)])
    assert standing(found) == {"appended": 60 + 8 * 20, "duplicate": 7 * 60}
    assert held(shared, key) == {key: 5 * 60 + 8 * 20}


def test_one_key_with_two_contents_at_once(shared: Scratch, make: Make) -> None:
    """Of two contents under one key exactly one stands; the other sender is told of the conflict."""
    key = "storage:c/conflict"
    ids = [new_id() for _ in range(25)]

    def send(connection: Any, n: int) -> list[Outcome]:
        return [o for id_ in ids for o in append(connection, [make(("origin:c", key, "oil", n + 1), id=id_)])]

    found = at_once(4, shared, send)
    total = 0
    for outcomes in zip(*found, strict=True):
        (winner,) = [n for n, o in enumerate(outcomes) if o.stands]
        assert {o.error.code for o in outcomes if o.error} == {"idempotency_conflict"}
        total += winner + 1
    assert held(shared, key) == {key: total}


def test_one_record_is_reversed_once_by_many(shared: Scratch, make: Make) -> None:
    key = "storage:c/undone"
    records = [make(("origin:c", key, "oil", 9)) for _ in range(15)]

    def undo(connection: Any, n: int) -> list[Outcome]:
        backs = [
            reverse(connection, r, actor=f"person-{n}", acting_for="org-1", happened_at=r.happened_at, note="错")
            for r in records
        ]
        return [o for back in backs for o in append(connection, [back])]

    with shared.connect(APP) as connection:
        append(connection, records)
    found = at_once(6, shared, undo)
    for outcomes in zip(*found, strict=True):
        assert sum(o.stands for o in outcomes) == 1
        assert {o.error.code for o in outcomes if o.error} == {"already_reversed"}
    assert held(shared, key) == {key: 0}


@pytest.mark.parametrize("size", [1, 40, 501])
def test_opposite_orders_meet_without_a_deadlock(shared: Scratch, make: Make, size: int) -> None:
    """Half go through the accounts forwards, half backwards, with new accounts and values of one series among them."""
    keys = [f"storage:{p}/order-{size}-{n}" for n in range(6) for p in "abc"]
    ways = list(itertools.pairwise(keys))[: 17 if size < 100 else 4]
    appends = 12 if size < 100 else 2

    def batch(n: int, turn: int) -> list[Record]:
        order = ways if n % 2 else [(right, left) for left, right in reversed(ways)]
        moves = [(left, right, "ash", 1) for left, right in order]
        seen = Observation("mines", "abc"[(n + turn) % 3], turn + 1, "个")
        records = [make(*(moves if at % 2 else reversed(moves))) for at in range(size)]
        return [replace(records[0], observations=(seen,)), *records[1:]]

    found = at_once(8, shared, lambda c, n: [o for turn in range(appends) for o in append(c, batch(n, turn))])
    assert standing(found) == {"appended": 8 * appends * size}
    assert set(held(shared, *keys).values()) == {0}


def test_after_all_of_it_the_journal_is_sound(shared: Scratch) -> None:
    assert sound(shared)["records"] > 1_000
