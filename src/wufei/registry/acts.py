"""Acts worth an audit record: told here by whoever does them, written down by whoever listens (intake's audit)."""

from __future__ import annotations

from django.dispatch import Signal

from wufei.registry.access import Wearer

acted = Signal()
"""Sent with ``act`` (an id of data/national/acts), ``hat``, ``subject`` (a person's or organisation's id), ``reason``."""


def tell(act: str, hat: Wearer, subject: str, reason: str = "") -> None:
    """Tell that somebody did something; an error of the listener is the caller's, so that nothing goes unrecorded."""
    acted.send(sender=None, act=act, hat=hat, subject=subject, reason=reason)
