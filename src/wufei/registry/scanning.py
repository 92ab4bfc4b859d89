"""Uploads looked at by the operator's virus scanner: clamd's INSTREAM over its Unix socket, where a setting names one.

Where a scanner is set and does not answer, nothing is taken: a file that nobody looked at is not kept.
"""

from __future__ import annotations

import socket
import struct

from wufei.terms import NamedError

CHUNK, PATIENCE_SECONDS, LONGEST_ANSWER = 64 * 1024, 30, 4096
CLEAN, FOUND = "OK", " FOUND"


class AttachmentInfected(NamedError):
    """The scanner knows what is in it."""

    code = "attachment_infected"
    zh = "文件“{name}”含有恶意代码（{found}），不予接收。"
    en = "The file {name} holds malicious code ({found}) and is not taken."
    remedy_zh = "请检查您的电脑，清除后另存再上传。"
    remedy_en = "Check your computer, and upload a clean copy."


class ScannerAway(NamedError):
    """The scanner that the operator set does not answer."""

    code = "scanner_away"
    zh = "病毒扫描程序没有应答，暂不能接收文件。"
    en = "The virus scanner does not answer, so no file can be taken."
    remedy_zh = "请稍后重试；系统管理员请检查 WUFEI_CLAMD 所指的扫描程序。"
    remedy_en = "Try again later; the administrator checks the scanner that WUFEI_CLAMD names."


def scan(path: str, name: str, data: bytes) -> None:
    """Return when the scanner at the socket ``path`` finds nothing; an empty path asks nobody.

    Raises AttachmentInfected or ScannerAway.
    """
    if not path:
        return
    try:
        said = _asked(path, data)
    except OSError as error:
        raise ScannerAway from error
    told = said.removeprefix("stream: ")
    if told.endswith(FOUND):
        raise AttachmentInfected(name=name, found=told.removesuffix(FOUND)[:80])
    if told != CLEAN:
        raise ScannerAway


def _asked(path: str, data: bytes) -> str:
    """What the scanner says of the content."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as scanner:
        scanner.settimeout(PATIENCE_SECONDS)
        scanner.connect(path)
        scanner.sendall(b"zINSTREAM\0")
        for at in range(0, len(data), CHUNK):
            part = data[at : at + CHUNK]
            scanner.sendall(struct.pack("!L", len(part)) + part)
        scanner.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER and (more := scanner.recv(1024)):
            answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()
