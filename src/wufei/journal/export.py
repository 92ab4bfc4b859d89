"""Entries and observations as files, streamed: CSV, XLSX and Parquet of any length in bounded memory.

Each function yields chunks of bytes, so that a page can send them as they come. Headings are in the reader's language
and are those that the import knows; a note says where the rows come from and as known on which instant.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import Connection, sql

from wufei.journal.asknown import Known, known_on
from wufei.journal.find import MINE, Wanted, conditions, sides
from wufei.terms import NamedError
from wufei.terms.errors import language_of
from wufei.terms.spreadsheet import RISKY, safe_text, workbook

Part = Literal["entries", "observations"]
BLOCK, GROUP = 2_000, 50_000
SHEET_ROWS = 1_048_576
BEIJING = timezone(timedelta(hours=8))


class ExportUnknown(NamedError):
    """A form or part that is not exported."""

    code = "export_unknown"
    zh = "不能导出“{wanted}”。"
    en = "“{wanted}” cannot be exported."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: the SQL it comes from, its headings, and what it holds."""

    key: str
    zh: str
    en: str
    sql: str
    holds: Literal["text", "time", "mass", "number", "ppm"] = "text"

    def heading(self, lang: str) -> str:
        """The heading in ``lang``."""
        return self.en if language_of(lang) == "en" else self.zh


_HEAD = (
    Column("happened_at", "发生时间", "Happened at", "r.happened_at", "time"),
    Column("period", "报告期", "Reporting period", "r.period"),
)
_TAIL = (
    Column("basis", "计量依据", "Basis", "r.basis::text"),
    Column("rule", "依据条款", "Rule", "r.rule"),
    Column("evidence_name", "佐证名称", "Evidence name", "(SELECT string_agg(e->>'name', '; ') "
           "FROM json_array_elements(r.evidence::json) AS e)"),
    Column("evidence_sha256", "佐证校验值", "Evidence SHA-256", "(SELECT string_agg(e->>'sha256', '; ') "
           "FROM json_array_elements(r.evidence::json) AS e)"),
    Column("note", "备注", "Note", "r.note"),
    Column("record", "记录编号", "Record", "r.id::text"),
    Column("known_at", "记录时间", "Known at", "r.known_at", "time"),
    Column("actor", "记录人", "Actor", "r.actor"),
    Column("acting_for", "代表单位", "Acting for", "r.acting_for"),
    Column("reverses", "冲正的记录", "Reverses", "r.reverses::text"),
    Column("replaces", "更正的记录", "Replaces", "r.replaces::text"),
)  # fmt: skip
COLUMNS: dict[str, tuple[Column, ...]] = {
    "entries": (
        *_HEAD,
        Column("from_account", "转出账户", "From account", "f.key"),
        Column("to_account", "转入账户", "To account", "t.key"),
        Column("stream", "废物流", "Stream", "s.id"),
        Column("to_stream", "转入后废物流", "Stream on arrival", "nullif(ts.id, s.id)"),
        Column("mass", "质量（吨）", "Mass (t)", "p.mass_g", "mass"),
        Column("sd", "相对标准差（%）", "Relative sd (%)", "r.sd_ppm", "ppm"),
        Column("from_lot", "转出批次", "From lot", "p.from_lot::text"),
        Column("to_lot", "转入批次", "To lot", "p.to_lot::text"),
        *_TAIL,
    ),
    "observations": (
        *_HEAD,
        Column("metric", "观测指标", "Metric", "p.metric"),
        Column("place", "地点", "Place", "p.place"),
        Column("stream", "废物流", "Stream", "p.stream"),
        Column("value", "数值", "Value", "p.value", "number"),
        Column("unit", "单位", "Unit", "p.unit"),
        Column("sd", "标准差", "Standard deviation", "p.sd", "number"),
        *_TAIL,
    ),
}
_FROM = {
    "entries": "journal.entry p JOIN journal.record r ON r.seq = p.seq JOIN journal.account f ON f.n = p.from_n "
    "JOIN journal.account t ON t.n = p.to_n JOIN journal.stream s ON s.n = p.stream_n "
    "JOIN journal.stream ts ON ts.n = p.to_stream_n",
    "observations": "journal.observation p JOIN journal.record r ON r.seq = p.seq",
}


