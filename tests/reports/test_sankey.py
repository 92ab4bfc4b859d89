"""The diagram's geometry: widths by one scale, in equals out, returns under the band, small nodes folded and drawn."""

import itertools
import re

import pytest

from wufei.reports.sankey import Band, draw, fold

NODES = [("origin", 0), ("store", 1), ("plant", 2), ("sink", 3)]
BANDS = [
    Band("a", "origin", "store", 100.0, 5.0),
    Band("b", "store", "plant", 110.0),
    Band("c", "plant", "sink", 95.0),
    Band("d", "plant", "store", 10.0),
    Band("e", "plant", "plant", 5.0),
]


def test_widths_follow_one_scale_and_bands_fill_their_nodes() -> None:
    drawing = draw(NODES, BANDS)
    for path in drawing.paths:
        assert path.width == pytest.approx(path.band.size * drawing.scale)
    for name, box in drawing.boxes.items():
        entering = sum(p.width for p in drawing.paths if p.band.target == name)
        leaving = sum(p.width for p in drawing.paths if p.band.source == name)
        assert max(entering, leaving) == pytest.approx(box.height)


def test_returns_are_drawn_under_everything_and_do_not_touch() -> None:
    drawing = draw(NODES, BANDS)
    low = max(box.y + box.height for box in drawing.boxes.values())
    lanes = []
    for path in drawing.paths:
        if path.turns_back:
            lane = float(re.search(r"([\d.]+)H", path.d)[1])
            assert lane - path.width / 2 > low
            lanes.append((lane - path.width / 2, lane + path.width / 2))
    lanes.sort()
    assert len(lanes) == 2
    assert lanes[0][1] < lanes[1][0]
    assert drawing.height > lanes[-1][1]


def test_periods_share_a_scale() -> None:
    small = [Band(b.id, b.source, b.target, b.size / 2) for b in BANDS]
    assert draw(NODES, small, 200.0).scale == draw(NODES, BANDS, 200.0).scale
    assert draw(NODES, small).scale > draw(NODES, BANDS).scale


def test_nodes_of_a_stage_do_not_overlap() -> None:
    nodes = [(f"n{k}", k % 6) for k in range(120)]
    bands = [Band(f"b{k}", f"n{k}", f"n{(k * 7 + 1) % 120}", 1.0 + k % 5) for k in range(120)]
    boxes = sorted(draw(nodes, bands).boxes.values(), key=lambda box: (box.stage, box.y))
    for one, two in itertools.pairwise(boxes):
        assert one.stage != two.stage or one.y + one.height <= two.y + 1e-9


def test_small_nodes_are_folded_never_dropped() -> None:
    nodes = [*NODES, ("x", 3), ("y", 3)]
    bands = [*BANDS, Band("f", "plant", "x", 0.1), Band("g", "plant", "y", 0.2)]
    folded, held = fold(bands, nodes)
    assert set(held) == {"x", "y"}
    assert sum(b.size for b in folded) == pytest.approx(sum(b.size for b in bands))
    assert {b.target for b in folded if b.id in "fg"} == {"other-3"}
    assert fold(BANDS, NODES)[1] == {}


def test_nothing_to_draw_draws_nothing() -> None:
    assert draw(NODES, []).paths == []
