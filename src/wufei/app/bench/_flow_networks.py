"""City-like networks to measure with: six stages from origins to sinks, loops, true flows that balance."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from wufei.flows.reconcile.graph import MEASURED, UNMEASURED, Network

SHARES = np.array([0.45, 0.25, 0.14, 0.08, 0.05, 0.03])
"""Nodes by stage: origins, collection, transfer, treatment, products, sinks."""


def city(flows: int, seed: int = 1, unmeasured: float = 0.3) -> Network:
    """A network of about `flows` flows, about 2.2 for a node, 5 % of those between stages going back."""
    random = np.random.default_rng(seed)
    nodes = max(12, int(flows / 2.2))
    counts = np.maximum(1, (SHARES * nodes).astype(int))
    counts[0] += nodes - counts.sum()
    source, target = _ends(counts, flows, random)
    value = _truth(source, target, nodes + 1, random)
    sd = 0.05 * value + 1e-6
    measured = value + sd * random.normal(size=len(value))
    status = np.where(random.random(len(value)) < unmeasured, UNMEASURED, MEASURED)
    return Network(nodes + 1, source, target, status, np.maximum(measured, 0.0), sd**2)


def _ends(counts: np.ndarray, flows: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    first = np.concatenate([[0], np.cumsum(counts)]) + 1
    down = [(first[s] + np.arange(counts[s]), s) for s in range(5)]
    source = [np.zeros(counts[0], np.int64), *(own for own, _ in down), first[5] + np.arange(counts[5])]
    target = [first[0] + np.arange(counts[0])]
    target += [first[s + 1] + np.arange(counts[s]) * counts[s + 1] // counts[s] for _, s in down]
    target += [np.zeros(counts[5], np.int64)]
    more = max(0, flows - sum(map(len, source)))
    stage = random.choice(5, more, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    own = (random.random(more) * counts[stage]).astype(np.int64)
    near = np.clip(own * counts[stage + 1] // counts[stage] + random.integers(-1, 2, more), 0, counts[stage + 1] - 1)
    up, below = first[stage] + own, first[stage + 1] + near
    back = random.random(more) < 0.05
    source.append(np.where(back, below, up))
    target.append(np.where(back, up, below))
    return np.concatenate(source), np.concatenate(target)


def _truth(source: np.ndarray, target: np.ndarray, nodes: int, random: np.random.Generator) -> np.ndarray:
    """Flows of a steady state: every node passes on what it receives by fixed random shares."""
    weight = random.uniform(0.2, 1.0, len(source))
    share = weight / np.bincount(source, weight, nodes)[source]
    inflow = source == 0
    given = np.bincount(target[inflow], random.lognormal(3.0, 1.0, int(inflow.sum())), nodes)
    inner = ~inflow & (target > 0)
    passing = sparse.coo_matrix((share[inner], (target[inner], source[inner])), shape=(nodes, nodes))
    throughput = linalg.spsolve((sparse.identity(nodes) - passing).tocsc()[1:, 1:], given[1:])
    throughput = np.concatenate([[0.0], throughput])
    value = share * throughput[source]
    value[inflow] = given[target[inflow]]
    return value
