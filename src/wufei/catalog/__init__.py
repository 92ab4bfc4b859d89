"""Declared data: load it, check it, and answer what is valid on a date.

Whatever a city, a stream or a rule decides is one YAML file with a citation; folders are scanned.
This room is pure: it reads files that it is handed and knows no database and no page.
"""

from __future__ import annotations

from wufei.catalog.book import Catalog, CatalogBroken, load
from wufei.catalog.duties import Owed
from wufei.catalog.errors import CatalogNotInstalled, ItemUnknown
from wufei.catalog.finding import Finding
from wufei.catalog.items import Item
from wufei.catalog.scope import Scope
from wufei.catalog.source_text import SourceText

__all__ = [
    "Catalog",
    "CatalogBroken",
    "CatalogNotInstalled",
    "Finding",
    "Item",
    "ItemUnknown",
    "Owed",
    "Scope",
    "SourceText",
    "current",
    "install",
    "load",
]

_installed: list[Catalog] = []


def install(catalog: Catalog) -> None:
    """Make ``catalog`` the one that ``current`` answers with; ``app`` calls this once at start."""
    _installed[:] = [catalog]


def current() -> Catalog:
    """The installed catalogue. Raises CatalogNotInstalled before ``app`` has installed one."""
    if not _installed:
        raise CatalogNotInstalled
    return _installed[0]
