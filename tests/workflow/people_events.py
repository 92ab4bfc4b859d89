"""What happens to the people of the stories, by the registry's own functions: joining, leaving, claims, mandates."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.test import override_settings
from django.utils import timezone

from wufei.registry import attachments, claims, consents, hats, invitations, mandates, people
from wufei.registry.attachments import Incoming
from wufei.registry.invitations import Newcomer, Offer
from wufei.registry.mandates import Wish
from wufei.registry.models import Claim, Hat, Invitation, Mandate, Organisation, Person

PHRASE = "a long enough pass phrase"
PDF = b"%PDF-1.7\n%%EOF"
_tokens: dict[str, str] = {}


def _person(name: str) -> Person:
    return Person.objects.get(username=name)


def _person_works(_day: date, person: str, role: str, org: str = "", place: str = "") -> None:
    """Somebody with an account has a role."""
    made = Person.objects.filter(username=person).first() or Person.objects.create_user(person, password=None)
    hats.give(made, role, org=org or None, place=place)


def _account_is_opened(_day: date, person: str) -> None:
    Person.objects.create_user(person, password=None)


def _role_ends(_day: date, person: str, role: str, by: str) -> None:
    hat = Hat.objects.get(person=_person(person), role=role, ended_at=None)
    assert people.end_hat(hat, by=_person(by).actor, reason="离职")


def _person_leaves(_day: date, person: str) -> None:
    people.deactivate(_person(person), by="person-0", reason="离职")


def _place_changes(_day: date, person: str, role: str, place: str) -> None:
    people.move(
        Hat.objects.get(person=_person(person), role=role, ended_at=None), by="setup", reason="调动", place=place
    )


def _somebody_is_invited(_day: date, by: str, role: str, org: str, label: str) -> None:
    """A link, shown once; whoever invites must have a role that may."""
    inviter = _person(by)
    hat = hats.wearer(inviter)[0]
    offer = Offer(Organisation.objects.get(pk=org), role, label)
    _kept, _tokens[label] = invitations.invite(offer, by=inviter.actor, by_role=hat.role)


def _link_is_used(_day: date, label: str, person: str) -> None:
    """A newcomer opens an account by the link: a name, no e-mail address and no telephone."""
    made, _hat = invitations.accept_as_newcomer(_tokens[label], Newcomer(person, PHRASE, "驾驶员"))
    assert (made.email or "", made.phone or "") == ("", "")
    assert Invitation.objects.get(label=label).taken_by == made


def _organisation_is_claimed(_day: date, person: str, org: str) -> None:
    """With a proof, after consent to its being kept."""
    claimant, claimed = _person(person), Organisation.objects.get(pk=org)
    consents.give(claimant, "claims")
    with tempfile.TemporaryDirectory() as folder, override_settings(ATTACHMENT_FOLDER=folder):
        proof = attachments.receive(Incoming("proof.pdf", [PDF]), claimed, claimant, "claim")
        claims.make(claimant, claimed, proof)


def _claim_is_granted(_day: date, person: str, by: str) -> None:
    waiting = Claim.objects.get(person=_person(person), decided_at=None)
    claims.decide(waiting, granted=True, reason="", by=_person(by).actor)


def _mandate_is_given(_day: date, org: str, to: str, act: str) -> None:
    """For thirty days from today: mandates follow the real calendar, whatever day a story tells of."""
    giver, taker = (Organisation.objects.get(pk=each) for each in (org, to))
    today = timezone.localdate()
    mandates.give(giver, Wish((act,), today, today + timedelta(days=30), to_org=taker), by="person-1")


def _mandate_is_revoked(_day: date, org: str) -> None:
    assert mandates.revoke(Mandate.objects.get(org_id=org, revoked_at=None), "合同终止", by="person-1")


def _agent_registers(_day: date, org: str) -> None:
    Organisation.objects.create(id=org, name_zh="环保服务公司", kind="enterprise")


EVENTS: dict[str, Callable[..., Any]] = {
    "person_works": _person_works,
    "account_is_opened": _account_is_opened,
    "role_ends": _role_ends,
    "person_leaves": _person_leaves,
    "place_changes": _place_changes,
    "somebody_is_invited": _somebody_is_invited,
    "link_is_used": _link_is_used,
    "organisation_is_claimed": _organisation_is_claimed,
    "claim_is_granted": _claim_is_granted,
    "mandate_is_given": _mandate_is_given,
    "mandate_is_revoked": _mandate_is_revoked,
    "agent_registers": _agent_registers,
}
