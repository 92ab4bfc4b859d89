"""Weighted least squares under any constraints: Gauss-Newton steps, a line search, and an active set for the bounds.

Fixed points are the Kuhn-Tucker points of the problem that Cencic (2016) linearises, so STAN and this method must agree
where STAN converges; with full covariance it is VDI 2048.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wufei.flows.reconcile.case import Case
from wufei.flows.reconcile.dense import Projection, Split, project
from wufei.flows.reconcile.errors import FlowCaseTooLarge, FlowCovarianceBad
from wufei.flows.reconcile.expressions import jacobian
from wufei.flows.reconcile.graph import MEASURED, UNMEASURED

LARGEST = 3000
STEPS = 150
CLOSE = 1e-11
HUGE = 1e150


@dataclass(frozen=True)
class Linear:
    """Constraints linearised at a point: residuals and derivatives of all rows, balances first."""

    residual: np.ndarray
    slope: np.ndarray


@dataclass
class Fit:
    """A Kuhn-Tucker point: values, which bounds hold it (-1, 0, 1), objective, worst residual, whether it settled."""

    values: np.ndarray
    active: np.ndarray
    objective: float
    residual: float
    settled: bool


class Problem:
    """A case with its matrices: constant balances, expressions, Cholesky factor of the measurements' covariance."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.count = len(case.ids)
        rows = len(case.nodes) - 1
        if self.count + rows + len(case.constraints) > LARGEST:
            raise FlowCaseTooLarge(count=self.count + rows + len(case.constraints), limit=LARGEST)
        self.balance = _balances(case)
        self.measured = np.flatnonzero(case.status == MEASURED)
        self.unmeasured = np.flatnonzero(case.status == UNMEASURED)
        self.root = _root(case, self.measured)
        self.inverse_root = np.linalg.inv(self.root) if len(self.measured) else self.root
        self._last: tuple[bytes, Linear] | None = None
        self.scale = max(1e-300, float(np.abs(case.value).max(initial=0.0)), 1e-300)
        self.floor = _floors(case)
        self.index = case.index
        self.straight = all(each.affine() is not None for each in case.constraints)

    def linear(self, values: np.ndarray) -> Linear:
        """Every row's residual and derivatives at `values`; the last point asked for is remembered."""
        key = values.tobytes()
        if self._last is None or self._last[0] != key:
            found, slopes = jacobian(self.case.constraints, self.index, values)
            rows = np.vstack([self.balance, slopes])
            self._last = key, Linear(np.concatenate([self.balance @ values, found]), rows)
        return self._last[1]

    def objective(self, values: np.ndarray) -> float:
        """Weighted sum of squared adjustments."""
        white = self.whiten(values)
        return float(white @ white)

    def whiten(self, values: np.ndarray) -> np.ndarray:
        """Adjustments of the measured values in units of their (correlated) deviations."""
        moved = (values - self.case.value)[self.measured]
        return self.inverse_root @ moved

    def sizes(self, values: np.ndarray) -> np.ndarray:
        """A typical size of each variable, to scale columns with: never near zero because a value happens to be."""
        return np.maximum(np.maximum(np.abs(values), np.abs(self.case.value)), self.floor)


def _floors(case: Case) -> np.ndarray:
    """The least size of each variable: a flow is sized like the other flows, a share by its range, others by 0.001."""
    wide = np.where(np.isfinite(case.upper - case.lower), case.upper - case.lower, 0.0)
    floor = np.where(wide > 0, wide, 1e-3)
    known = np.abs(case.value[: case.edges][case.status[: case.edges] != UNMEASURED])
    typical = float(np.median(known[known > 0])) if (known > 0).any() else 1.0
    floor[: case.edges] = 1e-2 * typical
    measured = (case.status == MEASURED) & (np.arange(len(floor)) >= case.edges)
    return np.where(measured, case.sd, floor)


def _balances(case: Case) -> np.ndarray:
    rows = np.zeros((len(case.nodes), len(case.ids)))
    edges = np.arange(case.edges)
    np.add.at(rows, (case.target, edges), 1.0)
    np.add.at(rows, (case.source, edges), -1.0)
    return rows[1:]


def _root(case: Case, measured: np.ndarray) -> np.ndarray:
    covariance = np.diag(case.sd[measured] ** 2)
    place = {int(k): at for at, k in enumerate(measured)}
    for a, b, value in case.covariance:
        covariance[place[a], place[b]] = covariance[place[b], place[a]] = value
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        a, b, value = case.covariance[0]
        raise FlowCovarianceBad(first=case.ids[a], second=case.ids[b], given=value) from None


@dataclass(frozen=True)
class Step:
    """One solved linearisation.

    New values, the pull of the bounds' rows, the projection with its residual `coordinates`, the part of each row's
    residual that nothing removes, the rows' norms, and how the unmeasured follow the whitened adjustments.
    """

    values: np.ndarray
    pull: np.ndarray
    projection: Projection
    coordinates: np.ndarray
    left: np.ndarray
    norm: np.ndarray
    follow: np.ndarray


