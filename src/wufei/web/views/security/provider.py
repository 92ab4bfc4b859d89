"""Going to the government identity provider and coming back: to sign in, or to link it to one's account."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wufei.registry import identities
from wufei.registry.acts import tell
from wufei.registry.models import Person
from wufei.terms import NamedError
from wufei.web.hats import at_the_door
from wufei.web.policy import hat_of, open_page
from wufei.web.security import oidc
from wufei.web.security.gate import FACTOR, HAS_FACTOR, before_gate
from wufei.web.views.errors import told_error
from wufei.web.views.front import safe_next, signed_in_now

KEPT = "provider"


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("provider-answer"))


@open_page
@before_gate
@at_the_door
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider; what it must bring back is kept in the session."""
    if not settings.SIGN_IN.oidc_issuer:
        raise Http404
    asked = oidc.Asked.fresh()
    try:
        address = oidc.address(asked, _back(request))
    except NamedError as error:
        return told_error(request, error, 502)
    request.session[KEPT] = [asked.state, asked.nonce, asked.verifier, safe_next(request, reverse("home"))]
    return HttpResponseRedirect(address)


@open_page
@before_gate
@at_the_door
@require_safe
def answer(request: HttpRequest) -> HttpResponse:
    """The provider's answer: sign in whoever linked that identity, or link it for who is signed in."""
    kept: Any = request.session.pop(KEPT, None)
    if not settings.SIGN_IN.oidc_issuer or kept is None:
        return told_error(request, oidc.IdentityRefused(), 410)
    try:
        issuer, subject = oidc.subject(oidc.Asked(*kept[:3]), dict(request.GET.items()), _back(request))
        if request.user.is_authenticated:
            return _link(request, issuer, subject)
        person = identities.person_of(issuer, subject)
    except NamedError as error:
        return told_error(request, error, 403)
    tell("sign_in", signed_in_now(request, person), person.actor, issuer)
    return HttpResponseRedirect(kept[3])


def _link(request: HttpRequest, issuer: str, subject: str) -> HttpResponse:
    """Link the identity to the person, who must be signed in fully and not share the account."""
    person = cast(Person, request.user)
    if person.is_demo or (request.session.get(HAS_FACTOR) and not request.session.get(FACTOR)):
        raise oidc.IdentityRefused
    identities.link(person, issuer, subject)
    tell("identity_linked", hat_of(request), person.actor, issuer)
    messages.success(request, _("The identity platform is linked to your account."))
    return redirect("account")
