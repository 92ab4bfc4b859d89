"""The journal's pages: what they say, who may open them, what a form refuses, files, query counts, languages."""

import html
import io
import re
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests.web.conftest import make_person
from tests.web.journal_sample import SHED, addresses, fill, held, said, signing
from tests.web.test_i18n import untold
from wufei.journal import new_id
from wufei.journal.balances import balances
from wufei.registry import accounts
from wufei.registry.access import Wearer
from wufei.registry.models import Person
from wufei.web.api.core import POLICIES
from wufei.web.plan import Plan
from wufei.web.policy import Policy, admits, allows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]


@pytest.fixture
def first(mirrored: None) -> UUID:
    """The id of the first record of the sample."""
    return fill()


def form(**changes: Any) -> dict[str, Any]:
    """A filled form of one entry."""
    entry = {
        "from_role": "origin", "from_place": "togtoh", "from_detail": "", "to_role": "storage", "to_place": "togtoh",
        "to_detail": "shed-9", "stream": "粉煤灰", "to_stream": "", "mass": "2.5", "unit": "吨",
    }  # fmt: skip
    base = {
        "id": str(new_id()), "happened_at": "2025-03-09T10:00", "period": "2025-03", "basis": "measured",
        "source": "hj_1259_2022", "clause": "6.2", "note": "", "entries-TOTAL_FORMS": "1", "entries-INITIAL_FORMS": "0",
    }  # fmt: skip
    return base | {f"entries-0-{key}": value for key, value in entry.items()} | changes


def journal_admits(policy: Policy, role: str) -> bool:
    """Whether pages of the journal of that audience are open to a role."""
    return admits(policy, "journal", "change" if policy is Policy.SIGNER else "read", Wearer(1, 1, role))


def test_every_page_opens_for_readers_and_no_one_else(
    client: Client, plan: Plan, roles: list[str], first: UUID
) -> None:
    accounts.create_demo_people(roles, "a shared pass phrase")
    for address in (*addresses(plan, first), *signing(plan, first)):
        assert client.get(address).status_code == 302, address
    for role in roles:
        client.force_login(Person.objects.get(username=role))
        for policy, pages in ((Policy.READER, addresses(plan, first)), (Policy.SIGNER, signing(plan, first))):
            for address in pages[::2] if role != "public" else pages:
                expected = 200 if journal_admits(policy, role) else 403
                assert client.get(address).status_code == expected, (role, address)


def test_the_matrix_of_the_api(client: Client, roles: list[str], first: UUID) -> None:
    accounts.create_demo_people(roles, "a shared pass phrase")
    assert {policy for methods in POLICIES.values() for policy in methods.values()} == {Policy.READER, Policy.SIGNER}
    for role in roles:
        client.force_login(Person.objects.get(username=role))
        for path, methods in POLICIES.items():
            address = "/api/v1" + path.replace("{record_id}", str(first)).replace("{key}", SHED)
            for method, policy in methods.items():
                answer = client.generic(method, address, "{}", content_type="application/json")
                refused = answer.status_code == 403 and answer.json()["code"] == "role_may_not"
                assert refused != journal_admits(policy, role), (role, method, path)


def test_signing_is_what_the_roles_say(installed: Any, roles: list[str]) -> None:
    signs = {role.id for role in installed.national.items("roles") if role.signs}
    assert {role for role in roles if allows(Policy.SIGNER, role)} == signs
    assert not allows(Policy.READER, "public")
    assert not allows(Policy.SIGNER, "no_such_role")


def test_the_statement_reads_like_a_banks(reader: Client, plan: Plan, first: UUID) -> None:
    page = said(
        reader, reverse("statement", args=[plan.id], query={"account": SHED, "from": "2025-03-06", "to": "2025-03-31"})
    )
    assert re.findall(r"<b[^>]*>([^<]+)</b>", page)[-4:] == ["1.5 吨", "0.000005 吨", "0.5 吨", "1.000005 吨"]
    assert "1.1 吨" in page
    assert "联单" in page


def test_the_record_page_says_everything(reader: Client, plan: Plan, first: UUID) -> None:
    page = said(reader, reverse("record", args=[plan.id, first]))
    for words in (
        "1.5 吨",
        "粉煤灰",
        "磅单-1.pdf",
        "a" * 64,
        "person-1",
        "生态环境局",
        "6.2",
        "gate 1",
        "实测",
        str(first),
    ):
        assert words in page, words
    assert "等待下次封存" in page
    assert said(reader, reverse("record", args=[plan.id, new_id()]), 404)


