"""Permits and filings with what they allow, and contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from wufei.catalog import Catalog
from wufei.registry import fields
from wufei.registry.closing import ReasonNeeded, must_be_open
from wufei.registry.keeping import Entity, amend, enter, fill, refuse
from wufei.registry.models import Contract, Organisation, Permit, PermitScope, Site
from wufei.terms import NamedError, Unknown


class PermitBackwards(NamedError):
    """A last day before the first."""

    code = "permit_backwards"
    zh = "有效期止 {valid_to} 早于有效期起 {valid_from}。"
    en = "The last day {valid_to} comes before the first, {valid_from}."
    remedy_zh = "请核对两个日期。"
    remedy_en = "Check the two days."


class PermitOverlaps(NamedError):
    """Two permits of one kind for the same stream, site and time."""

    code = "permit_overlaps"
    zh = "与 {number}（{valid_from} 至 {valid_to}）同类，且对“{stream}”的有效期重叠。"
    en = "It overlaps with {number} ({valid_from} to {valid_to}), of the same kind, for “{stream}”."
    remedy_zh = "请核对日期和废物范围；换证请先登记原证的失效日期。"
    remedy_en = "Check days and streams; for a renewal, enter first when the former one ceased."


class PermitNumberTaken(NamedError):
    """The number is on register for this kind."""

    code = "permit_number_taken"
    zh = "编号 {number} 的同类许可已登记在“{org}”名下。"
    en = "A permit of this kind with the number {number} is registered for “{org}”."
    remedy_zh = "请在已登记的许可上修改。"
    remedy_en = "Amend the one on register."


class PermitSiteElsewhere(NamedError):
    """A permit's site belongs to another organisation."""

    code = "permit_site_elsewhere"
    zh = "场所“{site}”不属于“{org}”。"
    en = "The site “{site}” is not held by “{org}”."
    remedy_zh = "请核对持证单位和场所。"
    remedy_en = "Check the holder and the site."


class PermitEnded(NamedError):
    """A permit that was revoked before."""

    code = "permit_ended"
    zh = "许可 {number} 已于 {revoked_on} 失效。"
    en = "The permit {number} ceased on {revoked_on}."
    remedy_zh = "不必重复登记。"
    remedy_en = "There is nothing to enter."


class ContractWithOneself(NamedError):
    """A contract of an organisation with itself."""

    code = "contract_with_oneself"
    zh = "合同双方是同一单位。"
    en = "Both parties of the contract are the same organisation."
    remedy_zh = "请改选另一方。"
    remedy_en = "Choose the other party."


def _backwards(row: Any, _catalog: Catalog) -> Iterator[NamedError]:
    if row.valid_to is not None and row.valid_to < row.valid_from:
        yield PermitBackwards(place="valid_to", valid_from=row.valid_from, valid_to=row.valid_to)


def _site_is_theirs(permit: Permit, _catalog: Catalog) -> Iterator[NamedError]:
    if permit.site is not None and permit.site.org_id != permit.org_id:
        yield PermitSiteElsewhere(place="site", site=str(permit.site), org=str(permit.org))


def _number_is_free(permit: Permit, _catalog: Catalog) -> Iterator[NamedError]:
    other = Permit.objects.filter(kind=permit.kind, number=permit.number).exclude(pk=permit.pk).first()
    if other:
        yield PermitNumberTaken(place="number", number=permit.number, org=str(other.org))


PERMIT = Entity(
    Permit,
    {
        "org": fields.row(Organisation, "merged_into"),
        "site": fields.row(Site),
        "kind": fields.word("permit_kinds"),
        "number": fields.text(60),
        "issuer": fields.text(120),
        "valid_from": fields.day,
        "valid_to": fields.day,
        "mode": fields.text(120),
        "replaces": fields.row(Permit),
    },
    needed=("org", "kind", "number", "valid_from"),
    checks=(_backwards, _site_is_theirs),
    stored=(_number_is_free,),
)
SCOPE = Entity(
    PermitScope,
    {"stream": fields.stream, "operations": fields.texts(8), "quota_g_per_year": fields.grams},
    needed=("stream",),
)


def _not_oneself(contract: Contract, _catalog: Catalog) -> Iterator[NamedError]:
    if contract.org_id == contract.partner_id:
        yield ContractWithOneself(place="partner")


CONTRACT = Entity(
    Contract,
    {
        "org": fields.row(Organisation, "merged_into"),
        "partner": fields.row(Organisation, "merged_into"),
        "kind": fields.word("contract_kinds"),
        "number": fields.text(60),
        "valid_from": fields.day,
        "valid_to": fields.day,
        "streams": fields.streams,
        "most_g": fields.grams,
    },
    needed=("org", "partner", "kind", "valid_from"),
    checks=(_backwards, _not_oneself),
)


def last_day(permit: Permit) -> date | None:
    """The last day on which a permit holds: its own, or the day before it was revoked; None when it has no end."""
    revoked = permit.revoked_on - timedelta(days=1) if permit.revoked_on else None
    return min((day for day in (permit.valid_to, revoked) if day), default=None)


def in_force(permit: Permit, day: date) -> bool:
    """Whether a permit holds on ``day``."""
    end = last_day(permit)
    return permit.valid_from <= day and (end is None or day <= end)


def permits_on(day: date, **of: Any) -> QuerySet[Permit]:
    """The permits that hold on ``day``, narrowed by fields of the permit (``org=…``, ``site=…``, ``kind=…``)."""
    ends = Q(valid_to=None) | Q(valid_to__gte=day)
    revoked = Q(revoked_on=None) | Q(revoked_on__gt=day)
    return Permit.objects.filter(ends, revoked, valid_from__lte=day, **of).order_by("valid_to", "number")


