"""Acts worth an audit record: told here by whoever does them, written down by whoever listens (intake's audit)."""

from __future__ import annotations

import contextvars
from dataclasses import dataclass

from django.dispatch import Signal

from wufei.registry.access import Wearer

acted = Signal()
"""Sent with ``act`` (id of data/national/acts), ``hat``, ``subject`` (id of a person or organisation), ``reason``."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whence a request comes: network address and the browser's own name for itself. Personal data."""

    address: str = ""
    agent: str = ""


visitor: contextvars.ContextVar[Visitor] = contextvars.ContextVar("visitor", default=Visitor())  # noqa: B039 - frozen


def tell(act: str, hat: Wearer, subject: str, reason: str = "") -> None:
    """Tell that somebody did something; an error of the listener is the caller's, so that nothing goes unrecorded."""
    acted.send(sender=None, act=act, hat=hat, subject=subject, reason=reason)
