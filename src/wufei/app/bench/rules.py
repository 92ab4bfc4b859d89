"""全部规则查一天，及每条的查准率和查全率 · all alarm rules over a day of a city; precision and recall of each."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from psycopg import Connection

from wufei.app.bench import Figure
from wufei.app.bench._planted import DAY, MILLION_G, PLANTS, STREAMS, Books, City, make
from wufei.app.bench._running import fresh_folder

FIRMS, WEIGHINGS, MANIFESTS = 4300, 15_000, 3_000
BATCH = 20_000
LIMIT_SECONDS, LIMIT_ONE_SECONDS = 60.0, 1.0


def measure(size: int = FIRMS) -> Iterator[Figure]:
    """A city of ``size`` firms and 40 plants with seventeen months behind it, and a day of 15,000 weighings.

    In it six firms break each rule and six come near. Told are the time of all rules over the day, of making the cases,
    of looking again (nothing is new), of judging one site after one posting, and each rule's precision and recall.
    """
    with fresh_folder() as data, _opened(data) as connection:
        city = make(size)
        entries = fill(connection, city)
        yield Figure("分录数", "entries", entries, "")
        yield from _timed(connection, city)


@contextlib.contextmanager
def _opened(data: Any) -> Iterator[Connection[Any]]:
    """A database of its own as its owner, with everything made, and nothing that works beside it."""
    from wufei import catalog
    from wufei.app.opened import opened_database

    before = dict(os.environ)
    os.environ.update({"WUFEI_DATA": str(data), "DJANGO_SETTINGS_MODULE": "wufei.app.settings"})
    os.environ.pop("DATABASE_URL", None)
    try:
        with contextlib.redirect_stdout(sys.stderr), opened_database(catalog.load()) as connection:
            yield connection
    finally:
        os.environ.clear()
        os.environ.update(before)


def fill(connection: Connection[Any], city: City, weighings: int = WEIGHINGS, manifests: int = MANIFESTS) -> int:
    """Enter the city on register and its records in the journal; returns how many entries."""
    _register(city)
    books, count = Books(city), 0
    for part in (books.months(), books.day(weighings, manifests), books.papers()):
        count += _append(connection, part)
    _licences(city, books)
    connection.execute("ANALYZE")
    return count


def _append(connection: Connection[Any], records: Iterable[Any]) -> int:
    from itertools import islice

    from wufei.journal import append

    count, left = 0, iter(records)
    while batch := list(islice(left, BATCH)):
        refused = [outcome.error for outcome in append(connection, batch) if not outcome.stands]
        if refused:
            raise RuntimeError(str(next(filter(None, refused), refused[0])))
        count += sum(len(record.entries) for record in batch)
    return count


def _register(city: City) -> None:
    """Organisations, sites, what stands on them and what is expected of them."""
    from wufei.registry.models import Facility, Organisation, Site, Storage, WasteSource

    began = date(2015, 1, 1)
    firms = city.firms
    Organisation.objects.bulk_create(
        [
            Organisation(id=f.org, name_zh=f"企业{f.n}", kind="enterprise", place="togtoh", industry=f.division)
            for f in firms
        ]
        + [
            Organisation(id=f"plant-{n}", name_zh=f"处置厂{n}", kind="enterprise", place="togtoh")
            for n in range(PLANTS)
        ]
    )
    told: dict[str, Any] = {"place": "togtoh", "in_operation_since": began}
    Site.objects.bulk_create(
        [Site(id=f.site, org_id=f.org, name_zh=f"企业{f.n}厂区", **told) for f in firms]
        + [Site(id=f"site-plant-{n}", org_id=f"plant-{n}", name_zh=f"处置厂{n}厂区", **told) for n in range(PLANTS)]
    )
    Storage.objects.bulk_create(
        Storage(site_id=f.site, name_zh="危废贮存", kind="storage_point" if f.point_g else "storehouse",
                capacity_g=None if f.point_g else 20 * MILLION_G if f.full else 10**6 * MILLION_G)
        for f in firms
    )  # fmt: skip
    WasteSource.objects.bulk_create(
        WasteSource(site_id=f.site, stream=f.stream, name_zh="产废环节", expected_g_per_year=5 * MILLION_G)
        for f in firms
    )
    Facility.objects.bulk_create(
        Facility(site_id=f.site, name_zh="焚烧炉", kind="hazardous_disposal", capacity=10, unit="吨/日",
                 permit_heading="排污许可证 焚烧炉" if f.heading else "")
        for f in firms if f.treats is not None
    )  # fmt: skip


def _licences(city: City, books: Books) -> None:
    """A licence for each plant, with quotas beside what it took in."""
    from wufei import catalog
    from wufei.registry.models import Permit, PermitScope

    beyond, near = city.plants("licence_quota_used")
    by_class = city.plants("outside_licence")[1]  # its lines are classes, not codes
    share = {n: (0.81, 0.9, 1.0, 1.1, 1.21, 1.5)[i] for i, n in enumerate(beyond)} | dict.fromkeys(near, 0.79)
    for n in range(PLANTS):
        permit = Permit.objects.create(org_id=f"plant-{n}", kind="operating_licence", number=f"证{n}", issuer="省厅",
                                       valid_from=date(2022, 1, 1), valid_to=date(2027, 1, 1))  # fmt: skip
        for stream in STREAMS:
            taken = books.taken.get((n, stream), 0)
            own = stream == STREAMS[n % len(STREAMS)]
            quota = int(taken / share[n]) if own and n in share else 10 * taken + MILLION_G
            item = catalog.current().national.get("streams", stream)
            name = item.parent if n in by_class else stream
            PermitScope.objects.get_or_create(
                permit=permit, stream=name, defaults={"quota_g_per_year": None if n in by_class else quota}
            )


def _timed(connection: Connection[Any], city: City) -> Iterator[Figure]:
    from wufei import catalog
    from wufei.app import findings
    from wufei.flows.findings.look import look, rules_on

    cat, now = catalog.current(), datetime.now(UTC)
    rules = rules_on(cat, DAY)
    begun = time.perf_counter()
    found = [finding for rule in rules for finding in look(connection, [rule], DAY, cat)]
    yield Figure("全部规则查一天", "all rules over the day", time.perf_counter() - begun, "s", LIMIT_SECONDS)
    yield Figure("规则数", "rules", len(rules), "")
    begun = time.perf_counter()
    new = findings.raise_all(connection, found, now)
    yield Figure("立案数", "cases raised", len(new), "")
    yield Figure("立案用时", "raising them", time.perf_counter() - begun, "s")
    yield Figure("再查新立案", "raised when looked at again", len(findings.raise_all(connection, found, now)), "", 0.5)
    yield from _one(connection, city)
    for rule in rules:
        yield from _judged(city, rule.id, {f.fact.site for f in found if f.rule.id == rule.id})


def _one(connection: Connection[Any], city: City) -> Iterator[Figure]:
    """A posting at one site, and everything that the rules make of it."""
    from wufei import catalog
    from wufei.app import findings
    from wufei.app.bench._planted import at, move

    firm, times = city.firms[0], []
    for turn in range(5):
        since, _sites = findings.touched(connection, 0, 1)
        _append(
            connection, [move(f"origin:{firm.site}", f"storage:{firm.site}", firm.stream, 77 + turn, at(DAY), firm.org)]
        )
        begun = time.perf_counter()
        _latest, sites = findings.touched(connection, since)
        findings.run(connection, catalog.current(), DAY, datetime.now(UTC), sites=sites)
        times.append(time.perf_counter() - begun)
    yield Figure("一笔新记录判完", "one new fact judged", sorted(times)[2], "s", LIMIT_ONE_SECONDS)


def _judged(city: City, rule: str, sites: set[str]) -> Iterator[Figure]:
    """Precision and recall of a rule by the sites that it names."""
    planted = {site for name, site in city.planted if name == rule}
    if not planted:
        return
    right = len(sites & planted)
    yield Figure(f"{rule} 查准率", f"{rule}, precision", right / len(sites) if sites else 0.0, "")
    yield Figure(f"{rule} 查全率（{len(planted)} 处）", f"{rule}, recall", right / len(planted), "")
