"""Stocktakes: what was counted and whether the book agrees, accepted differences, opening balances; and counting."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.intake import posting
from wufei.intake.payload import CountIn, read
from wufei.intake.posting import Told
from wufei.journal import new_id
from wufei.journal.reading import Filter, query
from wufei.journal.stocktake import Asserted, StocktakeDiffers, asserted
from wufei.registry.access import narrow
from wufei.terms import NamedError
from wufei.web.journal.asked import Asked, places_to_post
from wufei.web.journal.draw import database, draw, naming_errors, told
from wufei.web.journal.names import Names, mass, moment
from wufei.web.journal.record_form import CountForm, RecordForm, evidence_of, initial_count
from wufei.web.journal.rows import record_row, record_url
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader, journal_signer
from wufei.web.views.journal.posting import speaker

SIZE = 30
COUNTS = 20


@journal_reader
@require_safe
@naming_errors
def stocktakes(request: HttpRequest, city: str) -> HttpResponse:
    """The latest counts; accepted differences and opening balances, what became known last first."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    wanted = Filter(
        role=asked.word("kind", _("Kind"), "stocktake_kind", "adjustment"),
        place=asked.place("place", _("Place")),
        streams=asked.stream(),
        mine=narrow(request.hat),
    )
    found = query(database(), wanted, as_known_on=asked.knowledge.at, cursor=asked.cursor, size=SIZE)
    names = Names(plan, asked.knowledge.suffix)
    counts = asserted(database(), as_known_on=asked.knowledge.at, most=COUNTS) if not asked.cursor else []
    context = {
        "counts": [_count(names, each) for each in counts],
        "rows": [record_row(names, stored, asked.knowledge.query) for stored in found.items],
        "before": asked.query(cursor=found.previous) if found.previous else "",
        "after": asked.query(cursor=found.next) if found.next else "",
        "files": asked.query(role=wanted.role, kind=None),
    }
    return draw(request, "stocktakes.html", context, asked)


def _count(names: Names, each: Asserted) -> dict[str, Any]:
    return {
        "when": moment(each.at),
        "href": record_url(names, each.record),
        "account": names.account(each.account),
        "stream": names.stream(each.stream),
        "counted": mass(each.counted_g),
        "book": mass(each.book_g),
        "difference": mass(each.difference_g),
        "holds": each.holds,
    }


@journal_signer
def count(request: HttpRequest, city: str) -> HttpResponse:
    """The form of a count; a difference beyond the tolerance is shown, and booked once the person accepts it."""
    plan = plan_of(city)
    at = places_to_post(plan, request.hat)
    now = timezone.localtime()
    first = {"id": new_id(), "happened_at": now, "period": now.strftime("%Y-%m"), "basis": "measured"}
    form = RecordForm(plan, request.POST or None, initial=first | {"source": "statistical_practice"})
    start = initial_count(at, request.GET.get("account", ""), request.GET.get("stream", ""))
    amount = CountForm(request.POST or None, initial=start, plan=plan, at=at, prefix="count")
    errors: list[NamedError] = []
    if request.method == "POST" and form.is_valid() and amount.is_valid():
        found, errors = _counted(request, form, amount)
        if found is not None:
            messages.success(request, _now("The count stands in the journal."))
            return redirect("record", plan.id, found.id)
    context = {
        "form": form, "amount": amount, "errors": [told(error) for error in errors],
        "differs": next((error for error in errors if isinstance(error, StocktakeDiffers)), None),
        "accepts": "accept" in request.POST,
    }  # fmt: skip
    wrong = bool(errors) or (request.method == "POST" and bool(form.errors or amount.errors))
    return draw(request, "count.html", context, status=422 if wrong else 200)


def _counted(request: HttpRequest, form: RecordForm, amount: CountForm) -> tuple[Told | None, list[NamedError]]:
    evidence = evidence_of(request.FILES.getlist("evidence"))
    given = form.payload() | amount.payload() | {"evidence": evidence, "accept": "accept" in request.POST}
    try:
        found = posting.count_stock(database(), read(CountIn, given, ""), speaker(request))
    except NamedError as error:
        return None, [error]
    return (found, []) if found.stands else (None, [found.error] if found.error else [])
