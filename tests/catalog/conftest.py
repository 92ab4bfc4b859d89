"""A tiny, correct catalogue that a test can break in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from wufei import catalog
from wufei.terms import NamedError

PLAN = """方案
1	强度★	2.17	1.82	吨/万元	甲局
建厂，到2025年达到45家。
任务一	甲局	2023年完成。
任务二	乙局	2024年完成。
"""
HEAD = {
    "valid_from": "2021-01-01",
    "valid_to": "2025-12-31",
    "checked_on": "2026-11-24",
}


def cite(line: int | None = None, source: str = "plan") -> list[dict[str, object]]:
    found: dict[str, object] = {"source": source, "clause": "表"}
    return [found | ({"line": line} if line else {})]


class Drawing:
    """A folder of declared data, written item by item."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.city = root / "cities" / "demo"

    def write(self, folder: str, item_id: str, **fields: object) -> Path:
        """Write one item with a full head; ``folder`` is ``national/<kind>`` or ``<kind>`` of the city."""
        base = self.root if folder.startswith("national/") else self.city
        path = base / folder / f"{item_id}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = {"id": item_id, "zh": "名", "en": "name", **HEAD, "cites": cite(), **fields}
        data = {key: value for key, value in data.items() if value is not ...}
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    def indicator(self, item_id: str = "strength", **fields: object) -> Path:
        base: dict[str, object] = {
            "cites": cite(2),
            "no": 1,
            "level1": "源头",
            "level2": "工业",
            "requirement_level": "mandatory",
            "direction": "lower",
            "unit": "吨/万元",
            "baseline": {"year": 2020, "value": 2.17},
            "target": {"year": 2025, "op": "at_most", "value": 1.82},
            "responsible_orgs": ["bureau_a"],
            "printed": {"name": "强度★", "baseline": "2.17"},
        }
        return self.write("indicators", item_id, **(base | fields))

    def task(self, item_id: str, no: int, line: int, **fields: object) -> Path:
        base: dict[str, object] = {
            "cites": cite(line),
            "section": "industry",
            "no": no,
            "lead": [{"org": "bureau_a", "duty": "推进"}],
            "responsible": [],
            "schedule_kind": "staged",
            "milestones": [{"year": 2023, "due": "2023-12-31", "text": "完成"}],
        }
        return self.write("tasks", item_id, **(base | fields))

    def project(self, item_id: str, no: int, value: float, **fields: object) -> Path:
        base: dict[str, object] = {
            "cites": cite(3),
            "no": no,
            "orgs": ["bureau_a"],
            "investment": {"value": value, "unit": "万元"},
            "deadline_year": 2025,
        }
        return self.write("projects", item_id, **(base | fields))

    def load(self) -> catalog.Catalog:
        return catalog.load(self.root)

    def errors(self) -> list[NamedError]:
        with pytest.raises(catalog.CatalogBroken) as caught:
            self.load()
        return list(caught.value.errors)


@pytest.fixture
def drawing(tmp_path: Path) -> Drawing:
    made = Drawing(tmp_path / "data")
    text = PLAN.encode()
    made.write("sources", "plan", confidence="high", text="plan.txt", sha256=hashlib.sha256(text).hexdigest())
    (made.city / "sources" / "plan.txt").write_bytes(text)
    made.write(
        "city", "demo", code="000000", plan_source="plan", plan_period=[2021, 2025], base_year=2020, target_year=2025
    )
    for org in ("bureau_a", "bureau_b"):
        made.write("orgs", org, kind="city_bureau")
    made.write("national/sources", "law", confidence="high", cites=cite(source="law"))
    made.indicator()
    return made


@pytest.fixture
def only(drawing: Drawing) -> Callable[[], NamedError]:
    """The single error of a drawing that was broken in one place."""

    def look() -> NamedError:
        errors = drawing.errors()
        assert len(errors) == 1, [error.render("en") for error in errors]
        return errors[0]

    return look
