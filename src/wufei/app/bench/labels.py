"""一千张危险废物标签排成 PDF · a thousand labels of containers as PDF."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

from wufei import catalog
from wufei.app.bench import Figure

LABELS, LIMIT_S, LIMIT_FIRST_S = 1000, 20.0, 3.0
UNIT, WASTE, DAY = "91150100MA0N000002", "900-249-08", date(2025, 3, 3)


def measure() -> Iterator[Figure]:
    """The first label of a process, then a thousand of all three sizes in dozens, joined to one file."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"
    catalog.install(catalog.load())
    django.setup()
    from wufei.reports import labels

    made = [_label(n) for n in range(LABELS)]
    begun = time.perf_counter()
    list(labels.chunks(made[:1]))
    yield Figure("第一张", "the first label", time.perf_counter() - begun, "s", LIMIT_FIRST_S)
    begun = time.perf_counter()
    body = labels.joined(labels.chunks([_label(n) for n in range(LABELS)]))
    yield Figure(f"{LABELS} 张", f"{LABELS} labels", time.perf_counter() - begun, "s", LIMIT_S)
    yield Figure("文件", "the file", len(body) / 1e6, "MB")


def _label(n: int) -> dict[str, Any]:
    from wufei.registry.container_code import ContainerCode
    from wufei.reports import labels

    code, size = str(ContainerCode(UNIT, WASTE, DAY, n % 999 + 1)), labels.size_of((20, 200, 1000)[n % 3])
    return {
        "name": "废矿物油", "category": "HW08 废矿物油与含矿物油废物", "main": "矿物油、水", "harmful": "石油烃",
        "precautions": "远离火种热源；防渗漏、防雨淋", "unit": "呼和浩特市托克托县试验机械制造有限责任公司",
        "contact": "0471-1234567", "remark": "", "side_mm": size.side_mm, "text_mm": float(size.text_mm),
        "waste": WASTE, "form": "液态", "day": f"{DAY}", "code": code, "mass": f"{n} 千克",
        "hazards": labels.hazards_of("T,I"), "qr": labels.qr(code),
    }  # fmt: skip
