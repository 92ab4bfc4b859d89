"""登记一万家单位及场所、单位页和权限过滤的用时 · importing 10,000 organisations with sites, their page, the filter."""

from __future__ import annotations

import html
import http.client
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wufei.app.bench import Figure, percentile
from wufei.app.bench._running import Running, fresh_folder
from wufei.app.bench.pages import ROLE, Client

ROWS = 10_000
RECORDS = 100_000
ASKED = 60
WARM = 5
IMPORT_LIMIT_S, PAGE_LIMIT_MS, FILTER_LIMIT = 60.0, 150.0, 10.0
CITY = "/city/hohhot/"
FILTER = """
import json, os, statistics, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"
import django
from wufei import catalog
cat = catalog.load()
catalog.install(cat)
from django.conf import settings
from wufei.app.config import current
from wufei.app.databases import rows
from wufei.app.postgres.access import OWNER, read_access
app = read_access(current().data)
from wufei.app.postgres.access import APP
settings.DATABASES["default"].update(app.django(APP))
settings.DATABASES["owner"] = settings.DATABASES["default"] | app.django(OWNER)
django.setup()
from wufei.registry.access import Wearer, force, visible
from wufei.registry.models import Hat, Site
with force.door():
    hat = Wearer.of(Hat.objects.filter(role=sys.argv[1], ended_at=None).first())
def listed(query):
    return list(query.select_related("org").order_by("name_zh", "id")[:50]), query.count()
def filtered():
    return listed(visible(Site.objects.all(), hat))
def bare():
    return listed(Site.objects.using("owner"))
force.wear(hat)
times = {"with": [], "without": []}
for turn in range(int(sys.argv[2])):
    for name, ask in (("with", filtered), ("without", bare)):
        begun = time.perf_counter()
        found = ask()
        times[name].append((time.perf_counter() - begun) * 1000)
print("RESULT" + json.dumps({n: statistics.median(t[5:]) for n, t in times.items()} | {"rows": found[1]}))
"""


def measure(size: int = ROWS, records: int = RECORDS) -> Iterator[Figure]:
    """Import two sheets with their previews, through the pages; ask for an organisation's page; ask with the filter.

    Figures: seconds for check and import of organisations and of sites together; the 95th percentile of the page of an
    organisation with 100,000 records behind it; how much the rules (both layers) add to the query of a list of sites.
    """
    with fresh_folder() as data, Running(data, "--demo") as server:
        client = Client(server.address)
        client.sign_in(ROLE, (data / "demo-password").read_text(encoding="utf-8").strip())
        total = 0.0
        for kind, zh, en in (("orgs", "单位", "organisations"), ("sites", "场所", "sites")):
            check, done = _import(client, kind, _sheet(kind, size))
            total += check + done
            yield Figure(f"{size:,} 个{zh}：检查并预览", f"{size:,} {en}: check and preview", check, "s")
            yield Figure(f"{size:,} 个{zh}：导入", f"{size:,} {en}: import", done, "s")
        yield Figure("单位和场所，连预览", "organisations and sites, with previews", total, "s", IMPORT_LIMIT_S)
        org = _fill(data, records)
        yield from _page(client, f"{CITY}registry/organisations/{org}/", records)
        page = _ask(client, f"{CITY}registry/sites/")
        found = _filter(data)
        added = found["with"] - found["without"]
        yield Figure("场所列表的查询，无过滤", "query of the list of sites, no rules", found["without"], "ms")
        yield Figure("同上，两层规则", "the same, both layers of rules", found["with"], "ms")
        yield Figure("场所列表页，中位数", "page of the list of sites, median", statistics.median(page), "ms")
        share = added / (statistics.median(page) - added) * 100
        yield Figure("规则占列表页", "what the rules add to the page", share, "%", FILTER_LIMIT)


def credit_code(number: int) -> str:
    """A sound unified social credit code of Hohhot."""
    from wufei.registry.credit_code import check_character, org_check_character

    inner = f"{number:08d}"
    body = "91150100" + inner + org_check_character(inner)
    return body + check_character(body)


def _sheet(kind: str, size: int) -> bytes:
    """So many made-up rows."""
    if kind == "orgs":
        head = "单位名称,统一社会信用代码,单位类型,行业代码,所在区划,注册地址"
        rows = (f"内蒙古试验第{n}号化工有限公司,{credit_code(n)},企业,2614,托克托县,试验路{n}号" for n in range(size))
    else:
        head = "所属单位,场所名称,所在区划,经度,纬度,坐标系,投产日期"
        rows = (
            f"{credit_code(n)},第{n}厂区,托克托县,{111.2 + n % 100 / 1000:.6f},{40.3 + n // 100 / 1000:.6f},"
            f"cgcs2000,2015-06-01"
            for n in range(size)
        )
    return "\r\n".join((head, *rows)).encode()


