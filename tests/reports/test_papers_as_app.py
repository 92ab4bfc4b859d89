"""A plan and a declaration from beginning to end as the role that the pages have: two sides, row-level security."""

from datetime import date
from typing import Any

import pytest
from psycopg import Connection

from tests.registry.as_app import pages_as_app, rules_once  # noqa: F401
from tests.reports.conftest import OIL, SITE
from wufei.journal.mirror import mirror
from wufei.registry.access import Wearer
from wufei.registry.access.force import wear
from wufei.registry.models import Hat, Person, Site
from wufei.reports.declaration import declared_until
from wufei.reports.management_plan import planned_g
from wufei.terms import NamedError
from wufei.workflow import acting, engine
from wufei.workflow.acting import Wish

pytestmark = pytest.mark.usefixtures("rules_once")


def somebody(name: str, role: str, org: str | None = None) -> Wearer:
    person = Person.objects.create(username=name)
    hat = Hat.objects.create(person=person, role=role, org_id=org, granted_by="setup", granted_at="2025-01-01T00:00Z")
    return Wearer.of(hat)


def test_two_sides_file_a_plan_and_a_declaration(year: Connection[Any], works: Site, catalogue: Any) -> None:
    mirror(year, catalogue)
    firm, office = somebody("firm", "enterprise_handler", "org-works"), somebody("office", "city_office")
    other = somebody("other", "enterprise_handler")

    def begin(workflow: str, period: str) -> str:
        wear(firm)
        return acting.begin(year, firm, workflow, Wish("begin", {"site": SITE, "period": period})).case

    def go(who: Wearer, case: str, step: str, **changes: Any) -> str:
        wear(who)
        acting.take(year, who, case, Wish(step, changes))
        return engine.read(year, case).state

    with pages_as_app():
        declared = begin("hazardous_waste_declaration", "2025-03")
        assert go(firm, declared, "submit") == "submitted"
        wear(other)
        with pytest.raises(NamedError):
            acting.take(year, other, declared, Wish("accept"))
        assert go(office, declared, "accept") == "accepted"
        planned = begin("hazardous_waste_plan", "2026")
        transfers = [{"scope": "province", "stream": OIL, "planned_g": 6000, "operation": "R9"}]
        go(firm, planned, "submit", technical_lead="person-1", reduction_measures="更换滤材", transfers=transfers)
        assert go(office, planned, "file", receipt_number="WF-1") == "filed"
        wear(firm)
        assert declared_until(year, SITE) == date(2025, 3, 31)
        assert planned_g(year, SITE, OIL, 2026) == 6000
        wear(other)
        assert declared_until(year, SITE) is None
        assert planned_g(year, SITE, OIL, 2026) is None
