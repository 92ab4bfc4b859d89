"""The Hohhot data against the plan's own text, read here afresh, without the loader."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import yaml

import wufei

CITY = Path(wufei.__file__).parent / "data" / "cities" / "hohhot"
PLAN = CITY / "sources" / "hohhot_plan.txt"
LINES = PLAN.read_bytes().decode("utf-8").split("\n")
Data = dict[str, Any]


class AsPrinted(yaml.SafeLoader):
    """Reads 74.50 as the text "74.50", so that no digit is lost."""


AsPrinted.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(loader.construct_scalar(node)))


def read(path: Path) -> Data:
    """One file's data."""
    return yaml.load(path.read_text("utf-8"), AsPrinted)  # noqa: S506 a SafeLoader


def raw(kind: str = "*") -> list[Data]:
    """Every YAML file of the city as it stands, with its path under ``path``."""
    paths = sorted(CITY.glob(f"{kind}/*.yaml"))
    return [read(path) | {"path": f"{path.parent.name}/{path.stem}"} for path in paths]


def windows(item: Data) -> list[str]:
    """The plan's lines that the item cites, each span run together as one."""
    cites = [cite for cite in item["cites"] if cite["source"] == "hohhot_plan" and "line" in cite]
    spans = [(cite["line"], cite.get("line_to", cite["line"])) for cite in cites]
    return ["".join(line.strip() for line in LINES[first - 1 : last]) for first, last in spans]


def misprinted(items: list[Data]) -> list[str]:
    """Fields whose printed form does not stand, letter by letter, on the lines that the item cites."""
    return [
        f"{item['path']}.{name}"
        for item in items
        for name, text in item.get("printed", {}).items()
        if not any(text in window for window in windows(item))
    ]


def lost_fragments(corrections: list[Data]) -> list[str]:
    """Corrections that expect, or quote, what is not in the source; a quotation may run over a page break."""
    lost = []
    for correction in corrections:
        numbers = [expected["line"] for expected in correction["expect"]]
        found = all(expected["contains"] in LINES[expected["line"] - 1] for expected in correction["expect"])
        joined = "".join(line.strip() for line in LINES[min(numbers) - 1 : max(numbers)])
        texts = [joined, *(LINES[n - 1] for n in numbers)]
        quoted = correction["printed"] is None or any(correction["printed"] in text for text in texts)
        if not (found and quoted):
            lost.append(correction["path"])
    return lost


INDICATORS = sorted(raw("indicators"), key=lambda item: item["no"])
BY_NO = {item["no"]: item for item in INDICATORS}
CORRECTIONS = raw("corrections")


def table_rows() -> dict[int, tuple[int, list[str]]]:
    """The numbered rows of the indicator table: number to line number and cells."""
    rows = [(n, LINES[n - 1].split("\t")) for n in range(33, 90)]
    return {int(cells[0]): (n, cells) for n, cells in rows if cells[0].isdigit()}


def test_the_shipped_text_is_the_one_declared() -> None:
    source = next(item for item in raw("sources") if item["id"] == "hohhot_plan")
    assert source["text"] == PLAN.name
    assert source["sha256"] == hashlib.sha256(PLAN.read_bytes()).hexdigest()
    assert LINES[2] == "呼和浩特市“十四五”时期 “无废城市”建设实施方案"
    assert len(LINES) == 384


@pytest.mark.parametrize("kind", ["indicators", "tasks", "measures", "projects", "commitments"])
def test_every_printed_form_stands_on_its_cited_lines(kind: str) -> None:
    items = raw(kind)
    assert items
    assert all(item["printed"] for item in items)
    assert misprinted(items) == []


def test_a_changed_letter_and_a_wrong_line_are_noticed() -> None:
    item = {"path": "x", "cites": [{"source": "hohhot_plan", "line": 43}], "printed": {"name": "生活垃圾清运量★"}}
    assert misprinted([item]) == []
    assert misprinted([item | {"printed": {"name": "生活垃圾清运量☆"}}]) == ["x.name"]
    assert misprinted([item | {"cites": [{"source": "hohhot_plan", "line": 44}]}]) == ["x.name"]


def test_every_correction_finds_its_misprint() -> None:
    assert lost_fragments(CORRECTIONS) == []


def test_a_mended_source_is_noticed() -> None:
    sound = {"path": "x", "expect": [{"line": 90, "contains": "★为自选指标"}], "printed": "自选"}
    assert lost_fragments([sound]) == []
    assert lost_fragments([sound | {"printed": "必选"}]) == ["x"]
    assert lost_fragments([sound | {"expect": [{"line": 91, "contains": "★为自选指标"}]}]) == ["x"]


def test_every_item_cites_the_plan_or_a_document() -> None:
    assert [item["path"] for item in raw() if not item["cites"]] == []
    assert [item["path"] for item in raw() if item["id"] != item["path"].split("/")[1]] == []


def test_indicators_are_numbered_1_to_49() -> None:
    assert [item["no"] for item in INDICATORS] == list(range(1, 50))
    assert sorted(table_rows()) == list(range(1, 50))


@pytest.mark.parametrize("no", range(1, 50))
def test_printed_cells_are_the_cells_of_the_row(no: int) -> None:
    line, cells = table_rows()[no]
    item = BY_NO[no]
    assert item["cites"][0]["line"] == line
    filled = [cell for cell in cells if cell]
    start = filled.index(item["printed"]["name"])
    assert list(item["printed"].values()) == filled[start:]


