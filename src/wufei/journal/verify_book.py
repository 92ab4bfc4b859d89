"""The Book worked out a second time, in Python's columns, from the records as verification reads them.

This is another way to the same numbers than ``fold_book.sql``, on purpose: what the fold does wrong is found as well as
what was done to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection

from wufei.journal.findings import Findings, FoldAltered
from wufei.journal.forms import NO, TEXT, Chunk, column, read
from wufei.journal.verify_summary import KEY as SUMMARY
from wufei.journal.verify_summary import Blocks, nodes

FOLD_AT = 200_000  # rows of partial sums that are kept before they are added up
EIGHT_HOURS_US = 8 * 3600 * 1_000_000  # months are those of UTC+8
_READABLE = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$"

TRANSIT = ("account_n", "stream_n")
TURNOVER = ("account_n", "stream_n", "month")
CUBE = ("period", "from_n", "to_n", "stream_n", "to_stream_n", "basis")
MEASURES = ("mass_g", "entries", "variance")


class Sums:
    """Partial sums of one fold by its key, added up now and then so that they stay as small as the fold."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self.key = key
        self._parts: list[pa.Table] = []
        self._rows = 0

    def add(self, table: pa.Table) -> None:
        """Add a chunk's rows."""
        self.take(self.sum(table))

    def take(self, summed: pa.Table) -> None:
        """Add what is one row for each key already."""
        self._parts.append(summed)
        self._rows += self._parts[-1].num_rows
        if self._rows > max(FOLD_AT, 2 * self._parts[0].num_rows):
            self.table()

    def table(self) -> pa.Table:
        """All that was added, one row for each key."""
        if len(self._parts) > 1:
            self._parts = [self.sum(pa.concat_tables(self._parts))]
        self._rows = self._parts[0].num_rows if self._parts else 0
        return self._parts[0]

    def sum(self, table: pa.Table) -> pa.Table:
        """One row for each key; texts among the keys are grouped by their numbers, which is quicker."""
        values = [name for name in table.column_names if name not in self.key]
        texts: dict[str, pa.Array] = {}
        for name in self.key:
            if table.schema.field(name).type == TEXT:
                numbered = column(table, name).dictionary_encode()
                texts[name] = numbered.dictionary
                table = table.set_column(table.schema.get_field_index(name), name, numbered.indices)
        summed = table.group_by(list(self.key), use_threads=False).aggregate([(name, "sum") for name in values])
        keys = {name: texts[name].take(column(summed, name)) if name in texts else summed[name] for name in self.key}
        types = [table.schema.field(name).type for name in values]
        return pa.table(
            keys | {name: summed[f"{name}_sum"].cast(kind) for name, kind in zip(values, types, strict=True)}
        )


class Book:
    """Transit balances, monthly turnover, the cube and its summary by role, from the chunks given to ``add``."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._transit, self._turnover = Sums(TRANSIT), Sums(TURNOVER)
        self._cube, self._summary = Sums(CUBE), Sums(SUMMARY)

    def add(self, chunk: Chunk) -> None:
        """Add the entries of the chunk whose record and accounts are there; the others are findings of their own."""
        moved = _moved(chunk, self._blocks)
        sides = pa.concat_tables([_side(moved, "to", 1), _side(moved, "from", -1)])
        road = column(sides, "on_road")
        self._transit.add(sides.filter(road).select(TRANSIT).append_column("mass_g", _net(sides.filter(road))))
        self._turnover.add(sides.filter(pc.invert(road)).select([*TURNOVER, "in_g", "out_g", "lines"]))
        signed = _signed(moved)
        self._cube.add(signed.select([*CUBE, *MEASURES]))
        in_blocks = signed.filter(pc.is_valid(signed["block"])).combine_chunks()
        self._summary.add(in_blocks.select([*SUMMARY, *MEASURES]))

    def merge(self, others: Iterable[Book]) -> None:
        """Add what other books have summed."""
        for other in others:
            self._transit.take(other._transit.table())
            self._turnover.take(other._turnover.table())
            self._cube.take(other._cube.table())
            self._summary.take(other._summary.table())

    def compare(self, connection: Connection[Any], findings: Findings) -> None:
        """Compare with the folds as they are kept and name each difference."""
        numbers = {"transit": "mass_g", "turnover": "in_g out_g lines", "cube": "mass_g entries"}
        for name, sums in (("transit", self._transit), ("turnover", self._turnover), ("cube", self._cube)):
            _compare(connection, name, sums.table(), numbers[name].split(), findings)
        own = self._summary.table()
        for first, last, rows in nodes(own, self._blocks.count, self._summary.sum):
            _compare(connection, "summary", rows, ["mass_g", "entries"], findings, f"block BETWEEN {first} AND {last}")
        beyond = f"block NOT BETWEEN 1 AND {self._blocks.count}"
        _compare(connection, "summary", own.slice(0, 0), ["mass_g", "entries"], findings, beyond)


def _moved(chunk: Chunk, blocks: Blocks) -> pa.Table:
    """The chunk's entries with what their records and accounts say."""
    entries = chunk.entries
    rows = pc.index_in(column(entries, "seq"), value_set=chunk.seqs)
    of_record = {name: column(chunk.records, name).take(rows) for name in ("period", "basis", "sd_ppm", "reverses")}
    sides = {name: column(entries, name) for name in ("from_n", "to_n", "stream_n", "to_stream_n", "mass_g")}
    nodes = {
        "from_node": chunk.name_of(chunk.accounts, sides["from_n"], "node"),
        "to_node": chunk.name_of(chunk.accounts, sides["to_n"], "node"),
        "from_role": chunk.name_of(chunk.accounts, sides["from_n"], "role"),
        "to_role": chunk.name_of(chunk.accounts, sides["to_n"], "role"),
        "block": blocks.of(column(entries, "seq")),
    }
    month = _months(column(entries, "happened_at"))
    table = pa.table(of_record | sides | nodes | {"month": month})
    unknown = [name for name in ("period", "from_node", "to_node", "month") if table[name].null_count]
    for name in unknown:
        table = table.filter(pc.is_valid(table[name]))
    return table


