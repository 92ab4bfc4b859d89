"""The language now active, reduced to the two that the pages speak."""

from __future__ import annotations

from django.utils.translation import get_language

from wufei.terms.errors import language_of

CHOICES = (("zh-hans", "中文", "zh"), ("en", "English", "en"))


def lang() -> str:
    """``zh`` or ``en``."""
    return language_of(get_language() or "zh-hans")


def joined(parts: list[str]) -> str:
    """A list of names in the punctuation of the active language."""
    return ("、" if lang() == "zh" else ", ").join(parts)
