"""The pages about the field app on the server: one's phones, and the conflicts of what phones signed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wufei.registry import field_devices
from wufei.registry.access import changeable
from wufei.registry.acts import tell
from wufei.registry.models import FieldAction, FieldDevice
from wufei.terms import NamedError
from wufei.web.cases import shown
from wufei.web.journal.draw import database
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import reader, reader_of
from wufei.web.render import page
from wufei.workflow import engine
from wufei.workflow.field import settling, telling
from wufei.workflow.kinds import kind_of

SHOWN = 50


@reader
def devices(request: HttpRequest) -> HttpResponse:
    """The phones that the hat may end: one's own, and for administrators those of the organisation."""
    rows = changeable(FieldDevice.objects.select_related("person", "hat"), request.hat)
    if request.method == "POST":
        return _end(request, rows)
    now = timezone.now()
    context = {"rows": [(row, row.revoked_at is None and row.expires_at > now) for row in rows[:SHOWN]]}
    return page(request, "web/field/devices.html", context)


def _end(request: HttpRequest, rows: Any) -> HttpResponse:
    try:
        wanted = UUID(str(request.POST.get("end", "")))
    except ValueError as error:
        raise Http404 from error
    device = get_object_or_404(rows, pk=wanted)
    field_devices.end(device, f"{request.hat.actor}", timezone.now())
    tell("field_ended", request.hat, device.person.actor, f"{device.pk} {device.label}")
    messages.success(request, _("The phone signs no more; what it still sends is kept as a conflict."))
    return redirect("field-devices")


@reader_of("field_actions", "change")
@require_safe
def conflicts(request: HttpRequest, city: str) -> HttpResponse:
    """Signed actions that could not be taken, or that wait; the latest first."""
    plan_of(city)
    pages = Paginator(settling.conflicts(request.hat), SHOWN).get_page(request.GET.get("page"))
    rows = [_row(row, request) for row in settling.with_signers(pages)]
    return page(request, "web/field/conflicts.html", {"rows": rows, "pages": pages})


def _row(row: FieldAction, request: HttpRequest) -> dict[str, Any]:
    kind = _kind(row)
    step = kind.workflow.transition(row.body["transition"]) if kind else None
    name = (step.en if lang() == "en" else step.zh) if step else row.body["transition"]
    return {
        "row": row, "step": name, "number": shown.number_of(row.case) if row.case else "",
        "why": telling.lines(row.error, lang()), "own": row.person_id == request.hat.person_id,
        "signer": row.person.full_name or row.person.username,
    }  # fmt: skip


def _kind(row: FieldAction) -> Any:
    try:
        return kind_of(row.body["workflow"])
    except NamedError:
        return None


@reader_of("field_actions", "change")
@require_POST
def settle(request: HttpRequest, city: str, action_id: UUID) -> HttpResponse:
    """Confirm a conflict, or give it up with a reason."""
    try:
        if "give_up" in request.POST:
            settling.give_up(request.hat, action_id, str(request.POST.get("reason", "")), timezone.now())
            messages.success(request, _("Given up; the signed action is kept with your reason."))
        else:
            settling.confirm(database(), request.hat, action_id, timezone.now())
            messages.success(request, _("The step stands in the journal."))
    except NamedError as error:
        for each in engine.errors_of(error):
            messages.error(request, f"{each.text(lang())} {each.remedy(lang())}")
    return redirect("field-conflicts", plan_of(city).id)
