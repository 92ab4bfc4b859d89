"""A small editor of flow networks: what is typed is reconciled at once; nothing is kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wufei.flows.reconcile import reconcile
from wufei.reports.case_diagram import case_diagram
from wufei.reports.flow_diagram import Words
from wufei.terms import NamedError
from wufei.web.journal.diagram import kinds
from wufei.web.journal.draw import draw, told
from wufei.web.journal.flow_editor import EXAMPLES, LONGEST, case_of
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader

OUTSIDE = {"zh": "外部", "en": "outside"}


@journal_reader
@require_http_methods(["GET", "POST"])
def editor(request: HttpRequest, city: str) -> HttpResponse:
    """Flows as lines of text, and beside them what follows from them."""
    plan_of(city)
    given = request.POST if request.method == "POST" else {}
    typed = {
        "flows": str(given.get("flows", EXAMPLES[lang()]))[: LONGEST + 1],
        "outside": str(given.get("outside", OUTSIDE[lang()]))[:2000],
        "constraints": str(given.get("constraints", ""))[: LONGEST + 1],
    }
    return draw(request, "flow_editor.html", {"typed": typed, **_answered(typed)})


def _answered(typed: dict[str, str]) -> dict[str, Any]:
    try:
        case = case_of(typed["flows"], typed["outside"], typed["constraints"])
        answer = reconcile(case, starts=0)
    except NamedError as error:
        return {"error": told(error)}
    words = Words(str, kinds().__getitem__, str, lambda mass: f"{mass:,.4g} {answer['unit']}")
    return {"answer": answer, "diagram": case_diagram(case, answer, words), "rows": _rows(answer, words)}


def _rows(answer: dict[str, Any], words: Words) -> list[dict[str, Any]]:
    classes = {each: name for name, ids in answer["classification"].items() for each in ids}
    named = {
        "redundant": _("checked by others"),
        "nonredundant": _("checked by nothing"),
        "observable": _("inferred"),
        "unobservable": _("not determinable"),
    }
    rows = []
    for each, value in answer["values"].items():
        ends = answer["intervals"].get(each)
        shown = ", ".join("…" if end is None else words.mass(end) for end in ends) if ends else ""
        rows.append(
            {
                "id": each,
                "class": named.get(classes.get(each, ""), _("exact")),
                "value": words.mass(value["mean"]) if value else f"[{shown}]",
                "sd": words.mass(value["sd"]) if value and value["sd"] else "",
                "z": answer["measurement_test_z"].get(each),
                "bias": answer["detectable_bias"].get(each),
                "suspect": each in answer["suspects"],
            }
        )
    return rows
