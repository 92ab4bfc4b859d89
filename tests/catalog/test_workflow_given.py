"""The proof of what a workflow makes by itself: each unknown name is told, and a sound one passes."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.catalog.test_workflow_proof import Data, form, sound
from wufei.catalog.forms import Form
from wufei.catalog.workflow_proof import prove
from wufei.catalog.workflows import Workflow


def made() -> tuple[Data, Data]:
    """A flow that is one for a site, filled by itself, and observes what was sent."""
    flow, fields = sound(), form()
    flow |= {"one_per": ["from_site"], "prefill": {"by": "anything", "at": ["send"]}}
    seen = {"metric": "m", "place": "from_site", "each": "wastes", "stream": "stream", "value": "sent_g"}
    flow["transitions"][0] |= {"observes": [seen], "period": "from_org"}
    lines = fields["fields"][-1]
    lines["line_key"] = ["stream"]
    lines["fields"][2]["starts_as"] = "sent_g"
    lines["fields"][3]["required"] = [{"at": "send", "differs": [["got_g", "sent_g"]]}]
    return flow, fields


def codes(flow: Data, fields: Data) -> list[str]:
    found = prove(Workflow.model_validate(flow), Form.model_validate(fields), lambda _at: "here")
    return [error.code for error in found]


def test_a_sound_one_passes() -> None:
    assert codes(*made()) == []


Break = Callable[[Data, Data], Any]
BREAKS: dict[str, Break] = {
    "one_per": lambda flow, _form: flow.update(one_per=["nowhere"]),
    "prefill": lambda flow, _form: flow.update(prefill={"by": "x", "at": ["nowhere"]}),
    "period": lambda flow, _form: flow["transitions"][0].update(period="nowhere"),
    "observed place": lambda flow, _form: flow["transitions"][0]["observes"][0].update(place="nowhere"),
    "observed lines": lambda flow, _form: flow["transitions"][0]["observes"][0].update(each="nowhere"),
    "observed value": lambda flow, _form: flow["transitions"][0]["observes"][0].update(value="nowhere"),
    "observed stream": lambda flow, _form: flow["transitions"][0]["observes"][0].update(stream="nowhere"),
    "line_key": lambda _flow, fields: fields["fields"][-1].update(line_key=["nowhere"]),
    "starts_as": lambda _flow, fields: fields["fields"][-1]["fields"][2].update(starts_as="nowhere"),
    "differs": lambda _flow, fields: fields["fields"][-1]["fields"][3]["required"][0].update(differs=[["got_g", "x"]]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_an_unknown_name_is_told(name: str) -> None:
    flow, fields = made()
    BREAKS[name](flow, fields)
    assert "workflow_name_unknown" in codes(flow, fields)


def test_only_masses_are_observed() -> None:
    flow, fields = made()
    flow["transitions"][0]["observes"][0]["value"] = "note"
    assert codes(flow, fields) == ["workflow_field_mistyped"]
