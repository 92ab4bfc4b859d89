"""The people of an organisation, and one of them: invite, move, end, hand over, close, see in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry import hats, invitations, people
from wufei.registry.acts import tell
from wufei.registry.invitations import Offer
from wufei.registry.mandate_errors import ReasonMissing
from wufei.registry.models import Hat, Invitation, Organisation, Person, Site
from wufei.reports.table import Cell, Column
from wufei.terms import NamedError
from wufei.web.journal.draw import told
from wufei.web.journal.names import moment
from wufei.web.people.joining import invitation_sheet
from wufei.web.people.parts import ReasonForm, may, name_of, org_for, phone_of
from wufei.web.people.tables import Listing, file_of, listing
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import hat_of, reader
from wufei.web.registry.words import kind_name
from wufei.web.render import page

MATTERS = {
    "mandate": _("delegation"),
    "invitation": _("invitation"),
    "claim": _("claim"),
    "subject_request": _("request"),
}


class InviteForm(forms.Form):
    """Whom to invite, as what; for one site or for all."""

    label = forms.CharField(label=_("For whom (your own note, no document numbers)"), max_length=80)
    role = forms.ChoiceField(label=_("Role"))
    site = forms.ChoiceField(label=_("Site"), required=False)

    def __init__(self, *args: Any, org: Organisation, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grantable = [(r, kind_name("roles", r)) for r in invitations.grantable(role)]
        self.fields["role"].choices = grantable
        sites = [(s.pk, s.name_zh) for s in Site.objects.filter(org=org, closed_on=None)]
        self.fields["site"].choices = [("", gettext("All sites")), *sites]


def _columns(plan: Plan, org: Organisation) -> tuple[Column, ...]:
    def who(hat: Hat, _lang: str) -> Cell:
        return Cell(name_of(hat.person), href=reverse("person", args=[plan.id, org.pk, hat.person_id]))

    return (
        Column("name", _("Full name"), who, head=True),
        Column("role", _("Role"), lambda h, _l: Cell(kind_name("roles", h.role)), style="some"),
        Column("site", _("Site"), lambda h, lang: Cell(h.site.name(lang) if h.site else "")),
        Column("phone", _("Phone"), lambda h, _l: Cell(phone_of(h.person)), style="tight"),
        Column("since", _("In the role since"), lambda h, _l: Cell(moment(h.granted_at)[:10]), style="tight"),
        Column("last", _("Last signed in"), lambda h, _l: Cell(moment(h.person.last_login)[:10]), style="tight"),
    )


def _listed(plan: Plan, org: Organisation) -> Listing:
    return listing(_columns(plan, org), people.people_of(org))


@reader
def org_people(request: HttpRequest, city: str, org_id: str) -> HttpResponse:
    """Everybody with a role in the organisation, open invitations, and a form to invite."""
    plan, org = plan_of(city), org_for(request, org_id, "see_people")
    manages = may(request, "manage_people", org)
    form = InviteForm(request.POST or None, org=org, role=hat_of(request).role) if manages else None
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if "withdraw" in request.POST:
            return _withdraw(request, plan, org)
        if form.is_valid():
            try:
                return _invited(request, plan, org, form.cleaned_data)
            except NamedError as error:
                errors = [told(error)]
    context = {
        "org": org, "listed": _listed(plan, org), "form": form, "errors": errors,
        "invitations": _open_invitations(org) if manages else (), "mandates": may(request, "see_mandates", org),
    }  # fmt: skip
    return page(request, "web/people/people.html", context, status=422 if errors or (form and form.errors) else 200)


def _open_invitations(org: Organisation) -> list[dict[str, Any]]:
    found = Invitation.objects.filter(org=org, taken_at=None, withdrawn_at=None)
    return [
        {"id": i.pk, "label": i.label, "role": kind_name("roles", i.role), "to": moment(i.expires_at)} for i in found
    ]


def _invited(request: HttpRequest, plan: Plan, org: Organisation, said: dict[str, Any]) -> HttpResponse:
    site = Site.objects.filter(pk=said["site"], org=org).first() if said["site"] else None
    hat = hat_of(request)
    with transaction.atomic():
        kept, token = invitations.invite(Offer(org, said["role"], said["label"], site), by=hat.actor, by_role=hat.role)
        tell("invite", hat, org.pk)
    context = invitation_sheet(request, kept, token) | {"org": org, "back": reverse("people", args=[plan.id, org.pk])}
    return page(request, "web/people/invited.html", context)


def _withdraw(request: HttpRequest, plan: Plan, org: Organisation) -> HttpResponse:
    number = request.POST["withdraw"]
    found = Invitation.objects.filter(pk=number, org=org).first() if number.isdecimal() and len(number) < 19 else None
    if found and invitations.withdraw(found):
        messages.success(request, gettext("The invitation has been withdrawn."))
    return redirect("people", plan.id, org.pk)


@reader
def org_people_file(request: HttpRequest, city: str, org_id: str, suffix: str) -> HttpResponse:
    """The people of the organisation as CSV or XLSX, masked; the export is recorded."""
    plan, org = plan_of(city), org_for(request, org_id, "see_people")
    made = file_of(plan, "people", org.name_zh, _listed(plan, org), suffix)
    tell("export", hat_of(request), org.pk)
    return made


@reader
def org_person(request: HttpRequest, city: str, org_id: str, person_id: int) -> HttpResponse:
    """One person of the organisation: roles, what lies with them, and what can be done about it."""
    plan, org = plan_of(city), org_for(request, org_id, "see_people")
    person = _person(org, person_id)
    errors: list[dict[str, str]] = []
    clear: dict[str, str] = {}
    if request.method == "POST":
        act = next((name for name in ACTS if name in request.POST), "")
        if not act or not may(request, ACTS[act][0], org):
            raise PermissionDenied
        try:
            with transaction.atomic():  # done and recorded, or neither
                clear = ACTS[act][1](request, org, person) or {}
        except NamedError as error:
            errors = [told(error)]
        if not errors and not clear:
            return _back(plan, org, person)
    context = _told_person(request, org, person) | {"errors": errors, "clear": clear, "reason": ReasonForm()}
    return page(request, "web/people/person.html", context, status=422 if errors else 200)


def _back(plan: Plan, org: Organisation, person: Person) -> HttpResponse:
    still = Hat.objects.filter(person=person, org=org, ended_at=None).exists() and person.is_active
    return redirect("person", plan.id, org.pk, person.pk) if still else redirect("people", plan.id, org.pk)


def _person(org: Organisation, person_id: int) -> Person:
    hat = Hat.objects.filter(person_id=person_id, org=org).select_related("person").first()
    if hat is None:
        raise Http404
    return hat.person


def _told_person(request: HttpRequest, org: Organisation, person: Person) -> dict[str, Any]:
    every = Hat.objects.filter(person=person, org=org).select_related("site").order_by("-ended_at", "-granted_at")
    open_ids = set(hats.open_hats(person).values_list("pk", flat=True))
    rows = [
        {"id": h.pk, "role": kind_name("roles", h.role), "site": h.site.name_zh if h.site else "",
         "open": h.pk in open_ids, "since": moment(h.granted_at), "ended": moment(h.ended_at)} for h in every
    ]  # fmt: skip
    colleagues = [h.person for h in people.people_of(org) if h.person_id != person.pk]
    return {
        "org": org, "who": person, "name": name_of(person), "phone": phone_of(person), "hat_rows": rows,
        "held": [(MATTERS.get(m.kind, m.kind), m) for m in people.open_matters(person)],
        "colleagues": [(p.pk, name_of(p)) for p in dict.fromkeys(colleagues)],
        "manages": may(request, "manage_people", org), "closes": may(request, "close_accounts", org),
        "unmasks": may(request, "unmask", org) and person.restricted_at is None,
    }  # fmt: skip


def _reason(request: HttpRequest) -> str:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise ReasonMissing
    return reason


def _end(request: HttpRequest, org: Organisation, person: Person) -> None:
    number = request.POST["end"]
    mine = Hat.objects.select_related("person", "org").filter(org=org, person=person)
    hat = mine.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    if hat is None:
        raise Http404
    people.end_hat(hat, by=hat_of(request).actor, reason=_reason(request))
    tell("end_hat", hat_of(request), person.actor, _reason(request))
    messages.success(request, gettext("The role has been ended."))


def _hand_over(request: HttpRequest, org: Organisation, person: Person) -> None:
    number = request.POST.get("colleague", "")
    colleague = next((h.person for h in people.people_of(org) if str(h.person_id) == number), None)
    if colleague is None:
        raise Http404
    moved = people.hand_over(person, colleague, by=hat_of(request).actor)
    tell("hand_over", hat_of(request), person.actor)
    messages.success(request, gettext("{count} matters have been handed over.").format(count=moved))


def _close(request: HttpRequest, _org: Organisation, person: Person) -> None:
    people.deactivate(person, by=hat_of(request).actor, reason=_reason(request))
    tell("deactivate", hat_of(request), person.actor, _reason(request))
    messages.success(request, gettext("The account has been closed; its sessions and tokens open nothing any more."))


def _unmask(request: HttpRequest, _org: Organisation, person: Person) -> dict[str, str]:
    if person.restricted_at is not None:
        raise PermissionDenied
    tell("unmask", hat_of(request), person.actor, _reason(request))
    return {"name": person.full_name, "phone": person.phone, "email": person.email}


Act = Callable[[HttpRequest, Organisation, Person], dict[str, str] | None]
ACTS: dict[str, tuple[str, Act]] = {
    "end": ("manage_people", _end),
    "hand_over": ("manage_people", _hand_over),
    "close": ("close_accounts", _close),
    "unmask": ("unmask", _unmask),
}
