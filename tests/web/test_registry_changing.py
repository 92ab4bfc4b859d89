"""What changes the registry, asked as the role of the pages: merge, takeover, closing, class, contacts, contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.registry.access_world import FAR, NEAR, Firm, make_firm
from tests.registry.as_app import pages_as_app
from tests.web.conftest import CHINESE, make_person
from wufei.journal.reading import Filter, query
from wufei.registry.access.policy import kept, rule_of
from wufei.registry.directory import known_as
from wufei.registry.merging import referring
from wufei.registry.models import Change, Claim, Contact, Contract, Hat, Merge, Organisation, Permit, Person, Site
from wufei.web.clock import today
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored", "rules_once")]
SHAPE = (("merge", "org"), ("close-organisation", "org"), ("contacts", "org"), ("contracts", "org"),
         ("close-site", "site"), ("takeover", "site"), ("site-class", "site"))  # fmt: skip


@pytest.fixture
def near(db: None) -> Firm:
    return make_firm("near", NEAR)


@pytest.fixture
def far(db: None) -> Firm:
    return make_firm("far", FAR)


@pytest.fixture
def office(near: Firm, far: Firm) -> Client:
    return signed_in("city_office")


@pytest.fixture
def as_pages(near: Firm, far: Firm) -> Iterator[None]:
    for firm in (near, far):  # each has a contract with itself and is merged into itself: not so in earnest
        Contract.objects.filter(org=firm.org).delete()
        Permit.objects.filter(org=firm.org).update(kind="discharge_permit")
        Merge.objects.filter(org=firm.org).delete()
    return


def signed_in(role: str, org: str | None = None, **more: Any) -> Client:
    client = Client()
    client.force_login(make_person(f"try-{role}", role, org, **more))
    client.cookies["django_language"] = CHINESE
    return client


def send(client: Client, name: str, args: list[Any], /, **said: Any) -> HttpResponse:
    with pages_as_app():
        return client.post(reverse(name, args=args), said)


def acts() -> list[str]:
    connection.ensure_connection()
    found = query(connection.connection, Filter(), size=50).items
    return [step.transition for stored in found for step in stored.record.steps if step.workflow == "audit"]


def test_who_merges_reaches_every_table_that_refers_to_an_organisation() -> None:
    """Else rows would silently stay behind: the city's office changes all of them, or they follow at the door."""
    for model, name in referring():
        rule = rule_of(model)
        everywhere = "all" in rule.scopes("change", "city_office") and "all" in rule.scopes("read", "city_office")
        assert everywhere or rule.door == "change", (rule.id, name)
    powers = {power.id: power for power in kept().known.national.items("powers")}
    for power in ("merge_organisations", "take_over_sites"):
        assert (powers[power].everywhere, powers[power].in_place, powers[power].in_org) == (("city_office",), (), ())


@pytest.mark.usefixtures("as_pages")
def test_a_merge_moves_everything_and_is_undone(office: Client, plan: Plan, near: Firm, far: Firm) -> None:
    before = {f"{m._meta.db_table}.{n}": sorted(m._default_manager.values_list("pk", n)) for m, n in referring()}
    with pages_as_app():
        looked = office.get(reverse("merge", args=[plan.id, far.org.pk]), {"into": near.org.pk}).content.decode()
    assert all(word in looked for word in ("场所", "身份", "邀请", "许可"))
    sent = send(office, "merge", [plan.id, far.org.pk], act="merge", into=near.org.pk, reason="同一营业执照")
    assert sent.status_code == 302, sent.content.decode()
    for model, name in referring():
        assert not model._default_manager.filter(**{name: far.org}).exists(), (model, name)
    far.org.refresh_from_db()
    assert far.org.merged_into == near.org
    assert known_as(connection.connection, near.org.pk) == {near.org.pk, far.org.pk}
    assert (
        send(
            office,
            "merge",
            [plan.id, near.org.pk],
            undo=Merge.objects.get().pk,
        ).status_code
        == 302
    )
    after = {f"{m._meta.db_table}.{n}": sorted(m._default_manager.values_list("pk", n)) for m, n in referring()}
    assert after == before
    assert {"merge_organisations", "undo_merge"} <= set(acts())
    by = Change.objects.filter(table="registry_hat", row=str(far.rows["registry_hat"].pk), act="update")
    assert {change.actor for change in by} == {Person.objects.get(username="try-city_office").actor}


@pytest.mark.usefixtures("as_pages")
def test_a_merge_that_cannot_be_says_why(office: Client, plan: Plan, near: Firm, far: Firm) -> None:
    no_reason = send(office, "merge", [plan.id, far.org.pk], act="merge", into=near.org.pk)
    assert no_reason.status_code == 422
    with pages_as_app():
        nobody = office.get(reverse("merge", args=[plan.id, far.org.pk]), {"named": "没有这个单位"})
        itself = office.get(reverse("merge", args=[plan.id, far.org.pk]), {"into": far.org.pk})
    assert nobody.status_code == itself.status_code == 422
    Contract.objects.create(org=near.org, partner=far.org, kind="disposal", valid_from=today())
    partners = send(office, "merge", [plan.id, far.org.pk], act="merge", into=near.org.pk, reason="看错")
    assert partners.status_code == 422
    assert "互有合同" in partners.content.decode()
    assert not Merge.objects.filter(org=far.org, into=near.org).exists()


