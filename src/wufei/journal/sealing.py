"""Sealing: put what has been appended under a signed Merkle tree head.

The sealer runs as the owner of the journal, not as the role of the pages: only it writes leaves, tree nodes and heads
and empties the queue, so a page that went astray can neither hold records back nor put a head of its own making there,
and no function has to stand open for it. What it needs besides is the private key, which never enters the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import Connection

from wufei.journal.canonical import write_time
from wufei.journal.forms import READ_AS, Chunk, digests, span
from wufei.journal.merkle import TILE, TILE_LEVELS, Frontier, Hash, TiledTree, hash_named
from wufei.journal.signing import Signer, register
from wufei.journal.standalone_verifier import head_message
from wufei.terms import NamedError

LOCK = "wufei.journal.seal"
AT_ONCE = 1 << 18  # records under one head, or one append's if that has more
BLOCK = 20_000


class TreeAlgorithmFixed(NamedError):
    """Sealing with another hash algorithm than the tree was begun with."""

    code = "tree_algorithm_fixed"
    zh = "本流水的默克尔树使用 {used}，不能改用 {asked}。"
    en = "The Merkle tree of this journal uses {used}; it cannot go on with {asked}."
    remedy_zh = "请用原算法继续封存；算法在首次封存前选定。"
    remedy_en = "Go on with the algorithm it has; it is chosen before the first sealing."


class LeafOutOfOrder(NamedError):
    """Leaves, tree nodes and heads do not belong together: somebody changed them."""

    code = "leaf_out_of_order"
    zh = "叶、树节点与最后的树头不相符（树头 {size}）。"
    en = "Leaves and tree nodes do not belong to the last tree head (of size {size})."
    remedy_zh = "请运行 wufei journal verify 查明被改动之处，从备份恢复后再封存。"
    remedy_en = "Run wufei journal verify to see what was changed, and restore it from a backup before sealing."


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A signed tree head as it stands in the journal."""

    size: int
    algorithm: str
    root: bytes
    sealed_at: datetime
    key_id: str
    signature: bytes

    def stated(self) -> dict[str, Any]:
        """The head as a proof states it and as its signature is over it."""
        return {
            "algorithm": self.algorithm,
            "key_id": self.key_id,
            "root": self.root.hex(),
            "sealed_at": write_time(self.sealed_at),
            "signature": self.signature.hex(),
            "size": self.size,
        }


def waiting(connection: Connection[Any]) -> bool:
    """Whether there is anything to seal."""
    found = connection.execute("SELECT EXISTS (SELECT FROM journal.unsealed)").fetchone()
    return bool(found and found[0])


def tree_head(connection: Connection[Any], size: int | None = None) -> TreeHead | None:
    """The tree head of that size, by default the last; None when there is none."""
    row = connection.execute(
        "SELECT size, algorithm, root, sealed_at, key_id, signature FROM journal.tree_head "
        "WHERE size = coalesce(%s, size) ORDER BY size DESC LIMIT 1",
        (size,),
    ).fetchone()
    return TreeHead(*row) if row else None


def stored_tree(connection: Connection[Any], algorithm: str) -> TiledTree:
    """The complete subtrees of the sealed tree."""

    def fetch(tier: int, tile: int) -> Sequence[bytes]:
        first = tile * TILE
        if tier:
            query = "SELECT hash FROM journal.tree_node WHERE level = %s AND index >= %s AND index < %s ORDER BY index"
            rows = connection.execute(query, (tier * TILE_LEVELS, first, first + TILE))
        else:
            query = (
                "SELECT coalesce(l.hash, r.leaf) FROM journal.leaf l JOIN journal.record r USING (seq) "
                "WHERE l.position >= %s AND l.position < %s ORDER BY l.position"
            )
            rows = connection.execute(query, (first, first + TILE))
        return [row[0] for row in rows]

    return TiledTree(hash_named(algorithm), fetch)


