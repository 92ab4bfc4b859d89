"""Import a sheet: template, upload, dry run with what is wrong row by row, confirmation, progress, result."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei import catalog
from wufei.catalog.sheets import REGISTRY, Sheet
from wufei.intake import jobs
from wufei.intake.importing import sheet_of
from wufei.intake.template import csv_template, xlsx_template
from wufei.registry.access import Wearer, may_any
from wufei.terms import NamedError
from wufei.web.journal import uploads
from wufei.web.journal.draw import database, draw, naming_errors, told
from wufei.web.journal.names import moment
from wufei.web.journal.uploads import Upload
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import Policy, admits, journal_reader, journal_signer
from wufei.web.views.journal.posting import speaker
from wufei.web.views.journal.records import TYPES
from wufei.web.wording import WORDS, say


class UploadForm(forms.Form):
    """Which kind of sheet, the file, and what to do when rows are wrong."""

    kind = forms.ChoiceField(label=_("Kind of sheet"))
    file = forms.FileField(label=_("File (XLSX or CSV)"))
    mode = forms.ChoiceField(label=_("When rows are wrong"))

    def __init__(self, sheets: tuple[Any, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(s.id, s.name(lang())) for s in sheets]
        modes = [(mode, say("import_mode", mode)) for mode in WORDS["import_mode"]]
        self.fields["mode"].choices = modes


def _sheets(hat: Wearer) -> tuple[Any, ...]:
    """The sheets that the hat may use: one of the registry only where its rule lets the hat change something."""
    every = catalog.current().national.items("sheets")
    return tuple(s for s in every if s.makes not in REGISTRY or may_any(hat, "change", _rule(s)))


def _rule(sheet: Sheet) -> str:
    """The rule of data/national/access for what a sheet makes."""
    return sheet.makes if sheet.makes in REGISTRY else "journal"


@journal_reader
@naming_errors
def imports(request: HttpRequest, city: str) -> HttpResponse:
    """The templates, the upload form and the latest imports."""
    plan = plan_of(city)
    hat: Wearer = request.hat
    sheets = _sheets(hat)
    form = UploadForm(sheets, request.POST or None, request.FILES or None)
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        if not admits(Policy.SIGNER, None, "change", hat):
            raise PermissionDenied
        if form.is_valid():
            said = form.cleaned_data
            if not may_any(hat, "change", _rule(sheet_of(catalog.current(), said["kind"]))):
                raise PermissionDenied
            try:
                who = {"person": request.user.pk, "speaker": speaker(request), "hat": hat.hat_id}
                kept = uploads.keep(said["file"], said["kind"], said["mode"], **who)
            except NamedError as error:
                errors = [told(error)]
            else:
                return redirect("import", plan.id, kept.id)
    names = {sheet.id: sheet.name(lang()) for sheet in catalog.current().national.items("sheets")}
    recent = [
        {"kind": names.get(kind, kind), "name": name, "state": say("import_state", state), "rows": rows, "done": done}
        | {"appended": appended, "refused": refused, "started": moment(started)}
        for _id, kind, name, state, rows, done, appended, refused, started in jobs.recent(database())
    ]
    context = {"form": form, "errors": errors, "sheets": sheets, "recent": recent}
    return draw(request, "imports.html", context, status=422 if errors or form.errors else 200)


@journal_reader
@require_safe
@naming_errors
def template(request: HttpRequest, city: str, kind: str, suffix: str) -> HttpResponse:  # noqa: ARG001
    """A blank sheet to fill in, as XLSX with lists to choose from, or as CSV."""
    if suffix not in {"xlsx", "csv"} or catalog.current().national.find("sheets", kind) is None:
        raise Http404
    sheet = sheet_of(catalog.current(), kind)
    body = csv_template(sheet) if suffix == "csv" else xlsx_template(sheet, catalog.current())
    response = HttpResponse(body, content_type=TYPES[suffix])
    response["Content-Disposition"] = f'attachment; filename="wufei-{kind}.{suffix}"'
    return response


@journal_signer
def one(request: HttpRequest, city: str, upload: str) -> HttpResponse:
    """How far one's own upload is; confirm to import what the check found sound."""
    plan = plan_of(city)
    found = _mine(request, upload)
    if request.method == "POST":
        if not found.running:
            uploads.begin(found, dry_run="check" in request.POST, again="again" in request.POST)
        return redirect("import", plan.id, found.id)
    report = found.report or {}
    sound = report.get("rows", 0) - report.get("refused", 0)
    english = lang() == "en"
    context = {
        "upload": found,
        "kind": sheet_of(catalog.current(), found.kind).name(lang()),
        "mode": say("import_mode", found.mode),
        "report": report,
        "sound": sound,
        "may": found.phase == "checked" and sound > 0 and (found.mode == "rows" or not report.get("refused")),
        "error": _in_language(found.error, english) if found.error else None,
        "alike": bool(found.error and found.error["code"] == "seems_imported"),
        "errors": [{"row": e.get("row"), **_in_language(e["error"], english)} for e in report.get("errors", ())],
        "remarks": [r["en" if english else "zh"] for r in report.get("remarks", ())],
        "share": 100 * found.rows_done // max(found.rows, 1),
        "preview": _preview(found.kind, report),
        "has_file": (found.folder / "errors.xlsx").is_file(),
    }
    return draw(request, "import.html", context)


def _preview(kind: str, report: dict[str, Any]) -> list[dict[str, Any]]:
    """What a sheet of the registry enters or changes, with the sheet's own words for the fields."""
    sheet = sheet_of(catalog.current(), kind)
    words = {column.fills: column.en if lang() == "en" else column.zh for column in reversed(sheet.columns)}
    return [
        each | {"changes": [(words.get(name, name), was, now) for name, (was, now) in each["changes"].items()]}
        for each in report.get("preview", ())[: uploads.LISTED]
    ]


def _mine(request: HttpRequest, upload: str) -> Upload:
    found = uploads.find(upload, request.user.pk or 0)
    if found is None:
        raise Http404
    return found


def _in_language(error: dict[str, Any], english: bool) -> dict[str, str]:  # noqa: FBT001
    tail = "en" if english else "zh"
    return {"text": error[tail], "remedy": error[f"remedy_{tail}"], "place": error.get("place") or ""}


@journal_signer
@require_safe
def error_file(request: HttpRequest, city: str, upload: str) -> FileResponse:  # noqa: ARG001
    """The refused rows as a workbook, each with what is wrong, to mend and send again."""
    found = _mine(request, upload)
    path = found.folder / "errors.xlsx"
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename="wufei-errors.xlsx", content_type=TYPES["xlsx"])
