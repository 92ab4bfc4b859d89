"""What a reader sees when something went wrong: what, and what to do; never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from wufei.registry.access import STRANGER
from wufei.registry.acts import tell
from wufei.terms import NamedError
from wufei.web.api.errors import DatabaseAway, answer
from wufei.web.language import lang
from wufei.web.render import page
from wufei.web.security.limits import first_in_window

_log = logging.getLogger("wufei.web")


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """400: the request could not be understood."""
    return _told(request, 400, _("The request could not be read."), _("Go back, reload the page, and try again."))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:  # noqa: ARG001
    """403: signed in, but not allowed."""
    hat = getattr(request, "hat", STRANGER)
    if first_in_window(f"refused:{hat.actor}:{request.path}"):
        tell("refused", hat, hat.actor, request.path)
    remedy = _("Ask an administrator for the role that may open it, or sign in with another account.")
    return _told(request, 403, _("Your account may not open this page."), remedy)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:  # noqa: ARG001
    """404: nothing at this address."""
    remedy = _("Check the address, or look for what you need with the search or the menu.")
    return _told(request, 404, _("There is no page at this address."), remedy)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    remedy = _(
        "Try again in a minute. If it stays, give the administrator the time and the address; the log has the cause."
    )
    return _told(request, 500, _("The server could not draw this page."), remedy, bare=True)


def database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """503: the database does not answer; as JSON for programs."""
    _log.error("database", exc_info=error)
    if request.path.startswith("/api/v"):
        return answer(DatabaseAway())
    said = DatabaseAway()
    context = {"title": said.text(lang()), "remedy": said.remedy(lang()), "code": "503"}
    return page(request, "web/error.html", context, status=503, bare=True)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403: the form was too old, came from elsewhere, or cookies are blocked."""
    remedy = _("Allow cookies for this site, reload the form, and send it again. Nothing was changed.")
    return _told(request, 403, _("This form could not be verified."), remedy)


def told_error(request: HttpRequest, error: NamedError, status: int) -> HttpResponse:
    """A named error as a page of its own."""
    context = {"title": error.text(lang()), "remedy": error.remedy(lang()), "code": error.code}
    return page(request, "web/error.html", context, status=status)


def _told(request: HttpRequest, status: int, title: str, remedy: str, *, bare: bool = False) -> HttpResponse:
    context = {"title": title, "remedy": remedy, "code": str(status)}
    return page(request, "web/error.html", context, status=status, bare=bare)
