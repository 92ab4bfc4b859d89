"""Workflows: the states of a kind of case, who may take which step, what a step posts, and which clocks run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from wufei.catalog.forms import Form, When
from wufei.catalog.items import Item, Part, ref
from wufei.terms import Basis, Citation

AccountRole = Literal["origin", "storage", "transit", "process", "product", "sink", "loss", "adjustment", "unexplained",
                      "opening", "outside"]  # fmt: skip
CASE = "case"
REST = "rest"


class Party(Part):
    """Somebody with a part in the case: the organisation named in ``field`` of the form, or whoever has a role.

    ``turn`` names a numeric field: then the field lies in ``lines`` and the party is the one of that line (carriers of
    a relay). ``act`` is what a mandate must allow so that somebody else may sign in the organisation's place.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    field: str | None = None
    turn: str | None = None
    roles: tuple[str, ...] = ()
    act: Annotated[str, ref("mandate_acts")] | None = None


class State(Part):
    """A state of the case; a final one ends it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    final: bool = False


class End(Part):
    """One end of a posting: an account role at a place: the case itself (transit) or the site in a field."""

    role: AccountRole
    at: str


class Posting(Part):
    """An entry that a step makes, for each line of ``each``; the mass is a field in grams, or ``rest``.

    ``rest`` is what still stands on the account that is left, in whichever direction, so that it is at zero afterwards.
    """

    each: str | None = None
    when: When = Field(default_factory=dict)
    leaves: End
    enters: End
    stream: str
    to_stream: str | None = None
    mass: str
    basis: Basis
    from_lot: str | None = None
    to_lot: str | None = None


class Transition(Part):
    """A step: from which states, to which, by whom, and what it does.

    ``signs`` makes it a signature over the whole form; ``reason`` asks for words; ``checks`` name rules that must
    hold (wufei.workflow.checks); ``sets`` are values that the step itself gives to fields; ``tells`` names parties.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    leaves: tuple[str, ...] = Field(min_length=1)
    enters: str
    by: tuple[str, ...] = Field(min_length=1)
    signs: bool = True
    reason: bool = False
    when: When = Field(default_factory=dict)
    checks: tuple[str, ...] = ()
    posts: tuple[Posting, ...] = ()
    tells: tuple[str, ...] = ()
    holder: str | None = None  # the party who must act next
    cites: tuple[Citation, ...] = ()


class Limit(Part):
    """A length of time; working days follow the country's calendar of holidays."""

    value: int = Field(gt=0)
    unit: Literal["working_days", "days", "hours"]


class Clock(Part):
    """A deadline: it starts and stops with steps, belongs to a party, and says which step it leads to when it is up."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    starts: tuple[str, ...] = Field(min_length=1)
    stops: tuple[str, ...] = Field(min_length=1)
    limit: Limit
    owner: str
    leads_to: str | None = None
    tells: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()


class Workflow(Item):
    """A kind of case. ``case`` is how its ids begin; ``start`` the state in which a case is opened.

    ``form`` names the form, or holds it, so that a kind of case can be one file.
    """

    kind: ClassVar[str] = "workflows"
    inline: ClassVar[Mapping[str, type[Item]]] = {"form": Form}

    case: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    form: Annotated[str, ref("forms")]
    start: str
    parties: tuple[Party, ...] = Field(min_length=1)
    states: tuple[State, ...] = Field(min_length=2)
    transitions: tuple[Transition, ...] = Field(min_length=1)
    clocks: tuple[Clock, ...] = ()
    about_zh: str = ""
    about_en: str = ""

    def transition(self, name: str) -> Transition | None:
        """The step ``name``; None when there is none."""
        return next((t for t in self.transitions if t.id == name), None)

    def state(self, name: str) -> State | None:
        """The state ``name``; None when there is none."""
        return next((s for s in self.states if s.id == name), None)

    def open_from(self, state: str) -> tuple[Transition, ...]:
        """The steps that leave ``state``."""
        return tuple(t for t in self.transitions if state in t.leaves)
