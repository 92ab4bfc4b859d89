"""Number plates of vehicles (GA 36—2018): what a plate is, told by the patterns of data/national/plate_kinds."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from wufei.catalog import Catalog
from wufei.terms import NamedError

_GAPS = re.compile(r"[\s·•・.\-—]")


class PlateUnreadable(NamedError):
    """A text that is no plate of any declared kind."""

    code = "plate_unreadable"
    zh = "“{plate}”不是号牌号码。"
    en = "“{plate}” is no plate number."
    remedy_zh = "请照行驶证抄写，如 蒙A12345、蒙AD12345（新能源）、蒙A1234挂；序号不用字母 I 和 O。"
    remedy_en = "Copy it from the registration, such as 蒙A12345 or 蒙AD12345 (new energy); I and O are not used."


class PlateKindDiffers(NamedError):
    """The plate is of another kind than was said."""

    code = "plate_kind_differs"
    zh = "“{plate}”是{found_zh}，不是{said_zh}。"
    en = "“{plate}” is a plate of the kind “{found_en}”, not “{said_en}”."
    remedy_zh = "请核对号牌，或改选号牌种类。"
    remedy_en = "Check the plate, or choose its kind."


def narrowed(text: str) -> str:
    """The plate as it is kept: full-width letters narrowed, capitals, no dot and no gap."""
    return _GAPS.sub("", unicodedata.normalize("NFKC", text)).upper()


@lru_cache(maxsize=8)
def _patterns(catalog: Catalog) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind.id, re.compile(kind.pattern)) for kind in catalog.national.items("plate_kinds"))


def read_plate(text: str, catalog: Catalog, said: str = "") -> tuple[str, str]:
    """The plate as it is kept and its kind; ``said`` is the kind that somebody chose.

    Raises PlateUnreadable, PlateKindDiffers.
    """
    plate = narrowed(text)
    fitting = [kind for kind, pattern in _patterns(catalog) if pattern.fullmatch(plate)]
    if not fitting:
        raise PlateUnreadable(plate=plate[:20])
    if said and said not in fitting:
        found, other = (catalog.national.get("plate_kinds", kind) for kind in (fitting[0], said))
        raise PlateKindDiffers(plate=plate, found_zh=found.zh, found_en=found.en, said_zh=other.zh, said_en=other.en)
    return plate, said or fitting[0]
