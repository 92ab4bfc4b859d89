"""Checks of containers: that one goes into another of its kind, and that a manifest lists what stands at hand."""

from __future__ import annotations

from collections.abc import Iterator

from wufei.workflow import container_errors as wrong
from wufei.workflow.cases import Move
from wufei.workflow.check_errors import Finding, kg
from wufei.workflow.facts import Container, Facts
from wufei.workflow.values import Values

Found = Iterator[Finding]


def container_fits(values: Values, known: Facts, _move: Move) -> Found:
    """What is taken out of a container goes into another that stands beside it for the same waste, and is in it."""
    if not values.get("into"):
        return
    other, own = known.containers.get(str(values["into"])), known.containers.get(str(values.get("lot")))
    if other is None:
        yield wrong.ContainerUnknown(place="into", code=values["into"])
    elif own is not None:
        if values["into"] == values.get("lot"):
            yield wrong.ContainerIntoItself(place="into", code=own.code)
        yield from _fits(other, str(values.get("stream")), str(values.get("site")), "into")
        part_g = int(values.get("part_g") or 0)
        if part_g > own.held_g:
            told = {"part_kg": kg(part_g), "held_kg": kg(own.held_g)}
            yield wrong.ContainerHoldsLess(place="part_g", code=own.code, **told)


def containers_fit(values: Values, known: Facts, _move: Move) -> Found:
    """Each container on the manifest stands at the consignor's site, is for its line's waste, and is listed once."""
    site, seen = str(values.get("consignor_storage") or ""), set[str]()
    for number, line in enumerate(values.get("wastes") or []):
        lot, place = str(line.get("lot") or ""), f"wastes[{number + 1}].lot"
        container = known.containers.get(lot)
        if container is not None:
            yield from _fits(container, str(line.get("stream")), site, place)
            if lot in seen:
                yield wrong.ContainerTwice(place=place, code=container.code)
        seen.add(lot)


def _fits(container: Container, stream: str, site: str, place: str) -> Found:
    if container.stream != stream:
        yield wrong.ContainerOtherWaste(place=place, code=container.code, held=container.stream, stream=stream)
    if site and container.site != site:
        yield wrong.ContainerElsewhere(place=place, code=container.code, site=container.site)
