"""What a reader asks of the list of containers, read from an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from wufei.registry.access import visible
from wufei.registry.models import Site
from wufei.web.containers.shown import WORKFLOW
from wufei.web.journal.asked import Asked, Field
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.workflow import desk, in_stead
from wufei.workflow.kinds import kind_of

MOST_SITES = 200


class Question:
    """The filters of one address, and the containers that answer, what moved last first."""

    def __init__(self, request: HttpRequest, plan: Plan, connection: Connection[Any]) -> None:
        self.plan, self.hat, self.connection = plan, request.hat, connection
        self.asked = Asked(request, plan)
        states = [s for s in kind_of(WORKFLOW).workflow.states if s.id != kind_of(WORKFLOW).workflow.start]
        self.site = self._choice("site", _("Site"), self._sites())
        self.state = self._choice("state", _("State"), [(s.id, s.en if lang() == "en" else s.zh) for s in states])
        streams = self.asked.stream(label=_("Waste code"))
        filled = [(name, value) for name, value in (("site", self.site), ("stream", self._one(streams))) if value]
        own = desk.bounds(self.hat, in_stead.orgs_of(in_stead.signers(connection, self.hat)))
        self.wanted = desk.Asked(
            workflows=(WORKFLOW,), state=self.state, parties=(self.site,) if self.site and own is None else own,
            filled=tuple(filled) or None,
        )  # fmt: skip

    def _one(self, streams: tuple[str, ...] | None) -> str | None:
        return streams[0] if streams else None

    def _sites(self) -> list[tuple[str, str]]:
        rows = visible(Site.objects.all(), self.hat).order_by("name_zh", "pk")[:MOST_SITES]
        return [(site.pk, site.name(lang())) for site in rows]

    def _choice(self, key: str, label: Any, options: list[tuple[str, str]]) -> str | None:
        value = str(self.asked._given.get(key, ""))[:80].replace("\x00", "")
        known = value if value in dict(options) else ""
        self.asked.fields.append(Field(key, label, "select", known, tuple(options)))
        return known or None

    def page(self, size: int) -> Any:
        """One page of containers. Raises CursorUnreadable."""
        return desk.latest(self.connection, self.wanted, cursor=self.asked.cursor, size=size)

    def every(self) -> Iterator[Any]:
        """All containers that answer."""
        return desk.every(self.connection, self.wanted)
