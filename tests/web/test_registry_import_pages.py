"""Sheets of the registry on the import pages: who is offered them, the preview, the import, both languages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.registry.rows import a_site, an_org, credit_code
from tests.web.conftest import make_person
from wufei.registry.models import Organisation, Site
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db
HEAD = "单位名称,统一社会信用代码,单位类型,注册地址\n"


@pytest.fixture(autouse=True)
def _in_request(settings: Any, tmp_path: Any) -> None:
    settings.IMPORT_IN_REQUEST = True
    settings.IMPORT_FOLDER = tmp_path / "imports"


def client(role: str, org: str | None = None, **more: Any) -> Client:
    found = Client()
    found.force_login(make_person(f"the-{role}", role, org, **more))
    return found


def send(to: Client, plan: Plan, text: str, kind: str = "orgs") -> Any:
    file = SimpleUploadedFile("单位.csv", text.encode())
    sent = {"kind": kind, "mode": "atomic", "file": file}
    return to.post(reverse("imports", args=[plan.id]), sent, follow=True)


def test_a_sheet_is_previewed_and_imported(plan: Plan) -> None:
    org = an_org("甲厂", registered_address="旧址")
    office = client("city_office", "zero_waste_office")
    rows = f"甲厂,{org.credit_code},企业,新址\n乙厂,{credit_code(901)},企业,二路\n"
    answer = send(office, plan, HEAD + rows)
    page = answer.content.decode()
    assert "甲厂" in page
    assert "<del>旧址</del> → <ins>新址</ins>" in page
    assert "新登记" in page
    assert Organisation.objects.filter(name_zh="乙厂").count() == 0
    way = answer.redirect_chain[-1][0]
    done = office.post(way, follow=True).content.decode()
    assert "message success" in done
    org.refresh_from_db()
    assert org.registered_address == "新址"
    assert Organisation.objects.filter(name_zh="乙厂").count() == 1
    office.post(reverse("language"), {"language": "en", "next": way})
    english = office.get(way).content.decode()
    assert "What the sheet enters and amends" in english
    assert "Registered address" in english


def test_what_is_wrong_is_told_by_cell(plan: Plan) -> None:
    page = send(client("city_office", "zero_waste_office"), plan, HEAD + "丙厂,12345,企业,\n").content.decode()
    assert "B2" in page
    assert "18 位" in page
    assert not Organisation.objects.filter(name_zh="丙厂").exists()


def test_only_the_sheets_that_the_hat_may_use_are_offered(plan: Plan) -> None:
    org = an_org()
    address = reverse("imports", args=[plan.id])
    assert "单位登记表" in client("city_office", "zero_waste_office").get(address).content.decode()
    lead = client("lead_bureau", "ecology_environment_bureau")
    assert "单位登记表" not in lead.get(address).content.decode()
    assert send(lead, plan, HEAD + "丁厂,,企业,\n").status_code == 422
    dispatcher = client("carrier_dispatcher", org.pk).get(address).content.decode()
    assert "车辆登记表" in dispatcher
    assert "场所登记表" not in dispatcher


def test_an_enterprise_imports_its_own_sites_only(plan: Plan) -> None:
    org, other = an_org(), an_org()
    a_site(other, "旧厂区")
    mine = client("enterprise_admin", org.pk)
    head = "所属单位,场所名称,所在区划\n"
    page = send(mine, plan, f"{head}{org.pk},一厂区,托克托县\n{other.pk},二厂区,托克托县\n", "sites").content.decode()
    assert "A3" in page
    assert "无权" in page
    answer = send(mine, plan, f"{head}{org.pk},一厂区,托克托县\n", "sites")
    mine.post(answer.redirect_chain[-1][0])
    assert Site.objects.filter(org=org).count() == 1
    assert Site.objects.filter(org=other).count() == 1
