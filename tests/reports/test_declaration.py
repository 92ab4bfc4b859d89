"""A declaration is the register of its period; what differs is explained, and what was accepted closes the period."""

from datetime import date
from typing import Any

import pytest
from psycopg import Connection

from tests.reports.conftest import ASH, OFFICE, OIL, SITE, Paper, hat, moved, post
from wufei.registry.models import Site
from wufei.reports.declaration import declared_until
from wufei.terms import NamedError
from wufei.workflow import acting
from wufei.workflow.acting import Wish

DECLARATION = "hazardous_waste_declaration"
pytestmark = pytest.mark.usefixtures("works")


@pytest.fixture
def paper(year: Connection[Any], works: Site) -> Paper:
    """The declaration of March 2025, made from the register."""
    return Paper(year, DECLARATION, site=SITE, period="2025-03")


def lines(paper: Paper) -> dict[str, dict[str, Any]]:
    return {line["stream"]: line for line in paper.case.values["wastes"]}


def test_it_begins_filled_from_the_register(paper: Paper) -> None:
    values = paper.case.values
    assert (values["declarant_org"], values["unit_class"], paper.case.state) == ("org-works", "key_unit", "draft")
    oil = lines(paper)[OIL]
    assert (oil["opening_g"], oil["generated_g"], oil["received_g"]) == (5000, 3000, 100)
    assert (oil["treated_g"], oil["operation"], oil["handed_over_g"], oil["closing_g"]) == (1500, "D10", 4000, 2600)
    assert {name: oil[f"register_{name}"] for name in oil if f"register_{name}" in oil} == {
        name: oil[name] for name in oil if f"register_{name}" in oil
    }
    assert values["handed_over"] == [{"stream": OIL, "handed_g": 4000, "register_handed_g": 4000}]
    assert lines(paper)[ASH]["closing_g"] == 9000


def test_there_is_one_for_each_site_and_period(paper: Paper, year: Connection[Any]) -> None:
    with pytest.raises(NamedError) as caught:
        Paper(year, DECLARATION, site=SITE, period="2025-03")
    assert caught.value.code == "step_not_open"
    assert Paper(year, DECLARATION, site=SITE, period="2025-02").id != paper.id


def test_what_differs_from_the_register_must_be_explained(paper: Paper) -> None:
    wastes = [dict(line) for line in paper.case.values["wastes"]]
    at = next(n for n, line in enumerate(wastes) if line["stream"] == OIL)
    wastes[at]["generated_g"] = 3200
    assert paper.refused(hat(), "submit", wastes=wastes) == [f"form_field_missing wastes[{at + 1}].explanation"]
    wastes[at]["explanation"] = "漏记一桶"
    assert paper.go(hat(), "submit", wastes=wastes).state == "submitted"


def test_what_the_register_says_cannot_be_typed(paper: Paper) -> None:
    wastes = [line | {"register_generated_g": 1, "generated_g": 1} for line in paper.case.values["wastes"]]
    codes = paper.refused(hat(), "save", wastes=wastes)
    assert {code.split()[0] for code in codes} == {"form_field_early"}
    forged = Wish("begin", {"site": SITE, "period": "2025-01", "unit_class": "registered_unit", "wastes": [
        {"stream": OIL, "register_generated_g": 1}, {"stream": "900-041-49", "generated_g": 7, "register_rows": "9"},
    ]})  # fmt: skip
    case = acting.begin(paper.connection, hat(), DECLARATION, forged).case
    paper.id = case
    assert paper.case.values["unit_class"] == "key_unit"
    assert lines(paper)[OIL]["register_generated_g"] == 5000
    assert lines(paper)["900-041-49"] == {"stream": "900-041-49", "generated_g": 7}


def test_figures_taken_anew_keep_what_people_said(paper: Paper, year: Connection[Any]) -> None:
    wastes = [line | ({"closing_g": 8000, "explanation": "实盘"} if line["stream"] == ASH else {})
              for line in paper.case.values["wastes"]]  # fmt: skip
    paper.go(hat(), "save", wastes=wastes)
    post(
        year, moved(f"origin:{SITE}", f"storage:{SITE}", 50), moved(f"origin:{SITE}", f"storage:{SITE}", 1, stream=ASH)
    )
    paper.go(hat(), "refresh")
    oil, ash = lines(paper)[OIL], lines(paper)[ASH]
    assert (oil["generated_g"], oil["register_generated_g"], oil["closing_g"]) == (3050, 3050, 2650)
    assert (ash["closing_g"], ash["register_closing_g"], ash["explanation"]) == (8000, 9001, "实盘")


def test_accepted_it_closes_the_period_and_is_corrected_by_a_new_version(paper: Paper, year: Connection[Any]) -> None:
    assert declared_until(year, SITE) is None
    paper.go(hat(), "submit")
    assert paper.refused(hat(), "accept") == ["party_not_yours"]
    paper.go(OFFICE, "return", reason="缺附件")
    paper.go(hat(), "submit")
    paper.go(OFFICE, "accept")
    assert declared_until(year, SITE) == date(2025, 3, 31)
    closed = "SELECT period FROM public.registry_declared(ARRAY[%s])"
    assert year.execute(closed, (SITE,)).fetchall() == [("2025-03",)]
    assert year.execute("SELECT value::bigint FROM journal.series WHERE place = %s", (SITE,)).fetchone() == (12000,)
    paper.go(hat(), "amend", reason="漏记")
    assert year.execute(closed, (SITE,)).fetchall() == [], "opened again, its records may be reversed"
    wastes = [line | {"generated_g": 4000, "explanation": "漏记"} for line in paper.case.values["wastes"]]
    paper.go(hat(), "submit", wastes=wastes)
    paper.go(OFFICE, "accept")
    assert year.execute("SELECT value::bigint FROM journal.series WHERE place = %s", (SITE,)).fetchone() == (8000,)
    told = "SELECT DISTINCT period FROM journal.series WHERE place = %s"
    assert year.execute(told, (SITE,)).fetchall() == [("2025-03",)]
    assert paper.go(OFFICE, "archive").state == "archived"


def test_nothing_happened_is_declared_as_such(year: Connection[Any]) -> None:
    paper = Paper(year, DECLARATION, site=SITE, period="2024")
    assert paper.case.values["wastes"] == []
    paper.go(hat(), "submit", nothing_to_declare=True)
    paper.go(OFFICE, "accept")
    assert declared_until(year, SITE) == date(2024, 12, 31)


@pytest.mark.parametrize(("site", "period"), [("site-none", "2025"), (SITE, "2025-13"), (SITE, None), (None, "2025")])
def test_a_site_or_period_that_is_none_is_refused_by_name(year: Connection[Any], site: Any, period: Any) -> None:
    with pytest.raises(NamedError):
        Paper(year, DECLARATION, site=site, period=period)
