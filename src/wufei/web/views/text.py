"""The printed text of a source, line by line, with the items that cite each line beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from wufei.web.kinds import KINDS
from wufei.web.language import lang
from wufei.web.links import item_url, short
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import signed_in
from wufei.web.printed import line_html
from wufei.web.render import page

HEADING = re.compile(r"^\s*(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]|附件\s*\d)")
SPAN = re.compile(r"^(\d{1,6})(?:-(\d{1,6}))?$")
CHIPS = 6
ORDER = {kind: at for at, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: number, its text as HTML, its style names, and all that stands in its row, ready made."""

    number: int
    html: SafeString
    names: str
    heading: bool
    row: SafeString


@signed_in
@require_safe
def text(request: HttpRequest, city: str, source: str) -> HttpResponse:
    """The whole text; ``?lines=34-36`` lights a passage, ``#L34`` goes to it."""
    plan = plan_of(city)
    if source not in plan.catalog.texts or plan.find("sources", source) is None:
        raise Http404
    lines = plan.kept(("text", source, lang()), lambda: _lines(plan, source))
    context = {
        "source": plan.get("sources", source),
        "name": plan.get("sources", source).name(lang()),
        "lines": lines,
        "lit": _span(request.GET.get("lines", "")),
        "contents": [line for line in lines if line.heading],
    }
    return page(request, "web/text.html", context)


def _span(asked: str) -> range:
    match = SPAN.match(asked)
    if not match:
        return range(0)
    first = int(match[1])
    return range(first, int(match[2] or first) + 1)


def _lines(plan: Plan, source: str) -> tuple[Line, ...]:
    citing = plan.lines(source)
    return tuple(
        _line(plan, n, said, citing.get(n, ())) for n, said in plan.catalog.source_text(source).lines(1, 10**6)
    )


def _line(plan: Plan, number: int, said: str, citing: tuple[tuple[str, Any], ...]) -> Line:
    beside = tuple(
        (short(kind, item) or str(KINDS[kind].one), item.name(lang()), item_url(plan, kind, item.id))
        for kind, item in sorted(citing, key=lambda pair: ORDER.get(pair[0], len(ORDER)))
        if kind in ORDER
    )
    heading = bool(HEADING.match(said)) and len(said) < 40
    names = (" void" if not said.strip() else "") + (" head" if heading else "")
    html = line_html(said)
    values = {"number": number, "html": html, "beside": beside[:CHIPS], "more": beside[CHIPS:]}
    spoken = "zh-CN" if lang() == "zh" else "en"
    row = render_to_string("web/parts/line.html", values | {"html_lang": spoken})
    return Line(number, html, names, heading, row)
