"""The signed-in person's webhooks: subscribe an address, see what became of each delivery, send again, end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wufei import catalog
from wufei.journal.changes import end_of
from wufei.registry import webhooks as queue
from wufei.registry.access import visible
from wufei.registry.acts import tell
from wufei.registry.models import Delivery, Webhook
from wufei.terms import NamedError
from wufei.web.journal.draw import database
from wufei.web.language import lang
from wufei.web.policy import reader
from wufei.web.render import page
from wufei.web.security.fetch import checked

SHOWN = 100
STATES = (queue.DEAD, queue.WAITING, queue.DELIVERED)


class WebhookForm(forms.Form):
    """What is told where, and from where on."""

    label = forms.CharField(label=gettext_lazy("What the address is for"), max_length=80)
    url = forms.CharField(label=gettext_lazy("Address (https)"), max_length=500, widget=forms.URLInput)
    workflows = forms.MultipleChoiceField(
        label=gettext_lazy("Only steps of these kinds of cases (none: every record)"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    whole = forms.ChoiceField(
        label=gettext_lazy("From where on"), required=False,
        choices=[("", gettext_lazy("From now on")), ("yes", gettext_lazy("Everything since the beginning first"))],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        flows = catalog.current().national.items("workflows")
        self.fields["workflows"].choices = [(flow.id, flow.name(lang())) for flow in flows]

    def clean_url(self) -> str:
        """An address that the system calls; anything else says why not."""
        url: str = self.cleaned_data["url"]
        try:
            checked(url)
        except NamedError as error:
            raise forms.ValidationError(f"{error.text(lang())} {error.remedy(lang())}") from error
        return url


@reader
def webhooks(request: HttpRequest) -> HttpResponse:
    """The person's subscriptions; a new one, whose secret is shown once."""
    form, secret = WebhookForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        secret = _made(request, form)
        form = WebhookForm() if secret else form
    rows = visible(Webhook.objects.filter(person=request.hat.person_id), request.hat)
    context = {"form": form, "secret": secret, "kept": [_row(row) for row in rows]}
    return page(request, "web/webhooks.html", context, status=422 if form.errors else 200)


def _made(request: HttpRequest, form: WebhookForm) -> str:
    said, hat = form.cleaned_data, request.hat
    position = 0 if said["whole"] else end_of(database())
    try:
        row = queue.subscribe(hat, said["url"], said["label"], said["workflows"], position, timezone.now())
    except NamedError as error:
        form.add_error(None, f"{error.text(lang())} {error.remedy(lang())}")
        return ""
    tell("webhook_made", hat, hat.actor, said["url"])
    return str(row.secret)


def _row(row: Webhook) -> dict[str, Any]:
    return {"row": row, "workflows": [_flow_name(flow) for flow in row.workflows]}


def _flow_name(flow: str) -> str:
    found = catalog.current().national.find("workflows", flow)
    return found.name(lang()) if found else flow


@reader
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """What became of the deliveries to one address; send those given up again, or end it."""
    found = get_object_or_404(visible(Webhook.objects.filter(person=request.hat.person_id), request.hat), pk=webhook_id)
    if request.method == "POST":
        return _act(request, found)
    state = request.GET.get("state", "")
    rows = found.deliveries.filter(state=state) if state in STATES else found.deliveries.all()
    counts = {name: found.deliveries.filter(state=name).count() for name in STATES}
    context = {
        "hook": found,
        "workflows": [_flow_name(flow) for flow in found.workflows],
        "rows": rows.order_by("-position")[:SHOWN],
        "counts": [(name, counts[name], name == state) for name in STATES],
        "dead": counts[queue.DEAD],
        "end": end_of(database()),
    }
    return page(request, "web/webhook.html", context)


def _act(request: HttpRequest, found: Webhook) -> HttpResponse:
    """End it, or send again: one delivery by its number, or all that were given up."""
    now, one = timezone.now(), request.POST.get("again", "")
    if "end" in request.POST:
        queue.end(found, "ended by its owner", now)
        tell("webhook_ended", request.hat, request.hat.actor, found.url)
        messages.success(request, _("The address is told nothing more."))
        return redirect("webhook", found.pk)
    rows = Delivery.objects.filter(webhook=found)
    rows = rows.filter(state=queue.DEAD) if one == "dead" else rows.filter(pk=int(one) if _number(one) else 0)
    count = queue.replay(rows, now)
    if count:
        tell("webhook_replayed", request.hat, request.hat.actor, f"{found.url}: {count}")
    messages.success(request, _("Deliveries sent again: {count}").format(count=count))
    return redirect("webhook", found.pk)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
