"""Bounds on the graph: fix what crosses a bound, release what pulls back, and let a quadratic program settle cycles.

The primal-dual active set method (Hintermueller, Ito and Kunisch 2002) needs a few factorisations of the merged graph;
when it does not settle, Clarabel solves the quadratic program and the graph polishes its active set to full precision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import clarabel
import numpy as np
from scipy import sparse

from wufei.flows.reconcile.graph import FIXED, MEASURED, Network, Solution, solve

ROUNDS = 15
AGAIN = 4


@dataclass(frozen=True)
class Bounded:
    """A solution within bounds; `active` is -1 at a lower bound, 1 at an upper one, 0 between."""

    solution: Solution
    active: np.ndarray
    feasible: bool = True


def within(network: Network, lower: np.ndarray, upper: np.ndarray, free: Solution) -> Bounded:
    """Reconcile within bounds, beginning with the solution without them."""
    scale = max(1e-300, float(np.abs(free.values).max(initial=0.0)))
    nothing = np.zeros(len(network.status), np.int8)
    settled = _settle(network, lower, upper, nothing, free, scale, ROUNDS)
    bounded = settled or _by_program(network, lower, upper, scale)
    measured = network.status == MEASURED
    moved = (bounded.solution.values - network.value)[measured]
    bounded.solution.objective = float(np.sum(moved**2 / network.variance[measured]))
    return bounded


def _settle(
    network: Network,
    lower: np.ndarray,
    upper: np.ndarray,
    active: np.ndarray,
    solution: Solution,
    scale: float,
    rounds: int,
) -> Bounded | None:
    """Turn the active set until nothing changes; None when it does not settle."""
    for _ in range(rounds):
        turned = _next(network, solution, active, lower, upper, 1e-10 * scale)
        if np.array_equal(turned, active):
            return Bounded(solution, active)
        active = turned
        solution = solve(_held(network, active, lower, upper))
        if solution.contradictions:
            return None
    return None


def _held(network: Network, active: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> Network:
    held = active != 0
    bound = np.where(active < 0, lower, upper)
    return replace(network, status=np.where(held, FIXED, network.status), value=np.where(held, bound, network.value))


def _next(
    network: Network, solution: Solution, active: np.ndarray, lower: np.ndarray, upper: np.ndarray, slack: float
) -> np.ndarray:
    """Hold what is outside its bounds, release what its multiplier pulls inside."""
    bendable = network.status != FIXED
    height = solution.multipliers[solution.merged.component]
    pull = height[network.target] - height[network.source]
    measured = network.status == MEASURED
    variance = np.where(measured, network.variance, 1.0)
    pull = pull + np.where(measured, (solution.values - network.value) / variance, 0.0)
    loose = 1e-9 * float(np.abs(height).max(initial=0.0))
    keep = ((active < 0) & (pull >= -loose)) | ((active > 0) & (pull <= loose))
    turned = np.where(keep, active, 0).astype(np.int8)
    turned[bendable & (active == 0) & (solution.values < lower - slack)] = -1
    turned[bendable & (active == 0) & (solution.values > upper + slack)] = 1
    return turned


def _by_program(network: Network, lower: np.ndarray, upper: np.ndarray, scale: float) -> Bounded:
    found = _clarabel(network, lower, upper, scale)
    if found is None:
        return Bounded(solve(network), np.zeros(len(network.status), np.int8), feasible=False)
    values, pull = found
    bendable = network.status != FIXED
    near = 1e-6 * scale
    active = np.zeros(len(values), np.int8)
    active[bendable & (values < lower + near) & (pull > 1e-7)] = -1
    active[bendable & (values > upper - near) & (pull < -1e-7)] = 1
    polished = solve(_held(network, active, lower, upper))
    settled = None if polished.contradictions else _settle(network, lower, upper, active, polished, scale, AGAIN)
    return settled or Bounded(_balanced(network, values, active, lower, upper, scale), active)


def _balanced(
    network: Network, values: np.ndarray, active: np.ndarray, lower: np.ndarray, upper: np.ndarray, scale: float
) -> Solution:
    """The program's values, moved by their last digits so that every balance closes."""
    held = _held(network, active, lower, upper)
    status = np.where(held.status == FIXED, FIXED, MEASURED)
    nearly = replace(
        held, status=status, value=np.where(status == FIXED, held.value, values), variance=(values + 1e-6 * scale) ** 2
    )
    solution = solve(nearly)
    solution.contradictions.clear()
    return solution


def _clarabel(
    network: Network, lower: np.ndarray, upper: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """Values and the pull of the bounds on them (positive at a lower bound), or None when nothing fits the bounds."""
    count = len(network.status)
    measured = network.status == MEASURED
    curve = np.where(measured, scale**2 / np.where(measured, network.variance, 1.0), 1e-9)
    top = max(1.0, float(np.median(curve[measured])) if measured.any() else 1.0)
    linear = np.where(measured, -curve * network.value / scale, 0.0) / top
    flows = np.arange(count)
    data = np.concatenate([np.ones(count), -np.ones(count)])
    where = (np.concatenate([network.target, network.source]), np.concatenate([flows, flows]))
    balance = sparse.csc_matrix((data, where), shape=(network.nodes, count))[1:]
    exact = np.flatnonzero(network.status == FIXED)
    below = np.flatnonzero(np.isfinite(lower) & (network.status != FIXED))
    above = np.flatnonzero(np.isfinite(upper) & (network.status != FIXED))
    one = sparse.identity(count, format="csr")
    rows = sparse.vstack([balance, one[exact], -one[below], one[above]]).tocsc()
    right = np.concatenate(
        [np.zeros(balance.shape[0]), network.value[exact] / scale, -lower[below] / scale, upper[above] / scale]
    )
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    cones = [
        clarabel.ZeroConeT(balance.shape[0] + len(exact)),
        clarabel.NonnegativeConeT(len(below) + len(above)),
    ]
    found = clarabel.DefaultSolver(
        sparse.diags(curve / top, format="csc"), linear, rows, right, cones, settings
    ).solve()
    if "Infeasible" in str(found.status):
        return None
    pull = np.zeros(count)
    dual = np.asarray(found.z)[balance.shape[0] + len(exact) :]
    pull[below] += dual[: len(below)]
    pull[above] -= dual[len(below) :]
    return np.asarray(found.x) * scale, pull
