"""What verification checks record by record, over one range of them at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection

from wufei.journal.findings import (
    Findings,
    LeafAltered,
    PartDisagrees,
    PartMisnumbered,
    PartOrphaned,
    PartUnreadable,
    QueueAltered,
    ReceiptAltered,
    RecordAltered,
    RecordBare,
    RecordUncovered,
    ReferenceDangling,
)
from wufei.journal.forms import NO, TEXT, Chunk, Kinds, Runs, column, digests, hexes, read, span
from wufei.journal.verify_book import Book

RECEIPT_BITS = 20
HASH_BYTES = 32
LOWEST, BEYOND = -(1 << 63), 1 << 63  # of a bigint
TABLES = {"entries": "entry", "steps": "step", "observations": "observation"}
# What a part repeats of its record.
REPEATED = {"entries": "happened_at", "observations": "period"}
_RECEIPT: Kinds = {"n": "int", "known_at": "plain", "records": "int", "entries": "int"}
_LEAF: Kinds = {"seq": "int", "position": "int", "hash": "plain"}


@dataclass(frozen=True)
class LeafFile:
    """The leaf hashes by position, in a file, so that memory stays small whatever the size; processes share it."""

    path: str
    size: int
    algorithm: str

    def write(self, positions: pa.Array, texts: pa.Array) -> None:
        """Put hashes (hex) at their positions, each run of neighbours at once."""
        if not len(positions):
            return
        ends = pa.array([0, len(texts)], pa.int32())
        data = bytes.fromhex(pc.binary_join(pa.ListArray.from_arrays(ends, texts), "")[0].as_py())
        neighbours = Runs(pc.subtract(positions, pa.array(range(len(positions)))))
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            for start, end in zip(neighbours.starts.to_pylist(), neighbours.ends.to_pylist(), strict=True):
                block = memoryview(data)[start * HASH_BYTES : end * HASH_BYTES]
                os.pwrite(descriptor, block, positions[start].as_py() * HASH_BYTES)
        finally:
            os.close(descriptor)

    def read(self, first: int, count: int) -> bytes:
        """``count`` hashes from a position on; zeros where none was put."""
        with Path(self.path).open("rb") as file:
            file.seek(first * HASH_BYTES)
            return file.read(count * HASH_BYTES).ljust(count * HASH_BYTES, b"\0")


@dataclass
class Passed:
    """What one range came to. ``split`` holds counts of the appends that the range's ends cut through."""

    findings: Findings = field(default_factory=Findings)
    counts: dict[str, int] = field(default_factory=dict)
    split: dict[int, tuple[int, int]] = field(default_factory=dict)
    unsealed: dict[int, int] = field(default_factory=dict)


