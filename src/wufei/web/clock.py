"""What day it is for the reader: the one place where the pages look at the clock."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """Today in the time zone of the pages; ``WEB_TODAY`` in the settings stands in for it (tests)."""
    fixed: date | None = getattr(settings, "WEB_TODAY", None)
    return fixed or timezone.localdate()
