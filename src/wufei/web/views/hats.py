"""Changing hats."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wufei.registry.acts import tell
from wufei.web import hats
from wufei.web.policy import signed_in
from wufei.web.security.gate import before_gate
from wufei.web.views.front import safe_next


@signed_in
@before_gate
@require_POST
def change_hat(request: HttpRequest) -> HttpResponse:
    """Wear another of one's own hats and go on to the page that is asked for; any other number is not found."""
    number = request.POST.get("hat", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19 and hats.switch(request, int(number))):
        raise Http404
    tell("hat_change", request.hat, request.user.actor)
    worn = next(choice for choice in hats.choices(request) if choice.worn)
    messages.success(request, _("You now act as %(role)s.") % {"role": worn.role})
    return HttpResponseRedirect(safe_next(request, reverse("home")))
