"""外勤手机离线签署一千、三千项后送达的用时 · a phone's queue of 1,000 (3,000) signed actions; three phones at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from wufei.app.bench import Figure
from wufei.app.bench._cases import CARRIER, GENERATOR, PLANT, UNLIMITED, Api, Firms, tokens, vehicle
from wufei.app.bench._phone import SigningPhone
from wufei.app.bench._running import Running, fresh_folder

QUEUED, MANY, BATCH = 1000, 3000, 200
PHONES, EACH = 3, 300
LIMIT_S = 15.0


def measure(queued: int = QUEUED, many: int = MANY, each: int = EACH) -> Iterator[Figure]:
    """Manifests begun and dispatched on one phone without a network, sent in batches of 200, each after the other.

    Seconds until every action of the queue is acknowledged as applied; then the whole queue once more (all told as
    ``already``). In the end three phones of one firm send ``each`` actions at the same time. Server, database and
    phones share the cores.
    """
    with fresh_folder() as data, Running(data, "--demo", environment=UNLIMITED) as server:
        found = tokens(data, (GENERATOR, CARRIER, PLANT))
        firms, api = Firms(server.address, found, vehicle(data)), Api(server.address, found[GENERATOR])
        firms.stock()
        for count, limit in ((queued, LIMIT_S), (many, None)):
            phone = _filled(firms, api, count)
            counts, seconds = _send(api, phone)
            yield Figure(f"{count:,} 项：全部确认", f"{count:,} actions: all acknowledged", seconds, "s", limit)
            yield Figure(f"{count:,} 项：生效", f"{count:,} actions: applied", counts["applied"], "")
            again, seconds = _send(api, phone)
            yield Figure(f"{count:,} 项：重发", f"{count:,} actions: sent again", seconds, "s")
            yield Figure(f"{count:,} 项：已办不重办", f"{count:,} actions: told as already taken", again["already"], "")
        yield from _together(firms, api, each)


def _together(firms: Firms, api: Api, each: int) -> Iterator[Figure]:
    """Several phones that come online in the same moment, and draw on the same storage."""
    phones = [_filled(firms, api, each) for _n in range(PHONES)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(PHONES) as pool:
        counts = sum((counts for counts, _seconds in pool.map(lambda phone: _send(api, phone), phones)), Counter())
    seconds, all_of = time.perf_counter() - begun, f"{PHONES} × {each:,}"
    yield Figure(f"{all_of} 项同时：全部确认", f"{all_of} actions at once: all acknowledged", seconds, "s")
    yield Figure(f"{all_of} 项同时：生效", f"{all_of} actions at once: applied", counts["applied"], "")


def _filled(firms: Firms, api: Api, count: int) -> SigningPhone:
    """A phone with a queue: half of it begins manifests, half dispatches them."""
    phone, values = SigningPhone(), firms.values()
    status, said, _ms = api.send("POST", "/field/devices", phone.enrolment())
    if status != 201:
        raise RuntimeError(f"{status}: {said}")
    for _n in range(count // 2):
        begun = phone.sign("", "submit", 0, changes=values)
        phone.sign("", "dispatch", 1, after=begun["body"]["id"])
    return phone


def _send(api: Api, phone: SigningPhone) -> tuple[Counter[str], float]:
    counts: Counter[str] = Counter()
    begun = time.perf_counter()
    for start in range(0, len(phone.queue), BATCH):
        body = {"device": str(phone.id), "device_at": phone.clock().isoformat(), "actions": phone.queue[start:][:BATCH]}
        status, said, _ms = api.send("POST", "/field/sync", body)
        if status != 200:
            raise RuntimeError(f"{status}: {said}")
        counts.update(each["outcome"] for each in said["outcomes"])
    return counts, time.perf_counter() - begun
