"""Kinds of cases as the catalogue in force declares them: one of them on a day, and those that a hat may begin."""

from __future__ import annotations

from datetime import date
from typing import Any

from wufei import catalog
from wufei.catalog.workflows import Transition
from wufei.registry.access import Wearer, may_any
from wufei.terms import NamedError
from wufei.workflow.cases import Case, Kind
from wufei.workflow.working_days import WorkCalendar


class WorkflowUnknown(NamedError):
    """The catalogue declares no such workflow."""

    code = "workflow_unknown"
    zh = "没有名为“{workflow}”的办事流程。"
    en = "There is no workflow “{workflow}”."
    remedy_zh = "请从流程列表中选择。"
    remedy_en = "Choose one of the declared workflows."


class _Kept:
    """The calendar of the catalogue in force, made once."""

    known: catalog.Catalog | None = None
    calendar: WorkCalendar


def calendar() -> WorkCalendar:
    """Days off and working weekend days of the catalogue in force."""
    known = catalog.current()
    if _Kept.known is not known:
        years = [(h.year, h.days_off, h.days_worked) for h in known.national.items("holidays")]
        _Kept.known, _Kept.calendar = known, WorkCalendar.of(years)
    return _Kept.calendar


def kind_of(workflow_id: str, day: date | None = None) -> Kind:
    """The kind by its workflow's id, as declared for ``day`` (else as declared last). Raises WorkflowUnknown."""
    flow = _on("workflows", workflow_id, day)
    if flow is None:
        raise WorkflowUnknown(workflow=workflow_id)
    return Kind(flow, _on("forms", flow.form, day), calendar())


def kind_of_case(case: Case) -> Kind:
    """The kind of a case by the law of the day on which it was opened. Raises WorkflowUnknown."""
    return kind_of(case.workflow, case.opened_on)


def _on(kind: str, item_id: str, day: date | None) -> Any:
    national = catalog.current().national
    return (national.find(kind, item_id, on=day) if day else None) or national.find(kind, item_id)


def every_kind() -> tuple[Kind, ...]:
    """Every kind declared, by its workflow's id."""
    return tuple(kind_of(flow.id) for flow in catalog.current().national.items("workflows"))


def kinds_for(hat: Wearer, orgs: frozenset[str]) -> tuple[Kind, ...]:
    """The kinds that the hat may begin for one of ``orgs`` (its own and those that gave it a mandate)."""
    return tuple(kind for kind in every_kind() if beginnings(kind, hat, orgs))


def beginnings(kind: Kind, hat: Wearer, orgs: frozenset[str]) -> tuple[Transition, ...]:
    """The first steps of a case of this kind that the hat may take: its organisation can be the party, or its role is.

    An organisation that acts in another's stead must have leave for something the party's ``act`` names; which mandate
    covers the step is looked at when it is taken.
    """
    if not signs(hat):
        return ()
    parties = {p.id for p in kind.workflow.parties if _can_be(p, hat, orgs)}
    return tuple(t for t in kind.workflow.open_from(kind.workflow.start) if parties & set(t.by))


def beginning_groups(steps: tuple[Transition, ...]) -> tuple[tuple[Transition, ...], ...]:
    """First steps by the form that they share: a draft with the step that files it, each other way by itself."""
    first = next((t for t in steps if t.signs), None)
    main = tuple(t for t in steps if not t.signs or t is first)
    return tuple(group for group in (main, *((t,) for t in steps if t not in main)) if group)


def _can_be(party: Any, hat: Wearer, orgs: frozenset[str]) -> bool:
    return bool(orgs) and not (party.roles and hat.role not in party.roles) if party.field else hat.role in party.roles


def signs(hat: Wearer) -> bool:
    """Whether the hat's role signs, and may post anything."""
    role = catalog.current().national.find("roles", hat.role)
    return bool(role and role.signs) and may_any(hat, "change", "journal")
