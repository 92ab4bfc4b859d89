"""Canonical forms of many records at once, put together in Python's columns from what the tables hold.

The declaration in ``canonical`` says what goes in; neither a stored function nor an SQL expression is trusted with it.
Every string is escaped here, also where the append knows that it needs none, so that a value that smuggles in quotes
cannot pass for two fields.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import json
from array import array
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Connection, Cursor
from psycopg.rows import tuple_row
from pyarrow import csv

from wufei.journal import canonical

Columns = Mapping[str, pa.Array]
Kinds = Mapping[str, str]
INT, TEXT, BOOL = pa.int64(), pa.string(), pa.bool_()
NO = pa.scalar(value=False)
# How a column is read: whole numbers, booleans, what needs no quotes (ids, times, decimals, hex) and free text.
_TYPES = {"int": INT, "bool": BOOL, "plain": TEXT, "text": TEXT}


def _kinds(**columns: str) -> Kinds:
    """The kind of each column, from the columns of each kind."""
    return {name: kind for kind, names in columns.items() for name in names.split()}


RECORD = _kinds(
    int="seq",
    plain="id happened_at known_at basis sd_ppm reverses replaces leaf",
    text="period actor acting_for rule evidence note",
)
ENTRY = _kinds(int="seq ordinal from_n to_n stream_n to_stream_n mass_g", plain="happened_at from_lot to_lot")
STEP = _kinds(
    int="seq ordinal",
    plain="no due_at",
    text="case workflow transition state holder data",
    bool="data_readable",
)
OBSERVATION = _kinds(int="seq ordinal", plain="value sd", text="metric place stream period unit")
_WRITTEN = {"leaf": "encode(leaf, 'hex')", "case": "case_id", "data_readable": "data IS JSON OBJECT"}
READ_AS = "SET LOCAL timezone TO 'UTC'; SET LOCAL datestyle TO 'ISO, YMD'; SET LOCAL jit TO off"


def read(connection: Connection[Any], query: str, kinds: Kinds) -> pa.Table:
    """The rows of ``query`` as a table of columns; the transaction must have been told ``READ_AS``.

    The server hands them over as one text: a row at a time would cost more than everything that is done with it.
    """
    cells = (f'quote_ident("{name}")' if kind == "text" else f'"{name}"' for name, kind in kinds.items())
    line = ", ',', ".join(cells)
    told = f"SELECT convert_to(string_agg(concat({line}), E'\\n'), 'UTF8') FROM ({query}) AS read"
    with Cursor(connection, row_factory=tuple_row) as cursor:  # whatever kind the connection makes by default
        (data,) = cursor.execute(told, binary=True).fetchone() or (None,)
    types = {name: _TYPES[kind] for name, kind in kinds.items()}
    if data is None:
        return pa.schema(list(types.items())).empty_table()
    reading = csv.ReadOptions(column_names=list(kinds), block_size=max(len(data), 1 << 20), use_threads=False)
    convert = csv.ConvertOptions(
        column_types=types,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    parse = csv.ParseOptions(newlines_in_values=True)
    return csv.read_csv(io.BytesIO(data), reading, parse, convert).combine_chunks()


def span(first: int, past: int) -> str:
    """The condition for the records from ``first`` up to ``past``."""
    return f"seq BETWEEN '{first}'::bigint AND '{past - 1}'::bigint"


def among(seqs: Iterable[int]) -> str:
    """The condition for these records."""
    return f"seq = ANY ('{{{','.join(map(str, seqs))}}}'::bigint[])"


def read_where(connection: Connection[Any], table: str, kinds: Kinds, where: str) -> pa.Table:
    """The rows of a table of the journal for which ``where`` holds, by record and in order."""
    order = "seq, ordinal" if "ordinal" in kinds else "seq"
    columns = ", ".join(f'{_WRITTEN.get(name, name)} AS "{name}"' for name in kinds)
    return read(connection, f"SELECT {columns} FROM journal.{table} WHERE {where} ORDER BY {order}", kinds)


def column(table: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    found = table.column(name)
    return found.chunk(0) if found.num_chunks == 1 else found.combine_chunks()


def times(texts: pa.Array) -> pa.Array:
    """The database's UTC times (``2025-03-05 08:00:00.12+00``) as the canonical form writes them."""
    bare = pc.utf8_slice_codeunits(texts, 0, -3)
    whole = pc.equal(pc.utf8_length(bare), 19)
    full = pc.utf8_rpad(pc.if_else(whole, pc.binary_join_element_wise(bare, ".", ""), bare), 26, "0")
    return pc.binary_join_element_wise(pc.utf8_replace_slice(full, 10, 11, "T"), "Z", "")


