"""Workflows: the states of a kind of case, who may take which step, what a step posts, and which clocks run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from wufei.catalog.forms import Form, When
from wufei.catalog.items import Item, Part, UnitSymbol, ref
from wufei.terms import Basis, Citation

AccountRole = Literal["origin", "storage", "transit", "process", "product", "sink", "loss", "adjustment", "unexplained",
                      "opening", "outside"]  # fmt: skip
CASE = "case"
REST = "rest"
NOTHING = "nothing"


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
    """One end of a posting: an account role at a place: the case itself (transit) or the site in a field.

    ``detail`` is a part of that place with an account of its own, such as a bench where containers are repacked.
    """

    role: AccountRole
    at: str
    detail: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")


class Posting(Part):
    """An entry that a step makes, for each line of ``each``; the mass is a field in grams, or ``rest``.

    ``rest`` is what still stands on the account that is left, in whichever direction, so that it is at zero afterwards:
    of the lot ``from_lot`` where one is named; the last line of a stream takes what is left of it on the case's own
    account, whatever the lot.
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


class Observing(Part):
    """An observation that a step makes: the sum of ``value`` (grams) over the lines of ``each``, by stream where named.

    ``place`` is a field that holds a site. A stream that the step observed before and that is gone is observed as 0.
    With ``unit`` it is the number in the form's own field ``value``, and nothing while that is empty.
    """

    metric: Annotated[str, ref("metrics")]
    place: str
    each: str = ""
    value: str
    stream: str | None = None
    unit: UnitSymbol | None = None


class Prefill(Part):
    """Which function of the reports gives values to the form (wufei.workflow.prefill), and at which steps."""

    by: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    at: tuple[str, ...] = Field(min_length=1)


class CheckUse(Part):
    """A rule that must hold at a step: one of ``case_checks``, with its function in wufei.workflow.checks.

    ``refuse`` stops the step; ``warn`` lets it through and keeps the warning with it. ``refuse_from`` is the day from
    which a mere warning becomes a refusal (a law that comes into force).
    """

    rule: Annotated[str, ref("case_checks")]
    severity: Literal["refuse", "warn"] = "refuse"
    when: When = Field(default_factory=dict)
    refuse_from: date | None = None
    cites: tuple[Citation, ...] = ()


class Lead(Part):
    """A step of another case that a step takes along: of the case whose number is a lot that the form names.

    A container is such a case: its number is its lot, so that a manifest takes along the containers that it lists.
    ``lot`` is a field, or a column of ``each``; a lot that is no such case leads nothing. ``gives`` are fields of that
    case and what they take: a field or column of this form, one of its parties, ``case`` for this case itself, or
    ``nothing`` to empty it.
    ``by`` is the field of that case by whose value it is one, where ``lot`` is such a value and not a lot.
    ``emptied`` is the step instead of ``step`` when nothing of the lot is left where it stood.
    """

    workflow: Annotated[str, ref("workflows")]
    step: str
    lot: str
    by: str | None = None
    each: str | None = None
    when: When = Field(default_factory=dict)
    gives: dict[str, str] = Field(default_factory=dict)
    emptied: str | None = None


class Transition(Part):
    """A step: from which states, to which, by whom, and what it does.

    ``signs`` makes it a signature over the whole form; ``reason`` asks for words, ``evidence`` for a document;
    ``checks`` are rules that must hold; ``copies`` gives fields the values of others; ``tells`` names parties.
    ``leads`` are steps of other cases that go along. A step that is ``led`` is taken in no other way; it needs no party
    of its own when the case that leads it stands in the field ``bound``.
    A step that ``merges`` says how something was at an instant (where a drum stands): signed without a network, it also
    goes on top of steps that its signer had not seen, in the order of the times claimed.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    leaves: tuple[str, ...] = Field(min_length=1)
    enters: str
    by: tuple[str, ...] = Field(min_length=1)
    signs: bool = True
    reason: bool = False
    evidence: bool = False
    merges: bool = False
    when: When = Field(default_factory=dict)
    checks: tuple[CheckUse, ...] = ()
    copies: dict[str, str] = Field(default_factory=dict)
    posts: tuple[Posting, ...] = ()
    observes: tuple[Observing, ...] = ()
    leads: tuple[Lead, ...] = ()
    led: bool = False
    bound: str | None = None
    period: str | None = None  # the field that says for which period the step reports; else the month of the step
    tells: tuple[str, ...] = ()
    holder: str | None = None  # the party who must act next
    cites: tuple[Citation, ...] = ()


class Limit(Part):
    """A length of time; working days follow the country's calendar of holidays."""

    value: int = Field(gt=0)
    unit: Literal["working_days", "days", "hours"]


class Alert(Part):
    """When the owner of a clock and whom it tells are told: so long before or after it is up, or as it is up."""

    at: Literal["before", "up", "after"]
    by: Limit | None = None  # none: at the very instant


class Clock(Part):
    """A deadline: it starts and stops with steps, belongs to a party, and says which step it leads to when it is up.

    ``until`` names a field that holds the instant itself; ``limit`` counts where it is empty or past at the start.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    starts: tuple[str, ...] = Field(min_length=1)
    stops: tuple[str, ...] = Field(min_length=1)
    limit: Limit
    until: str | None = None
    owner: str
    leads_to: str | None = None
    tells: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = (Alert(at="up"),)
    cites: tuple[Citation, ...] = ()


class Corrections(Part):
    """How signed cases are corrected: who may ask, how long the others have to answer, who decides when they do not.

    Minor fields change at once and visibly; any other needs the consent of all other organisations that have signed.
    Nothing is corrected in the states ``locked``. ``keeps`` are fields that no correction changes, ``checks`` rules
    that the values as corrected must satisfy.
    """

    by: tuple[str, ...] = Field(min_length=1)
    decides: str
    answer: Limit
    locked: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    checks: tuple[CheckUse, ...] = ()
    cites: tuple[Citation, ...] = ()


class Workflow(Item):
    """A kind of case. ``case`` is how its ids begin; ``start`` the state in which a case is opened.

    ``form`` names the form, or holds it, so that a kind of case can be one file. ``one_per`` are fields whose values
    make the case's id: there is one case for a site and a period. ``confidence`` is how sure we are of the law.
    """

    kind: ClassVar[str] = "workflows"
    inline: ClassVar[Mapping[str, type[Item]]] = {"form": Form}

    case: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    form: Annotated[str, ref("forms")]
    start: str
    confidence: Literal["high", "medium", "low"] = "high"
    one_per: tuple[str, ...] = ()
    prefill: Prefill | None = None
    parties: tuple[Party, ...] = Field(min_length=1)
    states: tuple[State, ...] = Field(min_length=2)
    transitions: tuple[Transition, ...] = Field(min_length=1)
    clocks: tuple[Clock, ...] = ()
    corrections: Corrections | None = None
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
