"""One city's plan as the pages read it: items of every kind, what refers to what, and who cites which line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from django.http import Http404

from wufei import catalog

REFERENCES = {
    "indicators": "indicators",
    "indicator": "indicators",
    "tasks": "tasks",
    "task": "tasks",
    "projects": "projects",
    "project": "projects",
    "measure": "measures",
    "measures": "measures",
}
SHARED = ("metrics", "sheets", "sources", "streams")

Key = tuple[str, str]


class Plan:
    """A city's scope with the indexes that pages need; made once per catalogue and kept."""

    def __init__(self, cat: catalog.Catalog, city_id: str) -> None:
        self.catalog = cat
        self.id = city_id
        self.scope = cat.city(city_id)
        self.city = self.scope.name
        self._kept: dict[Any, Any] = {}

    def kept(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` returns, made once for this catalogue."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def items(self, kind: str) -> tuple[Any, ...]:
        """Items of ``kind``; for shared kinds the nation's come after the city's own."""
        if kind == "findings":
            return self.scope.findings
        own: tuple[Any, ...] = self.scope.items(kind)
        return own + tuple(self.catalog.national.items(kind)) if kind in SHARED else own

    def find(self, kind: str, item_id: str) -> Any | None:
        """The item, or None."""
        return self._by_id.get((kind, item_id))

    def get(self, kind: str, item_id: str) -> Any:
        """The item; a page that does not exist when there is none."""
        found = self.find(kind, item_id)
        if found is None:
            raise Http404
        return found

    @cached_property
    def _by_id(self) -> dict[Key, Any]:
        kinds = (*self.scope.kinds(), *SHARED)
        return {(kind, item.id): item for kind in kinds for item in reversed(self.items(kind))}

    @cached_property
    def _back(self) -> dict[Key, dict[str, list[Any]]]:
        back: dict[Key, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for kind in self.scope.kinds():
            for item in self.scope.items(kind):
                for key in references(item):
                    back[key][kind].append(item)
                    if (item.kind, item.id) != key and (target := self.find(*key)):
                        back[(item.kind, item.id)][key[0]].append(target)
        return back

    def related(self, kind: str, item_id: str) -> dict[str, tuple[Any, ...]]:
        """What the item refers to and what refers to it, by kind, each once and in the plan's order."""
        groups = self._back.get((kind, item_id), {})
        return {name: in_order(items) for name, items in groups.items()}

    def lines(self, source_id: str) -> dict[int, tuple[tuple[str, Any], ...]]:
        """Who cites each printed line of a source, as ``{line: ((kind, item), …)}``."""
        return self.kept(("lines", source_id), lambda: self._lines(source_id))

    def _lines(self, source_id: str) -> dict[int, tuple[tuple[str, Any], ...]]:
        found: dict[int, dict[Key, tuple[str, Any]]] = defaultdict(dict)
        for kind in self.scope.kinds():
            for item in self.scope.items(kind):
                for cite in item.cites:
                    if cite.source == source_id and cite.line:
                        found[cite.line].setdefault((kind, item.id), (kind, item))
        return {line: tuple(items.values()) for line, items in found.items()}

    def brief(self, org: Any, lang: str) -> str:
        """An organisation's name without the city's, as people in the city say it: 市教育局, Bureau of Education."""
        name: str = org.name(lang)
        if lang == "en":
            return name.removeprefix(f"{self.city.en} ")
        return self.city.zh[-1] + name[len(self.city.zh) :] if name.startswith(self.city.zh) else name

    @property
    def source_id(self) -> str:
        """Id of the plan document itself."""
        return self.city.plan_source

    def orgs(self, ids: Iterable[str]) -> list[Any]:
        """Organisations by id, in the order given."""
        return [org for org_id in ids if (org := self.find("orgs", org_id))]


def references(item: Any) -> Iterator[Key]:
    """The items that ``item`` names in its own fields."""
    for field, kind in REFERENCES.items():
        value = getattr(item, field, None)
        for item_id in (value,) if isinstance(value, str) else value or ():
            yield kind, item_id


def in_order(items: Iterable[Any]) -> tuple[Any, ...]:
    """Each item once, in the plan's own order."""
    unique = {item.id: item for item in items}
    return tuple(sorted(unique.values(), key=lambda item: item.sort_key))


_plans: dict[str, Plan] = {}


def plan_of(city_id: str) -> Plan:
    """The plan of a city in the catalogue now installed; a page that does not exist when there is none."""
    cat = catalog.current()
    kept = _plans.get(city_id)
    if kept is None or kept.catalog is not cat:
        if city_id not in cat.cities:
            raise Http404
        kept = _plans[city_id] = Plan(cat, city_id)
    return kept


def every_city() -> list[Any]:
    """The cities of the catalogue."""
    return [scope.name for scope in catalog.current().cities.values()]
