"""Merkle trees of RFC 6962 and RFC 9162: roots, inclusion and consistency proofs, and a frontier that grows.

A tree over n leaves is made of complete subtrees: the one at (level, index) covers the 2^level leaves from
index × 2^level on. What has been completed never changes, so a tree grows from its frontier (the roots of the complete
subtrees that make it up, at most one for each bit of n), and proofs need nothing but complete subtrees. Of those only
every eighth level is kept in the database, as tiles of 256; the levels between are worked out from a tile.
Verifying stands in ``standalone_verifier``, the file that outsiders run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wufei.journal.standalone_verifier import HASHES, Hash, is_consistent, root_from_path
from wufei.terms import NamedError

__all__ = ["HASHES", "Frontier", "Hash", "Node", "TiledTree", "consistency_path", "hash_named", "inclusion_path"]
__all__ += ["is_consistent", "leaf_of", "root_from_path", "root_of"]

TILE_LEVELS = 8
TILE = 1 << TILE_LEVELS
Subtree = Callable[[int, int], bytes]


class HashUnknown(NamedError):
    """A tree algorithm that is not one of ours."""

    code = "hash_unknown"
    zh = "不支持散列算法“{name}”。"
    en = "The hash algorithm {name!r} is not supported."
    remedy_zh = "可用：sha256、sm3。"
    remedy_en = "There are: sha256, sm3."


@dataclass(frozen=True, slots=True)
class Node:
    """The root of the complete subtree at (level, index)."""

    level: int
    index: int
    hash: bytes


def hash_named(algorithm: str) -> Hash:
    """The hash function of that name; raises HashUnknown."""
    if algorithm not in HASHES:
        raise HashUnknown(name=algorithm)
    return HASHES[algorithm]


def leaf_of(hash_: Hash, form: bytes) -> bytes:
    """The leaf hash of a canonical form."""
    return hash_(b"\x00" + form)


class Frontier:
    """A tree of ``size`` leaves, known by the roots of its complete subtrees, largest first."""

    def __init__(self, hash_: Hash, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hash = hash_
        self._peaks = list(peaks)

    @classmethod
    def of(cls, hash_: Hash, size: int, subtree: Subtree) -> Frontier:
        """The frontier at ``size`` of a tree whose complete subtrees can be asked for."""
        levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
        return cls(hash_, size, (subtree(level, (size >> level) - 1) for level in levels))

    def extend(self, leaves: Iterable[bytes]) -> list[Node]:
        """Add leaves (their hashes); returns the subtrees completed at every eighth level."""
        made: list[Node] = []
        rest = iter(leaves)
        while block := list(itertools.islice(rest, TILE - self.size % TILE)):
            if len(block) == TILE:  # a whole tile at once, in less time than leaf by leaf
                self._add(TILE_LEVELS, folded(self._hash, block), made)
            else:
                for leaf in block:
                    self._add(0, leaf, made)
        return made

    def _add(self, level: int, node: bytes, made: list[Node]) -> None:
        """Add a complete subtree of a level at which the tree ends evenly."""
        self.size += 1 << level
        rest = (self.size >> level) - 1
        if level:
            made.append(Node(level, rest, node))
        while rest & 1:
            node, rest, level = self._hash(b"\x01" + self._peaks.pop() + node), rest >> 1, level + 1
            if level % TILE_LEVELS == 0:
                made.append(Node(level, rest, node))
        self._peaks.append(node)

    def root(self) -> bytes:
        """The root of the tree as it is; the hash of nothing when it is empty."""
        if not self._peaks:
            return self._hash(b"")
        *rest, node = self._peaks
        for peak in reversed(rest):
            node = self._hash(b"\x01" + peak + node)
        return node


def folded(hash_: Hash, row: Sequence[bytes]) -> bytes:
    """The root over a row of hashes, as many as a power of two."""
    while len(row) > 1:
        pairs = iter(row)
        row = [hash_(b"\x01" + left + right) for left, right in zip(pairs, pairs, strict=True)]
    return row[0]


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1


def root_of(hash_: Hash, first: int, past: int, subtree: Subtree) -> bytes:
    """The root over the leaves from ``first`` up to ``past``, a range of a proof, from complete subtrees."""
    width = past - first
    if width & (width - 1) == 0:
        return subtree(width.bit_length() - 1, first // width)
    middle = first + _split(width)
    left, right = root_of(hash_, first, middle, subtree), root_of(hash_, middle, past, subtree)
    return hash_(b"\x01" + left + right)


def inclusion_path(hash_: Hash, position: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that lead from a leaf to the root of the tree of ``size`` leaves (RFC 9162 §2.1.3.1)."""
    first, past, ranges = 0, size, []
    while past - first > 1:
        middle = first + _split(past - first)
        if position < middle:
            ranges.append((middle, past))
            past = middle
        else:
            ranges.append((first, middle))
            first = middle
    return [root_of(hash_, start, end, subtree) for start, end in reversed(ranges)]


def consistency_path(hash_: Hash, old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The hashes that show that the tree of ``new`` leaves begins with that of ``old`` > 0 (RFC 9162 §2.1.4.1)."""
    first, past, ranges = 0, new, []
    while old < past:
        middle = first + _split(past - first)
        if old <= middle:
            ranges.append((middle, past))
            past = middle
        else:
            ranges.append((first, middle))
            first = middle
    if first:
        ranges.append((first, past))
    return [root_of(hash_, start, end, subtree) for start, end in reversed(ranges)]


class TiledTree:
    """Complete subtrees of a tree kept as tiles.

    ``fetch(tier, tile)`` gives the hashes at level 8 × tier from index 256 × tile on, as many of the 256 as are
    complete; tier 0 are the leaves. Each tile is fetched once.
    """

    def __init__(self, hash_: Hash, fetch: Callable[[int, int], Sequence[bytes]]) -> None:
        self._hash = hash_
        self._fetch = fetch
        self._tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def subtree(self, level: int, index: int) -> bytes:
        """The root of the complete subtree at (level, index)."""
        tier, above = divmod(level, TILE_LEVELS)
        tile, within = divmod(index << above, TILE)
        if (tier, tile) not in self._tiles:
            self._tiles[tier, tile] = self._fetch(tier, tile)
        row = self._tiles[tier, tile][within : within + (1 << above)]
        if len(row) < 1 << above:
            raise IndexError(f"subtree {level}/{index} is not complete")
        return folded(self._hash, row)
