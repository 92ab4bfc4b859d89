"""What holds of every reconciliation: balances, order, redundancy, an independent solver, planted errors, bad input."""

import copy
import json
import math
import random
from pathlib import Path
from typing import Any

import jsonschema_rs
import numpy as np
import pytest
from scipy import optimize

from tests.flows.networks import random_case
from wufei.flows.reconcile import errors, reconcile, workbook
from wufei.terms import NamedError

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/formats/flows.schema.json").read_text(encoding="utf-8"))
NODES = [{"id": "A"}, {"id": "B"}, {"id": "out", "balance": False}]


def flow(name: str, a: str, b: str, value: float | None = None, sd: float = 5.0, **more: Any) -> dict[str, Any]:
    given = {"status": "measured", "measured": value, "sd": sd} if value is not None else {"status": "unmeasured"}
    return {"id": name, "from": a, "to": b, **given, **more}


def chain(*flows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"unit": "t", "nodes": NODES, "flows": list(flows), **more}


THREE = [flow("a", "out", "A", 100), flow("b", "A", "B", 90), flow("c", "B", "out", 95)]


def imbalance(case: dict[str, Any], values: dict[str, Any]) -> float:
    net: dict[str, float] = {}
    size = max(abs(v["mean"]) for v in values.values() if v)
    open_ends: set[str] = set()
    for each in case["flows"]:
        if values[each["id"]] is None:
            open_ends |= {each["from"], each["to"]}
            continue
        net[each["from"]] = net.get(each["from"], 0.0) - values[each["id"]]["mean"]
        net[each["to"]] = net.get(each["to"], 0.0) + values[each["id"]]["mean"]
    balanced = {n["id"] for n in case["nodes"] if n.get("balance", True)} - open_ends
    return max((abs(net.get(n, 0.0)) for n in balanced), default=0.0) / size


@pytest.mark.parametrize("seed", range(12))
def test_balances_close_and_order_does_not_matter(seed: int) -> None:
    case, _ = random_case(seed)
    answer = reconcile(case)
    assert answer["status"] == "ok"
    assert imbalance(case, answer["values"]) < 1e-9
    shuffled = copy.deepcopy(case)
    for name in ("nodes", "flows"):
        random.Random(seed).shuffle(shuffled[name])  # noqa: S311
    assert reconcile(shuffled) == answer


@pytest.mark.parametrize("seed", range(6))
def test_a_redundant_constraint_changes_nothing(seed: int) -> None:
    case, _ = random_case(seed, unmeasured=0.15)
    plain = reconcile(case)
    inside = "n2"
    terms = [f"+ {f['id']}" for f in case["flows"] if f["to"] == inside]
    terms += [f"- {f['id']}" for f in case["flows"] if f["from"] == inside]
    text = " ".join(terms).removeprefix("+ ")
    more = reconcile({**case, "constraints": [text, f"2*({text})"]})
    for each, value in plain["values"].items():
        assert (value is None) == (more["values"][each] is None)
        if value is not None:
            assert more["values"][each]["mean"] == pytest.approx(value["mean"], rel=1e-7, abs=1e-7)
            assert more["values"][each]["sd"] == pytest.approx(value["sd"], rel=1e-6, abs=1e-7)
    assert more["dof"] == plain["dof"]
    assert more["classification"] == plain["classification"]
    assert more["objective"] == pytest.approx(plain["objective"], rel=1e-7, abs=1e-9)


def by_slsqp(case: dict[str, Any]) -> tuple[float, np.ndarray]:
    flows = case["flows"]
    nodes = [n["id"] for n in case["nodes"] if n.get("balance", True)]
    rows = np.zeros((len(nodes), len(flows)))
    for k, each in enumerate(flows):
        for end, sign in (("to", 1), ("from", -1)):
            if each[end] in nodes:
                rows[nodes.index(each[end]), k] += sign
    measured = np.array([f["status"] == "measured" for f in flows])
    value = np.array([f.get("measured", 10.0) for f in flows])
    sd = np.array([f.get("sd", 1.0) for f in flows])

    def cost(x: np.ndarray) -> float:
        return float((((x - value) / sd)[measured] ** 2).sum())

    def slope(x: np.ndarray) -> np.ndarray:
        return np.where(measured, 2 * (x - value) / sd**2, 0.0)

    equal = {"type": "eq", "fun": lambda x: rows @ x, "jac": lambda _x: rows}
    found = optimize.minimize(
        cost, np.abs(value), jac=slope, method="SLSQP", bounds=[(0, None)] * len(flows), constraints=[equal],
        options={"maxiter": 1000, "ftol": 1e-14},
    )  # fmt: skip
    return float(found.fun), found.x