def _months(times: pa.Array) -> pa.Array:
    """The first day of the month, at UTC+8, as text; null where the time is no time."""
    readable = pc.match_substring_regex(times, _READABLE)
    bare = pc.if_else(readable, pc.utf8_slice_codeunits(times, 0, 19), pa.scalar(None, TEXT))
    local = pc.add(bare.cast(pa.timestamp("us")), pa.scalar(EIGHT_HOURS_US, pa.duration("us")))
    return pc.binary_join_element_wise(pc.utf8_slice_codeunits(local.cast(pa.date32()).cast(TEXT), 0, 7), "-01", "")


def _side(moved: pa.Table, side: str, sign: int) -> pa.Table:
    zero = pa.array([0] * moved.num_rows, pa.int64())
    n, node = moved[f"{side}_n"], moved[f"{side}_node"]
    return pa.table(
        {
            "account_n": n,
            "stream_n": moved["to_stream_n" if sign > 0 else "stream_n"],
            "month": moved["month"],
            "in_g": moved["mass_g"] if sign > 0 else zero,
            "out_g": zero if sign > 0 else moved["mass_g"],
            "lines": pc.add(zero, 1),
            "on_road": pc.not_equal(n, node),
        }
    ).combine_chunks()


def _net(sides: pa.Table) -> pa.ChunkedArray:
    return pc.subtract(sides["in_g"], sides["out_g"])


def _signed(moved: pa.Table) -> pa.Table:
    """What flows are added up from: reversals turned round and counted negative; variance in units of 10⁻¹² g²."""
    back = pc.is_valid(moved["reverses"])
    sign = pc.if_else(back, pa.scalar(-1, pa.int64()), pa.scalar(1, pa.int64()))
    sd_ppm = pc.max_element_wise(moved["sd_ppm"].cast(pa.int32()), pa.scalar(0, pa.int32()))
    sd = pc.multiply(moved["mass_g"].cast(pa.decimal256(19)), sd_ppm.cast(pa.decimal256(10)))
    variance = pc.multiply(sd, sd).cast(pa.decimal256(76))
    return pa.table(
        {
            "block": moved["block"],
            "period": moved["period"],
            "basis": moved["basis"],
            "from_role": pc.if_else(back, moved["to_role"], moved["from_role"]),
            "to_role": pc.if_else(back, moved["from_role"], moved["to_role"]),
            "from_n": pc.if_else(back, moved["to_node"], moved["from_node"]),
            "to_n": pc.if_else(back, moved["from_node"], moved["to_node"]),
            "stream_n": pc.if_else(back, moved["to_stream_n"], moved["stream_n"]),
            "to_stream_n": pc.if_else(back, moved["stream_n"], moved["to_stream_n"]),
            "mass_g": pc.multiply(sign, moved["mass_g"]),
            "entries": sign,
            "variance": pc.if_else(back, pc.negate(variance), variance),
        }
    )


def _compare(
    connection: Connection[Any],
    name: str,
    expected: pa.Table,
    numbers: list[str],
    findings: Findings,
    where: str = "true",
) -> None:
    """Join the fold as worked out with the fold as kept; whatever differs or is on one side alone is named."""
    key = {"transit": TRANSIT, "turnover": TURNOVER, "cube": CUBE, "summary": SUMMARY}[name]
    kinds = {each: "int" if each.endswith("_n") or each == "block" else "text" for each in key} | dict.fromkeys(
        numbers, "int"
    )
    select = ", ".join(f"{each}::text" if kinds[each] == "text" else each for each in [*key, *numbers])
    if "variance" in expected.column_names:
        kinds |= {"variance": "plain"}
        select += ", trim_scale(variance_g2 * 1000000000000) AS variance"
        expected = _with_text(expected, "variance")
        numbers = [*numbers, "variance"]
    kept = read(connection, f"SELECT {select} FROM journal.{name} WHERE {where}", kinds)
    expected = expected.append_column("given", pa.array([True] * expected.num_rows, pa.bool_()))
    kept = kept.append_column("kept", pa.array([True] * kept.num_rows, pa.bool_()))
    both = expected.join(kept, list(key), join_type="full outer", right_suffix="_kept", use_threads=False)
    same = pc.and_(pc.coalesce(both["given"], NO), pc.coalesce(both["kept"], NO))
    for each in numbers:
        same = pc.and_(same, pc.coalesce(pc.equal(both[each], both[f"{each}_kept"]), NO))
    for row in both.filter(pc.invert(same)).to_pylist():
        _name(name, key, numbers, row, findings)


def _with_text(table: pa.Table, name: str) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, table[name].cast(TEXT))


def _name(name: str, key: tuple[str, ...], numbers: list[str], row: dict[str, Any], findings: Findings) -> None:
    place = f"{name} " + ", ".join(f"{each}={row[each]}" for each in key)
    if not row["given"] or not row["kept"]:
        expected, found = ("row", None) if row["given"] else (None, "row")
        findings.add(FoldAltered, place, column="row", expected=expected, found=found)
        return
    for each in numbers:
        expected, found = row[each], row[f"{each}_kept"]
        if found != expected:
            findings.add(FoldAltered, place, column=each, expected=expected, found=found)
