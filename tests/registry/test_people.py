"""Joining, moving and leaving: invitations, claims, closed accounts, stale ones."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from wufei import catalog
from wufei.registry import attachments, claims, consents, hats, invitations, mandates, people, tokens
from wufei.registry.accounts import PasswordTooWeak
from wufei.registry.attachments import Incoming
from wufei.registry.invitations import Newcomer, Offer
from wufei.registry.mandate_errors import ReasonMissing
from wufei.registry.models import Invitation, Mandate, Organisation, Person

PHRASE = "a long enough pass phrase"
PDF = b"%PDF-1.7\n%%EOF"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cat(catalogue: catalog.Catalog) -> None:
    catalog.install(catalogue)


@pytest.fixture
def org() -> Organisation:
    return Organisation.objects.create(name_zh="甲厂", kind="enterprise")


def somebody(name: str, role: str = "", org: Organisation | None = None, **more: Any) -> Person:
    person = Person.objects.create_user(name, password=PHRASE, **more)
    if role:
        hats.give(person, role, org=org)
    return person


def offer(org: Organisation, role: str = "enterprise_handler") -> Offer:
    return Offer(org, role, "新来的经办人")


def test_a_newcomer_joins_by_a_link_that_works_once(org: Organisation) -> None:
    kept, token = invitations.invite(offer(org), by="person-1", by_role="enterprise_admin")
    assert token not in kept.token_hash
    person, hat = invitations.accept_as_newcomer(token, Newcomer("li", PHRASE, "李四", "13800000000"))
    assert (hat.role, hat.org, hat.granted_by) == ("enterprise_handler", org, "person-1")
    assert Person.objects.get(pk=person.pk).full_name == "李四"
    with pytest.raises(invitations.InvitationInvalid):
        invitations.accept(token, somebody("wang"))
    assert [h.person for h in people.people_of(org)] == [person]


def test_somebody_with_an_account_gains_a_hat(org: Organisation) -> None:
    wang = somebody("wang")
    _kept, token = invitations.invite(offer(org), by="person-1", by_role="enterprise_admin")
    assert invitations.accept(token, wang).person == wang


def test_refused_invitations(org: Organisation) -> None:
    with pytest.raises(invitations.InvitationRoleRefused):
        invitations.invite(offer(org, "city_office"), by="person-1", by_role="enterprise_admin")
    with pytest.raises(invitations.InvitationRoleRefused):
        invitations.invite(offer(org), by="person-1", by_role="enterprise_viewer")
    for number, spoil in enumerate(("withdrawn", "expired", "closed", "never")):
        kept, token = invitations.invite(offer(org), by="person-1", by_role="enterprise_admin")
        now = timezone.now()
        if spoil == "withdrawn":
            assert invitations.withdraw(kept)
        elif spoil == "expired":
            now += timedelta(days=8)
        elif spoil == "closed":
            Organisation.objects.update(closed_on=timezone.localdate())
        else:
            token = "x" * 43
        with pytest.raises((invitations.InvitationInvalid, invitations.InvitationExpired)):
            invitations.accept(token, somebody(f"p{number}"), now=now)
        Organisation.objects.update(closed_on=None)


def test_nothing_changes_when_name_or_password_is_refused(org: Organisation) -> None:
    somebody("taken")
    _kept, token = invitations.invite(offer(org), by="person-1", by_role="enterprise_admin")
    for newcomer, error in (
        (Newcomer("taken", PHRASE, "李四"), invitations.UsernameTaken),
        (Newcomer("a b<script>", PHRASE, "李四"), invitations.UsernameTaken),
        (Newcomer("li", "12345678", "李四"), PasswordTooWeak),
    ):
        with pytest.raises(error):
            invitations.accept_as_newcomer(token, newcomer)
    assert Invitation.objects.get().taken_at is None
    assert Person.objects.count() == 1


def test_who_leaves_loses_everything_at_once(org: Organisation) -> None:
    boss, leaver = somebody("boss", "enterprise_admin", org), somebody("leaver", "enterprise_handler", org)
    today = timezone.localdate()
    wish = mandates.Wish(["post_records"], today, today + timedelta(days=9), to_person=leaver)
    mandates.give(org, wish, by=boss.actor)
    _row, key = tokens.issue(leaver, "weighbridge")
    invitations.invite(offer(org), by=leaver.actor, by_role="enterprise_admin")
    before = leaver.get_session_auth_hash()
    with pytest.raises(ReasonMissing):
        people.deactivate(leaver, by=boss.actor, reason="")
    assert people.deactivate(leaver, by=boss.actor, reason="离职") == 1
    leaver.refresh_from_db()
    assert not leaver.is_active
    assert not leaver.has_usable_password()
    assert leaver.get_session_auth_hash() != before
    with pytest.raises(tokens.ApiTokenInvalid):
        tokens.authenticate(key)
    assert Mandate.objects.get().revoked_reason == "离职"
    assert Invitation.objects.get().withdrawn_at
    assert not hats.open_hats(leaver).exists()
    assert people.open_matters(leaver) == []
    assert [h.person for h in people.people_of(org)] == [boss]


def test_the_last_administrator_stays() -> None:
    admin = somebody("admin", "system_admin")
    with pytest.raises(people.LastAdministrator):
        people.deactivate(admin, by="setup", reason="x")
    somebody("second", "system_admin")
    people.deactivate(admin, by="setup", reason="x")


def test_a_mover_changes_role_in_one_step(org: Organisation) -> None:
    person = somebody("li", "enterprise_handler", org)
    (hat,) = hats.open_hats(person)
    moved = people.move(hat, by="person-1", reason="转岗", role="enterprise_viewer")
    assert [h.role for h in hats.open_hats(person)] == ["enterprise_viewer"] == [moved.role]


def test_stale_accounts_are_closed(org: Organisation) -> None:
    now = timezone.now()
    old = now - timedelta(days=100)
    asleep = somebody("asleep", "enterprise_viewer", org, last_login=old)
    never = somebody("never", date_joined=old)
    somebody("awake", last_login=now)
    somebody("demo", last_login=old, is_demo=True)
    somebody("admin", "system_admin", last_login=old)
    works = somebody("works", "enterprise_viewer", org, last_login=old)
    _row, key = tokens.issue(works, "scale")
    tokens.authenticate(key)
    assert people.disable_stale(0, now=now) == []
    assert people.disable_stale(90, now=now) == [asleep, never]
    assert not Person.objects.get(pk=asleep.pk).is_active


@pytest.fixture
def proof(org: Organisation, tmp_path: Path, settings: Any) -> Any:
    settings.ATTACHMENT_FOLDER = tmp_path
    return lambda person: attachments.receive(Incoming("proof.pdf", [PDF]), org, person, "claim")


def test_a_claim_is_decided_once(org: Organisation, proof: Any) -> None:
    li = somebody("li")
    consents.give(li, "claims")
    claim = claims.make(li, org, proof(li))
    with pytest.raises(claims.ClaimOpenAlready):
        claims.make(li, org, proof(li))
    with pytest.raises(ReasonMissing):
        claims.decide(claim, granted=False, reason="", by="person-9")
    claims.decide(claim, granted=True, reason="", by="person-9")
    assert [(h.role, h.org) for h in hats.open_hats(li)] == [("enterprise_admin", org)]
    with pytest.raises(claims.ClaimDecided):
        claims.decide(claim, granted=False, reason="晚了", by="person-9")
    with pytest.raises(claims.ClaimNotPossible):
        claims.make(li, org, proof(li))


@pytest.mark.parametrize("change", [{"declared": True}, {"closed_on": "2026-01-01"}])
def test_what_cannot_be_claimed(org: Organisation, proof: Any, change: dict[str, Any]) -> None:
    li = somebody("li")
    consents.give(li, "claims")
    kept = proof(li)
    Organisation.objects.filter(pk=org.pk).update(**change)
    org.refresh_from_db()
    with pytest.raises(claims.ClaimNotPossible):
        claims.make(li, org, kept)