@pytest.mark.parametrize("seed", range(8))
def test_an_independent_solver_agrees(seed: int) -> None:
    """With noise so large that bounds bind."""
    case, _ = random_case(seed, nodes=5, extra=4, noise=8.0 if seed % 2 else 1.0)
    answer = reconcile(case)
    cost, values = by_slsqp(case)
    assert answer["objective"] == pytest.approx(cost, rel=1e-5, abs=1e-6)
    for each, value in zip(case["flows"], values, strict=True):
        mean = answer["values"][each["id"]]
        if mean is not None and each["status"] == "measured":
            assert mean["mean"] == pytest.approx(value, rel=1e-3, abs=2e-3)


@pytest.mark.parametrize("seed", range(6))
def test_both_methods_agree(seed: int) -> None:
    """The graph and the dense projection, told apart by a variable of no consequence and a constraint on it."""
    case, _ = random_case(seed, noise=4.0)
    other = {**case, "variables": [{"id": "v", "status": "unmeasured"}], "constraints": ["v - 1"]}
    one, two = reconcile(case), reconcile(other)
    assert two["values"].pop("v")["mean"] == pytest.approx(1)
    two["classification"]["observable"].remove("v")
    assert one["classification"] == two["classification"]
    assert one["suspects"] == two["suspects"]
    for name in ("measurement_test_z", "detectable_bias"):
        assert {k for k, x in one[name].items() if x is None} == {k for k, x in two[name].items() if x is None}
        numbers = {k: x for k, x in one[name].items() if x is not None}
        assert {k: two[name][k] for k in numbers} == pytest.approx(numbers, rel=1e-6, abs=1e-6)
    for each, value in one["values"].items():
        if value:
            assert two["values"][each] == pytest.approx(value, rel=1e-6, abs=1e-6)
    assert one["intervals"].keys() == two["intervals"].keys()
    for each, ends in one["intervals"].items():
        assert two["intervals"][each] == pytest.approx(ends, rel=1e-6, abs=1e-6)


def test_a_planted_bias_and_a_planted_leak_are_found() -> None:
    found = {"bias": 0, "leak": 0}
    for seed in range(8):
        case, _ = random_case(seed, unmeasured=0.0)
        biased = copy.deepcopy(case)
        biased["flows"][3]["measured"] += 20 * biased["flows"][3]["sd"]
        found["bias"] += "f03" in reconcile(biased)["suspects"][:1]
        leaking = copy.deepcopy(case)
        for each in leaking["flows"][4:9]:  # what is lost at n4 is missing on the way from there to the outside
            each["measured"] -= 10 * leaking["flows"][4]["sd"]
        first = reconcile(leaking)["gross_errors"][0]
        found["leak"] += "n4" in [first["id"], *(each["id"] for each in first["alternatives"])]
    assert found["bias"] >= 7, found
    assert found["leak"] >= 7, found


def test_a_bias_of_the_detectable_size_reaches_the_critical_value() -> None:
    case, truth = random_case(3, unmeasured=0.2, noise=0.0)
    answer = reconcile({**case, "nonnegative": False})
    for name, bias in answer["detectable_bias"].items():
        if bias is None:
            assert name in answer["classification"]["nonredundant"]
            continue
        other = copy.deepcopy(case) | {"nonnegative": False}
        for each in other["flows"]:
            each["measured"] = truth[each["id"]] + (bias if each["id"] == name else 0.0)
        assert reconcile(other)["measurement_test_z"][name] == pytest.approx(1.959964, abs=1e-4)


