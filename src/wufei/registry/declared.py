"""The bodies that a city's plan names, brought into the registry under their ids of the catalogue."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from wufei.catalog import Catalog
from wufei.registry.models import Organisation


@transaction.atomic
def bring_in(catalog: Catalog) -> tuple[int, int]:
    """Enter what is missing and rename what the catalogue renames; returns how many of each.

    Groups of bodies are left out: nobody acts for a group. A body that the catalogue no longer names stays.
    """
    standing = {org.pk: org for org in Organisation.objects.filter(pk__in=[o.id for o in _bodies(catalog)])}
    new, changed = [], 0
    for body in _bodies(catalog):
        wanted = {
            "name_zh": body.zh, "name_en": body.en, "kind": body.org_kind, "place": body.place or "",
            "aliases": list(dict.fromkeys(a.zh for a in body.aliases if a.zh != body.zh)), "declared": True,
        }  # fmt: skip
        row = standing.get(body.id)
        if row is not None:  # names that a merge left stay
            wanted["aliases"] = list(dict.fromkeys([*wanted["aliases"], *row.aliases]))
        if row is None:
            new.append(Organisation(id=body.id, **wanted))
        elif any(getattr(row, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(row, name, value)
            row.save()
            changed += 1
    Organisation.objects.bulk_create(new)
    return len(new), changed


def _bodies(catalog: Catalog) -> list[Any]:
    known = {kind.id for kind in catalog.national.items("org_kinds")}
    return [org for scope in catalog.cities.values() for org in scope.orgs if org.org_kind in known]
