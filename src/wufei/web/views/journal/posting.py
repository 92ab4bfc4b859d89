"""Post a record, reverse one, correct one: forms that say what was refused and why, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from wufei.intake import posting
from wufei.intake.payload import CorrectionIn, ReversalIn, read
from wufei.intake.posting import Speaker, Told
from wufei.journal import new_id, reading
from wufei.journal.reading import Stored
from wufei.terms import NamedError
from wufei.web.journal.asked import places_to_post, stream_names
from wufei.web.journal.draw import database, draw, told
from wufei.web.journal.names import Names
from wufei.web.journal.record_form import EntryForms, RecordForm, evidence_of, initial_entries, initial_record
from wufei.web.language import lang
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader, journal_signer
from wufei.web.views.journal.record import told as said_by

FOUND = 12


class ReasonForm(forms.Form):
    """Why, in the person's own words; the id makes a second press harmless."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2, "required": True})
    )


def speaker(request: HttpRequest) -> Speaker:
    """Who posts, by the hat in force: the person's id and organisation, never a name."""
    hat = request.hat
    return Speaker.of(hat)


@journal_signer
def post(request: HttpRequest, city: str) -> HttpResponse:
    """The empty form, one more entry, or the record itself."""
    plan = plan_of(city)
    first = {"id": new_id(), "happened_at": timezone.localtime(), "period": timezone.localtime().strftime("%Y-%m")}
    form = RecordForm(plan, request.POST or None, initial=first | {"basis": "measured", "source": "hj_1259_2022"})
    entries = _entry_forms(request, plan, None)
    errors: list[dict[str, str]] = []
    if _sent(request) and form.is_valid() and entries.is_valid():
        payload = _payload(request, form, entries)
        found = posting.post(database(), [payload], speaker(request))
        if found[0].stands:
            return _done(request, plan, found[0], _("The record stands in the journal."))
        errors = _errors(found)
    return _form_page(request, plan, form, entries, {"errors": errors})


def _sent(request: HttpRequest) -> bool:
    return request.method == "POST" and "more" not in request.POST


def _entry_forms(request: HttpRequest, plan: Plan, start: list[dict[str, Any]] | None) -> Any:
    given = {"plan": plan, "at": places_to_post(plan, request.hat)}
    return EntryForms(_with_one_more(request), initial=start, form_kwargs=given, prefix="entries")


def _with_one_more(request: HttpRequest) -> Any:
    """What was sent; with one more empty entry when the person asked for it."""
    if request.method != "POST":
        return None
    if "more" not in request.POST:
        return request.POST
    given = request.POST.copy()
    count = given.get("entries-TOTAL_FORMS", "1")
    number = int(count) if count.isdecimal() and len(count) < 4 else 1
    last, fresh = f"entries-{number - 1}-", f"entries-{number}-"
    for key in [key for key in given if key.startswith(last) and not key.endswith(("mass", "detail"))]:
        given[fresh + key.removeprefix(last)] = given[key]
    given["entries-TOTAL_FORMS"] = str(number + 1)
    return given


def _payload(request: HttpRequest, form: RecordForm, entries: Any) -> dict[str, Any]:
    evidence = evidence_of(request.FILES.getlist("evidence"))
    return form.payload() | {"entries": [e.payload() for e in entries], "evidence": evidence}


def _errors(found: Sequence[Told]) -> list[dict[str, str]]:
    return [told(outcome.error) for outcome in found if outcome.error]


def _done(request: HttpRequest, plan: Plan, outcome: Told, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("record", plan.id, outcome.id)


def _form_page(request: HttpRequest, plan: Plan, form: RecordForm, entries: Any, more: dict[str, Any]) -> HttpResponse:
    asked_for_more = request.method == "POST" and not _sent(request)
    wrong = bool(more["errors"]) or (_sent(request) and bool(form.errors or not entries.is_valid()))
    context = {"form": form, "entries": entries, "quiet": asked_for_more, "names": Names(plan)} | more
    return draw(request, "post.html", context, status=422 if wrong else 200)


@journal_signer
def reverse(request: HttpRequest, city: str, record_id: UUID) -> HttpResponse:
    """Show what the reversal will do; append it once a reason is given."""
    plan, stored = plan_of(city), _stored(record_id)
    form = ReasonForm(request.POST or None, initial={"id": new_id()})
    errors: list[dict[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            sent = read(ReversalIn, {"note": form.cleaned_data["reason"], "id": str(form.cleaned_data["id"])}, "")
            found = posting.reverse_record(database(), record_id, sent, speaker(request))
        except NamedError as error:
            found, errors = [], [told(error)]
        if found and found[0].stands:
            return _done(request, plan, found[0], _("The reversal stands in the journal."))
        errors = errors or _errors(found)
    context = said_by(Names(plan), stored) | {"form": form, "errors": errors}
    return draw(request, "reverse.html", context, status=422 if errors or form.errors else 200)


@journal_signer
def correct(request: HttpRequest, city: str, record_id: UUID) -> HttpResponse:
    """The form filled with the old record; both the reversal and the new record, or neither."""
    plan, stored = plan_of(city), _stored(record_id)
    old = stored.record
    if not old.entries:
        raise Http404
    reason = ReasonForm(request.POST or None, initial={"id": new_id()}, prefix="reversal")
    form = RecordForm(plan, request.POST or None, initial={"id": new_id()} | initial_record(old))
    start = None if request.method == "POST" else initial_entries(places_to_post(plan, request.hat), old)
    entries = _entry_forms(request, plan, start)
    errors: list[dict[str, str]] = []
    if _sent(request) and reason.is_valid() and form.is_valid() and entries.is_valid():
        found = _correct(request, record_id, reason, _payload(request, form, entries))
        if found[-1].stands:
            return _done(request, plan, found[-1], _("The old record is reversed and the new one stands."))
        errors = _errors(found)
    return _form_page(request, plan, form, entries, {"errors": errors, "reason": reason, "old": stored})


def _correct(request: HttpRequest, record_id: UUID, reason: ReasonForm, payload: dict[str, Any]) -> list[Told]:
    given = {"note": reason.cleaned_data["reason"], "id": str(reason.cleaned_data["id"]), "record": payload}
    try:
        sent = read(CorrectionIn, given, "")
        return posting.correct_record(database(), record_id, sent, speaker(request))
    except NamedError as error:
        return [Told(None, "refused", error=error)]


def _stored(record_id: UUID) -> Stored:
    found = reading.record(database(), record_id)
    if found is None:
        raise Http404
    return found


@journal_reader
@require_safe
def pick_stream(request: HttpRequest, city: str) -> HttpResponse:
    """Streams whose id, code or name holds the words, as the options of a field."""
    plan = plan_of(city)
    words = next((value for key, value in request.GET.items() if key.endswith("stream")), "").casefold().split()
    found = [item for item in stream_names(plan).ids.values() if _holds(item, words)]
    items = sorted(found, key=lambda item: _distance(item, " ".join(words)))[:FOUND]
    return draw(request, "streams.html", {"items": [(i.id, i.name(lang()), i.code or "") for i in items]})


def _holds(item: Any, words: list[str]) -> bool:
    text = f"{item.id} {item.code or ''} {item.zh} {item.en}".casefold()
    return all(word in text for word in words)


def _distance(item: Any, text: str) -> int:
    """0 for the very name, 1 for a name that begins so, 2 for one that holds the words."""
    names = [name.casefold() for name in (item.id, item.code or "", item.zh, item.en)]
    return 0 if text in names else 1 if any(name.startswith(text) for name in names) else 2