def export(
    connection: Connection[Any], part: Part, form: str, wanted: Wanted | None = None, *, lang: str = "zh"
) -> Iterator[bytes]:
    """The entries or observations that answer ``wanted``, in the order of the journal, as chunks of a file.

    ``form`` is ``csv``, ``xlsx`` or ``parquet``. Holds one transaction, and one snapshot, until it is read to its end.
    Raises, at once, ExportUnknown, PeriodUnreadable and what ``asknown.known_on`` raises.
    """
    if form not in WRITERS or part not in COLUMNS:
        raise ExportUnknown(wanted=f"{part} {form}", known="、".join((*COLUMNS, *WRITERS)))
    asked = wanted or Wanted()
    return _export(connection, part, form, _conditions(asked, known_on(connection, asked.known_on)), lang)


Conditions = tuple[sql.Composable, dict[str, Any]]


def _conditions(wanted: Wanted, known: Known) -> Conditions:
    """The condition on a record ``r``, and the values that it names."""
    tests, values = conditions(wanted, known)
    if wanted.mine:
        tests.append(sql.SQL(MINE))
    if (at_entries := sides(wanted)) is not None:
        tests.append(sql.SQL("r.seq IN (SELECT e.seq FROM journal.entry e WHERE {})").format(at_entries))
    return sql.SQL(" AND ").join(tests), values | {"known_on": wanted.known_on}


def _export(connection: Connection[Any], part: Part, form: str, asked: Conditions, lang: str) -> Iterator[bytes]:
    columns = COLUMNS[part]
    with connection.transaction():
        where, values = asked
        ((moment,),) = connection.execute("SELECT coalesce(%(known_on)s, now())", values).fetchall()
        note = cite(part, moment, lang)
        query = sql.SQL("SELECT {chosen} FROM {source} WHERE {where} ORDER BY p.seq, p.ordinal").format(
            chosen=sql.SQL(", ".join(column.sql for column in columns)), source=sql.SQL(_FROM[part]), where=where
        )
        with connection.cursor(name="wufei_export") as cursor:
            cursor.itersize = BLOCK
            cursor.execute(query, values)
            yield from WRITERS[form](columns, cursor, lang, note)


def cite(part: Part, known_on: datetime, lang: str) -> str:
    """Where the rows come from and as known on which instant."""
    moment = known_on.astimezone(BEIJING).isoformat(sep=" ", timespec="seconds")
    names = {"entries": ("分录", "entries"), "observations": ("观测值", "observations")}[part]
    if language_of(lang) == "en":
        return f"# Wufei journal · {names[1]} · as known on {moment}"
    return f"# 无废流水，{names[0]}，截至 {moment} 所知"


Rows = Iterable[tuple[Any, ...]]


def _local(moment: datetime) -> datetime:
    return moment.astimezone(BEIJING)


def _plain(value: Decimal) -> str:
    """Every digit, no exponent, no zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_AS_TEXT: dict[str, Callable[[Any], str]] = {
    "text": safe_text,
    "time": lambda v: _local(v).isoformat(sep=" "),
    "mass": lambda v: _plain(Decimal(v) / 1_000_000),
    "number": _plain,
    "ppm": lambda v: _plain(Decimal(v) / 10_000),
}


def csv_chunks(columns: tuple[Column, ...], rows: Rows, lang: str, note: str) -> Iterator[bytes]:
    """CSV in UTF-8 with a byte-order mark; the first line is the note."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([note])
    writer.writerow([column.heading(lang) for column in columns])
    written = [_AS_TEXT[column.holds] for column in columns]
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, 1):
        writer.writerow(["" if cell is None else write(cell) for write, cell in zip(written, row, strict=True)])
        if number % BLOCK == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def xlsx_chunks(columns: tuple[Column, ...], rows: Rows, lang: str, note: str) -> Iterator[bytes]:
    """A workbook written to the disk row by row; a sheet that is full goes on in another."""
    with tempfile.TemporaryFile() as file:
        with workbook(file, constant_memory=True) as book:
            _fill(book, columns, rows, lang, note)
        file.seek(0)
        while block := file.read(1 << 16):
            yield block


