"""The one door for files: what a file really is, what rides along, how it is kept, and how it goes."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from wufei.registry import attachments
from wufei.registry.attachment_errors import (
    AttachmentActive,
    AttachmentBomb,
    AttachmentBroken,
    AttachmentEmpty,
    AttachmentGone,
    AttachmentKindRefused,
    AttachmentNotAsNamed,
    AttachmentTooLarge,
)
from wufei.registry.attachments import Incoming, clean_name
from wufei.registry.file_kinds import PNG, kind_of, without_metadata
from wufei.registry.models import Attachment, Organisation, Person
from wufei.terms import NamedError

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return PNG + head + b"".join(more) + chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND", b"")


def segment(mark: int, data: bytes) -> bytes:
    return bytes([0xFF, mark]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*more: bytes) -> bytes:
    begin = b"\xff\xd8" + segment(0xE0, b"JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")
    return begin + b"".join(more) + segment(0xDB, b"\x00" * 65) + segment(0xDA, b"\x00") + b"\x12\x34\xff\xd9"


def workbook() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("台账").write(0, 0, "数量")
    book.close()
    return out.getvalue()


def repacked(data: bytes, **more: bytes) -> bytes:
    """The same archive with further parts (``__`` in a name stands for a slash)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
        for name, content in more.items():
            new.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("许可证.pdf", PDF),
        ("a.PNG", png()),
        ("a.jpg", jpeg()),
        ("台账.xlsx", workbook()),
        ("说明.txt", "说明".encode("gb18030")),
    ],
)
def test_sound_files_are_taken(name: str, data: bytes) -> None:
    assert name.rpartition(".")[2].lower() in kind_of(name, data).extensions


