"""The pages of cases: the desk, a form with lines, a step with its refusals, many at once, paper, files, queries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.registry.as_app import pages_as_app, rules_once
from tests.registry.test_attachments import png
from tests.web.case_sample import STREAM, TRANSFER, World, file, hat_of, make_world
from tests.web.conftest import make_person
from wufei.journal import Evidence
from wufei.registry import attachments
from wufei.registry.models import Attachment, Person
from wufei.web.plan import Plan
from wufei.workflow import acting, desk, engine
from wufei.workflow.acting import Wish
from wufei.workflow.errors import EvidenceMissing

__all__ = ["rules_once"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]


@pytest.fixture
def world() -> World:
    return make_world()


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    client.cookies["django_language"] = "zh-hans"
    return client


def text(answer: Any) -> str:
    return answer.content.decode()


def typed(world: World, **more: str) -> dict[str, str]:
    """What a handler types into the form of a transfer."""
    return {
        "rests_on": "0", "key": "form-1", "step": "submit", "f-transport": "road",
        "f-consignor_org": "works · 托克托机械厂", "f-consignor_storage": f"{world.works_site} · 托克托机械厂厂区",
        "f-consignor_contact": f"{world.works.actor} · 本人", "f-emergency_measures": "围堵、吸附、报告",
        "f-consignee_org": "plant", "f-consignee_site": world.plant_site,
        "n-legs": "1", "o-legs-0": "", "f-legs-0-carrier_org": "haulier", "f-legs-0-vehicle": world.vehicle,
        "n-wastes": "1", "o-wastes-0": "", "f-wastes-0-stream": f"{STREAM} · 废矿物油", "f-wastes-0-packaging": "桶",
        "f-wastes-0-planned_g": "1.5", "f-wastes-0-planned_g-unit": "千克",
        "f-wastes-0-dispatched_g": "0.0015", "f-wastes-0-dispatched_g-unit": "吨",
    } | more  # fmt: skip


def test_a_case_is_begun_from_the_generated_form(world: World, plan: Plan) -> None:
    client = client_of(world.works)
    chosen = text(client.get(reverse("case-choose", args=[plan.id])))
    assert "危险废物转移" in chosen
    address = reverse("case-begin", args=[plan.id, TRANSFER])
    empty = text(client.get(address))
    assert 'value="works · 托克托机械厂"' in empty
    assert 'value="site-works · 托克托机械厂厂区"' in empty
    assert 'name="f-leg"' not in empty
    answer = client.post(address, typed(world))
    assert answer.status_code == 302, re.findall(r'class="wrong"[^>]*>([^<]+)|role="alert"><p>([^<]+)', text(answer))
    case = engine.read(connection.connection, answer["Location"].rstrip("/").rpartition("/")[2])
    assert case.values["wastes"][0]["planned_g"] == case.values["wastes"][0]["dispatched_g"] == 1500
    assert case.values["consignor_storage"] == world.works_site
    again = client.post(address, typed(world))
    assert again["Location"] == answer["Location"], "pressed twice, begun once"


def test_what_is_refused_stands_at_its_field_and_nothing_typed_is_lost(world: World, plan: Plan) -> None:
    client = client_of(world.works)
    sent = typed(world, **{"f-emergency_measures": "", "f-wastes-0-planned_g": "1.23456"})
    answer = client.post(reverse("case-begin", args=[plan.id, TRANSFER]), sent)
    assert answer.status_code == 422
    assert 'value="1.23456"' in text(answer)
    assert 'id="f-wastes-0-planned_g-wrong"' in text(answer)
    sent["f-wastes-0-planned_g"] = "2"
    answer = client.post(reverse("case-begin", args=[plan.id, TRANSFER]), sent)
    assert 'id="f-emergency_measures-wrong"' in text(answer)
    assert f"{STREAM} · 废矿物油" in text(answer)


def test_lines_are_added_and_taken_away_without_script(world: World, plan: Plan) -> None:
    client, address = client_of(world.works), reverse("case-begin", args=[plan.id, TRANSFER])
    sent = typed(world)
    del sent["step"]
    more = text(client.post(address, sent | {"more": "wastes"}))
    assert 'name="n-wastes" value="2"' in more
    assert 'name="f-wastes-0-packaging" value="桶"' in more
    fewer = text(client.post(address, sent | {"n-wastes": "2", "f-wastes-1-packaging": "吨袋", "drop": "wastes-0"}))
    assert 'name="n-wastes" value="1"' in fewer
    assert 'name="f-wastes-0-packaging" value="吨袋"' in fewer


def test_a_step_asks_only_for_what_is_its_own(world: World, plan: Plan) -> None:
    case = file(world)
    acting.take(connection.connection, hat_of(world.works), case, Wish("dispatch"))
    acting.take(connection.connection, hat_of(world.haulier), case, Wish("pick_up"))
    client = client_of(world.plant)
    page = text(client.get(reverse("case", args=[plan.id, case])))
    assert "大青山再生油公司" in page
    assert "剩" in page
    address = reverse("case-step", args=[plan.id, case, "accept"])
    form = text(client.get(address))
    assert 'name="f-wastes-0-accepted_g"' in form
    assert 'name="f-wastes-0-planned_g"' not in form
    assert 'name="f-emergency_measures"' not in form
    sent = {"rests_on": "3", "key": "k", "step": "accept", "n-wastes": "1", "o-wastes-0": "0",
            "f-wastes-0-opinion": "accepted", "f-wastes-0-difference": "none", "f-wastes-0-operation": "R9",
            "f-wastes-0-accepted_g": "0.99", "f-wastes-0-accepted_g-unit": "千克"}  # fmt: skip
    answer = client.post(address, sent)
    assert answer.status_code == 302, re.findall(r'role="alert"[^>]*>(.*?)</p>', text(answer))
    done = engine.read(connection.connection, case)
    assert (done.state, done.values["wastes"][0]["accepted_g"]) == ("completed", 990)
    assert done.values["wastes"][0]["planned_g"] == 1000
    whole = text(client.get(reverse("case", args=[plan.id, case])))
    for words in ("托克托机械厂", "青城危货运输公司", "接受量", "0.00099 吨", done.steps[0].data["signed"]["content"]):
        assert words in whole


def test_who_comes_late_hears_what_others_did_and_keeps_the_words(world: World, plan: Plan) -> None:
    case = file(world)
    acting.take(connection.connection, hat_of(world.haulier), case, Wish("decline", reason="车坏了"))
    client, address = client_of(world.works), reverse("case-step", args=[plan.id, case, "withdraw"])
    answer = client.post(address, {"rests_on": "1", "key": "w", "step": "withdraw", "reason": "改期再运"})
    assert answer.status_code == 422
    for words in ("改期再运", "青城危货运输公司", "承运人退回", 'name="rests_on" value="2"'):
        assert words in text(answer)
    again = client.post(address, {"rests_on": "2", "key": "w", "step": "withdraw", "reason": "改期再运"})
    assert again.status_code == 302
    assert "改期再运" in text(client.get(reverse("case", args=[plan.id, case])))


def test_many_are_signed_at_once_each_for_itself(world: World, plan: Plan) -> None:
    cases = [file(world) for _ in range(3)]
    client = client_of(world.works)
    desk = text(client.get(reverse("cases", args=[plan.id])))
    assert all(f'value="{case}|1"' in desk for case in cases)
    acting.take(connection.connection, hat_of(world.haulier), cases[1], Wish("decline", reason="车坏了"))
    sent = {"step": "dispatch", "key": "many", "case": [f"{case}|1" for case in cases]}
    answer = client.post(reverse("cases-sign", args=[plan.id]), sent)
    assert answer.status_code == 422
    assert text(answer).count("已签署") == 2
    assert "已走到第 2 步" in text(answer)
    states = [engine.read(connection.connection, case).state for case in cases]
    assert states == ["loaded", "draft", "loaded"]


def test_the_desk_narrows_and_its_file_holds_the_same(world: World, plan: Plan) -> None:
    cases = [file(world) for _ in range(2)]
    client, address = client_of(world.haulier), reverse("cases", args=[plan.id])
    assert "没有待办事项" in text(client.get(address))
    for query in (
        "view=all",
        "view=all&q=青城",
        f"view=all&q={cases[0].partition(':')[2][:8]}",
        "view=all&state=submitted",
    ):
        assert "危险废物转移" in text(client.get(f"{address}?{query}")), query
    for query in ("view=all&q=没有这家", "view=all&state=completed", "view=all&to=2020-01-01"):
        assert "没有符合条件的事项" in text(client.get(f"{address}?{query}")), query
    file_text = client.get(reverse("cases-file", args=[plan.id, "csv"]) + "?view=all").content.decode("utf-8-sig")
    assert all(case in file_text for case in cases)
    assert client.get(reverse("cases-file", args=[plan.id, "xlsx"]) + "?view=all").content[:2] == b"PK"


@pytest.mark.parametrize("most", [2000, 0], ids=["by index", "case by case"])
def test_a_case_is_found_by_what_stands_in_it(
    world: World, plan: Plan, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST_FOUND", most)
    number = f"{timezone.localdate().year}1501000001"
    wanted = file(world, national_number=number, emergency_measures="用沙土吸附，Foam 灭火")
    file(world, legs=[{"carrier_org": "haulier", "vehicle": "vehicle-3"}])
    client, address = client_of(world.works), reverse("cases", args=[plan.id])

    def found(words: str, who: Client = client) -> int:
        with CaptureQueriesContext(connection) as asked:
            answer = who.get(address, {"view": "all", "q": words})
        counts.add(len(asked.captured_queries))
        return len(re.findall(r'<th scope="row">', text(answer)))

    counts: set[int] = set()
    once = (number, wanted.partition(":")[2], "蒙A10001", "蒙a 10001", "沙土吸附", "foam")
    assert {words: found(words) for words in once} == dict.fromkeys(once, 1)
    twice = (STREAM, "HW08", "废矿物油与含矿物油", "大青山")
    assert {words: found(words) for words in twice} == dict.fromkeys(twice, 2)
    assert len(counts) == 1, counts
    nothing = ("沙土灭火器", "蒙B", number[:-1] + "9", "油", "%", "' OR 1=1")
    assert {words: found(words) for words in nothing} == dict.fromkeys(nothing, 0)
    stranger = client_of(make_person("clinic-1", "medical_institution", "clinic"))
    assert {words: found(words, stranger) for words in once} == dict.fromkeys(once, 0)


def test_a_file_goes_with_the_step_and_is_seen_by_whoever_sees_the_case(
    world: World, plan: Plan, tmp_path: Path, settings: Any, rules_once: None
) -> None:
    settings.ATTACHMENT_FOLDER = tmp_path
    case, client = file(world), client_of(world.works)
    address = reverse("case-step", args=[plan.id, case, "dispatch"])
    picture = SimpleUploadedFile("装车.png", png())
    sent = {"rests_on": "1", "key": "k-1", "step": "dispatch"}
    bad = client.post(address, sent | {"evidence": [SimpleUploadedFile("run.exe", b"MZ"), picture]})
    assert (bad.status_code, engine.read(connection.connection, case).no) == (422, 1)
    assert "run.exe" in text(bad)
    (kept,) = Attachment.objects.all()
    assert f'name="kept" value="{kept.pk}" checked' in text(bad)
    stranger = make_person("clinic-1", "medical_institution", "clinic")
    foreign = Attachment.objects.create(
        org_id="clinic", name="病历.png", media_type="image/png", size_bytes=1, sha256="0" * 64,
        uploaded_by=stranger, uploaded_at=timezone.now(),
    )  # fmt: skip
    done = client.post(address, sent | {"kept": [kept.pk, foreign.pk]})
    assert done.status_code == 302
    href = reverse("case-file", args=[plan.id, case, kept.pk])
    for person, status in ((world.works, 200), (world.haulier, 200), (world.plant, 200), (stranger, 404)):
        reader = client_of(person)
        with pages_as_app():
            assert reader.get(href).status_code == status, person
    page = text(client_of(world.plant).get(reverse("case", args=[plan.id, case])))
    assert href in page
    assert f"{href}?look=1" in page
    assert "病历" not in page
    look = client.get(href, {"look": "1"})
    assert (look["Content-Type"], b"".join(look.streaming_content)) == ("image/png", png())
    attachments.withdraw(kept)
    assert client.get(href).status_code == 404


def test_naming_somebody_elses_file_opens_nothing(world: World, plan: Plan) -> None:
    """A hash, or an id, that somebody learnt of is recorded as said and leads to no content."""
    secret = Attachment.objects.create(
        org_id="plant", name="配方.pdf", media_type="application/pdf", size_bytes=1, sha256="a" * 64,
        uploaded_by=world.plant, uploaded_at=timezone.now(),
    )  # fmt: skip
    case = file(world)
    wish = Wish("dispatch", evidence=(Evidence("document", "猜到的", secret.sha256),))
    acting.take(connection.connection, hat_of(world.works), case, wish)
    client = client_of(world.works)
    assert "猜到的" in text(client.get(reverse("case", args=[plan.id, case])))
    assert client.get(reverse("case-file", args=[plan.id, case, secret.pk])).status_code == 404


def test_an_earlier_reading_is_corrected_from_its_own_line(world: World, plan: Plan) -> None:
    case = file(world, transport="pipeline", legs=[], wastes=[{"stream": STREAM, "packaging": "桶", "planned_g": 9000}])
    for grams in (3_000, 4_000):
        line = {"stream": STREAM, "packaging": "桶", "planned_g": 9000, "outflow_g": grams}
        acting.take(connection.connection, hat_of(world.works), case, Wish("record_outflow", {"wastes": [line]}))
    client, address = client_of(world.works), reverse("case-step", args=[plan.id, case, "propose_correction"])
    assert f"{address}?corrects=2" in text(client.get(reverse("case", args=[plan.id, case])))
    form = text(client.get(address, {"corrects": "2"}))
    assert re.search(r'name="f-wastes-0-outflow_g" value="3"', form)
    assert "第 99 步不存在" in text(client.get(address, {"corrects": "99"}))
    sent = {"rests_on": "3", "step": "propose_correction", "corrects": "2", "reason": "看错表", "n-wastes": "1",
            "o-wastes-0": "0", "f-wastes-0-stream": STREAM, "f-wastes-0-outflow_g": "2.9",
            "f-wastes-0-outflow_g-unit": "千克"}  # fmt: skip
    assert client.post(address, sent).status_code == 302
    (change,) = engine.read(connection.connection, case).steps[-1].data["correction"]["diff"]
    assert change == {"place": "wastes[1].outflow_g", "was": 3_000, "now": 2_900}


def test_my_work_and_paper(world: World, plan: Plan) -> None:
    case = file(world)
    client = client_of(world.works)
    work = text(client.get(reverse("work", args=[plan.id])))
    assert "等待签署的事项" in work
    assert reverse("case", args=[plan.id, case]) in work
    paper = text(client.get(reverse("case-print", args=[plan.id, case])))
    assert "data:image/svg+xml" in paper
    assert case in paper


def test_a_list_of_many_asks_as_often_as_a_list_of_one(world: World, plan: Plan) -> None:
    client, address = client_of(world.works), reverse("cases", args=[plan.id])

    def queries(where: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(where).status_code == 200
        return len(asked.captured_queries)

    file(world)
    one = queries(address), queries(reverse("work", args=[plan.id]))
    for _ in range(9):
        file(world)
    assert (queries(address), queries(reverse("work", args=[plan.id]))) == one


def test_picking_finds_by_name(world: World, plan: Plan) -> None:
    client, address = client_of(world.works), reverse("case-pick", args=[plan.id])
    for kind, words, found in (
        ("org", "大青山", "plant · 大青山再生油公司"),
        ("site", "大青山", f"{world.plant_site} · 大青山再生油公司厂区 · 大青山再生油公司"),
        ("stream", STREAM, STREAM),
        ("place", "托克托", "togtoh"),
    ):
        answer = text(client.get(address, {"kind": kind, "f-x": words}))
        assert found in answer, kind
    assert "option" not in text(client.get(address, {"kind": "org", "f-x": "大"}))
    assert "option" not in text(client.get(address, {"kind": "person-9", "f-x": "大青山"}))


def test_the_driver_signs_on_the_works_screen_with_a_code(world: World, plan: Plan) -> None:
    case = file(world)
    acting.take(connection.connection, hat_of(world.works), case, Wish("dispatch"))
    address = reverse("case-step", args=[plan.id, case, "pick_up"])
    shown = text(client_of(world.haulier).post(address, {"rests_on": "2", "key": "c", "show": "pick_up"}))
    code = re.search(r'class="big-code"><code>([0-9A-Z ]+)<', shown)
    assert code
    works, redeem = client_of(world.works), reverse("case-code", args=[plan.id, case])
    wrong = works.post(redeem, {"code": "2222 2222"}, follow=True)
    assert "签署码不对" in text(wrong)
    done = works.post(redeem, {"code": code[1].lower()}, follow=True)
    assert "运输中" in text(done)
    last = engine.read(connection.connection, case).steps[-1]
    assert (last.acting_for, last.actor, last.data["signed"]["method"]) == (
        "haulier",
        world.haulier.actor,
        "one_time_code",
    )
    assert "签署码已过期或已使用" in text(works.post(redeem, {"code": code[1]}, follow=True))


def test_documents_go_along_with_a_code_and_a_step_that_needs_them_is_signed_by_it(
    world: World, plan: Plan, tmp_path: Path, settings: Any, rules_once: None
) -> None:
    settings.ATTACHMENT_FOLDER = tmp_path
    wish = Wish("announce_paper", world.values(paper_number="P-1"), reason="系统停用")
    case = acting.begin(connection.connection, hat_of(world.works), TRANSFER, wish).case
    address = reverse("case-step", args=[plan.id, case, "enter_paper"])
    redeem = reverse("case-code", args=[plan.id, case])
    works, haulier = client_of(world.works), client_of(world.haulier)
    sent = {"rests_on": "1", "key": "c", "show": "enter_paper"}

    def code(**more: Any) -> str:
        said = text(works.post(address, sent | more))
        found = re.search(r'class="big-code"><code>([0-9A-Z ]+)<', said)
        assert found, said
        return found[1]

    with pages_as_app():
        wrong = works.post(address, sent | {"evidence": [SimpleUploadedFile("run.exe", b"MZ")]})
        assert "run.exe" in text(wrong)
        assert "big-code" not in text(wrong)
        refused = haulier.post(redeem, {"code": code()}, follow=True)
        assert EvidenceMissing.remedy_zh in text(refused)
        made = code(evidence=[SimpleUploadedFile("联单.png", png())])
        assert "运输中" in text(haulier.post(redeem, {"code": made}, follow=True))
    last = engine.read(connection.connection, case).steps[-1]
    assert (last.transition, last.actor, last.signed["method"]) == ("enter_paper", world.works.actor, "one_time_code")
    (kept,) = Attachment.objects.all()
    assert kept.uploaded_by == world.works
    href = reverse("case-file", args=[plan.id, case, kept.pk])
    stranger = client_of(make_person("clinic-1", "medical_institution", "clinic"))
    for reader, status in ((works, 200), (haulier, 200), (stranger, 404)):
        with pages_as_app():
            assert reader.get(href).status_code == status
