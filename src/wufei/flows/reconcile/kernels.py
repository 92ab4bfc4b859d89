"""Loops over graphs and sparse factors, compiled by numba when a network is large enough to be worth it.

Each kernel is a plain Python function as well: a small network runs it uncompiled, so that nobody waits for a compiler
because of ten flows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

Arrays = tuple[np.ndarray, ...]
COMPILE_FROM = 400
"""Flows or nodes from which the compiled kernel is used."""


@cache
def _compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    import numba  # noqa: PLC0415  (a third of a second, and only large networks need it)

    try:
        return numba.njit(cache=True)(kernel)
    except RuntimeError:  # no folder to keep compiled code in
        return numba.njit(kernel)


def run(kernel: Callable[..., Any], size: int, *arguments: Any) -> Any:
    """Call `kernel`, compiled when `size` makes it worth it."""
    return (_compiled(kernel) if size >= COMPILE_FROM else kernel)(*arguments)


def spanning_forest(
    count: int, starts: np.ndarray, neighbours: np.ndarray, edges: np.ndarray, root: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Breadth-first forest of an undirected graph in CSR form, beginning with `root`.

    Returns order of visit, parent (-1 at roots), edge to the parent (-1 at roots) and component of each node.
    """
    order = np.empty(count, np.int64)
    parent = np.full(count, -1, np.int64)
    parent_edge = np.full(count, -1, np.int64)
    component = np.full(count, -1, np.int64)
    filled = 0
    parts = 0
    for k in range(count):
        first = root if k == 0 else (k - 1 if k <= root else k)
        if component[first] >= 0:
            continue
        component[first] = parts
        order[filled] = first
        head = filled
        filled += 1
        while head < filled:
            node = order[head]
            head += 1
            for at in range(starts[node], starts[node + 1]):
                other = neighbours[at]
                if component[other] < 0:
                    component[other] = parts
                    parent[other] = node
                    parent_edge[other] = edges[at]
                    order[filled] = other
                    filled += 1
        parts += 1
    return order, parent, parent_edge, component


def climb_sums(order: np.ndarray, parent: np.ndarray, values: np.ndarray) -> None:
    """Add to each node the values of all below it in the forest, in place."""
    for k in range(order.shape[0] - 1, -1, -1):
        node = order[k]
        if parent[node] >= 0:
            values[parent[node]] += values[node]


def climb_xor(order: np.ndarray, parent: np.ndarray, marks: np.ndarray) -> None:
    """Combine the marks of all below each node by exclusive or, in place."""
    for k in range(order.shape[0] - 1, -1, -1):
        node = order[k]
        if parent[node] >= 0:
            marks[parent[node]] ^= marks[node]


def selected_inverse(
    starts: np.ndarray, rows: np.ndarray, lower: np.ndarray, diagonal: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Entries of (L D L')^-1 on the pattern of L and on the diagonal (Takahashi, Fagan and Chen 1973).

    `starts, rows, lower` is L in CSC without its unit diagonal, rows sorted. Returns (diagonal, entries as in `lower`).
    """
    count = diagonal.shape[0]
    inverse_diagonal = np.empty(count)
    inverse = np.empty(lower.shape[0])
    place = np.full(count, -1, np.int64)
    for j in range(count - 1, -1, -1):
        begin, end = starts[j], starts[j + 1]
        for at in range(begin, end):
            place[rows[at]] = at
            inverse[at] = 0.0
        for at in range(begin, end):
            k = rows[at]
            factor = lower[at]
            inverse[at] -= factor * inverse_diagonal[k]
            for below in range(starts[k], starts[k + 1]):
                there = place[rows[below]]
                if there >= 0:
                    inverse[there] -= factor * inverse[below]
                    inverse[at] -= lower[there] * inverse[below]
        own = 1.0 / diagonal[j]
        for at in range(begin, end):
            own -= lower[at] * inverse[at]
            place[rows[at]] = -1
        inverse_diagonal[j] = own
    return inverse_diagonal, inverse


def preorder(order: np.ndarray, parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the nodes of a forest such that whatever is below a node follows it, and how many that are."""
    count = order.shape[0]
    size = np.ones(count, np.int64)
    for k in range(count - 1, -1, -1):
        if parent[order[k]] >= 0:
            size[parent[order[k]]] += size[order[k]]
    number = np.zeros(count, np.int64)
    taken = np.zeros(count, np.int64)
    filled = 0
    for k in range(count):
        node = order[k]
        above = parent[node]
        if above < 0:
            number[node] = filled
            filled += size[node]
        else:
            number[node] = number[above] + 1 + taken[above]
            taken[above] += size[node]
    return number, size


def cut_variances(factor: Arrays, cuts: Arrays, half: Arrays, most: int) -> np.ndarray:  # noqa: C901 (compiled)
    """Variance of the net reconciled flow into parts of a merged node; nan once `most` steps were spent.

    `factor` is L D L' (starts, rows, lower, diagonal); `cuts` are ranges of preorder numbers; `half` has, for every
    number, where its half-edges begin, and of each the other end's number, its variance, and the rows of its own and
    the other merged node (-1: no equation).
    """
    starts, rows, lower, diagonal = factor
    begins, others, variance, own, far = half
    count = diagonal.shape[0]
    result = np.empty(cuts[0].shape[0])
    work = np.zeros(count)
    waiting = np.zeros(count, np.bool_)
    spent = 0
    for k in range(result.shape[0]):
        low, high = cuts[0][k], cuts[1][k]
        spent += begins[high] - begins[low] + 1
        if spent > most:
            result[k] = np.nan
            continue
        first, last, total = count, -1, 0.0
        for at in range(begins[low], begins[high]):
            if low <= others[at] < high:
                continue
            total += variance[at]
            if own[at] == far[at]:
                continue
            for place, weight in ((own[at], variance[at]), (far[at], -variance[at])):
                if place >= 0:
                    work[place] += weight
                    waiting[place] = True
                    first = min(first, place)
                    last = max(last, place)
        j = first
        while j <= last:
            if waiting[j]:
                value = work[j]
                total -= value * value / diagonal[j]
                spent += starts[j + 1] - starts[j]
                for at in range(starts[j], starts[j + 1]):
                    work[rows[at]] -= lower[at] * value
                    waiting[rows[at]] = True
                    last = max(last, rows[at])
                work[j] = 0.0
                waiting[j] = False
            j += 1
        result[k] = max(total, 0.0)
    return result
