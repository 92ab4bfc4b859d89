"""Cases of the literature: the printed digits must come out."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wufei.flows.reconcile import reconcile

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
HALF_WIDTH = 1.96


@cache
def solved(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a case expects, and the answer to it."""
    given = json.loads(path.read_text(encoding="utf-8"))
    return given["expect"], reconcile(given["case"])


def agrees(found: float, printed: float, expect: dict) -> bool:
    """Whether a value rounds to the printed one, within one unit of the last printed digit."""
    digits = expect.get("digits")
    if digits is None:
        digits = expect["significant"] - 1 - math.floor(math.log10(abs(printed))) if printed else 6
    return abs(found - printed) <= 0.51 * 10**-digits


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_printed_digits_come_out(path: Path) -> None:
    expect, answer = solved(path)
    assert answer["status"] == "ok"
    values = answer["values"]
    wrong = {k: (values[k]["mean"], x) for k, x in expect["mean"].items() if not agrees(values[k]["mean"], x, expect)}
    for k, sd in expect.get("sd", {}).items():
        if not agrees(values[k]["sd"], sd, expect):
            wrong[f"sd of {k}"] = values[k]["sd"], sd
    for k, width in expect.get("half_width", {}).items():
        if not agrees(values[k]["sd"] * HALF_WIDTH, width, expect):
            wrong[f"half-width of {k}"] = values[k]["sd"] * HALF_WIDTH, width
    assert not wrong


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_tests_and_classes_are_as_printed(path: Path) -> None:
    expect, answer = solved(path)
    for name in ("unobservable", "nonredundant"):
        if name in expect:
            assert answer["classification"][name] == expect[name]
    for k, z in expect.get("z", {}).items():
        assert abs(answer["measurement_test_z"][k]) == pytest.approx(abs(z), abs=5.1e-5)
    if "objective" in expect:
        assert answer["objective"] == pytest.approx(expect["objective"], abs=5.1e-4)
    assert answer["dof"] == expect.get("dof", answer["dof"])
    assert answer["suspects"] == expect.get("suspects", answer["suspects"])


def test_there_are_linear_bilinear_nonlinear_and_erroneous_cases() -> None:
    assert len(CASES) >= 8
