"""Tests for gross errors: what each measurement and each node's balance says, and what is left without it.

Measurement test (Mah and Tamhane 1982), generalised likelihood ratio for biases and leaks (Narasimhan and Mah 1987),
serial elimination in which an error that would put a value outside its bounds is no explanation (Narasimhan and
Jordache 2000, ch. 7-8; Rosenberg, Mah and Iordache 1987).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import stats

from wufei.flows.reconcile.general import Problem, Step
from wufei.flows.reconcile.graph import UNMEASURED, Network, Solution, solve
from wufei.flows.reconcile.spread import Spread, spread

MOST = 20
TINY = 1e-9
NEAR = 12
CLEAR = 3.84
"""How much better in chi-square an explanation must fit to be told from another."""


class Evidence(Protocol):
    """What the tests read. `bias_z` and `leak_z` are signed statistics, nan where there is no test."""

    objective: float
    dof: int
    bias_z: np.ndarray
    leak_z: np.ndarray
    bias: np.ndarray
    leak: np.ndarray

    def without(self, kind: str, k: int) -> Evidence:
        """The evidence when meter `k` is not read (bias), or when node `k` may lose mass (leak)."""
        ...


class GraphEvidence:
    """Evidence on the graph; taking something away merges nodes and factorises again."""

    def __init__(self, network: Network, solution: Solution | None = None, known: Spread | None = None) -> None:
        self.network = network
        solution = solution or solve(network)
        found = known or spread(network, solution, unmeasured=False)
        merged = solution.merged
        self.objective, self.dof = solution.objective, solution.rank
        used = found.adjustment > TINY**2 * np.maximum(network.variance, 1e-300)
        used &= merged.redundant
        adjustment = np.where(used, network.value - solution.values, np.nan)
        power = np.where(used, found.adjustment, 1.0)
        self.bias_z = adjustment / np.sqrt(power)
        self.bias = adjustment * network.variance / power
        own = np.where(found.node > 0, found.node, np.nan)
        node_z = solution.multipliers / np.sqrt(own)
        node_size = solution.multipliers / own
        alone = np.bincount(merged.component, minlength=merged.count) == 1
        self.leak_z = np.where(alone, node_z, np.nan)[merged.component]
        self.leak = np.where(alone, node_size, np.nan)[merged.component]

    def without(self, kind: str, k: int) -> GraphEvidence:
        """As in `Evidence`."""
        network = self.network
        if kind == "bias":
            status = network.status.copy()
            status[k] = UNMEASURED
            return GraphEvidence(replace(network, status=status))
        one = np.array([0.0])
        return GraphEvidence(
            replace(
                network,
                source=np.append(network.source, k),
                target=np.append(network.target, 0),
                status=np.append(network.status, UNMEASURED),
                value=np.append(network.value, one),
                variance=np.append(network.variance, one),
            )
        )


@dataclass
class DenseEvidence:
    """Evidence of a linearised problem in coordinates where its residuals are independent standard normal."""

    residual: np.ndarray
    biases: np.ndarray
    leaks: np.ndarray
    measured: np.ndarray
    count: int

    @staticmethod
    def of(found: Step, problem: Problem) -> DenseEvidence:
        """From a linearised step of a problem."""
        nodes = len(problem.case.nodes) - 1
        projection, inverse = found.projection, problem.inverse_root
        leaks = -(projection.lead @ projection.keep[:, :nodes]) / found.norm[:nodes]
        return DenseEvidence(found.coordinates, -(projection.basis.T @ inverse), leaks, problem.measured, problem.count)

    @property
    def objective(self) -> float:
        """Sum of squares of the residuals."""
        return float(self.residual @ self.residual)

    @property
    def dof(self) -> int:
        """How many independent equations the measurements must meet."""
        return len(self.residual)

    def _tests(self, directions: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        length = np.sqrt((directions**2).sum(axis=0))
        seen = length * scale > TINY
        length = np.where(seen, length, 1.0)
        z = np.where(seen, self.residual @ directions / length, np.nan)
        return z, z / length

    def _bias_tests(self) -> tuple[np.ndarray, np.ndarray]:
        scale = 1.0 / np.maximum(np.sqrt((self.biases**2).sum(axis=0)).max(initial=0.0), 1e-300)
        z, size = self._tests(self.biases, np.full(self.biases.shape[1], scale))
        both = np.full((2, self.count), np.nan)
        both[0, self.measured], both[1, self.measured] = z, size
        return both[0], both[1]

    @property
    def bias_z(self) -> np.ndarray:
        """Signed statistic of each measurement."""
        return self._bias_tests()[0]

    @property
    def bias(self) -> np.ndarray:
        """The bias of each measurement that would explain the residuals best."""
        return self._bias_tests()[1]

    def _leak_tests(self) -> tuple[np.ndarray, np.ndarray]:
        scale = 1.0 / np.maximum(np.sqrt((self.leaks**2).sum(axis=0)).max(initial=0.0), 1e-300)
        z, size = self._tests(self.leaks, np.full(self.leaks.shape[1], scale))
        return np.concatenate([[np.nan], z]), np.concatenate([[np.nan], size])

    @property
    def leak_z(self) -> np.ndarray:
        """Signed statistic of each node's balance; node 0 is the outside."""
        return self._leak_tests()[0]

    @property
    def leak(self) -> np.ndarray:
        """The loss at each node that would explain the residuals best."""
        return self._leak_tests()[1]

    def without(self, kind: str, k: int) -> DenseEvidence:
        """As in `Evidence`: the coordinates orthogonal to what the error would do."""
        at = int(np.flatnonzero(self.measured == k)[0]) if kind == "bias" else k - 1
        direction = (self.biases if kind == "bias" else self.leaks)[:, [at]]
        rest = np.linalg.qr(direction, mode="complete")[0][:, 1:].T
        return DenseEvidence(rest @ self.residual, rest @ self.biases, rest @ self.leaks, self.measured, self.count)


