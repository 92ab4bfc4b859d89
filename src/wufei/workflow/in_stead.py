"""Acting in another organisation's stead: whose mandates a hat holds, and whether one of them covers a step."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from psycopg import Connection

from wufei.journal import Record
from wufei.journal.asking import ask
from wufei.registry import directory, mandates
from wufei.registry.access import Wearer
from wufei.registry.models import Mandate
from wufei.terms import NamedError
from wufei.workflow import corrections, engine, rules
from wufei.workflow.engine import Case, Kind, Move
from wufei.workflow.rules import Signer


def held_by(hat: Wearer) -> QuerySet[Mandate]:
    """The mandates in force that name the hat's organisation or person."""
    return mandates.in_force(timezone.localdate()).filter(_taken(hat))


def _taken(hat: Wearer) -> Q:
    return Q(to_person=hat.person_id) | (Q(to_org=hat.org) if hat.org else Q(pk=None))


def givers(hat: Wearer) -> frozenset[str]:
    """The organisations that gave one: one query."""
    return frozenset(held_by(hat).values_list("org_id", flat=True)) - {hat.org}


def once_givers(hat: Wearer) -> frozenset[str]:
    """Those that gave one at any time, in force or not: one query."""
    return frozenset(Mandate.objects.filter(_taken(hat)).values_list("org_id", flat=True)) - {hat.org}


def check_not_over(hat: Wearer, org: str | None) -> None:
    """Raise what ended the latest mandate of ``org`` (None: of anybody) to the hat, where none of them is in force.

    Whoever held it sees the giver's cases no more: this says why.
    """
    given = Mandate.objects.filter(_taken(hat), *([Q(org=org)] if org else []))
    day = timezone.localdate()
    if (last := given.order_by("-granted_at", "-pk").first()) and not (given & mandates.in_force(day)).exists():
        mandates.check_in_force(mandates.terms_of(last), day)


def sites_of(hat: Wearer) -> frozenset[str]:
    """The sites that those mandates are bound to: one query."""
    bound = Mandate.sites.through.objects.filter(mandate__in=held_by(hat))
    return frozenset(bound.values_list("site_id", flat=True))


def signer(connection: Connection[Any], hat: Wearer, org: str | None) -> Signer:
    """The hat as it acts for ``org``, which goes on with what was merged into it began: one query."""
    also = directory.known_as(connection, org) - {org} if org else frozenset[str]()
    return Signer(org, hat.role, also)


def signers(connection: Connection[Any], hat: Wearer) -> tuple[Signer, ...]:
    """All that the hat can sign as: for its own organisation first."""
    return tuple(signer(connection, hat, org) for org in (hat.org, *sorted(givers(hat))))


def orgs_of(found: tuple[Signer, ...]) -> frozenset[str]:
    """Every organisation that these act for, by all their ids."""
    return frozenset().union(*({s.org} | s.also for s in found if s.org))


def party_orgs(kind: Kind, case: Case, move_values: dict[str, Any], transition: str) -> set[str]:
    """The organisations that may take a step, as the form names them."""
    step, declared = kind.workflow.transition(transition), kind.workflow.corrections
    by = step.by if step else declared.by if declared else ()
    values = case.values | move_values
    found = {org for p in kind.workflow.parties if p.id in by and (org := rules.org_of(p, values))}
    return found if step else found | rules.orgs_of(kind.workflow, case.values)


def covering(connection: Connection[Any], hat: Wearer, kind: Kind, case: Case, move: Move) -> Mandate:
    """The first mandate that covers the step; raises what stands against the last one looked at.

    One that is over is told as such, when none is in force.
    """
    act = _act(kind, case, move)
    record = None if move.transition in corrections.STEPS else _draft(connection, kind, case, move)
    refusal: NamedError = mandates.MandateActOutside(act=act)
    found = held_by(hat).filter(org=move.signer.org)
    over = Mandate.objects.filter(_taken(hat), org=move.signer.org)
    for mandate in (found if found.exists() else over).order_by("granted_at", "pk"):
        try:
            _covers(connection, mandate, act, record)
        except NamedError as error:
            refusal = error
        else:
            return mandate
    raise refusal


def _draft(connection: Connection[Any], kind: Kind, case: Case, move: Move) -> Record:
    return engine.draft(kind, case, move, engine.stock(connection, kind, case, move))


def _act(kind: Kind, case: Case, move: Move) -> str:
    """What the mandate must allow: the act of the party in whose place the step is taken."""
    step, values = kind.workflow.transition(move.transition), case.values | dict(move.changes)
    parties = [p for p in kind.workflow.parties if p.act and move.signer.speaks_for(rules.org_of(p, values))]
    named = [p.act for p in parties if step is None or p.id in step.by]
    return next((act for act in named if act), move.transition)


def _covers(connection: Connection[Any], mandate: Mandate, act: str, record: Record | None) -> None:
    terms, day, used = mandates.terms_of(mandate), timezone.localdate(), used_g(connection, mandate)
    if record is None or not record.entries:
        mandates.covers(terms, act, (), "", 0, used, day)
        return
    for entry in record.entries:
        ends = (entry.from_account, entry.to_account)
        site = next((end.partition(":")[2] for end in ends if not end.startswith("transit:")), "")
        mandates.covers(terms, act, mandates.stream_line(entry.stream), site, entry.mass_g, used, day)
        used += entry.mass_g


_USED = """
SELECT coalesce(sum(e.mass_g), 0)::bigint FROM journal.record r JOIN journal.step s USING (seq)
JOIN journal.entry e USING (seq) WHERE r.acting_for = %s AND s.data::jsonb #>> '{signed,mandate}' = %s"""


def used_g(connection: Connection[Any], mandate: Mandate) -> int:
    """Grams that were moved under the mandate so far."""
    row = ask(connection, _USED, (mandate.org_id, str(mandate.pk))).fetchone()
    return int(row[0]) if row else 0
