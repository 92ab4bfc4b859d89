"""Published figures enter the journal once, follow the data, and never silently."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from tests.intake.conftest import count
from wufei import catalog
from wufei.catalog import Catalog
from wufei.intake.ids import OpeningIds, subject_bits, subject_of
from wufei.intake.opening import ACTOR, Opened, opening_records, post_opening
from wufei.journal.mirror import mirror

WAN = 10_000_000_000  # grams in 万吨
Change = Callable[[str, str], Catalog]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """The catalogue after a replacement in the text of the 2023 bulletin."""
    root = tmp_path / "data"
    shutil.copytree(catalog.book.default_root(), root)
    path = root / "cities/hohhot/bulletins/bulletin_2023.yaml"

    def change(old: str, new: str) -> Catalog:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return catalog.load(root)

    return change


def stock(connection: Connection[Any], stream: str) -> Decimal:
    row = connection.execute(
        "SELECT sum(b.mass_g) FROM journal.book b JOIN journal.account a ON a.n = b.account_n "
        "JOIN journal.stream s ON s.n = b.stream_n WHERE a.key = 'storage:hohhot' AND s.id = %s",
        (stream,),
    ).fetchone()
    assert row
    return Decimal(row[0]) / WAN


def value(connection: Connection[Any], metric: str, stream: str = "", period: str = "2023") -> Any:
    row = connection.execute(
        "SELECT value, unit, basis::text FROM journal.series "
        "WHERE metric = %s AND stream = %s AND period = %s AND place = 'hohhot'",
        (metric, stream, period),
    ).fetchone()
    return row and (Decimal(row[0]), *row[1:])


def test_every_figure_is_recorded_once(journal: Connection[Any], catalogue: Catalog) -> None:
    first = post_opening(journal, catalogue, "hohhot")
    assert first == Opened(len(dict(opening_records(catalogue.city("hohhot")))), 0, 0, ())
    before = count(journal), count(journal, "entry"), count(journal, "observation")
    again = post_opening(journal, catalogue, "hohhot")
    assert (again.appended, again.reversed, again.unchanged) == (0, 0, first.appended)
    assert (count(journal), count(journal, "entry"), count(journal, "observation")) == before


def test_the_baselines_are_declared_values_and_unknown_stays_unknown(
    journal: Connection[Any], catalogue: Catalog
) -> None:
    post_opening(journal, catalogue, "hohhot")
    for indicator in catalogue.city("hohhot").indicators:
        base = indicator.baseline.value
        expected = None if base is None else (base, indicator.unit, "declared")
        assert value(journal, indicator.id, period="2020") == expected, indicator.id
    assert value(journal, "circular_industrial_park_share", period="2020")[0] == 0
    rule = journal.execute("SELECT rule FROM journal.record WHERE period = '2020' ORDER BY seq LIMIT 1").fetchone()
    assert rule == ("hohhot_plan 一、总体要求（三）2.指标体系，指标1 L34",)


@pytest.mark.parametrize(
    ("stream", "printed", "implied"),
    [("coal_fly_ash", "43.12", "4.80"), ("bottom_ash", "7.35", "0.37"), ("fgd_gypsum", "14.06", "1.72")],
)
def test_the_stock_is_as_printed_and_what_it_implies_is_an_estimate(
    journal: Connection[Any], catalogue: Catalog, stream: str, printed: str, implied: str
) -> None:
    post_opening(journal, catalogue, "hohhot")
    assert stock(journal, stream) == Decimal(printed)
    row = journal.execute(
        "SELECT r.basis::text, e.mass_g, r.note FROM journal.entry e JOIN journal.record r USING (seq) "
        "JOIN journal.account a ON a.n = e.from_n JOIN journal.stream s ON s.n = e.stream_n "
        "WHERE a.key = 'opening:2023-01-01' AND s.id = %s",
        (stream,),
    ).fetchall()
    assert [(basis, Decimal(mass_g) / WAN) for basis, mass_g, _ in row] == [("estimated", Decimal(implied))]
    assert "公告并未印出" in row[0][2]


def test_a_reported_zero_is_a_value_and_no_entry(journal: Connection[Any], catalogue: Catalog) -> None:
    post_opening(journal, catalogue, "hohhot")
    assert value(journal, "waste_utilized_own", "fgd_gypsum") == (Decimal(0), "万吨", "declared")
    assert value(journal, "waste_utilized_own", "SW59") is None
    generated = journal.execute(
        "SELECT count(DISTINCT s.id) FROM journal.entry e JOIN journal.stream s ON s.n = e.stream_n"
    ).fetchone()
    assert generated == (3,)


def test_a_changed_figure_is_reversed_and_recorded_anew(
    journal: Connection[Any], catalogue: Catalog, changed: Change
) -> None:
    post_opening(journal, catalogue, "hohhot")
    posted = count(journal)
    mended = changed("printed: '439.22', value: 439.22", "printed: '440.22', value: 440.22")
    after = post_opening(journal, mended, "hohhot")
    assert (after.appended, after.reversed, after.refused) == (2, 2, ())  # the figure, and the opening that it implies
    assert count(journal) == posted + 4
    assert stock(journal, "coal_fly_ash") == Decimal("43.12")
    assert value(journal, "waste_utilized_own", "coal_fly_ash")[0] == Decimal("440.22")
    assert post_opening(journal, mended, "hohhot").appended == 0
    back = post_opening(journal, catalogue, "hohhot")
    assert (back.appended, back.reversed) == (2, 2)
    assert value(journal, "waste_utilized_own", "coal_fly_ash")[0] == Decimal("439.22")
    assert post_opening(journal, catalogue, "hohhot") == Opened(0, 0, posted, ())


def test_a_figure_taken_out_is_reversed(journal: Connection[Any], catalogue: Catalog, changed: Change) -> None:
    first = post_opening(journal, catalogue, "hohhot")
    line = next(
        line
        for line in (catalog.book.default_root() / "cities/hohhot/bulletins/bulletin_2023.yaml")
        .read_text(encoding="utf-8")
        .splitlines()
        if "id: other_industrial_generated" in line
    )
    after = post_opening(journal, changed(line + "\n", ""), "hohhot")
    assert (after.appended, after.reversed, after.unchanged) == (0, 1, first.appended - 1)
    assert value(journal, "waste_generated", "SW59") is None
    assert post_opening(journal, catalogue, "hohhot").appended == 1


def test_a_closed_period_keeps_the_old_record(journal: Connection[Any], catalogue: Catalog, changed: Change) -> None:
    post_opening(journal, catalogue, "hohhot")
    journal.execute("INSERT INTO journal.closed_period VALUES ('2023', '2023-01-01', '2023-12-31')")
    mended = changed("printed: '95.44', value: 95.44", "printed: '96.44', value: 96.44")
    after = post_opening(journal, mended, "hohhot")
    assert (after.appended, after.reversed) == (0, 0)
    assert {error.code for error in after.refused} == {"period_closed"}
    assert value(journal, "waste_generated", "SW59")[0] == Decimal("95.44")


def test_subjects_do_not_collide_and_ids_lie_within_their_city(catalogue: Catalog) -> None:
    subjects = [subject for subject, _ in opening_records(catalogue.city("hohhot"))]
    assert len({subject_bits(subject) for subject in subjects}) == len(subjects) == len(set(subjects))
    ids = OpeningIds("hohhot")
    low, high = ids.bounds()
    for subject in subjects:
        made = ids.of(subject, "text", 0)
        assert low <= made <= high
        assert made.version == 8
        assert subject_of(made) == subject_bits(subject)
        assert made != ids.of(subject, "text", 1)


def test_the_actor_is_the_system(journal: Connection[Any], catalogue: Catalog) -> None:
    mirror(journal, catalogue)
    post_opening(journal, catalogue, "hohhot")
    assert journal.execute("SELECT DISTINCT actor, acting_for FROM journal.record").fetchall() == [(ACTOR, ACTOR)]
