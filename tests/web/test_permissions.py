"""Who may open what, generated from the table of addresses: a new one without a declared audience fails."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from wufei.registry import accounts
from wufei.registry.models import Person
from wufei.web.kinds import KINDS
from wufei.web.plan import Plan
from wufei.web.policy import Policy

pytestmark = pytest.mark.django_db
ONLY_POST = 405
OWN_KINDS = {"kind", "item_id"}  # addresses of the catalogue's items, which belong to nobody


def every_pattern(patterns: Any = None) -> Iterator[URLPattern]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from every_pattern(pattern.url_patterns)
        else:
            yield pattern


def undeclared(patterns: Any = None) -> list[str]:
    return [
        str(p.pattern) for p in every_pattern(patterns) if not isinstance(getattr(p.callback, "policy", None), Policy)
    ]


def names_of(pattern: URLPattern) -> set[str]:
    """Every name that an address takes, those of the patterns above it included."""
    found = get_resolver().reverse_dict.getlist(pattern.name) if pattern.name else []
    return {name for possible, *_ in found for _text, taken in possible for name in taken} or {
        *pattern.pattern.converters
    }


ROWS = {"attachment_id"}  # ids of somebody's rows: tried with own and foreign ones by test_permission_matrix


def samples(pattern: URLPattern, plan: Plan) -> list[str]:
    """Addresses for one pattern: each kind where it takes one, else a single one."""
    taken = names_of(pattern)
    if taken & ROWS:
        return []
    fixed = {"city": plan.id, "source": plan.source_id, "suffix": "csv", "token": "no-such-token", "rest": "nowhere"}
    fixed["layout"] = "industrial_flows"
    kinds = [kind for kind in KINDS if "item_id" not in taken or KINDS[kind].paged] if "kind" in taken else [""]
    made = []
    for kind in kinds:
        values = {key: value for key, value in fixed.items() if key in taken}
        if kind:
            values["kind"] = kind
        if "item_id" in taken:
            values["item_id"] = plan.items(kind)[0].id
        made.append(reverse(pattern.name, kwargs=values))
    return made


def addresses(plan: Plan, policy: Policy) -> list[str]:
    return [a for p in every_pattern() if p.callback.policy is policy for a in samples(p, plan)]


def test_every_address_declares_its_audience() -> None:
    assert undeclared() == []


def test_an_undeclared_address_is_found() -> None:
    assert undeclared([path("new/", lambda _request: HttpResponse(), name="new")]) == ["new/"]


def test_strangers_are_sent_to_sign_in_and_come_back(client: Client, plan: Plan) -> None:
    guarded = addresses(plan, Policy.SIGNED_IN)
    assert len(guarded) > 30
    for address in guarded:
        response = client.get(address)
        assert response.status_code == 302, address
        assert response["Location"] == f"{reverse('login')}?next={address}"


def test_open_pages_are_open(client: Client, plan: Plan) -> None:
    for address in addresses(plan, Policy.OPEN):
        assert client.get(address).status_code in {200, 404 if "nowhere" in address else 200, 410, ONLY_POST}, address


def test_every_role_can_read_the_plan(client: Client, plan: Plan, roles: list[str]) -> None:
    """The catalogue's own kinds; every other address is tried by the permission matrix."""
    read = (p for p in every_pattern() if p.callback.policy is Policy.SIGNED_IN)
    of_items = {a for p in read if OWN_KINDS & set(p.pattern.converters) for a in samples(p, plan)}
    assert len(of_items) > 20
    accounts.create_demo_people(roles, "a shared pass phrase")
    assert len(roles) > 10
    for role in roles:
        client.force_login(Person.objects.get(username=role))
        for address in sorted(of_items):
            assert client.get(address).status_code == 200, (role, address)


def test_what_changes_something_wants_a_post_with_a_token(plan: Plan, person: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    for name in ("logout", "language", "theme"):
        assert strict.get(reverse(name)).status_code == ONLY_POST
        assert strict.post(reverse(name)).status_code == 403


@pytest.mark.parametrize("change", [lambda c, a: c.post(a), lambda c, a: c.put(a), lambda c, a: c.delete(a)])
def test_reading_pages_only_read(reader: Client, pages: list[str], change: Callable[[Client, str], Any]) -> None:
    for address in pages[:-1]:
        assert change(reader, address).status_code == ONLY_POST, address
