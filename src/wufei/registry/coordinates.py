"""Positions on the earth: read, checked against the city, and kept in CGCS2000 whatever datum they come in.

GCJ-02 and BD-09 are the shifted datums of the country's online maps. The shift is not an official formula; it is the
one that public map libraries use, and its inverse is found by iteration, so that a round trip returns to the point.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from wufei.catalog import Catalog
from wufei.terms import NamedError

Degrees = tuple[float, float]
Shift = Callable[[float, float], Degrees]

_AXIS_M, _ECCENTRICITY2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, which the public formula uses
_BD_TURN = math.pi * 3000 / 180
_ROUNDS = 12  # each brings the inverse nearer by a factor of about a hundred
_STEP = Decimal("0.000001")  # a decimetre


class PositionIncomplete(NamedError):
    """Longitude without latitude, or the other way round."""

    code = "position_incomplete"
    zh = "经度和纬度须同时填写。"
    en = "Longitude and latitude need each other."
    remedy_zh = "请补上另一个，或两个都空着。"
    remedy_en = "Fill in the other one, or leave both empty."


class DegreesUnreadable(NamedError):
    """A text that is no angle."""

    code = "degrees_unreadable"
    zh = "“{text}”不是经纬度。"
    en = "“{text}” is no longitude or latitude."
    remedy_zh = "请写十进制度（111.670833）或度分秒（111°40′15″）。"
    remedy_en = "Write decimal degrees (111.670833) or degrees, minutes and seconds (111°40′15″)."


class DatumUnknown(NamedError):
    """No datum was named, or one that we do not know."""

    code = "datum_unknown"
    zh = "没有写明坐标系，或不认识“{datum}”。"
    en = "No datum is named, or “{datum}” is not known."
    remedy_zh = (
        "请写明坐标系：cgcs2000、wgs84（卫星定位设备）、gcj02（高德、腾讯地图）或 bd09（百度地图）；差错可达数百米。"
    )
    remedy_en = "Name it: cgcs2000, wgs84 (satellite receivers), gcj02 or bd09 (online maps): hundreds of metres apart."


class PositionOutOfRange(NamedError):
    """No point of the earth."""

    code = "position_out_of_range"
    zh = "经度 {longitude}、纬度 {latitude} 不是地球上的点。"
    en = "Longitude {longitude}, latitude {latitude} is no point of the earth."
    remedy_zh = "经度在 −180 至 180 之间，纬度在 −90 至 90 之间；请核对小数点。"
    remedy_en = "Longitude is between −180 and 180, latitude between −90 and 90; check the decimal point."


class PositionSwapped(NamedError):
    """Longitude and latitude stand in each other's place."""

    code = "position_swapped"
    zh = "经度 {longitude} 和纬度 {latitude} 写反了：对调后在{where_zh}境内。"
    en = "Longitude {longitude} and latitude {latitude} are swapped: exchanged, they lie in {where_en}."
    remedy_zh = "请对调两个数。"
    remedy_en = "Exchange the two numbers."


class PositionOutsideCity(NamedError):
    """A point of the earth that lies outside the city."""

    code = "position_outside_city"
    zh = "经度 {longitude}、纬度 {latitude} 不在{where_zh}范围内（经度 {west}–{east}，纬度 {south}–{north}）。"
    en = (
        "Longitude {longitude}, latitude {latitude} is outside {where_en} "
        "(longitude {west}–{east}, latitude {south}–{north})."
    )
    remedy_zh = "请核对坐标和坐标系；市外的场所不在本市登记。"
    remedy_en = "Check the numbers and the datum; sites outside the city are not registered here."


@dataclass(frozen=True, slots=True)
class Box:
    """A city's names and the degrees (CGCS2000) between which it lies."""

    zh: str
    en: str
    west: Decimal
    east: Decimal
    south: Decimal
    north: Decimal


def box_of(catalog: Catalog, city: str) -> Box | None:
    """The box of a city, from its declared boundary; None when none is declared."""
    scope = catalog.city(city)
    found = next(iter(scope.items("boundaries")), None)
    if found is None:
        return None
    return Box(scope.name.zh, scope.name.en, found.west, found.east, found.south, found.north)


@dataclass(frozen=True, slots=True)
class Position:
    """A point in degrees of CGCS2000, to a decimetre."""

    longitude: Decimal
    latitude: Decimal


def in_country(longitude: float, latitude: float) -> bool:
    """Whether the online maps shift the point: a box around the country."""
    return 72.004 <= longitude <= 137.8347 and 0.8293 <= latitude <= 55.8271


def _waves(x: float, y: float) -> Degrees:
    """The public formula's sums of sines, in metres east and north of 105° E, 35° N."""
    shared = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + shared
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + shared
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    return east, north


