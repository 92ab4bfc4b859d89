"""Begin a case, or take a step of one: the declared form as inputs; nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wufei.catalog.workflows import Transition
from wufei.journal import new_id
from wufei.terms import NamedError
from wufei.web.cases import shown
from wufei.web.cases.asked import name
from wufei.web.cases.boxes import MINUTE
from wufei.web.cases.documents import Brought
from wufei.web.cases.draw import case_or_404, draw
from wufei.web.cases.step_form import StepForm
from wufei.web.cases.things import PICKED, Things, choices
from wufei.web.clock import today
from wufei.web.containers.lines import lines_of
from wufei.web.journal.draw import database, naming_errors
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader, journal_signer
from wufei.workflow import acting, codes, corrections, engine, in_stead
from wufei.workflow.acting import Done, Wish
from wufei.workflow.engine import Case, Kind
from wufei.workflow.errors import StepOutdated
from wufei.workflow.kinds import beginning_groups, beginnings, kind_of, kind_of_case, kinds_for
from wufei.workflow.rules import Signer
from wufei.workflow.values import Values

BEFORE = "f-"


@journal_signer
@require_safe
def choose(request: HttpRequest, city: str) -> HttpResponse:
    """The kinds of cases that the hat may begin."""
    plan_of(city)
    english = lang() == "en"
    orgs = in_stead.orgs_of(in_stead.signers(database(), request.hat))
    found = []
    for kind in kinds_for(request.hat, orgs):
        _main, *others = beginning_groups(beginnings(kind, request.hat, orgs))
        ways = [(steps[0].id, shown.step_name(kind, steps[0].id)) for steps in others]
        about = kind.workflow.about_en if english else kind.workflow.about_zh
        found.append({"id": kind.workflow.id, "name": name(kind), "about": about, "ways": ways})
    return draw(request, "choose.html", {"kinds": found})


@journal_signer
@naming_errors
def begin(request: HttpRequest, city: str, workflow_id: str) -> HttpResponse:
    """The first form of a case: kept as a draft, or filed; ``first`` in the address names another way to begin."""
    signers = in_stead.signers(database(), request.hat)
    kind = kind_of(workflow_id, today())
    steps = beginnings(kind, request.hat, in_stead.orgs_of(signers))
    groups = beginning_groups(steps)
    first = request.GET.get("first", "")
    chosen = next((g for g in groups if any(t.id == first for t in g)), groups[0] if groups else None)
    if chosen is None:
        raise Http404
    case = Case("", kind.workflow.id, kind.workflow.start)
    return _Page(request, city, kind, case, chosen, signers).answer()


@journal_signer
@naming_errors
def step(request: HttpRequest, city: str, case_id: str, step: str) -> HttpResponse:
    """The form of one step of a case, beside it the other steps that fill the same form in."""
    case = case_or_404(database(), case_id)
    kind = kind_of_case(case)
    signers = in_stead.signers(database(), request.hat)
    found = [o.step for o in acting.openings(kind, case, request.hat, signers)]
    chosen = next((t for t in found if t.id == step), kind.workflow.transition(step))
    if chosen is None:
        raise Http404
    beside = [t for t in found if t.id != step and not t.reason and not chosen.signs]
    return _Page(request, city, kind, case, (chosen, *beside), signers).answer()


class _Page:
    """One form: drawn, read, taken, or drawn again with what stands against it."""

    def __init__(
        self, request: HttpRequest, city: str, kind: Kind, case: Case, steps: Sequence[Transition],
        signers: tuple[Signer, ...],
    ) -> None:  # fmt: skip
        self.request, self.plan, self.kind, self.case = request, plan_of(city), kind, case
        self.steps, self.orgs = tuple(steps), tuple(signer.org for signer in signers if signer.org)
        self.brought = Brought(request)
        self.given: Mapping[str, Any] | None = self.brought.given() if request.method == "POST" else None
        self.things = Things(self.plan, request.hat, database())
        self.meanwhile: list[dict[str, str]] = []
        self.rests_on = case.no
        start = {} if case.no else self._start()
        self.things.load([(kind.form, case.values | start)])
        day = case.opened_on or today()
        self.corrects = self._corrects()
        base = replace(case, values=corrections.values_at(kind, case, self.corrects)) if self.corrects else case
        self.form = StepForm(self.things, kind, base, self.steps, day, self.given, start)

    def answer(self) -> HttpResponse:
        """The form; or, when a step stands, the case; or a code to sign with on somebody else's screen."""
        if self.request.POST.get("show") and self.case.no:
            changes = self.form.changes()
            return self._drawn() if self.form.wrong or self.brought.errors else self._code(changes)
        done = self._sent() if self.given is not None and self._pressed() else None
        if done is not None:
            messages.success(self.request, _("The step stands in the journal."))
            return redirect("case", self.plan.id, done.case)
        return self._drawn()

    def _corrects(self) -> int:
        """The earlier step that a proposed correction is of, as the address or the form says."""
        if self.steps[0].id != corrections.PROPOSE:
            return 0
        return _whole(self.request.POST.get("corrects") or self.request.GET.get("corrects")) or 0

    def _pressed(self) -> str:
        return str(self.request.POST.get("step", ""))

    def _sent(self) -> Done | None:
        changes = self.form.changes()
        if self.form.wrong or self.brought.errors:
            return None
        try:
            return self._take(self._wish(changes))
        except StepOutdated as error:
            self._tell_meanwhile(error)
            self.form.tell([error])
        except NamedError as error:
            self.form.tell(engine.errors_of(error))
        return None

    def _code(self, changes: Values) -> HttpResponse:
        """A code for the step as it is filled in now, shown once."""
        chosen, now = str(self.request.POST["show"]), timezone.now()
        if chosen not in {step.id for step in self.steps}:
            raise Http404
        reason = str(self.request.POST.get("reason", ""))
        said = codes.Beside(reason, self.brought.evidence())
        made = codes.issue(self.kind, self.case, self.request.hat, chosen, changes, now, said=said)
        context = {
            "case": self.case, "kind_name": name(self.kind), "number": shown.number_of(self.case.id),
            "step_name": shown.step_name(self.kind, chosen), "code": f"{made.text[:4]} {made.text[4:]}",
            "qr": segno.make(made.text, error="m").svg_data_uri(scale=6, border=2),
            "until": timezone.localtime(made.expires_at).strftime("%H:%M:%S"),
        }  # fmt: skip
        return draw(self.request, "code.html", context)

    def _take(self, wish: Wish) -> Done:
        if self.case.no:
            return acting.take(self.things.connection, self.request.hat, self.case.id, wish)
        return acting.begin(self.things.connection, self.request.hat, self.kind.workflow.id, wish)

    def _wish(self, changes: Values) -> Wish:
        sent = self.request.POST
        org = str(sent.get("acting_for", ""))
        return Wish(
            self._pressed(), changes, _whole(sent.get("rests_on")), _instant(sent.get("happened_at")),
            str(sent.get("reason", ""))[:2000], org if org in self.orgs else None,
            self.brought.evidence(), corrects=self.corrects, key=str(sent.get("key", ""))[:80],
        )  # fmt: skip

    def _tell_meanwhile(self, error: StepOutdated) -> None:
        """Who moved the case since it was opened; the next press rests on what they did."""
        seen = int(error.values["seen"])
        for taken in acting.meanwhile(self.things.connection, self.case.id, seen):
            self.things.load((), [taken.acting_for])
            told = {"step": shown.step_name(self.kind, taken.transition), "at": shown.moment(taken.known_at)}
            self.meanwhile.append(told | {"org": self.things.org(taken.acting_for).text, "who": taken.actor})
            self.rests_on = taken.no

    def _start(self) -> Values:
        """What a new case begins with: one's own organisation and its only site, and what the address says."""
        values: Values = {}
        by = {p for t in self.steps for p in t.by}
        own = [p.field for p in self.kind.workflow.parties if p.id in by and p.field and "." not in p.field]
        if len(own) == 1 and self.request.hat.org:
            values |= {own[0]: self.request.hat.org} | self._own_site(own[0])
        for key, text in self.request.GET.items():
            field = self.kind.form.own(key.removeprefix(BEFORE)) if key.startswith(BEFORE) else None
            if field is not None and field.type != "lines" and text:
                values[field.id] = text[:200]
        lots = [lot for lot in self.request.GET.getlist("lot") if lot.isascii() and len(lot) == 36]
        return values | lines_of(self.things.connection, self.kind.form, lots)

    def _own_site(self, party: str) -> Values:
        """The site beside the party's own field, when the hat names one or its organisation has only one."""
        fields = self.kind.form.fields
        after = fields[[field.id for field in fields].index(party) + 1 :]
        beside = next((field for field in after if field.type in {"org", "site"}), None)
        if beside is None or beside.type != "site":
            return {}
        hat = self.request.hat
        found = choices(self.things, "site", "", [hat.org] if hat.org else [])
        site = hat.site or (found[0].split(" · ", maxsplit=1)[0] if len(found) == 1 else None)
        return {beside.id: site} if site else {}

    def _drawn(self) -> HttpResponse:
        english, sent = lang() == "en", self.request.POST
        wrong = bool(self.form.errors or self.brought.errors) or any(_errors(part) for part in self.form.parts.values())
        chosen = self.steps[0]
        now = timezone.localtime().strftime(MINUTE)
        context: dict[str, Any] = {
            "kind": self.kind, "kind_name": name(self.kind), "case": self.case if self.case.no else None,
            "number": shown.number_of(self.case.id), "form": self.form, "meanwhile": self.meanwhile,
            "rests_on": self.rests_on, "key": sent.get("key") or new_id(), "english": english,
            "step": chosen, "step_name": shown.step_name(self.kind, chosen.id),
            "buttons": [(t.id, t.en if english else t.zh, t.signs) for t in sorted(self.steps, key=lambda t: t.signs)],
            "needs_reason": any(t.reason for t in self.steps), "reason": sent.get("reason", ""),
            "happened_at": sent.get("happened_at", ""), "now": now, "acting_for": sent.get("acting_for", ""),
            "may_show": bool(self.case.no) and chosen.signs and chosen.id not in corrections.STEPS,
            "orgs": self._organisations(), "corrects": self.corrects, "brought": self.brought,
            "enters": shown.state_name(self.kind, chosen.enters),
        }  # fmt: skip
        return draw(self.request, "step.html", context, status=422 if wrong else 200)

    def _organisations(self) -> list[tuple[str, str]]:
        """For whom one may sign, when there is a choice."""
        if len(self.orgs) < 2:
            return []
        self.things.load((), self.orgs)
        return [(org, self.things.org(org).text) for org in self.orgs]


