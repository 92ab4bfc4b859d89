"""Merging, its undoing, takeovers and suggestions: nothing that refers to an organisation is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.registry.rows import DAY, a_permit, a_site, a_vehicle, an_org
from wufei.catalog import Catalog
from wufei.registry import declared, takeover
from wufei.registry.closing import DeclaredNotClosed, must_be_open
from wufei.registry.closures import MergedAway
from wufei.registry.duplicates import suggestions
from wufei.registry.fleet import DEVICE, enter_in_fleet
from wufei.registry.merging import MergeNotUndone, MergeOfPartners, MergeWithOneself, merge, referring, undo_merge
from wufei.registry.models import Contract, Device, Hat, Invitation, Mandate, Organisation, Permit, Person, Site
from wufei.registry.organisations import going_on, known_as
from wufei.registry.permits import PermitOverlaps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
NOW = datetime(2025, 6, 1, 8, tzinfo=UTC)


def references() -> dict[str, dict[str, str]]:
    """Every reference to an organisation: the row, and whom it names."""
    return {
        f"{model._meta.db_table}.{name}": {str(pk): org for pk, org in model._default_manager.values_list("pk", name)}
        for model, name in referring()
    }


def hat(person: Person, org: Organisation, **more: Any) -> Hat:
    values = {"role": "enterprise_admin", "granted_by": "setup", "granted_at": NOW}
    return Hat.objects.create(person=person, org=org, **(values | more))


def furnish(org: Organisation, sites: int, cars: int, people: list[Person]) -> None:
    for n in range(sites):
        a_permit(org, a_site(org, f"{org.pk} {n}"), ("HW08",))
    for _ in range(cars):
        a_vehicle(org)
    for person in people:
        hat(person, org)


counts = st.integers(0, 2)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(counts, counts, counts, counts, st.sets(st.integers(0, 2)), st.sets(st.integers(0, 2)))
def test_no_reference_is_lost_and_undoing_brings_all_back(
    catalogue: Catalog, s1: int, s2: int, c1: int, c2: int, p1: set[int], p2: set[int]
) -> None:
    people = [Person.objects.create(username=f"p{n}-{Person.objects.count()}") for n in range(3)]
    org, into, third = an_org(), an_org(), an_org()
    furnish(org, s1, c1, [people[n] for n in p1])
    furnish(into, s2, c2, [people[n] for n in p2])
    furnish(third, 1, 1, [])
    before = references()
    ended = set(Hat.objects.exclude(ended_at=None).values_list("pk", flat=True))
    merged = merge(org, into, "person-1", NOW, catalogue)
    after = references()
    for key, rows in before.items():
        assert after[key].keys() == rows.keys()
        for pk, named in rows.items():
            assert after[key][pk] == (into.pk if named == org.pk else named)
    assert sorted(known_as(into.pk)) == sorted([org.pk, into.pk])
    org.refresh_from_db()
    assert going_on(org) == into
    undo_merge(merged, "person-1", NOW)
    assert references() == before
    org.refresh_from_db()
    assert (org.merged_into, org.closed_on) == (None, None)
    doubles = Hat.objects.exclude(ended_at=None).exclude(pk__in=ended)
    assert doubles.count() == len(p1 & p2)


def test_names_become_aliases_and_gaps_are_filled(catalogue: Catalog) -> None:
    org = an_org("青山化工", aliases=["青化"], industry="2614")
    into = an_org("青山化工有限公司", kind="medical_institution", credit_code=None)
    code = org.credit_code
    merge(org, into, "person-1", NOW, catalogue)
    into.refresh_from_db()
    assert (into.aliases, into.credit_code, into.industry) == (["青山化工", "青化"], code, "2614")
    org.refresh_from_db()
    assert org.credit_code is None
    with pytest.raises(MergedAway):
        must_be_open(org, DAY)
    assert a_site(into).org == into
    site = Site(org=org)
    assert site.org.merged_into == into


def test_what_comes_for_the_merged_one_goes_to_the_one_that_goes_on(catalogue: Catalog) -> None:
    org, into = an_org(), an_org()
    merge(org, into, "person-1", NOW, catalogue)
    assert a_site(Organisation.objects.get(pk=org.pk)).org == into


def test_a_merge_is_not_undone_once_something_new_refers(catalogue: Catalog) -> None:
    org, into = an_org(), an_org()
    merged = merge(org, into, "person-1", NOW, catalogue)
    a_vehicle(into)
    with pytest.raises(MergeNotUndone) as caught:
        undo_merge(merged, "person-1", NOW)
    assert "registry_vehicle.org" in caught.value.values["tables"]


def test_what_is_not_merged(catalogue: Catalog) -> None:
    declared.bring_in(catalogue)
    org, into, partner = an_org(), an_org(), an_org()
    body = Organisation.objects.get(pk="statistics_bureau")
    with pytest.raises(MergeWithOneself):
        merge(org, org, "person-1", NOW, catalogue)
    with pytest.raises(DeclaredNotClosed):
        merge(body, org, "person-1", NOW, catalogue)
    Contract.objects.create(org=org, partner=partner, kind="disposal", valid_from=DAY)
    with pytest.raises(MergeOfPartners):
        merge(org, partner, "person-1", NOW, catalogue)
    merge(org, into, "person-1", NOW, catalogue)
    with pytest.raises(MergedAway):
        merge(org, partner, "person-1", NOW, catalogue)
    with pytest.raises(MergedAway):
        merge(partner, org, "person-1", NOW, catalogue)


def test_a_merge_that_makes_permits_overlap_is_refused_whole(catalogue: Catalog) -> None:
    org, into = an_org(), an_org()
    a_permit(org, None, ("HW08",))
    a_permit(into, None, ("HW08",))
    before = references()
    with pytest.raises(PermitOverlaps):
        merge(org, into, "person-1", NOW, catalogue)
    assert references() == before


def test_suggestions_name_what_may_be_the_same(catalogue: Catalog) -> None:
    org = an_org("内蒙古青山绿水环保科技有限公司")
    same = an_org("内蒙古青山绿水环保科技（有限公司）")
    near = an_org("内蒙古青山绿水环境科技有限公司")
    an_org("托克托县第一人民医院", kind="medical_institution", credit_code=None)
    alias = an_org("甲", aliases=["内蒙古青山绿水环保科技有限公司"])
    found = {s.org: s.why for s in suggestions(org)}
    assert found == {same: "name", alias: "name", near: "near"}
    merge(near, org, "person-1", NOW, catalogue)
    assert near not in {s.org for s in suggestions(org)}


@dataclass
class Matters:
    """A site with every kind of open matter, and another site of the same holder."""

    giver: Organisation
    taker: Organisation
    site: Site
    other: Site
    permit: Permit
    kept: list[Any]
    device: Device
    hat: Hat
    alone: Mandate
    shared: Mandate
    invitation: Invitation
    contract: Contract


@pytest.fixture
def matters(catalogue: Catalog) -> Matters:
    giver, taker, partner = an_org(), an_org(), an_org()
    site = a_site(giver, in_operation_since="2020-01-01")
    other = a_site(giver, "二厂区", in_operation_since="2020-01-01")
    past = a_permit(giver, site, ("HW49",), valid_to=date(2024, 12, 31))
    elsewhere = a_permit(giver, other, ("HW31",))
    scale = {"org": giver, "site": site, "kind": "scale", "serial": "S9"}
    person = Person.objects.create(username="handler")
    soon = {"granted_by": "person-1", "granted_at": NOW, "valid_from": DAY, "valid_to": date(2025, 12, 31)}
    alone, shared = (Mandate.objects.create(org=giver, to_org=partner, acts=["post"], **soon) for _ in range(2))
    alone.sites.add(site)
    shared.sites.add(site, other)
    invitation = Invitation.objects.create(
        org=giver, site=site, role="enterprise_handler", label="x", token_hash="h", invited_by="person-1",
        created_at=NOW, expires_at=NOW,
    )  # fmt: skip
    contract = Contract.objects.create(org=giver, partner=partner, kind="disposal", valid_from=date(2024, 1, 1))
    return Matters(
        giver, taker, site, other, a_permit(giver, site, ("HW08",)), [past, elsewhere, hat(person, giver), contract],
        enter_in_fleet(DEVICE, scale, catalogue, day=DAY), hat(person, giver, site=site), alone, shared, invitation,
        contract,
    )  # fmt: skip


def test_a_takeover_hands_every_open_matter_of_the_site(matters: Matters) -> None:
    seen: list[str] = []
    hook = takeover.on_takeover(lambda handover, _told: seen.append(handover.site.pk))
    try:
        told = takeover.take_over(matters.site, matters.taker, DAY, "person-1", NOW)
    finally:
        takeover._hooks.remove(hook)
    matters.site.refresh_from_db()
    assert matters.site.org == matters.taker
    held = [(t.org, t.valid_to) for t in matters.site.tenures.order_by("valid_from")]
    assert held == [(matters.giver, date(2025, 5, 31)), (matters.taker, None)]
    assert told.moved == {"permits": [matters.permit.pk], "devices": [matters.device.pk]}
    assert told.ended == {
        "mandates": [str(matters.alone.pk), str(matters.shared.pk)],
        "hats": [str(matters.hat.pk)],
        "invitations": [str(matters.invitation.pk)],
    }
    assert told.left == {"contracts": [matters.contract.pk]}
    assert seen == [matters.site.pk]
    for row in matters.kept:
        row.refresh_from_db()
        assert row.org == matters.giver
    matters.alone.refresh_from_db()
    matters.shared.refresh_from_db()
    assert matters.alone.revoked_at is not None
    assert (matters.shared.revoked_at, list(matters.shared.sites.all())) == (None, [matters.other])


def test_contracts_go_with_the_last_site(matters: Matters) -> None:
    takeover.take_over(matters.site, matters.taker, DAY, "person-1", NOW)
    told = takeover.take_over(matters.other, matters.taker, DAY, "person-1", NOW)
    assert told.moved["contracts"] == [matters.contract.pk]


def test_a_takeover_goes_forward_and_to_another(matters: Matters) -> None:
    takeover.take_over(matters.site, matters.taker, DAY, "person-1", NOW)
    with pytest.raises(takeover.TakeoverByHolder):
        takeover.take_over(matters.site, matters.taker, DAY, "person-1", NOW)
    with pytest.raises(takeover.TakeoverTooEarly):
        takeover.take_over(matters.site, matters.giver, DAY, "person-1", NOW)
