"""The outlines of a city's counties, from the file that the set-up fetched, in CGCS2000."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from wufei.registry.coordinates import to_cgcs2000
from wufei.web.plan import Plan

Ring = list[list[float]]


@dataclass(frozen=True)
class Outline:
    """The counties of a city: name as the file says it, the catalogue's place, and the polygons in degrees."""

    plan: Plan
    features: tuple[tuple[str, str, list[list[Ring]]], ...]

    def named(self, lang: str) -> dict[str, Any]:
        """GeoJSON with the names in ``lang``."""
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"place": place, "name": self._name(name, place, lang)},
                    "geometry": {"type": "MultiPolygon", "coordinates": polygons},
                }
                for name, place, polygons in self.features
            ],
        }

    def _name(self, name: str, place: str, lang: str) -> str:
        found = self.plan.find("places", place)
        return found.name(lang) if found else name


def outline(plan: Plan) -> Outline | None:
    """The city's outline, read once per catalogue; None when no file was declared or fetched."""
    found: Outline | None = plan.kept("outline", lambda: _read(plan))
    return found


def _read(plan: Plan) -> Outline | None:
    declared = plan.find("boundaries", plan.id)
    file = files("wufei.web") / f"static/boundaries/{plan.id}.geojson"
    if declared is None or not file.is_file():
        return None
    places = {item.zh: item.id for item in plan.items("places")}
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    return Outline(
        plan,
        tuple(
            (f["properties"]["name"], places.get(f["properties"]["name"], ""), _polygons(f["geometry"], declared.datum))
            for f in features
        ),
    )


def _polygons(geometry: dict[str, Any], datum: str) -> list[list[Ring]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[[_degrees(point, datum) for point in ring] for ring in polygon] for polygon in polygons]


def _degrees(point: list[float], datum: str) -> list[float]:
    longitude, latitude = to_cgcs2000(point[0], point[1], datum)
    return [round(longitude, 5), round(latitude, 5)]
