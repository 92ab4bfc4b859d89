"""The proof of a workflow: one that is sound passes, and each way of breaking it is named."""

from collections.abc import Callable
from typing import Any

import pytest

from wufei.catalog.forms import Form
from wufei.catalog.workflow_proof import prove
from wufei.catalog.workflows import Workflow

HEAD = {
    "id": "demo",
    "zh": "试",
    "en": "trial",
    "valid_from": "2021-01-01",
    "valid_to": None,
    "cites": [{"source": "plan", "clause": "表"}],
    "checked_on": "2026-11-24",
}
Data = dict[str, Any]


def form() -> Data:
    def field(name: str, kind: str, **more: Any) -> Data:
        return {"id": name, "zh": "项", "en": "field", "type": kind, **more}

    line = [field("stream", "stream"), field("sent_g", "mass"), field("got_g", "mass"), field("note", "text")]
    return HEAD | {
        "fields": [field("from_org", "org"), field("from_site", "site"), field("to_org", "org"),
                   field("to_site", "site"), field("wastes", "lines", fields=line)]
    }  # fmt: skip


def post(leaves: str, enters: str, mass: str, **more: Any) -> Data:
    def end(text: str) -> Data:
        role, _colon, at = text.partition(":")
        return {"role": role, "at": at}

    return {"each": "wastes", "leaves": end(leaves), "enters": end(enters), "stream": "stream", "mass": mass,
            "basis": "manifested", **more}  # fmt: skip


def sound() -> Data:
    """Sent, then received or sent back."""

    def step(name: str, leaves: list[str], enters: str, by: str, *posts: Data) -> Data:
        return {"id": name, "zh": "步", "en": "step", "leaves": leaves, "enters": enters, "by": [by],
                "posts": list(posts)}  # fmt: skip

    def state(name: str, *, final: bool = False) -> Data:
        return {"id": name, "zh": "态", "en": "state", "final": final}

    return HEAD | {
        "case": "trial",
        "form": "demo",
        "start": "draft",
        "parties": [
            {"id": "sender", "zh": "甲", "en": "sender", "field": "from_org"},
            {"id": "taker", "zh": "乙", "en": "taker", "field": "to_org"},
        ],
        "states": [state("draft"), state("road"), state("done", final=True), state("back", final=True)],
        "transitions": [
            step("send", ["draft"], "road", "sender", post("storage:from_site", "transit:case", "sent_g")),
            step("take", ["road"], "done", "taker", post("transit:case", "storage:to_site", "got_g"),
                 post("transit:case", "unexplained:to_site", "rest")),
            step("refuse", ["road"], "back", "taker", post("transit:case", "storage:from_site", "rest")),
        ],
        "clocks": [
            {"id": "receipt", "zh": "限", "en": "limit", "starts": ["send"], "stops": ["take", "refuse"],
             "limit": {"value": 5, "unit": "working_days"}, "owner": "taker"},
        ],
    }  # fmt: skip


def codes(workflow: Data, fields: Data | None = None) -> list[str]:
    found = prove(Workflow.model_validate(workflow), Form.model_validate(fields or form()), lambda loc: f"file:{loc}")
    return [error.code for error in found]


def test_a_sound_workflow_passes() -> None:
    assert codes(sound()) == []


def test_corrections_that_are_sound_pass() -> None:
    flow = sound()
    correcting(locked=["draft"], keeps=["from_org", "wastes.stream"])(flow)
    assert codes(flow) == []


def drop_step(name: str) -> Callable[[Data], None]:
    def change(flow: Data) -> None:
        flow["transitions"] = [t for t in flow["transitions"] if t["id"] != name]
        flow["clocks"] = []

    return change


def add_state(flow: Data) -> None:
    flow["states"].append({"id": "limbo", "zh": "态", "en": "state"})


def dead_end(flow: Data) -> None:
    add_state(flow)
    flow["transitions"][2]["enters"] = "limbo"


def leave_final(flow: Data) -> None:
    flow["transitions"][1]["leaves"] = ["road", "back"]


def no_owner(flow: Data) -> None:
    flow["clocks"][0]["owner"] = "nobody"


def never_stops(flow: Data) -> None:
    flow["clocks"][0] |= {"starts": ["take"], "stops": ["send"]}


def mass_left(flow: Data) -> None:
    flow["transitions"][1]["posts"].pop()


