"""导入一百万行的内存和速度 · memory and rate of importing a million rows (CSV, and XLSX as a stream)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from wufei.app.bench import Figure
from wufei.app.bench._running import fresh_folder

ROWS = int(os.environ.get("WUFEI_BENCH_ROWS", "1000000"))
MEMORY_LIMIT_MB = 300.0
HEAD = "发生时间,报告期,转出账户,转入账户,废物流,质量（吨）,计量依据,相对标准差（%）,依据条款,佐证名称,佐证校验值,备注"
PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from datetime import UTC, datetime
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"
from wufei import catalog
from wufei.app.opened import opened_database
from wufei.intake.importing import Wish, run_import
cat = catalog.load()
with opened_database(cat) as connection:
    wish = Wish("entries", Path(sys.argv[1]), "person-1", "statistics_bureau", sys.argv[2], again=True)
    report = run_import(connection, cat, wish, now=lambda: datetime.now(UTC))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("RESULT" + json.dumps({"rows": report.appended, "seconds": report.seconds, "peak": peak}))
"""


def measure() -> Iterator[Figure]:
    """Import a made-up CSV by rows and another at once, each in a process of its own; its peak memory and its rate."""
    with fresh_folder() as folder:
        folder.mkdir(mode=0o711)
        for mode, zh, en in (("rows", "逐行", "by rows"), ("atomic", "全部或不", "all or none")):
            path = folder / f"{mode}.csv"
            write_csv(path, ROWS, mode)
            found = _import(folder / "data", path, mode)
            yield Figure(
                f"CSV {found['rows']:,.0f} 行，{zh}：最大内存",
                f"CSV, {en}: peak memory",
                found["peak"],
                "MB",
                MEMORY_LIMIT_MB,
            )
            yield Figure(f"CSV，{zh}：速度", f"CSV, {en}: rate", found["rows"] / found["seconds"], "行/s")
            path.unlink()


def write_csv(path: Path, rows: int, mark: str) -> None:
    """A CSV of truck loads between some 50 stores and 50 plants over a year."""
    start = datetime(2025, 1, 1)  # noqa: DTZ001  (as a spreadsheet writes it)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD + "\r\n")
        for n in range(rows):
            moment = start + timedelta(seconds=n * 31)
            file.write(
                f"{moment:%Y-%m-%d %H:%M},{moment:%Y-%m},storage:togtoh/s{n % 50},process:horinger/p{n * 7 % 50},"
                f"coal_fly_ash,{20 + n % 1500 / 100:.2f},measured,2,hj_1259_2022 6.2,ticket-{n}.jpg,"
                f"{n:064x},{mark} {n}\r\n"
            )


def _import(data: Path, path: Path, mode: str) -> dict[str, float]:
    environment = os.environ | {"WUFEI_DATA": str(data)}
    command = [sys.executable, "-c", PROGRAM, str(path), mode]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT")), None)
    if line is None:
        raise RuntimeError(done.stdout + done.stderr)
    found: dict[str, float] = json.loads(line.removeprefix("RESULT"))
    return found
