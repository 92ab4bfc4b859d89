"""Who may see and change what: one file per kind of row, from which pages and the database both take their rule."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from wufei.catalog.items import Item, Part, ref

Scope = Literal["all", "place", "org", "site", "own", "published", "none"]
Verb = Literal["read", "change"]


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Scopes = Annotated[tuple[Scope, ...], BeforeValidator(_listed)]
RoleRef = Annotated[str, ref("roles")]
AccessRef = Annotated[str, ref("access")]


class Belongs(Part):
    """The columns that say whose a row is: an organisation's, a site's, a place's, a person's.

    ``through`` names the column that leads to a row of another kind, whose belonging is then this row's.
    """

    org: Words = ()
    site: Words = ()
    place: Words = ()
    person: Words = ()
    through: dict[str, AccessRef] = Field(default_factory=dict)


class Access(Item):
    """The rule for the rows of one table (``rows``), or for a matter that several pages share.

    ``read`` and ``change`` give each role its scopes, several of which add up; a role that is not named has none.
    *all*: every row; *place*: what lies in the hat's county or zone; *org*: what is the organisation's or its sites';
    *site*: what is the hat's site's, or the organisation's when the hat names no site; *own*: what is the person's;
    *published*: the rows that ``published`` describes. ``door`` is what sign-in itself needs before any hat is known.
    ``grants`` is a column that holds a role and may only be given one that the hat hands out (``role_grants``).
    """

    kind: ClassVar[str] = "access"

    rows: str | None = None
    belongs: Belongs = Belongs()
    published: dict[str, bool | str] = Field(default_factory=dict)
    door: Literal["nothing", "read", "change"] = "nothing"
    grants: str | None = None
    read: dict[RoleRef, Scopes]
    change: dict[RoleRef, Scopes]

    def scopes(self, verb: Verb, role: str) -> tuple[Scope, ...]:
        """The scopes of ``role``; none when it is not named."""
        found = (self.read if verb == "read" else self.change).get(role, ())
        return tuple(scope for scope in found if scope != "none")
