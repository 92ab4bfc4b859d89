"""Standard deviations of reconciled values on the graph, from entries of the inverse on the factor's own pattern.

Cov x = V - V A' M^-1 A V with M = A V A' (Cencic 2016, eq. 20; Narasimhan and Jordache 2000, eq. 3-11).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wufei.flows.reconcile import kernels
from wufei.flows.reconcile.graph import MEASURED, UNMEASURED, Network, Solution

MOST_STEPS = 400_000_000


@dataclass(frozen=True)
class Spread:
    """Variance of each flow (nan: not asked or not determinable), of each adjustment, and of the nodes' multipliers."""

    variance: np.ndarray
    adjustment: np.ndarray
    node: np.ndarray


def spread(network: Network, solution: Solution, *, unmeasured: bool = True) -> Spread:
    """Variances of every measured flow and, if asked, of every observable unmeasured one."""
    merged = solution.merged
    variance = np.where(network.status == MEASURED, network.variance, 0.0)
    adjustment = np.zeros(len(variance))
    node = np.full(merged.count, np.nan)
    if solution.factor is not None:
        use = np.flatnonzero(merged.redundant)
        first = solution.position[merged.component[network.source[use]]]
        second = solution.position[merged.component[network.target[use]]]
        conductance, own = _resistance(solution, first, second)
        adjustment[use] = network.variance[use] ** 2 * conductance
        variance[use] = np.maximum(network.variance[use] - adjustment[use], 0.0)
        node[solution.position >= 0] = own
    variance[network.status == UNMEASURED] = np.nan
    if unmeasured:
        _unmeasured(network, solution, variance)
    return Spread(variance, adjustment, node)


def _resistance(solution: Solution, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Z_aa + Z_bb - 2 Z_ab for pairs of neighbours (-1: no equation, counts as zero), and the diagonal of Z."""
    factor = solution.factor
    assert factor is not None  # noqa: S101  (asked for only with a factor)
    both = (first >= 0) & (second >= 0)
    own, shared = factor.entries(first[both], second[both])
    padded = np.append(own, 0.0)
    result = padded[first] + padded[second]
    result[both] -= 2 * shared
    return result, own


def _unmeasured(network: Network, solution: Solution, variance: np.ndarray) -> None:
    """An observable unmeasured flow is the net of the other flows into what lies below it in its tree."""
    merged = solution.merged
    child = np.flatnonzero(merged.parent >= 0)
    child = child[~merged.unobservable[merged.parent_edge[child]]]
    if not len(child):
        return
    size = max(network.nodes, len(network.status))
    number, below = kernels.run(kernels.preorder, size, merged.order, merged.parent)
    half = _half_edges(network, solution, number)
    if solution.factor is None:
        factor = (np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    else:
        starts, rows, lower, diagonal, _ = solution.factor.parts
        factor = (starts, rows, lower, diagonal)
    low = number[child]
    cuts = (low, low + below[child])
    variance[merged.parent_edge[child]] = kernels.run(kernels.cut_variances, size, factor, cuts, half, MOST_STEPS)


def _half_edges(network: Network, solution: Solution, number: np.ndarray) -> tuple[np.ndarray, ...]:
    """Both ends of every measured flow between different nodes, sorted by the preorder number of the end."""
    merged = solution.merged
    use = np.flatnonzero((network.status == MEASURED) & (network.source != network.target))
    ends = np.concatenate([network.source[use], network.target[use]])
    others = np.concatenate([network.target[use], network.source[use]])
    position = solution.position
    if solution.factor is not None:
        permuted = np.append(solution.factor.parts[4], -1)
        position = permuted[position]
    sorting = np.argsort(number[ends], kind="stable")
    begins = np.concatenate([[0], np.cumsum(np.bincount(number[ends], minlength=network.nodes))])
    ends, others = ends[sorting], others[sorting]
    weight = np.concatenate([network.variance[use]] * 2)[sorting]
    # two flows inside one merged node share its position; a node without equation is marked -1 - its component
    own = np.where(position[merged.component[ends]] >= 0, position[merged.component[ends]], -1)
    far = np.where(position[merged.component[others]] >= 0, position[merged.component[others]], -1)
    same = merged.component[ends] == merged.component[others]
    far = np.where(same, own, far)
    return begins, number[others], weight, own, far
