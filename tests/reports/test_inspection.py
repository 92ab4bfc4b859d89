"""An inspection adds up its own points, concludes by the bands, and counts for indicator 43."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from psycopg import Connection

from tests.reports.conftest import OFFICE, SITE, hat
from wufei.journal.records import Evidence
from wufei.registry.models import Permit, Site
from wufei.terms import NamedError
from wufei.workflow import acting, engine
from wufei.workflow.acting import Wish

PHOTO = (Evidence("photo", "现场", "0" * 64),)


@pytest.fixture
def inspected(connection: Connection[Any], works: Site) -> str:
    """An inspection of the works that was begun."""
    for metric in ("hazardous_inspections", "hazardous_inspections_passed"):
        connection.execute("INSERT INTO journal.metric (id, unit) VALUES (%s, '家') ON CONFLICT DO NOTHING", (metric,))
    return acting.begin(
        connection, OFFICE, "standardized_inspection", Wish("plan", {"site": works.pk, "period": "2025"})
    ).case


def scored(connection: Connection[Any], case: str, lost: dict[str, int]) -> list[dict[str, Any]]:
    """Every item with its points, less what it lost."""
    lines = engine.read(connection, case).values["items"]
    return [
        {"item": line["item"], "score": str(int(line["most"]) - lost.get(line["item"], 0)), "remark": "标志脱落"}
        for line in lines
    ]


def conclude(connection: Connection[Any], case: str, lost: dict[str, int]) -> dict[str, Any]:
    acting.take(connection, OFFICE, case, Wish("conclude", {"items": scored(connection, case, lost)}, evidence=PHOTO))
    return engine.read(connection, case).values


def counted(connection: Connection[Any]) -> dict[str, int]:
    query = "SELECT metric, value::int FROM journal.series WHERE place = %s AND period = '2025' AND unit = '家'"
    return dict(connection.execute(query, (SITE,)).fetchall())


def test_points_are_added_up_and_counted(connection: Connection[Any], inspected: str) -> None:
    values = conclude(connection, inspected, {"signs": 8, "storage": 6})
    assert (values["subject"], values["points"], values["most"], values["result"]) == (
        "generator",
        "86",
        "100",
        "qualified",
    )
    assert counted(connection) == {"hazardous_inspections": 1, "hazardous_inspections_passed": 1}


def test_below_the_band_is_not_passed_and_is_put_right(connection: Connection[Any], inspected: str) -> None:
    values = conclude(connection, inspected, {"signs": 8, "storage": 12, "manifest": 1})
    assert (values["points"], values["result"]) == ("79", "basically")
    assert counted(connection) == {"hazardous_inspections": 1, "hazardous_inspections_passed": 0}
    acting.take(connection, OFFICE, inspected, Wish("demand", reason="限期整改"))
    acting.take(connection, hat(), inspected, Wish("rectify", {"put_right": "已补标志"}, evidence=PHOTO))
    acting.take(connection, OFFICE, inspected, Wish("close"))
    assert engine.read(connection, inspected).state == "closed"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"score": "9"}, "score_outside"), ({"score": "-1", "remark": "x"}, "score_outside"),
        ({"score": "3"}, "score_unexplained"), ({}, "score_missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_concluded(connection: Connection[Any], inspected: str, line: dict[str, str], code: str) -> None:
    lines = scored(connection, inspected, {})
    lines[0] = {"item": lines[0]["item"], **line}
    with pytest.raises(NamedError) as caught:
        acting.take(connection, OFFICE, inspected, Wish("conclude", {"items": lines}, evidence=PHOTO))
    assert code in {error.code for error in engine.errors_of(caught.value)}


def test_the_firm_cannot_fill_in_its_own_result(connection: Connection[Any], inspected: str) -> None:
    with pytest.raises(NamedError):
        acting.take(
            connection, hat(), inspected, Wish("conclude", {"items": scored(connection, inspected, {})}, evidence=PHOTO)
        )
    lines = scored(connection, inspected, {"signs": 8, "storage": 12, "manifest": 12})
    given = {"items": lines, "points": "100", "result": "qualified", "passed_count": "1"}
    acting.take(connection, OFFICE, inspected, Wish("conclude", given, evidence=PHOTO))
    values = engine.read(connection, inspected).values
    assert (values["points"], values["result"], values["passed_count"]) == ("68", "basically", "0")


def test_a_licence_makes_it_an_operator(connection: Connection[Any], works: Site) -> None:
    Permit.objects.create(org=works.org, kind="operating_licence", number="L", issuer="x", valid_from=date(2024, 1, 1))
    case = acting.begin(
        connection, OFFICE, "standardized_inspection", Wish("plan", {"site": works.pk, "period": "2026"})
    ).case
    values = engine.read(connection, case).values
    assert values["subject"] == "operator"
    assert "licence" in {line["item"] for line in values["items"]}
    assert sum(int(line["most"]) for line in values["items"]) > 0