def _import(client: Client, kind: str, sheet: bytes) -> tuple[float, float]:
    """Upload, wait for the preview, confirm, wait for the end: seconds of the two."""
    begun = time.perf_counter()
    way = _upload(client, kind, sheet)
    preview = _wait(client, way)
    checked = time.perf_counter()
    if "<form" not in preview.partition('id="run"')[2]:
        raise RuntimeError(f"the sheet {kind} was not found sound: {_text(preview)}")
    _again(client).ask("POST", way, {"csrfmiddlewaretoken": client.cookies["csrftoken"]})
    done = _wait(client, way)
    if "message success" not in done:
        raise RuntimeError(f"the sheet {kind} was not imported: {_text(done)}")
    return checked - begun, time.perf_counter() - checked


def _upload(client: Client, kind: str, sheet: bytes) -> str:
    """Send the form with the file, as a browser does; the address of the upload's page."""
    bound = secrets.token_hex(16)
    fields = {"csrfmiddlewaretoken": client.cookies["csrftoken"], "kind": kind, "mode": "atomic"}
    parts = [f'--{bound}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    parts.append(f'--{bound}\r\nContent-Disposition: form-data; name="file"; filename="{kind}.csv"\r\n\r\n')
    body = "".join(parts).encode() + sheet + f"\r\n--{bound}--\r\n".encode()
    headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in client.cookies.items()),
               "Content-Type": f"multipart/form-data; boundary={bound}"}  # fmt: skip
    connection = http.client.HTTPConnection(client.place, timeout=120)
    connection.request("POST", f"{CITY}journal/imports/", body, headers)
    answer = connection.getresponse()
    page = answer.read().decode()
    if answer.status != 302:
        raise RuntimeError(f"the upload was answered with {answer.status}: {_text(page)}")
    return urllib.parse.urlsplit(answer.headers["Location"]).path


def _wait(client: Client, way: str) -> str:
    """Look again until no run is under way; the page then."""
    while True:
        status, body = _again(client).ask("GET", way)
        page = body.decode()
        if status != 200:
            raise RuntimeError(f"{way} was answered with {status}")
        if "<progress" not in page:
            return page
        time.sleep(0.25)


def _again(client: Client) -> Client:
    """The same person over a new connection: one that has been idle for a while is closed by the server."""
    return Client(f"http://{client.place}", client.cookies)


def _text(page: str) -> str:
    main = page.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())[:600]


def _fill(data: Path, count: int) -> str:
    """Put ``count`` records behind one organisation, as the tables' owner; returns its id."""
    import psycopg

    from wufei.app.postgres.access import OWNER, read_access
    from wufei.journal import Entry, Record, append

    access = read_access(data)
    if access is None:
        raise RuntimeError("the server's data folder holds no access")
    with psycopg.connect(**access.parameters(OWNER), autocommit=True) as owner:
        query = "SELECT o.id, s.id FROM registry_organisation o JOIN registry_site s ON s.org_id = o.id LIMIT 1"
        org, site = owner.execute(query).fetchone() or ("", "")
        for start in range(0, count, 10_000):
            records = [
                Record(
                    datetime(2025, 1 + n % 12, 1 + n % 28, tzinfo=UTC), f"2025-{1 + n % 12:02}", "measured", "person-1",
                    org, "hj_1259_2022 6.2", (Entry(f"origin:{site}", f"storage:{site}", "900-249-08", 1000 + n),),
                    (), (),
                )
                for n in range(start, min(start + 10_000, count))
            ]  # fmt: skip
            append(owner, records)
        owner.execute("ANALYZE")
    return str(org)


def _ask(client: Client, page: str) -> list[float]:
    """Milliseconds of each answer, after a few that warm up; every answer must be a 200."""
    times = []
    client = _again(client)
    for turn in range(WARM + ASKED):
        begun = time.perf_counter()
        status, _ = client.ask("GET", page)
        if status != 200:
            raise RuntimeError(f"{page} was answered with {status}")
        if turn >= WARM:
            times.append((time.perf_counter() - begun) * 1000)
    return times


def _page(client: Client, page: str, count: int) -> Iterator[Figure]:
    times = _ask(client, page)
    told = f"{count:,}"
    yield Figure(
        f"单位页（{told} 条记录）p95",
        f"organisation page ({told} records), p95",
        percentile(times, 0.95),
        "ms",
        PAGE_LIMIT_MS,
    )
    yield Figure("单位页，中位数", "organisation page, median", statistics.median(times), "ms")


def _filter(data: Path) -> dict[str, Any]:
    """Median milliseconds of the list's queries with both layers of rules and with none, in one process, in turns."""
    environment = os.environ | {"WUFEI_DATA": str(data)}
    command = [sys.executable, "-c", FILTER, ROLE, str(ASKED)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT")), None)
    if line is None:
        raise RuntimeError(done.stdout + done.stderr)
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT"))
    return found