def test_a_past_day_leaves_out_what_came_later_and_says_so(reader: Client, plan: Plan, first: UUID) -> None:
    page = said(reader, reverse("balances", args=[plan.id]) + "?known=2024-06-30")
    assert "截至 2024-06-30 日终已知" in page
    assert "shed-7" not in page
    assert "shed-7" in said(reader, reverse("balances", args=[plan.id], query={"place": "togtoh"}))
    assert said(reader, reverse("record", args=[plan.id, first]) + "?known=2024-06-30", 404)


def test_posting_by_form(reader: Client, plan: Plan, person: Person) -> None:
    paper = SimpleUploadedFile("磅单.pdf", b"%PDF-1.7 weighed")
    sent = form(evidence=paper)
    answer = reader.post(reverse("post", args=[plan.id]), sent, follow=True)
    page = html.unescape(answer.content.decode())
    assert "已记入流水" in page
    assert "磅单.pdf" in page
    assert f"person-{person.pk}" in page
    assert held("storage:togtoh/shed-9") == {"coal_fly_ash": 2_500_000}
    again = reader.post(reverse("post", args=[plan.id]), form(id=sent["id"]))
    assert again.status_code == 422  # the same id without the document is other content
    assert held("storage:togtoh/shed-9") == {"coal_fly_ash": 2_500_000}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"entries-0-mass": "0"}, "不是正数"),
        ({"entries-0-mass": "much"}, "不是可精确到克的质量"),
        ({"entries-0-mass": "0.0000001"}, "比 1 克还细"),
        ({"entries-0-stream": "没有这种废物"}, "请从列表选择"),
        ({"period": "March"}, "不是可识别的时段"),
        ({"entries-0-to_role": "origin", "entries-0-to_detail": ""}, "转出与转入是同一账户"),
        ({"happened_at": "2999-01-01T00:00"}, "在将来"),
        ({"clause": ""}, "这个字段是必填项"),
        ({"entries-0-unit": "斤"}, "选择"),
        ({"entries-TOTAL_FORMS": "x"}, ""),
        ({"entries-TOTAL_FORMS": "100000"}, ""),
        ({"note": "a\x00b"}, ""),
    ],
)
def test_a_form_says_what_is_wrong(reader: Client, plan: Plan, changes: dict[str, str], words: str) -> None:
    answer = reader.post(reverse("post", args=[plan.id]), form(**changes))
    assert answer.status_code == 422
    assert words in html.unescape(answer.content.decode())
    assert held("storage:togtoh/shed-9") == {}


