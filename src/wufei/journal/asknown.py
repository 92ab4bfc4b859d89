"""As known on an instant: which appends had been made by then, exactly, and for good.

An append shows that it is under way (``sql/guard.sql``) before it takes its time. So an instant is settled once no
append under way began by then: whatever arrives later bears a later time, and every reading as known on a settled
instant stays as it is for ever. All folds read the past the same way: what stands now without what came later.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.moments import month_after, month_of, start_of
from wufei.terms import NamedError

PATIENCE_SECONDS = 3.0
_PAUSE_SECONDS = 0.02

_CLOCK = "SELECT statement_timestamp(), (SELECT min(began) FROM journal.under_way WHERE pid <> pg_backend_pid())"
# A receipt's number is drawn at most one second before its time. So receipts more than a second apart are in order, and
# a receipt up to the last one known that came later did so within a second.
_PARTED = """
WITH newest AS (SELECT max(known_at) AS at FROM journal.receipt WHERE known_at <= %(at)s),
     known AS (SELECT coalesce(max(r.n), 0) AS last FROM journal.receipt r, newest
               WHERE r.known_at BETWEEN newest.at - interval '1 second' AND newest.at)
SELECT last, ARRAY(SELECT r.n FROM journal.receipt r
    WHERE r.n < last AND r.known_at > %(at)s AND r.known_at <= %(at)s + interval '1 second' ORDER BY r.n)
FROM known"""
# No record happens later than a day after it is known: see the check on journal.setting.
_AHEAD = timedelta(days=1)


class InstantInFuture(NamedError):
    """Asked what will be known."""

    code = "instant_in_future"
    zh = "“截至 {at} 已知”在将来。"
    en = "“As known on {at}” lies in the future."
    remedy_zh = "请选择不晚于现在的时刻。"
    remedy_en = "Choose an instant no later than now."


class InstantNotSettled(NamedError):
    """An append that began by the instant is still under way, so that the answer could still change."""

    code = "instant_not_settled"
    zh = "{at} 之前开始的记录还在写入，这一时刻的账尚未定。"
    en = "An append that began before {at} is still under way, so that instant is not settled."
    remedy_zh = "请稍后再试，或选择 {settled} 及以前的时刻。"
    remedy_en = "Try again later, or choose an instant up to {settled}."


class InstantWithoutZone(NamedError):
    """An instant that does not say in which time zone it is meant."""

    code = "instant_without_zone"
    zh = "时刻“{at}”没有写明时区。"
    en = "The instant {at} does not name its time zone."
    remedy_zh = "请写明时区，例如 2026-03-31T24:00:00+08:00。"
    remedy_en = "Name the zone, such as 2026-03-31T23:59:59+08:00."


@dataclass(frozen=True, slots=True)
class Known:
    """What was known: appends up to receipt ``last``, without those in ``but``; ``at`` None means all there is now."""

    at: datetime | None
    last: int = 0
    but: tuple[int, ...] = ()

    def known(self, table: str) -> sql.Composable:
        """SQL: the row of ``table`` was known."""
        if self.at is None:
            return sql.SQL("true")
        known = sql.SQL("{}.seq < {}").format(sql.Identifier(table), self._cut())
        return sql.SQL("({} AND {}.seq >> 20 <> ALL ({}))").format(known, *self._but(table)) if self.but else known

    def later(self, table: str) -> sql.Composable:
        """SQL: the row of ``table`` became known only later."""
        if self.at is None:
            return sql.SQL("false")
        later = sql.SQL("{}.seq >= {}").format(sql.Identifier(table), self._cut())
        return sql.SQL("({} OR {}.seq >> 20 = ANY ({}))").format(later, *self._but(table)) if self.but else later

    @property
    def horizon(self) -> datetime | None:
        """The beginning of the first month of which nothing can have been known yet; None when there is none."""
        return None if self.at is None else start_of(month_after(month_of(self.at + _AHEAD)))

    def _cut(self) -> sql.Composable:
        return sql.Literal((self.last + 1) << 20)

    def _but(self, table: str) -> tuple[sql.Composable, sql.Composable]:
        return sql.Identifier(table), sql.SQL("{}::bigint[]").format(sql.Literal(list(self.but)))


NOW = Known(None)


def latest_settled(connection: Connection[Any]) -> datetime:
    """The latest instant that no append can change any more; what a report that is to be repeated names."""
    now, first = _clock(connection)
    return now if first is None else min(now, first - timedelta(microseconds=1))


def known_on(connection: Connection[Any], at: datetime | None, *, patience: float = PATIENCE_SECONDS) -> Known:
    """What was known on ``at``; None is all that is known now. Read in a READ COMMITTED transaction.

    Waits ``patience`` seconds for appends under way. Raises InstantWithoutZone, InstantInFuture, InstantNotSettled.
    """
    if at is None:
        return NOW
    if at.utcoffset() is None:
        raise InstantWithoutZone(at=at.isoformat())
    _wait_until_settled(connection, at, patience)
    ((last, but),) = ask(connection, _PARTED, {"at": at}).fetchall()
    return Known(at, last, tuple(but))


def _wait_until_settled(connection: Connection[Any], at: datetime, patience: float) -> None:
    waited = 0.0
    while True:
        now, first = _clock(connection)
        if at > now:
            raise InstantInFuture(at=at.isoformat())
        if first is None or at < first:
            return
        if waited >= patience:
            settled = first - timedelta(microseconds=1)
            raise InstantNotSettled(at=at.isoformat(), settled=settled.astimezone(at.tzinfo).isoformat())
        time.sleep(_PAUSE_SECONDS)
        waited += _PAUSE_SECONDS


def _clock(connection: Connection[Any]) -> tuple[datetime, datetime | None]:
    """The time now, and when the earliest append under way began."""
    ((now, first),) = ask(connection, _CLOCK).fetchall()
    return now, first
