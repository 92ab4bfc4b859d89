"""The one way out for attachments: through a view that asks who may, never from a served folder."""

from __future__ import annotations

from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wufei.registry import attachments, powers
from wufei.registry.acts import tell
from wufei.registry.models import Attachment
from wufei.web.journal.draw import naming_errors
from wufei.web.people.parts import hat_of
from wufei.web.policy import signed_in


@signed_in
@require_safe
@naming_errors
def attachment(request: HttpRequest, attachment_id: str) -> HttpResponse | FileResponse:
    """The content as a download: to who brought it, to its organisation's people, to the offices that decide."""
    found = Attachment.objects.select_related("org").filter(pk=attachment_id, withdrawn_at=None).first()
    if found is None or not _may(request, found):
        raise Http404
    content = attachments.open_content(found)
    tell("download", hat_of(request), found.org_id, found.pk)
    response = FileResponse(content, content_type="application/octet-stream")
    response["Content-Length"] = str(found.size_bytes)
    response["Content-Disposition"] = f"attachment; filename=\"file\"; filename*=UTF-8''{quote(found.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _may(request: HttpRequest, found: Attachment) -> bool:
    """Proofs of a claim are for the claimant and the deciding office alone."""
    hat = hat_of(request)
    if found.uploaded_by_id == request.user.pk:
        return True
    power = attachments.PURPOSES[found.purpose].power
    return powers.may(hat, power, found.org)
