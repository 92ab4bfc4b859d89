"""Phones that sign without a network: enrol one, end it, and the certificate by which other phones know it.

The private key never leaves the phone (WebCrypto, not extractable). The certificate says whose the phone is and until
when; it is signed (ECDSA on P-256 with SHA-256, FIPS 186-5) with a key made of the application's secret, whose public
half every phone holds, so that two phones can trust each other with no network between them.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db.models import QuerySet

from wufei.registry.access import Wearer
from wufei.registry.access.force import door
from wufei.registry.canonical_json import canonical_json
from wufei.registry.models import FieldDevice
from wufei.terms import NamedError

LASTS = timedelta(days=30)
GRACE = timedelta(hours=72)  # so long may an action signed before the end still be on its way
MOST = 5
_CURVE, _HASH, _HALF = ec.SECP256R1(), ec.ECDSA(hashes.SHA256()), 32
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class FieldKeyUnreadable(NamedError):
    """What the phone sent is no public key of ours, or it does not hold the private half."""

    code = "field_key_unreadable"
    zh = "本机的签名密钥无法登记：{why}。"
    en = "The phone's signing key cannot be registered: {why}."
    remedy_zh = "请更新浏览器，在“本机”页重新登记。"
    remedy_en = "Update the browser and enrol again on the page “This phone”."


class FieldDevicesMany(NamedError):
    """More phones than one person may have."""

    code = "field_devices_many"
    zh = "每人最多登记 {most} 台外勤设备。"
    en = "A person has at most {most} field devices."
    remedy_zh = "请先在“外勤设备”页停用不再使用的设备。"
    remedy_en = "End one that is no longer used first, on the page of field devices."


class FieldDeviceTaken(NamedError):
    """The id of a phone that is registered already, with another key or for somebody else."""

    code = "field_device_taken"
    zh = "设备编号已被登记。"
    en = "The device's id is registered already."
    remedy_zh = "请在“本机”页清除后重新登记，系统会换一个编号。"
    remedy_en = "Clear this phone and enrol again: it then takes another id."


def enrol(hat: Wearer, device_id: UUID, label: str, public_key: str, proof: str, now: datetime) -> FieldDevice:
    """Register a phone under the hat; the same again is the same.

    ``public_key`` is the uncompressed point in hex; ``proof`` signs the id with the private half. Raises
    FieldKeyUnreadable, FieldDevicesMany and FieldDeviceTaken.
    """
    if not is_signed(public_key, str(device_id).encode(), proof):
        raise FieldKeyUnreadable(why="P-256")
    with door():
        known = FieldDevice.objects.filter(pk=device_id).first()
        if known is not None:
            if (known.public_key, known.hat_id) != (public_key, hat.hat_id) or known.revoked_at:
                raise FieldDeviceTaken
            return known
        if open_devices(hat.person_id, now).count() >= MOST:
            raise FieldDevicesMany(most=MOST)
        return FieldDevice.objects.create(
            id=device_id, person_id=hat.person_id, hat_id=hat.hat_id, org_id=hat.org, label=label[:80],
            public_key=public_key, enrolled_at=now, expires_at=now + LASTS,
        )  # fmt: skip


def open_devices(person_id: int | None, now: datetime) -> QuerySet[FieldDevice]:
    """The person's phones that may sign."""
    return FieldDevice.objects.filter(person=person_id, revoked_at=None, expires_at__gt=now)


def end(device: FieldDevice, why: str, now: datetime) -> None:
    """Nothing that arrives from the phone afterwards is taken by itself."""
    FieldDevice.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now, revoked_why=why[:80])


def certificate(device: FieldDevice, hat: Wearer, org_name: str) -> dict[str, Any]:
    """Whose the phone is and until when, signed: ``{"body": {…}, "signature": …}``."""
    body = {
        "device": str(device.pk), "actor": hat.actor, "org": hat.org or "", "org_name": org_name, "role": hat.role,
        "key": device.public_key, "from": moment(device.enrolled_at), "to": moment(device.expires_at),
    }  # fmt: skip
    return {"body": body, "signature": _signed(canonical_json(body))}


def moment(at: datetime) -> str:
    """An instant as phones write it: UTC to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def authority_key() -> str:
    """The public key that certificates are checked with, as phones hold it (hex)."""
    return _public_hex(_authority(settings.SECRET_KEY).public_key())


@lru_cache(maxsize=4)
def _authority(secret: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hmac.digest(secret.encode(), b"wufei.field-certificate 1", "sha512"), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, _CURVE)


def _public_hex(key: ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()


def _signed(message: bytes) -> str:
    r, s = decode_dss_signature(_authority(settings.SECRET_KEY).sign(message, _HASH))
    return base64.b64encode(r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")).decode()


def is_signed(public_key: str, message: bytes, signature: str) -> bool:
    """Whether ``signature`` (base64 of r and s, as WebCrypto makes it) is of the message by the key (hex)."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key = _point(public_key)
        r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
        if len(raw) != 2 * _HALF:
            return False
        key.verify(encode_dss_signature(r, s), message, _HASH)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


@lru_cache(maxsize=1024)
def _point(public_key: str) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, bytes.fromhex(public_key))
