"""Two registers side by side: every row is met once, whatever the order, and what differs is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wufei.reports.mirrored import Compared, compare

DAY = date(2025, 3, 5)


@dataclass(frozen=True)
class Line:
    batch: str
    day: date | None
    stream: str
    mass_g: int | None


LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(["", "a", "b", "c"]),
        st.integers(0, 2).map(lambda n: DAY + timedelta(days=n)),
        st.sampled_from(["oil", "ash"]),
        st.integers(1, 3),
    ),
    max_size=12,
)


def told(found: Compared[Line, Line]) -> tuple[int, int, int, int]:
    return (len(found.agreeing), len(found.differing), len(found.only_theirs), len(found.only_ours))


def test_batches_meet_first_then_waste_day_and_mass_then_waste_and_day() -> None:
    ours = [Line("a", DAY, "oil", 5), Line("b", DAY, "oil", 7), Line("c", DAY, "ash", 9)]
    theirs = [Line("a", DAY, "oil", 6), Line("x", DAY, "oil", 7), Line("y", DAY, "ash", 8), Line("z", DAY, "ash", 1)]
    found = compare(theirs, ours)
    assert told(found) == (1, 2, 1, 0)
    assert {(pair.theirs.batch, pair.ours.batch, pair.differs, pair.apart_g) for pair in found.differing} == {
        ("a", "a", ("mass",), 1), ("z", "c", ("mass",), -8),
    }  # fmt: skip
    assert [line.batch for line in found.only_theirs] == ["y"]


def test_the_same_batch_of_another_waste_is_another_row() -> None:
    found = compare([Line("a", DAY, "oil", 5)], [Line("a", DAY, "ash", 5)])
    assert told(found) == (0, 0, 1, 1)


@given(theirs=LINES, ours=LINES, chance=st.randoms())
def test_every_row_is_told_once_in_any_order(theirs: list[Line], ours: list[Line], chance: object) -> None:
    found = compare(theirs, ours)
    pairs = [*found.agreeing, *found.differing]
    key = repr
    assert sorted([p.theirs for p in pairs] + [*found.only_theirs], key=key) == sorted(theirs, key=key)
    assert sorted([p.ours for p in pairs] + [*found.only_ours], key=key) == sorted(ours, key=key)
    mixed = list(theirs)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # what st.randoms gives
    assert told(compare(mixed, ours)) == told(found)
    assert told(compare(theirs, theirs))[1:] == (0, 0, 0)
