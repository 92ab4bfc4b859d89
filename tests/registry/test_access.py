"""The declared rules as filters: own, foreign and no rows for every role and table."""

from __future__ import annotations

import pytest
from django.apps import apps

from tests.registry.access_world import FAR, NEAR, Firm, make_firm, worn
from wufei import catalog
from wufei.registry.access import STRANGER, Wearer, changeable, may, may_any, visible
from wufei.registry.access.policy import RuleMissing, kept, model_of, rule_of
from wufei.registry.models import Organisation, Person, Site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installed")]
SPECIAL = {"django_session", "intake_import", "registry_change", "registry_retentionrun"}


@pytest.fixture
def near(db: None) -> Firm:
    return make_firm("near", NEAR)


@pytest.fixture
def far(db: None) -> Firm:
    return make_firm("far", FAR)


def roles() -> list[str]:
    return [role.id for role in catalog.current().national.items("roles")]


def test_every_table_of_people_and_firms_has_a_rule() -> None:
    tables = {m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.app_label == "registry"}
    ours = {t for t in tables if not t.endswith(("_groups", "_user_permissions"))}
    assert ours - set(kept().by_table) == set()


def test_every_column_that_a_rule_names_exists() -> None:
    for rule in kept().by_table.values():
        model = model_of(rule)
        known = {f.column for f in model._meta.concrete_fields}
        belongs = rule.belongs
        named = {*belongs.org, *belongs.site, *belongs.place, *belongs.person, *belongs.through, *rule.published}
        assert named <= known, rule.id
        assert rule.grants is None or rule.grants in known


def test_a_table_without_a_rule_is_refused_by_name() -> None:
    from django.contrib.auth.models import Group

    with pytest.raises(RuleMissing):
        rule_of(Group)


def expected(rule: catalog.Item, role: str, verb: str) -> tuple[bool, bool]:
    """Whether somebody of the near firm sees the near and the far row, by the scopes alone."""
    found = set(rule.scopes(verb, role))
    belongs = rule.belongs
    through = [kept().rules[name].belongs for name in belongs.through.values()]
    persons = any(b.person for b in (belongs, *through))
    others = any(b.org or b.site or b.place for b in (belongs, *through))
    near = (
        "all" in found
        or (bool(found & {"org", "site", "place"}) and (others or persons))
        or ("own" in found and persons)
    )
    return near, "all" in found


@pytest.mark.parametrize("verb", ["read", "change"])
def test_own_and_foreign_rows_for_every_role(near: Firm, far: Firm, verb: str) -> None:
    ask = visible if verb == "read" else changeable
    doors = {rule.rows for rule in kept().by_table.values() if not (rule.read or rule.change)}
    assert set(near.rows) | SPECIAL | doors == {
        t for t in kept().by_table if t.startswith(("registry_", "django_", "intake_"))
    }
    for table, row in near.rows.items():
        rule = kept().by_table[table]
        for role in roles():
            hat = worn(role, near)
            seen = {r.pk for r in ask(type(row).objects.all(), hat)} & {row.pk, far.rows[table].pk}
            wanted = {r.pk for r, sees in zip((row, far.rows[table]), expected(rule, role, verb), strict=True) if sees}
            assert seen == wanted, (table, role)
            assert may(hat, verb, far.rows[table]) is (far.rows[table].pk in wanted)


def test_a_hat_without_organisation_or_place_sees_no_row_of_others(near: Firm) -> None:
    for role in roles():
        bare = Wearer(near.person.pk + 1000, 1, role)
        for table, row in near.rows.items():
            rule = kept().by_table[table]
            if "all" not in rule.scopes("read", role):
                assert not visible(type(row).objects.filter(pk=row.pk), bare).exists(), (role, table)


def test_a_site_s_handler_sees_the_one_site(near: Firm) -> None:
    other = Site.objects.create(org=near.org, name_zh="second", place=NEAR)
    assert set(visible(Site.objects.all(), worn("enterprise_viewer", near))) == {near.site, other}
    hat = worn("enterprise_handler", near, site=other.pk)
    assert set(changeable(Site.objects.all(), hat)) == set()
    assert set(visible(Site.objects.all(), hat)) == {other}


def test_a_county_sees_firms_of_elsewhere_by_their_sites_here(near: Firm, far: Firm) -> None:
    here = Site.objects.create(org=far.org, name_zh="branch", place=NEAR)
    hat = worn("county_office", near)
    assert set(visible(Site.objects.all(), hat)) == {near.site, here}
    assert far.org in visible(Organisation.objects.all(), hat)


def test_strangers_see_what_is_published(near: Firm) -> None:
    body = Organisation.objects.create(id="bureau", name_zh="局", kind="city_bureau", declared=True)
    assert set(visible(Organisation.objects.all(), STRANGER)) == {body}
    assert not visible(Person.objects.all(), STRANGER).exists()


def test_the_three_powers_are_apart() -> None:
    system, security, auditor = (Wearer(1, 1, r) for r in ("system_admin", "security_admin", "auditor"))
    assert not may_any(system, "read", "journal")
    assert not may_any(security, "read", "journal")
    assert may_any(auditor, "read", "journal")
    assert not may_any(auditor, "change", "journal")
    assert [may_any(hat, "read", "audit") for hat in (system, security, auditor)] == [False, False, True]
    assert [may_any(hat, "change", "hats") for hat in (system, security, auditor)] == [True, True, False]
    assert worn_sees_all() == {"city_office", "lead_bureau", "responsible_bureau", "auditor"}


def worn_sees_all() -> set[str]:
    return {role for role in roles() if Wearer(1, 1, role).sees_all}
