"""Two firms in two counties, each with one row of everything, and hats of every role at the first of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from django.db.models import Model
from django.utils import timezone

from wufei.registry import models as m
from wufei.registry.access import Wearer

DAY = date(2025, 1, 1)
NEAR, FAR = "saihan", "wuchuan"  # two counties of the shipped catalogue


@dataclass
class Firm:
    """An organisation in a county with one row of each kind that belongs to it, by table."""

    org: m.Organisation
    site: m.Site
    person: m.Person
    rows: dict[str, Model] = field(default_factory=dict)


def make_firm(name: str, place: str) -> Firm:
    """A firm whose ids begin with ``name``."""
    now = timezone.now()
    org = m.Organisation.objects.create(id=f"org-{name}", name_zh=name, kind="enterprise", place=place)
    site = m.Site.objects.create(id=f"site-{name}", org=org, name_zh=name, place=place)
    person = m.Person.objects.create(username=f"admin-{name}")
    firm = Firm(org, site, person)
    hat = m.Hat.objects.create(person=person, role="enterprise_admin", org=org, granted_by="setup", granted_at=now)
    permit = m.Permit.objects.create(org=org, site=site, kind="k", number=name, issuer="i", valid_from=DAY)
    file = m.Attachment.objects.create(
        org=org, name=name, media_type="t", size_bytes=1, sha256="0" * 64, uploaded_by=person, uploaded_at=now
    )
    mandate = m.Mandate.objects.create(
        org=org, to_person=person, acts=["post"], valid_from=DAY, valid_to=DAY, granted_by="s", granted_at=now
    )
    mandate.sites.add(site)
    made: list[Model] = [
        org, site, person, hat, permit, file, mandate, mandate.sites.through.objects.get(mandate=mandate),
        m.Tenure.objects.create(site=site, org=org, valid_from=DAY),
        m.Facility.objects.create(site=site, name_zh=name, kind="k"),
        m.Storage.objects.create(site=site, name_zh=name, kind="k"),
        m.WasteSource.objects.create(site=site, stream="ash", name_zh=name),
        m.Vehicle.objects.create(org=org, plate=name, plate_kind="k", kind="k"),
        m.Device.objects.create(org=org, site=site, kind="k", serial=name),
        m.PermitScope.objects.create(permit=permit, stream="ash"),
        m.Contract.objects.create(org=org, partner=org, kind="k", valid_from=DAY),
        m.Contact.objects.create(org=org, site=site, duty=name),
        m.Invitation.objects.create(
            org=org, role="driver", label=name, token_hash=name, invited_by="s", created_at=now, expires_at=now
        ),
        m.Claim.objects.create(org=org, person=person, proof=file, made_at=now),
        m.Merge.objects.create(org=org, into=org, at=now, by="s"),
        m.SubjectRequest.objects.create(person=person, kind="access", made_at=now, due_on=DAY),
        m.Consent.objects.create(person=person, processing="claims", shown_sha256=name, given_at=now),
        m.FirstLoginToken.objects.create(person=person, token_hash=name, created_at=now, expires_at=now),
        m.ApiToken.objects.create(person=person, token_hash=name, label=name, created_at=now, expires_at=now),
    ]  # fmt: skip
    hook = m.Webhook.objects.create(person=person, hat=hat, label=name, url="https://x", secret=name, made_at=now)
    delivery = m.Delivery.objects.create(webhook=hook, position=0, record=uuid4(), first_at=now, next_at=now)
    phone = m.FieldDevice.objects.create(
        id=uuid4(), person=person, hat=hat, org=org, label=name, public_key="04", enrolled_at=now, expires_at=now
    )
    action = signed_action(phone, name, now)
    firm.rows = {row._meta.db_table: row for row in (*made, hook, delivery, phone, action)}
    return firm


def signed_action(phone: m.FieldDevice, name: str, now: Any) -> m.FieldAction:
    """An action that the firm's phone signed and that stands against something."""
    body = {
        "workflow": "hazardous_waste_transfer", "transition": "dispatch", "case": "", "rests_on": 0, "changes": {},
        "reason": name, "acting_for": "", "place": "", "after": "",
    }  # fmt: skip
    return m.FieldAction.objects.create(
        id=uuid4(), device=phone, person=phone.person, org=phone.org, sequence=1, digest=name, signature=name,
        happened_at=now, body=body, received_at=now, state="conflict", record=uuid4(),
        error={"code": "field_hat_over", "values": {}},
    )  # fmt: skip


def worn(role: str, firm: Firm, **more: Any) -> Wearer:
    """Somebody of ``firm`` in ``role``: an office of its county, or a member of the firm."""
    at = {"org": firm.org.pk, "place": firm.org.place} | more
    return Wearer(firm.person.pk, 1, role, actor=firm.person.actor, acting_for=firm.org.pk, **at)
