"""Which records an export takes: the conditions of a filter over the whole journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

ROLES = (
    "origin", "storage", "transit", "process", "product", "sink", "loss", "adjustment", "unexplained", "opening",
    "outside",
)  # fmt: skip
DAY = "(%s::timestamp AT TIME ZONE 'Asia/Shanghai')"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None asks for nothing. Days are those of the city, both ends counted.

    ``account`` is a key, ``place`` and ``role`` those of an account on either side, ``known_on`` an instant after
    which nothing was known yet.
    """

    stream: str | None = None
    account: str | None = None
    place: str | None = None
    role: str | None = None
    basis: str | None = None
    period: str | None = None
    actor: str | None = None
    acting_for: str | None = None
    happened_from: date | None = None
    happened_to: date | None = None
    state: str | None = None
    known_on: datetime | None = None


STATES: Mapping[str, str] = {
    "standing": "r.reverses IS NULL AND NOT EXISTS (SELECT FROM journal.record b WHERE b.reverses = r.id)",
    "reversed": "EXISTS (SELECT FROM journal.record b WHERE b.reverses = r.id)",
    "reversal": "r.reverses IS NOT NULL",
    "correction": "r.replaces IS NOT NULL",
}
_SIMPLE = {
    "basis": "r.basis = %s::journal.basis",
    "period": "r.period = %s",
    "actor": "r.actor = %s",
    "acting_for": "r.acting_for = %s",
    "happened_from": f"r.happened_at >= {DAY % '%s::date'}",
    "happened_to": f"r.happened_at < {DAY % '(%s::date + 1)'}",
    "known_on": "r.known_at <= %s",
}
_ACCOUNT = {"account": "a.key = %s", "place": "a.place = %s", "role": "a.role = %s::journal.role"}
_NUMBER = "(SELECT n FROM journal.stream WHERE id = %s)"
_STREAM = f"(e.stream_n = {_NUMBER} OR e.to_stream_n = {_NUMBER})"


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    for name, text in _SIMPLE.items():
        if (value := getattr(wanted, name)) is not None:
            where.append(text)
            values.append(value)
    accounts = [(text, value) for name, text in _ACCOUNT.items() if (value := getattr(wanted, name)) is not None]
    if accounts:
        chosen = "SELECT a.n FROM journal.account a WHERE " + " AND ".join(text for text, _value in accounts)
        narrowed = "" if wanted.stream is None else f" AND {_STREAM}"
        where.append(
            f"r.seq IN (SELECT e.seq FROM journal.entry e WHERE e.from_n IN ({chosen}){narrowed} "
            f"UNION ALL SELECT e.seq FROM journal.entry e WHERE e.to_n IN ({chosen}){narrowed})"
        )
        side = [value for _text, value in accounts] + ([] if wanted.stream is None else [wanted.stream] * 2)
        values += side * 2
    elif wanted.stream is not None:
        where.append(f"EXISTS (SELECT FROM journal.entry e WHERE e.seq = r.seq AND {_STREAM})")
        values += [wanted.stream] * 2
    if wanted.state is not None:
        where.append(STATES[wanted.state])
    return where, values
