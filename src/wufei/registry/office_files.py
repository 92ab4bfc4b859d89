"""Workbooks and documents (OOXML): taken apart far enough to know that they hold no program and are no bomb."""

from __future__ import annotations

import io
import re
import zipfile

from wufei.registry.attachment_errors import AttachmentActive, AttachmentBomb, AttachmentBroken, AttachmentNotAsNamed

MOST_UNPACKED = 200 << 20
MOST_RATIO = 200
MOST_ENTRIES = 5000
_ACTIVE = re.compile(
    r"(vbaProject|vbaData|activeX|oleObject|/embeddings/|macrosheets|\.bin$|\.exe$|\.dll$|\.js$|\.vbs$)", re.IGNORECASE
)
_CONTENT_ACTIVE = re.compile(rb"macroEnabled|vbaProject|oleObject", re.IGNORECASE)
_END = b"PK\x05\x06"


def check_office(name: str, data: bytes, heart: str) -> None:
    """Raise unless ``data`` is a whole OOXML file with ``heart`` in it and nothing beside, active or enormous.

    Raises AttachmentBroken, AttachmentNotAsNamed, AttachmentActive or AttachmentBomb.
    """
    if data.rfind(_END) != len(data) - 22:
        raise AttachmentBroken(name=name, why="ZIP +")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_size(name, entries)
            _check_names(name, entries, heart)
            _check_content(name, archive, entries)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise AttachmentBroken(name=name, why=type(error).__name__) from error


def _check_size(name: str, entries: list[zipfile.ZipInfo]) -> None:
    whole = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_ENTRIES or whole > MOST_UNPACKED or (whole > 10 << 20 and whole > MOST_RATIO * packed):
        raise AttachmentBomb(name=name)


def _check_names(name: str, entries: list[zipfile.ZipInfo], heart: str) -> None:
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or min((entry.header_offset for entry in entries), default=1):
        raise AttachmentBroken(name=name, why="ZIP")
    if heart not in names or "[Content_Types].xml" not in names:
        raise AttachmentNotAsNamed(name=name, found_zh="其他 ZIP 文件", found_en="another ZIP file")
    if any(".." in n.split("/") or n.startswith("/") or "\\" in n for n in names):
        raise AttachmentBroken(name=name, why="..")
    if found := next((n for n in names if _ACTIVE.search(n) and "printerSettings" not in n), None):
        raise AttachmentActive(name=name, why=found.rpartition("/")[2])


def _check_content(name: str, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Unpack each part as far as it claims to go: one that lies about its size, or defines XML entities, is refused."""
    for entry in entries:
        with archive.open(entry) as part:
            head = part.read(1 << 16)
            left = entry.file_size - len(head)
            while left > 0 and (block := part.read(min(left, 1 << 20))):
                left -= len(block)
            if left or part.read(1):
                raise AttachmentBomb(name=name)
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head or head.startswith(b"PK\x03\x04"):
            raise AttachmentActive(name=name, why=entry.filename)
        if entry.filename == "[Content_Types].xml" and (found := _CONTENT_ACTIVE.search(head)):
            raise AttachmentActive(name=name, why=found[0].decode())
