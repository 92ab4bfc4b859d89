"""The code of a container as a picture for pages."""

from __future__ import annotations

import segno


def code_picture(code: str) -> str:
    """The QR code as an address that holds its picture."""
    return str(segno.make(code, error="q", mask=2, micro=False).svg_data_uri(scale=4, border=4, light="white"))
