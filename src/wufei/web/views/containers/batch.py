"""Label several containers of one waste at once: one form, a code for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from wufei.journal import new_id
from wufei.terms import NamedError
from wufei.web.cases.step_form import StepForm
from wufei.web.cases.things import Things, choices
from wufei.web.clock import today
from wufei.web.containers.shown import WORKFLOW
from wufei.web.journal.draw import database, naming_errors
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_signer
from wufei.web.render import page
from wufei.workflow import acting, engine
from wufei.workflow.acting import Wish
from wufei.workflow.engine import Case
from wufei.workflow.kinds import kind_of
from wufei.workflow.values import Values

MOST_AT_ONCE = 100
LEFT_OUT = frozenset({"typed_code"})  # one code for several containers is no code


@journal_signer
@naming_errors
def label(request: HttpRequest, city: str) -> HttpResponse:
    """The form and how many; afterwards the list, with those just labelled first."""
    plan = plan_of(city)
    things, kind = Things(plan, request.hat, database()), kind_of(WORKFLOW, today())
    step = kind.workflow.transition("label")
    given: Mapping[str, Any] | None = request.POST if request.method == "POST" else None
    case = Case("", WORKFLOW, kind.workflow.start)
    start = _start(request, things)
    things.load([(kind.form, start)])
    form = StepForm(things, kind, case, [step] if step else [], today(), given, start)
    for name in LEFT_OUT:
        form.parts.pop(name, None)
    count, errors = _count(request.POST.get("count", "1")), list[str]()
    if given is not None:
        changes = form.changes()
        if count is None:
            errors = [_("Write a number from 1 to {most}.").format(most=MOST_AT_ONCE)]
        elif not form.wrong:
            made = _make(request, things, form, changes, count)
            if made:
                return _done(request, plan, made, count)
    wrong = bool(errors or form.errors or any(part.errors for part in form.parts.values()))
    context = {"form": form, "count": request.POST.get("count", "1"), "errors": errors, "most": MOST_AT_ONCE,
               "key": request.POST.get("key") or new_id()}  # fmt: skip
    return page(request, "web/containers/label.html", context, status=422 if wrong else 200)


def _count(text: str) -> int | None:
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    return count if 1 <= count <= MOST_AT_ONCE else None


def _make(request: HttpRequest, things: Things, form: StepForm, changes: Values, count: int) -> list[str]:
    """The cases made, each with a key of its own; what stands against one is told, and those before it stay."""
    made, key = [], str(request.POST.get("key", ""))[:60]
    for number in range(count):
        wish = Wish("label", changes, key=f"{key}:{number}" if key else "")
        try:
            made.append(acting.begin(things.connection, request.hat, WORKFLOW, wish).case)
        except NamedError as error:
            form.tell(engine.errors_of(error))
            break
    return made


def _done(request: HttpRequest, plan: Plan, made: list[str], count: int) -> HttpResponse:
    if len(made) < count:
        messages.warning(request, _("{made} of {count} were labelled.").format(made=len(made), count=count))
    else:
        messages.success(request, _("Labelled: {count}").format(count=count))
    if len(made) == 1:
        return redirect("container", plan.id, made[0])
    return redirect(reverse("containers", args=[plan.id]) + "?" + urlencode({"state": "labelled"}))


def _start(request: HttpRequest, things: Things) -> Values:
    """One's own organisation and its only site, and today."""
    hat = request.hat
    values: Values = {"produced_on": today().isoformat()}
    if hat.org:
        values["keeper_org"] = hat.org
        found = choices(things, "site", "", [hat.org])
        site = hat.site or (found[0].split(" · ", maxsplit=1)[0] if len(found) == 1 else None)
        values |= {"site": site} if site else {}
    return values
