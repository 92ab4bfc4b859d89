"""One's own data: the notice, what is held, what can be asked; the office's list; how long data is kept."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from wufei import catalog
from wufei.journal.of_actor import records_of
from wufei.registry import consents, subject_requests
from wufei.registry.access import Wearer, force
from wufei.registry.acts import tell
from wufei.registry.models import Consent, Person, RetentionRun, SubjectRequest
from wufei.terms import NamedError
from wufei.web.clock import today
from wufei.web.journal.draw import database, told
from wufei.web.journal.names import moment
from wufei.web.language import lang
from wufei.web.people.parts import choices_of, may, name_of
from wufei.web.plan import every_city, plan_of
from wufei.web.policy import hat_of, open_page, reader, signed_in
from wufei.web.registry.words import kind_name
from wufei.web.render import page

RECORDS_IN_FILE = 500


def _worded(item: Any, *names: str) -> dict[str, Any]:
    """The fields of an item that come in two languages, in the reader's."""
    return {name: getattr(item, f"{name}_{lang()}") for name in names}


@open_page
@require_safe
def notice(request: HttpRequest) -> HttpResponse:
    """Who processes what, why, how, for how long, and how to exercise one's rights (PIPL 17)."""
    national = catalog.current().national
    words = ("purpose", "method", "data", "basis", "recipients")
    rows = [
        {"name": p.name(lang()), "sensitive": p.sensitive, "cites": [str(c) for c in p.cites], **_worded(p, *words),
         "kept": [_kept(national.find("retention", r)) for r in p.retention]}
        for p in national.items("processing")
    ]  # fmt: skip
    rights = [{"name": r.name(lang()), "days": r.days} for r in national.items("request_kinds")]
    context = {"rows": rows, "rights": rights, "processors": _processors(), "checked_on": _checked_on()}
    return page(request, "web/people/notice.html", context)


def _checked_on() -> str:
    return max(p.checked_on for p in catalog.current().national.items("processing")).isoformat()


def _processors() -> list[dict[str, Any]]:
    found = []
    for city in every_city():
        scope = catalog.current().city(city.id)
        for contact in scope.items("privacy_contacts"):
            org = scope.get("orgs", contact.processor)
            found.append({"name": org.name(lang()), "contact": getattr(contact, f"contact_{lang()}")})
    return found


def _kept(rule: Any) -> dict[str, str]:
    length = gettext("for ever") if rule.keep is None else _length(rule.keep, rule.unit)
    bounds = {"least": gettext("no shorter than {length}"), "most": gettext("no longer than {length}")}
    told = bounds[rule.bound].format(length=length) if rule.bound in bounds and rule.keep is not None else length
    return {"name": rule.name(lang()), "length": told, **_worded(rule, "since", "holds")}


def _length(keep: int, unit: str) -> str:
    words = {"年": gettext("{n} years"), "月": gettext("{n} months"), "日": gettext("{n} days")}
    return words[unit].format(n=keep)


