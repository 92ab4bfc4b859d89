"""Erasing a person's data for good: what can be erased goes, ids stay, so that records still say who by number."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from wufei.registry import attachments, people
from wufei.registry.models import (
    ApiToken,
    Attachment,
    Consent,
    Contact,
    FirstLoginToken,
    Identity,
    Invitation,
    OldPassword,
    Person,
    RecoveryCode,
    SecondFactor,
    SubjectRequest,
)

ERASED_LABEL = "—"


@transaction.atomic
def erase_person(person: Person, *, by: str, reason: str, now: datetime) -> None:
    """Close the account and erase name, phone, e-mail, sign-in name, and what the person wrote or proved with.

    The journal, hats and mandates keep ``person-<n>``. Old envelopes in backups go with the key that sealed them
    (``wufei keys rotate``, then ``retire``). Raises LastAdministrator or ReasonMissing, and then nothing has changed.
    """
    if person.is_active:
        people.deactivate(person, by=by, reason=reason, now=now)
        person.refresh_from_db()
    person.username = f"erased-{person.pk}"
    person.full_name = person.phone = person.email = ""
    person.set_unusable_password()
    person.deactivated_reason = ""
    person.erased_at = now
    person.save()
    for proofs in (FirstLoginToken, SecondFactor, RecoveryCode, OldPassword, Identity):
        proofs.objects.filter(person=person).delete()
    ApiToken.objects.filter(person=person).update(label=ERASED_LABEL)
    Invitation.objects.filter(taken_by=person).update(label=ERASED_LABEL)
    for proof in Attachment.objects.filter(uploaded_by=person, purpose="claim", erased_at=None):
        attachments.erase(proof, now=now)
        Attachment.objects.filter(pk=proof.pk).update(name=ERASED_LABEL)
    Consent.objects.filter(person=person, withdrawn_at=None).update(withdrawn_at=now)
    for asked in SubjectRequest.objects.filter(person=person):
        forget_request(asked)


def forget_request(asked: SubjectRequest) -> None:
    """Erase what a request said; that it was made, and how it was decided, stays."""
    asked.details = asked.wanted = ""
    asked.save(update_fields=["details", "wanted"])


def erase_contact(contact: Contact, *, now: datetime) -> None:
    """Erase name and phone of a contact; the duty stays."""
    contact.name = contact.phone = ""
    contact.erased_at = now
    contact.save(update_fields=["name", "phone", "phone_index", "erased_at"])
