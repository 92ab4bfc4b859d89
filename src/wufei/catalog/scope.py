"""One scope of declared things, the nation's or a city's, and the questions asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar, cast

from wufei.catalog import kinds as declared
from wufei.catalog.correction import Correction
from wufei.catalog.duties import Owed, groups_of, owed_by
from wufei.catalog.errors import ItemUnknown
from wufei.catalog.finding import Finding
from wufei.catalog.items import Item
from wufei.catalog.loader import Shelf

Kind = TypeVar("Kind", bound=Item)


class Scope:
    """One scope of declared things: the nation's, or one city's. ``find_all`` finds its contradictions."""

    def __init__(
        self, scope_id: str, shelf: Shelf, find_all: Callable[[Scope], tuple[Finding, ...]], parent: Scope | None = None
    ) -> None:
        self.id = scope_id
        self.parent = parent
        self._shelf = shelf
        self._find_all = find_all

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
        return self._find_all(self)

    def org_groups(self, org_id: str) -> tuple[str, ...]:
        """Ids of the groups that hold the organisation."""
        return groups_of(org_id, self.orgs)

    def owed(self, org_id: str) -> Owed:
        """Everything that names the organisation or a group it belongs to."""
        names = frozenset((org_id, *self.org_groups(org_id)))
        return owed_by(names, self.indicators, self.tasks, self.measures, self.projects)
