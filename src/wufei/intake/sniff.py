"""What a file really is: its form by its content, its encoding, its delimiter and its hash."""

from __future__ import annotations

import codecs
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from wufei.intake.errors import (
    EncodingUnknown,
    FileEmpty,
    FileNotAsNamed,
    FileNotFound,
    WorkbookBroken,
    WorkbookTooLarge,
)
from wufei.registry.first_bytes import OLD_OFFICE, ZIP, beginning_of

BLOCK = 1 << 20
UNPACKED_LIMIT_MB = 4096
_WORKBOOK_NAMES = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et"}
_TEXT_NAMES = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file's content: ``text`` or ``workbook``, the SHA-256 of its bytes, and the encoding of a text."""

    form: str
    sha256: str
    size: int
    encoding: str | None = None


def sniff(path: Path, name: str | None = None, kind: str = "entries") -> Sniffed:
    """Look at the content and hold it to its ``name``. Raises the named errors of ``errors``."""
    name = name or path.name
    try:
        with path.open("rb") as file:
            head = file.read(4096)
            digest = hashlib.sha256(head)
            size = len(head)
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise FileNotFound(path=path, why=error.strerror or error) from error
    if not head.strip():
        raise FileEmpty(kind=kind)
    form = _form(path, name, head)
    encoding = _encoding(path, head) if form == "text" else None
    return Sniffed(form, digest.hexdigest(), size, encoding)


def _form(path: Path, name: str, head: bytes) -> str:
    suffix = Path(name).suffix.lower()
    found = _workbook(path, name, head)
    if found and suffix in _TEXT_NAMES:
        raise FileNotAsNamed(name=name, found_zh="Excel 工作簿", found_en="a workbook")
    if found:
        return "workbook"
    if (known := beginning_of(head)) is not None and not known.runs:  # “MZ” may open a sheet; a program is no text
        raise FileNotAsNamed(name=name, found_zh=known.zh, found_en=known.en)
    opening = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if opening.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<style", b"<meta")):
        raise FileNotAsNamed(name=name, found_zh="网页或 XML", found_en="a web page or XML")
    if suffix in _WORKBOOK_NAMES:
        raise FileNotAsNamed(name=name, found_zh="纯文本", found_en="plain text")
    return "text"


def _workbook(path: Path, name: str, head: bytes) -> bool:
    """True for a spreadsheet; a zip that is none is named for what it is."""
    if head.startswith(OLD_OFFICE.begins):
        return True
    if not head.startswith(ZIP.begins):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {info.filename for info in archive.infolist()}
            unpacked = sum(info.file_size for info in archive.infolist()) >> 20
    except (zipfile.BadZipFile, OSError) as error:
        raise WorkbookBroken(why=error) from error
    if not inside & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        document = "word/document.xml" in inside
        zh, en = ("Word 文档", "a Word document") if document else (ZIP.zh, ZIP.en)
        raise FileNotAsNamed(name=name, found_zh=zh, found_en=en)
    if unpacked > UNPACKED_LIMIT_MB:
        raise WorkbookTooLarge(unpacked=unpacked, limit=UNPACKED_LIMIT_MB)
    return True


def _encoding(path: Path, head: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF32_LE, "UTF-32"),
        (codecs.BOM_UTF16_LE, "UTF-16"),
        (codecs.BOM_UTF16_BE, "UTF-16"),
    ):
        if head.startswith(mark):
            raise EncodingUnknown(found=name)
    if b"\x00" in head:
        raise EncodingUnknown(found="NUL")
    if _decodes(path, "utf-8"):
        return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    if _decodes(path, "gb18030") and _chinese(path):
        return "gb18030"
    raise EncodingUnknown(found=_guess(head))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chinese(path: Path) -> bool:
    """True when nearly all double bytes are those of common characters: Big5 or Shift-JIS read as GB18030 are not."""
    with path.open("rb") as file:
        text = codecs.getincrementaldecoder("gb18030")("replace").decode(file.read(BLOCK))
    wide = [c.encode("gb18030") for c in text if ord(c) > 127]
    common = sum(len(pair) == 2 and pair[0] >= 0xA1 and pair[1] >= 0xA1 and pair[0] <= 0xF7 for pair in wide)
    return common >= 0.9 * len(wide)


def _guess(head: bytes) -> str:
    for encoding in ("big5", "shift_jis"):
        try:
            head[: len(head) // 2 * 2].decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "8-bit"
