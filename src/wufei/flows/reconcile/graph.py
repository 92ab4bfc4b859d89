"""The goods layer as a graph: merge what unmeasured flows join, factorise the Laplacian that remains.

Weighted least squares under node balances (Kuehn and Davidson 1961; Narasimhan and Jordache 2000, ch. 3) needs the
matrix A V A' of the measured flows only. Nodes that unmeasured flows join share one multiplier, so they merge
(Kretsovalis and Mah 1987); what remains is a weighted graph Laplacian whose weights are variances.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import qdldl
from scipy import sparse

from wufei.flows.reconcile import kernels

MEASURED, FIXED, UNMEASURED = 0, 1, 2
TIE = 1e-9


@dataclass(frozen=True)
class Network:
    """Flows as edges between nodes; node 0 is the outside, which has no balance.

    `value` is the measured or fixed value, `variance` is that of measured flows.
    """

    nodes: int
    source: np.ndarray
    target: np.ndarray
    status: np.ndarray
    value: np.ndarray
    variance: np.ndarray


@dataclass(frozen=True)
class Merged:
    """The network after merging: `component` of each node, the forest of unmeasured flows, what is observable."""

    component: np.ndarray
    count: int
    order: np.ndarray
    parent: np.ndarray
    parent_edge: np.ndarray
    unobservable: np.ndarray
    redundant: np.ndarray


@dataclass
class Solution:
    """Values that balance, with the multipliers of the merged nodes and the factor that gave them."""

    merged: Merged
    values: np.ndarray
    multipliers: np.ndarray
    objective: float
    rank: int
    contradictions: list[np.ndarray] = field(default_factory=list)
    """Sets of nodes whose fixed flows alone do not balance."""
    position: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    """Row of each merged node in the factor; -1 where it has no equation."""
    factor: Factor | None = None


class Factor:
    """L D L' of the merged Laplacian (its upper triangle) on the nodes that are not grounded."""

    def __init__(self, matrix: sparse.csc_matrix) -> None:
        self.solver = qdldl.Solver(matrix, upper=True)

    def solve(self, right: np.ndarray) -> np.ndarray:
        """The solution of M x = `right`."""
        return self.solver.solve(right)

    @cached_property
    def parts(self) -> tuple[np.ndarray, ...]:
        """(column starts, rows, lower, diagonal, permuted position of each row)."""
        lower, diagonal, permutation = self.solver.factors()
        lower = sparse.csc_matrix(lower)
        lower.sort_indices()
        position = np.empty(len(permutation), np.int64)
        position[permutation] = np.arange(len(permutation))
        index = np.asarray(lower.indptr, np.int64), np.asarray(lower.indices, np.int64)
        return (*index, np.asarray(lower.data), np.asarray(diagonal), position)

    @cached_property
    def inverse(self) -> tuple[np.ndarray, np.ndarray]:
        """Selected inverse in permuted order: its diagonal, and its entries on the pattern of L."""
        starts, rows, lower, diagonal, _ = self.parts
        found: tuple[np.ndarray, np.ndarray] = kernels.run(
            kernels.selected_inverse, len(diagonal), starts, rows, lower, diagonal
        )
        return found

    def entries(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Diagonal of the inverse, and its entries at the pairs (`first`, `second`) of neighbours."""
        starts, rows, _, diagonal, position = self.parts
        own, below = self.inverse
        a, b = position[first], position[second]
        low, high = np.minimum(a, b), np.maximum(a, b)
        keys = np.repeat(np.arange(len(diagonal)), np.diff(starts)) * np.int64(len(diagonal)) + rows
        at = np.searchsorted(keys, low * np.int64(len(diagonal)) + high)
        return own[position], below[at] if len(below) else np.zeros(len(at))


def merge(network: Network) -> Merged:
    """Join the nodes that unmeasured flows join, and say which flows can be known at all."""
    free = np.flatnonzero(network.status == UNMEASURED)
    forest = _forest(network.nodes, network.source[free], network.target[free], free)
    order, parent, parent_edge, component = forest
    unobservable = np.zeros(len(network.status), bool)
    in_tree = np.zeros(len(network.status), bool)
    in_tree[parent_edge[parent_edge >= 0]] = True
    closing = free[~in_tree[free]]
    unobservable[closing] = True
    on_cycle = _below_cycles(network, order, parent, closing) & (parent_edge >= 0)
    unobservable[parent_edge[on_cycle]] = True
    differ = component[network.source] != component[network.target]
    return Merged(
        component=component,
        count=int(component.max()) + 1,
        order=order,
        parent=parent,
        parent_edge=parent_edge,
        unobservable=unobservable,
        redundant=(network.status == MEASURED) & differ,
    )


def _forest(nodes: int, source: np.ndarray, target: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, ...]:
    ends = np.concatenate([source, target])
    others = np.concatenate([target, source])
    sorting = np.argsort(ends, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=nodes))])
    both = np.concatenate([edges, edges])[sorting]
    found: tuple[np.ndarray, ...] = kernels.run(
        kernels.spanning_forest, max(nodes, len(edges)), nodes, starts, others[sorting], both, 0
    )
    return found


def _below_cycles(network: Network, order: np.ndarray, parent: np.ndarray, closing: np.ndarray) -> np.ndarray:
    """Nodes whose edge to the parent lies on a cycle: random marks of the closing flows do not cancel below it."""
    marks = np.zeros(network.nodes, np.uint64)
    labels = np.random.default_rng(20160602).integers(1, 2**63, len(closing), dtype=np.uint64)
    np.bitwise_xor.at(marks, network.source[closing], labels)
    np.bitwise_xor.at(marks, network.target[closing], labels)
    kernels.run(kernels.climb_xor, network.nodes, order, parent, marks)
    return marks != 0


def solve(network: Network, merged: Merged | None = None) -> Solution:
    """Reconcile by weighted least squares; bounds are not looked at here."""
    merged = merged or merge(network)
    known = np.where(network.status == UNMEASURED, 0.0, network.value)
    comp = merged.component
    use = np.flatnonzero(merged.redundant)
    tail, head, variance = comp[network.source[use]], comp[network.target[use]], network.variance[use]
    grounded, contradictions = _grounds(network, merged, tail, head)
    free = ~grounded
    position = np.cumsum(free) - 1
    values = known.copy()
    multipliers = np.zeros(merged.count)
    factor = None
    ends, size = (comp[network.source], comp[network.target]), float(np.abs(known).max(initial=0.0))
    if free.any():
        factor = Factor(_laplacian(free, position, tail, head, variance))
        for _ in range(3):
            rest = _imbalance(merged.count, ends[0], ends[1], values)[free]
            if np.abs(rest).max() <= 1e-13 * size:
                break
            multipliers[free] += factor.solve(rest)
            values[use] = network.value[use] - variance * (multipliers[head] - multipliers[tail])
    _fill_unmeasured(network, merged, values)
    moved = values[use] - network.value[use]
    return Solution(
        merged=merged,
        values=values,
        multipliers=multipliers,
        objective=float(np.sum(moved * moved / variance)),
        rank=int(free.sum()),
        contradictions=contradictions,
        position=np.where(free, position, -1),
        factor=factor,
    )


def merged_laplacian(network: Network, merged: Merged) -> sparse.csc_matrix:
    """The upper triangle of the matrix that `solve` factorises."""
    use = np.flatnonzero(merged.redundant)
    tail, head = merged.component[network.source[use]], merged.component[network.target[use]]
    free = ~_grounds(network, merged, tail, head)[0]
    return _laplacian(free, np.cumsum(free) - 1, tail, head, network.variance[use])


def _imbalance(count: int, source: np.ndarray, target: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.bincount(target, values, count) - np.bincount(source, values, count)


def _laplacian(
    free: np.ndarray, position: np.ndarray, tail: np.ndarray, head: np.ndarray, variance: np.ndarray
) -> sparse.csc_matrix:
    size = int(free.sum())
    both = free[tail] & free[head]
    a, b, weight = position[tail[both]], position[head[both]], variance[both]
    total = np.bincount(tail, variance, len(free)) + np.bincount(head, variance, len(free))
    rows = np.concatenate([np.minimum(a, b), np.arange(size)])
    columns = np.concatenate([np.maximum(a, b), np.arange(size)])
    data = np.concatenate([-weight, total[free]])
    return sparse.csc_matrix((data, (rows, columns)), shape=(size, size))


def _grounds(
    network: Network, merged: Merged, tail: np.ndarray, head: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Merged nodes that need no equation of their own: the outside, and one of each part that does not reach it.

    In such a part the measured flows cancel, so its fixed flows must balance by themselves.
    """
    link = sparse.coo_matrix((np.ones(len(tail)), (tail, head)), shape=(merged.count, merged.count))
    parts, part = sparse.csgraph.connected_components(link, directed=False)
    outside = merged.component[0]
    grounded = np.zeros(merged.count, bool)
    grounded[outside] = True
    first = np.full(parts, merged.count)
    np.minimum.at(first, part, np.arange(merged.count))
    closed = np.ones(parts, bool)
    closed[part[outside]] = False
    grounded[first[closed]] = True
    contradictions = _unbalanced(network, part[merged.component], closed)
    return grounded, contradictions


def _unbalanced(network: Network, part: np.ndarray, closed: np.ndarray) -> list[np.ndarray]:
    fixed = np.flatnonzero(network.status == FIXED)
    across = fixed[part[network.source[fixed]] != part[network.target[fixed]]]
    tail, head, value = part[network.source[across]], part[network.target[across]], network.value[across]
    rest = _imbalance(len(closed), tail, head, value)
    size = _imbalance(len(closed), tail, head, np.abs(value)) + 2 * np.bincount(tail, np.abs(value), len(closed))
    wrong = closed & (np.abs(rest) > TIE * size)
    return [np.flatnonzero(part == each) for each in np.flatnonzero(wrong)]


def _fill_unmeasured(network: Network, merged: Merged, values: np.ndarray) -> None:
    """Unmeasured flows from the leaves of their forest upwards; a flow that closes a cycle counts as zero."""
    needs = _imbalance(network.nodes, network.source, network.target, values)
    kernels.run(kernels.climb_sums, network.nodes, merged.order, merged.parent, needs)
    child = np.flatnonzero(merged.parent >= 0)
    edge = merged.parent_edge[child]
    inward = network.target[edge] == child
    values[edge] = np.where(inward, -needs[child], needs[child])
