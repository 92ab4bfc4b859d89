"""A site's exchange with the national system: its sheets to send, its files beside the register, rows taken over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.intake.national_files import Line
from wufei.registry import attachments
from wufei.registry.access import may_any, visible
from wufei.registry.attachments import Incoming
from wufei.registry.models import Attachment, Person, Site
from wufei.reports.waste_register import Asked
from wufei.terms import NamedError, Period
from wufei.terms.period import PeriodUnreadable
from wufei.web.clock import today
from wufei.web.journal.asked import Knowledge
from wufei.web.journal.draw import naming_errors, told
from wufei.web.journal.files import TYPES, Sheet, file_response
from wufei.web.journal.names import Names, mass
from wufei.web.language import lang
from wufei.web.papers import exchange as comparing
from wufei.web.papers.exchange import Ours, Result
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader
from wufei.web.registry.lists import organisation_url, site_url
from wufei.web.render import page
from wufei.web.views.journal.posting import speaker
from wufei.web.wording import say

SHOWN, LISTED = 200, 10


class NationalFileForm(forms.Form):
    """A file of the national system, and the period for which it is compared."""

    period = forms.CharField(
        label=_("Reporting period"), max_length=10, help_text=_("Such as 2026-10, 2026Q3 or 2026.")
    )
    file = forms.FileField(label=_("File of the national system (XLSX or CSV)"))

    def clean_period(self) -> str:
        """A period that has days."""
        return str(_period(self.cleaned_data["period"]))


def _period(text: str) -> Period:
    """The period; raises a form's error where it cannot be read, which is told by name."""
    try:
        found = Period.parse(text.strip())
    except PeriodUnreadable as error:
        raise forms.ValidationError(f"{error.text(lang())} {error.remedy(lang())}") from error
    if found.kind == "plan":
        raise forms.ValidationError(gettext("A month, a quarter or a year, please."))
    return found


def _asked_period(request: HttpRequest) -> Period:
    """The period of the address, else the month before this one."""
    text = str(request.GET.get("period", ""))[:10]
    if not text:
        first = today().replace(day=1)
        return Period.containing(first.fromordinal(first.toordinal() - 1), "month")
    try:
        return _period(text)
    except forms.ValidationError as error:
        raise PeriodUnreadable(text=text) from error


def _site(request: HttpRequest, site_id: str) -> Site:
    found: Site = get_object_or_404(visible(Site.objects.select_related("org"), request.hat), pk=site_id)
    return found


def _frame(plan: Plan, site: Site) -> dict[str, Any]:
    return {
        "plan": plan, "site": site, "name": site.name(lang()), "href": site_url(plan, site.pk),
        "holder": (site.org.name(lang()), organisation_url(plan, site.org_id)),
    }  # fmt: skip


def _may_post(request: HttpRequest, site: Site) -> bool:
    """Whether the hat may post for the site: it is of its organisation and may write in the journal."""
    return may_any(request.hat, "change", "journal") and request.hat.org == site.org_id