@pytest.mark.usefixtures("as_pages")
def test_a_site_is_handed_over_after_a_look(office: Client, plan: Plan, near: Firm, far: Firm) -> None:
    hat = Hat.objects.create(
        person=near.person, role="enterprise_handler", org=near.org, site=near.site, granted_by="setup",
        granted_at=timezone.now(),
    )  # fmt: skip
    said = {"taker": far.org.name_zh, "day": today().isoformat()}
    looked = send(office, "takeover", [plan.id, near.site.pk], act="look", **said)
    assert looked.status_code == 200, looked.content.decode()
    assert f"交给{far.org.name_zh}" in looked.content.decode()
    assert Site.objects.get(pk=near.site.pk).org == near.org
    hat.refresh_from_db()
    assert hat.ended_at is None
    assert send(office, "takeover", [plan.id, near.site.pk], act="confirm", **said).status_code == 302
    assert Site.objects.get(pk=near.site.pk).org == far.org
    hat.refresh_from_db()
    assert hat.ended_at is not None
    assert Permit.objects.get(pk=near.rows["registry_permit"].pk).org == far.org
    again = send(office, "takeover", [plan.id, near.site.pk], act="confirm", **said)
    assert again.status_code == 422
    unknown = send(office, "takeover", [plan.id, near.site.pk], act="look", taker="没有这个单位", day="2025-01-01")
    assert unknown.status_code == 422


def test_closing_needs_a_reason_and_can_be_undone(office: Client, plan: Plan, near: Firm) -> None:
    for name, row in (("close-organisation", near.org), ("close-site", near.site)):
        assert send(office, name, [plan.id, row.pk], act="close", day=today().isoformat()).status_code == 422
        closed = send(office, name, [plan.id, row.pk], act="close", day=today().isoformat(), reason="已注销")
        assert closed.status_code == 302
        row.refresh_from_db()
        assert (row.closed_on, row.closed_reason) == (today(), "已注销")
        twice = send(office, name, [plan.id, row.pk], act="close", day=today().isoformat(), reason="已注销")
        assert twice.status_code == 422
        assert send(office, name, [plan.id, row.pk], act="reopen").status_code == 302
        row.refresh_from_db()
        assert row.closed_on is None
    assert {"close_registered", "reopen_registered"} <= set(acts())


def test_the_county_closes_what_lies_in_it_and_nothing_else(plan: Plan, near: Firm, far: Firm) -> None:
    county = signed_in("county_office", near.org.pk, place=NEAR)
    said = {"act": "close", "day": today().isoformat(), "reason": "停产"}
    assert send(county, "close-site", [plan.id, near.site.pk], **said).status_code == 302
    assert send(county, "close-site", [plan.id, far.site.pk], **said).status_code == 404
    assert send(county, "merge", [plan.id, near.org.pk]).status_code == 403


def test_a_class_is_set_with_reason_and_taken_back(office: Client, plan: Plan, near: Firm) -> None:
    where = [plan.id, near.site.pk]
    said = {"unit_class": "key_unit", "day": today().isoformat()}
    assert send(office, "site-class", where, act="set", **said).status_code == 422
    assert send(office, "site-class", where, act="set", reason="呼环函〔2026〕1号", **said).status_code == 302
    site = Site.objects.get(pk=near.site.pk)
    assert (site.class_override, site.class_override_reason) == ("key_unit", "呼环函〔2026〕1号")
    assert site.class_override_by.startswith("person-")
    with pages_as_app():
        assert "呼环函〔2026〕1号" in office.get(reverse("site", args=where)).content.decode()
    back = said | {"unit_class": "computed", "reason": "决定撤销"}
    assert send(office, "site-class", where, act="set", **back).status_code == 302
    assert Site.objects.get(pk=near.site.pk).class_override == ""


def test_contacts_are_kept_masked_and_shown_for_a_reason(plan: Plan, near: Firm) -> None:
    firm, where = signed_in("enterprise_admin", near.org.pk), [plan.id, near.org.pk]
    said = {"duty": "危废出入库", "name": "王小明", "phone": "13812345678", "site": near.site.pk}
    assert send(firm, "contacts", where, act="enter", **(said | {"phone": "call me"})).status_code == 422
    assert send(firm, "contacts", where, act="enter", **said).status_code == 302
    contact = Contact.objects.get(duty="危废出入库")
    with pages_as_app():
        listed = firm.get(reverse("contacts", args=where)).content.decode()
    assert "王小明" not in listed
    assert "13812345678" not in listed
    assert send(firm, "contacts", where, act="show", contact=contact.pk).status_code == 422
    shown = send(firm, "contacts", where, act="show", contact=contact.pk, reason="核对").content.decode()
    assert "王小明" in shown
    assert "13812345678" in shown
    one = [*where, contact.pk]
    assert send(firm, "contact", one, act="change", duty="危废管理", name="", phone="", site="").status_code == 302
    contact.refresh_from_db()
    assert (contact.duty, contact.name, contact.phone, contact.site) == ("危废管理", "王小明", "13812345678", None)
    assert send(firm, "contact", one, act="end").status_code == 302
    contact.refresh_from_db()
    assert contact.closed_on == today()
    assert send(firm, "contact", one, act="end").status_code == 404
    assert acts().count("keep_contact") == 3


