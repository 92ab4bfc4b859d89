"""Draw a page of the journal: what all of them hold, and what a named error looks like."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from psycopg import Connection

from wufei.terms import NamedError
from wufei.web.journal.asked import Asked
from wufei.web.language import lang
from wufei.web.policy import Policy, admits
from wufei.web.render import page


def database() -> Connection[Any]:
    """The request's own connection to the journal; made anew after the server went away."""
    if connection.connection is not None and connection.connection.closed:
        connection.close()  # Django looks after errors of its own cursors only
    connection.ensure_connection()
    raw: Connection[Any] = connection.connection
    return raw


def draw(
    request: HttpRequest, template: str, context: dict[str, Any], asked: Asked | None = None, *, status: int = 200
) -> HttpResponse:
    """The page with its filters, its day as known on, and whether the person signs."""
    around: dict[str, Any] = {"signs": admits(Policy.SIGNER, "journal", "change", request.hat)}
    if asked is not None:
        around |= {"question": asked, "known_day": asked.knowledge.day, "known_suffix": asked.knowledge.suffix}
    return page(request, f"web/journal/{template}", around | context, status=status)


def told(error: NamedError) -> dict[str, str]:
    """A named error in the reader's language."""
    return {"text": error.text(lang()), "remedy": error.remedy(lang()), "place": error.place or "", "code": error.code}


def naming_errors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A named error that a question raises is shown as a page of its own: 422, with its remedy."""

    @functools.wraps(view)
    def careful(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NamedError as error:
            context = {"title": error.text(lang()), "remedy": error.remedy(lang()), "code": error.code}
            return page(request, "web/error.html", context, status=422)

    return careful
