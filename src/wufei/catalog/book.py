"""The catalogue: the national scope, a scope for each city, and how both are loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, cast

from wufei.catalog import every_kind
from wufei.catalog import kinds as declared
from wufei.catalog.check import check_circles, check_item, check_notes
from wufei.catalog.corrections import read_items
from wufei.catalog.errors import CatalogEmpty, ItemUnknown
from wufei.catalog.findings import find_all
from wufei.catalog.indicator_parts import Definition
from wufei.catalog.items import PlanItem
from wufei.catalog.loader import Reading, read_scope
from wufei.catalog.scope import Scope
from wufei.catalog.source_text import SourceText
from wufei.terms import NamedError


class CatalogBroken(Exception):
    """The catalogue has errors and must not be used; ``errors`` holds each of them, named and placed."""

    def __init__(self, errors: Iterable[NamedError]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{len(self.errors)} errors in the catalogue")


class Catalog:
    """Everything declared: the nation's scope, the cities', and the shipped source texts."""

    def __init__(self, national: Scope, cities: dict[str, Scope], texts: dict[str, SourceText], digest: str) -> None:
        self.national = national
        self.cities = cities
        self.texts = texts
        self.digest = digest

    def city(self, city_id: str) -> Scope:
        """The city's scope; raises ItemUnknown."""
        if city_id not in self.cities:
            raise ItemUnknown(kind="cities", id=city_id)
        return self.cities[city_id]

    def definition(self, indicator: declared.Indicator) -> dict[str, Any]:
        """How the indicator is computed: the national definition with the city's own fields laid over it.

        The city's notes are added to the national ones; every other field replaces, a formula with its inputs,
        alternatives and examples.
        """
        base = self.national.find("indicators", indicator.defined_by) if indicator.defined_by else None
        names = Definition.model_fields
        merged = {name: getattr(base, name) for name in names} if base else dict.fromkeys(names)
        own = {name: getattr(indicator, name) for name in names}
        for name in ("notes", "notes_en"):
            own[name] = "\n".join(filter(None, (merged[name], own[name]))) or None
        replaced = {name for name, value in own.items() if value not in (None, ())}
        if own["formula"] is not None:
            replaced |= {"inputs", "alternatives", "examples"}
        return merged | {name: own[name] for name in replaced}

    def source(self, source_id: str) -> declared.Source:
        """The source, of whichever scope; raises ItemUnknown."""
        for scope in (*self.cities.values(), self.national):
            if found := scope.find("sources", source_id):
                return cast("declared.Source", found)
        raise ItemUnknown(kind="sources", id=source_id)

    def source_text(self, source_id: str) -> SourceText:
        """The shipped text of a source; raises ItemUnknown when none is shipped."""
        if source_id not in self.texts:
            raise ItemUnknown(kind="source texts", id=source_id)
        return self.texts[source_id]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many items of each kind each scope holds."""
        scopes = {"national": self.national, **self.cities}
        return {name: {kind: len(scope.items(kind)) for kind in scope.kinds()} for name, scope in scopes.items()}


def default_root() -> Path:
    """The folder of data shipped with the package."""
    return Path(str(files("wufei").joinpath("data")))


def load(root: Path | None = None) -> Catalog:
    """Load and check everything below ``root`` (``national/`` and ``cities/<id>/``).

    Raises CatalogBroken with every error found, or CatalogEmpty when there is no data at all.
    """
    root = root or default_root()
    if not (root / "national").is_dir():
        raise CatalogEmpty(root=root)
    national = read_scope(root / "national", every_kind.NATIONAL)
    cities = {path.name: read_scope(path, every_kind.CITY) for path in _folders(root / "cities")}
    catalog = _assemble(national, cities, _digest(root))
    errors = [*national.errors, *chain.from_iterable(reading.errors for reading in cities.values())]
    errors += _check(catalog, {"": national, **cities})
    if errors:
        raise CatalogBroken(errors)
    return catalog


def _folders(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if p.is_dir()) if path.is_dir() else []


def _assemble(national: Reading, cities: dict[str, Reading], digest: str) -> Catalog:
    nation = Scope("national", national.shelf, find_all)
    scopes = {name: Scope(name, reading.shelf, find_all, nation) for name, reading in cities.items()}
    texts: dict[str, SourceText] = {}
    for scope in (nation, *scopes.values()):
        read_items((i for i in scope.everything() if isinstance(i, PlanItem)), scope.corrections)
        for source in scope.sources:
            path = source.path.parent / source.text if source.text else None
            if path and path.is_file():
                texts[source.id] = SourceText.read(source.id, path)
    return Catalog(nation, scopes, texts, digest)


def _check(catalog: Catalog, readings: dict[str, Reading]) -> list[NamedError]:
    errors: list[NamedError] = []
    for name, reading in readings.items():
        scope = catalog.cities[name] if name else catalog.national
        errors += check_notes(reading.notes, scope.find)
        for item in scope.everything():
            errors += check_item(item, scope.find, catalog.texts)
        errors += check_circles(scope.everything())
    return errors


def _digest(root: Path) -> str:
    """One hash over every data file, so that what was derived from the catalogue knows when to be made anew."""
    total = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        total.update(f"{path.relative_to(root)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
