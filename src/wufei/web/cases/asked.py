"""What a reader asks of the desk, read from an address: which cases, and the rows that the page shows of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import Connection

from wufei.journal.desk import Case as Standing
from wufei.journal.moments import start_of
from wufei.registry import directory
from wufei.registry.access import Wearer
from wufei.web.cases import shown
from wufei.web.cases.things import Shown, Things
from wufei.web.journal.asked import Asked, Field, with_descendants
from wufei.web.language import joined, lang
from wufei.web.plan import Plan
from wufei.workflow import acting, desk, in_stead, rules
from wufei.workflow.cases import values_of
from wufei.workflow.engine import Case, Kind
from wufei.workflow.kinds import every_kind, kind_of
from wufei.workflow.rules import Signer
from wufei.workflow.values import Values

WAITING, ALL = "waiting", "all"
SHOWN_THINGS = 2
MOST_STREAMS = 200


class Desk:
    """The question of one address: filters, the organisations of the hat, and the cases that answer."""

    def __init__(self, request: HttpRequest, plan: Plan, connection: Connection[Any]) -> None:
        self.plan, self.hat, self.connection = plan, request.hat, connection
        self.asked = Asked(request, plan)
        self.signers = in_stead.signers(connection, self.hat)
        self.orgs = in_stead.orgs_of(self.signers)
        self.kinds = {kind.workflow.id: kind for kind in every_kind()}
        usual = WAITING if may_wait(self.hat, self.orgs) else ALL
        chosen = request.GET.get("view", usual)
        self.waits = chosen == WAITING
        self.asked.fields.append(Field("view", "", "hidden", WAITING if self.waits else ALL, default=usual))
        self.wanted = self._wanted()

    def _wanted(self) -> desk.Asked:
        workflow = self._choice("workflow", gettext_lazy("Kind of case"), [(i, name(k)) for i, k in self.kinds.items()])
        state = self._choice("state", gettext_lazy("State"), self._states(workflow))
        text = self.asked.text("q", gettext_lazy("Number, plate, waste or any words"))
        first = self.asked.day("from", gettext_lazy("Moved from"))
        last = self.asked.day("to", gettext_lazy("Moved to"))
        own = None if self.waits else desk.bounds(self.hat, self.orgs)
        flows = [kind.workflow for kind in self.kinds.values()]
        return desk.Asked(
            workflows=(workflow,) if workflow else tuple(self.kinds),
            state=state,
            holders=desk.holders_of(self.hat, self.orgs, flows) if self.waits else None,
            parties=own,
            sought=sought(self.connection, self.plan, text) if text else None,
            changed_from=start_of(first) if first else None,
            changed_to=start_of(last + timedelta(days=1)) if last else None,
        )

    def _choice(self, key: str, label: Any, options: Sequence[tuple[str, str]]) -> str | None:
        value = str(self.asked._given.get(key, ""))
        known = value if value in dict(options) else ""
        self.asked.fields.append(Field(key, label, "select", known, tuple(options)))
        return known or None

    def _states(self, workflow: str | None) -> list[tuple[str, str]]:
        kinds = [self.kinds[workflow]] if workflow else self.kinds.values()
        found: dict[str, str] = {}
        for kind in kinds:
            for state in kind.workflow.states:
                if state.id != kind.workflow.start or not rules.open_steps(kind.workflow, state.id, {}):
                    found.setdefault(state.id, state.en if lang() == "en" else state.zh)
        return list(found.items())

    def page(self, size: int) -> Any:
        """One page of cases: what is due first first where they wait, else what moved last first."""
        read = desk.waiting if self.waits else desk.latest
        return read(self.connection, self.wanted, cursor=self.asked.cursor, size=size)


def sought(connection: Connection[Any], plan: Plan, text: str) -> desk.Sought:
    """What a text can mean: how a number begins, an organisation, site, plate or waste by name or code, any words.

    One query.
    """
    words = text.strip().lower()
    head = words.rpartition(":")[2]
    begins = head if head and all(c in "0123456789abcdef-" for c in head) else ""
    meant = directory.meant(connection, text.strip())
    ascii_words = [w for w in _PARTS.split(words) if w.isascii() and len(w) > 1]
    pairs = [f"~{w[i : i + 2]}" for w in _PARTS.split(words) if not w.isascii() for i in range(len(w) - 1)]
    exact = (words,) if words.isascii() else ()
    return desk.Sought(begins, (*exact, *meant, *_streams(plan, words)), (*ascii_words, *pairs))


_PARTS = re.compile(r"[\s，。、；：（）“”\",;()]+")


def _streams(plan: Plan, words: str) -> list[str]:
    """Wastes whose code, or name, the words are or are part of, and what lies below those."""
    least = MOST_STREAMS if len(words) > 1 else 0
    found = (s.id for s in plan.items("streams") if words in f"{s.code or s.id} {s.zh} {s.en}".lower())
    each = dict.fromkeys(below for stream in found for below in with_descendants(plan, stream))
    return [stream.lower() for stream in itertools.islice(each, least)]


def may_wait(hat: Wearer, orgs: frozenset[str]) -> bool:
    """Whether anything can wait for the hat at all."""
    return bool(desk.holders_of(hat, orgs, [kind.workflow for kind in every_kind()]))


def name(kind: Kind) -> str:
    """The name of a kind in the reader's language."""
    return str(kind.workflow.name(lang()))


