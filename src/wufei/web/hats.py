"""The hat in force for a request: taken from the session, shown in the header, changed there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.core.signals import request_finished
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

from wufei import catalog
from wufei.registry import hats
from wufei.registry.access import STRANGER, Wearer, force
from wufei.registry.models import Hat
from wufei.web.language import lang
from wufei.web.plan import every_city

SESSION_KEY = "hat"
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Choice:
    """A hat as the header and the account page name it."""

    id: int
    role: str
    org: str
    where: str
    worn: bool


class HatMiddleware:
    """Gives every request its ``hat`` (a Wearer), puts it in force in the database, takes it off afterwards.

    A number in the session that is no open hat of the person counts for nothing. A view that is marked `at_the_door`
    runs with what sign-in needs instead. An answer that is streamed keeps the hat until it is closed.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Put the hat on, answer, take it off; say so when the database is away."""
        try:
            put_on(request)
        except AWAY as error:
            from wufei.web.views.errors import database_away  # noqa: PLC0415 - the views need the hats

            return database_away(request, error)
        response = self._answer(request)
        if not response.streaming:
            force.take_off()
        return response

    def process_view(
        self, _request: HttpRequest, view: Callable[..., HttpResponseBase], _args: Any, _kwargs: Any
    ) -> None:
        """Open the door for a view that is marked so."""
        if getattr(view, "door", False):
            force.wear(force.AT_THE_DOOR)


def _after_request(**_more: Any) -> None:
    """Take the hat off once the whole answer, streamed or not, is out."""
    force.take_off()


request_finished.connect(_after_request, dispatch_uid="wufei.web.hats")


def at_the_door(view: View) -> View:
    """Mark a view that people come to before they are known: it sees accounts, hats, links and tokens only."""
    view.door = True
    return view


def put_on(request: HttpRequest) -> Wearer:
    """The hat that the session names, put on the request and in force, over whatever an earlier request left.

    Also to be called after somebody signs in. Who comes without a session is a stranger, and the database is not asked.
    """
    found, open_hats = STRANGER, list[Hat]()
    if settings.SESSION_COOKIE_NAME in request.COOKIES or request.session.accessed:
        force.wear(force.AT_THE_DOOR)
        person = request.user
        if person.is_authenticated:
            found, open_hats = hats.wearer(person, request.session.get(SESSION_KEY))
    request.hat, request.hats = found, open_hats
    force.wear(found)
    return found


def switch(request: HttpRequest, hat_id: int) -> bool:
    """Wear another of the person's own open hats, in a session with a new key; False when it is none of theirs."""
    if hat_id not in {hat.pk for hat in request.hats}:
        return False
    request.session.cycle_key()
    request.session[SESSION_KEY] = hat_id
    put_on(request)
    return True


def role_name(role_id: str) -> str:
    """The name of a role; its id when the catalogue has none."""
    role = catalog.current().national.find("roles", role_id)
    return role.name(lang()) if role else role_id


def choices(request: HttpRequest) -> list[Choice]:
    """The person's open hats in the reader's language."""
    worn = request.hat.hat_id
    return [
        Choice(
            hat.pk,
            role_name(hat.role),
            hat.org.name(lang()) if hat.org else "",
            _place_name(hat.place),
            hat.pk == worn,
        )
        for hat in request.hats
    ]


def _place_name(place: str) -> str:
    if not place:
        return ""
    scopes = (catalog.current().city(city.id) for city in every_city())
    found = next((item for scope in scopes if (item := scope.find("places", place))), None)
    return found.name(lang()) if found else place
