"""The declared rules as filters: which rows a hat sees, and whether it may see or change one."""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.db.models import Q, QuerySet

from wufei.catalog.access import Access, Scope, Verb
from wufei.registry.access.policy import model_of, places_in, rule, rule_of, scopes
from wufei.registry.access.wearer import Wearer
from wufei.registry.models import Hat, Organisation, Site

Row = TypeVar("Row", bound=models.Model)
NOTHING = Q(pk__in=[])


def visible(rows: QuerySet[Row], hat: Wearer) -> QuerySet[Row]:
    """The rows of ``rows`` that the hat may see. Raises RuleMissing for a table without a rule."""
    return allowed(rows, hat, "read")


def changeable(rows: QuerySet[Row], hat: Wearer) -> QuerySet[Row]:
    """The rows of ``rows`` that the hat may change. Raises RuleMissing for a table without a rule."""
    return allowed(rows, hat, "change")


def allowed(rows: QuerySet[Row], hat: Wearer, verb: Verb, name: str | None = None) -> QuerySet[Row]:
    """The rows on which the hat has ``verb``, by the table's own rule or by the rule ``name``."""
    found = rule(name) if name else rule_of(rows.model)
    wanted = _condition(found, hat, found.scopes(verb, hat.role))
    return rows if wanted is None else rows.filter(wanted)


def may(hat: Wearer, verb: Verb, row: models.Model, name: str | None = None) -> bool:
    """Whether the hat may see or change this very row, which stands in the database."""
    return allowed(type(row)._default_manager.filter(pk=row.pk), hat, verb, name).exists()


def may_any(hat: Wearer, verb: Verb, name: str) -> bool:
    """Whether the rule ``name`` gives the hat anything at all: for menus, buttons and pages without a row."""
    return bool(scopes(name, verb, hat))


def journal_places(hat: Wearer, verb: Verb) -> frozenset[str] | None:
    """The places whose accounts the hat may see or post to; None for every place."""
    found = scopes("journal", verb, hat)
    if "all" in found:
        return None
    own = {hat.org} if hat.org and ("org" in found or ("site" in found and not hat.site)) else set()
    one = {hat.site} if hat.site and "site" in found else set()
    inside = places_in(hat.place) if "place" in found else frozenset()
    sites = Site.objects.filter(Q(org__in=own) | Q(place__in=inside)).values_list("pk", "org")
    near = set(Organisation.objects.filter(place__in=inside).values_list("pk", flat=True)) if inside else set()
    orgs = {org for _site, org in sites} if inside else set()
    return frozenset(own | one | inside | near | orgs | {site for site, _org in sites})


def narrow(hat: Wearer) -> bool | None:
    """True when the hat sees only the records that concern it; else None, as filters of records take it."""
    return None if "all" in scopes("journal", "read", hat) else True


def _condition(found: Access, hat: Wearer, wanted: tuple[Scope, ...]) -> Q | None:
    """What a row must satisfy; None for every row."""
    if "all" in wanted:
        return None
    total = NOTHING
    for scope in wanted:
        total |= _SCOPES[scope](found, hat) | _through(found, hat, scope)
    return total


def _through(found: Access, hat: Wearer, scope: Scope) -> Q:
    total = NOTHING
    for column, name in found.belongs.through.items():
        above = rule(name)
        wanted = _condition(above, hat, (scope,))
        rows = model_of(above)._default_manager.all()
        total |= Q(**{f"{column}__in": (rows if wanted is None else rows.filter(wanted)).values("pk")})
    return total


def _any(columns: tuple[str, ...], values: object) -> Q:
    total = NOTHING
    for column in columns:
        total |= Q(**{f"{column}__in": values})
    return total


def _place(found: Access, hat: Wearer) -> Q:
    """Where it lies: by its own place, else by its site's, else (no site) by its organisation's or its person's."""
    places = places_in(hat.place)
    if not places:
        return NOTHING
    belongs = found.belongs
    sites = Site.objects.filter(place__in=places)
    orgs = Organisation.objects.filter(Q(place__in=places) | Q(pk__in=sites.values("org")))
    at_org = _any(belongs.org, orgs.values("pk"))
    for column in set(belongs.site) - set(belongs.org):
        at_org &= Q(**{column: None})
    total = _any(belongs.place, places) | _any(belongs.site, sites.values("pk")) | at_org
    if belongs.org or belongs.site or belongs.place:
        return total
    return total | _any(belongs.person, Hat.objects.filter(ended_at=None, org__in=orgs.values("pk")).values("person"))


def _org(found: Access, hat: Wearer) -> Q:
    """What is the organisation's, its sites', or (where only a person is named) of somebody with a hat in it."""
    if not hat.org:
        return NOTHING
    belongs = found.belongs
    total = _any(belongs.org, [hat.org]) | _any(belongs.site, Site.objects.filter(org=hat.org).values("pk"))
    if belongs.org or belongs.site or belongs.place:
        return total
    return total | _any(belongs.person, Hat.objects.filter(ended_at=None, org=hat.org).values("person"))


def _site(found: Access, hat: Wearer) -> Q:
    """What is the one site's; of the whole organisation's when the hat names no site."""
    return _any(found.belongs.site, [hat.site]) if hat.site else _org(found, hat)


def _own(found: Access, hat: Wearer) -> Q:
    return _any(found.belongs.person, [hat.person_id]) if hat.person_id is not None else NOTHING


def _published(found: Access, _hat: Wearer) -> Q:
    return Q(**found.published) if found.published else NOTHING


_SCOPES = {"place": _place, "org": _org, "site": _site, "own": _own, "published": _published}
