"""The Merkle tree against the text of RFC 9162, written down as it stands there."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wufei.journal.merkle import (
    TILE,
    Frontier,
    HashUnknown,
    Node,
    TiledTree,
    consistency_path,
    hash_named,
    inclusion_path,
    is_consistent,
    leaf_of,
    root_from_path,
)

H = hash_named("sha256")


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(data: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, on leaf hashes."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return data[0]
    k = split(len(data))
    return hashlib.sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: list[bytes]) -> list[bytes]:
    """RFC 9162 §2.1.3.1."""
    if len(data) == 1:
        return []
    k = split(len(data))
    return [*path(m, data[:k]), mth(data[k:])] if m < k else [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: list[bytes], *, whole: bool = True) -> list[bytes]:
    """RFC 9162 §2.1.4.1."""
    if m == len(data):
        return [] if whole else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], whole=whole), mth(data[k:])]
    return [*subproof(m - k, data[k:], whole=False), mth(data[:k])]


def leaves(size: int) -> list[bytes]:
    return [leaf_of(H, str(n).encode()) for n in range(size)]


def stored(data: list[bytes], steps: list[int] = ()) -> tuple[Frontier, TiledTree]:
    """A frontier that grew in steps, and the tiles that it left behind."""
    nodes: dict[tuple[int, int], bytes] = {(0, n): leaf for n, leaf in enumerate(data)}
    frontier = Frontier(H)
    for end in [*steps, len(data)]:
        nodes |= {(node.level, node.index): node.hash for node in frontier.extend(data[frontier.size : end])}

    def fetch(tier: int, tile: int) -> list[bytes]:
        found = (nodes.get((8 * tier, index)) for index in range(tile * TILE, (tile + 1) * TILE))
        return [each for each in found if each is not None]

    return frontier, TiledTree(H, fetch)


sizes = st.one_of(st.integers(1, 40), st.integers(1, 1200), st.sampled_from([255, 256, 257, 511, 512, 1023, 1025]))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_proofs_are_those_of_the_standard(data: st.DataObject) -> None:
    size = data.draw(sizes)
    row = leaves(size)
    frontier, tree = stored(row, sorted(data.draw(st.lists(st.integers(0, size), max_size=3))))
    assert frontier.root() == mth(row)
    position, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    proof = inclusion_path(H, position, size, tree.subtree)
    assert proof == path(position, row)
    assert root_from_path(H, row[position], position, size, proof) == mth(row)
    growth = consistency_path(H, old, size, tree.subtree)
    assert growth == subproof(old, row)
    assert is_consistent(H, (old, size), (mth(row[:old]), mth(row)), growth)
    again = Frontier.of(H, old, tree.subtree)
    assert again.root() == mth(row[:old])
    again.extend(row[old:])
    assert again.root() == mth(row)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_wrong_does_not_verify(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    row = leaves(size)
    position, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    proof, root = path(position, row), mth(row)
    if other != position:
        assert root_from_path(H, row[other], position, size, proof) != root
        assert root_from_path(H, row[position], other, size, proof) != root
    assert root_from_path(H, row[position], position, size, proof[:-1]) != root
    assert root_from_path(H, row[position], position, size, [*proof, root]) != root
    assert root_from_path(H, row[position], size, size, proof) is None
    old = data.draw(st.integers(1, size - 1))
    growth, before = subproof(old, row), mth(row[:old])
    assert not is_consistent(H, (old, size), (root, root), growth)
    assert not is_consistent(H, (old, size), (before, before), growth)
    assert not is_consistent(H, (old, size), (before, root), growth[:-1])
    assert not is_consistent(H, (old, size), (before, root), [*growth, root])
    assert not is_consistent(H, (size, old), (root, before), growth)
    assert not is_consistent(H, (0, size), (before, root), growth)


def test_known_roots_of_the_certificate_transparency_test_vectors() -> None:
    """The eight inputs and roots that the implementations of RFC 6962 share."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    for size, root in roots.items():
        frontier = Frontier(H)
        frontier.extend(leaf_of(H, bytes.fromhex(each)) for each in inputs[:size])
        assert frontier.root().hex() == root


def test_only_every_eighth_level_is_kept() -> None:
    made = Frontier(H).extend(leaves(70_000))
    assert {node.level for node in made} == {8, 16}
    assert len(made) == 70_000 // 256 + 1
    assert all(isinstance(node, Node) for node in made)


def test_sm3_is_at_hand_and_others_are_refused() -> None:
    assert hash_named("sm3")(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    with pytest.raises(HashUnknown):
        hash_named("md5")
