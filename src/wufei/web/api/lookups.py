"""What records may name: streams, places and metrics."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse

from wufei import catalog
from wufei.web.api.core import operation, send
from wufei.web.policy import Policy


def _scopes() -> tuple[Any, ...]:
    cat = catalog.current()
    return (cat.national, *cat.cities.values())


def _matching(items: list[dict[str, Any]], words: str) -> JsonResponse:
    wanted = words.casefold().split()
    found = [i for i in items if all(w in " ".join(map(str, i.values())).casefold() for w in wanted)]
    return send({"items": found})


@operation("GET", "/streams", Policy.READER, summary="Streams", zh="可用的废物流")
def streams(request: HttpRequest, q: str = "") -> JsonResponse:  # noqa: ARG001
    """Every waste stream that an entry may name; `q` narrows by words."""
    items = [
        {"id": s.id, "zh": s.zh, "en": s.en, "code": s.code, "family": s.family, "hazardous": s.hazardous}
        for scope in _scopes()
        for s in scope.streams
    ]
    return _matching(items, q)


@operation("GET", "/places", Policy.READER, summary="Places", zh="可用的地点")
def places(request: HttpRequest, q: str = "") -> JsonResponse:  # noqa: ARG001
    """Every place that an account may stand at; `q` narrows by words."""
    items = [
        {"id": p.id, "zh": p.zh, "en": p.en, "code": p.code, "level": p.level, "parent": p.parent}
        for scope in catalog.current().cities.values()
        for p in scope.places
    ]
    return _matching(items, q)


@operation("GET", "/metrics", Policy.READER, summary="Metrics", zh="可用的观测指标及其单位")
def metrics(request: HttpRequest, q: str = "") -> JsonResponse:  # noqa: ARG001
    """Every metric that an observation may name, with its fixed unit; `q` narrows by words."""
    items = [
        {"id": m.id, "zh": m.zh, "en": m.en, "unit": m.unit}
        for scope in _scopes()
        for kind in ("metrics", "indicators")
        for m in scope.items(kind)
    ]
    return _matching(items, q)
