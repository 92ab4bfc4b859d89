"""Findings, dossiers and checks on the road as pages: who sees what, by how many questions, what verifies."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.registry.as_app import as_app, pages_as_app
from tests.web.case_sample import OIL, World, file, hat_of, make_world
from tests.web.conftest import make_person
from wufei import catalog
from wufei.app import findings
from wufei.app.sealer import seal_all
from wufei.journal import signed_papers
from wufei.journal.standalone_papers import check_bundle, check_road
from wufei.journal.standalone_verifier import Failed
from wufei.registry.models import Permit, PermitScope, Site, Storage
from wufei.web.plan import Plan
from wufei.workflow import acting
from wufei.workflow.acting import Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    """The firms, of whom the works keeps more than a storage point may hold; sealed."""
    made = make_world()
    settings.SIGNING_KEY = tmp_path / "signing-key"
    Storage.objects.create(site_id="site-works", name_zh="贮存点", kind="storage_point")
    now = datetime.now(UTC)
    raised = findings.run(connection.connection, catalog.current(), now.date(), now, names=("storage_point_over",))
    assert len(raised.new) == 1
    seal_all(connection.connection, settings.SIGNING_KEY)
    return made


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    client.cookies["django_language"] = "zh-hans"
    return client


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_list_and_a_finding_tell_why_and_what_to_do(world: World, reader: Client, plan: Plan) -> None:
    said = text(reader.get(reverse("findings", args=[plan.id])))
    assert "贮存点超过实时贮存量上限" in said
    assert "托克托机械厂厂区" in said
    case = connection.connection.execute("SELECT case_id FROM journal.desk WHERE workflow = 'finding'").fetchone()[0]
    page = text(reader.get(reverse("finding", args=[plan.id, case])))
    for word in ("5 吨", "3 吨", "请及时清运", "法定上限"):
        assert word in page, word
    narrowed = text(reader.get(reverse("findings", args=[plan.id]), {"rule": "licence_quota_used"}))
    assert "没有符合" in narrowed


def test_the_rules_are_listed_with_thresholds_articles_and_confidence(world: World, reader: Client, plan: Plan) -> None:
    page = text(reader.get(reverse("finding-rules", args=[plan.id])))
    for rule in plan.catalog.national.items("rules"):
        assert rule.zh in page, rule.id
    for word in (
        "逾期日数 不低于 10 日",
        "占比 不低于 80.0 %",
        "第十一条 超过原批准年经营规模20%以上",
        "2 个工作日",
        "可信度",
    ):
        assert word in page, word
    said = text(client_of(world.works).get(reverse("findings", args=[plan.id])))
    assert reverse("finding-rules", args=[plan.id]) in said


def test_a_firm_sees_its_own_and_explains_it(world: World, plan: Plan) -> None:
    case = connection.connection.execute("SELECT case_id FROM journal.desk WHERE workflow = 'finding'").fetchone()[0]
    done = acting.take(connection.connection, hat_of(world.works), case, Wish("explain", {"explanation": "已约车"}))
    assert done.outcome == "appended"
    page = text(client_of(world.works).get(reverse("finding", args=[plan.id, case])))
    assert "已约车" in page
    assert "已说明待核" in page


def test_lists_ask_the_same_however_many(world: World, reader: Client, plan: Plan) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            reader.get(reverse("findings", args=[plan.id]))
        return len(seen)

    queries()
    few = queries()
    PermitScope.objects.filter(permit__org_id="plant", stream=OIL).update(quota_g_per_year=1)
    for site in ("site-plant", "site-else", "site-clinic"):
        Storage.objects.create(site_id=site, name_zh="库", kind="storehouse", capacity_g=1)
        post_stock(world, site)
    now = datetime.now(UTC)
    findings.run(connection.connection, catalog.current(), now.date(), now, names=("storage_full",))
    assert queries() == few


def post_stock(world: World, site: str) -> None:
    from wufei.journal import Entry, Record, append

    now = datetime.now(UTC)
    entry = Entry(f"origin:{site}", f"storage:{site}", OIL, 5_000)
    record = Record(now, now.strftime("%Y-%m"), "measured", world.works.actor, "works", "hj_1259_2022 6.2", (entry,))
    assert append(connection.connection, [record])[0].stands


@pytest.fixture
def moved(world: World) -> str:
    """A manifest of the works that was dispatched and accepted."""
    case = file(world)
    acting.take(connection.connection, hat_of(world.works), case, Wish("dispatch"))
    acting.take(connection.connection, hat_of(world.haulier), case, Wish("pick_up"))
    return case


def test_the_dossier_shows_what_was_planted_and_verifies_offline(
    world: World, moved: str, reader: Client, plan: Plan, tmp_path: Path, settings: Any
) -> None:
    page = text(reader.get(reverse("dossier", args=[plan.id, "site-works"])))
    for word in ("托克托机械厂", "贮存点超过实时贮存量上限", "运输中", "青城危货运输公司", "账差"):
        assert word in page, word
    answer = reader.get(reverse("dossier-bundle", args=[plan.id, "site-works"]))
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    told = json.loads(archive.read("dossier.json"))
    assert [f["rule"] for f in told["findings"]] == ["storage_point_over"]
    (manifest,) = told["manifests"]
    assert (manifest["case"], [s["step"] for s in manifest["signatures"]]) == (moved, ["submit", "dispatch", "pick_up"])
    assert archive.read("dossier.pdf").startswith(b"%PDF")
    key = signed_papers.known_signer(connection.connection, settings.SIGNING_KEY)[0].key_id
    assert check_bundle(answer.content, [key])["holds"]
    verifier, bundle = tmp_path / "verify.py", tmp_path / "dossier.zip"
    verifier.write_bytes(archive.read("verify.py"))
    bundle.write_bytes(answer.content)
    command = [sys.executable, "-I", "-S", str(verifier), str(bundle), "--key", key]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def changed(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    archive, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    with zipfile.ZipFile(out, "w") as made:
        for name, content in held.items():
            made.writestr(name, content)
    return out.getvalue()


def test_a_changed_bundle_is_told_by_name(world: World, settings: Any) -> None:
    signer, keys = signed_papers.known_signer(connection.connection, settings.SIGNING_KEY)
    whole = signed_papers.bundle({"a.txt": b"one", "b.txt": b"two"}, {"site": "x"}, signer, keys)
    assert check_bundle(whole)["files"] == ["a.txt", "b.txt"]
    listed = json.loads(zipfile.ZipFile(io.BytesIO(whole)).read("bundle.json"))
    listed["about"]["site"] = "y"
    changes: dict[str, Callable[[dict[str, bytes]], None]] = {
        "file_changed": lambda held: held.update({"a.txt": b"One"}),
        "signature_wrong": lambda held: held.update({"bundle.json": json.dumps(listed).encode()}),
        "bundle_unreadable": lambda held: held.pop("bundle.json") and None,
    }
    for code, change in changes.items():
        with pytest.raises(Failed) as caught:
            check_bundle(changed(whole, change))
        assert caught.value.code == code
    with pytest.raises(Failed) as caught:
        check_bundle(changed(whole, lambda held: held.update({"c.txt": b""})))
    assert caught.value.code == "file_changed"
    with pytest.raises(Failed) as caught:
        check_bundle(whole, ["0" * 64])
    assert caught.value.code == "key_not_trusted"


def test_a_site_of_somebody_else_has_no_dossier(world: World, plan: Plan) -> None:
    assert Site.objects.filter(pk="site-plant").exists()
    client = client_of(world.works)
    for name in ("dossier", "dossier-pdf", "dossier-bundle"):
        assert client.get(reverse(name, args=[plan.id, "site-plant"])).status_code == 404


def test_a_load_is_covered_until_something_stands_against_it(
    world: World, moved: str, reader: Client, plan: Plan, settings: Any
) -> None:
    def asked(text_: str) -> str:
        return text(reader.get(reverse("road-check", args=[plan.id]), {"q": text_}))

    assert "没有国家系统联单编号" in asked("蒙A·10001")
    number = f"{datetime.now(UTC).year}1501000001"
    wish = Wish("amend_minor", {"national_number": number}, reason="补填")
    acting.take(connection.connection, hat_of(world.works), moved, wish)
    for words in ("蒙A10001", "蒙A·10001", number, moved):
        assert "这一车有联单覆盖" in asked(words), words
    assert "没有与此相符的在途联单" in asked("蒙A99999")
    assert 'value="True"' not in asked("蒙A99999")  # the box of the search is another's
    assert "没有与此相符的在途联单" in asked("' OR 1=1 --")
    page = text(reader.get(reverse("road-code", args=[plan.id, moved])))
    statement = page.partition('id="statement">')[2].partition("<")[0]
    assert "核验码真实" in asked(statement)
    told = check_road(statement)["told"]
    assert (told["plate"], told["case"], told["number"]) == ("蒙A10001", moved, number)
    head, algorithm, body, public, signature = statement.split(".")
    forged = ".".join((head, algorithm, body[:-4] + "AAAA", public, signature))
    assert "核验码不成立" in asked(forged)
    with pytest.raises(Failed) as caught:
        check_road(statement, now=told["until"] + 1)
    assert caught.value.code == "road_over"
    with pytest.raises(Failed) as caught:
        check_road(statement, ["0" * 64])
    assert caught.value.code == "key_not_trusted"
    Permit.objects.filter(org_id="haulier").delete()
    assert "这一车没有联单覆盖" in asked("蒙A10001")
    assert 'id="statement"' not in text(reader.get(reverse("road-code", args=[plan.id, moved])))


FAR = "qingshuihe"  # nothing of the manifest lies there
NEEDED = {
    "national_number", "transport", "reach", "exemption", "consignor_org", "consignor_storage", "consignee_org",
    "consignee_site", "leg", "legs", "wastes",
}  # fmt: skip


@pytest.mark.usefixtures("rules_once")
def test_an_inspector_of_another_place_checks_a_load_and_nobody_else_learns_of_it(
    world: World, moved: str, plan: Plan
) -> None:
    number = f"{datetime.now(UTC).year}1501000002"
    wish = Wish("amend_minor", {"national_number": number}, reason="补填")
    acting.take(connection.connection, hat_of(world.works), moved, wish)
    told = "SELECT case_id, told::text FROM public.registry_road_loads(%s, %s, %s, 20)"
    ways = (("蒙A10001", "", ""), ("", number, ""), ("", "", moved))
    inspector = make_person("far-inspector", "inspector", place=FAR)
    office = make_person("far-office", "county_office", place=FAR)
    for person in (inspector, office, world.works, world.haulier, world.plant):
        with as_app(hat_of(person)) as raw:
            for way in ways:
                ((case, given),) = raw.execute(told, way).fetchall()
                values = json.loads(given)
                assert case == moved
                assert set(values) <= NEEDED
                assert set(values["wastes"][0]) == {"stream", "operation", "opinion"}
    others = [
        make_person("stranger", "enterprise_handler", "elsewhere"), make_person("other-driver", "driver", "railway"),
        make_person("anybody", "public"), make_person("keeper-of-keys", "security_admin"),
    ]  # fmt: skip
    for hat in (*map(hat_of, others), None):
        with as_app(hat) as raw:
            assert [raw.execute(told, way).fetchall() for way in ways] == [[], [], []], hat
    address = reverse("road-check", args=[plan.id])
    far, stranger = client_of(inspector), client_of(others[0])
    with pages_as_app():
        said = text(far.get(address, {"q": "蒙A10001"}))
        nothing = text(stranger.get(address, {"q": "蒙A10001"}))
    assert "这一车有联单覆盖" in said
    assert reverse("case", args=[plan.id, moved]) not in said
    assert "没有与此相符的在途联单" in nothing
