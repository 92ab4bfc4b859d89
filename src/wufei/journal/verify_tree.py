"""What verification checks of the sealed tree: every stored node and head against the leaves, and every signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from psycopg import Connection

from wufei.journal.findings import (
    Findings,
    LeafAltered,
    SigningKeyAltered,
    TreeHeadAltered,
    TreeHeadUnsigned,
    TreeNodeAltered,
)
from wufei.journal.merkle import HASHES, TILE_LEVELS, Frontier, Node
from wufei.journal.signing import bare_time_sql, is_signed, known_keys
from wufei.journal.standalone_verifier import SIGNATURES, head_message, key_id_of, key_message, trusted_keys
from wufei.journal.verify_records import HASH_BYTES, LeafFile

BLOCK = 1 << 14  # leaves that are read from the file at a time
Head = dict[str, Any]
Keys = dict[str, dict[str, Any]]


def check_keys(connection: Connection[Any], findings: Findings) -> Keys:
    """Check every registered public key against its id and signatures; returns those that hold."""
    rows = {row["key_id"]: row for row in known_keys(connection)}
    sound: Keys = {}
    for key_id, row in rows.items():
        wrong = _wrong_column(row, rows)
        if wrong:
            findings.add(SigningKeyAltered, f"signing_key {key_id}", column=wrong)
        else:
            sound[key_id] = row
    return sound


def _wrong_column(row: dict[str, Any], rows: Keys) -> str | None:
    if row["algorithm"] not in SIGNATURES:
        return "algorithm"
    if key_id_of(bytes.fromhex(row["public_key"])) != row["key_id"]:
        return "key_id"
    if not _signed(row, key_message(row), row["signature"]):
        return "signature"
    if row["endorsement"] is not None:
        by = rows.get(row["previous"])
        if by is None or not _signed(by, key_message(row), row["endorsement"]):
            return "endorsement"
    return None


def _signed(key: dict[str, Any], message: bytes, signature: str) -> bool:
    return is_signed(key["algorithm"], bytes.fromhex(key["public_key"]), message, bytes.fromhex(signature))


class TreeCheck:
    """Grows the tree again from the file of leaves and compares on the way."""

    def __init__(
        self, connection: Connection[Any], leaves: LeafFile, findings: Findings, published: Iterable[Head] = ()
    ) -> None:
        self._connection, self._leaves, self._findings = connection, leaves, findings
        self._published = sorted(published, key=lambda head: int(head["size"]))
        self._frontier = Frontier(HASHES.get(leaves.algorithm, HASHES["sha256"]))
        self._nodes = _Nodes(connection, findings)
        self._root_wrong = False

    def run(self, pinned: Iterable[str], progress: Callable[[int], None]) -> dict[str, Any]:
        """Check keys, nodes, heads and published heads; ``progress`` is told leaves. Returns counts for the report."""
        keys = check_keys(self._connection, self._findings)
        pins = set(pinned)
        trusted = trusted_keys(keys.values(), pins) if pins else set(keys)
        count = largest = 0
        for head in stated_heads(self._connection):
            self._grow_past_published(head["size"], progress)
            self._head(head, keys, trusted)
            count, largest = count + 1, max(largest, head["size"])
        self._grow_past_published(self._leaves.size, progress)
        self._nodes.finish()
        for head in self._published:
            self._differs(head["size"], "size", f"published {head['size']}", f"{self._leaves.size} leaves")
        if largest < self._leaves.size:
            place = f"leaf {largest} …"
            self._findings.add(LeafAltered, place, column="tree head", expected="one above it", found=None)
        return {"tree_heads": count, "keys": sorted(keys), "trusted": sorted(trusted & set(keys))}

    def _grow_past_published(self, end: int, progress: Callable[[int], None]) -> None:
        """Grow to ``end``, stopping at each published head on the way to compare with it."""
        end = min(end, self._leaves.size)
        while self._published and self._published[0]["size"] <= end:
            head = self._published.pop(0)
            self._grow(head["size"], progress)
            root = self._frontier.root().hex()
            if head["root"] != root:
                self._differs(head["size"], "published root", head["root"], root)
        self._grow(end, progress)

    def _grow(self, end: int, progress: Callable[[int], None]) -> None:
        while self._frontier.size < end:
            size = self._frontier.size
            count = min(BLOCK, end - size)
            data = self._leaves.read(size, count)
            leaves = [data[n : n + HASH_BYTES] for n in range(0, len(data), HASH_BYTES)]
            self._nodes.expect(self._frontier.extend(leaves))
            progress(count)

    def _head(self, head: Head, keys: Keys, trusted: set[str]) -> None:
        key, reasons = keys.get(head["key_id"]), None
        if head["algorithm"] != self._leaves.algorithm:
            self._differs(head["size"], "algorithm", self._leaves.algorithm, head["algorithm"])
        if key is None:
            reasons = "没有这一公钥", "there is no such key, or not as it was registered"
        elif not _signed(key, head_message(head), head["signature"]):
            reasons = "签名与树头内容不符", "it is not of what the head says"
        elif head["key_id"] not in trusted:
            reasons = "公钥未获信任（没有与可信公钥相连的背书）", "the key is not endorsed by one that is trusted"
        if reasons:
            told = {"key": head["key_id"], "reason_zh": reasons[0], "reason_en": reasons[1]}
            self._findings.add(TreeHeadUnsigned, f"tree_head {head['size']}", **told)
        if head["size"] != self._frontier.size:
            self._differs(head["size"], "size", f"at most {self._leaves.size}", head["size"])
        elif not self._root_wrong:
            root = self._frontier.root().hex()
            self._root_wrong = head["root"] != root  # all later ones differ with the first
            if self._root_wrong:
                self._differs(head["size"], "root", root, head["root"])

    def _differs(self, size: int, name: str, expected: object, found: object) -> None:
        self._findings.add(TreeHeadAltered, f"tree_head {size}", column=name, expected=expected, found=found)


def stated_heads(connection: Connection[Any]) -> Iterator[Head]:
    """Every tree head as its signature is over it, smallest first; the time as the database writes it."""
    query = (
        f"SELECT algorithm, key_id, encode(root, 'hex'), {bare_time_sql('sealed_at')}, encode(signature, 'hex'), size "
        "FROM journal.tree_head ORDER BY size"
    )
    names = ("algorithm", "key_id", "root", "sealed_at", "signature", "size")
    with connection.cursor(name="stated_heads") as cursor:
        for row in cursor.execute(query):
            yield dict(zip(names, row, strict=True))


class _Nodes:
    """Compares the nodes of a growing tree with the stored ones, in the order in which they are completed."""

    def __init__(self, connection: Connection[Any], findings: Findings) -> None:
        self._connection, self._findings = connection, findings
        self._wrong: set[tuple[int, int]] = set()
        self._seen: dict[int, int] = {}

    def expect(self, nodes: list[Node]) -> None:
        """Compare freshly completed nodes; a node above a wrong one is not named again."""
        for level in sorted({node.level for node in nodes}):
            row = [node for node in nodes if node.level == level]
            first = row[0].index
            self._seen[level] = row[-1].index + 1
            stored = dict(
                self._connection.execute(
                    "SELECT index, hash FROM journal.tree_node WHERE level = %s AND index >= %s AND index < %s",
                    (level, first, first + len(row)),
                ).fetchall()
            )
            for node in row:
                self._compare(node, stored.get(node.index))

    def _compare(self, node: Node, stored: bytes | None) -> None:
        if stored == node.hash:
            return
        self._wrong.add((node.level, node.index))
        below = range(node.index << TILE_LEVELS, (node.index + 1) << TILE_LEVELS)
        if stored is None or not any((node.level - TILE_LEVELS, index) in self._wrong for index in below):
            self._name(node.level, node.index, node.hash.hex(), stored.hex() if stored else None)

    def finish(self) -> None:
        """Name the stored nodes that no leaves give."""
        for level, index, stored in self._connection.execute("SELECT level, index, hash FROM journal.tree_node"):
            if not 0 <= index < self._seen.get(level, 0):
                self._name(level, index, None, stored.hex())

    def _name(self, level: int, index: int, expected: str | None, found: str | None) -> None:
        first, last = (index << level, ((index + 1) << level) - 1) if 0 <= level < 64 else ("?", "?")
        place, values = f"tree_node {level}/{index}", {"first": first, "last": last}
        self._findings.add(TreeNodeAltered, place, expected=expected, found=found, **values)
