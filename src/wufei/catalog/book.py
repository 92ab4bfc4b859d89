"""The catalogue: the national scope, a scope for each city, and the questions asked of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar, cast

from wufei.catalog import kinds as declared
from wufei.catalog.check import check_circles, check_item, check_notes
from wufei.catalog.correction import Correction
from wufei.catalog.corrections import read_items
from wufei.catalog.duties import Owed, groups_of, owed_by
from wufei.catalog.errors import CatalogEmpty, ItemUnknown
from wufei.catalog.finding import Finding
from wufei.catalog.findings import find_all
from wufei.catalog.items import Item, PlanItem
from wufei.catalog.loader import Reading, Shelf, read_scope
from wufei.catalog.source_text import SourceText
from wufei.terms import NamedError

Kind = TypeVar("Kind", bound=Item)


class CatalogBroken(Exception):
    """The catalogue has errors and must not be used; ``errors`` holds each of them, named and placed."""

    def __init__(self, errors: Iterable[NamedError]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{len(self.errors)} errors in the catalogue")


class Scope:
    """One scope of declared things: the nation's, or one city's."""

    def __init__(self, scope_id: str, shelf: Shelf, parent: Scope | None = None) -> None:
        self.id = scope_id
        self.parent = parent
        self._shelf = shelf

    def kinds(self) -> tuple[str, ...]:
        """The kinds that have at least one item, sorted."""
        return tuple(sorted(self._shelf))

    def items(self, kind: str, on: date | None = None) -> tuple[Any, ...]:
        """Items of ``kind`` in the plan's order: the latest version of each, or those valid ``on`` a day."""
        if on is None:
            return self._latest.get(kind, ())
        versions = chain.from_iterable(self._shelf.get(kind, {}).values())
        return tuple(sorted((v for v in versions if v.valid_on(on)), key=lambda item: item.sort_key))

    @cached_property
    def _latest(self) -> dict[str, tuple[Item, ...]]:
        return {
            kind: tuple(sorted((v[-1] for v in by_id.values()), key=lambda item: item.sort_key))
            for kind, by_id in self._shelf.items()
        }

    def find(self, kind: str, item_id: str, on: date | None = None) -> Any | None:
        """The item, looked for here and then in the nation's scope; None when there is none."""
        versions = self._shelf.get(kind, {}).get(item_id, ())
        if on is not None:
            versions = tuple(v for v in versions if v.valid_on(on))
        if versions:
            return versions[-1]
        return self.parent.find(kind, item_id, on) if self.parent else None

    def get(self, kind: str, item_id: str, on: date | None = None) -> Any:
        """The item; raises ItemUnknown."""
        found = self.find(kind, item_id, on)
        if found is None:
            raise ItemUnknown(kind=kind, id=item_id)
        return found

    def everything(self) -> tuple[Item, ...]:
        """Every version of every item."""
        return tuple(chain.from_iterable(chain.from_iterable(by_id.values()) for by_id in self._shelf.values()))

    def _all(self, kind: type[Kind]) -> tuple[Kind, ...]:
        return cast("tuple[Kind, ...]", self.items(kind.kind))

    @property
    def name(self) -> declared.City:
        """The city's own file; raises ItemUnknown for the nation."""
        return cast("declared.City", self.get("city", self.id))

    @property
    def sources(self) -> tuple[declared.Source, ...]:
        """Documents cited."""
        return self._all(declared.Source)

    @property
    def streams(self) -> tuple[declared.Stream, ...]:
        """Waste streams declared in this scope."""
        return self._all(declared.Stream)

    @property
    def indicators(self) -> tuple[declared.Indicator, ...]:
        """The plan's indicators, by number."""
        return self._all(declared.Indicator)

    @property
    def tasks(self) -> tuple[declared.Task, ...]:
        """The plan's tasks, by section and number."""
        return self._all(declared.Task)

    @property
    def measures(self) -> tuple[declared.Measure, ...]:
        """The measures of the main text, in order."""
        return self._all(declared.Measure)

    @property
    def projects(self) -> tuple[declared.Project, ...]:
        """The plan's projects, by number."""
        return self._all(declared.Project)

    @property
    def orgs(self) -> tuple[declared.Org, ...]:
        """Organisations and groups."""
        return self._all(declared.Org)

    @property
    def places(self) -> tuple[declared.Place, ...]:
        """Divisions, city first."""
        return self._all(declared.Place)

    @property
    def commitments(self) -> tuple[declared.Commitment, ...]:
        """Promises of the running text, in its order."""
        return self._all(declared.Commitment)

    @property
    def systems(self) -> tuple[declared.System, ...]:
        """Supervision systems that the plan asks for."""
        return self._all(declared.System)

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """Defects of the source, by printed line."""
        return self._all(Correction)

    @cached_property
    def _corrections_by_target(self) -> Mapping[tuple[str, str], tuple[Correction, ...]]:
        found: dict[tuple[str, str], list[Correction]] = {}
        for correction in self.corrections:
            for target in dict.fromkeys((t.kind, t.id) for t in correction.every_target):
                found.setdefault(target, []).append(correction)
        return {key: tuple(value) for key, value in found.items()}

    def corrections_of(self, kind: str, item_id: str) -> tuple[Correction, ...]:
        """Corrections that target the item or one of its fields."""
        return self._corrections_by_target.get((kind, item_id), ())

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Contradictions and gaps in the plan, most severe first."""
        return find_all(self)

    def org_groups(self, org_id: str) -> tuple[str, ...]:
        """Ids of the groups that hold the organisation."""
        return groups_of(org_id, self.orgs)

    def owed(self, org_id: str) -> Owed:
        """Everything that names the organisation or a group it belongs to."""
        names = frozenset((org_id, *self.org_groups(org_id)))
        return owed_by(names, self.indicators, self.tasks, self.measures, self.projects)


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

        The city's notes are added to the national ones; every other field replaces.
        """
        base = self.national.find("indicators", indicator.defined_by) if indicator.defined_by else None
        names = declared.Definition.model_fields
        merged = {name: getattr(base, name) for name in names} if base else dict.fromkeys(names)
        own = {name: getattr(indicator, name) for name in names}
        for name in ("notes", "notes_en"):
            own[name] = "\n".join(filter(None, (merged[name], own[name]))) or None
        return merged | {name: value for name, value in own.items() if value not in (None, ())}

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
    national = read_scope(root / "national", declared.NATIONAL)
    cities = {path.name: read_scope(path, declared.CITY) for path in _folders(root / "cities")}
    catalog = _assemble(national, cities, _digest(root))
    errors = [*national.errors, *chain.from_iterable(reading.errors for reading in cities.values())]
    errors += _check(catalog, {"": national, **cities})
    if errors:
        raise CatalogBroken(errors)
    return catalog


def _folders(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if p.is_dir()) if path.is_dir() else []


def _assemble(national: Reading, cities: dict[str, Reading], digest: str) -> Catalog:
    nation = Scope("national", national.shelf)
    scopes = {name: Scope(name, reading.shelf, nation) for name, reading in cities.items()}
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
