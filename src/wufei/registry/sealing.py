"""Sealing one text: AES-256-GCM or SM4-GCM, the key's id in front, bound to the cell that it stands in.

An envelope reads ``wf1.<key id>.<nonce, ciphertext and tag in base64url>``. The associated data holds
``table.column.row``: an envelope copied into another row or column does not open.
Source: GB/T 36624—2018 (GCM), GM/T 0002—2012 (SM4).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from wufei.terms import NamedError

PREFIX = "wf1"
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = {"aes-256-gcm": 32, "sm4-gcm": 16}
_CIPHERS = {"aes-256-gcm": algorithms.AES, "sm4-gcm": algorithms.SM4}
_SHAPE = re.compile(r"wf1\.([a-z0-9]{1,32})\.([A-Za-z0-9_-]+)")


class SealBroken(NamedError):
    """The envelope was changed, or stands in a row or column that it was not sealed for."""

    code = "seal_broken"
    zh = "{cell} 中的加密个人信息无法解开：内容被改动，或被移到了别的行、列。"
    en = "The sealed personal data in {cell} does not open: it was changed, or moved to another row or column."
    remedy_zh = "请从备份恢复该行，并查看该行的变更历史；在查明之前不要覆盖。"
    remedy_en = "Restore the row from a backup and look at its history; do not overwrite it before that is clear."


@dataclass(frozen=True, slots=True)
class Key:
    """A secret with its id, its cipher and the moment it was made; the secret is never printed."""

    id: str
    cipher: str
    secret: bytes
    made_at: datetime

    def __repr__(self) -> str:
        """The id alone."""
        return f"Key({self.id}, {self.cipher})"


def new_key(number: int, cipher: str, now: datetime) -> Key:
    """A fresh random key for ``cipher``; its id tells its number."""
    return Key(f"k{number}", cipher, os.urandom(KEY_BYTES[cipher]), now)


def is_envelope(text: str) -> bool:
    """True for what ``seal`` writes, whatever its key."""
    return bool(_SHAPE.fullmatch(text))


def key_id(envelope: str) -> str:
    """The id of the key that an envelope was sealed with; empty when it is no envelope."""
    found = _SHAPE.fullmatch(envelope)
    return found[1] if found else ""


def seal(text: str, key: Key, cell: str) -> str:
    """The envelope of ``text`` for ``cell`` (``table.column.row``); each call gives another one."""
    nonce = os.urandom(NONCE_BYTES)
    sealer = Cipher(_CIPHERS[key.cipher](key.secret), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(_bound(key, cell))
    body = sealer.update(text.encode("utf-8", "surrogatepass")) + sealer.finalize()
    return f"{PREFIX}.{key.id}." + base64.urlsafe_b64encode(nonce + body + sealer.tag).decode().rstrip("=")


def unseal(envelope: str, key: Key, cell: str) -> str:
    """The text of an envelope; raises SealBroken when it, its key or its cell is not the one sealed."""
    try:
        packed = _unpack(envelope, key)
        nonce, body, tag = packed[:NONCE_BYTES], packed[NONCE_BYTES:-TAG_BYTES], packed[-TAG_BYTES:]
        opener = Cipher(_CIPHERS[key.cipher](key.secret), modes.GCM(nonce, tag)).decryptor()
        opener.authenticate_additional_data(_bound(key, cell))
        return (opener.update(body) + opener.finalize()).decode("utf-8", "surrogatepass")
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise SealBroken(cell=cell) from error


def _bound(key: Key, cell: str) -> bytes:
    return f"{PREFIX}.{key.id}.{key.cipher}.{cell}".encode()


def _unpack(envelope: str, key: Key) -> bytes:
    found = _SHAPE.fullmatch(envelope)
    if not found or found[1] != key.id:
        raise ValueError("no envelope of this key")
    packed = base64.b64decode(found[2] + "=" * (-len(found[2]) % 4), altchars=b"-_", validate=True)
    # base64 lets the last character's spare bits vary: only the one spelling that we write is ours
    if base64.urlsafe_b64encode(packed).decode().rstrip("=") != found[2] or len(packed) < NONCE_BYTES + TAG_BYTES:
        raise ValueError("no envelope")
    return packed
