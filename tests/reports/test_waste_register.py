"""The register is the journal told in the five tables of the standard, and its balance lines are the Book."""

from datetime import date
from typing import Any

import pytest
from psycopg import Connection

from tests.reports.conftest import ASH, OIL, OTHER, SITE, moved, post
from wufei.journal.balances import Held, balances
from wufei.journal.paging import CursorUnreadable
from wufei.reports.register_balance import balance_lines, stock_before
from wufei.reports.waste_register import TABLES, Asked, every_row, rows, totals

MARCH = Asked(SITE, (date(2025, 3, 1), date(2025, 3, 31)))
YEAR = Asked(SITE, (date(2025, 1, 1), date(2025, 12, 31)))


def masses(connection: Connection[Any], table: str, asked: Asked = MARCH) -> list[tuple[str, int]]:
    return [(row.stream, row.mass_g) for row in rows(connection, TABLES[table], asked).items]


def test_each_table_holds_its_own_way_of_the_mass(year: Connection[Any]) -> None:
    assert masses(year, "generated") == [(ASH, 9000), (OIL, 3000), (OIL, 700), (OIL, -700)]
    assert masses(year, "stored") == [(ASH, 9000), (OIL, 3000), (OIL, 700), (OIL, -700), (OIL, 100)]
    assert masses(year, "removed") == [(OIL, 1500), (OIL, 4000)]
    assert masses(year, "treated") == [(OIL, 1500)]
    assert masses(year, "handed_over") == [(OIL, 4000)]


def test_batch_codes_follow_the_standard_and_never_change(year: Connection[Any]) -> None:
    before = [row.batch for row in rows(year, TABLES["generated"], MARCH).items]
    assert before == ["HWCS20250305001", "HWCS20250305002", "HWCS20250306001", "HWCS20250306002"]
    post(year, moved(f"origin:{SITE}", f"storage:{SITE}/shed-1", 1))  # entered late, for the same fifth of March
    after = {row.batch: row.mass_g for row in rows(year, TABLES["generated"], MARCH).items}
    assert set(before) < set(after)
    assert after["HWCS20250305003"] == 1
    only_oil = rows(year, TABLES["generated"], Asked(SITE, MARCH.days, [OIL])).items
    assert only_oil[0].batch == "HWCS20250305002"


def test_the_balance_line_is_the_book(year: Connection[Any]) -> None:
    oil = next(line for line in balance_lines(year, MARCH) if line.stream == OIL)
    assert (oil.opening_g, oil.generated_g, oil.stored_g, oil.removed_g) == (5000, 3000, 3100, 5500)
    assert (oil.treated_g, oil.handed_over_g, oil.closing_g, oil.apart_g) == (1500, 4000, 2600, 0)
    held = balances(year, Held(account=f"storage:{SITE}/shed-1")).items
    assert {b.stream: b.mass_g for b in held if b.stream in {OIL, ASH}} == stock_before(year, SITE, date(2026, 1, 1))
    assert oil.rows == {"generated": 3, "stored": 4, "removed": 2, "treated": 1, "handed_over": 1}


def test_a_day_inside_a_month_counts_entry_by_entry(year: Connection[Any]) -> None:
    assert stock_before(year, SITE, date(2025, 3, 8))[OIL] == 6500
    assert stock_before(year, SITE, date(2025, 3, 9))[OIL] == 2500


@pytest.mark.parametrize("table", TABLES)
def test_totals_streams_and_pages_tell_the_same(year: Connection[Any], table: str) -> None:
    streamed = list(every_row(year, TABLES[table], YEAR))
    paged, cursor = [], None
    while True:
        page = rows(year, TABLES[table], YEAR, cursor=cursor, size=2)
        paged += page.items
        if (cursor := page.next) is None:
            break
    assert streamed == paged
    for grain in ("day", "month", "period"):
        found = totals(year, TABLES[table], YEAR, grain)  # type: ignore[arg-type]
        assert sum(total.mass_g for total in found) == sum(row.mass_g for row in streamed)
        assert sum(total.rows for total in found) == len(streamed)


def test_months_are_told_apart(year: Connection[Any]) -> None:
    found = totals(year, TABLES["generated"], YEAR, "month")
    assert [(t.since, t.stream, t.mass_g) for t in found] == [
        (date(2025, 1, 1), OIL, 5000), (date(2025, 3, 1), ASH, 9000), (date(2025, 3, 1), OIL, 3000),
    ]  # fmt: skip


def test_the_other_site_has_its_own_register(year: Connection[Any]) -> None:
    there = Asked(OTHER, MARCH.days)
    assert masses(year, "stored", there) == [(OIL, 3900)]
    assert masses(year, "generated", there) == []


def test_a_strange_cursor_is_refused_by_name(year: Connection[Any]) -> None:
    with pytest.raises(CursorUnreadable):
        rows(year, TABLES["stored"], MARCH, cursor="WzAsIngiLDEsMV0")
