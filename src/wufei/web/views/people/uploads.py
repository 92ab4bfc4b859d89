"""The one way out for attachments: through a view that asks who may, never from a served folder."""

from __future__ import annotations

from typing import BinaryIO, cast
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wufei.registry import attachments, powers
from wufei.registry.access import Wearer, force
from wufei.registry.acts import tell
from wufei.registry.models import Attachment, Person
from wufei.web.journal.draw import naming_errors
from wufei.web.policy import hat_of, signed_in


@signed_in
@require_safe
@naming_errors
def attachment(request: HttpRequest, attachment_id: str) -> HttpResponse | FileResponse:
    """The content as a download: to who brought it, to its organisation's people, to the offices that decide."""
    found = _found(request, attachment_id)
    content = attachments.open_content(found)
    tell("download", hat_of(request), found.org_id, found.pk)
    return sent(content, found.name, found.size_bytes)


def sent(content: BinaryIO, name: str, size_bytes: int, shown_as: str = "") -> FileResponse:
    """A file on its way out: as a download, or to be looked at as a picture of the type ``shown_as``."""
    response = FileResponse(content, content_type=shown_as or "application/octet-stream")
    response["Content-Length"] = str(size_bytes)
    way = "inline" if shown_as else "attachment"
    response["Content-Disposition"] = f"{way}; filename=\"file\"; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _found(request: HttpRequest, attachment_id: str) -> Attachment:
    """The file, when the reader brought it or their hat has the power that its purpose asks for; else no such page.

    Proofs of a claim are for the claimant and the deciding office alone.
    """
    wanted = Attachment.objects.filter(pk=attachment_id, withdrawn_at=None)
    with force.wearing(Wearer.bareheaded(cast(Person, request.user))):
        own = wanted.filter(uploaded_by=request.user.pk).first()
    if own is not None:
        return own
    found = wanted.select_related("org").first()
    if found is None or not powers.may(hat_of(request), attachments.PURPOSES[found.purpose].power, found.org):
        raise Http404
    return found
