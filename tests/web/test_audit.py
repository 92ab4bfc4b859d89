"""The audit log: what is written, that the app role cannot change it, who reads it; and looking through a hat."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.registry.as_app import as_app, pages_as_app
from tests.web.conftest import make_person
from tests.web.sign_in import acts, sign_in
from wufei import catalog
from wufei.intake import audit
from wufei.registry import hats, impersonating
from wufei.registry.access import STRANGER, force
from wufei.registry.acts import Visitor, visitor
from wufei.registry.models import AuditDetail, Hat, Impersonation, Person
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored", "rules_once")]


@pytest.fixture
def auditor(client: Client) -> Client:
    client.force_login(make_person("auditor", "auditor"))
    return client


def test_every_act_that_the_code_tells_is_declared(root: Path, catalogue: catalog.Catalog) -> None:
    declared = {act.id for act in catalogue.national.items("acts")}
    code = "\n".join(path.read_text(encoding="utf-8") for path in (root / "src/wufei").rglob("*.py"))
    told = set(re.findall(r'\btell\(\s*"([a-z_]+)"', code))
    assert len(told) > 20
    assert told <= declared
    with pytest.raises(audit.ActUnknown):
        audit.note("invented", STRANGER, "-")


def test_signing_in_and_out_is_recorded_with_whence(client: Client, person: Person) -> None:
    sign_in(client, person.username, "wrong")
    sign_in(client, person.username, HTTP_USER_AGENT="Firefox", REMOTE_ADDR="10.1.2.3")
    client.post(reverse("logout"))
    who = person.actor
    assert acts() == [("sign_in_failed", "-", who), ("sign_in", who, who), ("sign_out", who, who)]
    assert ("10.1.2.3", "Firefox") in AuditDetail.objects.values_list("address", "agent")


def test_a_refusal_is_recorded_once_a_minute(client: Client, plan: Plan) -> None:
    client.force_login(make_person("viewer", "enterprise_viewer", "org-viewer"))
    for _turn in range(3):
        assert client.get(reverse("post", args=[plan.id])).status_code == 403
    assert [act for act, *_ in acts()] == ["refused"]


def test_the_log_holds_no_names(person: Person) -> None:
    person.full_name = "王小明"
    person.save()
    visitor.set(Visitor("10.0.0.9", "Firefox"))
    audit.note("export", hats.wearer(person)[0], person.actor, reason="检查")
    visitor.set(Visitor())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r::text || x::text FROM journal.record r JOIN journal.step x USING (seq) WHERE x.workflow = 'audit'"
        )
        text = "".join(row[0] for row in cursor.fetchall())
    assert person.actor in text
    for secret in ("王小明", person.username, "10.0.0.9", "Firefox"):
        assert secret not in text


def test_any_hat_writes_acts_and_nobody_reads_them_but_the_auditor() -> None:
    viewer = make_person("viewer", "enterprise_viewer", "org-viewer")
    hat = hats.wearer(viewer)[0]
    with pages_as_app():
        for worn in (hat, STRANGER):
            with force.wearing(worn):
                audit.note("export", worn, "org-viewer")
                assert connection.connection.execute("SELECT count(*) FROM journal.step").fetchone() == (0,)
    with as_app(hats.wearer(make_person("auditor", "auditor"))[0]) as raw:
        assert raw.execute("SELECT count(*) FROM journal.step WHERE workflow = 'audit'").fetchone() == (2,)
        for change in ("UPDATE journal.step SET transition = 'x'", "DELETE FROM journal.record"):
            with pytest.raises(Exception, match="permission denied"), raw.transaction():
                raw.execute(change)


def test_the_auditor_reads_filters_pages_and_exports(auditor: Client, plan: Plan, person: Person) -> None:
    hat = hats.wearer(person)[0]
    for n in range(60):
        audit.note("export" if n % 2 else "download", hat, "org-x" if n < 10 else "org-y")
    address = reverse("audit", args=[plan.id])
    body = auditor.get(address).content.decode()
    assert "导出" in body
    assert body.count('data-label="事项"') == 50
    after = re.search(r'rel="next" href="([^"]+)"', body)
    assert after
    assert auditor.get(address + after[1].replace("&amp;", "&")).content.decode().count('data-label="事项"') >= 10
    some = auditor.get(address + "?act=export&about=org-x").content.decode()
    assert some.count('data-label="事项"') == 5
    assert auditor.get(address + "?from=2030-01-01").content.decode().count('data-label="事项"') == 0
    assert auditor.get(address + "?cursor=nonsense").status_code == 422
    for suffix in ("csv", "xlsx"):
        assert auditor.get(reverse("audit-file", args=[plan.id, suffix])).status_code == 200
    assert ("export", "audit") in [(act, about) for act, _who, about in acts()]
    record = re.search(rf'href="({reverse("records", args=[plan.id])}[0-9a-f-]+/)"', body)
    assert record


def test_nobody_else_opens_the_log(client: Client, plan: Plan) -> None:
    for role in ("city_office", "system_admin", "security_admin"):
        client.force_login(make_person(f"a-{role}", role))
        assert client.get(reverse("audit", args=[plan.id])).status_code == 404


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_person("root", "system_admin"))
    return client


def began(admin: Client, plan: Plan, hat: Hat, reason: str = "用户报障") -> int:
    return int(admin.post(reverse("impersonate", args=[plan.id]), {"hat": hat.pk, "reason": reason}).status_code)


def test_looking_through_a_hat_reads_and_changes_nothing(admin: Client, plan: Plan) -> None:
    subject = make_person("worker", "enterprise_admin", "org-worker")
    key = admin.session.session_key
    assert began(admin, plan, subject.hats.get()) == 302
    assert admin.session.session_key != key
    seen = admin.get(reverse("journal", args=[plan.id]))
    assert seen.status_code == 200
    assert "您正在以 worker 的身份代看" in seen.content.decode()
    for name in ("post", "people"):
        args = [plan.id, "org-worker"] if name == "people" else [plan.id]
        told = admin.post(reverse(name, args=args), {"x": "y"})
        assert (told.status_code, "只能查看" in told.content.decode()) == (403, True)
    api = admin.post("/api/v1/journal/records", "{}", content_type="application/json")
    assert (api.status_code, api.json()["code"]) == (403, "impersonation_reads_only")
    assert admin.get(reverse("people-file", args=[plan.id, "org-worker", "csv"])).status_code == 200
    root = Person.objects.get(username="root").actor
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.actor, (x.data::jsonb)->>'through' FROM journal.step x JOIN journal.record r USING (seq) "
            "WHERE x.transition = 'export'"
        )
        assert cursor.fetchall() == [(root, subject.actor)]
    assert admin.post(reverse("through-stop")).status_code == 302
    assert admin.get(reverse("people", args=[plan.id, "org-worker"])).status_code == 404
    assert [act for act, *_ in acts()] == ["impersonate", "export", "impersonate_end"]


def test_the_person_is_told(admin: Client, plan: Plan) -> None:
    subject = make_person("worker", "enterprise_admin", "org-worker")
    began(admin, plan, subject.hats.get())
    theirs = Client()
    sign_in(theirs, "worker")
    assert "进行过代看" in theirs.get(reverse("account")).content.decode()
    assert "用户报障" not in theirs.get(reverse("account")).content.decode()
    assert Impersonation.objects.get().seen_at is not None


def test_it_ends_after_an_hour_and_with_the_hat(admin: Client, plan: Plan) -> None:
    subject = make_person("worker", "enterprise_admin", "org-worker")
    hat = subject.hats.get()
    began(admin, plan, hat)
    Impersonation.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert "代看" not in admin.get(reverse("account")).content.decode()
    began(admin, plan, hat)
    hats.end(hat, by="person-1")
    assert "正在以" not in admin.get(reverse("account")).content.decode()


def test_some_hats_are_out_of_bounds(admin: Client, plan: Plan) -> None:
    root = Person.objects.get(username="root")
    worker = make_person("worker", "enterprise_admin", "org-worker")
    guarded = [make_person(f"g-{role}", role).hats.get() for role in ("security_admin", "auditor", "system_admin")]
    for hat in (root.hats.get(), *guarded):
        assert began(admin, plan, hat) == 422
    assert began(admin, plan, worker.hats.get(), "  ") == 422
    assert not Impersonation.objects.exists()


def test_nobody_but_the_system_administrator_looks_through_hats(client: Client, plan: Plan) -> None:
    worker = make_person("worker", "enterprise_admin", "org-worker")
    for role, answer in (("city_office", 404), ("security_admin", 404), ("auditor", 404)):
        client.force_login(make_person(f"n-{role}", role))
        assert began(client, plan, worker.hats.get()) == answer
    assert impersonating.in_force(worker, None) is None


def test_nobody_uses_somebody_elses_impersonation(admin: Client, plan: Plan) -> None:
    began(admin, plan, make_person("worker", "enterprise_admin", "org-worker").hats.get())
    thief = make_person("thief", "enterprise_viewer", "org-thief")
    assert impersonating.in_force(thief, Impersonation.objects.get().pk) is None


def test_addresses_are_erased_after_a_year_and_acts_stay(person: Person) -> None:
    from wufei.registry import retention

    audit.note("export", hats.wearer(person)[0], "org-x")
    AuditDetail.objects.update(at=timezone.now() - timedelta(days=400), address="10.0.0.9")
    audit.note("export", hats.wearer(person)[0], "org-x")
    retention.run(now=timezone.now(), by="person-1", dry_run=False)
    assert AuditDetail.objects.count() == 1
    assert len(acts()) == 2
