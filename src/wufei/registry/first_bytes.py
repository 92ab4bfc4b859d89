"""What a file begins with, and what it then is: the one table for attachments and for sheets to import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first bytes of a kind of file and its names; ``runs`` where it is something that can run."""

    begins: bytes
    zh: str
    en: str
    runs: bool = False


OLD_OFFICE = Beginning(b"\xd0\xcf\x11\xe0", "旧版 Office 文件", "an old Office file")
ZIP = Beginning(b"PK\x03\x04", "ZIP 压缩文件", "a ZIP archive")
PDF = Beginning(b"%PDF", "PDF 文档", "a PDF document")
PNG = Beginning(b"\x89PNG", "PNG 图像", "a PNG image")
JPEG = Beginning(b"\xff\xd8\xff", "JPEG 图像", "a JPEG image")
BEGINNINGS = (
    Beginning(b"MZ", "Windows 程序", "a Windows program", runs=True),
    Beginning(b"\x7fELF", "Linux 程序", "a Linux program", runs=True),
    Beginning(b"\xca\xfe\xba\xbe", "程序", "a program", runs=True),
    Beginning(b"\xcf\xfa\xed\xfe", "程序", "a program", runs=True),
    Beginning(b"L\x00\x00\x00\x01\x14\x02\x00", "快捷方式", "a shortcut", runs=True),
    Beginning(b"#!", "脚本", "a script", runs=True),
    OLD_OFFICE,
    ZIP,
    PDF,
    PNG,
    JPEG,
    Beginning(b"\x1f\x8b", "gzip 压缩文件", "a gzip archive"),
    Beginning(b"Rar!", "RAR 压缩文件", "a RAR archive"),
    Beginning(b"7z\xbc\xaf", "7z 压缩文件", "a 7z archive"),
    Beginning(b"PAR1", "Parquet 文件", "a Parquet file"),
    Beginning(b"GIF8", "GIF 图像", "a GIF image"),
    Beginning(b"{\\rtf", "RTF 文档", "an RTF document"),
)


def beginning_of(head: bytes) -> Beginning | None:
    """What a file is by its first bytes; None for text and whatever is not known."""
    return next((known for known in BEGINNINGS if head.startswith(known.begins)), None)
