"""From what people write to ids: names, codes and ids of the catalogue, the words of a column, accounts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from wufei.catalog import Catalog
from wufei.catalog.sheets import SheetColumn
from wufei.intake.cell_errors import NameAmbiguous, NameUnknown, WordUnknown


def fold(text: str) -> str:
    """A name as it is compared: full-width letters narrowed, case and outer spaces dropped, gaps made one space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


class Names:
    """What a column of the catalogue's kinds takes: an id, a code, or a name that means one thing only."""

    def __init__(self, items: Iterable[Any]) -> None:
        self.ids: dict[str, Any] = {}
        self._named: dict[str, set[str]] = {}
        for item in items:
            self.ids.setdefault(item.id, item)
            for name in (item.zh, item.en, getattr(item, "code", None)):
                if name:
                    self._named.setdefault(fold(name), set()).add(item.id)
        self._folded = {fold(name): name for name in self.ids}

    def find(self, text: str) -> str | None:
        """The id, or None. Raises NameAmbiguous."""
        if text in self.ids:
            return text
        folded = fold(text)
        if folded in self._folded:
            return self._folded[folded]
        found = self._named.get(folded, set())
        if len(found) > 1:
            raise NameAmbiguous(cell=text, known=", ".join(sorted(found)))
        return next(iter(found), None)

    def get(self, text: str) -> str:
        """The id. Raises NameUnknown or NameAmbiguous."""
        found = self.find(text)
        if found is None:
            raise NameUnknown(cell=text)
        return found


class WordList:
    """The few words of a column, by id or in either language."""

    def __init__(self, column: SheetColumn) -> None:
        self._ids = {fold(name): word.id for word in column.words for name in (word.id, word.zh, word.en)}
        self._shown = "、".join(word.id for word in column.words)

    def get(self, text: str) -> str:
        """The word's id. Raises WordUnknown."""
        found = self._ids.get(fold(text))
        if found is None:
            raise WordUnknown(cell=text, known=self._shown)
        return found


class Accounts:
    """``role:place`` or ``role:place/detail`` with either part in Chinese or as an id."""

    def __init__(self, roles: WordList, places: Names) -> None:
        self._roles, self._places = roles, places

    def get(self, text: str) -> str:
        """The account's key. A place that the catalogue lacks is left to the journal, which knows registered sites."""
        role, colon, rest = text.replace("：", ":").partition(":")
        place, slash, detail = rest.partition("/")
        if not colon or not place.strip():
            raise NameUnknown(cell=text)
        known = self._places.find(place.strip()) or place.strip()
        return f"{self._roles.get(role)}:{known}{slash}{detail.strip()}"


def names_of(catalog: Catalog, kinds: tuple[str, ...]) -> Names:
    """Everything of the kinds in the nation's scope and the cities'."""
    return Names(_items(catalog, kinds))


def _items(catalog: Catalog, kinds: tuple[str, ...]) -> Iterator[Any]:
    for scope in (*catalog.cities.values(), catalog.national):
        for kind in kinds:
            yield from scope.items(kind)
