"""A container as people read it: its code, what it holds, where it stands, and what may be done with it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from psycopg import Connection

from wufei.reports.container_contents import Part, contents
from wufei.web.cases import shown as cases
from wufei.web.cases.things import Shown, Things
from wufei.web.containers.lines import WORKFLOW
from wufei.web.journal.names import mass, moment
from wufei.web.language import lang
from wufei.workflow import acting, in_stead
from wufei.workflow.cases import values_of
from wufei.workflow.engine import Case
from wufei.workflow.kinds import kind_of, kind_of_case
from wufei.workflow.values import Values

__all__ = ["WORKFLOW", "Row", "card", "rows"]
SHOWN_FIELDS = ("container_kind", "volume_l", "form", "produced_on")


@dataclass(frozen=True, slots=True)
class Row:
    """A container as a line of a list."""

    id: str
    lot: str
    href: str
    code: str
    waste: Shown
    state: str
    final: bool
    kind: str
    volume: str
    site: Shown
    storage: str
    mass_g: int | None
    mass: str
    produced_on: str
    changed: str


def rows(things: Things, standing: Sequence[Any]) -> list[Row]:
    """Containers as lines, in the order given: three queries however many."""
    kind = kind_of(WORKFLOW)
    values = values_of(things.connection, [case.case for case in standing])
    held = contents(things.connection, [case.case.partition(":")[2] for case in standing])
    things.load((kind.form, each) for each in values.values())
    return [_row(things, case, values[case.case], held[case.case.partition(":")[2]]) for case in standing]


def _row(things: Things, case: Any, values: Values, parts: list[Part]) -> Row:
    kind = kind_of(WORKFLOW)
    state, lot = kind.workflow.state(case.state), case.case.partition(":")[2]
    told = {name: _show(things, name, values) for name in ("stream", "container_kind", "volume_l", "site", "storage")}
    grams = sum(part.mass_g for part in parts)
    return Row(
        case.case, lot, reverse("container", args=[things.plan.id, case.case]), str(values.get("code") or ""),
        told["stream"], cases.state_name(kind, case.state), bool(state and state.final), told["container_kind"].text,
        told["volume_l"].text, told["site"], told["storage"].text, grams or None, mass(grams) if grams else "",
        str(values.get("produced_on") or ""), moment(case.changed_at),
    )  # fmt: skip


def _show(things: Things, name: str, values: Mapping[str, Any]) -> Shown:
    field = kind_of(WORKFLOW).form.own(name)
    return things.show(field, values.get(name)) if field is not None else Shown("")


def card(things: Things, connection: Connection[Any], case: Case) -> dict[str, Any]:
    """One container: code in its parts, contents, place, the manifest that carries it, the steps open to the hat."""
    kind, values, hat = kind_of_case(case), case.values, things.hat
    signers = in_stead.signers(connection, hat)
    parts = contents(connection, [str(values.get("lot"))])[str(values.get("lot"))]
    things.load([(kind.form, values)], [values.get("keeper_org"), *in_stead.orgs_of(signers)])
    code, state = str(values.get("code") or ""), kind.workflow.state(case.state)
    trip = str(values.get("carried_by") or "")
    return {
        "id": case.id, "lot": str(values.get("lot")), "code": (code[:18], code[18:26], code[26:34], code[34:]),
        "whole_code": code, "href": reverse("container", args=[things.plan.id, case.id]),
        "waste": _show(things, "stream", values), "waste_name": values.get("waste_name") or "",
        "hazards": values.get("hazards") or "", "state": cases.state_name(kind, case.state),
        "final": bool(state and state.final), "empty": case.state == "labelled",
        "site": _show(things, "site", values), "site_id": values.get("site"),
        "storage": _show(things, "storage", values).text,
        "keeper": things.org(values.get("keeper_org")),
        "parts": [_part(part) for part in parts], "on_road": case.state == "on_road",
        "trip": reverse("case", args=[things.plan.id, trip]) if trip and case.state == "on_road" else "",
        "facts": [(_label(name), _show(things, name, values)) for name in SHOWN_FIELDS if values.get(name)],
        "openings": [
            {"id": o.step.id, "name": cases.step_name(kind, o.step.id), "reason": o.step.reason}
            for o in acting.openings(kind, case, hat, signers) if not o.step.id.endswith("_correction")
            and o.step.id != "amend_minor"
        ],
    }  # fmt: skip


def _label(name: str) -> str:
    field = kind_of(WORKFLOW).form.own(name)
    return field.label(lang()) if field is not None else name


def _part(part: Part) -> dict[str, Any]:
    return {"mass": mass(part.mass_g), "on_road": part.role == "transit", "account": part.account}
