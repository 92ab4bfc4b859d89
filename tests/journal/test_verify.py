"""What verification says of a journal that is whole, and of changes made with care."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from tests.journal.populated import full, many, populate, put
from tests.journal.scratch import scratch_journal
from wufei.app.postgres import Postgres
from wufei.journal import Record
from wufei.journal import verify as verification
from wufei.journal.canonical import write_time
from wufei.journal.forms import READ_AS, Chunk, among
from wufei.journal.merkle import hash_named, leaf_of
from wufei.journal.proof import proof_of
from wufei.journal.sealing import seal
from wufei.journal.signing import new_signer, register
from wufei.journal.standalone_verifier import head_message
from wufei.journal.verify import Progress, Verified, verify

Make = Callable[..., Record]
LOCKED = (
    "record",
    "entry",
    "step",
    "observation",
    "receipt",
    "account",
    "leaf",
    "tree_head",
    "tree_node",
    "signing_key",
)


def unlock(journal: Connection[Any]) -> None:
    for table in LOCKED:
        journal.execute(f"ALTER TABLE journal.{table} DISABLE TRIGGER USER")


def codes(outcome: Verified) -> set[str]:
    return set(outcome.found)


def test_a_whole_journal_holds(journal: Connection[Any], make: Make) -> None:
    first, second = populate(journal, make)
    steps: list[Progress] = []
    outcome = verify(journal, {second.key_id}, steps.append)
    assert outcome.holds, outcome.as_dict()
    assert outcome.counts["records"] == 317
    assert list(outcome.unsealed.values()) == [1]
    assert outcome.sealed["trusted"] == sorted([first.key_id, second.key_id])
    assert {step.stage for step in steps} == {"records", "tree", "tables"}
    assert all(step.done <= step.total for step in steps)
    told = outcome.as_dict()
    assert (told["holds"], told["unsealed"]) == (True, {"appends": 1, "records": 1})


def test_an_empty_journal_holds(journal: Connection[Any]) -> None:
    outcome = verify(journal)
    assert outcome.holds
    assert outcome.sealed["leaves"] == 0


@pytest.mark.parametrize("size", [1, 7, 64])
def test_ranges_may_cut_through_appends(
    journal: Connection[Any], make: Make, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    put(journal, *many(make, 20), *full(make))
    put(journal, *many(make, 3))
    seal(journal, new_signer())
    monkeypatch.setattr(verification, "RANGE", size)
    outcome = verify(journal)
    assert outcome.holds, outcome.as_dict()
    unlock(journal)
    journal.execute("UPDATE journal.receipt SET entries = entries + 1 WHERE records > 20")
    assert codes(verify(journal)) == {"receipt_altered"}


def test_processes_share_one_snapshot(postgres: Postgres, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "RANGE", 50)
    with scratch_journal(postgres) as scratch, scratch.connect() as owner:
        populate(owner, make)
        outcome = verify(owner, parameters=scratch.parameters())
        assert outcome.holds, outcome.as_dict()
        assert outcome.counts["records"] == 317
        unlock(owner)
        owner.execute("UPDATE journal.entry SET mass_g = mass_g + 1 WHERE mass_g = 7")
        found = verify(owner, parameters=scratch.parameters())
        assert codes(found) == {"record_altered", "fold_altered"}


masses = st.integers(1, 10**12)
moves = st.tuples(
    st.sampled_from(["origin:a", "storage:a", "storage:b"]), st.sampled_from(["process:a", "transit:m"]), masses
)
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=st.lists(
        st.tuples(st.lists(moves, min_size=1, max_size=3), texts, st.none() | st.integers(0, 10**6)), max_size=6
    )
)
def test_any_journal_holds(journal: Connection[Any], make: Make, drawn: list[tuple[Any, ...]]) -> None:
    """The forms and the Book, worked out in columns, are those of the database for whatever it takes."""
    with journal.transaction() as savepoint:
        for row, text, sd_ppm in drawn:
            entries = ((side, to, "ash", mass_g) for side, to, mass_g in row)
            put(journal, make(*entries, note=text, actor=text, sd_ppm=sd_ppm))
        outcome = verify(journal)
        assert outcome.holds, outcome.as_dict()
        raise psycopg.Rollback(savepoint)


def test_a_change_with_its_hash_is_seen_in_the_tree(journal: Connection[Any], make: Make) -> None:
    _, signer = populate(journal, make)
    unlock(journal)
    seq = journal.execute("SELECT seq FROM journal.leaf WHERE position = 5").fetchone()[0]
    journal.execute("UPDATE journal.record SET actor = 'somebody' WHERE seq = %s", (seq,))
    journal.execute(READ_AS)
    form = Chunk(journal, among([seq])).forms()[0].as_py()[1:].encode()
    leaf = leaf_of(hash_named("sha256"), form)
    journal.execute("UPDATE journal.record SET leaf = %s WHERE seq = %s", (leaf, seq))
    outcome = verify(journal, {signer.key_id})
    places = {(finding.code, finding.place) for finding in outcome.findings}
    assert ("tree_node_altered", "tree_node 8/0") in places
    assert any(code == "tree_head_altered" for code, _ in places)


def test_leaves_that_change_places_are_seen(journal: Connection[Any], make: Make) -> None:
    populate(journal, make)
    unlock(journal)
    (a, b) = (journal.execute("SELECT seq FROM journal.leaf WHERE position = %s", (n,)).fetchone()[0] for n in (3, 4))
    for seq, position in ((-1, 3), (a, 4), (b, 3)):
        journal.execute("UPDATE journal.leaf SET seq = %s WHERE position = %s", (seq, position))
    assert codes(verify(journal)) == {"tree_node_altered", "tree_head_altered"}


def test_somebody_elses_signature_is_not_ours(journal: Connection[Any], make: Make) -> None:
    """An intruder who owns the database signs everything again with a key of their own."""
    _, signer = populate(journal, make)
    intruder = new_signer()
    register(journal, intruder)
    unlock(journal)
    rows = journal.execute("SELECT size, algorithm, root, sealed_at FROM journal.tree_head").fetchall()
    for size, algorithm, root, sealed_at in rows:
        stated = {"size": size, "algorithm": algorithm, "root": root.hex(), "key_id": intruder.key_id}
        stated["sealed_at"] = write_time(sealed_at)
        journal.execute(
            "UPDATE journal.tree_head SET key_id = %s, signature = %s WHERE size = %s",
            (intruder.key_id, intruder.sign(head_message(stated)), size),
        )
    assert verify(journal).holds, "any registered key is taken at its word when none is pinned"
    outcome = verify(journal, {signer.key_id})
    assert outcome.found == {"tree_head_unsigned": 2}


def test_only_a_published_head_shows_a_cut_end(journal: Connection[Any], make: Make) -> None:
    put(journal, *many(make, 5))
    seal(journal, new_signer())
    last = make(("origin:a", "storage:a", "ash", 9))
    put(journal, last)
    seal(journal, new_signer())
    published = proof_of(journal, [last.id])["tree_heads"]
    assert verify(journal, published=published).holds
    unlock(journal)
    (seq,) = journal.execute("SELECT seq FROM journal.record WHERE id = %s", (last.id,)).fetchone()
    for table in ("record", "entry", "leaf"):
        journal.execute(f"DELETE FROM journal.{table} WHERE seq = %s", (seq,))
    journal.execute("DELETE FROM journal.receipt WHERE n = %s", (seq >> 20,))
    journal.execute("DELETE FROM journal.tree_head WHERE size = 6")
    journal.execute("SELECT journal.rebuild()")
    assert verify(journal).holds
    assert codes(verify(journal, published=published)) == {"tree_head_altered"}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "DELETE FROM journal.entry WHERE seq = {seq}",
            {"record_altered", "record_bare", "receipt_altered", "fold_altered"},
        ),
        (
            "DELETE FROM journal.record WHERE seq = {seq}",
            {"part_orphaned", "receipt_altered", "leaf_altered", "fold_altered"},
        ),
        ("DELETE FROM journal.leaf WHERE seq = {seq}", {"record_uncovered", "leaf_altered"}),
        ("DELETE FROM journal.receipt", {"reference_dangling", "queue_altered"}),
        ("DELETE FROM journal.unsealed", {"record_uncovered"}),
        ("INSERT INTO journal.unsealed SELECT {seq} >> 20", {"queue_altered"}),
        ("DELETE FROM journal.signing_key", {"tree_head_unsigned"}),
        ("DELETE FROM journal.tree_node", {"tree_node_altered"}),
        (
            'UPDATE journal.step SET data = \'{{}},"due_at":"x"\' WHERE ordinal = 1',
            {"part_unreadable", "record_altered"},
        ),
        ("DELETE FROM journal.metric", {"reference_dangling"}),
        ("DELETE FROM journal.place WHERE id = 'a'", {"reference_dangling"}),
        ("TRUNCATE journal.cube", {"fold_altered"}),
        ("INSERT INTO journal.closed_period VALUES ('1999', '1999-01-01', '1999-12-31')", {"fold_altered"}),
    ],
)
def test_each_kind_of_damage_has_its_name(
    journal: Connection[Any], make: Make, statement: str, expected: set[str]
) -> None:
    populate(journal, make)
    unlock(journal)
    (seq,) = journal.execute("SELECT seq FROM journal.leaf WHERE position = 4").fetchone()
    journal.execute(statement.format(seq=seq))
    outcome = verify(journal)
    assert expected <= codes(outcome), outcome.as_dict()
    for finding in outcome.findings:
        assert finding.render("zh")
        assert finding.render("en")


def test_fields_cannot_hide_in_others(journal: Connection[Any], make: Make) -> None:
    """A step whose deadline moved into its data gives the same bytes, and is found all the same."""
    record = full(make)[3]
    put(journal, record)
    unlock(journal)
    journal.execute(
        "UPDATE journal.step SET due_at = NULL, holder = NULL, data = data || "
        '\',"due_at":"2025-03-05T08:00:00.000000Z","holder":"无废办"\''
    )
    outcome = verify(journal)
    assert "record_altered" not in codes(outcome)
    assert "part_unreadable" in codes(outcome)


def test_a_reversal_must_undo_what_it_names(journal: Connection[Any], make: Make) -> None:
    populate(journal, make)
    unlock(journal)
    journal.execute(
        "UPDATE journal.record SET reverses = "
        "(SELECT r.id FROM journal.record r JOIN journal.leaf USING (seq) WHERE position = 9) "
        "WHERE seq = (SELECT max(seq) FROM journal.record WHERE reverses IS NOT NULL)"
    )
    assert "reversal_altered" in codes(verify(journal))


def test_rebuild_mends_a_fold(journal: Connection[Any], make: Make) -> None:
    populate(journal, make)
    journal.execute("UPDATE journal.turnover SET in_g = in_g + 1")
    outcome = verify(journal)
    assert codes(outcome) == {"fold_altered"}
    assert outcome.findings[0].place.startswith("turnover account_n=")
    journal.execute("SELECT journal.rebuild()")
    assert verify(journal).holds


def test_findings_are_counted_beyond_those_kept(
    journal: Connection[Any], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wufei.journal.findings.KEPT", 10)
    put(journal, *many(make, 50))
    unlock(journal)
    journal.execute("UPDATE journal.record SET actor = 'x'")
    outcome = verify(journal)
    assert outcome.found["record_altered"] == 50
    assert len(outcome.findings) == 10
