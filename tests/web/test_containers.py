"""The pages of containers: list, scan with every bad code by name, labelling several, printing, a manifest of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.registry.as_app import pages_as_app
from tests.registry.rows import credit_code
from tests.web.case_sample import World
from tests.web.container_sample import CREDIT, VALUES, drum, make_works
from wufei.registry.credit_code import check_character, org_check_character
from wufei.registry.models import Site
from wufei.web.containers import printing
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
GOOD = f"{CREDIT}90024908" + "20250303"


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    settings.IMPORT_FOLDER, settings.IMPORT_IN_REQUEST = tmp_path, True
    return make_works()


@pytest.fixture
def works(client: Client, world: World) -> Client:
    client.force_login(world.works)
    return client


def get(client: Client, plan: Plan, name: str, *args: str, **asked: Any) -> tuple[int, str]:
    answer = client.get(reverse(name, args=[plan.id, *args]), asked)
    return answer.status_code, answer.content.decode()


def test_the_list_shows_filters_exports_and_asks_a_fixed_number_of_questions(works: Client, plan: Plan, world: World) -> None:  # fmt: skip  # noqa: E501
    first = drum(world, 180_000)
    with CaptureQueriesContext(connection) as few:
        status, said = get(works, plan, "containers")
    assert (status, first["code"] in said, "0.18 吨" in said) == (200, True, True)
    others = [drum(world) for _ in range(4)]
    with CaptureQueriesContext(connection) as many:
        _status, said = get(works, plan, "containers")
    assert len(few) == len(many)
    assert all(other["code"] in said for other in others)
    _status, said = get(works, plan, "containers", state="stored", site="site-works", stream="900-249-08")
    assert first["code"] in said
    assert others[0]["code"] not in said
    Site.objects.create(id="site-works-2", org_id="works", name_zh="二厂", place="togtoh")
    assert first["code"] not in get(works, plan, "containers", site="site-works-2")[1]
    answer = works.get(reverse("containers-file", args=[plan.id, "csv"]), {"state": "labelled"})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert all(other["code"] in body for other in others)
    assert first["code"] not in body


def test_a_container_is_seen_by_its_keeper_alone(client: Client, plan: Plan, world: World) -> None:
    made = drum(world, 1000)
    client.force_login(world.works)
    status, said = get(client, plan, "container", made["case"])
    assert (status, made["code"] in said, "装入入库" in said) == (200, True, True)
    assert get(client, plan, "container", "manifest:0199a000-0000-7000-8000-000000000001")[0] == 404
    client.force_login(world.plant)  # another firm, asked as the pages ask the database
    with pages_as_app():
        status, said = get(client, plan, "container-scan", code=made["code"])
        opened = get(client, plan, "container", made["case"])[0]
        listed = get(client, plan, "containers")[1]
        again = get(client, plan, "container-scan", **{"with": made["lot"]})[1]
    assert (status, "由其他单位保管" in said, "装入入库" in said) == (422, True, False)
    assert f'value="{made["code"]}"' in said
    assert (opened, made["code"] in listed, made["code"] in again) == (404, False, False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("联单", "没有 37 位的容器数字识别码"),
        (GOOD + "00", "不完整或认错了"),
        (GOOD[:17] + ("1" if GOOD[17] != "1" else "2") + GOOD[18:] + "001", "不完整或认错了"),
        (GOOD + "999", "尚未在本系统赋码"),
    ],
)
def test_a_bad_code_is_named_and_kept_in_the_box(works: Client, plan: Plan, text: str, words: str) -> None:
    status, said = get(works, plan, "container-scan", code=text)
    assert (status, words in said) == (422, True)
    assert f'value="{text}"' in said


def test_a_label_of_another_city_and_one_kept_by_others_are_told_apart(client: Client, plan: Plan, world: World) -> None:  # fmt: skip  # noqa: E501
    body = "91110105" + "00000099" + org_check_character("00000099")
    elsewhere = body + check_character(body) + "9002490820250303001"
    client.force_login(world.works)
    assert "外地单位" in get(client, plan, "container-scan", code=elsewhere)[1]
    own = credit_code(72) + "9002490820250303001"
    assert "尚未在本系统赋码" in get(client, plan, "container-scan", code=own)[1]


def test_scanning_makes_a_list_and_names_what_is_scanned_twice_or_elsewhere(works: Client, plan: Plan, world: World) -> None:  # fmt: skip  # noqa: E501
    one, two = drum(world, 1000), drum(world, 2000)
    status, said = get(works, plan, "container-scan", code=f"https://example.org/?c={one['code']}", at="site-works")
    assert (status, "已扫描" in said, "不在“" in said) == (200, True, False)
    status, said = get(works, plan, "container-scan", code=one["code"], **{"with": [one["lot"]]})
    assert (status, "没有重复加入" in said) == (200, True)
    said = get(works, plan, "container-scan", code=two["code"], at="site-works", **{"with": [one["lot"], "<b>"]})[1]
    assert f'name="lot" value="{one["lot"]}"' in said
    assert f'name="lot" value="{two["lot"]}"' in said
    assert "<b>" not in said
    answer = works.get(reverse("container-scan", args=[plan.id]))
    assert answer["Permissions-Policy"] == "camera=(self)"
    assert "camera=()" in works.get(reverse("containers", args=[plan.id]))["Permissions-Policy"]


def test_several_are_labelled_by_one_form_and_a_key_labels_them_once(works: Client, plan: Plan) -> None:
    sent = {f"f-{name}": value for name, value in VALUES.items()} | {"count": "3", "key": "k-1"}
    address = reverse("container-label", args=[plan.id])
    for _twice in range(2):
        assert works.post(address, sent).status_code == 302
    said = get(works, plan, "containers")[1]
    assert [GOOD + f"{n:03}" in said for n in (1, 2, 3, 4)] == [True, True, True, False]
    refused = works.post(address, sent | {"count": "101", "key": "k-2"})
    assert (refused.status_code, "1 至 100" in refused.content.decode()) == (422, True)
    empty = works.post(address, {"count": "1"})
    assert (empty.status_code, GOOD + "004" in get(works, plan, "containers")[1]) == (422, False)


def test_labels_are_printed_told_and_stopped(works: Client, plan: Plan, world: World, client: Client) -> None:
    made = [drum(world, 1000), drum(world)]
    begun = works.post(reverse("labels-begin", args=[plan.id]), {"lot": [m["lot"] for m in made]})
    assert "标签已排好" in works.get(begun.url).content.decode()
    body = b"".join(works.get(begun.url + "file/").streaming_content)
    document = pypdfium2.PdfDocument(BytesIO(body))
    words = "".join(page.get_textpage().get_text_range() for page in document)
    assert (len(document), "1 千克" in words) == (2, True)
    every = works.post(reverse("labels-begin", args=[plan.id]) + "?state=labelled", {"all": "1"})
    assert "1 张标签" in works.get(every.url).content.decode()
    none = works.post(reverse("labels-begin", args=[plan.id]), {"lot": ["00000000-0000-0000-0000-000000000000"]})
    assert none.url == reverse("containers", args=[plan.id])
    run = printing.find(begun.url.rstrip("/").rpartition("/")[2], world.works.pk)
    assert run is not None
    printing.stop(run)
    printing._set(run, [])
    assert "已停止" in works.get(begun.url).content.decode()
    client.force_login(world.plant)
    assert client.get(begun.url).status_code == 404


def test_ticked_containers_become_the_lines_of_a_manifest(works: Client, plan: Plan, world: World) -> None:
    made = [drum(world, 1000), drum(world, 2500)]
    sent = {"lot": [m["lot"] for m in made], "manifest": "1", "at": "site-works"}
    begun = works.post(reverse("labels-begin", args=[plan.id]), sent)
    said = works.get(begun.url).content.decode()
    assert all(m["lot"] in said for m in made)
    assert said.count('value="铁桶"') == 2
    assert 'value="2.5"' in said
    assert works.post(reverse("labels-begin", args=[plan.id]), {"manifest": "1"}).url == reverse("containers", args=[plan.id])  # fmt: skip  # noqa: E501


def test_the_waste_register_names_the_container_of_each_row(works: Client, plan: Plan, world: World) -> None:
    made = drum(world, 1000)
    said = get(works, plan, "waste-register", "site-works")[1]
    assert "铁桶" in said
    answer = works.get(reverse("waste-register-file", args=[plan.id, "site-works", "csv"]), {"table": "stored"})
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    (row,) = [row for row in rows if made["code"] in row]
    assert "铁桶,1," in row
