"""Networks for tests: small random ones with a truth that balances."""

from typing import Any

import numpy as np


def random_case(seed: int, *, nodes: int = 8, extra: int = 8, unmeasured: float = 0.3, noise: float = 1.0) -> Any:
    """A connected network with loops, true flows that balance, and measurements of them with 5 % deviations."""
    random = np.random.default_rng(seed)
    ends = [(k, k + 1) for k in range(nodes + 1)]
    ends += [tuple(random.choice(np.arange(1, nodes + 1), 2, replace=False)) for _ in range(extra)]
    ends += [(0, int(random.integers(1, nodes + 1))), (int(random.integers(1, nodes + 1)), 0)]
    ends = [(int(a) % (nodes + 1), int(b) % (nodes + 1)) for a, b in ends]
    truth = _circulation(ends, nodes, random)
    flows = []
    for k, ((a, b), value) in enumerate(zip(ends, truth, strict=True)):
        flow: dict[str, Any] = {"id": f"f{k:02}", "from": f"n{a}", "to": f"n{b}", "status": "unmeasured"}
        if random.random() > unmeasured:
            sd = float(0.05 * value + 0.1)
            measured = float(value + noise * sd * random.normal())
            flow |= {"status": "measured", "measured": measured, "sd": sd}
        flows.append(flow)
    names = [{"id": f"n{k}", "balance": k > 0} for k in range(nodes + 1)]
    return {"unit": "t", "nodes": names, "flows": flows}, dict(zip([f["id"] for f in flows], truth, strict=True))


def _circulation(ends: list[tuple[int, int]], nodes: int, random: np.random.Generator) -> np.ndarray:
    """Positive flows that balance everywhere: sums of weighted cycles, each closed along the chain."""
    values = np.full(len(ends), 10.0)
    for k, (a, b) in enumerate(ends):
        weight = float(random.uniform(1, 30))
        values[k] += weight if k > nodes else 0.0
        at = b
        while k > nodes and at != a:
            values[at % (nodes + 1)] += weight
            at = (at + 1) % (nodes + 1)
    chain = np.zeros(nodes + 1)
    for a, b in ends[nodes + 1 :]:
        at = b
        while at != a:
            chain[at] += 10.0
            at = (at + 1) % (nodes + 1)
    values[: nodes + 1] += chain
    return values