class AskForm(forms.Form):
    """What to ask; a correction names the new values."""

    kind = forms.ChoiceField(label=_("What you ask for"))
    full_name = forms.CharField(label=_("Correct name (for a correction)"), max_length=80, required=False)
    phone = forms.CharField(label=_("Correct phone (for a correction)"), max_length=32, required=False)
    email = forms.EmailField(label=_("Correct e-mail address (for a correction)"), required=False)
    details = forms.CharField(
        label=_("What you want to add"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = choices_of("request_kinds")


@signed_in
def own_data(request: HttpRequest) -> HttpResponse:
    """What is held of the reader, their requests, and a form for another."""
    person: Person = request.user
    form = AskForm(request.POST or None)
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        if person.is_demo:
            raise PermissionDenied
        if "withdraw" in request.POST:
            return _withdraw_consent(request, person)
        if form.is_valid():
            said = form.cleaned_data
            try:
                with transaction.atomic():
                    subject_requests.make(person, said["kind"], details=said["details"], wanted=said)
                    tell("ask_about_own_data", hat_of(request), person.actor, said["kind"])
            except NamedError as error:
                errors = [told(error)]
            else:
                messages.success(request, gettext("Your request has been received."))
                return redirect("own-data")
    mine = SubjectRequest.objects.filter(person=person).order_by("-made_at")
    context = {
        "form": form, "errors": errors, "requests": [_asked(r) for r in mine], "who": person,
        "consents": _consents(person),
    }  # fmt: skip
    return page(request, "web/people/own_data.html", context, status=422 if errors or form.errors else 200)


def _consents(person: Person) -> list[dict[str, str]]:
    with force.wearing(Wearer.bareheaded(person)):  # they are the person's, whatever hat they wear
        found = list(Consent.objects.filter(person=person, withdrawn_at=None))
    return [
        {"id": c.processing, "name": kind_name("processing", c.processing), "given": moment(c.given_at)} for c in found
    ]


def _withdraw_consent(request: HttpRequest, person: Person) -> HttpResponse:
    processing = request.POST["withdraw"]
    with transaction.atomic():
        with force.wearing(Wearer.bareheaded(person)):
            done = consents.withdraw(person, processing)
        if done:
            tell("consent_withdrawn", hat_of(request), person.actor, processing)
            messages.success(request, gettext("Your consent has been withdrawn; what rested on it has ended."))
    return redirect("own-data")


def _asked(asked: SubjectRequest) -> dict[str, Any]:
    state = ("note", gettext("open")) if asked.decided_at is None else None
    state = state or (("sure", gettext("granted")) if asked.granted else ("error", gettext("refused")))
    return {
        "id": asked.pk, "kind": kind_name("request_kinds", asked.kind), "made": moment(asked.made_at),
        "due": asked.due_on, "late": asked.decided_at is None and asked.due_on < today(), "state": state,
        "reason": asked.reason,
    }  # fmt: skip


@signed_in
@require_POST
def own_file(request: HttpRequest) -> HttpResponse:
    """Everything about the reader as one JSON file: the registry's rows and the ids of their journal records."""
    person: Person = request.user
    told_all = subject_requests.everything_about(person)
    told_all["journal"] = _records_of(person)
    tell("own_file", hat_of(request), person.actor)
    response = HttpResponse(subject_requests.as_file(told_all), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="wufei-my-data-{today().isoformat()}.json"'
    response["Cache-Control"] = "no-store"
    return response


def _records_of(person: Person) -> list[dict[str, Any]]:
    return [{"id": id_, "known_at": at} for id_, at in records_of(database(), person.actor, RECORDS_IN_FILE)]


@reader
def requests(request: HttpRequest, city: str) -> HttpResponse:
    """The data-subject requests that wait for the office, what is due first on top; grant or refuse."""
    if not may(request, "decide_requests"):
        raise Http404
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        number = request.POST.get("request", "")
        asked = SubjectRequest.objects.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
        if asked is None:
            raise Http404
        try:
            with transaction.atomic():
                _decide(request, asked)
        except NamedError as error:
            errors = [told(error)]
        else:
            return redirect("requests", plan_of(city).id)
    waiting = SubjectRequest.objects.filter(decided_at=None).select_related("person")[:200]
    rows = [
        _asked(r) | {"who": name_of(r.person), "details": r.details, "wanted": sorted(json.loads(r.wanted or "{}"))}
        for r in waiting
    ]
    return page(request, "web/people/requests.html", {"rows": rows, "errors": errors}, status=422 if errors else 200)


def _decide(request: HttpRequest, asked: SubjectRequest) -> None:
    granted, hat, reason = "grant" in request.POST, hat_of(request), request.POST.get("reason", "")
    if asked.person_id == hat.person_id:
        raise PermissionDenied  # nobody decides their own
    subject_requests.decide(asked, granted=granted, reason=reason, by=hat.actor)
    tell("decide_request", hat, asked.person.actor, f"{asked.kind} {reason}".strip())
    messages.success(request, gettext("The request has been decided."))


@reader
@require_safe
def keeping(request: HttpRequest, city: str) -> HttpResponse:
    """How long each kind of data is kept, what the last runs of the daily job erased."""
    if not may(request, "see_security"):
        raise Http404
    plan_of(city)
    national = catalog.current().national
    rules = [
        _kept(r) | {"erases": bool(r.eraser), "cites": [str(c) for c in r.cites], "confidence": r.confidence,
                    "note": getattr(r, f"note_{lang()}") or ""}
        for r in national.items("retention")
    ]  # fmt: skip
    log = [
        {"at": moment(r.at), "by": r.by, "kind": kind_name("retention", r.data_kind), "dry": r.dry_run,
         "before": r.before, "due": r.due, "erased": r.erased} for r in RetentionRun.objects.all()[:60]
    ]  # fmt: skip
    return page(request, "web/people/keeping.html", {"rules": rules, "log": log})
