"""A signed action as phones send it: its shape, its hash, its signature, and when it happened by our clock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from wufei.registry.canonical_json import CanonicalImpossible, canonical_json
from wufei.registry.field_devices import is_signed
from wufei.workflow.field.errors import FieldActionUnreadable

VERSION = 1
LARGEST_BYTES = 64 * 1024
_TEXTS = {"id": 36, "device": 36, "previous": 64, "at": 40, "workflow": 64, "case": 120, "after": 36, "transition": 64,
          "reason": 2000, "acting_for": 64, "place": 80}  # fmt: skip
_WHOLE = ("v", "sequence", "rests_on")
_NAMES = frozenset(_TEXTS) | frozenset(_WHOLE) | {"changes"}


@dataclass(frozen=True, slots=True)
class Signed:
    """One action. ``previous`` is the hash of the phone's action before it, ``after`` the id of the one it rests on.

    A case that begins has no ``case``: its number is ``record``. ``at`` is what the phone's clock said.
    """

    id: UUID
    device: UUID
    sequence: int
    previous: str
    at: datetime
    workflow: str
    case: str
    rests_on: int
    after: UUID | None
    transition: str
    changes: Mapping[str, Any]
    reason: str
    acting_for: str
    place: str
    body: Mapping[str, Any]
    signature: str
    digest: str

    @property
    def record(self) -> UUID:
        """The id of the record that the action becomes, which nobody else's action can take."""
        return record_id(self.device, self.id)

    def holds(self, public_key: str) -> bool:
        """Whether the phone with that key signed it."""
        return is_signed(public_key, canonical_json(dict(self.body)), self.signature)


def record_id(device: UUID, action: UUID) -> UUID:
    """The id of the record that an action becomes; phones make it alike."""
    return uuid5(NAMESPACE_URL, f"wufei-field:{device}:{action}")


def read(sent: Any, number: int) -> Signed:
    """One action of a batch, by its number from 1. Raises FieldActionUnreadable."""
    try:
        return _read(sent)
    except (KeyError, TypeError, ValueError, CanonicalImpossible) as error:
        raise FieldActionUnreadable(number=number, why=str(error)[:120] or type(error).__name__) from error


def _read(sent: Any) -> Signed:
    body, signature = sent["body"], sent["signature"]
    if set(body) != _NAMES or body["v"] != VERSION or not isinstance(signature, str) or len(signature) > 128:
        raise ValueError("version")
    for name, most in _TEXTS.items():
        if not isinstance(body[name], str) or len(body[name]) > most or "\x00" in body[name]:
            raise ValueError(name)
    for name in _WHOLE:
        if type(body[name]) is not int or not 0 <= body[name] < 2**31:
            raise ValueError(name)
    if not isinstance(body["changes"], dict) or not body["sequence"]:
        raise ValueError("changes")
    form = canonical_json(body)
    if len(form) > LARGEST_BYTES or b"\\u0000" in form:
        raise ValueError("size")
    at = datetime.fromisoformat(body["at"])
    if at.utcoffset() is None or not 2000 <= at.year <= 2999:
        raise ValueError("at")
    return Signed(
        UUID(body["id"]), UUID(body["device"]), body["sequence"], body["previous"], at, body["workflow"], body["case"],
        body["rests_on"], UUID(body["after"]) if body["after"] else None, body["transition"], body["changes"],
        body["reason"], body["acting_for"], body["place"], body, signature, hashlib.sha256(form).hexdigest(),
    )  # fmt: skip


def happened(at: datetime, off: timedelta, now: datetime) -> datetime:
    """When it happened by our clock: the phone's time without what its clock goes wrong; never in the future."""
    return min((at - off).astimezone(UTC), now)