def remaining_quota(scope: PermitScope, used_g: int | Unknown) -> int | Unknown | None:
    """Grams left of a yearly quota after ``used_g``; None where the permit sets none, negative where it is exceeded."""
    if scope.quota_g_per_year is None:
        return None
    return used_g if isinstance(used_g, Unknown) else scope.quota_g_per_year - used_g


def weekdays_before(day: date, count: int) -> date:
    """The day so many working days before, Saturdays and Sundays left out; public holidays are not known here."""
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < 5
    return day


def renew_by(
    permit: Permit, catalog: Catalog, back: Callable[[date, int], date] = weekdays_before
) -> date | None:  # fmt: skip
    """The last day to ask for a renewal; None where the permit has no end or its kind no such rule.

    ``back`` counts working days backwards: a caller with a calendar of public holidays hands in its own.
    """
    kind = catalog.national.find("permit_kinds", permit.kind, permit.valid_from)
    if kind is None or kind.renew_before is None or permit.valid_to is None:
        return None
    if kind.renew_unit == "day":
        return permit.valid_to - timedelta(days=kind.renew_before)
    return back(permit.valid_to, kind.renew_before)


def overlaps(permit: Permit, streams: Iterable[str], catalog: Catalog) -> Iterator[PermitOverlaps]:
    """Permits of the same exclusive kind, holder and site that hold at the same time for a common stream.

    A permit without lines covers every stream.
    """
    kind = catalog.national.find("permit_kinds", permit.kind)
    if kind is None or not kind.exclusive:
        return
    ours = set(streams)
    others = Permit.objects.filter(kind=permit.kind, org=permit.org_id, site=permit.site_id).exclude(pk=permit.pk)
    for other in others.prefetch_related("scopes").order_by("valid_from", "number"):
        theirs = {scope.stream for scope in other.scopes.all()}
        common = sorted(ours & theirs) if ours and theirs else sorted(ours | theirs) or ["*"]
        if common and _meet(permit, other):
            until = last_day(other) or "—"
            told = {"number": other.number, "valid_from": other.valid_from, "valid_to": until}
            yield PermitOverlaps(place="valid_from", **told, stream="、".join(common[:5]))


def _meet(left: Permit, right: Permit) -> bool:
    ends = [last_day(permit) or date.max for permit in (left, right)]
    starts = [permit.valid_from for permit in (left, right)]
    return max(starts) <= min(ends)


@transaction.atomic
def enter_permit(
    values: Mapping[str, Any], scopes: Iterable[Mapping[str, Any]], catalog: Catalog, *, day: date
) -> Permit:
    """A new permit with its lines (``stream``, ``operations``, ``quota_g_per_year``).

    Raises what is wrong with its fields, PermitNumberTaken, PermitOverlaps, ClosedToNew.
    """
    permit = enter(PERMIT, values, catalog)
    must_be_open(permit, day)
    _write_scopes(permit, scopes, catalog)
    return permit


@transaction.atomic
def amend_permit(
    permit: Permit, values: Mapping[str, Any], scopes: Iterable[Mapping[str, Any]] | None, catalog: Catalog
) -> Permit:
    """Change a permit, and its lines where ``scopes`` is given. Raises as ``enter_permit``."""
    amend(PERMIT, permit, values, catalog)
    if scopes is None:
        kept = permit.scopes.values("stream", "operations", "quota_g_per_year")
        refuse(overlaps(permit, [line["stream"] for line in kept], catalog))
    else:
        _write_scopes(permit, scopes, catalog)
    return permit


def _write_scopes(permit: Permit, scopes: Iterable[Mapping[str, Any]], catalog: Catalog) -> None:
    """Bring a permit's lines to what is asked; unchanged lines are left alone."""
    standing = {scope.stream: scope for scope in permit.scopes.all()}
    wanted: list[str] = []
    for values in scopes:
        stream = fields.stream(values.get("stream"), catalog)
        row = standing.get(stream)
        if row is None:
            row = PermitScope(permit=permit)
            refuse(fill(SCOPE, row, values, catalog))
            row.save()
            standing[stream] = row
        else:
            amend(SCOPE, row, values, catalog)
        wanted.append(stream)
    refuse(overlaps(permit, wanted, catalog))
    permit.scopes.exclude(stream__in=wanted).delete()


@transaction.atomic
def revoke_permit(permit: Permit, day: date, reason: str) -> Permit:
    """A permit ceases from ``day`` on. Raises ReasonNeeded, PermitEnded."""
    fresh = Permit.objects.select_for_update(of=("self",)).get(pk=permit.pk)
    if fresh.revoked_on is not None:
        raise PermitEnded(number=fresh.number, revoked_on=fresh.revoked_on)
    if not reason.strip():
        raise ReasonNeeded
    fresh.revoked_on, fresh.revoked_reason = day, reason.strip()[:200]
    fresh.save()
    permit.refresh_from_db()
    return permit


@transaction.atomic
def enter_contract(values: Mapping[str, Any], catalog: Catalog, *, day: date) -> Contract:
    """A new contract. Raises what is wrong with its fields, ContractWithOneself, ClosedToNew."""
    contract = enter(CONTRACT, values, catalog)
    must_be_open(contract.org, day)
    must_be_open(contract.partner, day)
    return contract


def amend_contract(contract: Contract, values: Mapping[str, Any], catalog: Catalog) -> Contract:
    """Change a contract's fields. Raises as ``enter_contract``."""
    return amend(CONTRACT, contract, values, catalog)


def end_contract(contract: Contract, day: date) -> Contract:
    """A contract ends with ``day``."""
    contract.ended_on = day
    contract.save(update_fields=["ended_on"])
    return contract
