"""A record's proof as a file, and the program with which anybody checks it offline."""

from __future__ import annotations

from importlib.resources import files
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wufei.journal.proof import ProofRecordUnknown, proof_of
from wufei.journal.standalone_verifier import write
from wufei.web.journal.draw import database, naming_errors
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader

VERIFIER = "standalone_verifier.py"


@journal_reader
@require_safe
@naming_errors
def proof_file(request: HttpRequest, city: str, record_id: UUID) -> HttpResponse:  # noqa: ARG001
    """The proof that the record stands in the journal, as ``wufei proof`` writes it; refused while it is not sealed."""
    plan_of(city)
    try:
        text = write(proof_of(database(), [record_id]))
    except ProofRecordUnknown as error:
        raise Http404 from error
    return _attachment(text, "application/json", f"wufei-proof-{record_id}.json")


@journal_reader
@require_safe
def verifier(request: HttpRequest, city: str) -> HttpResponse:  # noqa: ARG001
    """The verifier, one file that needs nothing but Python."""
    plan_of(city)
    text = files("wufei.journal").joinpath(VERIFIER).read_text(encoding="utf-8")
    return _attachment(text, "text/x-python; charset=utf-8", VERIFIER)


def _attachment(text: str, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