def to_gcj02(longitude: float, latitude: float) -> Degrees:
    """From CGCS2000 (WGS-84) to the datum of the country's online maps; unchanged outside the country."""
    if not in_country(longitude, latitude):
        return longitude, latitude
    east, north = _waves(longitude - 105, latitude - 35)
    angle = math.radians(latitude)
    magic = 1 - _ECCENTRICITY2 * math.sin(angle) ** 2
    metres_north = _AXIS_M * (1 - _ECCENTRICITY2) / (magic * math.sqrt(magic))
    metres_east = _AXIS_M / math.sqrt(magic) * math.cos(angle)
    return longitude + math.degrees(east / metres_east), latitude + math.degrees(north / metres_north)


def _bd09_of_gcj02(longitude: float, latitude: float) -> Degrees:
    """The second shift, of one map provider."""
    radius = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * _BD_TURN)
    turn = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * _BD_TURN)
    return radius * math.cos(turn) + 0.0065, radius * math.sin(turn) + 0.006


def to_bd09(longitude: float, latitude: float) -> Degrees:
    """From CGCS2000 (WGS-84) to BD-09."""
    return _bd09_of_gcj02(*to_gcj02(longitude, latitude))


def _same(longitude: float, latitude: float) -> Degrees:
    return longitude, latitude


def _undo(shift: Shift, longitude: float, latitude: float) -> Degrees:
    """The point that ``shift`` moves here, by iteration."""
    x, y = longitude, latitude
    for _ in range(_ROUNDS):
        moved = shift(x, y)
        x, y = x + longitude - moved[0], y + latitude - moved[1]
    return x, y


SHIFTS: dict[str, Shift] = {"cgcs2000": _same, "wgs84": _same, "gcj02": to_gcj02, "bd09": to_bd09}
DATUMS = tuple(SHIFTS)


def to_cgcs2000(longitude: float, latitude: float, datum: str) -> Degrees:
    """Degrees of ``datum`` as degrees of CGCS2000 (WGS-84 is the same to within a decimetre). Raises DatumUnknown."""
    shift = SHIFTS.get(datum.strip().casefold().replace("-", "").replace(" ", ""))
    if shift is None:
        raise DatumUnknown(datum=datum)
    return _undo(shift, longitude, latitude) if shift is not _same else (longitude, latitude)


_SEXAGESIMAL = re.compile(
    r"(\d{1,3})[°度](?:(\d{1,2}(?:\.\d+)?)['分])?(?:(\d{1,2}(?:\.\d+)?)(?:\"|''|秒))?([ENSW东北南西]?)"
)


def read_degrees(text: object) -> Decimal:
    """An angle in decimal degrees, from a number or from degrees, minutes and seconds. Raises DegreesUnreadable."""
    plain = unicodedata.normalize("NFKC", str(text)).translate(str.maketrans("′’″”−º", "''\"\"-°")).replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{1,15})?", plain, re.ASCII):
        return Decimal(plain)
    match = _SEXAGESIMAL.fullmatch(plain)
    if match is None or any(part and Decimal(part) >= 60 for part in match.group(2, 3)):
        raise DegreesUnreadable(text=str(text)[:60])
    degrees = Decimal(match[1]) + Decimal(match[2] or 0) / 60 + Decimal(match[3] or 0) / 3600
    return -degrees if match[4] in {"S", "W", "南", "西"} else degrees


def read_position(longitude: object, latitude: object, datum: str, box: Box | None) -> Position | None:
    """Two angles in ``datum`` as a position inside the city's ``box``, if one is known; None when neither is given.

    Raises PositionIncomplete, DegreesUnreadable, DatumUnknown, PositionOutOfRange, PositionSwapped,
    PositionOutsideCity.
    """
    given = [value not in {None, ""} for value in (longitude, latitude)]
    if not any(given):
        return None
    if not all(given):
        raise PositionIncomplete
    x, y = read_degrees(longitude), read_degrees(latitude)
    told = {"longitude": x, "latitude": y}
    if box and _inside(box, float(y), float(x)) and not _inside(box, float(x), float(y)):
        raise PositionSwapped(**told, where_zh=box.zh, where_en=box.en)
    if abs(x) > 180 or abs(y) > 90:
        raise PositionOutOfRange(**told)
    found = to_cgcs2000(float(x), float(y), datum)
    if box and not _inside(box, *found):
        bounds = {"west": box.west, "east": box.east, "south": box.south, "north": box.north}
        raise PositionOutsideCity(**told, **bounds, where_zh=box.zh, where_en=box.en)
    return Position(*(Decimal(repr(value)).quantize(_STEP) for value in found))


def _inside(box: Box, longitude: float, latitude: float) -> bool:
    return float(box.west) <= longitude <= float(box.east) and float(box.south) <= latitude <= float(box.north)
