"""Powers: what is no row of a table and yet not everybody's to do, declared in data/national/powers."""

from __future__ import annotations

from wufei import catalog
from wufei.registry.access import Wearer
from wufei.registry.models import Organisation


def may(hat: Wearer, power: str, org: Organisation | None = None) -> bool:
    """Whether the hat in force has the power: everywhere, for organisations of its place, or for its own.

    Without ``org`` the question is whether it has the power anywhere.
    """
    declared = catalog.current().national.find("powers", power)
    if declared is None:
        return False
    if hat.role in declared.everywhere:
        return True
    if hat.role in declared.in_place and hat.place:
        return org is None or hat.place in places_above(org.place)
    return hat.role in declared.in_org and hat.org is not None and (org is None or hat.org == org.pk)


def everywhere(hat: Wearer, power: str) -> bool:
    """Whether the hat has the power for every organisation."""
    declared = catalog.current().national.find("powers", power)
    return declared is not None and hat.role in declared.everywhere


def places_above(place: str) -> tuple[str, ...]:
    """A place and those that hold it, nearest first; empty for none."""
    line = [place] if place else []
    scopes = catalog.current().cities.values()
    while line:
        item = next((found for scope in scopes if (found := scope.find("places", line[-1]))), None)
        if item is None or not item.parent or item.parent in line:
            break
        line.append(item.parent)
    return tuple(line)


def places_below(place: str) -> tuple[str, ...]:
    """A place and everything in it."""
    every = [item for scope in catalog.current().cities.values() for item in scope.items("places")]
    return tuple(item.id for item in every if place in places_above(item.id))
