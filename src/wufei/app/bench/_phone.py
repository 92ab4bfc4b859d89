"""A phone that signs as the field app does, for measurements and tests."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from wufei.journal.records import new_id
from wufei.registry.canonical_json import canonical_json

WORKFLOW = "hazardous_waste_transfer"


class SigningPhone:
    """A key pair and a chain; what it signs stays in ``queue``. ``late`` is how far its clock is ahead."""

    def __init__(self) -> None:
        self.id, self.key = uuid4(), ec.generate_private_key(ec.SECP256R1())
        self.sequence, self.head, self.queue = 0, "", list[dict[str, Any]]()
        self.late = timedelta()

    def clock(self) -> datetime:
        """What its clock says."""
        return datetime.now(UTC) + self.late

    def public(self) -> str:
        """The public half of the key, hex."""
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()

    def signed(self, message: bytes) -> str:
        """The signature as WebCrypto makes it, base64."""
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()

    def enrolment(self) -> dict[str, str]:
        """The body that enrols it."""
        told = {"id": str(self.id), "label": "bench", "public_key": self.public()}
        return told | {"proof": self.signed(str(self.id).encode())}

    def sign(self, case: str, transition: str, rests_on: int, **more: Any) -> dict[str, Any]:
        """Sign an action and queue it."""
        at = more.pop("at", None) or self.clock()
        body = {
            "v": 1, "id": str(new_id()), "device": str(self.id), "sequence": self.sequence + 1, "previous": self.head,
            "at": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"), "workflow": WORKFLOW,
            "case": case, "rests_on": rests_on, "after": "", "transition": transition, "changes": {}, "reason": "",
            "acting_for": "", "place": "",
        } | more  # fmt: skip
        form = canonical_json(body)
        self.sequence, self.head = self.sequence + 1, hashlib.sha256(form).hexdigest()
        self.queue.append({"body": body, "signature": self.signed(form)})
        return self.queue[-1]
