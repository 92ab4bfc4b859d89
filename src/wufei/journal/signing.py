"""Who signs tree heads: a key kept in a file of its own, and the public keys that the journal has known.

Ed25519 (RFC 8032) by default; SM2 with SM3 (GB/T 32918) where the law asks for it. A key's id is the SHA-256 of its
public part. This room reads no environment: whoever calls hands in the path of the key's file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import gmalg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from psycopg import Connection

from wufei.journal.canonical import sql_time, write_time
from wufei.journal.standalone_verifier import SM2_USER, key_id_of, key_message
from wufei.terms import NamedError


class SigningKeyUnreadable(NamedError):
    """The file of the signing key is not one of ours, or cannot be read."""

    code = "signing_key_unreadable"
    zh = "签名密钥文件 {path} 无法读取：{reason}。"
    en = "The signing key file {path} cannot be read: {reason}."
    remedy_zh = "请从备份恢复该文件；没有备份时移走它，下次封存会生成并登记新密钥。"
    remedy_en = (
        "Restore it from a backup; without one move it away, and the next sealing makes and registers a new key."
    )


class SigningKeyExposed(NamedError):
    """Others than the owner may read the signing key."""

    code = "signing_key_exposed"
    zh = "签名密钥文件 {path} 可被其他账户读取（权限 {mode}）。"
    en = "The signing key file {path} can be read by other accounts (mode {mode})."
    remedy_zh = "请运行 chmod 600，并考虑更换密钥：wufei journal rotate-key。"
    remedy_en = "Run chmod 600 on it, and consider a new key: wufei journal rotate-key."


class SignatureAlgorithmUnknown(NamedError):
    """A signature algorithm that is not one of ours."""

    code = "signature_algorithm_unknown"
    zh = "不支持签名算法“{name}”。"
    en = "The signature algorithm {name!r} is not supported."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


class Signer(Protocol):
    """Whoever can sign: the algorithm, the public key, and the signing itself."""

    @property
    def algorithm(self) -> str:
        """The name of the algorithm."""

    @property
    def public(self) -> bytes:
        """The public key."""

    @property
    def key_id(self) -> str:
        """The hash of the public key, hex."""

    def sign(self, message: bytes) -> bytes:
        """The signature of the message."""


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A signer that holds its private key; it never shows it."""

    algorithm: str
    private: bytes = field(repr=False)
    public: bytes

    @property
    def key_id(self) -> str:
        """The hash of the public key, hex."""
        return key_id_of(self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature of the message, 64 bytes."""
        return _KINDS[self.algorithm].sign(self, message)


@dataclass(frozen=True, slots=True)
class _Kind:
    make: Callable[[], tuple[bytes, bytes]]
    sign: Callable[[KeySigner, bytes], bytes]
    verify: Callable[[bytes, bytes, bytes], bool]


def _make_ed25519() -> tuple[bytes, bytes]:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw()


def _verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _verify_sm2(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        return len(signature) == 64 and bool(
            gmalg.SM2(uid=SM2_USER, pk=public).verify(message, signature[:32], signature[32:])
        )
    except (ValueError, ArithmeticError, gmalg.errors.GMError):
        return False


_KINDS = {
    "ed25519": _Kind(
        _make_ed25519, lambda k, m: Ed25519PrivateKey.from_private_bytes(k.private).sign(m), _verify_ed25519
    ),
    "sm2": _Kind(
        lambda: gmalg.SM2().generate_keypair(),
        lambda k, m: b"".join(gmalg.SM2(k.private, SM2_USER, k.public).sign(m)),
        _verify_sm2,
    ),
}


def new_signer(algorithm: str = "ed25519") -> KeySigner:
    """A signer with a fresh key; raises SignatureAlgorithmUnknown."""
    if algorithm not in _KINDS:
        raise SignatureAlgorithmUnknown(name=algorithm, known=", ".join(_KINDS))
    return KeySigner(algorithm, *_KINDS[algorithm].make())


def is_signed(algorithm: str, public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is of the message by the key; False for an algorithm that is unknown."""
    return algorithm in _KINDS and _KINDS[algorithm].verify(public, message, signature)


def read_signer(path: Path) -> KeySigner:
    """The signer kept in the file; raises SigningKeyUnreadable, SigningKeyExposed, FileNotFoundError."""
    try:
        mode = path.stat().st_mode & 0o777
        plain = json.loads(path.read_text(encoding="utf-8"))
        signer = KeySigner(plain["algorithm"], bytes.fromhex(plain["private"]), bytes.fromhex(plain["public"]))
        works = is_signed(signer.algorithm, signer.public, b"", signer.sign(b""))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SigningKeyUnreadable(path=path, reason=error) from error
    if mode & 0o077:
        raise SigningKeyExposed(path=path, mode=f"{mode:o}")
    if not works:
        raise SigningKeyUnreadable(path=path, reason="public ≠ private")
    return signer


def write_signer(path: Path, signer: KeySigner) -> None:
    """Keep the signer in the file, mode 0600, whole or not at all, in place of any that was there."""
    text = json.dumps(
        {"algorithm": signer.algorithm, "private": signer.private.hex(), "public": signer.public.hex()}, indent=1
    )
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def ensure_signer(path: Path, algorithm: str = "ed25519") -> KeySigner:
    """The signer kept in the file, made on first use. Whoever comes second to make it takes what the first made."""
    try:
        return read_signer(path)
    except FileNotFoundError:
        draft = path.with_name(f"{path.name}.{os.getpid()}.first")
        write_signer(draft, new_signer(algorithm))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return read_signer(path)


_COLUMNS = "key_id, algorithm, public_key, previous, registered_at, signature, endorsement"


def bare_time_sql(column: str) -> str:
    """The SQL that writes a time as the canonical form does, without its quotes."""
    return f"btrim({sql_time(column)}, '\"')"


def known_keys(connection: Connection[Any]) -> list[dict[str, Any]]:
    """Every public key that the journal has known, as a proof states it, oldest first."""
    columns = _COLUMNS.replace("registered_at", bare_time_sql("registered_at"))
    rows = connection.execute(f"SELECT {columns} FROM journal.signing_key ORDER BY registered_at, key_id")
    return [
        {
            "algorithm": algorithm,
            "endorsement": endorsement and endorsement.hex(),
            "key_id": key_id,
            "previous": previous,
            "public_key": public.hex(),
            "registered_at": registered_at,
            "signature": signature.hex(),
        }
        for key_id, algorithm, public, previous, registered_at, signature, endorsement in rows
    ]


def register(
    connection: Connection[Any], signer: Signer, now: datetime | None = None, predecessor: Signer | None = None
) -> None:
    """Let the journal know the signer's public key; nothing happens when it does already.

    The row names the key registered before it and is signed by the new key; ``predecessor``, when at hand, signs it
    as well, so that whoever trusts the old key can trust the new one. ``now`` is the database's clock by default.
    """
    if connection.execute("SELECT FROM journal.signing_key WHERE key_id = %s", (signer.key_id,)).fetchone():
        return
    ((moment, last),) = connection.execute(
        "SELECT coalesce(%s, clock_timestamp()), "
        "(SELECT key_id FROM journal.signing_key ORDER BY registered_at DESC, key_id LIMIT 1)",
        (now,),
    ).fetchall()
    row: Mapping[str, Any] = {
        "algorithm": signer.algorithm,
        "key_id": signer.key_id,
        "previous": predecessor.key_id if predecessor else last,
        "public_key": signer.public.hex(),
        "registered_at": write_time(moment),
    }
    message = key_message(dict(row))
    connection.execute(
        f"INSERT INTO journal.signing_key ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            signer.key_id,
            signer.algorithm,
            signer.public,
            row["previous"],
            moment,
            signer.sign(message),
            predecessor.sign(message) if predecessor else None,
        ),
    )


def rotate(connection: Connection[Any], path: Path, algorithm: str | None = None) -> KeySigner:
    """Replace the key kept in ``path`` by a fresh one that it endorses; returns the new signer.

    The journal knows the new key before the file changes, so a crash in between loses nothing but the new key.
    """
    old = ensure_signer(path)
    new = new_signer(algorithm or old.algorithm)
    with connection.transaction():
        register(connection, old)
        register(connection, new, predecessor=old)
    write_signer(path, new)
    return new
