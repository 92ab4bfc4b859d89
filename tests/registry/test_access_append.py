"""What each hat may append over a connection of its own, and what it then sees of the journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from psycopg import Connection

from tests.registry.access_world import NEAR, worn
from tests.registry.apart import Apart
from wufei.journal import Entry, Observation, Record, Step, append, reverse
from wufei.journal.not_allowed import AppendElsewhere, AppendForAnother, AppendNotOfRole, AppendWithoutHat
from wufei.journal.reading import query
from wufei.registry.access import STRANGER, Wearer
from wufei.registry.access.force import AT_THE_DOOR
from wufei.terms import NamedError

WHEN = datetime(2025, 3, 5, 8, 0, tzinfo=UTC)
OWN = ("origin:site-near", "storage:site-near", "ash", 5)
FOREIGN = ("origin:site-far", "storage:site-far", "ash", 5)
GIVE = """
INSERT INTO registry_mandate (org_id, to_org_id, acts, streams, valid_from, valid_to, granted_by, granted_at,
    revoked_by, revoked_reason) VALUES ('org-far', 'org-near', '{post_records}', '{}', %s, %s, 'setup', %s, '', '')"""
ENDS = {"entry": "from_n, to_n", "cube": "from_n, to_n", "turnover": "account_n", "book": "account_n"}
pytestmark = pytest.mark.django_db


def said(hat: Wearer, *moves: tuple[Any, ...], **fields: Any) -> Record:
    """A record of March 2025 in the name of whoever wears the hat."""
    base = {"happened_at": WHEN, "period": "2025-03", "basis": "measured", "rule": "hj_1259_2022 6.2"}
    who = {"actor": hat.actor, "acting_for": hat.acting_for}
    return Record(**(base | who | {"entries": tuple(Entry(*move) for move in moves)} | fields))


def tried(apart: Apart, hat: Wearer | None, *records: Record) -> type[NamedError] | None:
    """None when all of it stands, else the kind of refusal."""
    with apart.app(hat) as app:
        try:
            assert all(outcome.stands for outcome in append(app, records))
        except NamedError as error:
            return type(error)
    return None


def test_a_firm_appends_at_its_own_sites_only(apart: Apart) -> None:
    hat = worn("enterprise_admin", apart.near)
    assert tried(apart, hat, said(hat, OWN)) is None
    assert tried(apart, hat, said(hat, FOREIGN)) is AppendElsewhere
    assert tried(apart, hat, said(hat, ("storage:site-near", "sink:saihan", "ash", 1))) is AppendElsewhere
    assert tried(apart, hat, said(hat, OWN), said(hat, FOREIGN)) is AppendElsewhere
    seen = Observation("mines_tried", "site:site-far", 1, "个")
    assert tried(apart, hat, said(hat, observations=(seen,))) is AppendElsewhere


def test_a_handler_of_one_site_stays_there(apart: Apart) -> None:
    hat = worn("enterprise_handler", apart.near, site="site-near")
    assert tried(apart, hat, said(hat, OWN)) is None
    other = worn("enterprise_handler", apart.near, site="site-elsewhere")
    assert tried(apart, other, said(other, OWN)) is AppendElsewhere


def test_in_one_s_own_name_only(apart: Apart) -> None:
    for role in ("enterprise_admin", "city_office", "lead_bureau"):
        hat = worn(role, apart.near)
        assert tried(apart, hat, said(hat, OWN, actor="person-1234567")) is AppendForAnother
        assert tried(apart, hat, said(hat, OWN, acting_for="org-far")) is AppendForAnother


def test_who_records_nothing(apart: Apart) -> None:
    for role in ("enterprise_viewer", "auditor", "system_admin", "security_admin", "public"):
        hat = worn(role, apart.near)
        assert tried(apart, hat, said(hat, OWN)) is AppendNotOfRole, role
    assert tried(apart, None, said(worn("city_office", apart.near), OWN)) is AppendWithoutHat
    assert tried(apart, STRANGER, said(STRANGER, OWN)) is AppendNotOfRole


def test_a_county_appends_within_its_bounds_and_an_office_anywhere(apart: Apart) -> None:
    county, office = worn("county_office", apart.near), worn("city_office", apart.near)
    assert tried(apart, county, said(county, OWN, ("origin:saihan", "storage:saihan", "ash", 1))) is None
    assert tried(apart, county, said(county, FOREIGN)) is AppendElsewhere
    assert tried(apart, office, said(office, OWN, FOREIGN)) is None


def test_only_one_s_own_records_are_reversed(apart: Apart) -> None:
    near, far = worn("enterprise_admin", apart.near), worn("enterprise_admin", apart.far)
    old = said(near, OWN)
    assert tried(apart, near, old) is None
    who = {"happened_at": WHEN, "note": "录错"}
    with apart.owner() as owner:
        stolen = reverse(owner, old, actor=far.actor, acting_for=far.acting_for, **who)
    assert tried(apart, far, stolen) is AppendForAnother
    assert tried(apart, far, said(far, FOREIGN, replaces=old.id)) is AppendForAnother
    with apart.owner() as owner:
        own = reverse(owner, old, actor=near.actor, acting_for=near.acting_for, **who)
    assert tried(apart, near, own) is None


def test_a_load_changes_hands_and_may_go_back_to_where_it_came_from(apart: Apart) -> None:
    near, far = worn("enterprise_admin", apart.near), worn("facility", apart.far)
    sent = said(near, ("storage:site-near", "transit:load-1", "ash", 4))
    assert tried(apart, near, sent) is None
    assert tried(apart, far, said(far, ("transit:load-1", "storage:site-far", "ash", 3))) is None
    assert tried(apart, far, said(far, ("transit:load-1", "storage:site-near", "ash", 1))) is None
    assert tried(apart, far, said(far, ("transit:load-2", "storage:site-near", "ash", 1))) is AppendElsewhere


def test_a_mandate_lets_one_firm_append_for_another_until_it_is_revoked(apart: Apart) -> None:
    day, now = timezone.localdate(), timezone.now()
    hat = worn("enterprise_admin", apart.near)
    for_far = said(hat, FOREIGN, acting_for="org-far")
    assert tried(apart, hat, for_far) is AppendForAnother
    with apart.owner() as owner:
        owner.execute(GIVE, (day - timedelta(days=1), day + timedelta(days=1), now))
        assert tried(apart, hat, for_far) is None
        owner.execute("UPDATE registry_mandate SET acts = '{carry_waste}'")  # it leaves no records to anybody
        assert tried(apart, hat, said(hat, FOREIGN, acting_for="org-far")) is AppendElsewhere
        owner.execute("UPDATE registry_mandate SET acts = '{post_records}', revoked_at = %s", (now,))
    assert tried(apart, hat, said(hat, FOREIGN, acting_for="org-far")) is AppendForAnother


def test_a_day_begins_at_the_citys_midnight_whatever_the_sessions_zone(apart: Apart) -> None:
    with apart.owner() as owner:
        found = []
        for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):  # the last two are never on one day
            owner.execute(f"SET LOCAL TIME ZONE '{zone}'")
            found += owner.execute("SELECT access.today()").fetchall()
    assert len(set(found)) == 1


def closing(hat: Wearer) -> Record:
    return said(hat, steps=(Step("period:2019", 1, "period_closing", "propose_close", "closing_proposed"),))


def test_a_period_is_closed_by_whoever_records_for_the_city(apart: Apart) -> None:
    for role in ("enterprise_admin", "county_office"):
        hat = worn(role, apart.near)
        assert tried(apart, hat, closing(hat)) is AppendNotOfRole
    office = worn("city_office", apart.near)
    assert tried(apart, office, closing(office)) is None


def logged(actor: str, case: str, no: int = 1, **more: Any) -> Record:
    steps = (Step(case, no, "audit", "sign_in", "noted"),)
    return said(STRANGER, steps=steps, actor=actor, acting_for="-", basis="declared", **more)


def test_the_log_is_written_by_anybody_in_their_own_name_and_read_by_the_auditor(apart: Apart) -> None:
    viewer = worn("enterprise_viewer", apart.near)
    assert tried(apart, AT_THE_DOOR, logged("-", "audit:failed")) is None
    assert tried(apart, viewer, logged(viewer.actor, "audit:own")) is None
    assert tried(apart, viewer, logged("person-99", "audit:forged")) is AppendNotOfRole
    office = worn("city_office", apart.near)
    mixed = said(office, OWN, steps=(Step("audit:mixed", 1, "audit", "sign_in", "noted"),))
    assert tried(apart, office, mixed) is AppendNotOfRole
    bare = logged(viewer.actor, "audit:bare")
    assert tried(apart, viewer, bare) is None
    with apart.app(worn("city_office", apart.near)) as app:
        assert bare.id not in {stored.record.id for stored in query(app, size=100).items}, "an act is no news to others"
    with apart.app(worn("auditor", apart.near)) as app:
        assert bare.id in {stored.record.id for stored in query(app, size=100).items}
    for role in ("auditor", "city_office", "enterprise_viewer", "system_admin", "security_admin"):
        with apart.app(worn(role, apart.near)) as app:
            for table in ("step", "desk"):
                found = app.execute(f"SELECT case_id FROM journal.{table} WHERE workflow = 'audit'").fetchall()
                assert bool(found) is (role == "auditor"), (role, table)


def column(app: Connection[Any], query: str, values: Sequence[Any] = ()) -> list[Any]:
    return [row[0] for row in app.execute(query, values)]


def test_what_each_hat_sees_of_the_journal(apart: Apart) -> None:
    near, far = worn("enterprise_admin", apart.near), worn("enterprise_admin", apart.far)
    office = Wearer(apart.near.person.pk, 1, "city_office", actor=near.actor)
    ours = said(
        near, ("origin:site-near", "storage:site-near/seen", "ash", 5),
        observations=(Observation("mines_tried", "site:site-near", 2, "个"),),
    )  # fmt: skip
    moved = ("origin:site-far", "storage:site-far/seen", "ash", 5)
    theirs = said(far, moved, observations=(Observation("mines_tried", "site:site-far", 3, "个"),))
    case = said(office, steps=(Step("case-1", 1, "inspection", "open", "opened", holder="org-near"),))
    assert [tried(apart, h, r) for h, r in ((near, ours), (far, theirs), (office, case))] == [None] * 3
    everything = {ours.id, theirs.id, case.id}
    expected = {
        "enterprise_admin": {ours.id, case.id}, "enterprise_viewer": {ours.id, case.id}, "driver": {ours.id, case.id},
        "county_office": {ours.id, case.id}, "inspector": {ours.id, case.id}, "city_office": everything,
        "lead_bureau": everything, "responsible_bureau": everything, "auditor": everything, "system_admin": set(),
        "security_admin": set(), "public": set(),
    }  # fmt: skip
    for role, wanted in expected.items():
        with apart.app(worn(role, apart.near)) as app:
            found = set(column(app, "SELECT id FROM journal.record WHERE id = ANY (%s)", (list(everything),)))
            assert found == wanted, role
            keys = "SELECT DISTINCT a.key FROM journal.{} JOIN journal.account a ON a.n IN ({})"
            for table, ends in ENDS.items():
                seen = column(app, keys.format(table, ends))
                assert ("storage:site-far/seen" in seen) is (theirs.id in wanted), (role, table)
                assert ("storage:site-near/seen" in seen) is (ours.id in wanted), (role, table)
            for table in ("observation", "series"):
                places = column(app, f"SELECT place FROM journal.{table} WHERE metric = 'mines_tried'")
                assert ("site:site-far" in places) is (theirs.id in wanted), (role, table)
                assert ("site:site-near" in places) is (ours.id in wanted), (role, table)


def test_the_public_sees_what_was_published(apart: Apart) -> None:
    seen = Observation("mines_tried", NEAR, 9, "个")
    told = said(STRANGER, observations=(seen,), actor="system:opening", acting_for="system:opening", basis="declared")
    with apart.owner() as owner:
        assert all(outcome.stands for outcome in append(owner, [told]))
    with apart.app(STRANGER) as app:
        assert column(app, "SELECT value FROM journal.observation WHERE metric = 'mines_tried'") == [9]
        assert column(app, "SELECT key FROM journal.account") == column(app, "SELECT key FROM journal.account")
        assert column(app, "SELECT account_n FROM journal.turnover") == []


def test_the_city_s_totals_are_the_offices(apart: Apart) -> None:
    with apart.owner() as owner:
        owner.execute("INSERT INTO journal.summary_block (n, last_receipt) VALUES (1, 1)")
    for role, sees in (("city_office", True), ("county_office", False), ("enterprise_admin", False)):
        with apart.app(worn(role, apart.near)) as app:
            assert bool(column(app, "SELECT n FROM journal.summary_block")) is sees, role
