"""Proof files: an outsider's Python checks them alone, and no byte of them can be changed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection

from tests.journal.populated import full, many, populate, put
from wufei.journal import Record, signing, standalone_verifier
from wufei.journal.proof import ProofHeadUnknown, ProofRecordUnknown, ProofRecordUnsealed, proof_of
from wufei.journal.sealing import seal
from wufei.journal.standalone_verifier import Failed, check, write

Make = Callable[..., Record]


@pytest.fixture
def proof(journal: Connection[Any], make: Make) -> dict[str, Any]:
    """Two records under the second of two heads and keys, with the growth between."""
    populate(journal, make)
    ids = [
        row[0]
        for row in journal.execute("SELECT id FROM journal.record WHERE evidence IS NOT NULL OR reverses IS NOT NULL")
    ]
    first = journal.execute("SELECT min(size) FROM journal.tree_head").fetchone()[0]
    return proof_of(journal, ids, since=first)


def alone(folder: Path, text: str, *options: str) -> tuple[int, dict[str, Any]]:
    """What a copy of the verifier says in an empty environment, without site packages."""
    copy, file = folder / "check.py", folder / "proof.json"
    copy.write_bytes(Path(standalone_verifier.__file__).read_bytes())
    file.write_text(text, encoding="utf-8", newline="")
    command = [sys.executable, "-I", "-S", copy, file, "--json", *options]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_an_outsider_needs_one_file(proof: dict[str, Any], tmp_path: Path) -> None:
    code, found = alone(tmp_path, write(proof))
    assert (code, found["holds"], len(found["records"]), found["pinned"]) == (0, True, 3, False)
    for key in proof["keys"]:
        assert alone(tmp_path, write(proof), "--key", key["key_id"])[1]["pinned"] is True
    code, found = alone(tmp_path, write(proof), "--key", "0" * 64)
    assert (code, found["code"]) == (1, "key_not_trusted")


@pytest.mark.parametrize(("signature", "algorithm"), [("ed25519", "sm3"), ("sm2", "sha256"), ("sm2", "sm3")])
def test_other_algorithms(journal: Connection[Any], make: Make, tmp_path: Path, signature: str, algorithm: str) -> None:
    records = full(make)
    put(journal, *records)
    signer = signing.new_signer(signature)
    seal(journal, signer, algorithm=algorithm)
    code, found = alone(tmp_path, write(proof_of(journal, [records[0].id])), "--key", signer.key_id)
    assert (code, found["records"]) == (0, [str(records[0].id)])


def other_hex(text: str) -> str:
    return ("1" if text[0] == "0" else "0") + text[1:]


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        (("records", 0, "form"), lambda v: v.replace("person-1", "person-2", 1), "form_differs_from_leaf"),
        (("records", 0, "leaf"), other_hex, "form_differs_from_leaf"),
        (("records", 0, "path", 0), other_hex, "path_misses_root"),
        (("records", 0, "path", 0), str.upper, "field_unreadable"),
        (("records", 0, "position"), lambda v: v ^ 1, "path_misses_root"),
        (("records", 0, "position"), lambda _: -1, "path_misses_root"),
        (("records", 0, "head"), lambda v: v + 1, "head_missing"),
        (("tree_heads", 1, "root"), other_hex, "head_signature_wrong"),
        (("tree_heads", 1, "size"), lambda v: v + 1, "head_signature_wrong"),
        (("tree_heads", 1, "sealed_at"), lambda v: v.replace("2", "3"), "head_signature_wrong"),
        (("tree_heads", 1, "signature"), other_hex, "head_signature_wrong"),
        (("tree_heads", 1, "algorithm"), lambda _: "md5", "algorithm_unknown"),
        (("tree_heads", 1, "key_id"), other_hex, "key_missing"),
        (("keys", 0, "public_key"), other_hex, "key_id_wrong"),
        (("keys", 0, "registered_at"), lambda v: v.replace("2", "3"), "key_signature_wrong"),
        (("keys", 0, "signature"), other_hex, "key_signature_wrong"),
        (("keys", 0, "algorithm"), lambda _: "rsa", "algorithm_unknown"),
        (("keys", 1, "endorsement"), other_hex, "endorsement_wrong"),
        (("keys", 1, "previous"), other_hex, "key_signature_wrong"),
        (("consistency", 0, "path", 0), other_hex, "heads_inconsistent"),
        (("consistency", 0, "first"), lambda v: v + 1, "head_missing"),
        (("claims", 0, "records", 0), lambda _: str(uuid4()), "claim_not_covered"),
        (("claims", 0, "kind"), lambda _: "believed", "claim_unknown"),
        (("claims", 0, "records"), lambda _: [], "claim_not_covered"),
        (("claims", 0, "records"), lambda _: "all", "field_unreadable"),
        (("records", 0), lambda v: {**v, "note": ""}, "fields_wrong"),
        (("format",), lambda _: "wufei-proof/2", "format_unknown"),
        (("notes",), lambda _: [], "fields_wrong"),
    ],
)
def test_each_change_has_its_reason(
    proof: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any], Any], code: str
) -> None:
    proof["keys"].sort(key=lambda key: key["previous"] is not None)
    inner: Any = proof
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = change(inner.get(path[-1]) if isinstance(inner, dict) else inner[path[-1]])
    with pytest.raises(Failed) as caught:
        check(write(proof))
    assert caught.value.code == code
    assert caught.value.zh
    assert caught.value.en


def test_no_byte_is_without_meaning(proof: dict[str, Any], tmp_path: Path) -> None:
    text = write(proof)
    rng = random.Random(3)  # noqa: S311  (the same bytes every time)
    for at in rng.sample(range(len(text)), 60):
        changed = text[:at] + rng.choice([c for c in '0a z\n{"é' if c != text[at]]) + text[at + 1 :]
        with pytest.raises(Failed):
            check(changed)
    code, found = alone(tmp_path, text + " ")
    assert (code, found["code"]) == (1, "layout_changed")
    assert alone(tmp_path, "{")[1]["code"] == "not_json"


def test_what_cannot_be_proven_is_named(journal: Connection[Any], make: Make) -> None:
    record = make(("origin:a", "storage:a", "oil", 5))
    put(journal, *many(make, 2))
    seal(journal, signing.new_signer())
    put(journal, record)
    with pytest.raises(ProofRecordUnsealed):
        proof_of(journal, [record.id])
    with pytest.raises(ProofRecordUnknown):
        proof_of(journal, [uuid4()])
    seal(journal, signing.new_signer())
    with pytest.raises(ProofHeadUnknown):
        proof_of(journal, [record.id], since=1)
    assert check(write(proof_of(journal, [record.id], since=2)))["holds"]
