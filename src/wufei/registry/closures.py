"""What is closed or merged, asked of the database by id: for whoever begins something new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection

from wufei.terms import NamedError


class ClosedToNew(NamedError):
    """Something new was to begin at an organisation or a site that is closed."""

    code = "closed_to_new"
    zh = "“{name}”已于 {closed_on} 关闭，不能办理新的事项；此前的事项可以办完。"
    en = "“{name}” was closed on {closed_on}: nothing new begins there; what was open may be finished."
    remedy_zh = "请核对对象和日期；若确已恢复，请先重新开启。"
    remedy_en = "Check what it is about and the day; if it works again, open it again first."


class MergedAway(NamedError):
    """An organisation that was merged into another."""

    code = "merged_away"
    zh = "“{name}”已并入“{into}”。"
    en = "“{name}” was merged into “{into}”."
    remedy_zh = "请改用合并后的单位。"
    remedy_en = "Use the organisation that goes on."


@dataclass(frozen=True, slots=True)
class Closure:
    """That an organisation or site is closed from ``closed_on`` on, or was merged ``into`` another (its name)."""

    name: str
    closed_on: date
    into: str | None = None

    def refusal(self, day: date) -> NamedError | None:
        """Why nothing new begins there on ``day``; None when it may."""
        if self.closed_on > day:
            return None
        if self.into is not None:
            return MergedAway(name=self.name, into=self.into)
        return ClosedToNew(name=self.name, closed_on=self.closed_on)


def closures(connection: Connection[Any], ids: Iterable[str]) -> dict[str, Closure]:
    """What of these organisations and sites is closed or merged, by id: one query; a site also by its holder's end.

    Ids of anything else, and of what the hat in force does not see, are left out: where another organisation's sites
    matter, ask for them as the database's owner does.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = connection.execute(_CLOSURES, {"ids": wanted}).fetchall()
    return {key: Closure(name, closed_on, into) for key, name, closed_on, into in reversed(rows)}


# The earliest end first: it is the one that counts.
_CLOSURES = """
WITH org AS (
    SELECT o.id, o.name_zh, o.closed_on, i.name_zh AS into_name
    FROM public.registry_organisation o LEFT JOIN public.registry_organisation i ON i.id = o.merged_into_id
    WHERE o.closed_on IS NOT NULL
)
SELECT id, name_zh, closed_on, into_name FROM org WHERE id = ANY (%(ids)s)
UNION ALL SELECT s.id, s.name_zh, s.closed_on, NULL FROM public.registry_site s
WHERE s.id = ANY (%(ids)s) AND s.closed_on IS NOT NULL
UNION ALL SELECT s.id, org.name_zh, org.closed_on, org.into_name FROM public.registry_site s
JOIN org ON org.id = s.org_id WHERE s.id = ANY (%(ids)s)
ORDER BY id, closed_on"""
