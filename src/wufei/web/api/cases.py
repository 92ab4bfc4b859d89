"""Cases for programs: list them, read one with the steps open to the caller, open one, take one step or many."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from ninja import Query
from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from wufei.intake.payload import Moment, Word
from wufei.journal.desk import Case as Standing
from wufei.journal.moments import start_of
from wufei.registry.access import Wearer
from wufei.terms import NamedError
from wufei.web.api.case_shapes import CaseIn, DoneOut, StepIn, StepsIn
from wufei.web.api.core import body_as, caller, database, operation, send
from wufei.web.api.errors import plain, status_of
from wufei.web.api.reading import Cursor, Size
from wufei.web.api.refusal import ApiRefusal
from wufei.web.cases.form_schema import form_schema
from wufei.web.policy import Policy
from wufei.workflow import acting, desk, engine, filling, in_stead
from wufei.workflow.acting import Done, Opening
from wufei.workflow.engine import Case, Kind, Taken
from wufei.workflow.errors import StepOutdated, StepRefused
from wufei.workflow.kinds import every_kind, kind_of, kind_of_case

ANSWERS = {200: DoneOut, 201: DoneOut}
_TAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


class StepUnseen(ApiRefusal):
    """A step that does not say what it rests on."""

    code = "step_unseen"
    status = 428
    zh = "请写明依据的是第几步：rests_on，或 If-Match 头。"
    en = "Say on which step this rests: rests_on, or the header If-Match."
    remedy_zh = "先读取该事项，把答复中的 no 或 ETag 原样带回。"
    remedy_en = "Read the case first and send its `no` or ETag back."


class CasesIn(BaseModel):
    """Filters of the cases; each narrows."""

    model_config = ConfigDict(extra="forbid")

    workflow: Word | None = None
    state: Word | None = None
    waiting: bool = Field(default=False, description="those that wait for you, what is due first first")
    holder: Word | None = Field(None, description="the organisation that must act next")
    party: Word | None = Field(None, description="an organisation with a part in the case")
    number: Word | None = Field(None, description="how the case's own number begins")
    changed_from: Annotated[date | None, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))] = None
    changed_to: Annotated[date | None, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))] = None
    due_before: Moment | None = None
    cursor: Cursor | None = None
    limit: Size = 100

    def asked(self, hat: Wearer) -> desk.Asked:
        """As the workflow takes it."""
        flows = [kind.workflow for kind in every_kind()]
        orgs = in_stead.orgs_of(in_stead.signers(database(), hat))
        holders = desk.holders_of(hat, orgs, flows) if self.waiting else None
        bounds = None if self.waiting or self.holder else desk.bounds(hat, orgs)
        return desk.Asked(
            workflows=(self.workflow,) if self.workflow else tuple(flow.id for flow in flows),
            state=self.state,
            holders=(self.holder,) if self.holder else holders,
            parties=(self.party,) if self.party else bounds,
            sought=desk.Sought(begins=self.number.lower()) if self.number else None,
            changed_from=start_of(self.changed_from) if self.changed_from else None,
            changed_to=start_of(self.changed_to + timedelta(days=1)) if self.changed_to else None,
            due_before=self.due_before,
        )


@operation("GET", "/cases", Policy.READER, summary="Cases", zh="按条件查询办理事项，逐页返回")
def list_cases(request: HttpRequest, asked: Query[CasesIn]) -> JsonResponse:
    """Cases that answer to every filter, what moved last first; with `waiting` what is due first comes first."""
    read = desk.waiting if asked.waiting else desk.latest
    page = read(database(), asked.asked(caller(request).hat), cursor=asked.cursor, size=asked.limit)
    return send({"cases": [_standing(case) for case in page.items], "next": page.next, "previous": page.previous})


def _standing(case: Standing) -> dict[str, Any]:
    names = ("workflow", "no", "state", "holder", "due_at", "opened_at", "changed_at")
    return {"id": case.case} | {name: getattr(case, name) for name in names}


@operation("POST", "/cases/steps", Policy.SIGNER, body=StepsIn, summary="Take many steps", zh="批量办理，逐件答复")
def take_steps(request: HttpRequest) -> JsonResponse:
    """Take up to 200 steps, each for itself: one that is refused stops none of the others.

    200: all stand. 207: some do. 422: none does.
    """
    sent = body_as(StepsIn, request).steps
    if (blind := next((n for n, step in enumerate(sent) if step.rests_on is None), None)) is not None:
        raise StepUnseen(place=f"steps[{blind}].rests_on")
    whole = _key(request)
    wishes = [(step.case, step.wish(step.key or (f"{whole}:{n}" if whole else ""))) for n, step in enumerate(sent)]
    told = acting.take_many(database(), caller(request).hat, wishes)
    stand = sum(t.done is not None for t in told)
    status = 200 if stand == len(told) else 207 if stand else 422
    outcomes = [
        {"case": t.case} | {"done": t.done and _plain(t.done), "error": t.error and _told(t.error, t.case)}
        for t in told
    ]
    return send({"stand": stand, "refused": len(told) - stand, "outcomes": outcomes}, status)


@operation("GET", "/cases/{case_id}", Policy.READER, summary="A case", zh="一件事项：表单、步骤和现在可走的步骤")
def read_case(request: HttpRequest, case_id: str) -> JsonResponse:
    """The form as filled, every step, what is in transit, and the steps open to you with the fields they ask for.

    The ETag is the number of the last step; send it back in If-Match.
    """
    hat, connection = caller(request).hat, database()
    case = engine.read(connection, case_id)
    kind = kind_of_case(case)
    open_now = acting.openings(kind, case, hat, in_stead.signers(database(), hat))
    answer = send(
        {"id": case.id, "workflow": case.workflow, "no": case.no, "state": case.state, "opened_on": case.opened_on}
        | {"values": case.values, "steps": [_taken(step) for step in case.steps]}
        | {"in_transit": engine.held_by(connection, case.id), "open": [_opening(kind, case, o) for o in open_now]}
    )
    answer["ETag"] = f'"{case.no}"'
    return answer


def _taken(step: Taken) -> dict[str, Any]:
    names = ("no", "transition", "state", "actor", "acting_for", "happened_at", "known_at")
    return {name: getattr(step, name) for name in names} | {"record": str(step.record), "data": step.data}


def _opening(kind: Kind, case: Case, opening: Opening) -> dict[str, Any]:
    step = opening.step
    day = case.opened_on or timezone.localdate()
    found = filling.slots(kind, case, step, filling.starting(kind, case, step), day)
    return {
        "transition": step.id, "zh": step.zh, "en": step.en, "enters": step.enters, "signs": step.signs,
        "reason": step.reason, "acting_for": opening.acting_for, "by_mandate": opening.by_mandate,
        "fields": [_slot(slot) for slot in found if slot.open],
    }  # fmt: skip


def _slot(slot: filling.Slot) -> dict[str, Any]:
    told = {"field": slot.field.id, "type": slot.field.type, "must": slot.must}
    return told | ({"fields": [_slot(c) for c in slot.columns if c.fills]} if slot.columns else {})


@operation("POST", "/cases", Policy.SIGNER, body=CaseIn, response=ANSWERS, summary="Open a case", zh="发起一件事项")
def open_case(request: HttpRequest) -> JsonResponse:
    """Open a case by its first step. With an Idempotency-Key it is opened once, however often it is sent."""
    sent = body_as(CaseIn, request)
    return _done(request, lambda c, hat: acting.begin(c, hat, sent.workflow, sent.wish(_key(request), 0)))


@operation(
    "POST", "/cases/{case_id}/steps", Policy.SIGNER, body=StepIn, response=ANSWERS, summary="Take a step", zh="办理一步"
)  # fmt: skip
def take_step(request: HttpRequest, case_id: str) -> JsonResponse:
    """Take a step that rests on the number you saw (`rests_on` or If-Match).

    409 says what others did meanwhile; 422 lists every field that stands against the step.
    """
    sent = body_as(StepIn, request)
    tag = _TAG.fullmatch(request.headers.get("If-Match", ""))
    if tag is None and sent.rests_on is None:
        raise StepUnseen
    wish = sent.wish(_key(request), int(tag[1]) if tag else None)
    return _done(request, lambda c, hat: acting.take(c, hat, case_id, wish), case_id)


def _key(request: HttpRequest) -> str:
    return request.headers.get("Idempotency-Key", "")[:200]


def _plain(done: Done) -> dict[str, Any]:
    return {"case": done.case, "no": done.no, "outcome": done.outcome, "record": str(done.record)}


def _done(request: HttpRequest, act: Any, case_id: str = "") -> JsonResponse:
    try:
        done = act(database(), caller(request).hat)
    except (StepRefused, StepOutdated) as error:
        return send(_told(error, case_id), status_of(error))
    answer = send(_plain(done), 201 if done.outcome == "appended" and done.no == 1 else 200)
    answer["ETag"] = f'"{done.no}"'
    return answer


def _told(error: NamedError, case_id: str) -> dict[str, Any]:
    """The error with every field that stands against the step, or what others did since."""
    said = plain(error)
    if isinstance(error, StepRefused):
        said["errors"] = [plain(each) for each in error.errors]
    if isinstance(error, StepOutdated) and case_id:
        connection: Connection[Any] = database()
        said["meanwhile"] = [_taken(step) for step in acting.meanwhile(connection, case_id, int(error.values["seen"]))]
    return said


@operation("GET", "/workflows", Policy.READER, summary="Workflows", zh="办事流程")
def workflows(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Every kind of case that can be opened."""
    found = [{"id": k.workflow.id, "zh": k.workflow.zh, "en": k.workflow.en, "form": k.form.id} for k in every_kind()]
    return send({"workflows": found})


@operation("GET", "/workflows/{workflow_id}", Policy.READER, summary="A workflow", zh="一种办事流程的状态、步骤和表单")
def workflow(request: HttpRequest, workflow_id: str) -> JsonResponse:  # noqa: ARG001
    """States, parties, steps and clocks, and the form as JSON Schema."""
    kind = kind_of(workflow_id)
    flow = kind.workflow
    parts = {name: [part.model_dump(mode="json") for part in getattr(flow, name)]
             for name in ("parties", "states", "transitions", "clocks")}  # fmt: skip
    head = {name: getattr(flow, name) for name in ("id", "zh", "en", "start", "about_zh", "about_en", "valid_from")}
    return send(head | parts | {"form": form_schema(kind.form)})
