"""Taking the port before anything else is started, so that a port in use is said at once."""

from __future__ import annotations

import errno
import socket

from wufei.terms import NamedError


class PortInUse(NamedError):
    """Another program listens on the port."""

    code = "port_in_use"
    zh = "端口 {host}:{port} 已被其他程序占用。"
    en = "Port {host}:{port} is in use by another program."
    remedy_zh = "请停止那个程序，或用 --port 另选一个端口。"
    remedy_en = "Stop that program, or choose another port with --port."


class AddressUnusable(NamedError):
    """The address is not one of this machine, or this account may not use the port."""

    code = "address_unusable"
    zh = "无法监听 {host}:{port}：{reason}。"
    en = "Cannot listen on {host}:{port}: {reason}."
    remedy_zh = "请用 --host 给出本机的地址，用 --port 给出 1024 以上的端口。"
    remedy_en = "Give an address of this machine with --host, and a port above 1024 with --port."


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on `host` and `port` (0: any free port); raises PortInUse or AddressUnusable."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(256)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host=host, port=port) from error
        raise AddressUnusable(host=host, port=port, reason=error.strerror or error) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The web address to open for this listener; a listener on every address is reached as localhost."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  (compared with, not bound to)
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
