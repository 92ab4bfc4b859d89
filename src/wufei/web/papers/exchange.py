"""A site's register as the national system's sheets, and one of its files beside the register."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from wufei.catalog.exchange import ExchangeLayout, LayoutTable
from wufei.intake.national_files import Line, National, read_national
from wufei.intake.posting import Speaker, post
from wufei.journal.moments import CITY_TIME
from wufei.registry.attachments import open_content
from wufei.registry.models import Attachment
from wufei.reports.mirrored import Compared, compare
from wufei.reports.register_balance import balance_lines
from wufei.reports.waste_register import RECEIVED, TABLES, Asked, Row, every_row, totals
from wufei.terms import Mass
from wufei.terms.spreadsheet import workbook
from wufei.web.journal.draw import database
from wufei.web.papers.register_rows import Filler
from wufei.web.plan import Plan

UNIT = "吨"
RULE = "hj_1259_2022 附录B"
DECLARED = ("opening", "generated", "received", "treated", "handed_over", "closing")
MOST_TAKEN = 1000


@dataclass(frozen=True, slots=True)
class Ours:
    """A row of our register as it is compared."""

    batch: str
    day: date
    stream: str
    mass_g: int
    record: UUID

    @classmethod
    def of(cls, row: Row) -> Ours:
        """The row with its day in the city."""
        return cls(row.batch, row.happened_at.astimezone(CITY_TIME).date(), row.stream, row.mass_g, row.record)


@dataclass(frozen=True, slots=True)
class Declared:
    """One figure of the declaration for one waste, theirs and the register's, in grams; None is unknown."""

    stream: str
    what: str
    theirs_g: int | None
    ours_g: int


@dataclass(frozen=True, slots=True)
class Result:
    """A file beside the register: each table compared, the declaration's figures that differ, rows of other days."""

    national: National
    tables: dict[str, Compared[Line, Ours]]
    declared: tuple[Declared, ...]
    outside: int

    @property
    def to_take(self) -> tuple[Line, ...]:
        """Rows that only the national system has and that can be taken over: those of tables that say how."""
        able = {t.mirrors for t in self.national.layout.tables if t.taken_over}
        return tuple(line for name in self.tables if name in able for line in self.tables[name].only_theirs)


def layout_on(plan: Plan, day: date) -> ExchangeLayout | None:
    """The newest layout that is valid on the day."""
    found = [each for each in plan.catalog.national.items(ExchangeLayout.kind) if isinstance(each, ExchangeLayout)]
    valid = [each for each in found if each.valid_from <= day and (each.valid_to is None or day <= each.valid_to)]
    return max(valid, key=lambda layout: layout.valid_from, default=None)


def book(plan: Plan, asked: Asked, layout: ExchangeLayout) -> bytes:
    """The register of the period as the layout's workbook."""
    out = io.BytesIO()
    made = workbook(out, in_memory=True)
    head, text = made.add_format({"bold": True, "text_wrap": True}), made.add_format({"quote_prefix": True})
    for table in layout.tables:
        sheet = made.add_worksheet(table.sheet)
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(table.columns):
            sheet.write_string(0, at, column.heading, head)
            sheet.set_column(at, at, max(12, 2 * len(column.heading)))
        for line, row in enumerate(_rows(plan, asked, table), 1):
            for at, value in enumerate(row):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(line, at, value)
                elif value not in (None, ""):
                    sheet.write_string(line, at, str(value), text)
    made.close()
    return out.getvalue()


def _rows(plan: Plan, asked: Asked, table: LayoutTable) -> Iterator[list[Any]]:
    found = _declared_rows(plan, asked) if table.mirrors == "declaration" else _register_rows(plan, asked, table)
    for row in found:
        yield [_in_file(row.get(column.fills or "")) for column in table.columns]


def _in_file(value: Any) -> Any:
    return float(value.to(UNIT)) if isinstance(value, Mass) else value


def _register_rows(plan: Plan, asked: Asked, table: LayoutTable) -> Iterator[dict[str, Any]]:
    for row in Filler(plan, asked.site).fill(every_row(database(), TABLES[table.mirrors], asked)):
        yield row | {"day": row["happened_at"], "mass": Mass(row["mass"]), "unit": UNIT, "lot": row["lot"] or ""}


