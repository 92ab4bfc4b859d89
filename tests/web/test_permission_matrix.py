"""Every address for every role, asked of the database as the role that the pages have: own, foreign and no rows.

The addresses come from the URL table. A page without a policy, or with an id that no sample is known for, fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, path, reverse

from tests.registry.access_world import FAR, NEAR, Firm, make_firm
from tests.registry.as_app import pages_as_app
from tests.web.journal_sample import record
from tests.web.test_permissions import OWN_KINDS, every_pattern
from wufei import catalog
from wufei.journal import Step, append, new_id
from wufei.registry.access import Wearer
from wufei.registry.access.policy import kept
from wufei.registry.models import Hat, Organisation, Person, Site
from wufei.web.api.core import POLICIES, plain_path
from wufei.web.hats import SESSION_KEY
from wufei.web.plan import Plan
from wufei.web.policy import Policy, admits, allows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored", "rules_once")]
SECRET = "远方乙厂"  # stands in every name of the other firm; whoever does not see that firm never reads it
REFUSED, NO_PAGE = 403, {302, 403, 404, 405, 410, 415, 422}
ALWAYS = {
    "suffix": "csv", "token": "no-such-token", "rest": "nowhere", "upload": "0" * 32, "source": "hohhot_plan",
    "purpose": "show", "period": "2025", "workflow_id": "hazardous_waste_transfer", "step": "withdraw",
    "file_id": "no-such-file", "layout": "industrial_flows",
    "indicator": "industrial_utilization_rate",
}  # fmt: skip
ROLES = [
    "auditor", "carrier_dispatcher", "city_office", "county_office", "driver", "enterprise_admin",
    "enterprise_handler", "enterprise_viewer", "facility", "inspector", "lead_bureau", "medical_institution",
    "public", "responsible_bureau", "security_admin", "system_admin",
]  # fmt: skip


@dataclass
class World:
    """Two firms with a record each, and what stands for their ids in an address."""

    near: Firm
    far: Firm
    ids: dict[str, tuple[Any, Any]]


@pytest.fixture
def world(plan: Plan) -> World:
    """The far firm bears the secret in every name."""
    near, far = make_firm("near", NEAR), make_firm("far", FAR)
    for firm, name in ((near, "近处甲厂"), (far, SECRET)):
        Organisation.objects.filter(pk=firm.org.pk).update(name_zh=name)
        Site.objects.filter(pk=firm.site.pk).update(name_zh=f"{name}场所")
        Person.objects.filter(pk=firm.person.pk).update(username=f"{name}管理员")
    records = [
        record((f"origin:{f.site.pk}", f"storage:{f.site.pk}", "coal_fly_ash", 7), acting_for=f.org.pk, note=name,
               steps=(a_case(f, name),))
        for f, name in ((near, "近处甲厂"), (far, SECRET))
    ]  # fmt: skip
    connection.ensure_connection()
    assert all(outcome.stands for outcome in append(connection.connection, records))
    keys = [f"storage:{firm.site.pk}" for firm in (near, far)]
    pairs = {
        "org_id": (near.org.pk, far.org.pk), "site_id": (near.site.pk, far.site.pk), "key": tuple(keys),
        "person_id": (near.person.pk, far.person.pk), "record_id": (records[0].id, records[1].id),
        "case_id": tuple(r.steps[0].case for r in records),
        "contact_id": tuple(f.rows["registry_contact"].pk for f in (near, far)),
        "contract_id": tuple(f.rows["registry_contract"].pk for f in (near, far)),
        "webhook_id": tuple(f.rows["registry_webhook"].pk for f in (near, far)),
        "action_id": tuple(f.rows["registry_fieldaction"].pk for f in (near, far)),
        "attachment_id": tuple(f.rows["registry_attachment"].pk for f in (near, far)),
    }  # fmt: skip
    return World(near, far, pairs | {name: (value, value) for name, value in (ALWAYS | {"city": plan.id}).items()})


def a_case(firm: Firm, name: str) -> Step:
    """A draft of the firm's, which bears its name."""
    values = {"consignor_org": firm.org.pk, "consignor_storage": firm.site.pk, "emergency_measures": name}
    told = {"set": values, "parties": [firm.org.pk]}
    return Step(f"manifest:{new_id()}", 1, ALWAYS["workflow_id"], "save", "draft", firm.org.pk, None, told)


def ours() -> list[URLPattern]:
    """Every address but the catalogue's own kinds, which belong to nobody."""
    return [p for p in every_pattern() if p.name and not OWN_KINDS & set(p.pattern.converters)]


def samples(pattern: URLPattern, ids: dict[str, tuple[Any, Any]]) -> Iterator[str]:
    """The address for one's own ids and for the other firm's; ids that no sample is known for are told."""
    names = set(pattern.pattern.converters)
    known = ids | {"listed": ("organisations", "sites")}
    unknown = _all_names(pattern) - set(known)
    assert not unknown, f"{pattern.name}: no sample for {unknown}; add one's own and somebody else's"
    for n in (0, 1):
        yield _reverse(pattern, {name: known[name][n] for name in _all_names(pattern)})
        if not names and not _all_names(pattern):
            return


