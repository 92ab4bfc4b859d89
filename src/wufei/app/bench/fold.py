"""读数：一千万条分录的余额、对账单与流量，现在与截至某时已知 · balance, statement and flows of ten million entries."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from psycopg import Connection

from wufei.app.bench import Figure, percentile
from wufei.app.bench._filling import fill
from wufei.app.bench._scratch import DAY, PLANTS, SITES, connect, scratch_journal
from wufei.app.postgres.access import OWNER
from wufei.journal.balances import Held, balances
from wufei.journal.cube import flows, summarize
from wufei.journal.cube_sql import Wanted
from wufei.journal.statement import statement

ENTRIES = 10_000_000
ROUNDS, BARE_ROUNDS = 200, 3
LIMIT_MS = 50
YEAR = str(DAY.year)
SPAN = (date(DAY.year, 1, 1), date(DAY.year, 12, 31))
# The same answers from the entries alone, without folds.
_MOVED = """
WITH moved AS (
    SELECT e.* FROM journal.account a CROSS JOIN LATERAL (
        SELECT happened_at, seq, ordinal, to_stream_n AS n, mass_g AS g FROM journal.entry WHERE to_n = a.n UNION ALL
        SELECT happened_at, seq, ordinal, stream_n, -mass_g FROM journal.entry WHERE from_n = a.n) AS e
    WHERE a.key = %(account)s)
{}"""
_BALANCE = _MOVED.format("SELECT n, sum(g) FROM moved GROUP BY n")
_STATEMENT = _MOVED.format(
    "SELECT *, sum(g) OVER (ORDER BY happened_at, seq, ordinal) FROM moved ORDER BY happened_at, seq, ordinal LIMIT 50"
)
_FLOWED = """
SELECT f.role, t.role, e.stream_n, e.to_stream_n, r.basis, sum(e.mass_g), count(*)
FROM journal.entry e JOIN journal.record r USING (seq)
JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n
WHERE r.period BETWEEN %(year)s AND %(year)s || '-12' AND {} GROUP BY 1, 2, 3, 4, 5"""
PLANT = (1, PLANTS)


@dataclass(frozen=True)
class Reading:
    """A question, asked of a site or of a plant that many loads go to, and the same question without folds."""

    zh: str
    en: str
    ask: Callable[[Connection[Any], str, datetime | None], Any]
    bare: str
    sites: tuple[int, int] = (PLANTS + 1, SITES)


def _balance(connection: Connection[Any], site: str, at: datetime | None) -> Any:
    return balances(connection, Held(account=f"storage:{site}"), as_known_on=at)


def _statement(connection: Connection[Any], site: str, at: datetime | None) -> Any:
    return statement(connection, f"storage:{site}", None, SPAN, as_known_on=at)


def _city(connection: Connection[Any], _site: str, at: datetime | None) -> Any:
    return flows(connection, YEAR, as_known_on=at)


def _from_place(connection: Connection[Any], site: str, at: datetime | None) -> Any:
    return flows(connection, YEAR, Wanted(from_places={site}), as_known_on=at)


def _to_place(connection: Connection[Any], site: str, at: datetime | None) -> Any:
    return flows(connection, YEAR, Wanted(to_places={site}), as_known_on=at)


READINGS = (
    Reading("一户的余额", "balance of an account", _balance, _BALANCE),
    Reading("处置厂的余额", "balance of a plant", _balance, _BALANCE, PLANT),
    Reading("一户的对账单", "statement page of an account", _statement, _STATEMENT),
    Reading("处置厂的对账单", "statement page of a plant", _statement, _STATEMENT, PLANT),
    Reading(
        "全市一年的流量",
        "flows of the city's year",
        lambda c, _, at: flows(c, YEAR, as_known_on=at),
        _FLOWED.format("true"),
    ),
    Reading("一处一年的流出", "a year's flows from a place", _from_place, _FLOWED.format("f.place = %(site)s")),
    Reading("一处一年的流入", "a year's flows to a place", _to_place, _FLOWED.format("t.place = %(site)s")),
    Reading("处置厂一年的流入", "a year's flows to a plant", _to_place, _FLOWED.format("t.place = %(site)s"), PLANT),
)


def measure(size: int = ENTRIES) -> Iterator[Figure]:
    """Milliseconds on a journal of ``size`` entries, filled by two clients, beside the same without folds."""
    with scratch_journal() as server:
        filling = _ms(lambda: fill(server, size))
        with connect(server, OWNER) as owner:
            summing = _ms(lambda: summarize(owner))
            owner.execute("VACUUM ANALYZE")
        yield Figure("分录数", "entries", size, "")
        yield Figure("装入，全部规则", "filled, with every rule", size / filling * 1000, "entries/s")
        yield Figure("汇总", "taken into the summary", size / summing * 1000, "entries/s")
        with connect(server) as connection:
            yield from read(connection)


def read(connection: Connection[Any]) -> Iterator[Figure]:
    """The figures of every reading: now, as known when a tenth was still to come, and as known at any point at all."""
    chance = random.Random(1)  # noqa: S311  # reproducible, not secret
    gc.collect()
    gc.freeze()  # as the web server does once the catalogue is loaded
    moments = connection.execute("SELECT known_at, sum(entries) OVER (ORDER BY n) FROM journal.receipt").fetchall()
    size = moments[-1][1]
    late, any_ = partial(_instant, moments, chance, size * 9 // 10), partial(_instant, moments, chance, 0)
    instants: dict[tuple[str, str], Callable[[], datetime | None]] = {
        ("", ""): lambda: None,
        ("，截至最近十分之一之内", ", as known within the last tenth"): late,
        ("，截至任一时刻", ", as known on any instant"): any_,
    }
    for each in READINGS:
        sites = [f"site-{chance.randint(*each.sites)}" for _ in range(ROUNDS)]
        bare = statistics.median(_ms(partial(_bare, connection, each, site)) for site in sites[:BARE_ROUNDS])
        for (zh, en), instant in instants.items():
            times = [_ms(partial(each.ask, connection, site, instant())) for site in sites]
            middle = statistics.median(times)
            yield Figure(f"{each.zh}{zh}，中位数", f"{each.en}{en}, median", middle, "ms")
            yield Figure(f"{each.zh}{zh}，p95", f"{each.en}{en}, p95", percentile(times, 0.95), "ms", LIMIT_MS)
        yield Figure(f"{each.zh}，不用折叠表", f"{each.en}, without folds", bare, "ms")


def _instant(moments: list[tuple[datetime, int]], chance: random.Random, least: int) -> datetime:
    """When as many entries were known as chance says, at ``least`` so many."""
    wanted = chance.randint(least, moments[-1][1])
    return next(at for at, known in moments if known >= wanted)


def _bare(connection: Connection[Any], reading: Reading, site: str) -> list[tuple[Any, ...]]:
    values = {"site": site, "account": f"storage:{site}", "year": YEAR}
    return connection.execute(reading.bare, values).fetchall()


def _ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
