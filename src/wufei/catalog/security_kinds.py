"""Kinds of declared things about security: the acts that the audit log records."""

from __future__ import annotations

from typing import ClassVar, Literal

from wufei.catalog.items import Item
from wufei.catalog.registry_kinds import Listed


class Act(Listed):
    """Something worth an audit record: what it is about, and whether it is a sign of an attack (``alarming``)."""

    kind: ClassVar[str] = "acts"

    about: Literal["sign_in", "rights", "data", "work"]
    alarming: bool = False


SECURITY_KINDS: tuple[type[Item], ...] = (Act,)
