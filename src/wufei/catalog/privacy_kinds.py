"""Kinds of declared things about people and their data: grants, mandates, requests, retention, notice, checklist."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from wufei.catalog.items import Item, OrgRef, UnitSymbol, ref
from wufei.catalog.registry_kinds import Listed


def _words(value: Any) -> Any:
    """A cell of a table holds several words with spaces between."""
    return tuple(value.split()) if isinstance(value, str) else value


RoleRefs = Annotated[tuple[Annotated[str, ref("roles")], ...], BeforeValidator(_words)]
RetentionRefs = Annotated[tuple[Annotated[str, ref("retention")], ...], BeforeValidator(_words)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class MandateAct(Listed):
    """Something that an organisation can let another one, or a colleague, do in its name."""

    kind: ClassVar[str] = "mandate_acts"


class RoleGrant(Listed):
    """Who may hand out a role within an organisation; the id is the role's."""

    kind: ClassVar[str] = "role_grants"

    granted_by: RoleRefs


class Power(Listed):
    """Something that is no row to see or change, and who may do it.

    Roles in ``everywhere`` may do it for every organisation, those in ``in_place`` for organisations of their place,
    those in ``in_org`` for their own.
    """

    kind: ClassVar[str] = "powers"

    everywhere: RoleRefs = ()
    in_place: RoleRefs = ()
    in_org: RoleRefs = ()


class RequestKind(Listed):
    """What a person may ask about their own data, and within how many days it is answered."""

    kind: ClassVar[str] = "request_kinds"

    days: int


class RetentionRule(Listed):
    """How long a kind of data is kept, counted from when.

    ``keep`` in ``unit``, None for ever; ``bound`` says whether the law sets a least or a most. ``eraser`` names the
    function of registry/retention.py that erases what is over; without one nothing of the kind is erased by the job,
    and the note says why.
    """

    kind: ClassVar[str] = "retention"

    holds_zh: str
    holds_en: str
    keep: int | None
    unit: UnitSymbol | None
    bound: Literal["least", "most", "exact"]
    since_zh: str
    since_en: str
    eraser: str | None = None


class Processing(Listed):
    """One processing of personal data, as the privacy notice tells it (PIPL 17).

    ``separate_consent`` says that nobody's data is processed so before they have consented to just this (PIPL 29).
    """

    kind: ClassVar[str] = "processing"

    purpose_zh: str
    purpose_en: str
    method_zh: str
    method_en: str
    data_zh: str
    data_en: str
    basis_zh: str
    basis_en: str
    sensitive: bool
    separate_consent: bool = False
    recipients_zh: str
    recipients_en: str
    retention: RetentionRefs


class SecurityItem(Listed):
    """One item of the security and privacy checklist: how it is met, by whom, and the tests that prove it.

    ``tests`` are ``path::test``; ``met`` needs at least one, ``operator`` says what the operator does and what Wufei
    provides for it, ``partly`` and ``open`` say what is missing.
    """

    kind: ClassVar[str] = "security_items"

    state: Literal["met", "partly", "operator", "open"]
    how_zh: str
    how_en: str
    clause: str
    tests: Words = ()


class PrivacyContact(Item):
    """Who answers for personal data in a city: the processor, and how it is reached (None: not published yet)."""

    kind: ClassVar[str] = "privacy_contacts"

    processor: OrgRef
    contact_zh: str | None = None
    contact_en: str | None = None

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """One per city."""
        return (self.id,)


PRIVACY_KINDS: tuple[type[Item], ...] = (
    MandateAct,
    RoleGrant,
    Power,
    RequestKind,
    RetentionRule,
    Processing,
    SecurityItem,
)
