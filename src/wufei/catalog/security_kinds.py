"""Kinds of declared things about what is done: the acts that the audit log records, the checks that steps name."""

from __future__ import annotations

from typing import ClassVar, Literal

from wufei.catalog.items import Item
from wufei.catalog.registry_kinds import Listed


class Act(Listed):
    """Something worth an audit record: what it is about, and whether it is a sign of an attack (``alarming``)."""

    kind: ClassVar[str] = "acts"

    about: Literal["sign_in", "rights", "data", "work"]
    alarming: bool = False


class CaseCheck(Listed):
    """A rule that steps of workflows may name; its function in wufei.workflow.checks has the same name."""

    kind: ClassVar[str] = "case_checks"


SECURITY_KINDS: tuple[type[Item], ...] = (Act, CaseCheck)
