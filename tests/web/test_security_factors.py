"""The second factor: asked of roles that sign or administer, accepted once, fresh for what grants rights."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.conftest import PASSWORD, make_person
from tests.web.sign_in import acts, said, sign_in, with_authenticator
from wufei.registry import accounts, hats, second_factors
from wufei.registry.models import Person, SecondFactor
from wufei.web.plan import Plan
from wufei.web.security.gate import FACTOR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def required() -> Iterator[None]:
    with said(second_factor="required"):
        yield


@pytest.fixture
def handler(db: None) -> Person:
    return make_person("handler", "enterprise_admin", "org-handler")


def test_who_signs_and_has_none_can_only_set_one_up(client: Client, handler: Person, plan: Plan) -> None:
    sign_in(client, "handler")
    for name in ("city", "journal", "work", "post"):
        refused = client.get(reverse(name, args=[plan.id]))
        assert (refused.status_code, refused["Location"].split("?")[0]) == (302, reverse("factor"))
    assert client.get(reverse("factor"))["Location"].startswith(reverse("factors"))
    assert "请先设置第二因素" in client.get(reverse("factors")).content.decode()
    for address in ("/api/v1/journal/records", "/api/v1/streams"):
        told = client.get(address)
        assert (told.status_code, told.json()["code"]) == (403, "second_factor_needed")
    assert client.post(reverse("language"), {"language": "en"}).status_code == 302


def test_setting_one_up_opens_the_pages_and_gives_recovery_codes(client: Client, handler: Person, plan: Plan) -> None:
    sign_in(client, "handler")
    before = client.session.session_key
    client.post(reverse("factors"), {"begin": "1"})
    import pyotp

    secret = SecondFactor.objects.get(person=handler).secret
    assert secret in client.get(reverse("factors")).content.decode()
    wrong = client.post(reverse("factors"), {"confirm": "1", "code": "000000", "label": "x"})
    assert wrong.status_code == 422
    made = client.post(reverse("factors"), {"confirm": "1", "code": pyotp.TOTP(secret).now(), "label": "手机"})
    assert made.content.decode().count("<li><code>") == 10
    assert client.session.session_key != before
    assert client.get(reverse("city", args=[plan.id])).status_code == 200
    assert "factor_added" in [act for act, *_ in acts()]


def test_a_role_that_only_reads_is_not_asked(client: Client, plan: Plan) -> None:
    make_person("viewer", "enterprise_viewer", "org-viewer")
    sign_in(client, "viewer")
    assert client.get(reverse("city", args=[plan.id])).status_code == 200


def test_who_has_one_is_asked_whatever_the_role_and_the_setting(client: Client, plan: Plan) -> None:
    viewer = make_person("viewer", "enterprise_viewer", "org-viewer")
    totp = with_authenticator(viewer)
    with said(second_factor="offered"):
        sign_in(client, "viewer")
        assert client.get(reverse("city", args=[plan.id])).status_code == 302
        assert client.post(reverse("factor"), {"code": totp.now()}).status_code == 302
        assert client.get(reverse("city", args=[plan.id])).status_code == 200


def test_putting_on_a_hat_that_signs_asks_for_one(client: Client, plan: Plan) -> None:
    person = make_person("two-hats", "enterprise_viewer", "org-two")
    signing = hats.give(person, "enterprise_handler", org="org-two")
    sign_in(client, "two-hats")
    assert client.get(reverse("city", args=[plan.id])).status_code == 200
    client.post(reverse("change-hat"), {"hat": signing.pk})
    assert client.get(reverse("city", args=[plan.id])).status_code == 302


def test_a_code_counts_once(client: Client, handler: Person) -> None:
    totp = with_authenticator(handler)
    code = totp.now()
    sign_in(client, "handler")
    assert client.post(reverse("factor"), {"code": code}).status_code == 302
    other = Client()
    sign_in(other, "handler")
    replayed = other.post(reverse("factor"), {"code": code})
    assert replayed.status_code == 422
    assert "已经用过" in replayed.content.decode()
    assert FACTOR not in other.session
    assert [act for act, *_ in acts()].count("factor_failed") == 1


def test_an_older_code_than_the_last_one_is_refused(handler: Person) -> None:
    totp, now = with_authenticator(handler), timezone.now()
    second_factors.use_code(handler, totp.at(now), now=now)
    with pytest.raises(second_factors.FactorCodeUsed):
        second_factors.use_code(handler, totp.at(now - timedelta(seconds=30)), now=now)
    for wrong in ("000000", "12345x", "１２３４５６", ""):
        with pytest.raises(second_factors.FactorRefused):
            second_factors.use_code(handler, wrong, now=now)


def test_guessing_codes_locks(client: Client, handler: Person) -> None:
    with_authenticator(handler)
    sign_in(client, "handler")
    told = [client.post(reverse("factor"), {"code": f"00000{n}"}).content.decode() for n in range(7)]
    assert "不正确" in told[0]
    assert "尝试次数过多" in told[6]
    assert [act for act, *_ in acts()].count("locked") == 1


def test_a_recovery_code_works_once(client: Client, handler: Person) -> None:
    with_authenticator(handler)
    code, *_rest = second_factors.make_recovery_codes(handler)
    sign_in(client, "handler")
    assert client.post(reverse("factor"), {"code": code.lower()}).status_code == 302
    other = Client()
    sign_in(other, "handler")
    assert other.post(reverse("factor"), {"code": code}).status_code == 422
    assert second_factors.codes_left(handler) == 9


def test_granting_rights_wants_a_fresh_factor(client: Client, handler: Person, plan: Plan) -> None:
    totp = with_authenticator(handler)
    sign_in(client, "handler")
    client.post(reverse("factor"), {"code": totp.now()})
    session = client.session
    session[FACTOR] = int(time.time()) - 16 * 60
    session.save()
    people = reverse("people", args=[plan.id, "org-handler"])
    for address in (people, reverse("tokens"), reverse("mandates", args=[plan.id, "org-handler"])):
        assert client.get(address).status_code == 200
        stale = client.post(address, {"label": "x"})
        assert (stale.status_code, stale["Location"].split("?")[0]) == (302, reverse("factor")), address
    session[FACTOR] = int(time.time())
    session.save()
    assert client.post(reverse("tokens"), {"label": "x", "days": 3, "scopes": ["lists:read"]}).status_code == 200


def test_the_last_factor_of_who_needs_one_stays(client: Client, handler: Person) -> None:
    totp = with_authenticator(handler)
    sign_in(client, "handler")
    client.post(reverse("factor"), {"code": totp.now()})
    kept = SecondFactor.objects.get(person=handler)
    assert client.post(reverse("factors"), {"remove": kept.pk}).status_code == 422
    assert SecondFactor.objects.filter(pk=kept.pk).exists()


def test_half_signed_in_nobody_adds_or_removes_a_factor(client: Client, handler: Person) -> None:
    with_authenticator(handler)
    sign_in(client, "handler")
    for sent in ({"begin": "1"}, {"codes": "1"}, {"remove": SecondFactor.objects.get().pk}):
        assert client.post(reverse("factors"), sent)["Location"].startswith(reverse("factor"))
    assert client.post(reverse("passkey-add-options")).status_code == 403
    assert SecondFactor.objects.count() == 1


def test_a_demonstration_account_is_shared_and_asked_for_none(client: Client, plan: Plan) -> None:
    accounts.create_demo_people(["city_office"], PASSWORD)
    sign_in(client, "city_office")
    assert client.get(reverse("city", args=[plan.id])).status_code == 200
    assert "不设第二因素" in client.get(reverse("factors")).content.decode()


def test_lost_factors_are_taken_away_by_the_security_administrator(client: Client, handler: Person, plan: Plan) -> None:
    totp = with_authenticator(handler)
    signed_in = Client()
    sign_in(signed_in, "handler")
    signed_in.post(reverse("factor"), {"code": totp.now()})
    security = make_person("security", "security_admin")
    guard = with_authenticator(security)
    sign_in(client, "security")
    client.post(reverse("factor"), {"code": guard.now()})
    client.post(reverse("impersonate", args=[plan.id]), {"reset": "handler"})
    assert not SecondFactor.objects.filter(person=handler).exists()
    assert signed_in.get(reverse("account")).status_code == 302
    assert client.post(reverse("impersonate", args=[plan.id]), {"reset": "security"}).status_code == 404
