"""Ids that follow from content (UUIDv8, RFC 9562), so that sending the same thing again is a no-op.

A row's id is a digest of its file and sheet with the row's number at the end: a file's ids lie together in the index.
An opening record's id begins with what it is about and ends with what it says, so a range of ids holds its history.
"""

from __future__ import annotations

import hashlib
from uuid import NAMESPACE_URL, UUID, uuid5

_OPENING = 0xFE  # first byte of opening records; ids made of the time do not begin so before the year 10,000


def _digest(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:16], "big")


def _uuid8(value: int) -> UUID:
    value &= ~(0xF << 76) & ~(0x3 << 62) & ((1 << 128) - 1)
    return UUID(int=value | (0x8 << 76) | (0x2 << 62))


class RowIds:
    """Ids for the rows of one sheet of one file of one kind."""

    def __init__(self, file_sha256: str, kind: str, sheet: str) -> None:
        self._base = _digest("row", file_sha256, kind, sheet) >> 32 << 32

    def of(self, row: int) -> UUID:
        """The id of the row with that number (1-based, as a spreadsheet shows it)."""
        return _uuid8(self._base | row)


def of_key(acting_for: str, key: str) -> UUID:
    """The id for an idempotency key: the key itself when it is a UUID, else one made of it and the organisation."""
    try:
        return UUID(key)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"wufei:{acting_for}:{key}")


def of_lot(acting_for: str, number: str) -> UUID:
    """The id of a lot: the number itself when it is a UUID, else one made of the organisation and its own number."""
    try:
        return UUID(number)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"wufei-lot:{acting_for}:{number}")


class OpeningIds:
    """Ids of a city's opening records: a byte, the city (24 bits), the subject (28), then what is said (62)."""

    def __init__(self, city: str) -> None:
        self._city = (_OPENING << 24 | _digest("opening", city) >> 104) << 96

    def bounds(self) -> tuple[UUID, UUID]:
        """The smallest and the largest id of the city."""
        return UUID(int=self._city), UUID(int=self._city | ((1 << 96) - 1))

    def of(self, subject: str, said: str, times: int) -> UUID:
        """The id of what is ``said`` about a subject, when it is the ``times``-th thing said about it."""
        high, low = divmod(subject_bits(subject), 1 << 12)
        content = _digest(subject, said, str(times)) & ((1 << 62) - 1)
        return _uuid8(self._city | high << 80 | low << 64 | content)


def subject_bits(subject: str) -> int:
    """The 28 bits that stand for a subject."""
    return _digest("subject", subject) >> 100


def subject_of(record: UUID) -> int:
    """The subject's bits in the id of an opening record."""
    return (record.int >> 80 & 0xFFFF) << 12 | (record.int >> 64 & 0xFFF)