def _fill(book: Any, columns: tuple[Column, ...], rows: Rows, lang: str, note: str) -> None:
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E3EFEC", "text_wrap": True})
    quoted = book.add_format({"quote_prefix": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet, line = None, SHEET_ROWS
    for row in rows if columns else ():
        if line >= SHEET_ROWS:
            sheet, line = _sheet(book, columns, lang, note, head), 2
        for at, (column, cell) in enumerate(zip(columns, row, strict=True)):
            if cell is not None:
                _write(sheet, line, at, column, cell, quoted, moment)
        line += 1
    if sheet is None:
        _sheet(book, columns, lang, note, head)


def _sheet(book: Any, columns: tuple[Column, ...], lang: str, note: str, head: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.set_column(0, len(columns) - 1, 18)
    sheet.freeze_panes(2, 0)
    sheet.write_string(0, 0, note)
    for at, column in enumerate(columns):
        sheet.write_string(1, at, column.heading(lang), head)
    return sheet


def _write(sheet: Any, line: int, at: int, column: Column, cell: Any, quoted: Any, moment: Any) -> None:
    if column.holds == "text":
        sheet.write_string(line, at, cell, quoted if cell.startswith(RISKY) else None)
    elif column.holds == "time":
        sheet.write_datetime(line, at, _local(cell).replace(tzinfo=None), moment)
    else:
        sheet.write_number(line, at, float(_AS_TEXT[column.holds](cell)))


_ARROW: dict[str, Any] = {
    "text": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "mass": pa.int64(),
    "number": pa.string(),
    "ppm": pa.int32(),
}
_ARROW_NAMES = {"mass": "mass_g", "ppm": "sd_ppm"}


def parquet_chunks(columns: tuple[Column, ...], rows: Rows, lang: str, note: str) -> Iterator[bytes]:
    """Parquet in row groups: masses in whole grams, decimals as text so that none loses a digit, times in UTC."""
    fields = [
        pa.field(_ARROW_NAMES.get(c.holds, c.key), _ARROW[c.holds], metadata={"zh": c.zh, "en": c.en}) for c in columns
    ]
    schema = pa.schema(fields, metadata={"note": note.removeprefix("# "), "language": language_of(lang)})
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for group in _groups(rows, GROUP):
            arrays = [_array(column, cells) for column, cells in zip(columns, zip(*group, strict=True), strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield sink.take()
    yield sink.take()


def _array(column: Column, cells: tuple[Any, ...]) -> Any:
    if column.holds == "number":
        cells = tuple(None if cell is None else _plain(cell) for cell in cells)
    return pa.array(cells, _ARROW[column.holds])


def _groups(rows: Rows, size: int) -> Iterator[list[tuple[Any, ...]]]:
    group: list[tuple[Any, ...]] = []
    for row in rows:
        group.append(row)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


class _Sink(io.RawIOBase):
    """A file that only goes forward; what was written is taken out as it comes."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        """It is written to."""
        return True

    def write(self, block: Any) -> int:
        """Keep a block until it is taken."""
        body = bytes(block)
        self._blocks.append(body)
        self._at += len(body)
        return len(body)

    def tell(self) -> int:
        """Bytes written so far."""
        return self._at

    def take(self) -> bytes:
        """What was written since the last time."""
        body = b"".join(self._blocks)
        self._blocks.clear()
        return body


WRITERS: dict[str, Callable[[tuple[Column, ...], Rows, str, str], Iterator[bytes]]] = {
    "csv": csv_chunks,
    "xlsx": xlsx_chunks,
    "parquet": parquet_chunks,
}
