"""Feasible intervals of what cannot be determined: smallest and largest value by linear programming (HiGHS)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

MOST = 4000
Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Rows:
    """Equations of the undetermined variables: matrix @ y = right, lower <= y <= upper."""

    matrix: sparse.csr_matrix
    right: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def intervals(rows: Rows) -> list[Interval | None]:
    """Interval of every variable (None at an end: unbounded); None where the bounds leave nothing.

    Parts that share no equation are solved apart. After `MOST` variables the rest get None.
    """
    count = rows.matrix.shape[1]
    result: list[Interval | None] = [None] * count
    touching = (abs(rows.matrix).T @ abs(rows.matrix)).tocsr()
    parts, part = sparse.csgraph.connected_components(touching, directed=False)
    order = np.argsort(part, kind="stable")
    for members in np.split(order, np.cumsum(np.bincount(part, minlength=parts))[:-1]):
        if len(members) and members[0] < MOST:
            for k, found in zip(members, _part(rows, members), strict=True):
                result[k] = found
    return result


def _part(rows: Rows, members: np.ndarray) -> Sequence[Interval | None]:
    block = rows.matrix[:, members]
    used = np.flatnonzero(np.diff(block.indptr))
    block, right = block[used].tocsc(), rows.right[used]
    lower, upper = rows.lower[members], rows.upper[members]
    if not len(used):
        return [(_end(a), _end(b)) for a, b in zip(lower, upper, strict=True)]
    known = [np.abs(right).max(initial=0.0), *(np.abs(x[np.isfinite(x)]).max(initial=0.0) for x in (lower, upper))]
    scale = max(known) or 1.0
    solver = _program(block, right / scale, lower / scale, upper / scale)
    return [_range(solver, k, scale, lower[k], upper[k]) for k in range(len(members))]


def _end(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _program(block: sparse.csc_matrix, right: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("log_to_console", False)  # noqa: FBT003
    solver.setOptionValue("output_flag", False)  # noqa: FBT003
    solver.setOptionValue("threads", 1)
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = block.shape
    program.col_cost_ = np.zeros(block.shape[1])
    program.col_lower_, program.col_upper_ = lower, upper
    program.row_lower_ = program.row_upper_ = right
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = block.indptr
    program.a_matrix_.index_ = block.indices
    program.a_matrix_.value_ = block.data
    solver.passModel(program)
    return solver


def _range(solver: highspy.Highs, k: int, scale: float, lower: float, upper: float) -> Interval | None:
    ends: list[float | None] = []
    for sign, bound in ((1.0, lower), (-1.0, upper)):
        solver.changeColCost(k, sign)
        solver.run()
        status = solver.getModelStatus()
        solver.changeColCost(k, 0.0)
        if status == highspy.HighsModelStatus.kOptimal:
            ends.append(float(solver.getSolution().col_value[k] * scale) + 0.0)
        elif status == highspy.HighsModelStatus.kInfeasible:
            return None
        else:
            ends.append(_end(bound))
    return ends[0], ends[1]


def infeasible_rows(rows: Rows) -> np.ndarray:
    """The equations that the bounds break, by least total violation; empty when all can be met."""
    size = rows.matrix.shape[0]
    slack = sparse.hstack([rows.matrix, sparse.identity(size), -sparse.identity(size)]).tocsc()
    scale = max(1.0, float(np.abs(rows.right).max(initial=0.0)))
    lower = np.concatenate([rows.lower / scale, np.zeros(2 * size)])
    upper = np.concatenate([rows.upper / scale, np.full(2 * size, np.inf)])
    solver = _program(slack, rows.right / scale, lower, upper)
    for k in range(rows.matrix.shape[1], slack.shape[1]):
        solver.changeColCost(k, 1.0)
    solver.run()
    values = np.asarray(solver.getSolution().col_value)
    if not len(values):
        return np.zeros(0, np.int64)
    broken = values[rows.matrix.shape[1] :].reshape(2, size).sum(axis=0)
    return np.flatnonzero(broken > 1e-7)
