"""二百万件联单时事项列表的用时，办了立刻看得到 · lists of cases at 2,000,000 manifests, and reading one's own write."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from wufei.app.bench import Figure, percentile
from wufei.app.bench._cases import GENERATOR, STREAM, UNLIMITED, WORKFLOW, Api, Firms, tokens, vehicle
from wufei.app.bench._running import Running, fresh_folder
from wufei.app.bench.pages import Client

MANIFESTS = 2_000_000
BATCH, ROUNDS, WARM = 25_000, 30, 3
FIRMS, OWN_EVERY = 4300, 400  # one manifest in 400 is the demonstration's generator's
OFFICE = "city_office"
LIMIT_MS = 300.0
CASES = "/city/hohhot/cases/"
# Of twenty manifests nineteen are completed; one waits for its consignor.
_RECORDS = """
INSERT INTO in_record (ordinal, id, happened_at, period, basis, actor, acting_for, rule)
SELECT g, uuidv7(), at, to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), 'manifested', 'person-1',
       CASE WHEN (%(done)s + g / 2) %% %(own)s = 0 THEN 'demo_generator' ELSE 'org-' || (g / 2) %% %(firms)s END,
       'transfer_order_23 x'
FROM generate_series(0, 2 * %(count)s - 1) AS g
CROSS JOIN LATERAL (SELECT now() - interval '700 days' + interval '1 hour' * (g %% 2)
    + interval '690 days' * ((%(done)s + g / 2)::float8 / %(total)s) AS at) AS times
WHERE g %% 2 = 0 OR (g / 2) %% 20 > 0"""
_STEPS = """
INSERT INTO in_step (ordinal, part, case_id, no, workflow, transition, state, holder, due_at, data)
SELECT r.ordinal, 1, 'manifest:' || md5((%(done)s + r.ordinal / 2)::text)::uuid, r.ordinal %% 2 + 1, %(flow)s::text,
       CASE r.ordinal %% 2 WHEN 0 THEN 'submit' ELSE 'accept' END,
       CASE r.ordinal %% 2 WHEN 0 THEN 'submitted' ELSE 'completed' END,
       CASE r.ordinal %% 2 WHEN 0 THEN r.acting_for END,
       CASE r.ordinal %% 2 WHEN 0 THEN r.happened_at + interval '700 days' END,
       CASE r.ordinal %% 2 WHEN 0 THEN jsonb_build_object(
           'parties', jsonb_build_array(r.acting_for, 'carrier-' || r.ordinal %% 60, 'plant-' || r.ordinal %% 40),
           'set', jsonb_build_object('consignor_org', r.acting_for, 'consignee_org', 'plant-' || r.ordinal %% 40,
               'transport', 'road', 'leg', '0', 'emergency_measures', '围堵、吸附，第' || r.ordinal %% 997 || '号预案',
               'national_number', '2025' || lpad((%(done)s + r.ordinal / 2)::text, 10, '0'),
               'legs', jsonb_build_array(jsonb_build_object('carrier_org', 'carrier-' || r.ordinal %% 60,
                   'vehicle', 'vehicle-' || r.ordinal %% 5000)),
               'wastes', jsonb_build_array(jsonb_build_object(
                   'stream', %(stream)s::text, 'planned_g', 1000 + r.ordinal, 'dispatched_g', 1000 + r.ordinal)))
           )::text ELSE '{"parties":[],"set":{}}' END
