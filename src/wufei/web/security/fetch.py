"""Calling an address that a setting or a document names: encrypted, public, small and without detours.

The name is resolved once and the connection goes to the address that was checked, so that a name that changes its mind
leads nowhere. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from wufei.terms import NamedError

TIMEOUT_SECONDS = 10
LARGEST_ANSWER = 256 * 1024


class AddressRefused(NamedError):
    """An address that the system does not call: unencrypted, private, or no address."""

    code = "address_refused"
    zh = "系统不会访问此地址：{url}"
    en = "The system does not call this address: {url}"
    remedy_zh = "只允许公网的 https 地址；确需访问内网的身份平台时，设置 WUFEI_PRIVATE_URLS=1。"
    remedy_en = "Only public https addresses are called; set WUFEI_PRIVATE_URLS=1 for a provider in your own network."


class AddressSilent(NamedError):
    """The other side does not answer, or not with the JSON that was asked for."""

    code = "address_silent"
    zh = "对方没有正常应答：{url}"
    en = "The other side did not answer as it should: {url}"
    remedy_zh = "请稍后重试；若仍如此，请核对设置中的地址。"
    remedy_en = "Try again in a moment; if it stays, check the address in the settings."


def checked(url: str) -> tuple[str, int, str]:
    """Host, port and the network address to connect to; raises AddressRefused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM) if host else []
    except (ValueError, OSError) as error:
        raise AddressRefused(url=url) from error
    private = settings.SIGN_IN.private_urls
    allowed = ("https", "http") if private else ("https",)
    numbers = [str(row[4][0]) for row in found]
    if parts.scheme not in allowed or parts.username or not numbers:
        raise AddressRefused(url=url)
    if not private and not all(_public(number) for number in numbers):
        raise AddressRefused(url=url)
    return host, port, numbers[0]


def _public(number: str) -> bool:
    address = ipaddress.ip_address(number.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (mapped is None or mapped.is_global)


def fetch_json(url: str, *, form: str | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at the address, by POST of ``form`` when one is given; raises AddressRefused or AddressSilent."""
    sent = {"Accept": "application/json", **(headers or {})}
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    status, body = _called(url, form.encode() if form is not None else None, sent)
    try:
        said = json.loads(body) if status == 200 and len(body) <= LARGEST_ANSWER else None
    except ValueError as error:
        raise AddressSilent(url=url) from error
    if not isinstance(said, dict):
        raise AddressSilent(url=url)
    return said


def post_bytes(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST the body; the status of the answer. Raises AddressRefused or AddressSilent."""
    return _called(url, body, headers)[0]


def _called(url: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    """Status and the beginning of the answer to a GET, or to a POST of ``body``."""
    host, port, number = checked(url)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.sock = _connected(parts.scheme, host, number, port)
        connection.request("GET" if body is None else "POST", target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(LARGEST_ANSWER + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise AddressSilent(url=url) from error
    finally:
        connection.close()


def _connected(scheme: str, host: str, number: str, port: int) -> socket.socket:
    plain = socket.create_connection((number, port), timeout=TIMEOUT_SECONDS)
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
