"""The keys that personal data is sealed with: one private file, several keys, the newest in use.

The file lies in the data folder (or where ``WUFEI_PERSONAL_KEYS`` says), readable by its owner alone. It is never made
anew over sealed data: a lost file is a named error. Whoever backs up the database keeps this file apart from it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from wufei.registry.sealing import KEY_BYTES, Key, key_id, new_key
from wufei.terms import NamedError

MODE = 0o600


class PersonalKeysMissing(NamedError):
    """There is no key file, though there is sealed data or something to seal."""

    code = "personal_keys_missing"
    zh = "找不到个人信息密钥文件 {path}，已加密的姓名、电话等无法读取。"
    en = "The file of personal-data keys {path} is missing; sealed names and phones cannot be read."
    remedy_zh = "请从密钥备份恢复该文件（与数据库备份分开保存），或用 WUFEI_PERSONAL_KEYS 指明其位置；不要新建空文件。"
    remedy_en = "Restore it from the keys' backup (kept apart from the database's), or name it in WUFEI_PERSONAL_KEYS."


class PersonalKeysUnreadable(NamedError):
    """The key file is not what we wrote, or others can read it."""

    code = "personal_keys_unreadable"
    zh = "个人信息密钥文件 {path} 不可用：{reason}"
    en = "The file of personal-data keys {path} cannot be used: {reason}"
    remedy_zh = "请从密钥备份恢复，并把权限设为仅所有者可读写（chmod 600）。"
    remedy_en = "Restore it from the keys' backup, and let only its owner read it (chmod 600)."


class PersonalKeyUnknown(NamedError):
    """An envelope names a key that the ring does not hold."""

    code = "personal_key_unknown"
    zh = "加密个人信息所用的密钥 {key} 不在密钥文件中（已停用，或密钥文件不是本系统的）。"
    en = "The key {key} that personal data was sealed with is not in the key file: retired, or another system's file."
    remedy_zh = "请从密钥备份恢复含有该密钥的文件；若该密钥已按规定销毁，其加密的内容不再可读。"
    remedy_en = "Restore a key file that holds it; where the key was destroyed on purpose, its data stays unreadable."


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys by id, which of them seals, and the secret of the search indexes."""

    keys: dict[str, Key]
    current: str
    index_secret: bytes

    @classmethod
    def fresh(cls, cipher: str, now: datetime) -> KeyRing:
        """A ring with one new key."""
        key = new_key(1, cipher, now)
        return cls({key.id: key}, key.id, os.urandom(32))

    @property
    def sealer(self) -> Key:
        """The key in use."""
        return self.keys[self.current]

    def of(self, envelope: str) -> Key:
        """The key of an envelope; raises PersonalKeyUnknown."""
        wanted = key_id(envelope)
        if wanted not in self.keys:
            raise PersonalKeyUnknown(key=wanted or "?")
        return self.keys[wanted]

    def with_new_key(self, cipher: str, now: datetime) -> KeyRing:
        """The same ring with one more key, which seals from now on. Numbers are not used twice."""
        key = new_key(1 + max(int(name[1:]) for name in self.keys), cipher, now)
        return replace(self, keys={**self.keys, key.id: key}, current=key.id)

    def without_old_keys(self) -> KeyRing:
        """The ring with the key in use alone: what the others sealed can never be read again."""
        return replace(self, keys={self.current: self.sealer})

    def index(self, column: str, text: str) -> str:
        """A keyed digest of ``text`` for exact search in ``column`` (32 hexadecimal digits); empty for no text."""
        if not text:
            return ""
        told = f"{column}\x00{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self.index_secret, told, hashlib.sha256).hexdigest()[:32]


def save(ring: KeyRing, path: Path) -> None:
    """Write the ring for its owner alone, whole or not at all."""
    told = {
        "current": ring.current,
        "index": base64.b64encode(ring.index_secret).decode(),
        "keys": {
            k.id: {"cipher": k.cipher, "made_at": k.made_at.isoformat(), "secret": base64.b64encode(k.secret).decode()}
            for k in ring.keys.values()
        },
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(path: Path) -> KeyRing:
    """Read the ring; raises PersonalKeysMissing or PersonalKeysUnreadable."""
    try:
        if path.stat().st_mode & 0o077:
            raise PersonalKeysUnreadable(path=path, reason="chmod 600")
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PersonalKeysMissing(path=path) from error
    except (OSError, ValueError) as error:
        raise PersonalKeysUnreadable(path=path, reason=error) from error
    try:
        return _ring(told)
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as error:
        raise PersonalKeysUnreadable(path=path, reason=f"{type(error).__name__}: {error}") from error


def _ring(told: dict[str, Any]) -> KeyRing:
    keys = {}
    for name, key in told["keys"].items():
        secret = base64.b64decode(key["secret"], validate=True)
        if len(secret) != KEY_BYTES[key["cipher"]]:
            raise ValueError(f"{name}: {len(secret)} bytes")
        keys[name] = Key(name, key["cipher"], secret, datetime.fromisoformat(key["made_at"]))
    if told["current"] not in keys:
        raise ValueError(f"current: {told['current']}")
    return KeyRing(keys, told["current"], base64.b64decode(told["index"], validate=True))