def mass_kept_on_refusal(flow: Data) -> None:
    flow["transitions"][2]["posts"] = []


def mass_from_nothing(flow: Data) -> None:
    flow["transitions"][0]["posts"] = []


def conditional_rest(flow: Data) -> None:
    flow["transitions"][1]["posts"][1]["when"] = {"to_org": ["a"]}


def same_account(flow: Data) -> None:
    flow["transitions"][0]["posts"].append(post("storage:from_site", "storage:from_site", "sent_g"))


def new_stream(flow: Data) -> None:
    flow["transitions"][2]["posts"][0]["to_stream"] = "stream"


def foreign_transit(flow: Data) -> None:
    flow["transitions"][0]["posts"].append(post("storage:from_site", "transit:to_site", "sent_g"))


def text_for_mass(flow: Data) -> None:
    flow["transitions"][1]["posts"][0]["mass"] = "note"


def org_for_site(flow: Data) -> None:
    flow["transitions"][0]["posts"][0]["leaves"]["at"] = "from_org"


def unknown_state(flow: Data) -> None:
    flow["transitions"][0]["enters"] = "raod"


def unknown_party(flow: Data) -> None:
    flow["transitions"][0]["by"] = ["sneder"]


def unknown_field(flow: Data) -> None:
    flow["transitions"][0]["posts"][0]["mass"] = "sent_t"


def twice(flow: Data) -> None:
    flow["states"].append(flow["states"][0])


CORRECTIONS = {"by": ["sender"], "decides": "office", "answer": {"value": 5, "unit": "working_days"}}


def correcting(**changes: Any) -> Callable[[Data], None]:
    def change(flow: Data) -> None:
        flow["parties"].append({"id": "office", "zh": "局", "en": "office", "roles": ["city_office"]})
        flow["corrections"] = CORRECTIONS | changes

    change.__name__ = f"correcting_{'_'.join(changes)}"
    return change


def copies_nothing(flow: Data) -> None:
    flow["transitions"][0]["copies"] = {"from_org": "form_org"}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (correcting(by=["sneder"]), "workflow_name_unknown"),
        (correcting(decides="taker"), "workflow_judge_no_role"),
        (correcting(locked=["drfat"]), "workflow_name_unknown"),
        (correcting(keeps=["form_org"]), "workflow_name_unknown"),
        (copies_nothing, "workflow_name_unknown"),
        (add_state, "workflow_state_unreachable"),
        (dead_end, "workflow_dead_end"),
        (leave_final, "workflow_final_left"),
        (no_owner, "workflow_clock_ownerless"),
        (never_stops, "workflow_clock_never_stops"),
        (mass_left, "workflow_mass_left"),
        (mass_kept_on_refusal, "workflow_mass_left"),
        (conditional_rest, "workflow_mass_left"),
        (mass_from_nothing, "workflow_mass_from_nothing"),
        (same_account, "workflow_posting_unsound"),
        (new_stream, "workflow_posting_unsound"),
        (foreign_transit, "workflow_posting_unsound"),
        (text_for_mass, "workflow_field_mistyped"),
        (org_for_site, "workflow_field_mistyped"),
        (unknown_state, "workflow_name_unknown"),
        (unknown_party, "workflow_name_unknown"),
        (unknown_field, "workflow_name_unknown"),
        (twice, "workflow_name_twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_each_kind_of_broken_workflow_is_named(broken: Callable[[Data], None], code: str) -> None:
    flow = sound()
    broken(flow)
    assert code in codes(flow)


def test_an_error_names_the_way_that_leads_to_it() -> None:
    flow = sound()
    mass_left(flow)
    (error,) = prove(Workflow.model_validate(flow), Form.model_validate(form()), lambda loc: f"file:{loc}")
    assert "send → take" in error.text("en")


def test_rules_of_fields_name_steps_that_exist() -> None:
    fields = form()
    fields["fields"][0]["sealed_from"] = "sned"
    assert codes(sound(), fields) == ["workflow_name_unknown"]


def test_seals_and_duties_of_lines_name_fields_that_exist() -> None:
    fields = form()
    fields["fields"][-1]["fields"][0] |= {"sealed_from": "send", "sealed_up_to": "lge"}
    assert codes(sound(), fields) == ["workflow_name_unknown"]
