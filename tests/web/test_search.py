"""Search: letter by letter first, then close; a wrong character, a broken word, either language."""

import pytest
from django.test import Client
from django.urls import reverse

from wufei import catalog
from wufei.web.plan import Plan
from wufei.web.search import index, query
from wufei.web.search.excerpt import excerpt
from wufei.web.search.folding import plain, spaced, words
from wufei.web.search.models import SearchDocument, SearchState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("indexed")]


def find(plan: Plan, asked: str, **more: object) -> query.Found:
    return query.find(plan.id, asked, **more)


def test_a_word_inside_a_sentence_is_found_on_its_line(plan: Plan) -> None:
    text = plan.catalog.source_text(plan.source_id)
    found = find(plan, "粉煤灰", kind=query.LINE, size=200)
    exact = {hit.line for hit in found.hits if hit.exact}
    assert set(text.search("粉煤灰")) <= exact
    assert all("<mark>粉煤灰</mark>" in hit.excerpt.replace(" ", "") for hit in found.hits if hit.exact)


@pytest.mark.parametrize("typo", ["粉媒灰", "粉煤恢", "份煤灰"])
def test_one_wrong_character_is_forgiven(plan: Plan, typo: str) -> None:
    found = find(plan, typo, size=100)
    assert found.total > 20
    assert found.exact == 0
    assert {"coal_fly_ash"} <= {hit.item_id for hit in found.hits if hit.kind == "streams"}
    assert any("<mark>粉煤灰</mark>" in hit.excerpt for hit in found.hits)


def test_a_longer_name_with_a_wrong_character_comes_first(plan: Plan) -> None:
    hit = find(plan, "生活垃圾焚绕处理能力占比").hits[0]
    assert (hit.kind, hit.item_id) == ("indicators", "incineration_capacity_share")


def test_english_is_found_and_its_typos_forgiven(plan: Plan) -> None:
    assert find(plan, "green mine").hits[0].exact
    assert find(plan, "GREEN MINES completion").total
    assert any(hit.item_id == "green_mine_completion_rate" for hit in find(plan, "gren mine completion").hits)


def test_letter_by_letter_stands_before_what_comes_close(plan: Plan) -> None:
    ranks = [hit.exact for hit in find(plan, "煤系固废", size=200).hits]
    assert ranks == sorted(ranks, reverse=True)


def test_a_word_broken_over_a_cell_is_whole(plan: Plan) -> None:
    """Line 352 prints 混凝土加 气块砖 with a gap inside the word."""
    hits = find(plan, "混凝土加气块砖", kind=query.LINE).hits
    assert 352 in {hit.line for hit in hits if hit.exact}


def test_several_words_must_all_be_there(plan: Plan) -> None:
    both = {(h.kind, h.item_id, h.line) for h in find(plan, "粉煤灰 铁路", size=200).hits if h.exact}
    one = {(h.kind, h.item_id, h.line) for h in find(plan, "铁路", size=200).hits if h.exact}
    assert both
    assert both < one


@pytest.mark.parametrize(
    "asked", ["", "   ", "龘龘龘龘", "%", "_", "\\", "'; DROP TABLE x", "<script>", "a" * 500, "\x00"]
)
def test_anything_can_be_asked(reader: Client, plan: Plan, asked: str) -> None:
    response = reader.get(reverse("search", args=[plan.id]), {"q": asked})
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_wildcards_are_letters(plan: Plan) -> None:
    assert all("%" in plain(str(hit.excerpt)) for hit in find(plan, "100%").hits if hit.exact)
    assert find(plan, "%%%").exact == 0


def test_the_page_shows_kinds_and_leads_to_the_line(reader: Client, plan: Plan) -> None:
    body = reader.get(reverse("search", args=[plan.id]), {"q": "粉煤灰", "kind": "line"}).content.decode()
    assert f"{reverse('text', args=[plan.id, plan.source_id])}?lines=29#L29" in body
    assert "<mark>粉煤灰</mark>" in body


def test_pages_follow_one_another_without_overlap(plan: Plan) -> None:
    first, second = (find(plan, "固体废物", page=n, size=10).hits for n in (1, 2))
    keys = [(h.kind, h.item_id, h.line) for h in (*first, *second)]
    assert len(keys) == len(set(keys)) == 20


def test_the_index_is_filled_once_per_catalogue(indexed: int) -> None:
    ids = set(SearchDocument.objects.values_list("id", flat=True))
    assert index.refresh() == indexed == len(ids)
    assert set(SearchDocument.objects.values_list("id", flat=True)) == ids
    SearchState.objects.update(digest="another catalogue")
    assert index.refresh() == indexed
    assert ids.isdisjoint(SearchDocument.objects.values_list("id", flat=True))


def test_every_line_and_item_is_in_the_index(plan: Plan, indexed: int) -> None:
    lines = [n for n, said in plan.catalog.source_text(plan.source_id).lines(1, 10**6) if said.strip()]
    assert SearchDocument.objects.filter(kind="line").count() == len(lines)
    for kind in ("indicators", "tasks", "projects", "corrections", "streams"):
        assert SearchDocument.objects.filter(kind=kind).count() == len(plan.items(kind))


def test_folding() -> None:
    assert plain("ＨＷ０８ 粉煤 灰") == "hw08粉煤灰"
    assert spaced("粉煤灰HW08 ash") == "粉 煤 灰 hw08 ash"
    assert words(" 粉煤灰  Ash 粉煤灰 ") == ("粉煤灰", "ash")


def test_the_excerpt_marks_and_escapes() -> None:
    assert excerpt("一<b>粉煤 灰</b>", ["粉煤灰"]) == "一&lt;b&gt;<mark>粉煤 灰</mark>&lt;/b&gt;"
    assert excerpt("a\n燃煤粉媒灰", ["粉煤灰"]) == "燃煤<mark>粉媒灰</mark>"
    assert excerpt("没有", ["粉煤灰"]) == "没有"


def test_a_database_blind_to_chinese_is_named(monkeypatch: pytest.MonkeyPatch, installed: catalog.Catalog) -> None:
    SearchState.objects.all().delete()
    monkeypatch.setattr(index, "_SEEN", 99)
    with pytest.raises(index.SearchBlindToChinese):
        index.refresh()
