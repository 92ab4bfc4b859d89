"""The mandates of an organisation: given and taken, give one, revoke one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry import mandates, people
from wufei.registry.access import force
from wufei.registry.acts import tell
from wufei.registry.mandates import Wish
from wufei.registry.models import Mandate, Organisation, Site
from wufei.reports.table import Cell, Column
from wufei.terms import Mass, NamedError
from wufei.web.clock import today
from wufei.web.forms import day_field
from wufei.web.journal.draw import told
from wufei.web.journal.names import mass
from wufei.web.language import joined
from wufei.web.people.parts import choices_of, may, name_of, org_for, org_named
from wufei.web.people.tables import Listing, file_of, listing
from wufei.web.plan import plan_of
from wufei.web.policy import hat_of, reader
from wufei.web.registry.words import kind_name
from wufei.web.render import page


class MandateForm(forms.Form):
    """To whom, for what, for how long, how much."""

    to = forms.CharField(label=_("To the organisation (credit code or exact name)"), max_length=120, required=False)
    colleague = forms.ChoiceField(label=_("or to a colleague"), required=False)
    acts = forms.MultipleChoiceField(label=_("May do"), widget=forms.CheckboxSelectMultiple)
    streams = forms.CharField(
        label=_("Waste codes, with spaces between; empty for all"), max_length=400, required=False
    )
    sites = forms.MultipleChoiceField(
        label=_("Sites; none chosen for all"), required=False, widget=forms.CheckboxSelectMultiple
    )
    valid_from = day_field(_("From"))
    valid_to = day_field(_("To"))
    most = forms.DecimalField(
        label=_("At most, in tonnes; empty for no limit"), required=False, min_value=Decimal("0.000001"),
        max_value=Decimal(10**9), decimal_places=6,
    )  # fmt: skip

    def __init__(self, *args: Any, org: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = {h.person_id: name_of(h.person) for h in people.people_of(org)}
        self.fields["colleague"].choices = [("", "—"), *colleagues.items()]
        self.fields["acts"].choices = choices_of("mandate_acts")
        own = Site.objects.filter(org=org, closed_on=None)
        self.fields["sites"].choices = [(s.pk, s.name_zh) for s in own]
        self.fields["valid_from"].initial = today()


def _state(mandate: Mandate) -> tuple[str, str]:
    if mandate.revoked_at:
        return "error", gettext("revoked")
    if mandate.valid_to < today():
        return "blank", gettext("expired")
    return ("note", gettext("not yet in force")) if mandate.valid_from > today() else ("sure", gettext("in force"))


def _to(mandate: Mandate, lang: str) -> Cell:
    if mandate.to_org:
        return Cell(mandate.to_org.name(lang))
    return Cell(name_of(mandate.to_person)) if mandate.to_person else Cell("")


def _state_cell(mandate: Mandate, _lang: str) -> Cell:
    mark, word = _state(mandate)
    return Cell(word, mark=mark, note=mandate.revoked_reason)


COLUMNS = (
    Column("to", _("To"), _to, head=True),
    Column("org", _("Given by"), lambda m, lang: Cell(m.org.name(lang)), style="some"),
    Column(
        "acts", _("May do"), lambda m, _l: Cell(joined([kind_name("mandate_acts", a) for a in m.acts])), style="wide"
    ),
    Column("streams", _("Waste"), lambda m, _l: Cell(joined(m.streams) or gettext("all")), style="some"),
    Column("sites", _("Sites"), lambda m, _l: Cell(joined(m.site_names) or gettext("all"))),
    Column("from", _("From"), lambda m, _l: Cell(m.valid_from.isoformat()), style="tight"),
    Column("to_day", _("To the day"), lambda m, _l: Cell(m.valid_to.isoformat()), style="tight"),
    Column(
        "most", _("At most"), lambda m, _l: Cell(mass(m.most_g) if m.most_g else gettext("no limit")), style="tight"
    ),
    Column("state", _("State"), _state_cell, style="tight"),
)


def _listed(org: Organisation) -> Listing:
    """Both sides are named, also to whoever may see neither's pages; a site that the reader may not see by its id."""
    rows = list(mandates.of_org(org))
    with force.door():
        prefetch_related_objects(rows, "org", "to_org", "to_person")
    bound = {m.pk: mandates.site_ids(m) for m in rows}
    names = dict(
        Site.objects.filter(pk__in={site for sites in bound.values() for site in sites}).values_list("pk", "name_zh")
    )
    for mandate in rows:
        mandate.site_names = [names.get(site, site) for site in bound[mandate.pk]]
    return listing(COLUMNS, rows)


@reader
def org_mandates(request: HttpRequest, city: str, org_id: str) -> HttpResponse:
    """Mandates given and taken; give and revoke them."""
    plan, org = plan_of(city), org_for(request, org_id, "see_mandates")
    gives = may(request, "give_mandates", org)
    form = MandateForm(request.POST if "give" in request.POST else None, org=org) if gives else None
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        try:
            with transaction.atomic():  # done and recorded, or neither
                if "revoke" in request.POST:
                    done = _revoke(request, org)
                else:
                    done = form.is_valid() and _give(request, org, form)
        except NamedError as error:
            errors, done = [told(error)], False
        if done:
            return redirect("mandates", plan.id, org.pk)
    listed = _listed(org)
    standing = [row.item for row in listed.rows if row.item.org_id == org.pk and row.item.revoked_at is None]
    labels = [{"id": m.pk, "to": _to(m, "zh").text, "until": m.valid_to} for m in standing if m.valid_to >= today()]
    context = {"org": org, "listed": listed, "form": form, "errors": errors, "standing": labels if gives else ()}
    return page(request, "web/people/mandates.html", context, status=422 if errors or (form and form.errors) else 200)


def _give(request: HttpRequest, org: Organisation, form: MandateForm) -> bool:
    said = form.cleaned_data
    to_org = org_named(said["to"]) if said["to"] else None
    if said["to"] and to_org is None:
        form.add_error("to", _("No organisation on register has this code or exactly this name."))
        return False
    colleague = next((h.person for h in people.people_of(org) if str(h.person_id) == said["colleague"]), None)
    wish = Wish(
        said["acts"], said["valid_from"], said["valid_to"], to_org, colleague, tuple(said["streams"].split()),
        tuple(Site.objects.filter(pk__in=said["sites"], org=org)),
        Mass.of(said["most"], "吨").g if said["most"] is not None else None,
    )  # fmt: skip
    given = mandates.give(org, wish, by=hat_of(request).actor)
    tell("give_mandate", hat_of(request), org.pk, f"mandate-{given.pk}")
    messages.success(request, gettext("The mandate has been given."))
    return True


def _revoke(request: HttpRequest, org: Organisation) -> bool:
    number = request.POST["revoke"]
    mandate = Mandate.objects.filter(pk=number, org=org).first() if number.isdecimal() and len(number) < 19 else None
    if mandate is None:
        raise Http404
    mandates.revoke(mandate, request.POST.get("reason", ""), by=hat_of(request).actor)
    tell("revoke_mandate", hat_of(request), org.pk, request.POST.get("reason", ""))
    messages.success(request, gettext("The mandate has been revoked."))
    return True


@reader
def org_mandates_file(request: HttpRequest, city: str, org_id: str, suffix: str) -> HttpResponse:
    """The mandates as CSV or XLSX."""
    plan, org = plan_of(city), org_for(request, org_id, "see_mandates")
    made = file_of(plan, "mandates", org.name_zh, _listed(org), suffix)
    tell("export", hat_of(request), org.pk)
    return made
