"""Full-text search over the plan's lines and everything declared."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wufei.reports.state import TableState
from wufei.web.kinds import KINDS
from wufei.web.language import lang
from wufei.web.links import item_url, short
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import signed_in
from wufei.web.render import page
from wufei.web.search import query

SIZE = 20


@signed_in
@require_safe
def search(request: HttpRequest, city: str) -> HttpResponse:
    """Exact hits first, then what comes close; a typo is forgiven."""
    plan = plan_of(city)
    state = TableState.read(dict(request.GET.lists()))
    kind = next(iter(state.chosen("kind")), "")
    found = query.find(plan.id, state.query, kind=kind, page=state.page, size=SIZE)
    context = {
        "asked": state.query,
        "found": found,
        "hits": [_hit(plan, hit) for hit in found.hits],
        "tabs": _tabs(state, found, kind),
        "before": state.query_string(page=found.page - 1) if found.page > 1 else "",
        "after": state.query_string(page=found.page + 1) if found.page < found.pages else "",
    }
    return page(request, "web/search.html", context)


def _tabs(state: TableState, found: query.Found, kind: str) -> list[dict[str, Any]]:
    """One tab per kind that has hits."""
    everything = {"href": state.without("kind").query_string(), "count": sum(found.counts.values())}
    tabs = [everything | {"label": "", "here": not kind}]
    for name in (*KINDS, query.LINE):
        if found.counts.get(name):
            href = state.query_string(choices={"kind": (name,)}, page=1)
            label = KINDS[name].label if name in KINDS else ""
            tabs.append(
                {
                    "label": label,
                    "line": name == query.LINE,
                    "href": href,
                    "count": found.counts[name],
                    "here": kind == name,
                }
            )
    return tabs


def _hit(plan: Plan, hit: query.Hit) -> dict[str, Any]:
    """A hit with its words, address and marked excerpt."""
    language = lang()
    if hit.kind == query.LINE:
        source = plan.find("sources", hit.item_id)
        href = reverse("text", args=[plan.id, hit.item_id], query={"lines": str(hit.line)}) + f"#L{hit.line}"
        return {"line": hit.line, "name": source.name(language) if source else hit.item_id, "href": href, "hit": hit}
    item = plan.find(hit.kind, hit.item_id)
    return {
        "one": KINDS[hit.kind].one,
        "short": short(hit.kind, item),
        "name": item.name(language),
        "href": item_url(plan, hit.kind, hit.item_id),
        "hit": hit,
    }
