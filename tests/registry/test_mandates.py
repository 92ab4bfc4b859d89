"""Mandates: what they cover, by day, act, stream, site and mass; how they are given, revoked, handed on."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from wufei import catalog
from wufei.registry import hats, mandates, people
from wufei.registry.mandate_errors import (
    MandateActOutside,
    MandateExpired,
    MandateNotYet,
    MandateOwnOrg,
    MandatePeriodWrong,
    MandatePersonElsewhere,
    MandateRevoked,
    MandateSiteElsewhere,
    MandateSiteOutside,
    MandateStreamOutside,
    MandateUsedUp,
    MandateWordUnknown,
    ReasonMissing,
)
from wufei.registry.mandates import Terms, Wish, covers
from wufei.registry.models import Mandate, Organisation, Person, Site
from wufei.terms import NamedError

DAY = date(2026, 11, 24)
TERMS = Terms(
    frozenset({"dispatch_waste"}),
    frozenset({"HW08"}),
    frozenset({"site-1"}),
    date(2026, 1, 1),
    date(2026, 12, 31),
    1000,
)
LINE = ("900-214-08", "HW08")


def test_inside_every_bound() -> None:
    covers(TERMS, "dispatch_waste", LINE, "site-1", 400, 600, DAY)
    covers(TERMS, "dispatch_waste", (), "", 0, 1000, DAY)
    open_terms = replace(TERMS, streams=frozenset(), sites=frozenset(), most_g=None)
    covers(open_terms, "dispatch_waste", ("x",), "anywhere", 10**15, 10**15, DAY)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"act": "accept_waste"}, MandateActOutside),
        ({"stream": ("900-249-09", "HW09")}, MandateStreamOutside),
        ({"site": "site-2"}, MandateSiteOutside),
        ({"mass_g": 401}, MandateUsedUp),
        ({"day": date(2025, 12, 31)}, MandateNotYet),
        ({"day": date(2027, 1, 1)}, MandateExpired),
    ],
)
def test_each_bound_is_named(change: dict[str, object], error: type[NamedError]) -> None:
    asked: dict[str, object] = {
        "act": "dispatch_waste", "stream": LINE, "site": "site-1", "mass_g": 400, "used_g": 600, "day": DAY
    }  # fmt: skip
    with pytest.raises(error):
        covers(TERMS, **(asked | change))  # type: ignore[arg-type]


def test_a_revoked_mandate_covers_what_was_before() -> None:
    revoked = replace(TERMS, revoked_on=DAY)
    covers(revoked, "dispatch_waste", LINE, "site-1", 1, 0, DAY - timedelta(days=1))
    with pytest.raises(MandateRevoked):
        covers(revoked, "dispatch_waste", LINE, "site-1", 1, 0, DAY)


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_never_more_than_the_most(mass_g: int, used_g: int) -> None:
    try:
        covers(TERMS, "dispatch_waste", LINE, "site-1", mass_g, used_g, DAY)
    except MandateUsedUp:
        assert mass_g + used_g > 1000
    else:
        assert mass_g + used_g <= 1000


@pytest.fixture
def cat(catalogue: catalog.Catalog) -> catalog.Catalog:
    catalog.install(catalogue)
    return catalogue


@pytest.fixture
def plant(db: None, cat: catalog.Catalog) -> Organisation:
    return Organisation.objects.create(name_zh="甲厂", kind="enterprise")


@pytest.fixture
def carrier(db: None) -> Organisation:
    return Organisation.objects.create(name_zh="乙运输", kind="enterprise")


def somebody(name: str, org: Organisation | None = None, role: str = "enterprise_handler") -> Person:
    person = Person.objects.create_user(name, password="long enough words")
    if org:
        hats.give(person, role, org=org)
    return person


def wish(**more: object) -> Wish:
    today = timezone.localdate()
    base: dict[str, object] = {
        "acts": ["dispatch_waste"], "valid_from": today, "valid_to": today + timedelta(days=30)
    }  # fmt: skip
    return Wish(**(base | more))  # type: ignore[arg-type]


def test_given_listed_and_revoked_with_a_reason(plant: Organisation, carrier: Organisation) -> None:
    site = Site.objects.create(org=plant, name_zh="一厂", place="saihan")
    given = mandates.give(plant, wish(to_org=carrier, streams=["HW08"], sites=(site,), most_g=5), by="person-1")
    assert list(mandates.of_org(carrier)) == [given] == list(mandates.of_org(plant))
    today = timezone.localdate()
    covers(mandates.terms_of(given), "dispatch_waste", mandates.stream_line("900-214-08"), site.pk, 5, 0, today)
    with pytest.raises(ReasonMissing):
        mandates.revoke(given, " ", by="person-1")
    assert mandates.revoke(given, "合同终止", by="person-1")
    assert not mandates.revoke(given, "合同终止", by="person-1")
    with pytest.raises(MandateRevoked):
        covers(mandates.terms_of(given), "dispatch_waste", (), "", 0, 0, today)
    assert given not in mandates.in_force(today)


def test_what_cannot_be_given(plant: Organisation, carrier: Organisation) -> None:
    outsider = somebody("outsider", carrier)
    theirs = Site.objects.create(org=carrier, name_zh="二厂", place="saihan")
    yesterday = timezone.localdate() - timedelta(days=1)
    refused: list[tuple[Wish, type[NamedError]]] = [
        (wish(to_org=plant), MandateOwnOrg),
        (wish(), MandateOwnOrg),
        (wish(to_org=carrier, to_person=outsider), MandateOwnOrg),
        (wish(to_person=outsider), MandatePersonElsewhere),
        (wish(to_org=carrier, sites=(theirs,)), MandateSiteElsewhere),
        (wish(to_org=carrier, acts=[]), MandateWordUnknown),
        (wish(to_org=carrier, acts=["everything"]), MandateWordUnknown),
        (wish(to_org=carrier, streams=["gold"]), MandateWordUnknown),
        (wish(to_org=carrier, valid_to=yesterday), MandatePeriodWrong),
        (wish(to_org=carrier, valid_to=date(2999, 1, 1)), MandatePeriodWrong),
        (wish(to_org=carrier, most_g=-1), MandatePeriodWrong),
    ]
    for asked, error in refused:
        with pytest.raises(error):
            mandates.give(plant, asked, by="person-1")
    assert not Mandate.objects.exists()


def test_a_delegation_lapses_with_the_last_hat(plant: Organisation) -> None:
    colleague = somebody("colleague", plant)
    given = mandates.give(plant, wish(to_person=colleague), by="person-1")
    (hat,) = hats.open_hats(colleague)
    people.end_hat(hat, by="person-1", reason="调岗")
    given.refresh_from_db()
    assert given.revoked_reason == "调岗"


def test_handed_over_to_a_colleague(plant: Organisation, carrier: Organisation) -> None:
    leaver, stays, outsider = somebody("leaver", plant), somebody("stays", plant), somebody("outsider", carrier)
    given = mandates.give(plant, wish(to_person=leaver, most_g=7), by="person-1")
    assert [m.kind for m in people.open_matters(leaver)] == ["mandate"]
    with pytest.raises(MandatePersonElsewhere):
        people.hand_over(leaver, outsider, by="person-1")
    assert people.hand_over(leaver, stays, by="person-1", now=datetime.now(UTC)) == 1
    given.refresh_from_db()
    assert given.revoked_at
    (moved,) = Mandate.objects.filter(to_person=stays)
    assert (moved.acts, moved.most_g, moved.valid_to) == (given.acts, 7, given.valid_to)
    assert people.open_matters(leaver) == []
