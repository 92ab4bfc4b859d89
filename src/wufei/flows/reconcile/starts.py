"""Several starts for problems that are not convex, and the minima they lead to."""

from __future__ import annotations

import numpy as np

from wufei.flows.reconcile.general import Fit, Problem, fit
from wufei.flows.reconcile.graph import UNMEASURED

STARTS = 8
SEED = 20160602
FEASIBLE = 1e-8


def first_start(problem: Problem) -> np.ndarray:
    """Measured means; an unmeasured value begins inside its bounds, at a size like the measured ones."""
    case = problem.case
    values = case.value.copy()
    typical = (
        float(np.median(np.abs(case.value[: case.edges][case.status[: case.edges] != UNMEASURED])))
        if ((case.status[: case.edges] != UNMEASURED).any())
        else 1.0
    )
    for k in np.flatnonzero(case.status == UNMEASURED):
        low, high = case.lower[k], case.upper[k]
        if np.isfinite(low) and np.isfinite(high):
            values[k] = (low + high) / 2
        else:
            values[k] = np.clip((typical or 1.0) if k < case.edges else 1.0, low, high)
    return values


def minima(problem: Problem, starts: int | None = None) -> list[Fit]:
    """The distinct Kuhn-Tucker points that deterministic starts lead to, best first; linear cases take one start."""
    case = problem.case
    found = [fit(problem, first_start(problem))]
    if problem.straight:
        return found
    random = np.random.default_rng(SEED)
    free = case.status == UNMEASURED
    moving = np.flatnonzero(case.status != 1)
    for _ in range(starts if starts is not None else STARTS if problem.count <= 200 else 3):
        start = first_start(problem)
        factor = np.exp(random.normal(0.0, 1.0, problem.count))
        low = np.where(np.isfinite(case.lower), case.lower, -np.inf)
        wide = np.isfinite(case.lower) & np.isfinite(case.upper)
        inside = case.lower + random.random(problem.count) * np.where(wide, case.upper - case.lower, 0.0)
        start[moving] = np.where(wide & free, inside, np.clip(start * np.where(free, factor, 1.0), low, case.upper))[
            moving
        ]
        start += np.where(case.status == 0, random.normal(0.0, 3.0, problem.count) * case.sd, 0.0)
        found.append(fit(problem, np.clip(start, case.lower, case.upper)))
    return _distinct(problem, found)


def _distinct(problem: Problem, found: list[Fit]) -> list[Fit]:
    good = [each for each in found if each.residual < FEASIBLE and each.settled]
    if not good:
        return sorted(found, key=lambda each: each.residual)[:1]
    kept: list[Fit] = []
    for each in sorted(good, key=lambda each: each.objective):
        if not any(_same(problem, each, other) for other in kept):
            kept.append(each)
    return kept


def _same(problem: Problem, first: Fit, second: Fit) -> bool:
    """Two points are the same when their measured values are: the rest may be free to move."""
    measured = problem.measured
    near = np.abs(first.values - second.values)[measured] <= 1e-4 * problem.case.sd[measured]
    objective = abs(first.objective - second.objective) <= 1e-6 * (1e-9 + max(first.objective, second.objective))
    return bool(near.all()) or (
        objective and bool((np.abs(first.values - second.values)[measured] <= 1e-2 * problem.case.sd[measured]).all())
    )
