"""The exchange with the national system: sheets out and back, what differs, rows taken over once, other layouts."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.conftest import make_person
from tests.web.test_papers_register import OIL, filled, post, site  # noqa: F401  # fixtures
from wufei.journal.balances import Held, balances
from wufei.registry import hats
from wufei.registry.models import Attachment, Person, Site
from wufei.terms.spreadsheet import workbook
from wufei.web.clock import today
from wufei.web.papers.exchange import layout_on
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
HEADS = ["产生批次编码", "产生时间", "废物代码", "产生量", "计量单位"]
OWN = ["HWCS20250305001", "2025-03-05", OIL, 2.5, "吨"]
NEW = ["HWCS20250311007", "2025-03-11", OIL, 800, "千克"]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    settings.ATTACHMENT_FOLDER = tmp_path


@pytest.fixture
def own(filled: Site) -> Client:  # noqa: F811
    """A handler of the site's firm."""
    person = Person.objects.create_user("handler")
    hats.give(person, "enterprise_handler", org=filled.org_id, site=filled.pk)
    client = Client()
    client.force_login(person)
    return client


def book_of(*rows: list[Any], heads: list[str] = HEADS, sheet: str = "产生") -> bytes:
    out = io.BytesIO()
    made = workbook(out, in_memory=True)
    page = made.add_worksheet(sheet)
    for at, row in enumerate([heads, *rows]):
        page.write_row(at, 0, row)
    made.close()
    return out.getvalue()


def bring(client: Client, plan: Plan, site: Site, body: bytes, period: str = "2025-03") -> Any:  # noqa: F811
    file = SimpleUploadedFile("台账.xlsx", body)
    return client.post(reverse("exchange", args=[plan.id, site.pk]), {"file": file, "period": period})


def shown(client: Client, answer: Any) -> str:
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(answer["Location"])
    assert page.status_code == 200
    return str(page.content.decode())


def generated(site: Site) -> int:  # noqa: F811
    rows = balances(connection.connection, Held(account=f"origin:{site.pk}")).items
    return -sum(row.mass_g for row in rows)


def test_what_is_sent_comes_back_the_same(own: Client, plan: Plan, filled: Site) -> None:  # noqa: F811
    sent = own.get(reverse("exchange-book", args=[plan.id, filled.pk]), {"period": "2025-03"})
    assert sent["Content-Disposition"].endswith('2025-03.xlsx"')
    page = shown(own, bring(own, plan, filled, sent.content))
    assert "全部一致" in page
    assert "各项数字与台账一致" in page
    assert "补记" not in page


def test_what_differs_is_told_and_what_is_missing_is_taken_over_once(own: Client, plan: Plan, filled: Site) -> None:  # noqa: F811
    other = [*OWN[:3], 2.4, "吨"]
    answer = bring(own, plan, filled, book_of(other, NEW, ["HWCS20250401001", "2025-04-01", OIL, 1, "吨"]))
    page = shown(own, answer)
    for word in ("不一致", "2.4 吨", "仅国家系统有", "0.8 吨", "另有 1 行不在本时段", "把 1 行补记入台账"):
        assert word in page, word
    before = generated(filled)
    for _twice in range(2):
        assert own.post(answer["Location"]).status_code == 302
    assert generated(filled) == before + 800_000
    kept = Attachment.objects.get(purpose="national_file")
    row = connection.connection.execute(
        "SELECT r.basis::text, r.note, r.evidence::text FROM journal.record r ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    assert row[:2] == ("declared", NEW[0])
    assert kept.sha256 in row[2]
    assert "仅国家系统有" not in shown(own, bring(own, plan, filled, book_of(NEW))).split("不一致的内容")[1]
    table = own.get(reverse("exchange-result", args=[plan.id, filled.pk, kept.pk, "csv"]), {"period": "2025-03"})
    assert "2.4" in b"".join(table.streaming_content).decode()
    risky = bring(own, plan, filled, book_of(["=1+1", *NEW[1:3], 7, "吨"]))["Location"].partition("?")
    table = own.get(f"{risky[0]}all.csv?{risky[2]}")
    assert ",'=1+1," in b"".join(table.streaming_content).decode()


def test_a_row_that_cannot_be_read_is_named_with_its_cell(own: Client, plan: Plan, filled: Site) -> None:  # noqa: F811
    wrong = [["a", "2025-03-05", "900-999-99", 1, "吨"], ["b", "昨天", OIL, 1, "吨"], ["c", "2025-03-05", OIL, 1, "桶"],
             ["", "2025-03-05", OIL, 1, "吨"], ["e", "2025-03-05", OIL, "", "吨"]]  # fmt: skip
    page = shown(own, bring(own, plan, filled, book_of(OWN, *wrong)))
    for word in (
        "产生 C3",
        "产生 B4",
        "产生 E5",
        "产生 A6",
        "产生 D7",
        "900-999-99",
        "“桶”不是质量单位",
        "缺少“产生批次编码”",
    ):
        assert word in page, word
    assert "全部一致" in page


def test_a_file_of_another_layout_is_refused_by_name_and_not_kept(own: Client, plan: Plan, filled: Site) -> None:  # noqa: F811
    answer = bring(own, plan, filled, book_of(OWN, heads=["批号", "产生时间", "废物代码", "重量", "计量单位"]))
    said = answer.content.decode()
    assert answer.status_code == 422
    for word in ("不合任何已登记的国家系统版式", "产生批次编码", "产生量", "批号", "exchange_layouts"):
        assert word in said, word
    assert not Attachment.objects.filter(erased_at=None).exists()
    assert bring(own, plan, filled, b"").status_code == 422
    assert bring(own, plan, filled, book_of(OWN), period="2025-13").status_code == 422


def test_only_the_sites_own_people_bring_and_take_over(
    own: Client,
    reader: Client,
    plan: Plan,
    filled: Site,  # noqa: F811
) -> None:
    answer = bring(own, plan, filled, book_of(NEW))
    assert "补记入台账" in shown(own, answer)
    assert "补记入台账" not in shown(reader, answer)
    assert reader.post(answer["Location"]).status_code == 403
    assert bring(reader, plan, filled, book_of(NEW)).status_code == 403
    stranger = Client()
    stranger.force_login(make_person("other", "enterprise_handler"))
    assert stranger.get(answer["Location"]).status_code in {403, 404}


def test_the_page_asks_the_same_however_long_the_file(own: Client, plan: Plan, filled: Site) -> None:  # noqa: F811
    counts = []
    for rows in (3, 60):
        lines = [[f"x{rows}{n}", "2025-03-09", OIL, n + 1, "吨"] for n in range(rows)]
        answer = bring(own, plan, filled, book_of(*lines))
        with CaptureQueriesContext(connection) as asked:
            shown(own, answer)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_both_languages_and_what_we_are_sure_of(
    own: Client,
    plan: Plan,
    filled: Site,  # noqa: F811
    in_english: Callable[..., Any],
) -> None:
    address = reverse("exchange", args=[plan.id, filled.pk])
    assert "可信度" in own.get(address).content.decode()
    in_english(own)
    assert "Exchange with the national system" in own.get(address).content.decode()
    layout = layout_on(plan, today())
    assert layout is not None
    assert {table.mirrors for table in layout.tables} >= {"generated", "handed_over", "declaration"}
