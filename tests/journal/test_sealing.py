"""Sealing: positions, heads, keys, and sealers that meet."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from tests.journal.populated import full, many, put
from tests.journal.scratch import scratch_journal
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP
from wufei.journal import Record, merkle, sealing, signing
from wufei.journal.canonical import canonical
from wufei.journal.merkle import Frontier, leaf_of
from wufei.journal.sealing import LeafOutOfOrder, TreeAlgorithmFixed, seal, stored_tree, tree_head, waiting
from wufei.journal.standalone_verifier import SIGNATURES, head_message, trusted_keys
from wufei.journal.verify import verify

Make = Callable[..., Record]


def leaves(journal: Connection[Any]) -> list[bytes]:
    query = "SELECT coalesce(l.hash, r.leaf) FROM journal.leaf l JOIN journal.record r USING (seq) ORDER BY position"
    return [row[0] for row in journal.execute(query)]


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_a_head_covers_all_that_waited(journal: Connection[Any], make: Make, algorithm: str) -> None:
    signer = signing.new_signer()
    assert not waiting(journal)
    assert seal(journal, signer) is None
    hash_ = merkle.hash_named(algorithm)
    for count in (1, 255, 2, 300):
        put(journal, *many(make, count))
        assert waiting(journal)
        head = seal(journal, signer, datetime(2025, 4, 1, tzinfo=UTC), algorithm=algorithm)
        assert not waiting(journal)
        tree = Frontier(hash_)
        tree.extend(leaves(journal))
        assert (head.size, head.root, head.algorithm) == (tree.size, tree.root(), algorithm)
        assert SIGNATURES["ed25519"](signer.public, head_message(head.stated()), head.signature)
        assert tree_head(journal) == head
    again = Frontier.of(hash_, 258, stored_tree(journal, algorithm).subtree)
    assert again.root() == tree_head(journal, 258).root
    put(journal, *many(make, 1))
    with pytest.raises(TreeAlgorithmFixed):
        seal(journal, signer, algorithm="sm3" if algorithm == "sha256" else "sha256")
    assert verify(journal, {signer.key_id}).holds is True


def test_an_sm3_leaf_is_of_the_same_form(journal: Connection[Any], make: Make) -> None:
    record = full(make)[1]
    put(journal, record)
    seal(journal, signing.new_signer(), algorithm="sm3")
    known_at = journal.execute("SELECT known_at FROM journal.record").fetchone()[0].astimezone(UTC)
    moves = [
        {"from": e.from_account, "mass_g": e.mass_g, "stream": e.stream, "to": e.to_account} for e in record.entries
    ]
    plain = {
        "acting_for": "org-1",
        "actor": "person-1",
        "basis": "measured",
        "form": 1,
        "entries": moves,
        "happened_at": "2025-03-05T08:00:00.000000Z",
        "id": str(record.id),
        "period": "2025-03",
        "known_at": known_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "rule": "hj_1259_2022 6.2",
    }
    assert leaves(journal) == [leaf_of(merkle.hash_named("sm3"), canonical(plain))]


def test_many_go_under_several_heads(journal: Connection[Any], make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 5)
    monkeypatch.setattr(sealing, "BLOCK", 2)
    signer = signing.new_signer()
    for count in (2, 2, 7, 1):
        put(journal, *many(make, count))
    sizes = []
    while head := seal(journal, signer, algorithm="sm3"):
        sizes.append(head.size)
    assert sizes == [11, 12]
    assert verify(journal, {signer.key_id}).holds


def test_what_was_changed_is_not_sealed_over(journal: Connection[Any], make: Make) -> None:
    signer = signing.new_signer()
    put(journal, *many(make, 3))
    seal(journal, signer)
    journal.execute("ALTER TABLE journal.leaf DISABLE TRIGGER USER")
    journal.execute("DELETE FROM journal.leaf WHERE position = 2")
    put(journal, *many(make, 1))
    with pytest.raises(LeafOutOfOrder):
        seal(journal, signer)
    assert waiting(journal)


def test_sealers_that_meet_do_no_harm(postgres: Postgres, make: Make) -> None:
    with scratch_journal(postgres) as scratch, scratch.connect() as owner:
        signer, failures = signing.new_signer(), []

        def work() -> None:
            try:
                with scratch.connect() as mine:
                    for _ in range(10):
                        seal(mine, signer)
            except Exception as error:  # noqa: BLE001  (told by the test below)
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            put(owner, *many(make, 3))
        for thread in threads:
            thread.join()
        seal(owner, signer)
        assert not failures
        outcome = verify(owner, {signer.key_id}, parameters=scratch.parameters())
        assert outcome.holds, outcome.as_dict()
        assert outcome.sealed["leaves"] == 60
        with scratch.connect(APP) as pages, pytest.raises(psycopg.errors.InsufficientPrivilege):
            seal(pages, signer)


def test_keys_are_kept_to_their_owner(tmp_path: Path) -> None:
    path = tmp_path / "signing-key"
    signer = signing.ensure_signer(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.ensure_signer(path) == signer
    assert signer.private.hex() not in repr(signer)
    assert [each.name for each in tmp_path.iterdir()] == ["signing-key"]
    path.chmod(0o640)
    with pytest.raises(signing.SigningKeyExposed):
        signing.ensure_signer(path)
    path.chmod(0o600)
    path.write_text(path.read_text(encoding="utf-8").replace(signer.public.hex()[:4], "0000"), encoding="utf-8")
    with pytest.raises(signing.SigningKeyUnreadable):
        signing.ensure_signer(path)
    with pytest.raises(signing.SignatureAlgorithmUnknown):
        signing.new_signer("rsa")


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
def test_both_verifiers_agree(algorithm: str) -> None:
    signer = signing.new_signer(algorithm)
    signature = signer.sign("树头".encode())
    for wrong in (
        signature[:-1] + bytes([signature[-1] ^ 1]),
        bytes([signature[0] ^ 1]) + signature[1:],
        b"",
        b"\xff" * 64,
    ):
        assert not signing.is_signed(algorithm, signer.public, "树头".encode(), wrong)
        assert not SIGNATURES[algorithm](signer.public, "树头".encode(), wrong)
    assert signing.is_signed(algorithm, signer.public, "树头".encode(), signature)
    assert SIGNATURES[algorithm](signer.public, "树头".encode(), signature)
    assert not SIGNATURES[algorithm](signer.public[::-1], "树头".encode(), signature)


def test_trust_follows_endorsements(journal: Connection[Any], make: Make, tmp_path: Path) -> None:
    path = tmp_path / "signing-key"
    first = signing.ensure_signer(path)
    put(journal, *many(make, 1))
    seal(journal, first)
    second = signing.rotate(journal, path, "sm2")
    assert signing.read_signer(path) == second
    put(journal, *many(make, 1))
    seal(journal, second)
    keys = signing.known_keys(journal)
    for pin in (first.key_id, second.key_id):
        assert trusted_keys(keys, {pin}) == {first.key_id, second.key_id}
        assert verify(journal, {pin}).holds
    intruder = signing.new_signer()
    put(journal, *many(make, 1))
    seal(journal, intruder)
    outcome = verify(journal, {second.key_id})
    assert [(f.code, f.place) for f in outcome.findings] == [("tree_head_unsigned", "tree_head 3")]
