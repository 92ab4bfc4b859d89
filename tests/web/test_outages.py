"""Outage mode, drilled from switch-off to the last back-entered form, through the pages as the app's database role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pypdfium2
import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.registry.as_app import pages_as_app, rules_once
from tests.web.case_sample import STREAM, World
from tests.web.conftest import make_person
from tests.web.container_sample import make_works
from wufei.registry.blank_number import blank_number, read_blank_number
from wufei.web.plan import Plan
from wufei.workflow.cases import case_id
from wufei.workflow.kinds import kind_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored", "rules_once")]
__all__ = ["rules_once"]
TRANSFER = "hazardous_waste_transfer"


class Drill:
    """The people of the drill at their pages."""

    def __init__(self, plan: Plan, world: World) -> None:
        self.plan, self.world = plan, world
        office = make_person("city-office", "city_office", None)
        people = {"works": world.works, "plant": world.plant, "office": office}
        self.clients = {name: Client() for name in people}
        for name, person in people.items():
            self.clients[name].force_login(person)

    def get(self, who: str, name: str, *args: str, **asked: Any) -> tuple[int, str]:
        answer = self.clients[who].get(reverse(name, args=[self.plan.id, *args]), asked)
        return answer.status_code, answer.content.decode()

    def post(self, who: str, name: str, *args: str, **sent: Any) -> Any:
        return self.clients[who].post(reverse(name, args=[self.plan.id, *args]), sent)

    def issue(self, who: str, count: int, **more: Any) -> list[str]:
        answer = self.post(who, "blanks-issue", **({"count": str(count), "kind": TRANSFER, "key": f"k-{who}"} | more))
        assert answer.status_code == 302, answer.content.decode()
        first = read_blank_number(answer.url)
        assert first is not None
        return [blank_number(int(first[2:4]), first[5:10], n) for n in range(1, count + 1)]

    def blank(self, number: str) -> str:
        return case_id(kind_of("paper_blank").workflow, {"number": number})

    def step(self, who: str, case: str, step: str, **sent: Any) -> Any:
        kept = {"rests_on": "1", "step": step, "key": f"{case}-{step}"}
        return self.post(who, "case-step", case, step, **(kept | sent))

    def announce(self, who: str, number: str, **more: str) -> Any:
        address = reverse("case-begin", args=[self.plan.id, TRANSFER]) + "?first=announce_paper"
        return self.clients[who].post(address, PAPER | {"f-paper_number": number, "key": number} | more)

    def left(self, who: str) -> list[str]:
        answer = self.clients[who].get(reverse("blanks-file", args=[self.plan.id, "csv"]))
        rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        return [row.split(",")[0] for row in rows if row.startswith("WF")]


PAPER = {
    "rests_on": "0", "step": "announce_paper", "reason": "停用期间走纸单", "f-transport": "road",
    "f-consignor_org": "works",
    "f-consignor_storage": "site-works", "f-consignee_org": "plant", "f-consignee_site": "site-plant", "n-legs": "1",
    "o-legs-0": "", "f-legs-0-carrier_org": "haulier", "f-legs-0-vehicle": "vehicle-1", "n-wastes": "1",
    "o-wastes-0": "", "f-wastes-0-stream": STREAM,
}  # fmt: skip


@pytest.fixture
def drill(plan: Plan, settings: Any, tmp_path: Path) -> Iterator[Drill]:
    settings.ATTACHMENT_FOLDER = tmp_path
    made = Drill(plan, make_works())
    with pages_as_app():
        yield made


def local(at: datetime) -> str:
    return timezone.localtime(at).replace(tzinfo=None).isoformat()


def declare(drill: Drill, purpose: str = "drill") -> str:
    now = timezone.now()
    sent = {
        "f-purpose": purpose, "f-down": "wufei", "f-cause": "机房停电", "step": "declare", "rests_on": "0",
        "f-starts_at": local(now - timedelta(hours=3)), "f-expected_at": local(now + timedelta(hours=1)),
        "key": purpose,
    }  # fmt: skip
    answer = drill.post("office", "case-begin", "outage", **sent)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url.rstrip("/").rpartition("/")[2])


def test_outage_mode_is_drilled_from_switch_off_to_the_last_back_entered_form(drill: Drill) -> None:
    first, second, third = numbers = drill.issue("works", 3)
    assert drill.issue("works", 3) == numbers, "pressed twice, issued once"
    (theirs,) = drill.issue("office", 1, org="plant")
    answer = drill.clients["works"].get(reverse("blanks-print", args=[drill.plan.id]), {"number": first})
    pages = list(pypdfium2.PdfDocument(BytesIO(answer.content)))
    codes = [zxingcpp.read_barcodes(page.render(scale=3, grayscale=True).to_numpy())[0].text for page in pages]
    assert codes == numbers
    assert "接受场所" in pages[0].get_textpage().get_text_range()
    assert drill.get("plant", "blanks-print", number=first)[0] == 404
    assert "停用：" not in drill.get("works", "cases")[1]
    outage = declare(drill)
    for who in ("works", "plant", "office"):
        said = drill.get(who, "cases")[1]
        assert ("演练 · 停用：本系统" in said, "编号空白纸单" in said) == (True, True), who
    assert drill.left("works") == []
    ended = drill.step("office", outage, "end", **{"f-ended_at": local(timezone.now())})
    assert ended.status_code == 302, ended.content.decode()
    assert "停用：" not in drill.get("works", "cases")[1]
    assert (set(drill.left("works")), drill.left("plant")) == (set(numbers), [theirs])
    assert set(drill.left("office")) == {*numbers, theirs}
    status, said = drill.get("works", "outages")
    assert (status, "演练" in said, first in said, theirs in said) == (200, True, True, False)

    scanned = drill.clients["works"].get(reverse("blank-scan", args=[drill.plan.id]), {"code": f" {first.lower()} "})
    form = drill.clients["works"].get(scanned.url).content.decode()
    assert (f'value="{first}"' in form, "announce_paper" in form) == (True, True)
    begun = drill.announce("works", first)
    assert begun.status_code == 302, begun.content.decode()
    case = begun.url.rstrip("/").rpartition("/")[2]
    assert set(drill.left("works")) == {second, third}
    spoiled = drill.step("works", drill.blank(second), "spoil", reason="写错了数量")
    kept = drill.step("works", drill.blank(third), "keep")
    assert (spoiled.status_code, kept.status_code, drill.left("works")) == (302, 302, [])
    scan = SimpleUploadedFile("纸单.pdf", b"%PDF-1.4\n%%EOF\n")
    sent = {"n-wastes": "1", "o-wastes-0": "0", "f-wastes-0-stream": STREAM, "f-wastes-0-packaging": "桶",
            "f-wastes-0-dispatched_g": "1", "f-wastes-0-dispatched_g-unit": "吨", "evidence": [scan]}  # fmt: skip
    entered = drill.step("works", case, "enter_paper", **sent)
    assert entered.status_code == 302, entered.content.decode()
    assert "运输中" in drill.get("works", "case", case)[1]


def test_a_number_that_is_torn_used_spoiled_or_anothers_is_named_by_scan_and_by_form(drill: Drill) -> None:
    used, spoiled = drill.issue("works", 2)
    (theirs,) = drill.issue("plant", 1)
    assert drill.announce("works", used).status_code == 302
    assert drill.step("works", drill.blank(spoiled), "spoil", reason="受潮").status_code == 302
    torn = used[:-1] + ("0" if used[-1] != "0" else "1")
    words = {torn: "不完整、认错了", theirs: "没有发放给本单位", used: "已补录为", spoiled: "已报作废"}
    for number, told in words.items():
        status, said = drill.get("works", "blank-scan", code=number)
        assert (status, told in said) == (422, True), number
        answer = drill.announce("works", number, key="again" + number)
        assert (answer.status_code, told in answer.content.decode()) == (422, True), (told, number)
    later = drill.announce("works", "P-1").url.rstrip("/").rpartition("/")[2]
    (fresh,) = drill.issue("works", 1, key="more")
    answer = drill.step("works", later, "enter_paper", **{"f-paper_number": fresh})
    assert answer.status_code == 422
    for count, org in (("0", ""), ("101", ""), ("x", ""), ("3", "没有这家")):
        answer = drill.post("office", "blanks-issue", count=count, org=org, kind=TRANSFER)
        assert answer.status_code == 422
    assert drill.post("plant", "blanks-issue", count="1", kind="no-such").status_code == 422


def test_only_the_office_declares_and_the_page_asks_a_fixed_number_of_questions(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"f-purpose": "real", "step": "declare", "rests_on": "0", "key": "x"}
    assert drill.post("works", "case-begin", "outage", **sent).status_code == 404
    drill.issue("works", 2)
    case = declare(drill, "real")
    assert drill.step("works", case, "end").status_code == 404
    assert "演练" not in drill.get("works", "cases")[1]
    drill.step("office", case, "end", **{"f-ended_at": local(timezone.now())})
    asked, counts, plain = list[Any](), list[int](), psycopg.Cursor.execute
    monkeypatch.setattr(psycopg.Cursor, "execute", lambda self, *a, **k: (asked.append(a), plain(self, *a, **k))[1])
    for more in (0, 20):
        if more:
            drill.issue("works", more, key="more")
        before = len(asked)
        drill.get("works", "outages")
        counts.append(len(asked) - before)
    assert 0 < counts[0] == counts[1]
