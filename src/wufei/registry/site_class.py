"""The facts of a registered site on which its unit class hangs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Q

from wufei.catalog import Catalog
from wufei.registry.models import Site
from wufei.registry.permits import permits_on
from wufei.registry.unit_class import Classified, SiteFacts, classify


def facts_of(site: Site, day: date, catalog: Catalog) -> SiteFacts:
    """What the registry knows of a site on ``day``. A licence of the holder that names no site counts for each."""
    treating = [kind.id for kind in catalog.national.items("facility_kinds") if kind.treats_hazardous]
    licences = [kind.id for kind in catalog.national.items("permit_kinds") if kind.licence]
    stands = (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(closed_on=None) | Q(closed_on__gt=day))
    licensed = permits_on(day, org=site.org_id, kind__in=licences).filter(Q(site=None) | Q(site=site.pk))
    return SiteFacts(
        in_operation_since=site.in_operation_since,
        cycle_months=site.generation_cycle_months,
        assessed_g_per_year=site.eia_generation_g_per_year,
        own_treatment=site.facilities.filter(stands, kind__in=treating).exists(),
        licence=licensed.exists(),
        override=site.class_override,
    )


def unit_class(site: Site, by_year: Mapping[int, int], day: date, catalog: Catalog) -> Classified:
    """The class of a site on ``day``; ``by_year`` (grams) comes from the journal, see wufei.journal.site_masses."""
    return classify(facts_of(site, day, catalog), by_year, day, catalog)
