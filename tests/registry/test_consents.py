"""Separate consent: asked for once per purpose and wording, withdrawn as easily, and what rested on it stops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wufei import catalog
from wufei.registry import attachments, claims, consents, erasing
from wufei.registry.attachments import Incoming
from wufei.registry.models import Attachment, Claim, Consent, Organisation, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installed")]
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def li(db: None) -> Person:
    return Person.objects.create_user("li", password="x" * 12)


@pytest.fixture
def proof(li: Person, tmp_path: Path, settings: Any) -> Attachment:
    settings.ATTACHMENT_FOLDER = tmp_path
    org = Organisation.objects.create(name_zh="甲厂", kind="enterprise")
    return attachments.receive(Incoming("proof.pdf", [PDF]), org, li, "claim")


def test_what_is_declared_sensitive_asks_for_consent(installed: catalog.Catalog) -> None:
    rows = installed.national.items("processing")
    assert [row.id for row in rows if row.sensitive] == [row.id for row in rows if row.separate_consent] == ["claims"]


def test_no_claim_without_consent(li: Person, proof: Attachment) -> None:
    with pytest.raises(consents.ConsentNeeded):
        claims.make(li, proof.org, proof)
    given = consents.give(li, "claims")
    assert consents.give(li, "claims") == given
    assert claims.make(li, proof.org, proof).proof == proof


def test_withdrawing_ends_the_claim_and_erases_the_proof(li: Person, proof: Attachment, tmp_path: Path) -> None:
    consents.give(li, "claims")
    claims.make(li, proof.org, proof)
    assert consents.withdraw(li, "claims")
    claim = Claim.objects.get()
    assert (claim.granted, claim.decided_by) == (False, li.actor)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not consents.withdraw(li, "claims")
    with pytest.raises(consents.ConsentNeeded):
        consents.check(li, "claims")
    assert consents.give(li, "claims").pk != Consent.objects.exclude(withdrawn_at=None).get().pk


def test_other_words_ask_anew(li: Person) -> None:
    given = consents.give(li, "claims")
    Consent.objects.update(shown_sha256="0" * 64)
    assert consents.standing(li, "claims") is None
    assert consents.give(li, "claims").pk != given.pk
    assert Consent.objects.filter(withdrawn_at=None).count() == 1


def test_erasing_a_person_ends_their_consents(li: Person) -> None:
    from django.utils import timezone

    consents.give(li, "claims")
    erasing.erase_person(li, by="person-9", reason="本人要求", now=timezone.now())
    assert Consent.objects.get().withdrawn_at is not None


def test_what_needs_none_needs_none(li: Person) -> None:
    consents.check(li, "accounts")
