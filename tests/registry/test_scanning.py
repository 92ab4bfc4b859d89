"""The operator's scanner: asked of each upload, obeyed, and missed when it is away."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wufei.registry import attachments
from wufei.registry.attachments import Incoming
from wufei.registry.models import Attachment, Organisation, Person
from wufei.registry.scanning import AttachmentInfected, ScannerAway, scan

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PDF = b"%PDF-1.7\n%%EOF\n"


def whole(reader: Any, count: int) -> bytes:
    taken = b""
    while len(taken) < count:
        taken += reader.recv(count - len(taken))
    return taken


def serve(listening: socket.socket, answers: dict[bytes, bytes], seen: list[bytes]) -> None:
    """Speak clamd's side: collect the stream, answer by what stands in it."""
    while True:
        try:
            reader, _address = listening.accept()
        except OSError:
            return
        with reader:
            assert whole(reader, 10) == b"zINSTREAM\0"
            data = b""
            while size := struct.unpack("!L", whole(reader, 4))[0]:
                data += whole(reader, size)
            seen.append(data)
            reader.sendall(next((answer for part, answer in answers.items() if part in data), b"stream: OK\0"))


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[tuple[str, list[bytes]]]:
    path, seen = str(tmp_path / "clamd"), list[bytes]()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(path)
        listening.listen()
        answers = {b"EICAR": b"stream: Eicar-Test-Signature FOUND\0", b"odd": b"stream: size limit ERROR\0"}
        thread = threading.Thread(target=serve, args=(listening, answers, seen), daemon=True)
        thread.start()
        yield path, seen
        listening.shutdown(socket.SHUT_RDWR)


def test_what_is_found_is_refused_by_name(scanner: tuple[str, list[bytes]]) -> None:
    path, seen = scanner
    scan(path, "a.pdf", PDF * 20_000)
    assert seen == [PDF * 20_000]
    with pytest.raises(AttachmentInfected) as told:
        scan(path, "a.pdf", EICAR)
    assert told.value.values["found"] == "Eicar-Test-Signature"


def test_a_scanner_that_fails_or_is_away_lets_nothing_in(scanner: tuple[str, list[bytes]]) -> None:
    path, _seen = scanner
    with pytest.raises(ScannerAway):
        scan(path, "a.pdf", b"odd")
    with pytest.raises(ScannerAway):
        scan(path + "-nowhere", "a.pdf", PDF)
    scan("", "a.pdf", EICAR)


@pytest.mark.django_db
def test_an_upload_goes_by_the_scanner(scanner: tuple[str, list[bytes]], tmp_path: Path, settings: Any) -> None:
    settings.ATTACHMENT_FOLDER, settings.SCANNER = tmp_path / "kept", scanner[0]
    org = Organisation.objects.create(name_zh="甲厂", kind="enterprise")
    li = Person.objects.create_user("li", password="x" * 12)
    with pytest.raises(AttachmentInfected):
        attachments.receive(Incoming("a.pdf", [b"%PDF-1.7\n" + EICAR + b"\n%%EOF\n"]), org, li)
    assert not Attachment.objects.exists()
    assert not (tmp_path / "kept").exists()
    attachments.receive(Incoming("a.pdf", [PDF]), org, li)
    assert len(scanner[1]) == 2
