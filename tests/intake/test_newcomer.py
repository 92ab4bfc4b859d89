"""A sheet with headings of its own is one data file and no Python: it is templated, read and recorded."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from tests.intake.files import as_csv
from wufei import catalog
from wufei.intake.importing import Wish, run_import, sheet_of
from wufei.intake.template import csv_template, xlsx_template

SHEET = """
id: ash_gate
zh: 灰场门岗台账
en: Register of the ash yard's gate
valid_from: 2025-01-01
valid_to: null
cites: [{source: hj_1259_2022, clause: 6 管理台账}]
checked_on: 2026-11-24
makes: entries
fixed: {basis: measured, rule: hj_1259_2022 6.2, stream: coal_fly_ash, to_account: "sink:togtoh"}
columns:
  - {id: at, zh: 过磅时间, en: Weighed, fills: happened_at, form: time, required: true, about_zh: 时, about_en: t}
  - {id: quarter, zh: 季度, en: Quarter, fills: period, form: period, required: true, about_zh: 期, about_en: period}
  - {id: source, zh: 来灰单位, en: From, fills: from_account, form: account, required: true, of: [places],
     words: [{id: storage, zh: 贮存, en: storage}], about_zh: 账户, about_en: account}
  - {id: net, zh: 净重, en: Net weight, fills: mass, form: mass, unit: 千克, required: true, about_zh: 重, about_en: m}
"""


def test_a_sheet_of_ones_own(journal: Connection[Any], tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(catalog.book.default_root(), root)
    (root / "national/sheets/ash_gate.yaml").write_text(SHEET.lstrip(), encoding="utf-8")
    cat = catalog.load(root)
    assert "过磅时间" in csv_template(sheet_of(cat, "ash_gate")).decode("utf-8-sig")
    assert xlsx_template(sheet_of(cat, "ash_gate"), cat)
    head = ["过磅时间", "Quarter", "来灰单位", "净重 Net weight"]
    path = as_csv(tmp_path / "gate.csv", [["2025-03-05 08:30", "2025Q1", "贮存:托克托县", "32500"]], head)
    wish = Wish("ash_gate", path, "person-1", "statistics_bureau")
    assert run_import(journal, cat, wish, now=lambda: datetime.now(UTC)).appended == 1
    row = journal.execute(
        "SELECT f.key, t.key, s.id, e.mass_g, r.rule FROM journal.entry e JOIN journal.record r USING (seq) "
        "JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n "
        "JOIN journal.stream s ON s.n = e.stream_n"
    ).fetchone()
    assert row == ("storage:togtoh", "sink:togtoh", "coal_fly_ash", 32_500_000, "hj_1259_2022 6.2")