def step(problem: Problem, values: np.ndarray, active: np.ndarray) -> Step:
    """Solve the problem linearised at `values`, with the variables in `active` held at their bounds."""
    case = problem.case
    slope, residual = _rows(problem, values, active)
    size = problem.sizes(values)
    norm = np.sqrt(((slope * size) ** 2).sum(axis=1))
    norm[norm == 0] = 1.0
    slope, residual = slope / norm[:, None], residual / norm
    measured, unmeasured = problem.measured, problem.unmeasured
    start = case.value[measured]
    right = -residual + slope[:, measured] @ (values[measured] - start)
    white = slope[:, measured] @ problem.root
    scaled = slope[:, unmeasured] * size[unmeasured]
    split = Split(scaled)
    projection = project(slope[:, measured] * size[measured], white, split)
    reduced = projection.keep @ right
    coordinates = projection.lead @ reduced
    adjustment = projection.basis @ coordinates
    moved = values.copy()
    moved[measured] = start + problem.root @ adjustment
    followed = split.least(np.column_stack([right - white @ adjustment, -white]))
    moved[unmeasured] += size[unmeasured] * followed[:, 0]
    multipliers = projection.keep.T @ (projection.lead.T @ coordinates)
    left = projection.keep.T @ (projection.rest.T @ (projection.rest @ reduced))
    pull = multipliers[len(residual) - int(np.count_nonzero(active)) :]
    return Step(moved, pull, projection, coordinates, left, norm, size[unmeasured, None] * followed[:, 1:])


def _rows(problem: Problem, values: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    linear, case = problem.linear(values), problem.case
    held = np.flatnonzero(active)
    bound = np.where(active < 0, case.lower, case.upper)[held]
    rows = np.zeros((len(held), problem.count))
    rows[np.arange(len(held)), held] = 1.0
    return np.vstack([linear.slope, rows]), np.concatenate([linear.residual, values[held] - bound])


def _merit(problem: Problem, values: np.ndarray, penalty: float, norm: np.ndarray) -> float:
    linear = problem.linear(values)
    total = 0.5 * problem.objective(values) + penalty * float(np.abs(linear.residual / norm).sum())
    return total if np.isfinite(total) else np.inf


def descend(problem: Problem, start: np.ndarray, active: np.ndarray) -> Fit:
    """Gauss-Newton from `start` with a backtracking line search on an exact penalty."""
    values = np.where(active == 0, start, np.where(active < 0, problem.case.lower, problem.case.upper))
    settled = False
    for _ in range(3 if problem.straight else STEPS):
        if not _usable(problem, values):
            return Fit(values, active, np.inf, np.inf, settled=False)
        found = step(problem, values, active)
        change = np.abs(found.values - values).max(initial=0.0)
        if problem.straight:
            values, settled = found.values, True
            continue
        values = _search(problem, values, found.values)
        if change <= CLOSE * max(problem.scale, np.abs(values).max(initial=0.0)):
            settled = True
            break
    return Fit(values, active, problem.objective(values), _worst(problem, values), settled)


def _usable(problem: Problem, values: np.ndarray) -> bool:
    """Whether every row has a value and derivatives of a size that can be computed with."""
    linear = problem.linear(values)
    return bool((np.abs(linear.slope) < HUGE).all() and (np.abs(linear.residual) < HUGE).all())


def _search(problem: Problem, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    linear = problem.linear(old)
    norm = np.abs(linear.slope) @ problem.sizes(old)
    norm[norm == 0] = 1.0
    penalty = 10.0 * (1.0 + problem.objective(new))
    before = _merit(problem, old, penalty, norm)
    share = 1.0
    for _ in range(12):
        trial = old + share * (new - old)
        if _merit(problem, trial, penalty, norm) <= before * (1 + 1e-12) + 1e-300:
            return trial
        share /= 2
    return old + share * (new - old)


def _worst(problem: Problem, values: np.ndarray) -> float:
    linear = problem.linear(values)
    size = np.abs(linear.slope) @ np.maximum(np.abs(values), 1e-12 * problem.scale)
    size[size == 0] = max(problem.scale, 1e-300)
    worst = np.abs(linear.residual / size).max(initial=0.0)
    return float(worst) if np.isfinite(worst) else np.inf


def fit(problem: Problem, start: np.ndarray) -> Fit:
    """Descend, then turn the active set of bounds until it holds: all changes at once, later only the worst."""
    case = problem.case
    best = descend(problem, start, np.zeros(problem.count, np.int8))
    for turn in range(60):
        if not np.isfinite(best.residual):
            return best
        turned = _turn(problem, best, one=turn >= 12)
        if np.array_equal(turned, best.active):
            return best
        inside = np.clip(best.values, case.lower, case.upper)
        best = descend(problem, inside, turned)
    best.settled = False
    return best


def _turn(problem: Problem, found: Fit, *, one: bool) -> np.ndarray:
    case, values = problem.case, found.values
    slack = 1e-10 * np.maximum(problem.sizes(values), 1e-300)
    bendable = case.status != 1
    turned = found.active.copy()
    held = np.flatnonzero(found.active)
    if len(held):
        pull = step(problem, values, found.active).pull
        wrong = held[pull * -found.active[held] < -1e-9 * max(1.0, np.abs(pull).max(initial=0.0))]
        if one:
            wrong = wrong[:1]
        turned[wrong] = 0
    below, above = case.lower - values, values - case.upper
    outside = np.where(bendable & (found.active == 0), np.maximum(below, above) / slack, 0.0)
    cross = np.flatnonzero(outside > 1.0)
    if one and len(cross):
        cross = cross[[np.argmax(outside[cross])]]
    turned[cross] = np.where(below[cross] > above[cross], -1, 1)
    return turned