def test_a_gross_error_does_not_make_flows_negative() -> None:
    case = chain(flow("a", "out", "A", 5, 1), flow("b", "A", "B", 100, 10), flow("c", "B", "out", 5, 1),
                 flow("d", "A", "out", 3, 1))  # fmt: skip
    assert all(v["mean"] >= 0 for v in reconcile(case)["values"].values())
    free = reconcile({**case, "nonnegative": False})
    assert free["suspects"] == ["b"]


def test_what_cannot_be_determined_is_an_interval() -> None:
    case = chain(*THREE, flow("x", "B", "out", upper=7), flow("y", "B", "out"))
    answer = reconcile(case)
    assert answer["values"]["x"] is None
    assert answer["values"]["y"] is None
    assert answer["classification"]["unobservable"] == ["x", "y"]
    assert answer["intervals"]["x"] == [0, 7] or answer["intervals"]["x"][1] <= 7
    fed = chain(flow("a", "out", "A", 100), flow("x", "A", "out"), flow("y", "A", "B"), flow("z", "B", "out"))
    assert reconcile(fed)["intervals"] == {k: [pytest.approx(0), pytest.approx(100)] for k in "xyz"}


def test_exact_and_nearly_exact_values_are_kept() -> None:
    exact = reconcile(chain(flow("a", "out", "A", 100, 0), flow("b", "A", "B", 90), flow("c", "B", "out", 95)))
    assert exact["values"]["c"] == {"mean": pytest.approx(100), "sd": pytest.approx(0, abs=1e-9)}
    assert any("zero" in message for message in exact["messages"])
    tiny = reconcile(chain(flow("a", "out", "A", 100, 1e-9), flow("b", "A", "B", 90), flow("c", "B", "out", 95)))
    assert tiny["values"]["c"]["mean"] == pytest.approx(100, abs=1e-9)
    assert tiny["values"]["b"]["mean"] == pytest.approx(tiny["values"]["a"]["mean"], rel=1e-9)


def test_correlated_measurements_move_together() -> None:
    case = chain(flow("a", "out", "A", 100), flow("b", "A", "B", 90), flow("c", "B", "out", 95))
    plain, tied = reconcile(case), reconcile({**case, "covariance": [["a", "b", 20.0]]})
    variance = np.array([[25, 20, 0], [20, 25, 0], [0, 0, 25.0]])
    weight = np.linalg.inv(variance).sum(axis=0)
    assert tied["values"]["a"]["mean"] == pytest.approx(weight @ [100, 90, 95] / weight.sum())
    assert tied["values"]["a"]["sd"] == pytest.approx(math.sqrt(1 / weight.sum()))
    assert plain["values"]["a"]["sd"] == pytest.approx(5 / math.sqrt(3))


def test_contradictions_name_what_is_involved() -> None:
    fixed = {"status": "fixed"}
    case = chain(flow("a", "out", "A") | fixed | {"fixed": 100}, flow("b", "A", "B") | fixed | {"fixed": 90}, THREE[2])
    answer = reconcile(case)
    assert answer["status"] == "contradiction"
    assert answer["involved"] == ["balance:A", "a", "b"]
    assert set(answer["values"].values()) == {None}
    two = reconcile(chain(*THREE, constraints=["a - b = 5", "a - b = 6"]))
    assert two["status"] == "contradiction"
    assert {"constraint:a - b = 5", "constraint:a - b = 6"} <= set(two["involved"])
    bound = reconcile(
        chain(flow("a", "out", "A") | fixed | {"fixed": 100}, flow("b", "A", "B", 90, upper=50), THREE[2])
    )
    assert bound["status"] == "contradiction"
    assert {"balance:A", "b"} <= set(bound["involved"])


def test_several_minima_are_told() -> None:
    case = {"variables": [{"id": "x", "status": "measured", "measured": 0.1, "sd": 1}], "constraints": ["x^2 - 1"]}
    answer = reconcile(case)
    assert answer["values"]["x"]["mean"] == pytest.approx(1)
    assert [m["objective"] for m in answer["local_minima"]] == pytest.approx([0.81, 1.21])


