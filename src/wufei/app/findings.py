"""Make cases of what the alarm rules find: once for each fact, by the day or as soon as something was posted.

A finding's case has an id made of its key, so that looking again, or two workers at once, raises nothing twice. The
rules run as the owner of the journal: what they look at lies at accounts of every organisation.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.flows.findings.look import Finding, look, rules_on
from wufei.journal import Record, append
from wufei.journal.asking import ask
from wufei.terms import NamedError
from wufei.workflow import engine
from wufei.workflow.cases import Kind, Move, new_case
from wufei.workflow.kinds import kind_of
from wufei.workflow.rules import Signer

WORKFLOW, ROLE, SYSTEM = "finding", "rules", "system:rules"
BATCH, MOST_RESTS, MOST_STREAMS = 200, 200, 50
_KNOWN = "SELECT case_id FROM journal.desk WHERE case_id = ANY (%s)"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Raised:
    """What a run came to: all findings of the day, the cases of those that are new, and rules that failed by name."""

    findings: tuple[Finding, ...]
    new: tuple[str, ...]
    failed: tuple[tuple[str, NamedError], ...] = ()


def run(
    connection: Connection[Any],
    catalog: Catalog,
    day: date,
    now: datetime,
    *,
    names: Sequence[str] = (),
    sites: tuple[str, ...] | None = None,
    dry: bool = False,
) -> Raised:
    """Look by the rules (all, or those named) at a day of all sites or of some; raise what is new unless ``dry``.

    A rule that cannot be read is told in ``failed`` and keeps none of the others from being looked by. Raises
    RuleUnknown for a name that is not one.
    """
    found: list[Finding] = []
    failed: list[tuple[str, NamedError]] = []
    for rule in rules_on(catalog, day, names):
        try:
            with connection.transaction():
                found += look(connection, [rule], day, catalog, sites)
        except NamedError as error:
            failed.append((rule.id, error))
    return Raised(tuple(found), () if dry else tuple(raise_all(connection, found, now)), tuple(failed))


def raise_all(connection: Connection[Any], findings: Sequence[Finding], now: datetime) -> list[str]:
    """Open a case for each finding that has none; the ids of the new ones. Findings of nobody's site are left out."""
    kind = kind_of(WORKFLOW, now.date())
    moves = {}
    for finding in findings:
        if finding.fact.org:
            values = values_of(kind, finding, now)
            moves[new_case(kind, values).id] = (values, finding)
    known = {case for (case,) in ask(connection, _KNOWN, (sorted(moves),))} if moves else set()
    new = [(case, *moves[case]) for case in sorted(moves) if case not in known]
    raised: list[str] = []
    for first in range(0, len(new), BATCH):
        batch = new[first : first + BATCH]
        outcomes = append(connection, [_record(kind, values, now) for _case, values, _f in batch], row_mode=True)
        for (case, _values, finding), outcome in zip(batch, outcomes, strict=True):
            if outcome.outcome == "appended":
                raised.append(case)
            elif outcome.error is not None and outcome.error.code != "step_taken":  # somebody else was first
                _log.warning("%s: %s", finding.key, outcome.error)
    return raised


def values_of(kind: Kind, finding: Finding, now: datetime) -> dict[str, Any]:
    """The form of a finding's case."""
    fact = finding.fact
    return {
        "finding_key": hashlib.sha256(finding.key.encode()).hexdigest()[:40],
        "rule": finding.rule.id, "level": finding.level, "severity": finding.severity,
        "org": fact.org, "site": fact.site, "found_on": finding.day.isoformat(), "told_for": finding.period,
        "why_zh": finding.why_zh, "why_en": finding.why_en, "todo_zh": finding.todo_zh, "todo_en": finding.todo_en,
        "explain_by": kind.calendar.due(now, finding.rule.explain_within).isoformat(),
        "streams": [{"stream": stream} for stream in fact.streams[:MOST_STREAMS]],
        "figures": [{"name": name, "value": f"{value:f}" if hasattr(value, "as_tuple") else str(value)}
                    for name, value in fact.figures.items() if value is not None],
        "rests_on": [{"about": about, "ref": ref} for about, ref in fact.rests_on[:MOST_RESTS]],
    }  # fmt: skip


def _record(kind: Kind, values: dict[str, Any], now: datetime) -> Record:
    case = new_case(kind, values)
    move = Move("raise", values, 0, now, SYSTEM, Signer(None, ROLE), method="rule",
                id=uuid5(NAMESPACE_URL, f"wufei-finding:{case.id}"))  # fmt: skip
    return engine.draft(kind, case, move, {})


_TOUCHED = """
SELECT DISTINCT a.place FROM journal.entry e JOIN journal.account a ON a.n IN (e.from_n, e.to_n)
WHERE e.seq > %s AND e.seq <= %s AND a.role <> 'transit' ORDER BY 1 LIMIT %s"""
_LATEST = "SELECT coalesce(max(seq), 0) FROM journal.record"
MOST_SITES = 500


def touched(connection: Connection[Any], since: int, most: int = MOST_SITES) -> tuple[int, tuple[str, ...]]:
    """The journal's last record, and the sites at which entries were posted after record ``since``."""
    row = ask(connection, _LATEST).fetchone()
    latest = int(row[0]) if row else 0
    return latest, tuple(place for (place,) in ask(connection, _TOUCHED, (since, latest, most)).fetchall())
