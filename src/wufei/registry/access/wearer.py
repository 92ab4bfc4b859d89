"""The hat in force: who acts, in which role, for which organisation, site and place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wufei.registry.access.policy import scopes

if TYPE_CHECKING:
    from wufei.registry.models import Hat, Person

OUTSIDE_ROLE = "public"  # what somebody without a hat sees: what is published
NOBODY = "-"  # how the journal says that a record speaks for no organisation


@dataclass(frozen=True, slots=True)
class Wearer:
    """A person under one of their hats. Ids only: names can change or be erased.

    ``person_id`` is None for a stranger, ``hat_id`` None for somebody without a hat; both see what ``public`` sees.
    ``actor`` and ``acting_for`` are what the journal writes; ``impersonator`` is the actor who looks through the hat.
    """

    person_id: int | None
    hat_id: int | None
    role: str
    org: str | None = None
    site: str | None = None
    place: str | None = None
    actor: str = NOBODY
    acting_for: str = NOBODY
    impersonator: str | None = None

    @classmethod
    def of(cls, hat: Hat, *, impersonator: str | None = None) -> Wearer:
        """The person of ``hat`` under it."""
        return cls(
            person_id=hat.person_id,
            hat_id=hat.pk,
            role=hat.role,
            org=hat.org_id,
            site=hat.site_id,
            place=hat.place or None,
            actor=f"person-{hat.person_id}",
            acting_for=hat.org_id or NOBODY,
            impersonator=impersonator,
        )

    @property
    def sees_all(self) -> bool:
        """Whether the hat sees every organisation: an office of the city, a bureau, the auditor."""
        return "all" in scopes("organisations", "read", self) and "all" in scopes("sites", "read", self)

    @classmethod
    def bareheaded(cls, person: Person) -> Wearer:
        """A person without a hat."""
        return cls(person.pk, None, OUTSIDE_ROLE, actor=person.actor)


STRANGER = Wearer(None, None, OUTSIDE_ROLE)
SETUP = "setup"  # who grants what is granted at set-up