def seal(
    connection: Connection[Any], signer: Signer, now: datetime | None = None, *, algorithm: str | None = None
) -> TreeHead | None:
    """Seal every append that is visible, oldest first, under one new signed head; None when nothing waits.

    At most 262,144 records, or one larger append, go under one head: call again until None. ``algorithm`` (sha256 or
    sm3) is chosen at the first sealing, SHA-256 by default. One transaction; sealers wait for one another. Raises
    TreeAlgorithmFixed, LeafOutOfOrder.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (LOCK,))
        receipts = _take(connection)
        if not receipts:
            return None
        last = tree_head(connection)
        if last and algorithm not in {None, last.algorithm}:
            raise TreeAlgorithmFixed(used=last.algorithm, asked=algorithm)
        used = last.algorithm if last else algorithm or "sha256"
        register(connection, signer, now)
        frontier = _frontier(connection, last, hash_named(used), used)
        size = frontier.size
        _place_leaves(connection, receipts, size, used)
        nodes = frontier.extend(_new_leaves(connection, size))
        with connection.cursor() as cursor, cursor.copy("COPY journal.tree_node FROM STDIN") as copy:
            for node in nodes:
                copy.write_row((node.level, node.index, node.hash))
        return _write_head(connection, frontier, used, signer, now)


def _take(connection: Connection[Any]) -> list[int]:
    """Take appends out of the queue, oldest first, as many as go under one head."""
    rows = connection.execute(
        "DELETE FROM journal.unsealed WHERE receipt_n IN ("
        "  SELECT receipt_n FROM (SELECT u.receipt_n, sum(t.records) OVER (ORDER BY u.receipt_n) - t.records AS before"
        "    FROM (SELECT receipt_n FROM journal.unsealed ORDER BY receipt_n LIMIT %s) AS u"
        "    JOIN journal.receipt t ON t.n = u.receipt_n) AS queue WHERE before < %s) RETURNING receipt_n",
        (AT_ONCE, AT_ONCE),
    ).fetchall()
    return sorted(row[0] for row in rows)


def _frontier(connection: Connection[Any], last: TreeHead | None, hash_: Hash, algorithm: str) -> Frontier:
    size = last.size if last else 0
    (leaves,) = connection.execute("SELECT coalesce(max(position) + 1, 0) FROM journal.leaf").fetchone() or (0,)
    try:
        frontier = Frontier.of(hash_, size, stored_tree(connection, algorithm).subtree)
        if leaves != size or (last and frontier.root() != last.root):
            raise LeafOutOfOrder(size=size)
    except IndexError as error:
        raise LeafOutOfOrder(size=size) from error
    return frontier


def _place_leaves(connection: Connection[Any], receipts: list[int], size: int, algorithm: str) -> None:
    """Give the appends' records their positions from ``size`` on, in the order of their seq."""
    if algorithm == "sha256":
        connection.execute(
            "INSERT INTO journal.leaf (position, seq) SELECT %s + row_number() OVER (ORDER BY r.seq) - 1, r.seq "
            "FROM unnest(%s::bigint[]) AS t (n) JOIN journal.record r ON r.seq >= n << 20 AND r.seq < (n + 1) << 20",
            (size, receipts),
        )
        return
    connection.execute(READ_AS)
    for first, past in _blocks(connection, receipts):
        chunk = Chunk(connection, span(first, past))
        rows = zip(chunk.seqs.to_pylist(), digests(chunk.forms(), algorithm), strict=True)
        with connection.cursor() as cursor, cursor.copy("COPY journal.leaf (position, seq, hash) FROM STDIN") as copy:
            for seq, digest in rows:
                copy.write_row((size, seq, digest))
                size += 1


def _blocks(connection: Connection[Any], receipts: list[int]) -> Iterator[tuple[int, int]]:
    """The appends' ranges of seq, cut into blocks."""
    for n in receipts:
        first, past = n << 20, (n + 1) << 20
        while row := connection.execute(
            "SELECT seq FROM journal.record WHERE seq >= %s AND seq < %s ORDER BY seq OFFSET %s LIMIT 1",
            (first, past, BLOCK),
        ).fetchone():
            yield first, row[0]
            first = row[0]
        yield first, past


def _new_leaves(connection: Connection[Any], size: int) -> Iterator[bytes]:
    """The hashes of the leaves from position ``size`` on, in order, streamed."""
    query = (
        "COPY (SELECT encode(coalesce(l.hash, r.leaf), 'hex') FROM journal.leaf l JOIN journal.record r USING (seq) "
        f"WHERE l.position >= {size} ORDER BY l.position) TO STDOUT"
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for line in copy:
            yield bytes.fromhex(str(line[:64], "ascii"))


def _write_head(
    connection: Connection[Any], frontier: Frontier, algorithm: str, signer: Signer, now: datetime | None
) -> TreeHead:
    ((moment,),) = connection.execute("SELECT coalesce(%s, clock_timestamp())", (now,)).fetchall()
    draft = TreeHead(frontier.size, algorithm, frontier.root(), moment, signer.key_id, b"")
    head = replace(draft, signature=signer.sign(head_message(draft.stated())))
    connection.execute("INSERT INTO journal.tree_head VALUES (%s, %s, %s, %s, %s, %s)", _all(head))
    return head


def _all(head: TreeHead) -> tuple[Any, ...]:
    return head.size, head.algorithm, head.root, head.sealed_at, head.key_id, head.signature
