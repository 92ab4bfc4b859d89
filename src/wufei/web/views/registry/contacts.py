"""The contacts of an organisation: list, enter, change, end, and see one in full."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry import access, closing, contacts, powers
from wufei.registry.acts import tell
from wufei.registry.mandate_errors import ReasonMissing
from wufei.registry.models import Contact, Organisation, Site
from wufei.registry.personal_data import mask_name, mask_phone
from wufei.web.clock import today
from wufei.web.language import lang
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import hat_of, reader_of
from wufei.web.registry.changing import Kept, attempt, change_or_end, may_keep, org_crumbs, seen_org
from wufei.web.render import page


class ContactForm(forms.Form):
    """What to call about, whom, under which number, for which site. ``kept`` tells what stands, masked."""

    duty = forms.CharField(label=_("What to call about"), max_length=80)
    name = forms.CharField(label=_("Full name"), max_length=80)
    phone = forms.CharField(label=_("Phone"), max_length=32, required=False)
    site = forms.ChoiceField(label=_("Site"), required=False)

    def __init__(self, *args: Any, org: Organisation, kept: Contact | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = Site.objects.filter(org=org, closed_on=None)
        self.fields["site"].choices = [("", gettext("All sites")), *((s.pk, s.name(lang())) for s in sites)]
        if kept is not None:
            self.fields["name"].required = False
            for name, mask in (("name", mask_name(kept.name)), ("phone", mask_phone(kept.phone))):
                self.fields[name].help_text = gettext("Stands as {masked}; leave it empty to keep it.").format(
                    masked=mask or "—"
                )


def _rows(request: HttpRequest, org: Organisation) -> list[dict[str, Any]]:
    found = access.visible(Contact.objects.filter(org=org, erased_at=None).select_related("site"), hat_of(request))
    return [
        {"id": c.pk, "duty": c.duty, "name": mask_name(c.name), "phone": mask_phone(c.phone) or "—",
         "site": c.site.name(lang()) if c.site else "", "ended": c.closed_on} for c in found
    ]  # fmt: skip


@reader_of("contacts")
def org_contacts(request: HttpRequest, city: str, org_id: str) -> HttpResponse:
    """Whom to call, masked; a form to enter one; one in full for a reason that is recorded."""
    plan, org = plan_of(city), seen_org(request, org_id)
    keeps = may_keep(request, org, "contacts") and org.merged_into_id is None
    act, clear = request.POST.get("act", ""), dict[str, str]()
    form = ContactForm(request.POST if act == "enter" else None, org=org) if keeps else None
    errors: list[dict[str, str]] = []
    if act == "show":
        errors = attempt(lambda: clear.update(_in_full(request, org)))
    elif request.method == "POST" and (form is None or act != "enter"):
        raise PermissionDenied
    elif form is not None and form.is_valid():
        errors = attempt(lambda: _enter(request, plan, org, form.cleaned_data))
        if not errors:
            return redirect("contacts", city, org.pk)
    context = {
        "crumbs": org_crumbs(plan, org), "org": org, "name": org.name(lang()), "errors": errors, "form": form,
        "contacts": _rows(request, org), "keeps": keeps, "clear": clear,
        "shows": powers.may(hat_of(request), "see_contacts_in_full", org),
    }  # fmt: skip
    return page(request, "web/registry/contacts.html", context, status=422 if errors or (form and form.errors) else 200)


def _in_full(request: HttpRequest, org: Organisation) -> dict[str, str]:
    hat, reason = hat_of(request), request.POST.get("reason", "").strip()[:200]
    if not powers.may(hat, "see_contacts_in_full", org):
        raise PermissionDenied
    rows = access.visible(Contact.objects.filter(org=org, erased_at=None), hat)
    contact = get_object_or_404(rows, pk=request.POST.get("contact", ""))
    if not reason:
        raise ReasonMissing
    tell("unmask", hat, org.pk, f"{contact.pk} · {reason}"[:200])
    return {"duty": contact.duty, "name": contact.name, "phone": contact.phone}


def _enter(request: HttpRequest, plan: Plan, org: Organisation, said: dict[str, Any]) -> None:
    contact = contacts.enter_contact(said | {"org": org}, plan.catalog, day=today())
    tell("keep_contact", hat_of(request), org.pk, contact.pk)
    messages.success(request, gettext("The contact has been entered."))


@reader_of("contacts")
def org_contact(request: HttpRequest, city: str, org_id: str, contact_id: str) -> HttpResponse:
    """Change a contact, or end it."""
    plan, org = plan_of(city), seen_org(request, org_id)
    rows = access.visible(Contact.objects.filter(org=org, erased_at=None, closed_on=None), hat_of(request))
    contact = get_object_or_404(rows, pk=contact_id)
    if not may_keep(request, org, "contacts"):
        raise PermissionDenied
    first = {"duty": contact.duty, "site": contact.site_id or ""}
    words = Kept(
        reverse("contacts", args=[city, org.pk]), gettext("Contacts"), gettext("Change a contact"),
        gettext("The history says that name or phone changed, never what they were."), gettext("End this contact"),
    )  # fmt: skip
    return change_or_end(
        request, org_crumbs(plan, org), words,
        lambda sent: ContactForm(sent, org=org, kept=contact, initial=first),
        lambda said: _keep(request, plan, contact, said),
    )  # fmt: skip


def _keep(request: HttpRequest, plan: Plan, contact: Contact, said: dict[str, Any] | None) -> None:
    if said is None:
        closing.close(contact, today())
        messages.success(request, gettext("The contact has been ended."))
    else:
        kept = {"name", "phone"}
        contacts.amend_contact(contact, {k: v for k, v in said.items() if v or k not in kept}, plan.catalog)
        messages.success(request, gettext("The contact has been changed."))
    tell("keep_contact", hat_of(request), contact.org_id, contact.pk)