@dataclass(frozen=True)
class Suspect:
    """An error that the data point to: a biased meter or a node that loses mass.

    `alternatives` (kind, place, z) are explanations that cannot be told from it.
    """

    kind: str
    place: int
    z: float
    size: float
    alternatives: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True)
class Verdict:
    """Global test and suspects; `left` is the p-value after the suspects are taken out."""

    p_value: float | None
    suspects: list[Suspect]
    left: float | None


def global_p(evidence: Evidence) -> float | None:
    """Probability of residuals at least this large; None without redundancy."""
    return float(stats.chi2.sf(evidence.objective, evidence.dof)) if evidence.dof else None


def judge(evidence: Evidence, value: np.ndarray, lower: np.ndarray, upper: np.ndarray, alpha: float) -> Verdict:
    """Find gross errors one after the other, the strongest that is plausible first."""
    p_value = left = global_p(evidence)
    suspects: list[Suspect] = []
    while left is not None and len(suspects) < MOST:
        found = _strongest(evidence, value, lower, upper, _critical(evidence, left, alpha))
        if found is None:
            break
        suspects.append(found)
        evidence = evidence.without(found.kind, found.place)
        left = global_p(evidence)
    return Verdict(p_value, suspects, left)


def critical_value(alpha: float, tests: int = 1) -> float:
    """Two-sided critical value of a standard normal statistic, by Sidak's rule for several tests."""
    single = 1 - (1 - alpha) ** (1 / max(tests, 1))
    return float(stats.norm.isf(single / 2))


def _critical(evidence: Evidence, p_value: float, alpha: float) -> float:
    tests = int(np.isfinite(evidence.bias_z).sum() + np.isfinite(evidence.leak_z).sum())
    return critical_value(alpha) if p_value < alpha else critical_value(alpha, tests)


def _strongest(
    evidence: Evidence, value: np.ndarray, lower: np.ndarray, upper: np.ndarray, critical: float
) -> Suspect | None:
    """The best explanation: a leak only where it explains clearly more than any biased meter."""
    found = _plausible(evidence, value, lower, upper, critical)
    if not found:
        return None
    biases = [each for each in found if each.kind == "bias"]
    best = found[0]
    if biases and best.z**2 - biases[0].z ** 2 <= CLEAR:
        best = biases[0]
    near = tuple((e.kind, e.place, e.z) for e in found if e is not best and best.z**2 - e.z**2 <= CLEAR)
    return replace(best, alternatives=near[:NEAR])


def _plausible(
    evidence: Evidence, value: np.ndarray, lower: np.ndarray, upper: np.ndarray, critical: float
) -> list[Suspect]:
    """Every error beyond the critical value that leaves its flow within bounds, strongest first."""
    found = []
    for kind, statistics, sizes in (("bias", evidence.bias_z, evidence.bias), ("leak", evidence.leak_z, evidence.leak)):
        for k in np.flatnonzero(np.abs(statistics) > critical).tolist():
            size = float(sizes[k])
            if kind == "leak" or not _outside(value[k] - size, lower[k], upper[k], abs(value[k])):
                found.append(Suspect(kind, k, float(statistics[k]), size, ()))
    return sorted(found, key=lambda each: (-round(abs(each.z), 6), each.kind, each.place))


def _outside(value: float, lower: float, upper: float, scale: float) -> bool:
    return value < lower - 1e-6 * scale or value > upper + 1e-6 * scale