@journal_reader
@naming_errors
def exchange(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """Download the sheets of a period; bring a file of the national system to see it beside the register."""
    plan, site = plan_of(city), _site(request, site_id)
    period, may = _asked_period(request), _may_post(request, site)
    form = NationalFileForm(request.POST or None, request.FILES or None, initial={"period": str(period)})
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if form.is_valid():
            try:
                kept = _keep(request, site, form.cleaned_data["file"])
            except NamedError as error:
                errors = [told(error)]
            else:
                href = reverse("exchange-file", args=[plan.id, site.pk, kept.pk])
                return redirect(f"{href}?period={form.cleaned_data['period']}")
    layout = comparing.layout_on(plan, period.last)
    files = visible(Attachment.objects.filter(org=site.org_id, purpose="national_file", erased_at=None), request.hat)
    context = _frame(plan, site) | {
        "form": form if may else None, "errors": errors, "period": period, "period_label": period.label(lang()),
        "layout": layout, "confidence": say("confidence", layout.confidence) if layout else "",
        "note": (layout.note_en if lang() == "en" else layout.note_zh) if layout else "",
        "files": [
            (f.name, f.uploaded_at, reverse("exchange-file", args=[plan.id, site.pk, f.pk])) for f in files[:LISTED]
        ],
    }  # fmt: skip
    return page(request, "web/papers/exchange.html", context, status=422 if errors or form.errors else 200)


def _keep(request: HttpRequest, site: Site, file: Any) -> Attachment:
    """Keep the file once it was read: what fits no layout is refused before it is kept for good."""
    kept = attachments.receive(
        Incoming(str(file.name), file.chunks()), site.org, cast(Person, request.user), "national_file"
    )
    try:
        comparing.read_file(plan_of(str(request.resolver_match.kwargs["city"])), kept, today())
    except NamedError:
        attachments.erase(kept)
        raise
    return kept


@journal_reader
@require_safe
@naming_errors
def exchange_book(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """The register of the period as the national system's workbook."""
    plan, site, period = plan_of(city), _site(request, site_id), _asked_period(request)
    layout = comparing.layout_on(plan, period.last)
    if layout is None:
        raise Http404
    body = comparing.book(plan, Asked(site.pk, (period.first, period.last)), layout)
    response = HttpResponse(body, content_type=TYPES["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="{plan.id}-national-{site.pk}-{period}.xlsx"'
    return response


def _result(request: HttpRequest, plan: Plan, site: Site, attachment_id: str) -> tuple[Attachment, Period, Result]:
    rows = visible(Attachment.objects.filter(org=site.org_id, purpose="national_file", erased_at=None), request.hat)
    kept, period = get_object_or_404(rows, pk=attachment_id), _asked_period(request)
    national = comparing.read_file(plan, kept, today())
    return kept, period, comparing.beside(national, Asked(site.pk, (period.first, period.last)))


@journal_reader
@naming_errors
def exchange_file(request: HttpRequest, city: str, site_id: str, attachment_id: str) -> HttpResponse:
    """A kept file beside the register; what only the national system has may be taken over by the site's own people."""
    plan, site = plan_of(city), _site(request, site_id)
    kept, period, result = _result(request, plan, site, attachment_id)
    may, errors = _may_post(request, site), list[dict[str, str]]()
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        try:
            with transaction.atomic():
                count = comparing.take_over(result, site.pk, kept, speaker(request))
        except NamedError as error:
            errors = [told(error)]
        else:
            messages.success(request, gettext("{count} rows were taken over.").format(count=count))
            return redirect(f"{request.path}?period={period}")
    context = _frame(plan, site) | _shown(plan, result) | {
        "file": kept, "period": period, "period_label": period.label(lang()), "errors": errors,
        "takes": min(len(result.to_take), comparing.MOST_TAKEN) if may else 0,
        "table_file": reverse("exchange-result", args=[plan.id, site.pk, kept.pk, "xlsx"]) + f"?period={period}",
    }  # fmt: skip
    return page(request, "web/papers/exchange_file.html", context, status=422 if errors else 200)


def _shown(plan: Plan, result: Result) -> dict[str, Any]:
    names = Names(plan)
    rows = [row for row in comparing.lines_of(result) if row[1] != "agreeing"]
    return {
        "summary": [_counted(name, found) for name, found in result.tables.items()],
        "rows": [_row(plan, names, *row) for row in rows[:SHOWN]], "all_rows": len(rows),
        "declared": [
            {"stream": names.stream(d.stream), "what": say("declared_figure", d.what), "ours": mass(d.ours_g),
             "theirs": "" if d.theirs_g is None else mass(d.theirs_g)} for d in result.declared
        ],
        "has_declaration": "declaration" in result.national.tables,
        "refused": [told(error) for error in result.national.refused[:SHOWN]],
        "all_refused": len(result.national.refused), "unread": result.national.unread, "outside": result.outside,
        "layout": result.national.layout.name(lang()),
        "untaken": len([1 for name, verdict, *_rest in rows if verdict == "only_theirs"]) - len(result.to_take),
    }  # fmt: skip


def _counted(name: str, found: Any) -> dict[str, Any]:
    pairs = [*found.agreeing, *found.differing]
    theirs = sum(p.theirs.mass_g or 0 for p in pairs) + sum(line.mass_g or 0 for line in found.only_theirs)
    ours = sum(p.ours.mass_g for p in pairs) + sum(row.mass_g for row in found.only_ours)
    return {
        "table": say("register_table", name), "theirs": mass(theirs), "ours": mass(ours),
        "apart": mass(theirs - ours) if theirs != ours else "",
        "counts": [(say("exchange_verdict", verdict), len(getattr(found, verdict)))
                   for verdict in ("agreeing", "differing", "only_theirs", "only_ours")],
    }  # fmt: skip


def _row(plan: Plan, names: Names, table: str, verdict: str, theirs: Line | None, ours: Ours | None) -> dict[str, Any]:
    either = theirs or ours
    assert either is not None  # noqa: S101  # a row stands on one side at least
    return {
        "table": say("register_table", table), "verdict": say("exchange_verdict", verdict), "kind": verdict,
        "stream": names.stream(either.stream), "batch": either.batch, "day": either.day,
        "theirs": "" if theirs is None or theirs.mass_g is None else mass(theirs.mass_g),
        "ours": "" if ours is None else mass(ours.mass_g), "place": theirs.row if theirs else "",
        "href": reverse("record", args=[plan.id, ours.record]) if ours else "",
    }  # fmt: skip


@journal_reader
@require_safe
@naming_errors
def exchange_result(request: HttpRequest, city: str, site_id: str, attachment_id: str, suffix: str) -> HttpResponse:
    """The whole comparison as CSV or XLSX."""
    plan, site = plan_of(city), _site(request, site_id)
    _kept, period, result = _result(request, plan, site, attachment_id)
    columns = [
        ("table", _("Table")), ("verdict", _("Verdict")), ("batch", _("Batch")), ("day", _("Day")),
        ("code", _("Waste code")), ("mass", _("National system (t)")), ("balance", _("Register (t)")),
        ("row", _("Row of the file")),
    ]  # fmt: skip
    title = f"{gettext('Beside the national system')} · {site.name(lang())} · {period.label(lang())}"
    sheet = Sheet(f"national-{period}", title, columns, _file_rows(plan, result))
    return file_response(plan, sheet, suffix, Knowledge(None))


def _file_rows(plan: Plan, result: Result) -> Iterator[tuple[Any, ...]]:
    for table, verdict, theirs, ours in comparing.lines_of(result):
        either = theirs or ours
        assert either is not None  # noqa: S101  # a row stands on one side at least
        stream = plan.find("streams", either.stream)
        yield (
            say("register_table", table), say("exchange_verdict", verdict), either.batch, either.day,
            (stream.code or "") if stream else either.stream, theirs.mass_g if theirs else None,
            ours.mass_g if ours else None, theirs.row if theirs else None,
        )  # fmt: skip