@dataclass(frozen=True, slots=True)
class Row:
    """A case as a row: where it stands, who must act by when, whom and what it is about, and what can be signed."""

    id: str
    no: int
    number: str
    href: str
    kind: str
    state: str
    final: bool
    holder: str
    due: shown.Due | None
    opened: str
    changed: str
    parties: str
    about: str
    steps: tuple[tuple[str, str], ...] = ()


def rows(things: Things, cases: Sequence[Standing], signers: tuple[Signer, ...] = ()) -> list[Row]:
    """The rows of a page: two queries however many; ``signers`` are those for whom steps are looked for."""
    values = values_of(things.connection, [case.case for case in cases])
    kinds = {flow: kind_of(flow) for flow in {case.workflow for case in cases}}
    things.load(((kinds[c.workflow].form, values[c.case]) for c in cases), (c.holder for c in cases))
    return [_row(things, kinds[case.workflow], case, values[case.case], signers) for case in cases]


def _row(things: Things, kind: Kind, case: Standing, values: Values, signers: tuple[Signer, ...]) -> Row:
    state = kind.workflow.state(case.state)
    parties = [things.org(org).text for org in sorted(rules.orgs_of(kind.workflow, values))]
    return Row(
        case.case, case.no, shown.number_of(case.case), reverse("case", args=[things.plan.id, case.case]), name(kind),
        shown.state_name(kind, case.state), bool(state and state.final),
        shown.holder_name(things, kind, case.holder), shown.due(case.due_at),
        shown.moment(case.opened_at), shown.moment(case.changed_at), joined(parties), _about(things, kind, values),
        tuple(_steps(things, kind, case, values, signers)) if signers else (),
    )  # fmt: skip


def _about(things: Things, kind: Kind, values: Values) -> str:
    """The first wastes that the tables name."""
    found: list[Shown] = []
    for one in kind.form.fields:
        column = next((c for c in one.fields if c.type == "stream"), None)
        if column is not None:
            found += [things.show(column, line.get(column.id)) for line in values.get(one.id) or []]
    words = [thing.text for thing in found if thing.text]
    more = len(words) - SHOWN_THINGS
    return joined(words[:SHOWN_THINGS]) + (_(" and {count} more").format(count=more) if more > 0 else "")


def _steps(things: Things, kind: Kind, case: Standing, values: Values, signers: tuple[Signer, ...]) -> Any:
    """The steps that the hat may take without filling anything in: they can be signed from the list."""
    whole = Case(case.case, case.workflow, case.state, case.no, values)
    day = case.opened_at.date()
    for opening in acting.openings(kind, whole, things.hat, signers):
        step = opening.step
        if not step.reason and not any(rules.missing(kind.form, step.id, values, day)):
            yield step.id, step.en if lang() == "en" else step.zh
