"""The demonstration's accounts act for organisations that stand on register and say what they are."""

from __future__ import annotations

import pytest

from wufei.catalog import Catalog
from wufei.registry import accounts, declared, demonstration
from wufei.registry.models import Contract, Hat, Organisation, Permit, Site, Tenure, Vehicle

pytestmark = pytest.mark.django_db
GOOD = "a long enough pass phrase"


def furnished(catalogue: Catalog) -> int:
    declared.bring_in(catalogue)
    accounts.create_demo_people([role.id for role in catalogue.national.items("roles")], GOOD)
    return demonstration.furnish(catalogue)


def test_each_account_that_acts_for_somebody_has_its_organisation(catalogue: Catalog) -> None:
    assert furnished(catalogue) == 12
    worn = {hat.role: hat for hat in Hat.objects.select_related("org")}
    assert {role for role, hat in worn.items() if hat.org is None} == {
        "auditor", "public", "security_admin", "system_admin",
    }  # fmt: skip
    assert worn["enterprise_handler"].site_id == "site-demo-generator"
    assert worn["county_office"].place == worn["inspector"].place == "togtoh"
    assert worn["city_office"].org.declared


def test_what_was_made_up_says_so(catalogue: Catalog) -> None:
    furnished(catalogue)
    named = [*Organisation.objects.filter(declared=False), *Site.objects.all()]
    assert len(named) == 7
    assert all(row.name_zh.startswith("演示") and row.name_en.startswith("Demonstration") for row in named)
    assert all(permit.number.startswith("演示") for permit in Permit.objects.all())
    assert not Organisation.objects.filter(declared=False).exclude(credit_code=None)


def test_a_second_start_changes_nothing(catalogue: Catalog) -> None:
    furnished(catalogue)
    Organisation.objects.filter(pk="demo_carrier").update(registered_address="改过")
    counted = [model.objects.count() for model in (Site, Tenure, Permit, Vehicle, Contract, Hat)]
    assert furnished(catalogue) == 0
    assert counted == [model.objects.count() for model in (Site, Tenure, Permit, Vehicle, Contract, Hat)]
    assert Organisation.objects.get(pk="demo_carrier").registered_address == "改过"


def test_a_real_account_keeps_its_bare_hat(catalogue: Catalog) -> None:
    from wufei.registry import hats
    from wufei.registry.models import Person

    real = Person.objects.create_user("real", password=GOOD)
    hats.give(real, "driver")
    furnished(catalogue)
    assert Hat.objects.get(person=real).org is None
