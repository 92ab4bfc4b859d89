"""What the stories do with registers: large files, files of many firms, files while rows change, days side by side."""

from __future__ import annotations

import csv
import io
import itertools
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from tests.intake.files import HEAD, as_csv
from tests.registry.as_app import as_app
from tests.workflow.hat_verbs import wearer
from tests.workflow.world import OIL
from wufei import catalog
from wufei.app.postgres.access import APP
from wufei.intake.importing import Report, Wish, run_import
from wufei.journal import Entry, Record, append
from wufei.journal.export import export
from wufei.journal.mirror import mirror
from wufei.registry import mandates
from wufei.registry.models import Organisation, Site
from wufei.reports import waste_register
from wufei.workflow import desk

if TYPE_CHECKING:
    from tests.workflow.stories import Told

MIB = 1024 * 1024


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """How far resident memory rises above where it was, in MiB, in a list of one when the block is left."""
    over, found, begun = threading.Event(), [0.0], _resident_mib()

    def watch() -> None:
        while not over.wait(0.02):
            found[0] = max(found[0], _resident_mib() - begun)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / MIB


def _run(connection: Any, path: Path, step: Mapping[str, Any], now: datetime) -> Report:
    hat = wearer(step["as"])
    wish = Wish("entries", path, hat.actor, hat.acting_for, mode=step.get("mode", "atomic"))
    return run_import(connection, catalog.current(), wish, now=lambda: now, hat=hat)


def _came(report: Report, step: Mapping[str, Any]) -> None:
    came = {name: getattr(report, name) for name in step["came"]}
    assert came == step["came"], (came, report.errors[:3])


def imports_mb(told: Told, step: Mapping[str, Any]) -> None:
    """A file of so many megabytes, long in columns that nobody reads, in no more memory than ``within_mb``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        rows = _write_large(path, step["imports_mb"] * MIB, told.now)
        with peak_memory() as rise:
            report = _run(told.connection, path, step, told.now)
    assert report.appended == rows
    _came(report, step)
    assert rise[0] < step["within_mb"], f"{rise[0]:.0f} MiB"


def _write_large(path: Path, size: int, now: datetime) -> int:
    at, remark = now - timedelta(days=1), "过磅说明，" * 2000  # 30 kB a row
    line = f"{at:%Y-%m-%d %H:%M},{at:%Y-%m},origin:site-works,storage:site-works,{OIL},0.001,实测,hj_1259_2022 6.2,"
    with path.open("wb") as out:
        out.write((",".join([*HEAD, "过磅说明"]) + "\r\n").encode())
        for number in itertools.count():
            if out.tell() > size:
                return number
            out.write(f"{line}{number},{remark}\r\n".encode())
    raise AssertionError


def imports_firms(told: Told, step: Mapping[str, Any]) -> None:
    """One file with a row of each of so many firms; ``but`` are those without a mandate to import, and why refused."""
    hat, today = wearer(step["as"]), timezone.localdate()
    names = [f"firm-{number}" for number in range(1, step["imports_firms"] + 1)]
    taker = Organisation.objects.get(pk=hat.org)
    firms = [Organisation(id=n, name_zh=n, kind="enterprise", place="togtoh") for n in names]
    sites = [Site(id=f"site-{n}", org_id=n, name_zh=n, place="togtoh") for n in names]
    Organisation.objects.bulk_create(firms)
    Site.objects.bulk_create(sites)
    for number, firm in enumerate(firms, 1):
        act = (step.get("but") or {}).get(number, "import_sheets")
        wish = mandates.Wish((act,), today, today + timedelta(days=30), to_org=taker)
        mandates.give(firm, wish, by="person-1")
    _as_pages(told)
    at = told.now - timedelta(days=1)
    rows = [[f"{at:%Y-%m-%d %H:%M}", f"{at:%Y-%m}", f"origin:site-{name}", f"storage:site-{name}", OIL, "1.5", "实测",
             "hj_1259_2022 6.2", ""] for name in names]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, as_app(hat) as raw:
        report = _run(raw, as_csv(Path(folder) / "firms.csv", rows), step, told.now)
        raw.execute("RESET ROLE")  # whoever imports for others does not read their books
        spoken = raw.execute("SELECT DISTINCT acting_for FROM journal.record WHERE actor = %s", (hat.actor,)).fetchall()
    _came(report, step)
    assert {org for (org,) in spoken} <= set(names)
    assert len(spoken) == step["came"]["appended"]
    assert {error["error"]["code"] for error in report.errors} <= {step.get("because")}


def _as_pages(told: Told) -> None:
    """The places known to the journal, and the inbox open to the pages' role."""
    mirror(told.connection, catalog.current())
    told.connection.execute(f"GRANT INSERT ON in_record, in_entry, in_step, in_observation TO {APP}")


def exports(told: Told, step: Mapping[str, Any], move: Callable[[Told, Mapping[str, Any]], None]) -> None:
    """Rows are written out while others are added and cases move: each that stood at the beginning once, no other."""
    if step["exports"] == "cases":
        wanted = [case.id for name, case in told.cases.items() if case.no]
        reading = desk.every(told.connection, desk.Asked((told.workflow,)))
        found = [next(reading).case]
        move(told, step["meanwhile"])
        found += [case.case for case in reading]
        assert sorted(found) == sorted(wanted), found
        return
    reading = export(told.connection, "entries", "csv")
    before, text = _entries(told), next(reading)
    at = told.now.strftime("%Y-%m")
    entry = Entry("origin:site-works", "storage:site-works", OIL, 1000)
    assert append(told.connection, [Record(told.now, at, "measured", "person-1", "works", "hj 6.2", (entry,))])[
        0
    ].stands
    rows = list(csv.reader(io.StringIO((text + b"".join(reading)).decode("utf-8-sig"))))[2:]
    assert (len(rows), _entries(told)) == (before, before + 1), len(rows)


def _entries(told: Told) -> int:
    return int(told.connection.execute("SELECT count(*) FROM journal.entry").fetchone()[0])  # type: ignore[index]


def dates(told: Told, step: Mapping[str, Any]) -> None:
    """The day of the last step of a case as its page, the register and the file of the journal tell it."""
    from wufei.web.journal.names import moment

    case = told.cases[step.get("case", "a")]
    last = case.steps[-1]
    day = last.happened_at.astimezone(told.now.tzinfo).date()
    asked = waste_register.Asked(step["dates"], (day - timedelta(days=2), day + timedelta(days=2)))
    (row,) = waste_register.every_row(told.connection, waste_register.TABLES[step["table"]], asked)
    text = b"".join(export(told.connection, "entries", "csv")).decode("utf-8-sig")
    line = next(line for line in csv.reader(io.StringIO(text)) if str(last.record) in line)
    found = {moment(last.happened_at)[:10], row.batch[4:12], f"{moment(row.happened_at)[:10]}", line[0][:10]}
    assert {each.replace("-", "") for each in found} == {step["day"].replace("-", "")}, found
