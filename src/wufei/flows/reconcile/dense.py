"""Linear algebra of one linearised step: eliminate the unmeasured, project onto the rest (Crowe 1983; Swartz 1989).

Written with orthogonal factorisations, so that dependent equations and unobservable variables need no special case.
Ranks are judged in the variables' own sizes, not in their deviations, so that a very exact meter loses no equation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

RANK = 1e-9
SMALL = 120


@dataclass(frozen=True)
class Projection:
    """The linearised constraints after elimination of the unmeasured variables.

    `keep` (r × rows) are orthonormal combinations of rows without unmeasured variables; `basis` (n × k) spans what the
    whitened adjustments can be; `lead` maps reduced residuals to coordinates in it, `rest` are the combinations that no
    adjustment touches; `free` (m × f) are the directions of unmeasured variables that no equation sees; `touched`
    says which measured values an equation touches.
    """

    keep: np.ndarray
    basis: np.ndarray
    lead: np.ndarray
    rest: np.ndarray
    free: np.ndarray
    touched: np.ndarray


def project(sized: np.ndarray, white: np.ndarray, unmeasured: Split) -> Projection:
    """Project along `unmeasured`; `sized` and `white` (rows × n) are scaled by sizes and by deviations."""
    keep = unmeasured.left
    seen = keep @ sized
    touched = (np.abs(seen) > 1e-8).any(axis=0) if len(keep) else np.zeros(sized.shape[1], bool)
    split = Split(seen)
    lead = split.range
    if not len(lead):
        return Projection(keep, np.zeros((white.shape[1], 0)), lead, split.left, unmeasured.right, touched)
    basis, triangle = np.linalg.qr((lead @ keep @ white).T)
    return Projection(keep, basis, np.linalg.solve(triangle.T, lead), split.left, unmeasured.right, touched)


class Split:
    """Range and null spaces of a matrix: `range` and `left` are rows, `right` columns, all orthonormal."""

    def __init__(self, matrix: np.ndarray) -> None:
        self.matrix = matrix
        rows, columns = matrix.shape
        self._svd = None
        if min(rows, columns) == 0:
            self.range, self.left, self.right = np.zeros((0, rows)), np.eye(rows), np.eye(columns)
        elif max(rows, columns) <= SMALL:
            factor, size, across = self._svd = np.linalg.svd(matrix, full_matrices=True)
            rank = int(np.sum(size > RANK * size[0])) if size[0] > 0 else 0
            self.range, self.left, self.right = factor[:, :rank].T, factor[:, rank:].T, across[rank:].T
        else:
            self.range, self.left = _ranges(matrix)
            self.right = _ranges(matrix.T)[1].T

    def least(self, right: np.ndarray) -> np.ndarray:
        """Least-squares solution of smallest norm of matrix @ y = `right`."""
        if min(self.matrix.shape) == 0:
            return np.zeros((self.matrix.shape[1], *right.shape[1:]))
        if self._svd is None:
            return np.linalg.lstsq(self.matrix, right, rcond=RANK)[0]
        factor, size, across = self._svd
        rank = len(self.range)
        return across[:rank].T @ ((factor[:, :rank].T @ right) / size[:rank, None])


def _ranges(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    factor, upper, _ = linalg.qr(matrix, pivoting=True, check_finite=False)
    size = np.abs(np.diag(upper))
    rank = int(np.sum(size > RANK * size[0])) if size[0] > 0 else 0
    return factor[:, :rank].T, factor[:, rank:].T
