"""What a file really is: told by its content alone, taken apart as far as needed to know that nothing rides along.

Pure: bytes in, bytes out. Taken are PDF, PNG, JPEG, XLSX, DOCX and plain text; everything that can run is refused.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from wufei.registry import first_bytes
from wufei.registry.attachment_errors import (
    AttachmentActive,
    AttachmentBroken,
    AttachmentKindRefused,
    AttachmentNotAsNamed,
)
from wufei.registry.first_bytes import beginning_of
from wufei.registry.office_files import check_office

PNG = b"\x89PNG\r\n\x1a\n"
_PDF_ACTIVE = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|OpenAction\s*<<\s*/S\s*/(?:JavaScript|Launch))\b"
)
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|svg|iframe|object|\?php)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is taken: its media type, its extensions, how it begins and how it is checked."""

    id: str
    media_type: str
    extensions: tuple[str, ...]
    zh: str
    en: str
    begins: bytes
    check: Callable[[str, bytes], None]


def _check_pdf(name: str, data: bytes) -> None:
    tail = data.rstrip(b"\r\n \t\x00")
    if not tail.endswith(b"%%EOF"):
        raise AttachmentBroken(name=name, why="%%EOF")
    if found := _PDF_ACTIVE.search(_pdf_words(data)):
        raise AttachmentActive(name=name, why=found[0].decode(errors="replace"))


def _pdf_words(data: bytes) -> bytes:
    """The document with names spelt out (``/J#61vaScript``) and with its compressed streams appended, up to 32 MB."""
    parts, left = [data], 32 << 20
    for found in re.finditer(rb"stream\r?\n", data):
        unpacker = zlib.decompressobj()
        try:
            parts.append(unpacker.decompress(data[found.end() :], min(left, 4 << 20)))
        except zlib.error:
            continue
        left -= len(parts[-1])
        if left <= 0:
            break
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), b"\n".join(parts))


def _check_png(name: str, data: bytes) -> None:
    if png_chunks(name, data)[-1][0] != b"IEND":
        raise AttachmentBroken(name=name, why="IEND")


def png_chunks(name: str, data: bytes) -> list[tuple[bytes, bytes]]:
    """Every chunk with its type, as it stands; raises AttachmentBroken when one does not fit or something follows."""
    chunks, at = [], len(PNG)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kind, whole = data[at + 4 : at + 8], data[at : at + 12 + size]
        if len(whole) != 12 + size or zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:], "big"):
            raise AttachmentBroken(name=name, why=kind.decode("latin-1"))
        chunks.append((kind, whole))
        at += 12 + size
        if kind == b"IEND" and at != len(data):
            raise AttachmentBroken(name=name, why="IEND +")
    if not chunks:
        raise AttachmentBroken(name=name, why="IEND")
    return chunks


def _check_jpeg(name: str, data: bytes) -> None:
    jpeg_segments(name, data)


def jpeg_segments(name: str, data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The segments before the picture and the picture itself; raises AttachmentBroken when something follows it."""
    segments, at = [], 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] not in {b"", b"\xda"}:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        segments.append((data[at + 1], data[at : at + 2 + size]))
        if size < 2 or at + 2 + size > len(data):
            raise AttachmentBroken(name=name, why="JPEG")
        at += 2 + size
    scan = data[at:]
    end = scan.find(b"\xff\xd9")
    if scan[:2] != b"\xff\xda" or end < 0:
        raise AttachmentBroken(name=name, why="JPEG EOI")
    rest = scan[end + 2 :].strip(b"\x00")
    if rest.startswith(b"\xff\xd8\xff"):  # a second picture, as telephones add one
        jpeg_segments(name, rest)
    elif rest:
        raise AttachmentBroken(name=name, why="JPEG EOI +")
    return segments, scan[: end + 2]


def _check_text(name: str, data: bytes) -> None:
    if b"\x00" in data:
        raise AttachmentBroken(name=name, why="NUL")
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise AttachmentBroken(name=name, why="UTF-8, GB 18030")
    if found := _MARKUP.search(data):
        raise AttachmentActive(name=name, why=found[0].decode("latin-1"))


_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = (
    FileKind("pdf", "application/pdf", ("pdf",), "PDF 文件", "a PDF", b"%PDF-", _check_pdf),
    FileKind("png", "image/png", ("png",), "PNG 图片", "a PNG picture", PNG, _check_png),
    FileKind("jpeg", "image/jpeg", ("jpg", "jpeg"), "JPEG 图片", "a JPEG picture", b"\xff\xd8\xff", _check_jpeg),
    FileKind(
        "xlsx", _OFFICE + "spreadsheetml.sheet", ("xlsx",), "Excel 工作簿", "a workbook", b"PK\x03\x04",
        lambda name, data: check_office(name, data, "xl/workbook.xml"),
    ),
    FileKind(
        "docx", _OFFICE + "wordprocessingml.document", ("docx",), "Word 文档", "a Word document", b"PK\x03\x04",
        lambda name, data: check_office(name, data, "word/document.xml"),
    ),
    FileKind("text", "text/plain", ("txt", "csv"), "纯文本", "plain text", b"", _check_text),
)  # fmt: skip
TAKEN = "PDF、PNG、JPEG、XLSX、DOCX、TXT、CSV"


def kind_of(name: str, data: bytes) -> FileKind:
    """The kind of a file whose name and content agree and that carries nothing else.

    Raises AttachmentKindRefused, AttachmentNotAsNamed, AttachmentBroken, AttachmentActive or AttachmentBomb.
    """
    extension = name.rpartition(".")[2].lower()
    named = next((kind for kind in KINDS if extension in kind.extensions), None)
    _refuse_others(name, data)
    if named is None:
        raise AttachmentKindRefused(name=name, found_zh="扩展名", found_en="by its extension", kinds=TAKEN)
    real = next((kind for kind in KINDS if kind.begins and data.startswith(kind.begins)), None)
    if real is not None and real.begins != named.begins:
        raise AttachmentNotAsNamed(name=name, found_zh=real.zh, found_en=real.en)
    if real is None and named.begins:
        raise AttachmentNotAsNamed(name=name, found_zh="其他内容", found_en="something else")
    named.check(name, data)
    return named


def _refuse_others(name: str, data: bytes) -> None:
    known = beginning_of(data)
    if known is not None and known not in {first_bytes.PDF, first_bytes.PNG, first_bytes.JPEG, first_bytes.ZIP}:
        raise AttachmentKindRefused(name=name, found_zh=known.zh, found_en=known.en, kinds=TAKEN)


def without_metadata(name: str, data: bytes, kind: FileKind) -> bytes:
    """A picture without what tells place, time, device and author; its pixels and colours stay. Others unchanged."""
    if kind.id == "png":
        kept = [
            whole
            for chunk, whole in png_chunks(name, data)
            if chunk not in {b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME"}
        ]
        return PNG + b"".join(kept)
    if kind.id == "jpeg":
        segments, scan = jpeg_segments(name, data)
        plain = [
            whole
            for mark, whole in segments
            if not (0xE1 <= mark <= 0xEF and mark not in {0xE2, 0xEE}) and mark != 0xFE
        ]
        return b"\xff\xd8" + b"".join(plain) + scan
    return data
