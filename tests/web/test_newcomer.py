"""The newcomer drill: one invented file of a kind, no other change, and the pages list, show, find and export it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client

from tests.indicators.conftest import post
from wufei import catalog
from wufei.catalog.book import default_root
from wufei.journal import Observation
from wufei.journal.mirror import mirror
from wufei.web.search import index

HEAD = {"valid_from": "2021-01-01", "valid_to": None, "checked_on": "2026-11-24"}
PLAN = "云中市无废城市建设方案\n1\t绿色码头占比★\t10\t60\t%\t市港务局\n"

Write = Callable[..., None]


def cites(source: str, line: int | None = None) -> list[dict[str, Any]]:
    return [{"source": source, "clause": "表1"} | ({"line": line} if line else {})]


def indicator(**fields: Any) -> dict[str, Any]:
    base = {
        "level1": "固体废物源头减量",
        "level2": "港口",
        "requirement_level": "optional",
        "direction": "higher",
        "unit": "%",
        "baseline": {"year": 2020, "value": 10},
        "target": {"year": 2025, "op": "at_least", "value": 60},
        "numerator": "绿色码头数",
        "denominator": "码头总数",
        "formula": "green_berths / berths",
        "inputs": [
            {"id": "green_berths", "zh": "绿色码头数", "en": "Green berths", "unit": "个"},
            {"id": "berths", "zh": "码头总数", "en": "Berths", "unit": "个"},
        ],
        "examples": [
            {"zh": "正常", "en": "Normal", "given": {"green_berths": 6, "berths": 10}, "gives": 60},
            {"zh": "缺数", "en": "Missing", "given": {"green_berths": 6, "berths": None}, "gives": None},
            {"zh": "全部", "en": "All", "given": {"green_berths": 10, "berths": 10}, "gives": 100},
        ],
        "confidence": "low",
    }
    return base | fields


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the shipped data that may be added to."""
    shutil.copytree(default_root(), tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def write(data: Path) -> Write:
    """Write one file with a full head, its name its id."""

    def put(folder: str, item_id: str, zh: str, en: str, **fields: Any) -> None:
        path = data / folder / f"{item_id}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"id": item_id, "zh": zh, "en": en, **HEAD, **fields}
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")

    return put


@pytest.fixture
def open_city(data: Path, reader: Client, installed: catalog.Catalog) -> Iterator[Callable[[], Client]]:
    """Start the pages on the changed data, as ``wufei run`` does."""

    def start() -> Client:
        catalog.install(catalog.load(data))
        index.refresh()
        return reader

    yield start
    catalog.install(installed)


def shows(client: Client, address: str, *words: str) -> None:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    text = answer.content.decode()
    for word in words:
        assert word in text, f"{word} is not on {address}"


@pytest.mark.django_db
def test_indicator_fifty_is_one_file(write: Write, open_city: Callable[[], Client]) -> None:
    fields = indicator(no=50, responsible_orgs=["transport_bureau"], cites=cites("hohhot_plan"))
    write("cities/hohhot/indicators", "green_berth_share", "绿色码头占比", "Share of green berths", **fields)
    client = open_city()
    shows(client, "/city/hohhot/", "50")
    shows(client, "/city/hohhot/indicators/?q=绿色码头", "绿色码头占比")
    shows(client, "/city/hohhot/indicators/green_berth_share/", "绿色码头占比", "green_berths / berths", "码头总数")
    shows(client, "/city/hohhot/orgs/transport_bureau/", "绿色码头占比")
    shows(client, "/city/hohhot/search/?q=绿色码头占比", "green_berth_share")
    assert "绿色码头占比" in client.get("/city/hohhot/indicators/all.csv").content.decode("utf-8-sig")
    connection.ensure_connection()
    mirror(connection.connection, catalog.current())
    for metric, value in (("green_berths", 6), ("berths", 10)):
        post(connection.connection, "2024", observations=(Observation(metric, "hohhot", Decimal(value), "个"),))
    shows(client, "/city/hohhot/figures/", "绿色码头占比")
    shows(client, "/city/hohhot/figures/green_berth_share/?year=2024", "60%", "按公式计算", "已达标")


@pytest.mark.django_db
def test_a_city_is_one_folder(data: Path, write: Write, open_city: Callable[[], Client]) -> None:
    city = "cities/yunzhong"
    digest = hashlib.sha256(PLAN.encode()).hexdigest()
    write(f"{city}/sources", "yunzhong_plan", "云中市方案", "Plan of Yunzhong", cites=cites("yunzhong_plan"),
          confidence="high", text="yunzhong_plan.txt", sha256=digest)  # fmt: skip
    (data / city / "sources/yunzhong_plan.txt").write_text(PLAN, encoding="utf-8")
    write(f"{city}/city", "yunzhong", "云中市", "Yunzhong", cites=cites("yunzhong_plan", 1), code="159900",
          plan_source="yunzhong_plan", plan_period=[2026, 2030], base_year=2025, target_year=2030)  # fmt: skip
    write(f"{city}/orgs", "port_bureau", "云中市港务局", "Yunzhong Port Bureau", cites=cites("yunzhong_plan", 2),
          kind="city_bureau")  # fmt: skip
    printed = {"name": "绿色码头占比★", "target": "60"}
    fields = indicator(no=1, responsible_orgs=["port_bureau"], cites=cites("yunzhong_plan", 2), printed=printed)
    write(f"{city}/indicators", "green_berth_share", "绿色码头占比", "Share of green berths", **fields)
    client = open_city()
    shows(client, "/", "云中市")
    shows(client, "/city/yunzhong/", "云中市")
    shows(client, "/city/yunzhong/indicators/", "绿色码头占比")
    shows(client, "/city/yunzhong/indicators/green_berth_share/", "绿色码头占比★", "云中市")
    shows(client, "/city/yunzhong/orgs/port_bureau/", "绿色码头占比")
    shows(client, "/city/yunzhong/text/yunzhong_plan/", "绿色码头占比★")
    shows(client, "/city/yunzhong/search/?q=绿色码头", "绿色码头占比")
    for empty in ("tasks", "projects", "tasks/timeline", "projects/money", "findings"):
        shows(client, f"/city/yunzhong/{empty}/")
    shows(client, "/city/hohhot/", "呼和浩特")
