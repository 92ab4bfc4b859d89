"""The field app's side of the API: enrol a phone, take along what it needs without a network, send."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone

from wufei.registry import directory, field_devices
from wufei.registry.access.force import door
from wufei.registry.acts import tell
from wufei.registry.models import FieldDevice
from wufei.terms import NamedError
from wufei.web.api.core import body_as, caller, database, operation, send
from wufei.web.api.errors import plain
from wufei.web.api.field_shapes import EnrolIn, SyncIn
from wufei.web.field.pack import pack
from wufei.web.policy import Policy
from wufei.workflow.field import receiving, telling


@operation("POST", "/field/devices", Policy.SIGNER, body=EnrolIn, summary="Enrol a phone", zh="登记外勤手机")
def enrol(request: HttpRequest) -> JsonResponse:
    """Register the public half of a phone's key under your hat; the answer is its certificate for other phones."""
    sent, hat = body_as(EnrolIn, request), caller(request).hat
    with door():
        known = FieldDevice.objects.filter(pk=sent.id).exists()
    device = field_devices.enrol(hat, sent.id, sent.label, sent.public_key, sent.proof, timezone.now())
    if not known:
        tell("field_enrolled", hat, hat.actor, f"{device.pk} {device.label}")
    names = directory.names(database(), [hat.org] if hat.org else [])
    org_name = names[hat.org].zh if hat.org in names else ""
    told = {"certificate": field_devices.certificate(device, hat, org_name), "authority": field_devices.authority_key()}
    return send(told | {"expires_at": device.expires_at, "sequence": device.sequence, "head": device.head}, 201)


@operation("GET", "/field/pack", Policy.READER, summary="What a phone takes along", zh="外勤应用离线所需的资料")
def take_along(request: HttpRequest) -> JsonResponse:
    """Your cases with what they hold, the rules of their workflows and forms, the names in them, and the clock."""
    return send(pack(database(), caller(request).hat, timezone.now()) | {"csrf": get_token(request)})


@operation(
    "POST", "/field/sync", Policy.READER, body=SyncIn, summary="Send signed actions", zh="发送外勤签署，逐项答复"
)
def sync(request: HttpRequest) -> JsonResponse:
    """Deliver up to 200 signed actions, whoever signed them; each is kept, and taken in its signer's name.

    `applied`, `already`: it stands. `waiting`: for an action that it rests on. `conflict`: kept, and shown to those
    who can mend it. `dropped`: given up by them. `refused`: not kept; it stays on the phone.
    """
    sent = body_as(SyncIn, request)
    now = timezone.now()
    told = receiving.receive(database(), sent.actions, now, device_now=sent.device_at, delivered_by=sent.device)
    return send({"outcomes": [_plain(each) for each in told], "server_at": field_devices.moment(now)})


def _plain(told: receiving.Told) -> dict[str, Any]:
    error = told.error
    said = plain(error) if isinstance(error, NamedError) else telling.both(error) if error else None
    return {"id": told.id, "outcome": told.outcome, "case": told.case, "no": told.no, "error": said}
