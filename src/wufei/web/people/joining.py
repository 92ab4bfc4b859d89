"""The sheet of an invitation: the link, shown once, and the same as a QR code to print."""

from __future__ import annotations

from typing import Any

import segno
from django.http import HttpRequest
from django.urls import reverse

from wufei.registry.models import Invitation
from wufei.web.journal.names import moment
from wufei.web.registry.words import kind_name


def invitation_sheet(request: HttpRequest, kept: Invitation, token: str) -> dict[str, Any]:
    """What the sheet shows; the QR code is a picture in the page, drawn here."""
    link = request.build_absolute_uri(reverse("invitation", args=[token]))
    return {
        "link": link,
        "qr": segno.make(link, error="m").svg_data_uri(scale=5, border=2),
        "label": kept.label,
        "role": kind_name("roles", kept.role),
        "to": moment(kept.expires_at),
    }
