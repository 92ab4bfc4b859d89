"""The bodies of what programs ask of cases; they describe the schema."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from wufei.intake.payload import EvidenceIn, Moment, Word
from wufei.journal import Evidence
from wufei.workflow.acting import Wish

Org = Annotated[str, Field(max_length=64)]


class StepIn(BaseModel):
    """A step to take: the transition, what it changes in the form, and on which step it rests."""

    model_config = ConfigDict(extra="forbid")

    transition: Word
    values: dict[str, Any] = Field(default_factory=dict, description="fields of the form; null empties one")
    rests_on: int | None = Field(None, ge=0, description="the number of the last step seen; or send If-Match")
    happened_at: Moment | None = Field(None, description="when it happened; now unless told otherwise")
    reason: Annotated[str, Field(max_length=2000)] = ""
    acting_for: Org | None = Field(None, description="an organisation whose mandate you hold")
    evidence: list[EvidenceIn] = Field(default_factory=list, max_length=50)
    device: Annotated[str, Field(max_length=80)] = ""
    device_at: Moment | None = Field(None, description="what the device's clock says now")
    place: Annotated[str, Field(max_length=80)] = Field("", description="where it is signed")
    corrects: int = Field(0, ge=0, le=100_000, description="the number of an earlier step, to propose its correction")

    def wish(self, key: str, rests_on: int | None = None) -> Wish:
        """As the workflow takes it."""
        return Wish(
            self.transition, self.values, rests_on if self.rests_on is None else self.rests_on, self.happened_at,
            self.reason, self.acting_for, tuple(Evidence(e.kind, e.name, e.sha256) for e in self.evidence),
            self.device, self.device_at, self.place, key=key, corrects=self.corrects,
        )  # fmt: skip


class CaseIn(StepIn):
    """A case to open: its workflow, and its first step."""

    workflow: Word


class OneStepIn(StepIn):
    """One of several steps: of which case, with its own key."""

    case: Annotated[str, Field(max_length=120)]
    key: Annotated[str, Field(max_length=200)] = ""


class StepsIn(BaseModel):
    """Up to 200 steps, each for itself."""

    model_config = ConfigDict(extra="forbid")

    steps: list[OneStepIn] = Field(min_length=1, max_length=200)


class DoneOut(BaseModel):
    """A step that stands."""

    case: str
    no: int
    outcome: str
    record: str
