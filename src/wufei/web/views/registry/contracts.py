"""The contracts of an organisation: list, enter, change, end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry import access, permits
from wufei.registry.access import force
from wufei.registry.acts import tell
from wufei.registry.models import Contract, Organisation
from wufei.terms import Mass
from wufei.web.clock import today
from wufei.web.forms import day_field
from wufei.web.language import lang
from wufei.web.people.parts import choices_of, org_named
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import hat_of, reader_of
from wufei.web.registry import parts
from wufei.web.registry.changing import Kept, attempt, change_or_end, may_keep, org_crumbs, seen_org
from wufei.web.render import page


class TermsForm(forms.Form):
    """What of a contract may be changed later."""

    number = forms.CharField(label=_("Document number"), max_length=60, required=False)
    valid_from = day_field(_("Valid from"), initial=today)
    valid_to = day_field(_("Valid to; empty for no end"), required=False)
    streams = forms.CharField(
        label=_("Waste codes, with spaces between; empty for all"), max_length=400, required=False
    )
    most = forms.DecimalField(
        label=_("At most, in tonnes; empty for no limit"), required=False, min_value=Decimal("0.000001"),
        max_value=Decimal(10**9), decimal_places=6,
    )  # fmt: skip


class ContractForm(TermsForm):
    """A new contract: with whom, for what, and its terms."""

    partner = forms.CharField(label=_("With (credit code or exact name)"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"))
    field_order = ("partner", "kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = choices_of("contract_kinds")


def _terms(said: dict[str, Any]) -> dict[str, Any]:
    most_g = None if said["most"] is None else Mass.of(said["most"], "吨").g
    named = {name: said[name] for name in ("number", "valid_from", "valid_to")}
    return named | {"streams": said["streams"].split(), "most_g": most_g}


def contracts_of(request: HttpRequest, org: Organisation) -> list[Contract]:
    """The contracts of either side that the hat sees; both sides are named, also to who may see neither's pages."""
    rows = list(access.visible(Contract.objects.filter(Q(org=org) | Q(partner=org)), hat_of(request)))
    with force.door():
        prefetch_related_objects(rows, "org", "partner")
    return rows


@reader_of("contracts")
def org_contracts(request: HttpRequest, city: str, org_id: str) -> HttpResponse:
    """Contracts given and taken; a form to enter one that the organisation gives."""
    plan, org = plan_of(city), seen_org(request, org_id)
    keeps = may_keep(request, org, "contracts") and org.merged_into_id is None
    form = ContractForm(request.POST or None) if keeps else None
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        partner = _partner(form) if form.is_valid() else None
        if partner is not None:
            errors = attempt(lambda: _enter(request, plan, org, partner, form.cleaned_data))
            if not errors:
                return redirect("contracts", city, org.pk)
    context = {
        "crumbs": org_crumbs(plan, org), "org": org, "name": org.name(lang()), "errors": errors, "form": form,
        "contracts": parts.contract_rows(plan, org.pk, contracts_of(request, org), today()), "keeps": keeps,
    }  # fmt: skip
    wrong = errors or (form and form.errors)
    return page(request, "web/registry/contracts.html", context, status=422 if wrong else 200)


def _partner(form: ContractForm) -> Organisation | None:
    found = org_named(form.cleaned_data["partner"])
    if found is None:
        form.add_error("partner", _("No organisation on register has this code or exactly this name."))
    return found


def _enter(request: HttpRequest, plan: Plan, org: Organisation, partner: Organisation, said: dict[str, Any]) -> None:
    values = _terms(said) | {"org": org, "partner": partner, "kind": said["kind"]}
    contract = permits.enter_contract(values, plan.catalog, day=today())
    tell("keep_contract", hat_of(request), org.pk, contract.pk)
    messages.success(request, gettext("The contract has been entered."))


@reader_of("contracts")
def org_contract(request: HttpRequest, city: str, org_id: str, contract_id: str) -> HttpResponse:
    """Change a contract that the organisation gave, or end it with a day."""
    plan, org = plan_of(city), seen_org(request, org_id)
    rows = access.visible(Contract.objects.filter(org=org, ended_on=None), hat_of(request))
    contract = get_object_or_404(rows, pk=contract_id)
    if not may_keep(request, org, "contracts"):
        raise PermissionDenied
    words = Kept(
        reverse("contracts", args=[city, org.pk]), gettext("Contracts"), gettext("Change a contract"),
        gettext("Before and after stand in the history. The parties of a contract do not change."),
        gettext("End this contract today"),
    )  # fmt: skip
    return change_or_end(
        request, org_crumbs(plan, org), words,
        lambda sent: TermsForm(sent, initial=_standing(contract)),
        lambda said: _keep(request, plan, contract, said),
    )  # fmt: skip


def _standing(contract: Contract) -> dict[str, Any]:
    most = None if contract.most_g is None else Mass(contract.most_g).to("吨")
    return {
        "number": contract.number, "valid_from": contract.valid_from, "valid_to": contract.valid_to,
        "streams": " ".join(contract.streams), "most": most,
    }  # fmt: skip


def _keep(request: HttpRequest, plan: Plan, contract: Contract, said: dict[str, Any] | None) -> None:
    if said is None:
        permits.end_contract(contract, today())
        messages.success(request, gettext("The contract has been ended."))
    else:
        permits.amend_contract(contract, _terms(said), plan.catalog)
        messages.success(request, gettext("The contract has been changed."))
    tell("keep_contract", hat_of(request), contract.org_id, contract.pk)