def test_one_more_entry_keeps_what_was_typed(reader: Client, plan: Plan) -> None:
    answer = reader.post(reverse("post", args=[plan.id]), form(more="1"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="entries-1-mass"' in page
    assert 'value="2.5"' in page


def test_reverse_and_correct_by_form(reader: Client, plan: Plan, first: UUID) -> None:
    way = reverse("reverse", args=[plan.id, first])
    assert "将退回的内容" in said(reader, way)
    assert reader.post(way, {"id": str(new_id()), "reason": ""}).status_code == 422
    assert reader.post(way, {"id": str(new_id()), "reason": "wrong scale"}).status_code == 302
    assert held("origin:togtoh") == {}
    assert "被冲正于" in said(reader, reverse("record", args=[plan.id, first]))
    assert "已经冲正过" in html.unescape(reader.post(way, {"id": str(new_id()), "reason": "x"}).content.decode())
    sent = form()
    reader.post(reverse("post", args=[plan.id]), sent)
    mend = reverse("correct", args=[plan.id, sent["id"]])
    page = said(reader, mend)
    assert 'value="2.5"' in page
    assert "entries-1-" not in page
    new = form(**{"entries-0-mass": "3", "reversal-id": str(new_id()), "reversal-reason": "three"})
    assert reader.post(mend, new).status_code == 302
    assert held("storage:togtoh/shed-9") == {"coal_fly_ash": 3_000_000}
    assert "更正了" in said(reader, reverse("record", args=[plan.id, new["id"]]))


def test_two_persons_close_a_period(reader: Client, plan: Plan) -> None:
    way = reverse("periods", args=[plan.id])
    assert reader.post(way, {"period": "soon", "transition": "propose_close"}).status_code == 422
    assert reader.post(way, {"period": "2024-01", "transition": "propose_close"}).status_code == 302
    assert "等待另一人确认" in said(reader, way)
    mine = reader.post(way, {"period": "2024-01", "transition": "close"})
    assert "须由另一人确认" in html.unescape(mine.content.decode())
    second = Client()
    second.force_login(make_person("second", "lead_bureau"))
    assert second.post(way, {"period": "2024-01", "transition": "close"}).status_code == 302
    assert "已关账" in said(reader, way)
    answer = reader.post(reverse("post", args=[plan.id]), form(period="2024-01"))
    assert "报告期已关账" in html.unescape(answer.content.decode())


@pytest.mark.parametrize("name", ["records-file", "balances-file", "statement-file", "flows-file"])
def test_every_table_exports(reader: Client, plan: Plan, first: UUID, name: str) -> None:
    query = f"?account={SHED}&from=2025-03-01&to=2025-03-31&period=2025&by="
    text = read(reader.get(reverse(name, args=[plan.id, "csv"]) + query)).decode("utf-8-sig")
    assert "0.000005" in text or "1.5" in text
    book = CalamineWorkbook.from_filelike(io.BytesIO(read(reader.get(reverse(name, args=[plan.id, "xlsx"]) + query))))
    assert len(book.get_sheet_by_index(0).to_python()) > 3
    assert reader.get(reverse(name, args=[plan.id, "pdf"])).status_code == 404


def read(response: Any) -> bytes:
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    return b"".join(response) if response.streaming else response.content


def test_records_export_as_parquet(reader: Client, plan: Plan, first: UUID) -> None:
    body = read(reader.get(reverse("records-file", args=[plan.id, "parquet"]) + f"?account={SHED}"))
    assert pq.read_table(io.BytesIO(body)).num_rows == 4


def test_filters_narrow_on_the_server(reader: Client, plan: Plan, first: UUID) -> None:
    way = reverse("records", args=[plan.id])
    for query, count in (
        (f"account={SHED}", 4),
        (f"account={SHED}&basis=manifested", 1),
        (f"account={SHED}&from=2025-03-06&to=2025-03-07", 2),
        (f"account={SHED}&stream=粉煤灰", 4),
        ("role=transit&place=m-1", 1),
        (f"account={SHED}&state=reversed", 0),
        (f"account={SHED}&basis=nonsense&from=never", 4),
    ):
        assert said(reader, f"{way}?{query}").count('<th scope="row">') == count, query
    assert said(reader, f"{way}?cursor=nonsense", 422)


def test_pages_ask_the_same_however_much_they_show(reader: Client, plan: Plan, first: UUID) -> None:
    pages = addresses(plan, first)

    def counted() -> dict[str, int]:
        found = {}
        for address in pages:
            with CaptureQueriesContext(connection) as asked:
                assert reader.get(address).status_code == 200
            found[address] = len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]])
        return found

    few = counted()
    for _ in range(5):
        fill()
    assert counted() == few
    assert set(few.values()) == {3}, few  # session, person and hats; the journal is asked through the driver


def test_both_languages_are_whole(reader: Client, plan: Plan, first: UUID, in_english: Any) -> None:
    pages = [*addresses(plan, first), *signing(plan, first), reverse("tokens"), reverse("api-reference")]
    for address in pages:
        page = said(reader, address)
        assert '<html lang="zh-CN"' in page
        assert "Journal" not in page, address
    in_english(reader)
    found = {address: left for address in pages if (left := untold(said(reader, address)))}
    assert not found, found


def test_an_empty_journal_says_what_to_do(reader: Client, plan: Plan) -> None:
    assert balances(connection.connection).items == ()
    assert "流水里还没有记录" in said(reader, reverse("journal", args=[plan.id]))
    for name in ("records", "balances", "flows", "stocktakes", "periods", "imports"):
        said(reader, reverse(name, args=[plan.id]))