class RangeCheck:
    """The checks of the records from ``first`` up to ``past``, and of all parts, leaves and receipts in that range."""

    def __init__(self, connection: Connection[Any], first: int, past: int, leaves: LeafFile) -> None:
        self._connection, self._leaves = connection, leaves
        self._first, self._past = first, past
        self.chunk = Chunk(connection, span(first, past))
        self.passed = Passed()
        self._findings = self.passed.findings
        self._ids = column(self.chunk.records, "id")

    def run(self, book: Book) -> Passed:
        """Make every check, add the entries to the book, and tell."""
        chunk = self.chunk
        self.passed.counts = {"records": len(chunk.seqs)} | {n: t.num_rows for n, t in chunk.parts().items()}
        forms = chunk.forms()
        self._hashes(forms)
        self._parts()
        self._names()
        self._receipts()
        self._sealed(forms)
        book.add(chunk)
        return self.passed

    def _record(self, row: int) -> str:
        return f"record {self._ids[row].as_py()} (seq {self.chunk.seqs[row].as_py()})"

    def _hashes(self, forms: pa.Array) -> None:
        """Compare each record's hash with the one written at its append."""
        found, kept = hexes(digests(forms, "sha256")), column(self.chunk.records, "leaf")
        for row in _rows(pc.or_(pc.not_equal(found, kept), pc.is_null(forms))):
            self._findings.add(RecordAltered, self._record(row), expected=kept[row].as_py(), found=found[row].as_py())
        bare = pc.is_null(column(self.chunk.records, "reverses"))
        for runs in self.chunk.runs.values():
            bare = pc.and_(bare, pc.invert(pc.is_in(self.chunk.seqs, value_set=runs.values)))
        for row in _rows(bare):
            self._findings.add(RecordBare, self._record(row))

    def _parts(self) -> None:
        for name, table in self.chunk.parts().items():
            runs, kind = self.chunk.runs[name], TABLES[name]
            for row in _rows(pc.invert(pc.is_in(runs.values, value_set=self.chunk.seqs))):
                place, count = f"{kind} {runs.values[row]}", runs.counts()[row].as_py()
                self._findings.add(PartOrphaned, place, part=name, count=count)
            places, ordinals = runs.places(), column(table, "ordinal")
            for row in _rows(pc.not_equal(places, ordinals)):
                place, expected, found = self._part(name, row), places[row].as_py(), ordinals[row].as_py()
                self._findings.add(PartMisnumbered, place, part=kind, expected=expected, found=found)
            if name in REPEATED:
                self._repeated(name, REPEATED[name])
        for row in _rows(pc.invert(pc.coalesce(column(self.chunk.steps, "data_readable"), pa.scalar(value=True)))):
            self._findings.add(PartUnreadable, self._part("steps", row), part="step")

    def _part(self, name: str, row: int) -> str:
        table = self.chunk.parts()[name]
        return f"{TABLES[name]} {table['seq'][row]}/{table['ordinal'][row]}"

    def _repeated(self, name: str, what: str) -> None:
        table = self.chunk.parts()[name]
        of_record = pc.index_in(column(table, "seq"), value_set=self.chunk.seqs)
        expected, found = column(self.chunk.records, what).take(of_record), column(table, what)
        for row in _rows(pc.not_equal(expected, found)):
            values = {"expected": expected[row].as_py(), "found": found[row].as_py()}
            self._findings.add(PartDisagrees, self._part(name, row), part=TABLES[name], column=what, **values)

    def _names(self) -> None:
        sides = [("account", self.chunk.accounts, side) for side in ("from_n", "to_n")]
        sides += [("stream", self.chunk.streams, side) for side in ("stream_n", "to_stream_n")]
        for what, names, side in sides:
            numbers = column(self.chunk.entries, side)
            for row in _rows(pc.invert(pc.is_in(numbers, value_set=column(names, "n")))):
                self._findings.add(ReferenceDangling, self._part("entries", row), what=what, found=numbers[row].as_py())

    def _receipts(self) -> None:
        """Each append has the receipt that its number names, which knows its time and counts."""
        where = self._of_receipt("n")
        receipts = read(self._connection, f"SELECT * FROM journal.receipt WHERE {where} ORDER BY n", _RECEIPT)
        numbers = column(receipts, "n")
        of_record = pc.index_in(_receipt_of(self.chunk.seqs), value_set=numbers)
        for row in _rows(pc.is_null(of_record)):
            found = self.chunk.seqs[row].as_py() >> RECEIPT_BITS
            self._findings.add(ReferenceDangling, self._record(row), what="receipt", found=found)
        known = column(receipts, "known_at").take(of_record)
        wrong = pc.not_equal(known, column(self.chunk.records, "known_at"))
        for n in pc.unique(_receipt_of(self.chunk.seqs).filter(pc.coalesce(wrong, NO))).to_pylist():
            row = numbers.index(n).as_py()
            self._altered(n, "known_at", "the time of its records", receipts["known_at"][row].as_py())
        counted = {
            "records": _counts(Runs(_receipt_of(self.chunk.seqs)), numbers),
            "entries": _counts(Runs(_receipt_of(column(self.chunk.entries, "seq"))), numbers),
        }
        cut = self._cut()
        for name, counts in counted.items():
            wrong = pc.and_(pc.not_equal(counts, column(receipts, name)), pc.invert(pc.is_in(numbers, value_set=cut)))
            for row in _rows(wrong):
                self._altered(numbers[row].as_py(), name, counts[row].as_py(), receipts[name][row].as_py())
        for row in _rows(pc.is_in(numbers, value_set=cut)):
            found = counted["records"][row].as_py(), counted["entries"][row].as_py()
            self.passed.split[numbers[row].as_py()] = found

    def _of_receipt(self, number: str) -> str:
        """The condition for the appends that reach into the range, at its outer ends for all beyond as well."""
        first = LOWEST if self._first == LOWEST else self._first >> RECEIPT_BITS
        last = BEYOND - 1 if self._past == BEYOND else self._past - 1 >> RECEIPT_BITS
        return f"{number} BETWEEN '{first}'::bigint AND '{last}'::bigint"

    def _cut(self) -> pa.Array:
        """The appends that reach over an end of the range."""
        ends = (self._first, self._past)
        inside = [end >> RECEIPT_BITS for end in ends if end % (1 << RECEIPT_BITS)]
        return pa.array(inside, pa.int64())

    def _altered(self, n: int, name: str, expected: object, found: object) -> None:
        self._findings.add(ReceiptAltered, f"receipt {n}", column=name, expected=expected, found=found)

    def _sealed(self, forms: pa.Array) -> None:
        """Each record has a leaf or waits for one; the leaves go to the file of leaves."""
        query = (
            f"SELECT seq, position, encode(hash, 'hex') AS hash FROM journal.leaf WHERE {span(self._first, self._past)}"
        )
        leaves = read(self._connection, f"{query} ORDER BY position", _LEAF)
        seqs, positions = column(leaves, "seq"), column(leaves, "position")
        of_record = pc.index_in(seqs, value_set=self.chunk.seqs)
        for row in _rows(pc.is_null(of_record)):
            self._leaf(positions[row], "seq", "a record", seqs[row])
        outside = pc.or_(pc.less(positions, 0), pc.greater_equal(positions, self._leaves.size))
        for row in _rows(outside):
            self._leaf(positions[row], "position", f"0 … {self._leaves.size - 1}", positions[row])
        self._waiting(seqs)
        expected = pa.nulls(len(seqs), TEXT)
        kept = column(self.chunk.records, "leaf")
        if self._leaves.algorithm != "sha256":
            kept = hexes(digests(forms, self._leaves.algorithm))
            expected = kept.take(of_record)
        stored = column(leaves, "hash")
        for row in _rows(pc.not_equal(pc.coalesce(stored, ""), pc.coalesce(expected, ""))):
            self._leaf(positions[row], "hash", expected[row], stored[row])
        used = pc.coalesce(stored, column(self.chunk.records, "leaf").take(of_record), "")
        fits = pc.and_(pc.invert(outside), pc.equal(pc.binary_length(used), 2 * HASH_BYTES))
        self._leaves.write(positions.filter(fits), used.filter(fits))

    def _leaf(self, position: Any, name: str, expected: Any, found: Any) -> None:
        told = {key: getattr(value, "as_py", lambda v=value: v)() for key, value in (("e", expected), ("f", found))}
        self._findings.add(LeafAltered, f"leaf {position}", column=name, expected=told["e"], found=told["f"])

    def _waiting(self, sealed: pa.Array) -> None:
        where = self._of_receipt("receipt_n")
        query = f"SELECT receipt_n AS n, receipt_n AS m FROM journal.unsealed WHERE {where}"
        queue = column(read(self._connection, query, {"n": "int", "m": "int"}), "n")
        for row in _rows(pc.is_in(queue, value_set=pc.unique(_receipt_of(sealed)))):
            reasons = {"reason_zh": "已经封存", "reason_en": "is sealed already"}
            self._findings.add(QueueAltered, f"unsealed {queue[row]}", found=queue[row].as_py(), **reasons)
        open_ = self.chunk.seqs.filter(pc.invert(pc.is_in(self.chunk.seqs, value_set=sealed)))
        waits = pc.is_in(_receipt_of(open_), value_set=queue)
        for row in pc.index_in(open_.filter(pc.invert(waits)), value_set=self.chunk.seqs).to_pylist():
            self._findings.add(RecordUncovered, self._record(row))
        runs = Runs(_receipt_of(open_.filter(waits)))
        self.passed.unsealed = dict(zip(runs.values.to_pylist(), runs.counts().to_pylist(), strict=True))


def _receipt_of(seqs: pa.Array) -> pa.Array:
    return pc.shift_right(seqs, RECEIPT_BITS)


def _counts(runs: Runs, numbers: pa.Array) -> pa.Array:
    """How many of the runs' rows belong to each receipt."""
    return pc.coalesce(runs.counts().take(pc.index_in(numbers, value_set=runs.values)), pa.scalar(0, pa.int32()))


def _rows(mask: pa.Array) -> list[int]:
    """The rows for which the mask is true; where it is null nothing can be said, and something else says so."""
    return pc.indices_nonzero(pc.coalesce(mask, NO)).to_pylist() if len(mask) else []
