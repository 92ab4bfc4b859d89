"""The summary by role worked out a second time, block by block, from the records as verification reads them.

Block by block is added up apart (``Blocks`` says which entries belong to which); the nodes follow from the blocks as a
Fenwick tree says: a node holds its own block and the nodes whose parent it is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection

from wufei.journal.forms import Runs, column

RECEIPT_BITS = 20
NODES = 64  # compared at a time
KEY = ("block", "period", "from_role", "to_role", "stream_n", "to_stream_n", "basis")


class Blocks:
    """The blocks of receipts that the summary holds: where each ends, by its number from 1."""

    def __init__(self, connection: Connection[Any]) -> None:
        rows = connection.execute("SELECT last_receipt FROM journal.summary_block ORDER BY n").fetchall()
        self._ends = [last for (last,) in rows]
        self.count = len(self._ends)

    def of(self, seqs: pa.Array) -> pa.Array:
        """The block of each record; null for those that came after the last."""
        receipts = pc.shift_right(seqs, RECEIPT_BITS)
        known = pc.unique(receipts)
        found = [bisect_left(self._ends, n) + 1 for n in known.to_pylist()]
        blocks = pa.array([n if n <= self.count else None for n in found], pa.int64())
        return blocks.take(pc.index_in(receipts, value_set=known))


def nodes(own: pa.Table, count: int, add_up: Callable[[pa.Table], pa.Table]) -> Iterator[tuple[int, int, pa.Table]]:
    """The nodes that the blocks' sums give, so many at a time: the first, the last, and their rows.

    Only what a later node still needs is kept on the way, one node for each bit of the number.
    """
    own = own.sort_by("block")
    runs = Runs(column(own, "block"))
    place = {block: n for n, block in enumerate(runs.values.to_pylist())}
    waiting: dict[int, list[pa.Table]] = {}
    made: list[pa.Table] = []
    for node in range(1, count + 1):
        parts = waiting.pop(node, [])
        if node in place:
            start = runs.starts[place[node]].as_py()
            parts = [own.slice(start, runs.ends[place[node]].as_py() - start), *parts]
        if parts:
            made.append(add_up(pa.concat_tables(parts)) if len(parts) > 1 else parts[0])
            parent = node + (node & -node)
            waiting.setdefault(parent, []).append(_numbered(made[-1], parent))
        if node % NODES == 0 or node == count:
            yield (node - 1) // NODES * NODES + 1, node, pa.concat_tables(made) if made else own.slice(0, 0)
            made = []


def _numbered(table: pa.Table, block: int) -> pa.Table:
    return table.set_column(0, "block", pa.array([block] * table.num_rows, pa.int64()))
