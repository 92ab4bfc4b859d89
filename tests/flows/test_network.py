"""Networks of a layout: what is measured, inferred and unknown of the city's published year, and of the journal."""

import pytest

from wufei import catalog
from wufei.catalog import Catalog
from wufei.flows.network.build import Fact, Network, network
from wufei.flows.network.facts import FlowStreamUnknown, find_layout, folding, layouts, node_of, published


@pytest.fixture(scope="module")
def cat() -> Catalog:
    return catalog.load()


def built(cat: Catalog, name: str, *more: Fact, year: str = "2023") -> Network:
    layout, only = find_layout(cat, name)
    return network(layout, [*more, *published(cat, "hohhot", folding(cat, layout, only), year)])


def test_the_published_year_shows_the_opening_stock(cat: Catalog) -> None:
    """1,028.62 generated, 990.30 routed and 43.12 stored of fly ash (10⁴ t): 4.80 were there before."""
    found = {link.id: link for link in built(cat, "industrial").links}
    opening = found["opening>storage/coal_fly_ash"]
    assert (opening.kind, round(opening.value), opening.before) == ("inferred", 48_000, None)
    assert found["generation>storage/coal_fly_ash"].kind == "measured"
    assert found["storage>own_utilization/fgd_gypsum"].kind == "exact"
    unknown = found["storage>own_disposal/SW59"]
    assert (unknown.kind, unknown.value) == ("unknown", None)
    assert unknown.interval == (0, pytest.approx(954_400))


def test_every_diagram_of_the_plan_has_real_figures(cat: Catalog) -> None:
    assert [each.annex for each in layouts(cat)][:4] == ["1", "2", "3", "4"]
    for layout in layouts(cat):
        found = built(cat, layout.id)
        assert found.answer["status"] == "ok"
        assert any(link.kind == "measured" for link in found.links), layout.id


def test_the_journal_counts_before_what_was_published(cat: Catalog) -> None:
    entry = Fact("generation", "storage", "coal_fly_ash", 10**13, 10**11, 3, "journal")
    found = {link.id: link for link in built(cat, "industrial", entry).links}
    link = found["generation>storage/coal_fly_ash"]
    assert (link.before, link.told_by, link.entries) == (10_000_000, ("journal",), 3)
    guess = Fact("opening", "storage", "coal_fly_ash", 10**12, 10**11, 1, "journal", estimated=True)
    found = {link.id: link for link in built(cat, "industrial", guess).links}
    assert found["opening>storage/coal_fly_ash"].kind == "inferred"


def test_what_enters_a_balanced_node_leaves_it_or_stays(cat: Catalog) -> None:
    found = built(cat, "industrial")
    for group in found.groups:
        if any(link.kind == "unknown" for link in found.links if link.group == group):
            continue
        net = sum(link.value for link in found.links if link.group == group and link.target == "storage")
        net -= sum(link.value for link in found.links if link.group == group and link.source == "storage")
        stock = next(link.value for link in found.stocks if link.group == group)
        assert net == pytest.approx(stock, rel=1e-9)


def test_a_stream_is_found_in_its_diagram_and_nonsense_is_named(cat: Catalog) -> None:
    layout, only = find_layout(cat, "coal_fly_ash")
    assert (layout.id, only) == ("industrial_flows", "coal_fly_ash")
    assert built(cat, "coal_fly_ash").groups == ("coal_fly_ash",)
    with pytest.raises(FlowStreamUnknown):
        find_layout(cat, "moonlight")


def test_accounts_fold_by_detail_before_role(cat: Catalog) -> None:
    layout, _only = find_layout(cat, "industrial")
    assert node_of(layout, "process", "process:hohhot/own_utilization") == "own_utilization"
    assert node_of(layout, "process", "process:site-1/kiln") == "process"
    assert node_of(layout, "sink", "sink:hohhot") == "sink"