def numbers(texts: pa.Array) -> pa.Array:
    """The database's decimals without trailing zeros."""
    broken = pc.coalesce(pc.match_substring(texts, "."), NO)
    return pc.if_else(broken, pc.utf8_rtrim(pc.utf8_rtrim(texts, "0"), "."), texts)


_ESCAPED = bytes(range(32)) + b'"\\'


def escaped(texts: pa.Array) -> pa.Array:
    """Texts as JSON writes them between quotes; a column in which nothing needs it costs next to nothing."""
    data = texts.buffers()[2]
    if data is None or len(data.to_pybytes().translate(None, _ESCAPED)) == data.size:
        return texts
    told = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
    control = pc.coalesce(pc.match_substring_regex(texts, r"[\x00-\x1f]"), NO)
    if pc.any(control).as_py():
        odd = [json.dumps(text, ensure_ascii=False)[1:-1] for text in texts.filter(control).to_pylist()]
        told = pc.replace_with_mask(told, control, pa.array(odd, TEXT))
    return told


def _as_it_is(texts: pa.Array) -> pa.Array:
    return texts


# How a value is written: what stands before it, its text, what stands behind it.
_WRITE: dict[str, tuple[str, Callable[[pa.Array], pa.Array], str]] = {
    "word": ('"', escaped, '"'),
    "text": ('"', escaped, '"'),
    "json": ("", _as_it_is, ""),
    "int": ("", lambda values: values.cast(TEXT), ""),
    "number": ('"', numbers, '"'),
    "time": ('"', times, '"'),
    "parts": ("[", _as_it_is, "]"),
}


def objects(fields: tuple[tuple[str, str, str], ...], columns: Columns, start: str = "{") -> pa.Array:
    """The canonical objects, one for each row, null where a needed value is; ``columns`` by the keys of the form."""
    pieces: list[Any] = []
    literal = start
    for n, (key, _, how) in enumerate(fields):
        name, kind = ("," if n else "") + f'"{key}":', how.rstrip("?")
        if kind == "form":
            literal += f"{name}{canonical.FORM}"
            continue
        found = columns.get(key)
        if how.endswith("?") and (found is None or found.null_count == len(found)):
            continue
        before, write, behind = _WRITE[kind]
        written = write(columns[key])
        if how.endswith("?") and written.null_count:
            told = pc.binary_join_element_wise(name + before, written, behind, "")
            pieces += [literal, pc.fill_null(told, "")]
            literal = ""
        else:
            pieces += [literal + name + before, written]
            literal = behind
    return pc.binary_join_element_wise(*pieces, literal + "}", "")


def digests(forms: pa.Array, algorithm: str) -> list[bytes]:
    """The hash of each form, which must begin with its 0x00; of nothing where the form is null."""
    told = forms.fill_null("") if forms.null_count else forms
    _, ends, data = told.buffers()
    offsets = memoryview(ends).cast("i")[told.offset : told.offset + len(told) + 1].tolist() if len(told) else []
    view = memoryview(data or b"")
    if algorithm == "sha256":
        sha256 = hashlib.sha256
        return [sha256(view[start:end]).digest() for start, end in itertools.pairwise(offsets)]
    return [hashlib.new(algorithm, view[start:end]).digest() for start, end in itertools.pairwise(offsets)]


def hexes(rows: list[bytes]) -> pa.Array:
    """Hashes of 32 bytes as a column of hex."""
    offsets = array("i", range(0, 64 * len(rows) + 1, 64))
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(offsets), pa.py_buffer(b"".join(rows).hex().encode()))


