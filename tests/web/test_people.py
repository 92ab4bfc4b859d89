"""The pages of people, mandates, claims, files and one's own data: who may, what is shown, what is recorded."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as DjangoClient
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.registry.as_app import pages_as_app, rules_once  # noqa: F401
from tests.web.conftest import PASSWORD, make_person
from wufei.registry import hats, retention
from wufei.registry.acts import acted
from wufei.registry.models import (
    Attachment,
    Claim,
    Invitation,
    Mandate,
    Organisation,
    Person,
    SubjectRequest,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_once", "mirrored")]
PDF = b"%PDF-1.7\n%%EOF"


class Client(DjangoClient):
    """A browser whose pages ask the database as the role that they have in earnest, row security and all."""

    def request(self, **request: Any) -> Any:
        """Answer one request under the app role."""
        with pages_as_app():
            answer = super().request(**request)
            if answer.streaming:
                answer.body = b"".join(answer.streaming_content)
        return answer


REASON = {"reason": "核对应急联系方式"}


@pytest.fixture
def told() -> Iterator[list[tuple[str, str, str]]]:
    """The acts that would be recorded."""
    heard: list[tuple[str, str, str]] = []

    def hear(act: str, subject: str, reason: str, **_more: Any) -> None:
        heard.append((act, subject, reason))

    acted.connect(hear)
    yield heard
    acted.disconnect(hear)


@pytest.fixture
def org() -> Organisation:
    return Organisation.objects.create(
        id="org-plant", name_zh="甲厂", kind="enterprise", place="saihan", credit_code="91150100MA0N000002"
    )


@pytest.fixture
def as_role(org: Organisation) -> Callable[..., Client]:
    """A client of somebody with a role, in the organisation unless said otherwise."""
    Client().get(reverse("home"))  # the gate listens to sign-ins from the first request on

    def sign_in(role: str, org_id: str | None = "org-plant", **more: Any) -> Client:
        client = Client()
        person = make_person(f"{role}-{Person.objects.count()}", role, org_id, **more)
        client.force_login(person)
        client.cookies["django_language"] = "zh-hans"
        return client

    return sign_in


@pytest.fixture
def zhang(org: Organisation) -> Person:
    person = make_person("zhang", "enterprise_handler", org.pk)
    person.full_name, person.phone = "张三丰", "13812345678"
    person.save()
    return person


def at(name: str, *args: Any) -> str:
    return reverse(name, args=["hohhot", "org-plant", *args])


def test_names_are_masked_on_the_page_and_in_files(as_role: Any, zhang: Person, told: list[Any]) -> None:
    client = as_role("enterprise_admin")
    for address in (at("people"), at("person", zhang.pk), at("people-file", "csv")):
        body = client.get(address).content.decode("utf-8-sig")
        assert "张**" in body
        assert "138****5678" in body
        assert "张三丰" not in body
        assert "13812345678" not in body
    assert client.get(at("people-file", "xlsx")).content[:2] == b"PK"
    assert client.get(at("people-file", "exe")).status_code == 404
    assert ("export", "org-plant", "") in told


def test_seen_in_full_with_a_reason_that_is_recorded(as_role: Any, zhang: Person, told: list[Any]) -> None:
    client = as_role("enterprise_admin")
    address = at("person", zhang.pk)
    assert client.post(address, {"unmask": "1", "reason": " "}).status_code == 422
    assert not told
    body = client.post(address, {"unmask": "1", **REASON}).content.decode()
    assert "张三丰" in body
    assert "13812345678" in body
    assert told == [("unmask", zhang.actor, REASON["reason"])]
    Person.objects.filter(pk=zhang.pk).update(restricted_at="2026-01-01T00:00Z")
    assert client.post(address, {"unmask": "1", **REASON}).status_code == 403


@pytest.mark.parametrize(
    ("role", "org_id", "more", "status"),
    [
        ("enterprise_admin", "org-other", {}, 404),
        ("driver", "org-plant", {}, 404),
        ("public", None, {}, 403),
        ("county_office", None, {"place": "wuchuan"}, 404),
        ("county_office", None, {"place": "saihan"}, 404),
        ("city_office", None, {}, 404),
        ("security_admin", None, {}, 200),
        ("auditor", None, {}, 200),
        ("enterprise_viewer", "org-plant", {}, 404),
        ("enterprise_admin", "org-plant", {}, 200),
    ],
)
def test_who_sees_the_people(
    as_role: Any, zhang: Person, role: str, org_id: str | None, more: Any, status: int
) -> None:
    client = as_role(role, org_id, **more)
    for address in (at("people"), at("people-file", "csv"), at("person", zhang.pk)):
        assert client.get(address).status_code == status


@pytest.mark.parametrize("act", ["end", "hand_over", "close", "unmask", ""])
def test_an_auditor_changes_nothing(as_role: Any, zhang: Person, act: str) -> None:
    client = as_role("auditor", None)
    assert client.post(at("person", zhang.pk), {act: "1", **REASON}).status_code == 403
    assert client.post(at("people"), {"label": "x", "role": "driver"}).status_code == 403
    assert hats.open_hats(zhang).exists()


def test_invited_and_joined(as_role: Any, told: list[Any]) -> None:
    boss = as_role("enterprise_admin")
    assert boss.post(at("people"), {"label": "小李", "role": "city_office"}).status_code == 422
    sheet = boss.post(at("people"), {"label": "小李", "role": "enterprise_handler", "site": ""}).content.decode()
    link = re.search(r'<code id="link">https?://[^/]+([^<]+)</code>', sheet)
    assert link
    assert "data:image/svg+xml" in sheet
    assert "小李" in boss.get(at("people")).content.decode()
    newcomer = Client()
    assert "甲厂" in newcomer.get(link[1]).content.decode()
    said = {"username": "xiaoli", "full_name": "李小", "phone": "", "password": PASSWORD, "again": PASSWORD}
    assert newcomer.post(link[1], said | {"password": "12345678", "again": "12345678"}).status_code == 422
    assert newcomer.post(link[1], said).status_code == 302
    assert newcomer.get(at("mandates")).status_code == 200
    assert Client().get(link[1]).status_code == 410
    assert [act for act, *_rest in told] == ["invite", "accept_invitation"]


def test_somebody_signed_in_accepts_with_a_click(as_role: Any, org: Organisation) -> None:
    boss = as_role("enterprise_admin")
    sheet = boss.post(at("people"), {"label": "老王", "role": "enterprise_viewer"}).content.decode()
    link = re.search(r'<code id="link">https?://[^/]+([^<]+)</code>', sheet)
    wang = Person.objects.create_user("wang", password=PASSWORD)
    other = Client()
    other.force_login(wang)
    assert link
    assert "username" not in other.get(link[1]).content.decode()
    assert other.post(link[1]).status_code == 302
    assert [h.org_id for h in hats.open_hats(wang)] == [org.pk]


def test_withdrawn(as_role: Any) -> None:
    boss = as_role("enterprise_admin")
    boss.post(at("people"), {"label": "x", "role": "driver"})
    kept = Invitation.objects.get()
    assert boss.post(at("people"), {"withdraw": kept.pk}).status_code == 302
    assert Invitation.objects.get().withdrawn_at
    for number in ("9" * 30, "x", "-1"):
        assert boss.post(at("people"), {"withdraw": number}).status_code == 302


def test_a_role_ends_an_account_closes(as_role: Any, zhang: Person, told: list[Any]) -> None:
    theirs = Client()
    theirs.force_login(zhang)
    assert theirs.get(reverse("own-data")).status_code == 200
    boss = as_role("enterprise_admin")
    (hat,) = hats.open_hats(zhang)
    assert boss.post(at("person", zhang.pk), {"close": "1", **REASON}).status_code == 403
    assert boss.post(at("person", zhang.pk), {"end": hat.pk}).status_code == 422
    assert boss.post(at("person", zhang.pk), {"end": hat.pk, **REASON}).status_code == 302
    assert not hats.open_hats(zhang).exists()
    guard = as_role("security_admin", None)
    assert guard.post(at("person", zhang.pk), {"close": "1", **REASON}).status_code == 302
    assert theirs.get(reverse("own-data")).status_code == 302
    assert [act for act, *_rest in told] == ["refused", "end_hat", "deactivate"]


def test_a_hat_of_another_organisation_is_not_ended_here(as_role: Any, zhang: Person) -> None:
    Organisation.objects.create(id="org-other", name_zh="乙厂", kind="enterprise")
    foreign = hats.give(zhang, "enterprise_viewer", org="org-other")
    boss = as_role("enterprise_admin")
    assert boss.post(at("person", zhang.pk), {"end": foreign.pk, **REASON}).status_code == 404
    assert boss.get(at("person", 999999)).status_code == 404


def test_a_mandate_is_given_and_revoked(as_role: Any, told: list[Any]) -> None:
    Organisation.objects.create(id="org-carrier", name_zh="乙运输", kind="enterprise")
    boss = as_role("enterprise_admin")
    said = {
        "give": "1", "to": "乙运输", "acts": ["dispatch_waste"], "streams": "HW08", "valid_from": "2026-11-24",
        "valid_to": "2099-01-01", "most": "1.5",
    }  # fmt: skip
    assert boss.post(at("mandates"), said).status_code == 422
    assert boss.post(at("mandates"), said | {"valid_to": "2027-11-23", "streams": "gold"}).status_code == 422
    assert boss.post(at("mandates"), said | {"valid_to": "2027-11-23", "to": "无此单位"}).status_code == 422
    assert boss.post(at("mandates"), said | {"valid_to": "2027-11-23"}).status_code == 302
    given = Mandate.objects.get()
    assert given.most_g == 1_500_000
    page = boss.get(at("mandates")).content.decode()
    assert "乙运输" in page
    assert boss.post(at("mandates"), {"revoke": given.pk, "reason": ""}).status_code == 422
    assert boss.post(at("mandates"), {"revoke": given.pk, "reason": "终止"}).status_code == 302
    assert Mandate.objects.get().revoked_at
    assert "已撤销" in boss.get(at("mandates-file", "csv")).content.decode()
    assert [act for act, *_rest in told] == ["give_mandate", "revoke_mandate", "export"]


def test_a_mandate_of_another_organisation_is_not_revoked_here(as_role: Any, org: Organisation) -> None:
    other = Organisation.objects.create(id="org-other", name_zh="乙厂", kind="enterprise")
    foreign = Mandate.objects.create(
        org=other, to_org=org, acts=["carry_waste"], valid_from="2026-01-01", valid_to="2027-01-01", granted_by="x",
        granted_at="2026-01-01T00:00Z",
    )  # fmt: skip
    boss = as_role("enterprise_admin")
    assert "乙厂" in boss.get(at("mandates")).content.decode()
    assert boss.post(at("mandates"), {"revoke": foreign.pk, "reason": "x"}).status_code == 404
    assert as_role("enterprise_viewer").post(at("mandates"), {"revoke": foreign.pk, "reason": "x"}).status_code == 403


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.ATTACHMENT_FOLDER = tmp_path
    return tmp_path


def claim(
    client: Client, name: str = "授权书.pdf", data: bytes = PDF, org: str = "91150100ma0n000002", **said: Any
) -> Any:  # fmt: skip
    said = {"org": org, "proof": SimpleUploadedFile(name, data), "consent": "on"} | said
    return client.post(reverse("own-claims"), said)


def test_claimed_proved_and_decided(as_role: Any, folder: Path, told: list[Any]) -> None:
    li = Client()
    li.force_login(Person.objects.create_user("li", password=PASSWORD))
    assert claim(li, "a.exe", b"MZ").status_code == 422
    assert claim(li, org="无此单位").status_code == 422
    assert claim(li, consent="").status_code == 422
    assert not Attachment.objects.exists()
    assert claim(li).status_code == 302
    assert claim(li).status_code == 422
    kept = Claim.objects.get()
    file = reverse("attachment", args=[kept.proof_id])
    answer = li.get(file)
    assert answer.body == PDF
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]
    for role, org_id, more in (("enterprise_viewer", "org-plant", {}), ("county_office", None, {"place": "wuchuan"})):
        assert as_role(role, org_id, **more).get(file).status_code == 404
    office = as_role("county_office", None, place="saihan")
    assert office.get(file).status_code == 200
    listed = reverse("decide-claims", args=["hohhot"])
    assert "甲厂" in office.get(listed).content.decode()
    assert office.post(listed, {"claim": kept.pk, "refuse": "1", "reason": ""}).status_code == 422
    assert office.post(listed, {"claim": kept.pk, "grant": "1"}).status_code == 302
    assert li.get(at("people")).status_code == 200
    assert as_role("county_office", None, place="wuchuan").post(listed, {"claim": kept.pk}).status_code == 404
    assert as_role("enterprise_admin").get(listed).status_code == 404
    assert {"consent_given", "claim", "download", "decide_claim"} == {act for act, *_rest in told}


def test_consent_is_taken_back_as_easily_as_given(as_role: Any, folder: Path, told: list[Any]) -> None:
    li = Client()
    li.force_login(Person.objects.create_user("li", password=PASSWORD))
    assert "本人单独同意" in li.get(reverse("own-claims")).content.decode()
    assert claim(li).status_code == 302
    assert "撤回同意" in li.get(reverse("own-data")).content.decode()
    assert li.post(reverse("own-data"), {"withdraw": "claims"}).status_code == 302
    assert Claim.objects.get().granted is False
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert "撤回同意" not in li.get(reverse("own-data")).content.decode()
    assert li.post(reverse("own-data"), {"withdraw": "claims"}).status_code == 302
    assert [act for act, *_rest in told] == ["consent_given", "claim", "consent_withdrawn"]


def test_withdrawn_files_and_unknown_ids_are_no_pages(as_role: Any, folder: Path) -> None:
    li = Client()
    li.force_login(Person.objects.create_user("li", password=PASSWORD))
    claim(li)
    kept = Attachment.objects.get()
    Attachment.objects.update(withdrawn_at="2026-01-01T00:00Z")
    assert li.get(reverse("attachment", args=[kept.pk])).status_code == 404
    assert li.get(reverse("attachment", args=["file-nothing"])).status_code == 404
    assert Client().get(reverse("attachment", args=[kept.pk])).status_code == 302


def test_one_s_own_data(as_role: Any, zhang: Person, mirrored: None, told: list[Any]) -> None:
    mine = Client()
    mine.force_login(zhang)
    assert "张三丰" in mine.get(reverse("own-data")).content.decode()
    assert mine.get(reverse("own-file")).status_code == 405
    answer = mine.post(reverse("own-file"))
    assert json.loads(answer.content)["person"][0]["phone"] == "13812345678"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert mine.post(reverse("own-data"), {"kind": "correction"}).status_code == 422
    assert mine.post(reverse("own-data"), {"kind": "oblivion"}).status_code == 422
    assert mine.post(reverse("own-data"), {"kind": "correction", "phone": "13900001111"}).status_code == 302
    asked = SubjectRequest.objects.get()
    listed = reverse("requests", args=["hohhot"])
    assert as_role("enterprise_admin").get(listed).status_code == 404
    office = as_role("security_admin", None)
    assert "张**" in office.get(listed).content.decode()
    assert office.post(listed, {"request": asked.pk, "refuse": "1"}).status_code == 422
    assert office.post(listed, {"request": "x"}).status_code == 404
    assert office.post(listed, {"request": asked.pk, "grant": "1"}).status_code == 302
    assert Person.objects.get(pk=zhang.pk).phone == "13900001111"
    assert {"own_file", "ask_about_own_data", "decide_request"} == {act for act, *_rest in told}


def test_nobody_decides_their_own_request(as_role: Any) -> None:
    office = as_role("security_admin", None)
    office.post(reverse("own-data"), {"kind": "restriction"})
    asked = SubjectRequest.objects.get()
    listed = reverse("requests", args=["hohhot"])
    assert office.post(listed, {"request": asked.pk, "grant": "1"}).status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_notice_is_for_everybody(language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    body = client.get(reverse("privacy")).content.decode()
    for word in {"zh-hans": ("处理目的", "法律依据", "保存", "30"), "en": ("Purpose", "Legal basis", "Kept", "30")}[
        language
    ]:
        assert word in body
    assert not re.search(r"[\u4e00-\u9fff]", body.split("<main")[1].split("</main>")[0]) or language == "zh-hans"


def test_the_retention_page(as_role: Any) -> None:
    address = reverse("keeping", args=["hohhot"])
    assert as_role("enterprise_admin").get(address).status_code == 404
    retention.run(dry_run=True)
    body = as_role("security_admin", None).get(address).content.decode()
    assert "hj_1259_2022" in body
    assert "只统计" in body


def test_formulas_in_names_stay_text_in_files(as_role: Any, zhang: Person) -> None:
    zhang.full_name = '=HYPERLINK("http://x")'
    zhang.save()
    boss = as_role("enterprise_admin")
    lines = boss.get(at("people-file", "csv")).content.decode("utf-8-sig").splitlines()
    assert not [line for line in lines if line.startswith(("=", "+", "-", "@")) or ",=" in line]


def test_a_long_list_of_people_asks_no_more_than_a_short_one(as_role: Any, zhang: Person, org: Organisation) -> None:
    boss = as_role("enterprise_admin")
    counts = []
    for more in (0, 12):
        for number in range(more):
            person = make_person(f"more{number}", "enterprise_viewer", org.pk)
            person.full_name, person.phone = f"李{number}", f"1390000{number:04}"
            person.save()
        with CaptureQueriesContext(connection) as asked:
            assert boss.get(at("people")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