@journal_signer
@require_POST
def redeem(request: HttpRequest, city: str, case_id: str) -> HttpResponse:
    """Take the step that a code signs, in the name of whoever shows it."""
    kind = kind_of_case(case_or_404(database(), case_id))
    text = str(request.POST.get("code", ""))[:40]
    try:
        outcome = codes.redeem(database(), kind, case_id, text, timezone.now())
        if outcome.error is not None:
            raise outcome.error
    except NamedError as error:
        for each in engine.errors_of(error):
            messages.error(request, f"{each.text(lang())} {each.remedy(lang())}")
    else:
        messages.success(request, _("The step stands in the journal."))
    return redirect("case", plan_of(city).id, case_id)


def _errors(part: Any) -> bool:
    rows = getattr(part, "rows", ())
    return bool(part.errors) or any(made.errors for row in rows for made in row.boxes)


def _whole(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else None


def _instant(text: Any) -> datetime | None:
    """The moment typed, in the city's zone; None (now) when none was."""
    try:
        at = datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
    return timezone.make_aware(at) if at and at.tzinfo is None else at


@journal_reader
@require_safe
def pick(request: HttpRequest, city: str) -> HttpResponse:
    """Things whose name, code or number holds the words, as the options of an input."""
    kind = str(request.GET.get("kind", ""))
    asked = ((key, value) for key, value in request.GET.items() if key.startswith(BEFORE))
    words = next((value for _key, value in asked), "")[:80].split(" · ")[0].strip()
    things = Things(plan_of(city), request.hat, database())
    owners = [org for org in (request.hat.org, *request.GET.getlist("owner")) if org]
    found = choices(things, kind, words, owners) if kind in PICKED else []
    return draw(request, "options.html", {"options": found})