def _declared_rows(plan: Plan, asked: Asked) -> Iterator[dict[str, Any]]:
    for stream, figures in _figures(asked).items():
        item = plan.find("streams", stream)
        named = {"name": item.zh, "category": item.parent or "", "code": item.code or stream} if item else {}
        yield {"code": stream} | named | {what: Mass(g) for what, g in figures.items()}


def _figures(asked: Asked) -> dict[str, dict[str, int]]:
    """What the register says for a declaration: grams by waste and figure."""
    received = {total.stream: total.mass_g for total in totals(database(), RECEIVED, asked)}
    return {
        line.stream: {what: getattr(line, f"{what}_g") for what in DECLARED if what != "received"}
        | {"received": received.get(line.stream, 0)}
        for line in balance_lines(database(), asked)
    }


def read_file(plan: Plan, attachment: Attachment, day: date) -> National:
    """The lines of a kept file; raises what ``read_national`` and ``open_content`` raise."""
    with open_content(attachment) as content, tempfile.NamedTemporaryFile() as copy:
        while block := content.read(1 << 20):
            copy.write(block)
        copy.flush()
        return read_national(Path(copy.name), attachment.name, plan.catalog, day)


def beside(national: National, asked: Asked) -> Result:
    """The file's lines of the period beside the register's."""
    first, last = asked.days
    tables = dict[str, Compared[Line, Ours]]()
    outside = 0
    for name in (name for name in national.tables if name in TABLES):
        lines = [line for line in national.lines if line.table == name]
        within = [line for line in lines if line.day is not None and first <= line.day <= last]
        outside += len(lines) - len(within)
        tables[name] = compare(within, map(Ours.of, every_row(database(), TABLES[name], asked)))
    declared = [line for line in national.lines if line.table == "declaration"]
    return Result(national, tables, tuple(_declared(declared, asked)) if declared else (), outside)


def _declared(lines: list[Line], asked: Asked) -> Iterator[Declared]:
    ours = _figures(asked)
    theirs = {line.stream: line.masses_g for line in lines}
    for stream in sorted({*ours, *theirs}):
        for what in DECLARED:
            said, read = theirs.get(stream, {}).get(what), ours.get(stream, {}).get(what, 0)
            if (said or 0) != read:
                yield Declared(stream, what, said, read)


def take_over(result: Result, site: str, attachment: Attachment, speaker: Speaker) -> int:
    """Post what only the national system has, once each, the file as evidence; returns how many stand.

    All or none: raises the first refusal. At most 1,000 rows at a time.
    """
    ways = {table.mirrors: table.taken_over for table in result.national.layout.tables}
    bodies = [_body(line, ways[line.table], site, attachment) for line in result.to_take[:MOST_TAKEN]]
    told = post(database(), bodies, speaker)
    refused = next((each.error for each in told if each.error is not None), None)
    if refused is not None:
        raise refused
    return len(told)


def _body(line: Line, way: Any, site: str, attachment: Attachment) -> dict[str, Any]:
    day = line.day or date.min
    at = f"{day.isoformat()}T00:00:00+08:00"
    named = f"wufei-national:{site}:{line.table}:{line.batch}:{line.stream}:{day}:{line.mass_g}"
    entry = {"from": f"{way.from_role}:{site}", "to": f"{way.to_role}:{site}", "stream": line.stream}
    return {
        "id": str(uuid5(NAMESPACE_URL, named)), "happened_at": at, "period": f"{day:%Y-%m}", "basis": "declared",
        "rule": RULE, "entries": [entry | {"mass_g": line.mass_g}], "note": line.batch,
        "evidence": [{"kind": "file", "name": attachment.name, "sha256": attachment.sha256}],
    }  # fmt: skip


def lines_of(result: Result) -> Iterator[tuple[str, str, Line | None, Ours | None]]:
    """Every row of the comparison: table, verdict, theirs, ours; what needs a look first."""
    for name, found in result.tables.items():
        for pair in found.differing:
            yield name, "differing", pair.theirs, pair.ours
        for line in found.only_theirs:
            yield name, "only_theirs", line, None
        for ours in found.only_ours:
            yield name, "only_ours", None, ours
        for pair in found.agreeing:
            yield name, "agreeing", pair.theirs, pair.ours
