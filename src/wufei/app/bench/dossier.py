"""两万份联单的场所出检查卷宗的用时 · the inspection dossier of a site with 20,000 manifests, as a signed bundle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from wufei.app.bench import Figure
from wufei.app.bench._planted import DAY, MILLION_G, Books, City, Firm, at, move
from wufei.app.bench._running import fresh_folder
from wufei.app.bench.rules import _append, _licences, _opened, _register

MANIFESTS, FIRMS = 20_000, 80
LIMIT_SECONDS = 10.0


def measure(size: int = MANIFESTS) -> Iterator[Figure]:
    """One plant takes in ``size`` manifests of 80 firms within two years; each has the steps of its way.

    Told are gathering the dossier, laying it out as PDF, the whole signed bundle, its size, and checking it offline.
    """
    with fresh_folder() as data, _opened(data) as connection:
        _fill(connection, size)
        yield Figure("联单数", "manifests", size, "")
        yield from _timed(connection, data)


def _fill(connection: Connection[Any], size: int) -> None:
    firms = [Firm(n, "900-249-08", "26", 1_000, MILLION_G, plant=0) for n in range(FIRMS)]
    city = City(firms)
    _register(city)
    books = Books(city)
    books.handed = dict.fromkeys(range(FIRMS), 0)
    begin = at(DAY - timedelta(days=500))
    stock = (move(f"origin:{f.site}", f"storage:{f.site}", f.stream, size * MILLION_G, begin, f.org) for f in firms)
    _append(connection, stock)
    _append(connection, (record for turn in range(size) for record in _way(books, firms[turn % FIRMS], turn, size)))
    _licences(city, books)
    connection.execute("ANALYZE")


def _way(books: Books, firm: Firm, turn: int, size: int) -> Iterator[Any]:
    return books._manifest(firm, 100_000 + turn, at(DAY - timedelta(days=400 - 400 * turn // size), turn))


def _timed(connection: Connection[Any], data: Path) -> Iterator[Figure]:
    from wufei import catalog
    from wufei.app.sealer import seal_all
    from wufei.journal.signed_papers import bundle, handed_out, known_signer
    from wufei.journal.standalone_papers import check_bundle
    from wufei.registry.models import Site
    from wufei.reports.dossier import dossier
    from wufei.reports.dossier_files import files_of, pdf_of

    cat = catalog.current()
    seal_all(connection, data / "signing-key")
    site = Site.objects.select_related("org").get(pk="site-plant-0")
    begun = time.perf_counter()
    told = dossier(connection, site, datetime.now(UTC), cat)
    gathered = time.perf_counter()
    yield Figure("其中联单", "manifests in it", len(told["manifests"]), "")
    yield Figure("汇集", "gathering", gathered - begun, "s")
    pdf_of(told, cat, "zh")
    laid = time.perf_counter()
    yield Figure("排成 PDF", "laid out as PDF", laid - gathered, "s")
    signer, keys = known_signer(connection, data / "signing-key")
    contents = files_of(told, cat, "zh") | {"verify.py": handed_out().encode()}
    whole = bundle(contents, {"site": site.pk}, signer, keys)
    total = (gathered - begun) + (time.perf_counter() - laid)
    yield Figure("签名文件包，从头到尾", "the signed bundle from first to last", total, "s", LIMIT_SECONDS)
    yield Figure("大小", "size", len(whole) / 1e6, "MB")
    begun = time.perf_counter()
    check_bundle(whole, [signer.key_id])
    yield Figure("离线核验", "checked offline", time.perf_counter() - begun, "s")
