"""Marking and comparing printed text, escaped whatever it holds."""

from hypothesis import given
from hypothesis import strategies as st

from wufei.catalog import SourceText
from wufei.web.printed import around, changes, line_html, marked, spans_of

TEXT = SourceText("s", ("序号\t名称\t值", "1\t粉煤灰\t5", "", "2\t炉渣\t<b>", "", "结尾"))


def test_spans_are_merged_and_sorted() -> None:
    assert spans_of("粉煤灰和煤灰渣", ["煤灰", "粉煤", "灰渣", ""]) == [(0, 3), (4, 7)]


def test_text_is_escaped_around_marks() -> None:
    assert marked("<b>灰</b>", [(3, 4)]) == "&lt;b&gt;<mark>灰</mark>&lt;/b&gt;"


def test_a_table_row_is_shown_in_cells() -> None:
    said = line_html("1\t粉煤灰\t\t5", ["粉煤灰"])
    assert said == (
        '<span class="cells"><span>1</span><span><mark>粉煤灰</mark></span>'
        '<span class="void">·</span><span>5</span></span>'
    )


def test_a_passage_comes_with_neighbours_and_its_heading_row() -> None:
    lines = around(TEXT, range(4, 5), ["炉渣"])
    assert [(line.number, line.cited) for line in lines] == [(1, False), (2, False), (4, True), (6, False)]
    assert "<mark>炉渣</mark>" in lines[2].html


def test_changes_show_what_went_and_what_came() -> None:
    assert changes("热源人呼", "热源入呼") == ("热源<del>人</del>呼", "热源<ins>入</ins>呼")
    assert changes("<a>", "<a>") == ("&lt;a&gt;", "&lt;a&gt;")


@given(st.text(max_size=20), st.text(max_size=20))
def test_changes_never_let_markup_through(printed: str, reading: str) -> None:
    for side in changes(printed, reading):
        bare = side.replace("<del>", "").replace("</del>", "").replace("<ins>", "").replace("</ins>", "")
        assert "<" not in bare