def test_the_star_makes_25_mandatory() -> None:
    starred = {no for no, item in BY_NO.items() if item["printed"]["name"].endswith("★")}
    assert starred == {no for no, item in BY_NO.items() if item["requirement_level"] == "mandatory"}
    assert len(starred) == 25
    assert all("★" not in item["zh"] for item in INDICATORS)


def test_groups_are_five_and_sixteen() -> None:
    first = [(name, len(list(items))) for name, items in groupby(INDICATORS, key=lambda item: item["level1"])]
    assert first == [
        ("固体废物源头减量", 13),
        ("固体废物资源化利用", 12),
        ("固体废物最终处置", 8),
        ("保障能力", 13),
        ("群众获得感", 3),
    ]
    second = [pair for pair, _ in groupby(INDICATORS, key=lambda item: (item["level1"], item["level2"]))]
    assert len(second) == len(set(second)) == 16
    assert all(any(name in line for line in LINES[33:88]) for pair in second for name in pair)


@pytest.mark.parametrize("item", INDICATORS, ids=lambda item: item["id"])
def test_baselines_are_as_printed(item: Data) -> None:
    printed, baseline = item["printed"]["baseline"], item["baseline"]
    if printed == "—":
        assert (baseline["value"], baseline["text"]) == (None, None)
    elif re.fullmatch(r"[\d.]+", printed):
        assert str(baseline["value"]) == printed
    else:
        assert (baseline["value"], baseline["text"]) == (None, printed)


@pytest.mark.parametrize("item", INDICATORS, ids=lambda item: item["id"])
def test_targets_are_as_printed(item: Data) -> None:
    printed, target = item["printed"]["target"], item["target"]
    if target["value"] is None:
        assert target["text"] == printed
    else:
        assert str(target["value"]) == printed.lstrip(">")


def test_units_are_as_printed() -> None:
    assert [item["id"] for item in INDICATORS if item["unit"] != item["printed"].get("unit")] == []
    assert {no for no, item in BY_NO.items() if item["unit"] is None} == {22, 35, 36, 42}


def test_odd_targets_keep_their_kind() -> None:
    ops = {no: item["target"]["op"] for no, item in BY_NO.items() if item["target"]["op"] != "at_least"}
    assert ops == {
        1: "at_most",
        2: "at_most",
        10: "at_most",
        11: "hold",
        19: "hold",
        44: "hold",
        21: "more_than",
        22: "more_than",
        34: "more_than",
        35: "milestone",
        36: "milestone",
        42: "milestone",
    }
    assert {no for no, item in BY_NO.items() if item["direction"] == "lower"} == {1, 2, 10}
    assert {no for no, item in BY_NO.items() if item["baseline"]["value"] == 0} == {5, 12, 40}


def test_only_row_47_lacks_its_responsible_body() -> None:
    assert [no for no, item in BY_NO.items() if not item["responsible_orgs"]] == [47]
    assert [no for no, item in BY_NO.items() if item["data_provider_orgs"] == ["statistics_bureau"]] == [1, 2, 10]


def test_responsible_bodies_are_as_many_as_printed() -> None:
    for no, item in BY_NO.items():
        printed = item["printed"].get("responsible", "").replace("（市统计局提供数据）", "")
        assert len(item["responsible_orgs"]) == len([name for name in re.split("[、，]", printed) if name]), no


def test_counts_of_the_lists() -> None:
    tasks = Counter(item["section"] for item in raw("tasks"))
    assert tasks == {
        "institution": 2,
        "industry": 25,
        "agriculture": 10,
        "household": 8,
        "construction": 5,
        "hazardous": 9,
    }
    assert sorted(item["no"] for item in raw("projects")) == list(range(1, 25))
    assert len(raw("measures")) == 32


def test_divisions() -> None:
    places = [item for item in raw("places") if "table" not in item]
    assert Counter(item["level"] for item in places) == {"city": 1, "county": 9, "zone": 2}
    with (CITY / "places" / "townships.csv").open(encoding="utf-8", newline="") as stream:
        townships = list(csv.DictReader(stream))
    assert len(townships) == len({row["id"] for row in townships}) == len({row["code"] for row in townships}) == 99
    assert {row["parent"] for row in townships} == {p["id"] for p in places if p["level"] in {"county", "zone"}}


WORDS = {0: "零", 5: "五", 100: "全"}


def test_promised_quantities_are_in_the_printed_words() -> None:
    quantities = [item for item in raw("commitments") if item["value"] is not None]
    assert len(quantities) == 19
    for item in quantities:
        text = item["printed"]["text"]
        assert str(item["value"]) in text or WORDS[item["value"]] in text, item["id"]
        assert item["unit"] is not None
        assert item["op"] is not None


def test_promises_without_an_owner_row() -> None:
    promises = {item["id"]: item for item in raw("commitments")}
    absent = ("saihan_catering_waste_plant", "tumed_left_incinerator", "jingcheng_second_unit", "scrapped_vehicle_park")
    assert [promises[name]["project"] or promises[name]["task"] for name in absent] == [None] * 4
    platform = promises["recyclables_information_platform"]
    assert (platform["indicator"], platform["task"], platform["project"]) == (None, None, None)
    assert platform["measure"] == "measure_5_3"
