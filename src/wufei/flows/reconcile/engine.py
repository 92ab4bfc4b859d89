"""Reconcile a case: on the graph when only node balances bind, by dense algebra when anything else does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse

from wufei.flows.reconcile import intervals as lp
from wufei.flows.reconcile.bounded import within
from wufei.flows.reconcile.case import Case, read
from wufei.flows.reconcile.evidence import DenseEvidence, GraphEvidence, Verdict, critical_value, judge
from wufei.flows.reconcile.general import Fit, Problem, step
from wufei.flows.reconcile.graph import FIXED, MEASURED, UNMEASURED, Network, Solution, solve
from wufei.flows.reconcile.result import Result, as_data, contradiction
from wufei.flows.reconcile.spread import spread
from wufei.flows.reconcile.starts import FEASIBLE, minima

NAMED = 12
LOPSIDED = 1e-6
SMALL = 800


def reconcile(given: Mapping[str, Any], starts: int | None = None) -> dict[str, Any]:
    """The answer to a case, both as in docs/formats/flows.md. Raises the named errors of `errors` on bad input.

    `starts` is how many further starts to try where a case is not convex; None decides by its size.
    """
    return as_data(solve_case(read(given), starts))


def solve_case(case: Case, starts: int | None = None) -> Result:
    """Reconcile a checked case; deterministic, and the same for any order of its input."""
    wrong = np.flatnonzero((case.status == FIXED) & ((case.value < case.lower) | (case.value > case.upper)))
    if len(wrong):
        return contradiction(
            case,
            [case.ids[k] for k in wrong],
            [
                f"确定值超出上下限 · exact value outside its bounds: {case.ids[k]} = {case.value[k]:g}"
                for k in wrong[:NAMED]
            ],
        )
    if case.constraints or case.covariance or _lopsided(case):
        return _on_general(case, starts)
    return _on_graph(case)


def _lopsided(case: Case) -> bool:
    """Whether some deviations are so small beside others that the graph's sums would lose them.

    A case small enough goes the dense way then; in a large one they are raised to what can be told apart.
    """
    sd = case.sd[: case.edges][case.status[: case.edges] == MEASURED]
    floor = LOPSIDED * sd.max(initial=0.0)
    if not (sd < floor).any():
        return False
    if len(case.ids) + len(case.nodes) <= SMALL:
        return True
    tiny = np.flatnonzero((case.status == MEASURED) & (case.sd < floor))
    case.sd[tiny] = floor
    case.messages.append(
        f"标准差过小，改按 {floor:.3g} · very small deviations raised: {', '.join(case.ids[k] for k in tiny[:NAMED])}"
    )
    return False


def network_of(case: Case) -> Network:
    """The edges of a case as a network."""
    edges = slice(0, case.edges)
    return Network(
        nodes=len(case.nodes),
        source=case.source,
        target=case.target,
        status=case.status[edges],
        value=case.value[edges],
        variance=case.sd[edges] ** 2,
    )


def _on_graph(case: Case) -> Result:
    network = network_of(case)
    free = solve(network)
    classes = _padded(case, free.merged.redundant), _padded(case, free.merged.unobservable, alone=True)
    if free.contradictions:
        return contradiction(case, *_fixed_parts(case, network, free), classes)
    lower, upper = case.lower[: case.edges], case.upper[: case.edges]
    bounded = within(network, lower, upper, free)
    if not bounded.feasible:
        broken = lp.infeasible_rows(_rows(case, np.flatnonzero(case.status != FIXED), case.value))
        return contradiction(case, *_broken_bounds(case, broken), classes)
    found = spread(network, free)
    evidence = GraphEvidence(network, free, found)
    values = np.concatenate([bounded.solution.values, case.value[case.edges :]])
    variable = np.where(case.status == MEASURED, case.sd**2, np.nan)[case.edges :]
    nothing = np.full(len(case.ids) - case.edges, np.nan)
    result = Result(
        case=case,
        values=values,
        variance=np.concatenate([found.variance, variable]),
        redundant=classes[0],
        unobservable=classes[1],
        z=np.concatenate([evidence.bias_z, nothing]),
        detectable=np.concatenate([_detectable(network.variance, found.adjustment, case.alpha), nothing]),
        objective=bounded.solution.objective,
        dof=free.rank,
        verdict=judge(evidence, network.value, lower, upper, case.alpha),
    )
    return _finish(result, np.concatenate([bounded.active, np.zeros(len(nothing), np.int8)]))


def _padded(case: Case, edges: np.ndarray, *, alone: bool = False) -> np.ndarray:
    """A flag of the edges, extended to the variables, which no constraint touches here."""
    rest = (case.status[case.edges :] == UNMEASURED) if alone else np.zeros(len(case.ids) - case.edges, bool)
    return np.concatenate([edges, rest])


def _detectable(variance: np.ndarray, adjustment: np.ndarray, alpha: float) -> np.ndarray:
    """Smallest bias whose expected statistic reaches the critical value of the measurement test."""
    seen = adjustment > 1e-18 * variance
    power = np.sqrt(np.where(seen, adjustment, 1.0))
    return np.where(seen, critical_value(alpha) * variance / power, np.nan)


def _fixed_parts(case: Case, network: Network, free: Solution) -> tuple[list[str], list[str]]:
    involved: list[str] = []
    messages = []
    for part in free.contradictions:
        inside = np.isin(network.source, part), np.isin(network.target, part)
        crossing = np.flatnonzero((network.status == FIXED) & (inside[0] != inside[1]))
        nodes, flows = [case.nodes[k] for k in part], [case.ids[k] for k in crossing]
        involved += [*(f"balance:{node}" for node in nodes), *flows]
        shown = f"{', '.join(flows[:NAMED])} / {', '.join(nodes[:NAMED])}"
        messages.append(f"确定值与节点平衡矛盾 · exact values contradict the balance: {shown}")
    return involved, messages


def _broken_bounds(case: Case, rows: np.ndarray) -> tuple[list[str], list[str]]:
    names = [_row_name(case, row) for row in rows]
    at = np.isin(case.source, rows + 1) | np.isin(case.target, rows + 1)
    tight = (case.status[: case.edges] == FIXED) | np.isfinite(case.upper[: case.edges])
    names += [case.ids[k] for k in np.flatnonzero(at & tight)]
    return names, [f"在上下限之内无解 · no values within the bounds satisfy: {', '.join(names[:NAMED])}"]


def _row_name(case: Case, row: int) -> str:
    nodes = len(case.nodes) - 1
    return f"balance:{case.nodes[row + 1]}" if row < nodes else f"constraint:{case.constraints[row - nodes].text}"


def _finish(result: Result, active: np.ndarray) -> Result:
    """Intervals of what cannot be determined, the global test with the bounds, and the words."""
    case = result.case
    unknown = np.flatnonzero((case.status == UNMEASURED) & result.unobservable)
    if len(unknown):
        found = lp.intervals(_rows(case, unknown, result.values, result.messages))
        result.intervals = dict(zip(unknown.tolist(), found, strict=True))
    held = [case.ids[k] for k in np.flatnonzero(active) if not result.unobservable[k]]
    result.messages = [*case.messages, *result.messages]
    if held:
        shown = ", ".join(held[:NAMED]) + (" …" if len(held) > NAMED else "")
        result.messages.append(
            f"取在上下限上（标准差按无上下限计）· held at a bound (deviations as without bounds): {shown}"
        )
        _with_bounds(result)
    if result.dof == 0:
        result.messages.append("没有冗余，无从调整和检验 · no redundancy: nothing to adjust or test")
    elif result.verdict and (result.verdict.p_value or 0) < case.alpha and not result.verdict.suspects:
        result.messages.append(
            "总体检验不通过，但没有单个误差能解释 · the global test rejects the data; no single error explains it"
        )
    return result


def _with_bounds(result: Result) -> None:
    from scipy import stats  # noqa: PLC0415

    if result.verdict and result.dof:
        p_value = float(stats.chi2.sf(result.objective, result.dof))
        result.verdict = Verdict(p_value, result.verdict.suspects, result.verdict.left)


def _rows(case: Case, unknown: np.ndarray, values: np.ndarray, messages: list[str] | None = None) -> lp.Rows:
    """The equations that hold for `unknown` when everything else has its value; nonlinear ones are left out."""
    place = np.full(len(case.ids), -1)
    place[unknown] = np.arange(len(unknown))
    known = np.where(place >= 0, 0.0, values)[: case.edges]
    nodes = len(case.nodes)
    right = np.bincount(case.source, known, nodes) - np.bincount(case.target, known, nodes)
    edges = unknown[unknown < case.edges]
    data = np.concatenate([np.ones(len(edges)), -np.ones(len(edges))])
    where = np.concatenate([case.target[edges], case.source[edges]]), np.tile(place[edges], 2)
    balance = sparse.csr_matrix((data, where), shape=(nodes, len(unknown)))[1:]
    extra, extra_right = _expression_rows(case, place, values, messages if messages is not None else [])
    return lp.Rows(
        sparse.vstack([balance, extra]).tocsr(),
        np.concatenate([right[1:], extra_right]),
        case.lower[unknown],
        case.upper[unknown],
    )


def _expression_rows(
    case: Case, place: np.ndarray, values: np.ndarray, messages: list[str]
) -> tuple[sparse.csr_matrix, np.ndarray]:
    index = case.index
    rows, right = sparse.lil_matrix((len(case.constraints), int((place >= 0).sum()))), np.zeros(len(case.constraints))
    for row, expression in enumerate(case.constraints):
        known = {name: float(values[index[name]]) for name in expression.names if place[index[name]] < 0}
        if len(known) == len(expression.names):
            continue
        found = expression.affine_given(known)
        if found is None:
            messages.append(
                f"区间未用到此非线性约束 · not linear there, so not used for the intervals: {expression.text}"
            )
            continue
        right[row] = -found[0]
        for name, slope in found[1].items():
            rows[row, place[index[name]]] = slope
    return rows.tocsr(), right


def _on_general(case: Case, starts: int | None) -> Result:
    problem = Problem(case)
    found = minima(problem, starts)
    best = found[0]
    none = np.zeros(problem.count, np.int8)
    if best.residual > FEASIBLE or not best.settled:
        return _failed(problem, best)
    last = step(problem, best.values, none)
    measured, projection = problem.measured, last.projection
    evidence = DenseEvidence.of(last, problem)
    variance, adjustment = _variances(problem, last)
    redundant, unobservable = np.zeros(problem.count, bool), np.zeros(problem.count, bool)
    redundant[measured] = projection.touched
    unobservable[problem.unmeasured] = (np.abs(projection.free) > 1e-7).any(axis=1)
    result = Result(
        case=case,
        values=best.values,
        variance=variance,
        redundant=redundant,
        unobservable=unobservable,
        z=_statistic(problem, last, adjustment),
        detectable=_detectable_dense(evidence, case.alpha),
        objective=best.objective,
        dof=len(last.coordinates),
        verdict=judge(evidence, case.value, case.lower, case.upper, case.alpha),
    )
    if len(found) > 1:
        result.local_minima = [_minimum(case, each) for each in found]
        zh, en = f"非凸：找到 {len(found)} 个局部极小，给出最好的", f"not convex: the best of {len(found)} local minima"
        result.messages.append(f"{zh} · {en}")
    return _finish(result, best.active)


def _variances(problem: Problem, last: Any) -> tuple[np.ndarray, np.ndarray]:
    """Variance of every variable, and of the adjustment of every measured one."""
    basis, root = last.projection.basis, problem.root
    variance = np.where(problem.case.status == MEASURED, 0.0, np.nan)
    adjustment = np.zeros(problem.count)
    moved = root @ basis
    adjustment[problem.measured] = (moved**2).sum(axis=1)
    own = (root**2).sum(axis=1) - adjustment[problem.measured]
    variance[problem.measured] = np.maximum(own, 0.0)
    follow = last.follow
    variance[problem.unmeasured] = np.maximum((follow**2).sum(axis=1) - ((follow @ basis) ** 2).sum(axis=1), 0.0)
    return variance, adjustment


def _statistic(problem: Problem, last: Any, adjustment: np.ndarray) -> np.ndarray:
    """Adjustment over its deviation, without the bounds."""
    moved = np.full(problem.count, np.nan)
    moved[problem.measured] = -(problem.root @ (last.projection.basis @ last.coordinates))
    seen = adjustment > 1e-18 * np.maximum(problem.case.sd, 1e-300) ** 2
    return np.where(seen, moved / np.sqrt(np.where(seen, adjustment, 1.0)), np.nan)


def _detectable_dense(evidence: DenseEvidence, alpha: float) -> np.ndarray:
    length = np.sqrt((evidence.biases**2).sum(axis=0))
    result = np.full(evidence.count, np.nan)
    seen = length > 1e-9 * length.max(initial=0.0)
    result[evidence.measured] = np.where(seen, critical_value(alpha) / np.where(seen, length, 1.0), np.nan)
    return result


def _minimum(case: Case, fit: Fit) -> dict[str, Any]:
    values = {each: float(x) for each, x in zip(case.ids, fit.values, strict=True)}
    return {"objective": fit.objective, "values": values}


def _failed(problem: Problem, best: Fit) -> Result:
    """Nothing met the constraints: name those whose residual no change removes, or say that no method settled."""
    case = problem.case
    last = step(problem, best.values, best.active) if np.isfinite(best.residual) else None
    rows = len(case.nodes) - 1 + len(case.constraints)
    left = np.abs(last.left) if last is not None else np.zeros(rows)
    if left.max(initial=0.0) > 1e-9:
        broken = np.flatnonzero(left[:rows] > 1e-6 * left.max())
        names = [_row_name(case, row) for row in broken]
        names += [f"bound:{case.ids[k]}" for k in np.flatnonzero(best.active)[left[rows:] > 1e-6 * left.max()]]
        names += _exact_in(case, broken)
        return contradiction(case, names, [f"不能同时成立 · these cannot hold together: {', '.join(names[:NAMED])}"])
    result = contradiction(case, [], ["没有找到满足全部约束的解 · no start led to values that meet every constraint"])
    result.status = "not_converged"
    return result


def _exact_in(case: Case, rows: np.ndarray) -> list[str]:
    nodes, index = len(case.nodes) - 1, case.index
    touched: set[int] = set()
    for row in rows:
        if row < nodes:
            touched |= set(np.flatnonzero((case.source == row + 1) | (case.target == row + 1)).tolist())
        else:
            touched |= {index[name] for name in case.constraints[row - nodes].names}
    return [case.ids[k] for k in sorted(touched) if case.status[k] == FIXED]
