"""Draw a page: the template with what every page needs (language, theme, menu, messages)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from wufei import catalog
from wufei.web.cases import menu as matters
from wufei.web.hats import choices
from wufei.web.indicators import menu as figures
from wufei.web.journal import menu as ledger
from wufei.web.kinds import KINDS, MENU, THUMB
from wufei.web.language import CHOICES, lang
from wufei.web.outages import banner
from wufei.web.people import menu as staff
from wufei.web.plan import Plan, every_city, plan_of
from wufei.web.registry import menu as register

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    label: Any
    href: str
    icon: str
    current: bool
    count: int | None = None


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, bare: bool = False
) -> HttpResponse:
    """The page as a response that browsers keep to themselves; ``bare`` asks nothing of the database."""
    around = frame(request, None if bare else getattr(request, "user", None))
    body = render_to_string(template, around | context, None if bare else request)
    response = HttpResponse(body, status=status)
    response["Cache-Control"] = "private, no-cache"
    return response


def frame(request: HttpRequest, person: Any) -> dict[str, Any]:
    """What the frame around every page needs; nobody is signed in when ``person`` is None."""
    signed_in = bool(person and person.is_authenticated)
    plan = _plan(request) if signed_in else None
    return {
        "lang": lang(),
        "html_lang": "zh-CN" if lang() == "zh" else "en",
        "languages": CHOICES,
        "theme": theme(request),
        "person": person if signed_in else None,
        "hats": choices(request) if signed_in else (),
        "plan": plan,
        "menu": menu(request, plan) if plan else (),
        "thumb": thumb(request, plan) if plan else (),
        "matters": matters.lines(request, plan, request.hat) if plan else (),
        "figures": figures.lines(request, plan, request.hat) if plan else (),
        "ledger": ledger.lines(request, plan, request.hat) if plan else (),
        "register": register.lines(request, plan, request.hat) if plan else (),
        "staff": staff.lines(request, plan, request.hat) if plan else (),
        "outages": banner.banners(request, plan) if plan else (),
        "other_cities": other_cities(plan) if plan else (),
        "here": request.get_full_path(),
        "notices": list(get_messages(request)) if person is not None else [],
    }


def theme(request: HttpRequest) -> str:
    """The theme chosen on this device: ``auto``, ``light`` or ``dark``."""
    chosen = request.COOKIES.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def default_city() -> str | None:
    """The city to open when none is named: the first by id."""
    return min(catalog.current().cities, default=None)


def _plan(request: HttpRequest) -> Plan | None:
    match = request.resolver_match
    named = match.kwargs.get("city") if match else None
    city = named if named in catalog.current().cities else default_city()
    return plan_of(city) if city else None


def other_cities(plan: Plan) -> list[tuple[str, str]]:
    """Names and addresses of the cities that are not this one."""
    return [(city.name(lang()), reverse("city", args=[city.id])) for city in every_city() if city.id != plan.id]


def menu(request: HttpRequest, plan: Plan) -> list[tuple[Any, list[Entry]]]:
    """The menu in groups, with how many items each kind has."""
    current = _current(request)
    groups = []
    for label, keys in MENU:
        entries = [_entry(plan, key, current) for key in keys]
        groups.append((label, entries))
    return groups


def _entry(plan: Plan, key: str, current: str) -> Entry:
    kind = KINDS[key]
    return Entry(kind.label, reverse("list", args=[plan.id, key]), kind.icon, current == key, len(plan.items(key)))


def thumb(request: HttpRequest, plan: Plan) -> list[Entry]:
    """The kinds under the thumb on a phone."""
    current = _current(request)
    return [replace(_entry(plan, key, current), label=label) for key, label in THUMB]


def _current(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return ""
    return match.kwargs.get("kind") or match.url_name or ""
