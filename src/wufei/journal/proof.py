"""Proof files: that records stand in the journal, for an outsider who has nothing but the file.

``docs/journal-proofs.md`` describes the format, ``standalone_verifier`` checks it. A claim names the records that it
rests on, so that a result made from many records fits in as well as a single one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from wufei.journal.forms import READ_AS, Chunk, among, column, digests
from wufei.journal.merkle import consistency_path, hash_named, inclusion_path
from wufei.journal.sealing import TreeHead, stored_tree, tree_head
from wufei.journal.signing import known_keys
from wufei.journal.standalone_verifier import FORMAT
from wufei.terms import NamedError


class ProofRecordUnknown(NamedError):
    """A record that the journal does not hold."""

    code = "proof_record_unknown"
    zh = "流水中没有记录 {id}。"
    en = "The journal has no record {id}."
    remedy_zh = "请核对编号（完整的 UUID）。"
    remedy_en = "Check the id, a whole UUID."


class ProofRecordUnsealed(NamedError):
    """A record that is not yet under a tree head."""

    code = "proof_record_unsealed"
    zh = "记录 {id} 尚未封存，还不能出具证明。"
    en = "The record {id} is not sealed yet, so there is no proof of it."
    remedy_zh = "封存每隔几秒进行一次；请稍后再试，或运行 wufei journal seal。"
    remedy_en = "Sealing runs every few seconds; try again shortly, or run wufei journal seal."


class ProofHeadUnknown(NamedError):
    """An older tree head that the journal does not have."""

    code = "proof_head_unknown"
    zh = "没有大小为 {size} 的树头。"
    en = "There is no tree head of size {size}."
    remedy_zh = "请用以前公布的树头的大小（size）。"
    remedy_en = "Give the size of a tree head that was published before."


def proof_of(connection: Connection[Any], ids: Sequence[UUID], since: int | None = None) -> dict[str, Any]:
    """The proof that these records stand in the journal, under its last tree head.

    ``standalone_verifier.write`` lays it out as a file. With ``since``, the size of a tree head published before, the
    proof also shows that the tree only grew after it. Raises ProofRecordUnknown, ProofRecordUnsealed, ProofHeadUnknown.
    """
    with connection.transaction():
        connection.execute(READ_AS)
        places = _places(connection, ids)
        head = _head(connection, None)
        wanted = [head] if since in {None, head.size} else [_head(connection, since), head]
        tree, hash_ = stored_tree(connection, head.algorithm), hash_named(head.algorithm)
        chunk = Chunk(connection, among(seq for seq, _ in places.values()))
        forms = chunk.forms()
        proven = zip(
            column(chunk.records, "id").to_pylist(), forms.to_pylist(), digests(forms, head.algorithm), strict=True
        )
        records = [
            {
                "form": form[1:],
                "head": head.size,
                "leaf": leaf.hex(),
                "path": _hexes(inclusion_path(hash_, places[UUID(id_)][1], head.size, tree.subtree)),
                "position": places[UUID(id_)][1],
            }
            for id_, form, leaf in proven
        ]
        growth = [
            {
                "first": old.size,
                "path": _hexes(consistency_path(hash_, old.size, head.size, tree.subtree)),
                "second": head.size,
            }
            for old in wanted[:-1]
        ]
        keys = known_keys(connection)
    return {
        "format": FORMAT,
        "claims": [{"kind": "recorded", "records": sorted(map(str, places))}],
        "records": records,
        "tree_heads": [each.stated() for each in wanted],
        "keys": keys,
        "consistency": growth,
    }


def _hexes(path: Sequence[bytes]) -> list[str]:
    return [step.hex() for step in path]


def _places(connection: Connection[Any], ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """The seq and the leaf's position of each record."""
    rows = connection.execute(
        "SELECT r.id, r.seq, l.position FROM journal.record r LEFT JOIN journal.leaf l USING (seq) "
        "WHERE r.id = ANY (%s)",
        (list(ids),),
    ).fetchall()
    found = {id_: (seq, position) for id_, seq, position in rows}
    for id_ in ids:
        if id_ not in found:
            raise ProofRecordUnknown(id=id_)
        if found[id_][1] is None:
            raise ProofRecordUnsealed(id=id_)
    return found


def _head(connection: Connection[Any], size: int | None) -> TreeHead:
    head = tree_head(connection, size)
    if head is None:
        raise ProofHeadUnknown(size=size)
    return head
