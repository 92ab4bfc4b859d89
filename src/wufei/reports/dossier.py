"""The dossier of a site, for whoever inspects it: everything that is known of it, from a fixed number of queries.

Identity, permits, facilities, the plan beside what happened, what came in, left and lies there, what is late, what the
rules found, every manifest with its signatures. Ids and names of organisations only: people stay numbers.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.journal.asking import ask
from wufei.journal.moments import CITY_TIME
from wufei.registry import directory
from wufei.registry.models import Site
from wufei.reports import findings
from wufei.reports.management_plan import plan_and_actual
from wufei.reports.register_balance import balance_lines
from wufei.reports.trips import moving_workflows
from wufei.reports.waste_register import Asked

FORMAT = "wufei-dossier/1"
MOST_FINDINGS = 500
Values = dict[str, Any]
_MANIFESTS = """
SELECT d.case_id, d.state, d.due_at, d.opened_at, d.changed_at, s.no, s.transition, r.happened_at, r.acting_for, r.id,
       s.data
FROM journal.case_party p JOIN journal.desk d USING (case_id) JOIN journal.step s USING (case_id)
JOIN journal.record r ON r.seq = s.seq
WHERE p.party = %(site)s AND d.workflow = ANY (%(workflows)s) AND d.opened_at >= %(since)s
ORDER BY d.opened_at DESC, d.case_id, s.no"""
_LATE = """
SELECT d.case_id, d.workflow, d.state, d.due_at FROM journal.case_party p JOIN journal.desk d USING (case_id)
WHERE p.party = %s AND d.due_at < %s AND d.workflow <> 'finding' ORDER BY d.due_at, d.case_id LIMIT 500"""


def dossier(connection: Connection[Any], site: Site, now: datetime, catalog: Catalog) -> Values:
    """The dossier of the last two calendar years and this one, as JSON can hold it. Masses in grams."""
    day = now.astimezone(CITY_TIME).date()
    since = datetime(day.year - 2, 1, 1, tzinfo=CITY_TIME)
    manifests = list(_manifests(connection, site.pk, since, catalog))
    parties = {m[end] for m in manifests for end in ("consignor", "consignee", "carrier") if m[end]}
    names = {key: entry.zh for key, entry in directory.names(connection, parties).items()}
    return {
        "format": FORMAT, "made_at": now.astimezone(CITY_TIME).isoformat(timespec="seconds"), "site": site.pk,
        "since": since.date().isoformat(), "identity": _identity(site), "permits": _permits(site, day),
        "facilities": _facilities(site), "storages": _storages(site),
        "plan": [asdict(line) for line in plan_and_actual(connection, site.pk, day.year)],
        "balance": {str(year): _balance(connection, site.pk, year, day) for year in range(day.year - 2, day.year + 1)},
        "late": _late(connection, site.pk, now), "findings": _findings(connection, site.pk),
        "manifests": manifests, "names": names, "months": _months(manifests),
    }  # fmt: skip


def _identity(site: Site) -> Values:
    org = site.org
    return {
        "org": org.pk, "org_name": org.name_zh, "credit_code": org.credit_code or "", "industry": org.industry,
        "site_name": site.name_zh, "place": site.place, "address": site.address,
        "position": None if site.longitude is None else [str(site.longitude), str(site.latitude)],
        "in_operation_since": _iso(site.in_operation_since), "eia_approval_no": site.eia_approval_no,
        "discharge_permit_no": site.discharge_permit_no, "closed_on": _iso(site.closed_on),
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _permits(site: Site, day: date) -> list[Values]:
    found = site.org.permits.prefetch_related("scopes").order_by("-valid_from", "number")
    return [
        {
            "kind": p.kind, "number": p.number, "issuer": p.issuer, "valid_from": _iso(p.valid_from),
            "valid_to": _iso(p.valid_to), "revoked_on": _iso(p.revoked_on),
            "in_force": p.valid_from <= day <= (p.valid_to or day) and (p.revoked_on is None or p.revoked_on > day),
            "lines": [{"stream": s.stream, "operations": s.operations, "quota_g_per_year": s.quota_g_per_year}
                      for s in p.scopes.all()],
        }
        for p in found if p.site_id in {None, site.pk}
    ]  # fmt: skip


def _facilities(site: Site) -> list[Values]:
    return [
        {"name": f.name_zh, "code": f.code, "kind": f.kind, "capacity": None if f.capacity is None else str(f.capacity),
         "unit": f.unit, "permit_heading": f.permit_heading, "closed_on": _iso(f.closed_on)}
        for f in site.facilities.all()
    ]  # fmt: skip


def _storages(site: Site) -> list[Values]:
    return [
        {"name": s.name_zh, "code": s.code, "kind": s.kind, "capacity_g": s.capacity_g, "closed_on": _iso(s.closed_on)}
        for s in site.storages.all()
    ]


def _balance(connection: Connection[Any], site: str, year: int, day: date) -> list[Values]:
    last = min(date(year, 12, 31), day)
    lines = balance_lines(connection, Asked(site, (date(year, 1, 1), last)))
    return [asdict(line) | {"apart_g": line.apart_g} for line in lines]


def _late(connection: Connection[Any], site: str, now: datetime) -> list[Values]:
    return [
        {"case": case, "workflow": workflow, "state": state, "due_at": due.astimezone(CITY_TIME).isoformat(),
         "late_days": (now - due).days}
        for case, workflow, state, due in ask(connection, _LATE, (site, now))
    ]  # fmt: skip


def _findings(connection: Connection[Any], site: str) -> list[Values]:
    page = findings.page(connection, findings.Asked(site=site), size=MOST_FINDINGS)
    keys = ("rule", "level", "severity", "found_on", "told_for", "why_zh", "why_en", "figures", "rests_on")
    return [
        {"case": row.case, "state": row.state, "due_at": row.due_at.isoformat() if row.due_at else None}
        | {key: row.told.get(key) for key in keys}
        for row in page.items
        if row.told.get("site") == site
    ]


def _manifests(connection: Connection[Any], site: str, since: datetime, catalog: Catalog) -> Iterator[Values]:
    """Each manifest with the last word on every field, its masses, and who signed which step with which hash."""
    given = {"site": site, "since": since, "workflows": moving_workflows(catalog)}
    made: Values = {}
    form: Values = {}
    for case, state, due, opened, changed, no, step, at, org, record, data in ask(connection, _MANIFESTS, given):
        if made and made["case"] != case:
            yield _filled(made, form)
        if not made or made["case"] != case:
            form = {}
            made = {"case": case, "state": state, "opened_at": _at(opened), "changed_at": _at(changed),
                    "due_at": _at(due) if due else None, "signatures": []}  # fmt: skip
        told = json.loads(data or "{}")
        form.update(told.get("set", {}))
        signed = told.get("signed")
        if signed:
            signature = {"no": no, "step": step, "at": _at(at), "for": org, "record": str(record)}
            made["signatures"].append(signature | {"content": signed.get("content"), "method": signed.get("method")})
    if made:
        yield _filled(made, form)


def _at(moment: datetime) -> str:
    return moment.astimezone(CITY_TIME).isoformat(timespec="minutes")


def _filled(made: Values, form: Mapping[str, Any]) -> Values:
    legs = form.get("legs") or [{}]
    lines = [
        {key: line.get(key) for key in ("stream", "planned_g", "dispatched_g", "accepted_g", "returned_g", "operation")
         if line.get(key) is not None}
        for line in form.get("wastes") or ()
    ]  # fmt: skip
    return made | {
        "national_number": form.get("national_number"), "consignor": form.get("consignor_org"),
        "consignee": form.get("consignee_org"), "from_site": form.get("consignor_storage"),
        "to_site": form.get("consignee_site"), "carrier": legs[0].get("carrier_org"),
        "vehicle": legs[0].get("vehicle"), "wastes": lines,
    }  # fmt: skip


def _months(manifests: list[Values]) -> list[Values]:
    """How many manifests began in each month, by state, and the grams dispatched; the latest month first."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for each in manifests:
        month = found[each["opened_at"][:7]]
        month["count"] += 1
        month[f"state:{each['state']}"] += 1
        month["mass_g"] += sum(int(w.get("dispatched_g") or w.get("accepted_g") or 0) for w in each["wastes"])
    return [{"month": month, **found[month]} for month in sorted(found, reverse=True)]