FROM in_record r"""


def measure(size: int = MANIFESTS) -> Iterator[Figure]:
    """Pages and answers of the API over ``size`` manifests, as the city's office and as one firm of 4,300.

    They are filled in bulk through the journal's own append. What a firm opens stands in its list at once.
    """
    with fresh_folder() as data, Running(data, "--demo", environment=UNLIMITED) as server:
        begun = time.perf_counter()
        _fill(data, size)
        yield Figure("联单数", "manifests", size, "")
        yield Figure("装入步骤", "steps filled", 2 * size / (time.perf_counter() - begun), "/s")
        found = tokens(data, (GENERATOR, OFFICE, "driver", "facility"))
        password = (data / "demo-password").read_text(encoding="utf-8").strip()
        for account, zh, en in ((OFFICE, "市办", "the city's office"), (GENERATOR, "一家企业", "a firm")):
            client = Client(server.address)
            client.sign_in(account, password)
            yield from _lists(client, Api(server.address, found[account]), zh, en)
        yield from _own_write(Firms(server.address, found, vehicle(data)))


def _fill(data: Path, total: int) -> None:
    from wufei.app.postgres.access import OWNER, read_access

    access = read_access(data)
    if access is None:
        raise RuntimeError("the server's data folder holds no access")
    with psycopg.connect(**access.parameters(OWNER), autocommit=True, options="-c temp_buffers=64MB") as owner:
        owner.execute("SELECT journal.open_inbox()")
        for done in range(0, total, BATCH):
            _append(owner, {"count": min(BATCH, total - done), "done": done, "total": total})
        owner.execute("VACUUM ANALYZE")


def _append(owner: psycopg.Connection[Any], values: dict[str, Any]) -> None:
    values |= {"own": OWN_EVERY, "firms": FIRMS, "flow": WORKFLOW, "stream": STREAM}
    with owner.transaction():
        owner.execute(_RECORDS, values)
        owner.execute(_STEPS, values)
        many = sql.SQL("SELECT code FROM journal.append_many(false, false)")
        refused = [code for (code,) in owner.execute(many) if code]
    if refused:
        raise RuntimeError(refused[0])


def _lists(client: Client, api: Api, zh: str, en: str) -> Iterator[Figure]:
    """Each list asked many times, the caches warm."""
    asked = {
        ("等我办理", "waiting"): "", ("全部", "all"): "?view=all", ("按状态", "by state"): "?view=all&state=submitted",
        ("按类型和日期", "by kind and day"): f"?view=all&workflow={WORKFLOW}&from=2026-01-01",
        ("按编号", "by number"): "?view=all&q=00aa1", ("按单位", "by organisation"): "?view=all&q=演示",
        ("按国家联单编号", "by national number"): "?view=all&q=20250000000400",
        ("按车辆", "by vehicle"): "?view=all&q=vehicle-1234", ("按废物代码", "by waste code"): f"?view=all&q={STREAM}",
        ("按文字", "by words"): "?view=all&q=吸附", ("按少见的文字", "by rare words"): "?view=all&q=第996号预案",
    }  # fmt: skip
    for (told_zh, told_en), query in asked.items():
        times = [_page(client, CASES + query) for _ in range(WARM + ROUNDS)][WARM:]
        yield from _two(f"{zh}，{told_zh}", f"{en}, {told_en}", times)
    times, cursor = [], ""
    for _turn in range(ROUNDS):
        status, said, ms = api.send("GET", f"/cases?limit=100&cursor={cursor}" if cursor else "/cases?limit=100")
        if status != 200:
            raise RuntimeError(f"{status}: {said}")
        times.append(ms)
        cursor = said["next"] or ""
    yield from _two(f"{zh}，接口逐页", f"{en}, pages of the API", times)


def _page(client: Client, path: str) -> float:
    from urllib.parse import quote

    begun = time.perf_counter()
    status, _body = client.ask("GET", quote(path, safe="/?&=:"))
    if status != 200:
        raise RuntimeError(f"{path} was answered with {status}")
    return (time.perf_counter() - begun) * 1000


def _two(zh: str, en: str, times: list[float]) -> Iterator[Figure]:
    yield Figure(f"{zh}，中位数", f"{en}, median", statistics.median(times), "ms")
    yield Figure(f"{zh}，p95", f"{en}, p95", percentile(times, 0.95), "ms", LIMIT_MS)


def _own_write(firms: Firms) -> Iterator[Figure]:
    """Open a manifest and look for it in the list that waits, and in the list of all, at once."""
    times, missed = [], 0
    for _turn in range(ROUNDS):
        case, _ms = firms.file()
        status, said, ms = firms.generator.send("GET", "/cases?limit=50")
        times.append(ms)
        missed += status != 200 or case not in {each["id"] for each in said["cases"]}
    yield Figure("刚办的不在列表里，次数", "own writes missing from the list", missed, "", 0.5)
    yield from _two("办了就看", "reading one's own write", times)