def _all_names(pattern: URLPattern) -> set[str]:
    """Every name that an address takes, those of the patterns above included."""
    found = get_resolver().reverse_dict.getlist(pattern.name) or get_resolver().reverse_dict.getlist(pattern.callback)
    names = {name for possible, *_ in found for _text, taken in possible for name in taken}
    return names or set(pattern.pattern.converters)


def _reverse(pattern: URLPattern, values: dict[str, Any]) -> str:
    return reverse(pattern.name, kwargs=values)


def client_of(role: str, world: World) -> Client:
    """Somebody of the near firm, or of its county's office, in the role."""
    person = Person.objects.create_user(f"try-{role}")
    hat = Hat.objects.create(
        person=person, role=role, org=world.near.org, place=NEAR, granted_by="setup", granted_at="2025-01-01T00:00Z"
    )
    client = Client()
    client.force_login(person)
    session = client.session
    session[SESSION_KEY] = hat.pk
    session.save()
    return client


def sees_far(role: str) -> bool:
    return "all" in kept().rules["organisations"].scopes("read", role)


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace")


def test_the_roles_tried_are_all_there_are() -> None:
    assert [role.id for role in catalog.current().national.items("roles")] == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_every_address_for_every_role_with_own_and_foreign_ids(world: World, role: str) -> None:
    client, hat = client_of(role, world), Wearer(1, 1, role)
    with pages_as_app():
        for pattern in ours():
            view = pattern.callback
            for n, address in enumerate(samples(pattern, world.ids)):
                answer = client.get(address)
                said = body(answer)
                refused = not admits(view.policy, getattr(view, "rule", None), getattr(view, "verb", "read"), hat)
                if refused and view.policy is not Policy.OPEN:
                    assert answer.status_code in {REFUSED, 405}, (role, address)
                assert answer.status_code in {200} | NO_PAGE, (role, address, answer.status_code)
                if SECRET in said:
                    assert sees_far(role) and allows(Policy.READER, role), (role, address)  # noqa: PT018
                if n == 1 and "record_id" in _all_names(pattern) and not _reads_all(role):
                    assert answer.status_code in NO_PAGE, (role, address)


def _reads_all(role: str) -> bool:
    return "all" in kept().rules["journal"].scopes("read", role)


@pytest.mark.parametrize("role", ROLES)
def test_foreign_rows_cannot_be_written_to_through_any_address(world: World, role: str) -> None:
    client = client_of(role, world)
    writes = [p for p in ours() if p.name not in {"logout", "everywhere", "language", "theme", "change-hat", "login"}]
    far = world.far.org
    before = list(Organisation.objects.filter(pk=far.pk).values()), list(Site.objects.filter(org=far).values())
    with pages_as_app():
        for pattern in writes:
            *_, address = samples(pattern, world.ids)
            forged = {"org": far.pk, "org_id": far.pk, "acting_for": far.pk, "role": "city_office", "id": far.pk}
            how = {"content_type": "application/json"} if address.startswith("/api/") else {}
            assert client.post(address, forged, **how).status_code in {200, 400} | NO_PAGE, (role, address)
    after = list(Organisation.objects.filter(pk=far.pk).values()), list(Site.objects.filter(org=far).values())
    assert before == after
    mine = Hat.objects.filter(person__username=f"try-{role}")
    assert [(hat.role, hat.org_id) for hat in mine] == [(role, world.near.org.pk)]


def test_somebody_of_the_near_firm_reads_its_own(world: World, plan: Plan) -> None:
    client = client_of("enterprise_admin", world)
    with pages_as_app():
        for address in (
            reverse("organisation", args=[plan.id, world.near.org.pk]),
            reverse("site", args=[plan.id, world.near.site.pk]),
            reverse("record", args=[plan.id, world.ids["record_id"][0]]),
            reverse("balances", args=[plan.id]),
        ):
            answer = client.get(address)
            assert answer.status_code == 200, address
            assert "近处甲厂" in body(answer), address


def test_a_page_without_a_policy_or_with_an_unknown_id_fails() -> None:
    bare = path("new/", lambda _request: HttpResponse(), name="new")
    assert not isinstance(getattr(bare.callback, "policy", None), Policy)
    strange = path("new/<slug:thing_id>/", lambda _request, _thing: HttpResponse(), name="new-thing")
    with pytest.raises(AssertionError, match="thing_id"):
        list(samples(strange, {}))


def test_every_operation_of_the_api_declares_its_audience() -> None:
    paths = {plain_path(str(p.pattern).removeprefix("v1/")) for p in ours() if hasattr(p.callback, "policies")}
    assert paths == set(POLICIES)