class Runs:
    """The rows of a sorted column, by equal values: the values, and where the run of each ends."""

    def __init__(self, seqs: pa.Array) -> None:
        encoded = pc.run_end_encode(seqs, run_end_type=pa.int32())
        self.values: pa.Array = encoded.values
        self.ends: pa.Array = encoded.run_ends
        self.starts: pa.Array = pa.concat_arrays([pa.array([0], pa.int32()), self.ends])[: len(self.ends)]
        self._rows = len(seqs)

    def joined(self, texts: pa.Array) -> pa.Array:
        """The texts of each run with commas between; null where one of them is null."""
        if len(self.values) == self._rows:
            return texts
        offsets = pa.concat_arrays([self.starts, pa.array([self._rows], pa.int32())])
        return pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",")

    def of(self, seqs: pa.Array) -> pa.Array:
        """The run of each of these values; null where there is none."""
        return pc.index_in(seqs, value_set=self.values)

    def counts(self) -> pa.Array:
        """How many rows each run has."""
        return pc.subtract(self.ends, self.starts)

    def places(self) -> pa.Array:
        """For each row its place within its run, from 1."""
        starts = pa.RunEndEncodedArray.from_arrays(self.ends, self.starts)
        rows = pa.array(range(1, self._rows + 1), pa.int32())
        return pc.subtract(rows, pc.run_end_decode(starts)) if self._rows else rows


class Chunk:
    """The records for which ``where`` holds, with all parts for which it holds, theirs or not."""

    def __init__(self, connection: Connection[Any], where: str) -> None:
        self.records = read_where(connection, "record", RECORD, where)
        self.entries = read_where(connection, "entry", ENTRY, where)
        self.steps = read_where(connection, "step", STEP, where)
        self.observations = read_where(connection, "observation", OBSERVATION, where)
        self.accounts = _named(connection, self.entries, "account", ("from_n", "to_n"))
        self.streams = _named(connection, self.entries, "stream", ("stream_n", "to_stream_n"))
        self.seqs = column(self.records, "seq")
        self.runs = {name: Runs(column(table, "seq")) for name, table in self.parts().items()}

    def parts(self) -> dict[str, pa.Table]:
        """The parts by the name that they have in the canonical form."""
        return {"entries": self.entries, "observations": self.observations, "steps": self.steps}

    def name_of(self, names: pa.Table, numbers: pa.Array, what: str = "name") -> pa.Array:
        """What the numbers of accounts or streams stand for; null where nobody knows."""
        return column(names, what).take(pc.index_in(numbers, value_set=column(names, "n")))

    def forms(self) -> pa.Array:
        """The canonical form of each record behind its 0x00, as its hash takes it; null where a name is unknown."""
        told = {name: column(self.records, name) for name in RECORD}
        written = {
            "entries": objects(canonical.ENTRY, self._entry_columns()),
            "observations": objects(canonical.OBSERVATION, _columns(self.observations, OBSERVATION)),
            "steps": objects(canonical.STEP, _columns(self.steps, STEP)),
        }
        unknown = []
        for name, texts in written.items():
            runs = self.runs[name]
            joined = runs.joined(texts)
            told[name] = (
                joined if runs.values.equals(self.seqs) else joined.take(pc.index_in(self.seqs, value_set=runs.values))
            )
            if joined.null_count:
                unknown.append(pc.is_in(self.seqs, value_set=runs.values.filter(pc.is_null(joined))))
        forms = objects(canonical.RECORD, told, "\x00{")
        return functools.reduce(lambda told, wrong: pc.if_else(wrong, pa.scalar(None, TEXT), told), unknown, forms)

    def _entry_columns(self) -> Columns:
        stream, to_stream = column(self.entries, "stream_n"), column(self.entries, "to_stream_n")
        changed = pc.not_equal(stream, to_stream)
        return _columns(self.entries, ("mass_g", "from_lot", "to_lot")) | {
            "from": self.name_of(self.accounts, column(self.entries, "from_n")),
            "to": self.name_of(self.accounts, column(self.entries, "to_n")),
            "stream": self.name_of(self.streams, stream),
            "to_stream": pc.if_else(changed, self.name_of(self.streams, to_stream), pa.scalar(None, TEXT)),
        }


def _columns(table: pa.Table, names: Iterable[str]) -> dict[str, pa.Array]:
    return {name: column(table, name) for name in names}


def _named(connection: Connection[Any], entries: pa.Table, table: str, sides: tuple[str, str]) -> pa.Table:
    """Number, name and node (of an account its role too) of the accounts or streams that the entries move between."""
    numbers = pa.chunked_array([column(entries, side) for side in sides]).unique()
    listed = ",".join(map(str, numbers.to_pylist()))
    named = {"account": "key AS name, coalesce(node_n, n) AS node, role", "stream": "id AS name, n AS node"}[table]
    query = f"SELECT n, {named} FROM journal.{table} WHERE n = ANY ('{{{listed}}}'::int[])"
    return read(connection, query, _kinds(int="n node", text="name", plain="role" if table == "account" else ""))
