"""The other papers of a hazardous-waste unit, each a file of data: where mass goes and who must answer by when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from psycopg import Connection

from tests.reports.conftest import ASH, OFFICE, OIL, OTHER, SITE, Paper, hat
from wufei import catalog
from wufei.registry import mandates
from wufei.registry.mandates import Wish as Leave
from wufei.registry.models import Organisation, Permit, PermitScope, Site
from wufei.terms import NamedError
from wufei.workflow import acting, engine
from wufei.workflow.acting import Wish

FAR = hat("facility", "org-plant", 3)
THURSDAY = datetime(2025, 3, 13, 2, tzinfo=UTC)


@pytest.fixture
def plant(works: Site) -> Site:
    """Another firm that collects."""
    org = Organisation.objects.create(id="org-plant", name_zh="试验收集", kind="enterprise", place="saihan")
    return Site.objects.create(id=OTHER, org=org, name_zh="收集站", place="saihan")


class Taken:
    """A case moved step by step."""

    def __init__(self, connection: Connection[Any], workflow: str) -> None:
        self.connection, self.workflow, self.id = connection, workflow, ""

    def go(self, who: Any, step: str, /, *, at: datetime | None = None, reason: str = "", **changes: Any) -> str:
        wish = Wish(step, changes, happened_at=at, reason=reason)
        if self.id:
            acting.take(self.connection, who, self.id, wish)
        else:
            self.id = acting.begin(self.connection, who, self.workflow, wish).case
        return engine.read(self.connection, self.id).state


def held(connection: Connection[Any], key: str, stream: str = OIL) -> int:
    row = connection.execute(
        "SELECT coalesce(sum(mass_g), 0)::bigint FROM journal.book b JOIN journal.account a ON a.n = b.account_n "
        "JOIN journal.stream s ON s.n = b.stream_n WHERE a.key = %s AND s.id = %s", (key, stream),
    ).fetchone()  # fmt: skip
    return int(row[0]) if row else 0


def test_a_collector_weighs_and_both_confirm(year: Connection[Any], plant: Site) -> None:
    paper = Taken(year, "small_source_collection")
    sides = {
        "generator_org": "org-works",
        "generator_site": SITE,
        "collector_org": "org-plant",
        "collector_site": OTHER,
    }
    before = held(year, f"storage:{SITE}")
    assert paper.go(FAR, "ask", **sides, wastes=[{"stream": OIL, "planned_g": 500}]) == "asked"
    assert paper.go(hat(), "hand_over", wastes=[{"stream": OIL, "planned_g": 500, "handed_g": 520}]) == "loaded"
    done = [{"stream": OIL, "planned_g": 500, "handed_g": 520, "received_g": 515}]
    assert paper.go(FAR, "receive", wastes=done) == "received"
    assert before - held(year, f"storage:{SITE}") == 520
    assert (held(year, f"unexplained:{OTHER}"), held(year, f"storage:{OTHER}")) == (5, 3900 + 515)


def test_a_collector_declares_for_a_small_firm_by_mandate_only(year: Connection[Any], plant: Site) -> None:
    first = {"site": SITE, "period": "2025-03"}
    declaration = "hazardous_waste_declaration"
    with pytest.raises(NamedError) as caught:
        Taken(year, declaration).go(FAR, "begin", **first)
    assert caught.value.code == "party_not_yours"
    today = timezone.localdate()
    works = Organisation.objects.get(pk="org-works")
    leave = Leave(["file_declaration"], today, today + timedelta(days=30), to_org=plant.org)
    mandate = mandates.give(works, leave, by="person-1")
    paper = Taken(year, declaration)
    paper.go(FAR, "begin", **first)
    assert paper.go(FAR, "submit") == "submitted"
    (*_, last) = engine.read(year, paper.id).steps
    assert (last.acting_for, last.data["signed"]["mandate"]) == ("org-works", str(mandate.pk))


def test_intact_batteries_are_sent_and_taken_back(year: Connection[Any], plant: Site) -> None:
    paper = Taken(year, "lead_battery_collection")
    first = {
        "point_org": "org-works",
        "point_site": SITE,
        "centre_org": "org-plant",
        "centre_site": OTHER,
        "stream": OIL,
    }
    with pytest.raises(NamedError):
        paper.go(hat(), "send", **first, condition="broken", pieces="3", sent_g=60_000)
    paper.go(hat(), "send", **first, condition="intact", pieces="3", sent_g=60_000, kept_from_weather=True)
    assert held(year, f"storage:{SITE}") == -60_000
    assert paper.go(hat(), "take_back", reason="转运点停业") == "returned"
    assert held(year, f"storage:{SITE}") == 0


def test_own_treatment_makes_table_b4_and_its_residues(year: Connection[Any], works: Site) -> None:
    paper = Taken(year, "in_house_treatment")
    put = {"operator_org": "org-works", "site": SITE, "facility": "kiln", "operation": "D10"}
    paper.go(hat(), "put_in", **put, wastes=[{"stream": OIL, "mass_g": 800}])
    assert held(year, f"process:{SITE}") == 800
    paper.go(hat(), "finish", finished_at="2025-03-14T08:00:00+08:00", residues=[{"stream": ASH, "mass_g": 60}])
    assert held(year, f"storage:{SITE}", ASH) == 60


def test_a_garage_enters_a_month_once(year: Connection[Any], works: Site) -> None:
    paper = Taken(year, "vehicle_repair_waste")
    first = {"garage_org": "org-works", "site": SITE, "period": "2025-03"}
    paper.go(hat(), "save", **first)
    assert paper.go(hat(), "enter", wastes=[{"stream": OIL, "mass_g": 25_000}]) == "entered"
    assert held(year, f"storage:{SITE}") == 25_000
    with pytest.raises(NamedError):
        Taken(year, "vehicle_repair_waste").go(hat(), "save", **first)


def test_a_dismantler_conserves_the_vehicles_mass(year: Connection[Any], works: Site) -> None:
    year.execute(
        "INSERT INTO journal.stream (id, hazardous) VALUES ('end_of_life_vehicles', false) ON CONFLICT DO NOTHING"
    )
    paper = Taken(year, "vehicle_dismantling")
    first = {"dismantler_org": "org-works", "site": SITE, "vehicle_stream": "end_of_life_vehicles", "vehicles": "2"}
    paper.go(hat(), "take_in", **first, vehicles_g=2_400_000)
    parts = [{"stream": OIL, "mass_g": 9_000}]
    assert paper.go(hat(), "take_apart", hazardous_parts=parts, products_g=2_300_000) == "apart"
    left = held(year, f"process:{SITE}", "end_of_life_vehicles") + held(year, f"process:{SITE}")
    assert left == 2_400_000 - 9_000 - 2_300_000


def test_the_provinces_clocks_run_one_after_the_other(year: Connection[Any], works: Site) -> None:
    paper = Taken(year, "cross_province_transfer")
    applied = {
        "consignor_org": "org-works", "consignor_site": SITE, "consignee_name": "外省处置厂",
        "consignee_province": "河北省",
        "consignee_licence": "冀危许1", "consignee_licence_to": "2027-12-31", "wanted_from": "2025-04-01",
        "wanted_to": "2026-03-31", "method": "焚烧", "contract": "合-1",
        "wastes": [{"stream": OIL, "planned_g": 5_000_000, "operation": "D10"}],
    }  # fmt: skip

    def due() -> str:
        row = year.execute("SELECT due_at FROM journal.desk WHERE case_id = %s", (paper.id,)).fetchone()
        return str(row and row[0] and row[0].astimezone(UTC).date())

    paper.go(hat(), "apply", at=THURSDAY, **applied)
    assert due() == "2025-03-20"
    paper.go(OFFICE, "take_on", at=THURSDAY)
    paper.go(OFFICE, "opinion", at=THURSDAY, preliminary_opinion="同意")
    assert due() == "2025-03-27"
    paper.go(OFFICE, "answer", at=THURSDAY, other_province_agrees=False, answer_number="冀函1")
    with pytest.raises(NamedError):
        paper.go(
            OFFICE, "approve", at=THURSDAY, approval_number="1", approved_from="2025-04-01", approved_to="2026-03-31"
        )
    assert paper.go(OFFICE, "refuse", at=THURSDAY, reason="接受地不同意") == "refused"


def test_an_exemption_names_its_entry_and_condition(year: Connection[Any], works: Site) -> None:
    paper = Taken(year, "hazardous_exemption")
    told = {"applicant_org": "org-works", "site": SITE, "step": "utilization", "stream": OIL, "condition": "点对点"}
    with pytest.raises(NamedError):
        paper.go(hat(), "enter", **told, list_entry="e32")
    paper.go(hat(), "enter", **told, list_entry="e08")
    assert paper.go(OFFICE, "confirm") == "in_force"


def test_a_licence_holder_reports_beside_its_quota(year: Connection[Any], works: Site) -> None:
    permit = Permit.objects.create(org=works.org, site=works, kind="operating_licence", number="蒙危废-1",
                                   issuer="厅", valid_from="2024-01-01")  # fmt: skip
    PermitScope.objects.create(permit=permit, stream=OIL, operations=["D10"], quota_g_per_year=10_000)
    paper = Paper(year, "licence_yearly_report", site=SITE, period="2025")
    oil = next(line for line in paper.case.values["wastes"] if line["stream"] == OIL)
    assert paper.case.values["licence"] == permit.pk
    assert (oil["quota_g"], oil["received_g"], oil["treated_g"], oil["closing_g"]) == (10_000, 100, 1500, 2600)


def test_every_paper_says_how_sure_we_are_of_its_law() -> None:
    flows = {flow.id: flow.confidence for flow in catalog.current().national.items("workflows")}
    assert flows["small_source_collection"] == flows["lead_battery_collection"] == "medium"
    assert flows["hazardous_waste_declaration"] == "high"
