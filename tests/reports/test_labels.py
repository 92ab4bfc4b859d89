"""Labels of containers: measured in millimetres on the rendered page, and their codes read back from it."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from psycopg import Connection

from tests.registry.rows import credit_code
from tests.reports.conftest import OIL, SITE, moved, post
from wufei.registry.container_code import read_container_code
from wufei.registry.models import Contact, Organisation, Site
from wufei.reports import labels

PX_PER_MM = 8
LEAST_MM = {100: 3, 150: 5, 200: 6}


def container(serial: int, volume_l: str, **more: Any) -> dict[str, Any]:
    code = f"{credit_code(71)}90021408{'20250303'}{serial:03}"
    lot = str(read_container_code(code).number)
    made = {"code": code, "lot": lot, "stream": OIL, "site": SITE, "hazards": "T,I", "form": "liquid"}
    return made | {"volume_l": volume_l} | more


@pytest.fixture
def printed(works: Site, connection: Connection[Any]) -> list[Any]:
    Organisation.objects.filter(pk="org-works").update(credit_code=credit_code(71))
    Contact.objects.create(org_id="org-works", site=works, name="李四", phone="0471-1234567", duty="危废")
    kinds = [
        container(1, "50"),
        container(2, "200", precautions="防" * 300),
        container(3, "1000", hazards="T/C/I/R,In"),
    ]
    post(
        connection,
        moved(f"origin:{SITE}", f"storage:{SITE}", 180_500, to_lot=read_container_code(kinds[0]["code"]).number),
    )
    made = labels.labels_of(connection, kinds)
    body = labels.joined(labels.chunks(made))
    return list(pypdfium2.PdfDocument(body))


def picture(page: Any) -> np.ndarray[Any, Any]:
    return np.asarray(page.render(scale=PX_PER_MM * 25.4 / 72).to_numpy())[:, :, :3]


def test_each_label_has_its_size_border_and_blank_and_its_code_is_read(printed: list[Any]) -> None:
    assert len(printed) == 3
    for number, (page, side) in enumerate(zip(printed, (100, 150, 200), strict=True), 1):
        assert [round(each / 72 * 25.4, 1) for each in page.get_size()] == [side + 6.0] * 2
        shot = picture(page)
        inked = np.argwhere((shot < 250).any(axis=2))
        low, high = inked.min(axis=0) / PX_PER_MM, inked.max(axis=0) / PX_PER_MM
        assert all(2.9 <= each < 3.2 for each in low), "three millimetres stay blank around it"
        assert all(abs((b - a) - side) < 0.3 for a, b in zip(low, high, strict=True)), (side, low, high)
        middle = shot[shot.shape[0] // 2, : 6 * PX_PER_MM].astype(int).sum(axis=1)
        assert (middle < 60).sum() / PX_PER_MM >= 1, "the border is a millimetre or more"
        (found,) = zxingcpp.read_barcodes(shot)
        assert found.text == container(number, "1")["code"]
        assert found.position.bottom_right.x - found.position.top_left.x > 0.2 * side * PX_PER_MM
        sizes = {round(float(size), 1) for size in _text_mm(page)}
        assert min(sizes) >= LEAST_MM[side], sizes


def _text_mm(page: Any) -> list[float]:
    raw = pypdfium2.raw
    found = []
    for thing in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,)):
        size = ctypes.c_float()
        raw.FPDFTextObj_GetFontSize(thing.raw, size)
        found.append(size.value * abs(thing.get_matrix().d) / 72 * 25.4)
    return found


def test_what_the_label_says(printed: list[Any]) -> None:
    words = ["".join(page.get_textpage().get_text_range().split()) for page in printed]
    for text in (
        "危险废物",
        "900-214-08",
        "HW08",
        "毒性、易燃性",
        "李四0471-1234567",
        "180.5千克",
        "2025-03-03",
        "液态",
    ):
        assert text in words[0], (text, words[0])
    assert "试验化工" in words[0]
    assert "千克" not in words[1], "an empty container has no mass"
    assert "…" in words[1]
    assert words[1].count("防") < 100
    assert "反应性" in words[2]
    assert "感染性" in words[2]


def test_a_label_without_a_volume_is_the_largest_and_chunks_add_up() -> None:
    assert [labels.size_of(v).side_mm for v in ("50", "50.1", "450", "451", None, "much")] == [
        100,
        150,
        150,
        200,
        200,
        200,
    ]
    assert labels.hazards_of("") == []
    assert [h["id"] for h in labels.hazards_of("C, T/X")] == ["corrosive", "toxic"]
