"""Where a city's boundary comes from: a file in a published package, fetched when the checkout is made ready."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item


class Boundary(Item):
    """The outlines of a city's counties: GeoJSON inside an npm package, pinned by version and integrity.

    ``datum`` is what the file's degrees are in (``cgcs2000``, ``wgs84``, ``gcj02``, ``bd09``) and
    ``datum_confidence`` how sure that is; ``resolution_degrees`` is the grid that its points were rounded to.
    All of it lies between ``west`` and ``east``, ``south`` and ``north``: degrees of CGCS2000, rounded outwards.
    ``scripts/assets.py`` reads package, version, integrity and file of this file before any package is installed:
    they stay plain ``key: value`` lines.
    """

    kind: ClassVar[str] = "boundaries"

    package: str
    version: str
    integrity: str = Field(pattern=r"^sha512-[A-Za-z0-9+/]{86}==$")
    file: str
    licence: str
    datum: Literal["cgcs2000", "wgs84", "gcj02", "bd09"]
    datum_confidence: Literal["high", "medium", "low"]
    resolution_degrees: Decimal
    west: Decimal
    east: Decimal
    south: Decimal
    north: Decimal
    note_zh: str
    note_en: str
