"""What is sent to a subscriber goes over TLS to whom a trusted authority vouches for, and to nobody else."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from wufei.web.security.fetch import AddressSilent, post_bytes

Signed = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, by: Signed | None, address: str | None) -> Signed:
    """A certificate that ``by`` signed, else a self-signed authority; ``address`` is the one it stands for."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(by[0].subject if by else subject)
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if by is not None:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by[1].public_key())
        made = made.add_extension(issuer, critical=False)
    if address is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = made.add_extension(names, critical=False)
    return made.sign(by[1] if by else key, hashes.SHA256()), key


def pem(path: Path, signed: Signed) -> Path:
    key = signed[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(key + signed[0].public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def authority(tmp_path: Path) -> Signed:
    made = certificate("test authority", None, None)
    (tmp_path / "ca.pem").write_bytes(made[0].public_bytes(serialization.Encoding.PEM))
    return made


def served(signed: Signed, folder: Path, told: list[bytes]) -> HTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem(folder / "server.pem", signed))
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]  # a refused handshake is the point
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: Signed) -> None:
    """This process trusts the authority, and may call this machine."""
    monkeypatch.setattr(settings, "SIGN_IN", replace(settings.SIGN_IN, private_urls=True))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def sent(server: HTTPServer) -> int:
    return post_bytes(f"https://127.0.0.1:{server.server_address[1]}/hook", b"{}", {})


@pytest.mark.usefixtures("trusting")
def test_whom_the_authority_vouches_for_is_told(tmp_path: Path, authority: Signed) -> None:
    told: list[bytes] = []
    server = served(certificate("subscriber", authority, "127.0.0.1"), tmp_path, told)
    try:
        assert (sent(server), told) == (204, [b"{}"])
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("address", ["127.0.0.2", None, "127.0.0.1"])
def test_a_certificate_for_another_name_or_of_nobody_gets_nothing(
    tmp_path: Path, authority: Signed, address: str | None
) -> None:
    other = certificate("unknown authority", None, None)
    told: list[bytes] = []
    by = other if address == "127.0.0.1" else authority
    server = served(certificate("subscriber", by, address), tmp_path, told)
    try:
        with pytest.raises(AddressSilent):
            sent(server)
        assert told == []
    finally:
        server.shutdown()
        server.server_close()