HOSTILE: list[tuple[str, bytes, type[NamedError]]] = [
    ("setup.exe", b"MZ" + b"\x00" * 64, AttachmentKindRefused),
    ("许可证.pdf", b"MZ" + b"\x00" * 64, AttachmentKindRefused),
    ("a.pdf.exe", PDF, AttachmentKindRefused),
    ("run.sh", b"#!/bin/sh\nrm -rf /", AttachmentKindRefused),
    ("a.txt", b"#!/bin/sh\nrm -rf /", AttachmentKindRefused),
    ("page.html", b"<html></html>", AttachmentKindRefused),
    ("page.svg", b"<svg onload=alert(1)>", AttachmentKindRefused),
    ("old.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 512, AttachmentKindRefused),
    ("macro.xlsm", workbook(), AttachmentKindRefused),
    ("all.zip", b"PK\x03\x04", AttachmentKindRefused),
    ("noextension", PDF, AttachmentKindRefused),
    ("a.png", PDF, AttachmentNotAsNamed),
    ("a.pdf", png(), AttachmentNotAsNamed),
    ("a.txt", png(), AttachmentNotAsNamed),
    ("a.jpg", b"hello", AttachmentNotAsNamed),
    ("a.docx", workbook(), AttachmentNotAsNamed),
    ("a.pdf", PDF + b"PK\x03\x04rest", AttachmentBroken),
    ("a.png", png() + b"<?php system($_GET[0]);", AttachmentBroken),
    ("a.png", png()[:-6], AttachmentBroken),
    ("a.jpg", jpeg() + b"PK\x03\x04rest", AttachmentBroken),
    ("a.jpg", jpeg()[:-2], AttachmentBroken),
    ("a.xlsx", workbook()[:-10], AttachmentBroken),
    ("a.xlsx", workbook() + b"\x00rest", AttachmentBroken),
    ("a.xlsx", b"PK\x03\x04" + b"\x00" * 40, AttachmentBroken),
    ("a.txt", b"a\x00b", AttachmentBroken),
    ("a.txt", b"\xff\xff\xfe", AttachmentBroken),
    ("a.csv", b"a,b\n<script>alert(1)</script>", AttachmentActive),
    ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (x) >>"), AttachmentActive),
    ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog /Names << /J#61vaScript 1 0 R >>"), AttachmentActive),
    (
        "a.pdf",
        PDF.replace(b"endobj", b"stream\n" + zlib.compress(b"<< /Launch 1 >>") + b"\nendstream"),
        AttachmentActive,
    ),
    ("a.xlsx", repacked(workbook(), xl__vbaProject_DOT_bin=b"x"), AttachmentActive),
    ("a.xlsx", repacked(workbook(), xl__embeddings__oleObject1_DOT_bin=b"x"), AttachmentActive),
    ("a.xlsx", repacked(workbook(), xl__x_DOT_xml=b'<!DOCTYPE a [<!ENTITY b "bb">]>'), AttachmentActive),
    ("a.xlsx", repacked(workbook(), xl__inner_DOT_xml=workbook()), AttachmentActive),
    ("a.xlsx", repacked(workbook(), xl__big_DOT_xml=b"\x00" * (12 << 20)), AttachmentBomb),
    ("a.xlsx", repacked(workbook(), ___DOT__DOT___evil_DOT_xml=b"x"), AttachmentBroken),
]


@pytest.mark.parametrize(("name", "data", "error"), HOSTILE, ids=[f"{n}-{i}" for i, (n, _d, _e) in enumerate(HOSTILE)])
def test_hostile_files_are_refused_by_name(name: str, data: bytes, error: type[NamedError]) -> None:
    with pytest.raises(error):
        kind_of(name, data)


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(repacked(workbook(), xl__big_DOT_xml=b"\x00" * 50_000))
    where = data.rfind(b"PK\x01\x02")
    data[where + 24 : where + 28] = struct.pack("<I", 10)
    with pytest.raises((AttachmentBomb, AttachmentBroken)):
        kind_of("a.xlsx", bytes(data))


@given(st.binary(max_size=300), st.sampled_from(["pdf", "png", "jpg", "xlsx", "docx", "txt"]))
def test_no_bytes_break_the_check(data: bytes, extension: str) -> None:
    for begins in (b"", b"%PDF-", PNG, b"\xff\xd8\xff", b"PK\x03\x04"):
        try:
            kind_of(f"a.{extension}", begins + data)
        except NamedError:
            continue


@given(st.text(max_size=300))
def test_names_are_cleaned(name: str) -> None:
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= 200
    assert not set(cleaned) & set('/\\<>:"|?*\r\n\t\u202e;%')
    assert clean_name(cleaned) == cleaned


def test_names_keep_their_chinese_and_lose_their_path() -> None:
    assert clean_name("../../etc/许可证 扫描件.pdf") == "许可证 扫描件.pdf"
    assert clean_name("C:\\temp\\a\u202efdp.exe") == "afdp.exe"


def test_pictures_lose_place_and_author() -> None:
    exif = segment(0xE1, b"Exif\x00\x00GPS 40.84N 111.75E")
    picture = jpeg(exif, segment(0xFE, b"comment"))
    assert without_metadata("a.jpg", picture, kind_of("a.jpg", picture)) == jpeg()
    noted = png(chunk(b"tEXt", b"Author\x00Zhang"), chunk(b"eXIf", b"GPS"))
    assert without_metadata("a.png", noted, kind_of("a.png", noted)) == png()


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.ATTACHMENT_FOLDER = tmp_path / "attachments"
    return settings.ATTACHMENT_FOLDER


@pytest.fixture
def org(db: None) -> Organisation:
    return Organisation.objects.create(name_zh="甲厂", kind="enterprise")


@pytest.fixture
def person(db: None) -> Person:
    return Person.objects.create(username="zhang")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def test_kept_once_by_content_for_its_owner_alone(folder: Path, org: Organisation, person: Person) -> None:
    one = attachments.receive(Incoming("a.pdf", [PDF[:10], PDF[10:]]), org, person, "claim")
    two = attachments.receive(Incoming("b.pdf", [PDF]), org, person, "claim")
    (path,) = files(folder)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert one.sha256 == two.sha256
    assert attachments.open_content(one).read() == PDF
    attachments.erase(one)
    assert attachments.open_content(two).read() == PDF
    attachments.erase(two)
    assert files(folder) == []
    with pytest.raises(AttachmentGone):
        attachments.open_content(two)


def test_evidence_keeps_what_a_camera_wrote_a_claim_does_not(folder: Path, org: Organisation, person: Person) -> None:
    picture = jpeg(segment(0xE1, b"Exif\x00\x00GPS"))
    kept = attachments.receive(Incoming("a.jpg", [picture]), org, person, "evidence")
    bare = attachments.receive(Incoming("a.jpg", [picture]), org, person, "claim")
    assert attachments.open_content(kept).read() == picture
    assert attachments.open_content(bare).read() == jpeg()


@pytest.mark.parametrize(
    ("chunks", "error"),
    [
        ([], AttachmentEmpty),
        ([PDF, b"x" * (attachments.MOST_BYTES + 1)], AttachmentTooLarge),
        ([b"MZ"], AttachmentKindRefused),
    ],
)
def test_nothing_is_kept_of_what_is_refused(
    folder: Path, org: Organisation, person: Person, chunks: list[bytes], error: type[NamedError]
) -> None:
    with pytest.raises(error):
        attachments.receive(Incoming("a.pdf", chunks), org, person)
    assert files(folder) == []
    assert not Attachment.objects.exists()


def test_a_changed_content_is_not_handed_out(folder: Path, org: Organisation, person: Person) -> None:
    kept = attachments.receive(Incoming("a.pdf", [PDF]), org, person)
    attachments.path_of(kept.sha256).write_bytes(PDF.replace(b"1.7", b"1.4"))
    with pytest.raises(AttachmentGone):
        attachments.open_content(kept)
