"""The licences in force on the day of a window, with the streams and quotas that they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wufei.flows.findings.facts import Window

_LICENCES = """
SELECT p.id, p.org_id, p.site_id, p.number, c.stream, c.quota_g_per_year
FROM public.registry_permit p LEFT JOIN public.registry_permitscope c ON c.permit_id = p.id
WHERE p.kind = ANY (%(kinds)s) AND p.valid_from <= %(day)s AND (p.valid_to IS NULL OR p.valid_to >= %(day)s)
AND (p.revoked_on IS NULL OR p.revoked_on > %(day)s) ORDER BY p.id, c.stream"""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence in force: whose, for which site (None: all), and its streams with their quotas; none: any stream."""

    id: str
    org: str
    site: str | None
    number: str
    quotas: Mapping[str, int | None]

    def covers(self, line: Iterable[str]) -> bool:
        """Whether a stream, given with those above it, is of its lines."""
        return not self.quotas or any(stream in self.quotas for stream in line)


def licences_in_force(window: Window) -> dict[str, list[Licence]]:
    """The operating and collection licences in force on the day, by organisation."""
    kinds = [kind.id for kind in window.catalog.national.items("permit_kinds") if kind.licence]
    found: dict[str, Licence] = {}
    for permit, org, site, number, stream, quota in window.rows(_LICENCES, kinds=kinds):
        quotas: Any = found.setdefault(permit, Licence(permit, org, site, number, {})).quotas
        if stream is not None:
            quotas[stream] = quota
    by_org = defaultdict(list)
    for licence in found.values():
        by_org[licence.org].append(licence)
    return by_org


def at_site(licences: Mapping[str, list[Licence]], org: str, site: str) -> list[Licence]:
    """The licences of an organisation that hold at a site."""
    return [licence for licence in licences.get(org, ()) if licence.site in {None, site}]