def test_tokens_are_shown_once_and_end(reader: Client, person: Person) -> None:
    page = reader.post(
        reverse("tokens"), {"label": "scales", "days": "30", "scopes": ["journal:read"]}
    ).content.decode()
    key = re.search(r"wufei_[\w-]{40,}", page)[0]
    assert key not in reader.get(reverse("tokens")).content.decode()
    assert "接口令牌" in said(reader, reverse("account"))
    kept = person.api_tokens.get()
    reader.post(reverse("tokens"), {"revoke": str(kept.pk)})
    kept.refresh_from_db()
    assert kept.revoked_at
    assert reader.post(reverse("tokens"), {"label": "", "days": "0"}).status_code == 422
    assert reader.post(reverse("tokens"), {"revoke": "9" * 30}).status_code == 302


class TestImport:
    """Template, upload, check, confirm, error sheet."""

    @pytest.fixture(autouse=True)
    def _folder(self, settings: Any, tmp_path: Any) -> None:
        settings.IMPORT_FOLDER = tmp_path
        settings.IMPORT_IN_REQUEST = True

    def sheet(self, *rows: str) -> SimpleUploadedFile:
        head = "发生时间,报告期,转出账户,转入账户,废物流,质量（吨）,计量依据,依据条款"
        return SimpleUploadedFile("三月.csv", ("\ufeff" + "\n".join([head, *rows])).encode())

    def send(self, reader: Client, plan: Plan, file: Any, mode: str = "atomic") -> Any:
        sent = {"kind": "entries", "mode": mode, "file": file}
        return reader.post(reverse("imports", args=[plan.id]), sent, follow=True)

    GOOD = "2025-03-05,2025-03,origin:togtoh,storage:togtoh/hall,coal_fly_ash,1.25,measured,hj_1259_2022 6.2"
    BAD = "2025-03-05,2025-03,origin:togtoh,storage:togtoh/hall,no_such_stream,1.25,measured,hj_1259_2022 6.2"

    def test_templates(self, reader: Client, plan: Plan) -> None:
        for kind, suffix in (("entries", "xlsx"), ("observations", "csv")):
            assert read(reader.get(reverse("import-template", args=[plan.id, kind, suffix])))
        assert reader.get(reverse("import-template", args=[plan.id, "entries", "exe"])).status_code == 404
        assert reader.get(reverse("import-template", args=[plan.id, "nothing", "csv"])).status_code == 404

    def test_check_then_confirm(self, reader: Client, plan: Plan) -> None:
        checked = self.send(reader, plan, self.sheet(self.GOOD))
        page = html.unescape(checked.content.decode())
        assert "1 行正确，尚未写入任何内容" in page, page[page.find("<main") :][:3000]
        assert held("storage:togtoh/hall") == {}
        way = checked.redirect_chain[-1][0]
        done = html.unescape(reader.post(way, {}, follow=True).content.decode())
        assert "导入完成" in done
        assert held("storage:togtoh/hall") == {"coal_fly_ash": 1_250_000}
        assert "三月.csv" in said(reader, reverse("imports", args=[plan.id]))

    def test_wrong_rows_are_told_and_given_back(self, reader: Client, plan: Plan) -> None:
        checked = self.send(reader, plan, self.sheet(self.GOOD, self.BAD))
        page = html.unescape(checked.content.decode())
        assert "没有写入任何内容" in page
        assert "no_such_stream" in page
        way = checked.redirect_chain[-1][0]
        assert read(reader.get(way + "errors.xlsx"))
        rows = self.send(reader, plan, self.sheet(self.GOOD, self.BAD), "rows")
        done = reader.post(rows.redirect_chain[-1][0], {}, follow=True)
        assert "导入完成" in html.unescape(done.content.decode())
        assert held("storage:togtoh/hall") == {"coal_fly_ash": 1_250_000}

    def test_what_is_no_sheet_is_refused_by_name(self, reader: Client, plan: Plan) -> None:
        answer = self.send(reader, plan, SimpleUploadedFile("a.xlsx", b"\x00" * 100))
        assert "message error" in answer.content.decode()
        assert self.send(reader, plan, "").status_code == 422

    def test_an_upload_is_ones_own(self, reader: Client, plan: Plan) -> None:
        way = self.send(reader, plan, self.sheet(self.GOOD)).redirect_chain[-1][0]
        other = Client()
        other.force_login(make_person("other", "city_office"))
        assert other.get(way).status_code == 404
        assert reader.get(reverse("import", args=[plan.id, "state-json"])).status_code == 404
