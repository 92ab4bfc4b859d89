"""The hat in force for a request: taken from the session, shown in the header, changed there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase

from wufei import catalog
from wufei.registry import hats
from wufei.registry.access import STRANGER, Wearer
from wufei.registry.models import Hat, Person
from wufei.web.language import lang
from wufei.web.plan import every_city

SESSION_KEY = "hat"


@dataclass(frozen=True, slots=True)
class Choice:
    """A hat as the header and the account page name it."""

    id: int
    role: str
    org: str
    where: str
    worn: bool


class HatMiddleware:
    """Gives every request its ``hat`` (a Wearer) and the ``hats`` that the person may change to.

    A number in the session that is no open hat of the person counts for nothing.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Put the hat on, then answer."""
        put_on(request)
        return self._answer(request)


def put_on(request: HttpRequest) -> Wearer:
    """The hat that the session names, put on the request; also to be called after somebody signs in."""
    person = request.user
    found, open_hats = STRANGER, list[Hat]()
    if isinstance(person, Person) or person.is_authenticated:
        found, open_hats = hats.wearer(person, request.session.get(SESSION_KEY))  # type: ignore[arg-type]
    request.hat, request.hats = found, open_hats  # type: ignore[attr-defined]
    return found


def switch(request: HttpRequest, hat_id: int) -> bool:
    """Wear another of the person's own open hats, in a session with a new key; False when it is none of theirs."""
    if hat_id not in {hat.pk for hat in request.hats}:  # type: ignore[attr-defined]
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
    worn = request.hat.hat_id  # type: ignore[attr-defined]
    return [
        Choice(
            hat.pk,
            role_name(hat.role),
            hat.org.name(lang()) if hat.org else "",
            _place_name(hat.place),
            hat.pk == worn,
        )
        for hat in request.hats  # type: ignore[attr-defined]
    ]


def _place_name(place: str) -> str:
    if not place:
        return ""
    scopes = (catalog.current().city(city.id) for city in every_city())
    found = next((item for scope in scopes if (item := scope.find("places", place))), None)
    return found.name(lang()) if found else place
