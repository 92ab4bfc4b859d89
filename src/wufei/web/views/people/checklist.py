"""The security and privacy checklist: each item, how it is met, by whom, and the tests that prove it."""

from __future__ import annotations

from collections import Counter

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei import catalog
from wufei.catalog.privacy_kinds import SecurityItem
from wufei.reports.table import Cell, Column
from wufei.web.language import lang
from wufei.web.people.parts import may
from wufei.web.people.tables import Listing, file_of, listing
from wufei.web.plan import plan_of
from wufei.web.policy import reader
from wufei.web.render import page

MARKS = {"met": "sure", "partly": "warning", "operator": "note", "open": "error"}


def state_words() -> dict[str, str]:
    """The states in the reader's language."""
    return {
        "met": gettext("met"),
        "partly": gettext("partly met"),
        "operator": gettext("the operator’s duty"),
        "open": gettext("not met"),
    }


def _state(item: SecurityItem, _lang: str) -> Cell:
    return Cell(state_words()[item.state], mark=MARKS[item.state])


COLUMNS = (
    Column("no", _("No."), lambda i, _l: Cell(str(i.order)), style="tight"),
    Column("name", _("Item"), lambda i, language: Cell(i.name(language), note=i.clause), head=True),
    Column("state", _("State"), _state, style="tight"),
    Column("how", _("How"), lambda i, language: Cell(i.how_en if language == "en" else i.how_zh), style="wide"),
    Column("tests", _("Tests"), lambda i, _l: Cell("\n".join(t.rpartition("/")[2] for t in i.tests)), style="hash"),
    Column("confidence", _("Clause confirmed"), lambda i, _l: Cell(_sure(i.confidence)), style="tight"),
)


def _sure(confidence: str) -> str:
    return {"high": gettext("yes"), "medium": gettext("number from memory"), "low": gettext("unsure")}[confidence]


def _listed() -> Listing:
    return listing(COLUMNS, catalog.current().national.items("security_items"))


@reader
@require_safe
def checklist(request: HttpRequest, city: str) -> HttpResponse:
    """All items with their state; how many are in each."""
    if not may(request, "see_security"):
        raise Http404
    plan_of(city)
    listed = _listed()
    counts = Counter(row.item.state for row in listed.rows)
    words = state_words()
    shown = [(MARKS[state], words[state], counts[state]) for state in MARKS if counts[state]]
    return page(request, "web/people/checklist.html", {"listed": listed, "counts": shown, "language": lang()})


@reader
@require_safe
def checklist_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """The checklist as CSV or XLSX."""
    if not may(request, "see_security"):
        raise Http404
    return file_of(plan_of(city), "security", gettext("Security checklist"), _listed(), suffix)