def test_contracts_are_entered_changed_and_ended(plan: Plan, near: Firm, far: Firm) -> None:
    firm, where = signed_in("enterprise_admin", near.org.pk), [plan.id, near.org.pk]
    said = {
        "kind": "disposal",
        "number": "合-7",
        "valid_from": "2026-01-01",
        "valid_to": "",
        "streams": "HW08",
        "most": "12",
    }
    assert send(firm, "contracts", where, partner="没有这个单位", **said).status_code == 422
    assert send(firm, "contracts", where, partner=far.org.name_zh, **(said | {"streams": "nowhere"})).status_code == 422
    entered = send(firm, "contracts", where, partner=far.org.name_zh, **said)
    assert entered.status_code == 302, entered.content.decode()
    contract = Contract.objects.get(number="合-7")
    assert (contract.org, contract.partner, contract.most_g, contract.streams) == (
        near.org,
        far.org,
        12_000_000,
        ["HW08"],
    )
    with pages_as_app():
        for page in ("contracts", "organisation"):
            assert far.org.name_zh in firm.get(reverse(page, args=where)).content.decode(), page
    one = [*where, contract.pk]
    assert send(firm, "contract", one, act="change", **(said | {"most": ""})).status_code == 302
    contract.refresh_from_db()
    assert contract.most_g is None
    backwards = said | {"valid_to": "2025-01-01"}
    assert send(firm, "contract", one, act="change", **backwards).status_code == 422
    assert send(firm, "contract", one, act="end").status_code == 302
    contract.refresh_from_db()
    assert contract.ended_on == today()
    assert acts().count("keep_contract") == 3


def test_whoever_only_reads_changes_nothing(plan: Plan, near: Firm) -> None:
    viewer = signed_in("enterprise_viewer", near.org.pk)
    for name, what in SHAPE:
        args = [plan.id, near.org.pk if what == "org" else near.site.pk]
        assert send(viewer, name, args, act="enter", reason="x").status_code == 403, name
    with pages_as_app():
        for page, pk in (("organisation", near.org.pk), ("site", near.site.pk)):
            shown = viewer.get(reverse(page, args=[plan.id, pk])).content.decode()
            assert "/merge/" not in shown
            assert "/takeover/" not in shown


def test_the_office_grants_a_claim_and_nobody_grants_their_own(plan: Plan, near: Firm, office: Client) -> None:
    claimant = make_person("claimant", "public")
    claim = Claim.objects.create(
        person=claimant, org=near.org, proof_id=near.rows["registry_attachment"].pk, made_at=timezone.now()
    )
    Hat.objects.filter(org=near.org).update(ended_at=timezone.now())
    assert send(office, "decide-claims", [plan.id], claim=claim.pk, grant="1").status_code == 302
    hat = Hat.objects.get(person=claimant, role="enterprise_admin")
    officer = Person.objects.get(username="try-city_office")
    assert (hat.org, hat.granted_by) == (near.org, officer.actor)
    assert Change.objects.get(table="registry_hat", row=str(hat.pk), act="insert").actor == officer.actor
    own = Claim.objects.create(
        person=officer, org=near.org, proof_id=near.rows["registry_attachment"].pk, made_at=timezone.now()
    )
    refused = send(office, "decide-claims", [plan.id], claim=own.pk, grant="1")
    assert refused.status_code == 422
    assert not Hat.objects.filter(person=officer, role="enterprise_admin").exists()


def test_each_page_asks_as_often_however_much_there_is(office: Client, plan: Plan, near: Firm, far: Firm) -> None:
    def counted() -> dict[str, int]:
        found = {}
        for name, what in SHAPE:
            address = reverse(name, args=[plan.id, near.org.pk if what == "org" else near.site.pk])
            with CaptureQueriesContext(connection) as asked:
                assert office.get(address).status_code == 200, name
            found[name] = len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]])
        return found

    office.get(reverse("merge", args=[plan.id, near.org.pk]))
    few = counted()
    for n in range(5):
        org = Organisation.objects.create(name_zh=f"{near.org.name_zh}{n}", kind="enterprise", place=NEAR)
        Contact.objects.create(org=near.org, duty=f"事{n}", name="某人", phone="13800000000", site=near.site)
        Contract.objects.create(org=near.org, partner=org, kind="disposal", valid_from=today() - timedelta(days=n))
        Merge.objects.create(org=org, into=near.org, at=timezone.now(), by="s", undone_at=timezone.now())
        Site.objects.create(org=near.org, name_zh=f"场所{n}", place=NEAR)
    assert counted() == few
