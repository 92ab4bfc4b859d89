"""Filtering, sorting and paging of any list, and its state in the address."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei.reports.state import TableState
from wufei.reports.table import Cell, Column, Filter, Table

ROWS = [
    {"name": "北", "mass": Decimal(3), "side": "a"},
    {"name": "安", "mass": None, "side": "b"},
    {"name": "常", "mass": Decimal("1.5"), "side": "a"},
]
TABLE = Table(
    "things",
    (
        Column("name", "Name", lambda row, _lang: Cell(row["name"]), head=True),
        Column("mass", "Mass", lambda row, _lang: Cell(str(row["mass"]), value=row["mass"]), number=True),
        Column("side", "Side", lambda row, _lang: Cell(row["side"]), shown=False),
    ),
    words=lambda row: row["name"] + row["side"],
    filters=(Filter("side", "Side", lambda row: (row["side"],), lambda value, _lang: value.upper()),),
    size=2,
    sizes=(1, 2),
)
PREPARED = TABLE.prepare(ROWS, "zh")


def names(**query: list[str]) -> str:
    return "".join(row.cells["name"].text for row in PREPARED.view(TableState.read(query)).matched)


def test_rows_stand_in_their_own_order_unasked() -> None:
    assert names() == "北安常"


def test_numbers_sort_and_the_unknown_comes_last_either_way() -> None:
    assert names(sort=["mass"]) == "常北安"
    assert names(sort=["-mass"]) == "北常安"


def test_chinese_sorts_by_pinyin() -> None:
    assert names(sort=["name"]) == "安北常"


def test_words_and_filters_narrow_together() -> None:
    assert names(side=["a"]) == "北常"
    assert names(side=["a"], q=["常"]) == "常"
    assert names(side=["nowhere"]) == ""


def test_options_count_what_the_other_choices_leave() -> None:
    options = PREPARED.options(TABLE.filters[0], TableState.read({"side": ["b"], "q": ["a"]}))
    assert [(o.label, o.count, o.chosen) for o in options] == [("A", 2, False), ("B", 0, True)]


def test_pages_are_cut_and_a_page_too_far_is_the_last() -> None:
    first, last = PREPARED.view(TableState.read({})), PREPARED.view(TableState.read({"page": ["99"]}))
    assert (first.page, first.pages, first.first, first.last) == (1, 2, 1, 2)
    assert (last.page, last.first, last.last) == (2, 3, 3)


def test_an_empty_list_has_one_empty_page() -> None:
    view = TABLE.prepare([], "zh").view(TableState.read({}))
    assert (view.pages, view.rows, view.last) == (1, (), 0)


def test_columns_can_be_chosen_and_the_name_stays() -> None:
    assert [c.key for c in PREPARED.view(TableState.read({"col": ["side"]})).columns] == ["name", "side"]


@pytest.mark.parametrize(
    "query", [{"page": ["x"]}, {"page": ["-3"]}, {"size": ["9999999"]}, {"sort": ["no"]}, {"page": ["９"]}]
)
def test_nonsense_counts_as_not_given(query: dict[str, list[str]]) -> None:
    assert PREPARED.view(TableState.read(query)).matched


TEXTS = st.lists(st.text(max_size=8), max_size=3)


@given(st.dictionaries(st.sampled_from(["q", "sort", "page", "size", "col", "side", "other"]), TEXTS))
def test_any_address_gives_a_page_and_reads_back_the_same(query: dict[str, list[str]]) -> None:
    from urllib.parse import parse_qs

    state = TableState.read(query)
    view = PREPARED.view(state)
    assert 1 <= view.page <= view.pages
    again = TableState.read(parse_qs(state.query_string().lstrip("?"), keep_blank_values=True))
    assert again.query_string() == state.query_string()
