"""Files that people bring: one door in, kept by content under the data folder, one door out."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone

from wufei.registry import scanning
from wufei.registry.attachment_errors import AttachmentEmpty, AttachmentGone, AttachmentTooLarge
from wufei.registry.file_kinds import kind_of, without_metadata
from wufei.registry.models import Attachment, Organisation, Person

MOST_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a file is brought for, and the power (data/national/powers) that one needs to see it.

    Photographs that are evidence keep place and time; from others they are removed.
    """

    zh: str
    en: str
    keeps_metadata: bool = False
    power: str = "see_files"


PURPOSES = {
    "evidence": Purpose("记录的凭证", "Evidence of a record", keeps_metadata=True),
    "claim": Purpose("认领单位的证明", "Proof of a claim", power="decide_claims"),
    "permit": Purpose("许可证件", "Permit"),
    "contract": Purpose("合同", "Contract"),
    "national_file": Purpose("国家系统导出的文件", "File of the national system"),
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file as it comes: the name that the sender gave, and its chunks."""

    name: str
    chunks: Iterable[bytes]


def clean_name(name: str) -> str:
    """The last part of a name, without control and direction characters and what file systems refuse."""
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in bare if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*;%')
    text = unicodedata.normalize("NFC", " ".join(kept.split())).strip(". ")
    stem, dot, extension = text.rpartition(".")
    if not dot:
        return text[:200].strip(". ") or "file"
    return f"{stem[:180].strip('. ') or 'file'}.{extension[:16].strip() or 'file'}"


def receive(
    incoming: Incoming, org: Organisation, person: Person, purpose: str = "evidence", *, now: datetime | None = None
) -> Attachment:
    """Check a file, keep it, and describe it; the same content twice is stored once.

    Raises AttachmentTooLarge, AttachmentEmpty, AttachmentKindRefused, AttachmentNotAsNamed, AttachmentBroken,
    AttachmentActive, AttachmentBomb, AttachmentInfected or ScannerAway, and then nothing is kept.
    """
    name = clean_name(incoming.name)
    data = _whole(incoming)
    if not data:
        raise AttachmentEmpty(name=name)
    kind = kind_of(name, data)
    scanning.scan(settings.SCANNER, name, data)
    if not PURPOSES[purpose].keeps_metadata:
        data = without_metadata(name, data, kind)
    digest = hashlib.sha256(data).hexdigest()
    _store(digest, data)
    return Attachment.objects.create(
        org=org, name=name, purpose=purpose, media_type=kind.media_type, size_bytes=len(data), sha256=digest,
        uploaded_by=person, uploaded_at=now or timezone.now(),
    )  # fmt: skip


def _whole(incoming: Incoming) -> bytes:
    taken = bytearray()
    for chunk in incoming.chunks:
        taken += chunk
        if len(taken) > MOST_BYTES:
            raise AttachmentTooLarge(most=MOST_BYTES >> 20)
    return bytes(taken)


def path_of(sha256: str) -> Path:
    """Where a content lies: below the data folder, outside everything that is served."""
    return Path(settings.ATTACHMENT_FOLDER) / sha256[:2] / sha256[2:]


def _store(digest: str, data: bytes) -> None:
    path = path_of(digest)
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def open_content(attachment: Attachment) -> BinaryIO:
    """The content, checked against its digest; raises AttachmentGone when it is not there or not the same."""
    return open_kept(attachment.sha256)


def open_kept(sha256: str) -> BinaryIO:
    """The content by its digest, checked against it; raises AttachmentGone."""
    try:
        file = path_of(sha256).open("rb")
    except OSError as error:
        raise AttachmentGone from error
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        file.close()
        raise AttachmentGone
    file.seek(0)
    return file


def withdraw(attachment: Attachment, *, now: datetime | None = None) -> bool:
    """Take a file out of the lists; its content stays until its time is over. False when it was withdrawn before."""
    found = Attachment.objects.filter(pk=attachment.pk, withdrawn_at=None)
    return bool(found.update(withdrawn_at=now or timezone.now()))


def erase(attachment: Attachment, *, now: datetime | None = None) -> None:
    """Remove the content for good, unless another attachment still has the same; name and uploader stay described."""
    now = now or timezone.now()
    Attachment.objects.filter(pk=attachment.pk).update(erased_at=now, withdrawn_at=attachment.withdrawn_at or now)
    if not Attachment.objects.filter(sha256=attachment.sha256, erased_at=None).exists():
        with contextlib.suppress(FileNotFoundError):
            path_of(attachment.sha256).unlink()