BAD = {
    "no object": ([], errors.FlowCaseUnreadable),
    "negative sd": (chain(flow("a", "out", "A", 1, -1)), errors.FlowSdNegative),
    "duplicate flow": (chain(*THREE, THREE[0]), errors.FlowIdDuplicate),
    "duplicate node": ({"nodes": [*NODES, NODES[0]]}, errors.FlowIdDuplicate),
    "flow and variable": (chain(*THREE, variables=[{"id": "a"}]), errors.FlowIdDuplicate),
    "nan": (chain(flow("a", "out", "A", math.nan)), errors.FlowFieldBad),
    "no sd": (chain({"id": "a", "from": "out", "to": "A", "status": "measured", "measured": 1}), errors.FlowFieldBad),
    "text": (chain(flow("a", "out", "A", "5")), errors.FlowFieldBad),  # type: ignore[arg-type]
    "status": (chain(flow("a", "out", "A") | {"status": "guessed"}), errors.FlowFieldBad),
    "unknown node": (chain(flow("a", "out", "Z", 1)), errors.FlowNodeUnknown),
    "lone node": (chain(*THREE) | {"nodes": [*NODES, {"id": "C"}]}, errors.FlowNetworkDisconnected),
    "two networks": (
        chain(*THREE, flow("d", "C", "D", 1)) | {"nodes": [*NODES, {"id": "C"}, {"id": "D"}]},
        errors.FlowNetworkDisconnected,
    ),
    "code": (chain(*THREE, constraints=["__import__('os').system('true')"]), errors.FlowExpressionBad),
    "attribute": (chain(*THREE, constraints=["a.__class__"]), errors.FlowNameUnknown),
    "unknown name": (chain(*THREE, constraints=["a - q"]), errors.FlowNameUnknown),
    "endless": (chain(*THREE, constraints=["(" * 9000 + "a" + ")" * 9000]), errors.FlowExpressionBad),
    "crossed bounds": (chain(flow("a", "out", "A", 1, lower=2, upper=1)), errors.FlowBoundsCrossed),
    "covariance": (chain(*THREE, covariance=[["a", "b", 26.0]]), errors.FlowCovarianceBad),
    "covariance of nothing": (chain(*THREE, covariance=[["a", "q", 1.0]]), errors.FlowNameUnknown),
    "alpha": (chain(*THREE, alpha=2), errors.FlowFieldBad),
    "many with nan": (
        chain(*(flow(f"f{k}", "out", "A", 1.0 if k < 99_999 else math.nan) for k in range(100_000))),
        errors.FlowFieldBad,
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named(name: str) -> None:
    given, error = BAD[name]
    with pytest.raises(NamedError) as caught:
        reconcile(given)
    assert type(caught.value) is error


def test_parts_that_only_the_outside_joins_are_solved_and_told() -> None:
    apart = chain(
        flow("a", "out", "A", 100), flow("b", "A", "out", 90), flow("c", "out", "B", 8), flow("d", "B", "out", 9)
    )
    answer = reconcile(apart)
    assert answer["values"]["a"]["mean"] == pytest.approx(95)
    assert any("2 parts" in message for message in answer["messages"])


def test_unknown_fields_are_ignored_with_a_message() -> None:
    answer = reconcile(chain(*THREE, colour="red"))
    assert answer["values"]["a"]["mean"] == pytest.approx(95)
    assert any("colour" in message for message in answer["messages"])


def test_a_workbook_holds_the_same_case(tmp_path: Path) -> None:
    for path in sorted((Path(__file__).parent / "cases").glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))["case"]
        jsonschema_rs.validate(SCHEMA, case)
        workbook.template(tmp_path / "case.xlsx", case)
        one, two = reconcile(workbook.read(tmp_path / "case.xlsx"), starts=0), reconcile(case, starts=0)
        means = [{k: v["mean"] for k, v in each["values"].items() if v} for each in (one, two)]
        assert means[0] == pytest.approx(means[1], rel=1e-9)
    workbook.template(tmp_path / "template.xlsx")
    assert reconcile(workbook.read(tmp_path / "template.xlsx"))["status"] == "ok"
    (tmp_path / "no.xlsx").write_bytes(b"no workbook")
    with pytest.raises(errors.FlowCaseUnreadable):
        workbook.read(tmp_path / "no.xlsx")
