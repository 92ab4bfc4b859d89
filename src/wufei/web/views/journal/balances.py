"""Balances by account and stream, and their files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.journal.balances import Balance, Held
from wufei.journal.balances import balances as held
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, draw, naming_errors
from wufei.web.journal.files import Sheet, file_response
from wufei.web.journal.names import Names, mass
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader
from wufei.web.wording import say

SIZE = 50
BY: dict[str, tuple[Any, ...]] = {
    "account": ("account", "stream"),
    "place": ("place", "stream"),
    "role": ("role", "stream"),
    "stream": ("stream",),
}


@journal_reader
@require_safe
@naming_errors
def balances(request: HttpRequest, city: str) -> HttpResponse:
    """Balances that are not zero, by account, place, role or stream."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    by, wanted = _asked(asked)
    found = held(database(), wanted, by=BY[by], as_known_on=asked.knowledge.at, cursor=asked.cursor, size=SIZE)
    names = Names(plan, asked.knowledge.suffix)
    context = {
        "by": by,
        "rows": [_row(names, balance) for balance in found.items],
        "before": asked.query(cursor=found.previous) if found.previous else "",
        "after": asked.query(cursor=found.next) if found.next else "",
        "files": asked.query(),
    }
    return draw(request, "balances.html", context, asked)


def _asked(asked: Asked) -> tuple[str, Held]:
    by = asked.word("by", _("Summed by"), "balance_axis", "account") or "account"
    wanted = Held(
        role=asked.word("role", _("Role of the account"), "account_role"),
        place=asked.place("place", _("Place")),
        streams=asked.stream(),
    )
    return by, wanted


def _row(names: Names, balance: Balance) -> dict[str, Any]:
    return {
        "account": names.account(balance.account) if balance.account else None,
        "place": names.place(balance.place) if balance.place else None,
        "role_text": say("account_role", balance.role) if balance.role else "",
        "stream": names.stream(balance.stream),
        "mass": mass(balance.mass_g),
        "negative": balance.mass_g < 0,
        "href": names.statement_url(balance.account, stream=balance.stream or "") if balance.account else "",
    }


@journal_reader
@require_safe
@naming_errors
def balances_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """Every balance that the filters leave."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    by, wanted = _asked(asked)
    names = Names(plan)
    axes = BY[by]
    heads = [*((axis, label) for axis, label in _HEADS if axis in axes), ("mass", _("Balance (t)"))]
    rows = (
        [*(_text(names, axis, getattr(b, axis)) for axis, _label in heads[:-1]), b.mass_g]
        for b in _every(wanted, axes, asked)
    )
    return file_response(plan, Sheet("balances", _("Balances"), heads, rows), suffix, asked.knowledge)


_HEADS = (("account", _("Account")), ("place", _("Place")), ("role", _("Role")), ("stream", _("Waste stream")))


def _text(names: Names, axis: str, value: str) -> str:
    named = {"place": names.place, "stream": names.stream}.get(axis)
    return f"{value} {named(value).text}" if named and named(value).text != value else value


def _every(wanted: Held, axes: tuple[Any, ...], asked: Asked) -> Iterator[Balance]:
    cursor = None
    while True:
        found = held(database(), wanted, by=axes, as_known_on=asked.knowledge.at, cursor=cursor, size=5000)
        yield from found.items
        cursor = found.next
        if cursor is None:
            return
