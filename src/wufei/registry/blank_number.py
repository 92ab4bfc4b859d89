"""Numbers of paper blanks: ``WF26-7K3QX-0001-C``: year, batch, serial and a check character (ISO 7064, MOD 37,36)."""

from __future__ import annotations

import re
import secrets

from wufei.registry.credit_code import narrowed

CASE = "blank"
MOST_SERIAL = 9999
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BATCH = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is mistaken for something else
_WHOLE = re.compile(r"(?<![0-9A-Z])WF(\d{2})-?([0-9A-Z]{5})-?(\d{4})-?([0-9A-Z])(?![0-9A-Z])", re.ASCII)
_OURS = re.compile(r"WF\d", re.ASCII)


def new_batch() -> str:
    """Five random characters that the blanks printed at one time share."""
    return "".join(secrets.choice(_BATCH) for _ in range(5))


def blank_number(year: int, batch: str, serial: int) -> str:
    """The number as it is printed."""
    body = f"WF{year % 100:02}{batch}{serial:04}"
    return f"{body[:4]}-{body[4:9]}-{body[9:]}-{_check(body)}"


def read_blank_number(text: str) -> str | None:
    """The number in what was scanned or typed, as it is printed; None where there is none or it was misread."""
    found = _WHOLE.search(narrowed(text)) or _WHOLE.search(text.upper())
    if found is None or _check(f"WF{found[1]}{found[2]}{found[3]}") != found[4]:
        return None
    return f"WF{found[1]}-{found[2]}-{found[3]}-{found[4]}"


def looks_like_blank(text: str) -> bool:
    """Whether a number claims to be that of a blank, whole or not."""
    return _OURS.match(text.strip().upper()) is not None


def _check(body: str) -> str:
    held = 36
    for sign in body:
        held = (held + _SIGNS.index(sign)) % 36 or 36
        held = held * 2 % 37
    return _SIGNS[(37 - held) % 36]
