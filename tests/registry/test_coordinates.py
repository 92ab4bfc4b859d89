"""Positions: conversions there and back, swapped numbers, places outside the city."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei.catalog import Catalog
from wufei.registry.coordinates import (
    DATUMS,
    SHIFTS,
    Box,
    DatumUnknown,
    DegreesUnreadable,
    PositionIncomplete,
    PositionOutOfRange,
    PositionOutsideCity,
    PositionSwapped,
    box_of,
    read_degrees,
    read_position,
    to_bd09,
    to_cgcs2000,
    to_gcj02,
)
from wufei.terms import NamedError

BOX = Box("呼和浩特市", "Hohhot", Decimal("110.51"), Decimal("112.32"), Decimal("39.58"), Decimal("41.39"))
X, Y = 111.670801, 40.818311


def metres(left: tuple[float, float], right: tuple[float, float]) -> float:
    east = math.radians(left[0] - right[0]) * math.cos(math.radians(left[1])) * 6_371_000
    return math.hypot(east, math.radians(left[1] - right[1]) * 6_371_000)


@given(st.floats(73.6, 135), st.floats(18.2, 53.5), st.sampled_from(sorted(DATUMS)))
def test_there_and_back_within_a_centimetre(longitude: float, latitude: float, datum: str) -> None:
    there = SHIFTS[datum](longitude, latitude)
    assert metres(to_cgcs2000(*there, datum), (longitude, latitude)) < 0.01
    back = SHIFTS[datum](*to_cgcs2000(longitude, latitude, datum))
    assert metres(back, (longitude, latitude)) < 0.01


def test_the_shift_is_the_public_one() -> None:
    """Values that the published implementations of the formula give for a point in Beijing."""
    assert to_gcj02(116.404, 39.915) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)
    assert to_bd09(116.404, 39.915) == pytest.approx((116.41662724378733, 39.922699552216216), abs=1e-9)
    assert 300 < metres(to_gcj02(X, Y), (X, Y)) < 900


def test_outside_the_country_nothing_is_shifted() -> None:
    assert to_gcj02(2.35, 48.86) == (2.35, 48.86)


def test_a_position_is_kept_in_cgcs2000() -> None:
    moved = to_gcj02(X, Y)
    found = read_position(moved[0], moved[1], "GCJ-02", BOX)
    assert found
    assert (float(found.longitude), float(found.latitude)) == pytest.approx((X, Y), abs=2e-6)
    assert read_position(None, "", "", BOX) is None


@pytest.mark.parametrize(
    ("longitude", "latitude", "datum", "error"),
    [
        ("40.818311", "111.670801", "wgs84", PositionSwapped),
        ("116.404", "39.915", "wgs84", PositionOutsideCity),
        ("39.915", "116.404", "wgs84", PositionOutOfRange),
        ("1116.70801", "40.8", "wgs84", DegreesUnreadable),
        ("211.670801", "40.8", "wgs84", PositionOutOfRange),
        ("111.670801", "", "wgs84", PositionIncomplete),
        ("111.670801", "40.818311", "", DatumUnknown),
        ("111.670801", "40.818311", "beijing54", DatumUnknown),
        ("东经", "40.818311", "wgs84", DegreesUnreadable),
        ("nan", "40.818311", "wgs84", DegreesUnreadable),
    ],
)
def test_each_mistake_has_its_name(longitude: str, latitude: str, datum: str, error: type[NamedError]) -> None:
    with pytest.raises(error):
        read_position(longitude, latitude, datum, BOX)


@pytest.mark.parametrize("text", ["111°40′15″", "111度40分15秒", "111°40'15\"E", "１１１°４０′１５″", "111.670833333"])
def test_degrees_minutes_and_seconds(text: str) -> None:
    assert float(read_degrees(text)) == pytest.approx(111 + 40 / 60 + 15 / 3600)


def test_sixty_minutes_are_no_minutes() -> None:
    with pytest.raises(DegreesUnreadable):
        read_degrees("111°60′00″")


def test_the_shipped_box_holds_the_city_and_not_the_next(catalogue: Catalog) -> None:
    box = box_of(catalogue, "hohhot")
    assert box
    assert read_position(X, Y, "cgcs2000", box)
    with pytest.raises(PositionOutsideCity):
        read_position("109.84", "40.66", "cgcs2000", box)
