"""The one formatter of quantities, and the geometry of charts."""

from decimal import Decimal

import pytest

from wufei.reports.charts import bars, path
from wufei.reports.numbers import plain, quantity, unit_text
from wufei.terms import Unknown
from wufei.terms.amounts import amount_en


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (Decimal("1969581.7"), "万元", "1,969,581.7 万元", "1,969,581.7 ×10⁴ CNY"),
        (Decimal("1.82"), "吨/万元", "1.82 吨/万元", "1.82 t/10⁴ CNY"),
        (Decimal(100), "%", "100%", "100%"),
        (Decimal("74.50"), "万吨", "74.5 万吨", "74.5 ×10⁴ t"),
        (45, "个", "45 个", "45"),
        (3, None, "3", "3"),
        (Decimal(0), "%", "0%", "0%"),
        (None, "%", "未知", "Unknown"),
        (Unknown("没有数据", "no data"), "吨", "未知", "Unknown"),
    ],
)
def test_quantities_read_in_both_languages(value: object, unit: str | None, zh: str, en: str) -> None:
    assert (quantity(value, unit, "zh"), quantity(value, unit, "en")) == (zh, en)


def test_digits_are_grouped_and_none_is_invented() -> None:
    assert [plain(v) for v in (1234567, 0.1, Decimal("1E+3"), Decimal("-2500.50"))] == [
        "1,234,567",
        "0.1",
        "1,000",
        "-2,500.5",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (Decimal("196.95817"), "亿元", "CNY 19.695817 billion"),
        (Decimal("1969581.7"), "万元", "CNY 19.695817 billion"),
        (Decimal(5000), "万元", "CNY 50 million"),
        (Decimal("0.5"), "万元", "CNY 5,000"),
        (Decimal("4.024"), "万吨", "4.024 ×10⁴ t"),
        (Decimal("12.7"), "%", "12.7%"),
    ],
)
def test_an_english_sentence_counts_money_in_millions(value: Decimal, unit: str, said: str) -> None:
    assert amount_en(value, unit) == said


def test_an_unknown_unit_reads_as_printed() -> None:
    assert unit_text("石", "en") == "石"
    assert unit_text(None, "en") == ""


def test_a_share_is_drawn_on_the_whole_and_other_numbers_on_a_round_scale() -> None:
    share = path(Decimal("22.1"), Decimal(60), "%")
    assert (share.baseline, share.target, share.high) == (22.1, 60.0, 100.0)
    other = path(Decimal("2.17"), Decimal("1.82"), "吨/万元")
    assert (other.low, other.high) == (0.0, 2.5)
    assert other.left == other.target < other.baseline
    assert path(0, 0, "个").high == 1.0


def test_what_is_unknown_has_no_place() -> None:
    half = path(None, 5, "%")
    assert (half.baseline, half.width) == (None, 0.0)
    assert path(None, None, "%") is None


def test_bars_share_one_scale_and_the_unknown_has_no_length() -> None:
    drawn = bars([("a", 50, "50", ""), ("b", None, "未知", ""), ("c", 100, "100", "")])
    assert [bar.width for bar in drawn] == [50.0, 0.0, 100.0]
    assert [bar.width for bar in bars([("a", 0, "0", "")])] == [0.0]
