"""A journal filled inside the database: postings like a city's year, through the journal's own append with every rule.

The postings are made by SQL straight in the inbox, so that no time goes into making them in Python and copying them
over; what follows, `journal.append_many`, is what every batch goes through.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from wufei.app.bench._scratch import DAY, PLANTS, SITES
from wufei.app.postgres import Postgres
from wufei.journal.append import FEW

BATCH = 50_000
PER_RECORD = 4
SMALL = 20
WORKERS = 2
PATIENCE_SECONDS = 7200
# Of twenty entries eight generate, three treat, one buries, four dispatch a manifest and four accept one dispatched
# before; one load in fifty arrives lighter. Sites are a client's own: every second one.
_ENTRIES = """
INSERT INTO in_entry (ordinal, part, from_key, to_key, stream, mass_g)
SELECT g / %(per)s, g %% %(per)s + 1, CASE
           WHEN kind < 8 THEN 'origin:' || site WHEN kind < 11 THEN 'storage:' || site
           WHEN kind < 12 THEN 'process:' || site WHEN kind < 16 THEN 'storage:' || site
           ELSE 'transit:m-' || %(batch)s || '-' || load END,
       CASE WHEN kind < 8 THEN 'storage:' || site WHEN kind < 11 THEN 'process:' || site
           WHEN kind < 12 THEN 'sink:' || site WHEN kind < 16 THEN 'transit:m-' || %(batch)s || '-' || load
           ELSE 'storage:site-' || (chance >> 44) %% %(plants)s * %(workers)s + %(worker)s + 1 END,
       'stream-' || no %% 60 * 3 + (chance >> 40) %% 3 + 1,
       1000 + (chance >> 8) %% 30000000 - CASE WHEN kind >= 16 AND load %% 50 = 0 THEN 20 ELSE 0 END
FROM (SELECT g, kind, load, chance, 'site-' || no AS site, no
      FROM (SELECT g, kind, load, hashint8extended(load, %(batch)s) & x'7fffffffffffffff'::bigint AS chance
            FROM (SELECT g, CASE WHEN g < 160 AND g %% 20 >= 16 THEN 0 ELSE g %% 20 END AS kind,
                         CASE WHEN g >= 160 AND g %% 20 >= 16 THEN g - 144 ELSE g END AS load
                  FROM generate_series(0, %(count)s - 1) AS g) AS kinds) AS chances
      CROSS JOIN LATERAL (SELECT chance %% %(sites)s * %(workers)s + %(worker)s + 1 AS no) AS sites) AS moves"""
_RECORDS = """
INSERT INTO in_record (ordinal, id, happened_at, period, basis, sd_ppm, actor, acting_for, rule)
SELECT n, uuidv7(), at, to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), 'measured', 20000, 'person-' || n %% 300,
       'org-' || n %% 90, 'hj_1259_2022 6.2'
FROM generate_series(0, (%(count)s - 1) / %(per)s) AS n
CROSS JOIN LATERAL (SELECT %(from)s::timestamptz
    + interval '365 days' * ((%(done)s + n * %(per)s)::float8 / %(total)s) AS at) AS times"""


def batches(total: int) -> Iterator[tuple[int, int]]:
    """How many entries each append takes and how many went before: bulk, then some hundred small ones."""
    small = min(total // 2, 500 * SMALL)
    done = 0
    while done < total:
        left = total - small - done
        count = min(left, BATCH) if left > 0 else min(SMALL, total - done)
        yield count, done
        done += count


def fill(server: Postgres, total: int) -> None:
    """Append ``total`` entries in records of four, by two clients at once."""
    barrier = multiprocessing.Barrier(WORKERS)
    clients = [
        multiprocessing.Process(target=_client, args=(server.access, total, worker, barrier))
        for worker in range(WORKERS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join(PATIENCE_SECONDS)
    if any(client.exitcode for client in clients):
        raise RuntimeError("a filling client ended early")


def _client(access: Any, total: int, worker: int, barrier: Any) -> None:
    options = "-c temp_buffers=64MB"
    with psycopg.connect(**access.parameters("wufei_app"), autocommit=True, options=options) as connection:
        connection.execute("SELECT journal.open_inbox()")
        barrier.wait()
        for batch, (count, done) in enumerate(batches(total)):
            if batch % WORKERS == worker:
                _append(connection, {"batch": batch, "count": count, "done": done, "total": total, "worker": worker})


def _append(connection: psycopg.Connection[Any], values: dict[str, Any]) -> None:
    values |= {"per": PER_RECORD, "workers": WORKERS, "from": DAY}
    values |= {"sites": SITES // WORKERS, "plants": PLANTS // WORKERS}
    with connection.transaction():
        connection.execute(_RECORDS, values)
        connection.execute(_ENTRIES, values)
        many = "append_many" if values["count"] > FEW * PER_RECORD else "append_few"
        outcomes = connection.execute(
            sql.SQL("SELECT code FROM {}(false, false)").format(sql.Identifier("journal", many))
        )
        refused = [code for (code,) in outcomes if code]
    if refused:
        raise RuntimeError(refused[0])
