"""A site changes hands: its tenure, and every open matter of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from wufei.registry.access import force
from wufei.registry.closing import must_be_open
from wufei.registry.models import Contract, Device, Hat, Invitation, Mandate, Organisation, Permit, Site, Tenure
from wufei.terms import NamedError


class TakeoverByHolder(NamedError):
    """The site is already theirs."""

    code = "takeover_by_holder"
    zh = "“{site}”已由“{org}”持有。"
    en = "“{site}” is already held by “{org}”."
    remedy_zh = "请选择另一单位。"
    remedy_en = "Choose another organisation."


class TakeoverTooEarly(NamedError):
    """A takeover before the present holder's own first day."""

    code = "takeover_too_early"
    zh = "接管日期 {day} 不晚于现持有单位的起始日期 {valid_from}。"
    en = "The takeover on {day} is not after the present holder's first day, {valid_from}."
    remedy_zh = "请核对日期。"
    remedy_en = "Check the day."


@dataclass(frozen=True, slots=True)
class Handover:
    """A site that goes from one organisation to another: from ``day`` on it is the new holder's."""

    site: Site
    giver: Organisation
    taker: Organisation
    day: date
    by: str
    now: datetime


@dataclass(slots=True)
class Told:
    """What a takeover did, by kind of matter: ids that moved to the new holder, ids that ended, ids left to decide."""

    moved: dict[str, list[str]] = field(default_factory=dict)
    ended: dict[str, list[str]] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=dict)


Hook = Callable[[Handover, Told], None]
_hooks: list[Hook] = []


def on_takeover(hook: Hook) -> Hook:
    """Let another room move its own open matters of the site, in the same transaction; usable as a decorator."""
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


@transaction.atomic
def take_over(site: Site, taker: Organisation, day: date, by: str, now: datetime) -> Told:
    """Hand a site to ``taker`` from ``day`` on, with its open matters; returns what moved, ended and is left.

    Permits of the site and devices on it move. Contracts move when the site was the giver's last open one, else they
    are left to be decided. Hats, invitations and mandates that rest on the giver's word for this site end: the new
    holder gives its own. Raises TakeoverByHolder, TakeoverTooEarly, ClosedToNew, MergedAway.
    """
    site = Site.objects.select_for_update(of=("self",)).select_related("org").get(pk=site.pk)
    if site.org_id == taker.pk:
        raise TakeoverByHolder(site=str(site), org=str(taker))
    must_be_open(taker, day)
    must_be_open(site, day)
    handover, told = Handover(site, site.org, taker, day, by, now), Told()
    _tenure(handover)
    for move in (_permits, _devices, _contracts, _mandates, _hats, _invitations, *_hooks):
        move(handover, told)
    return told


def _tenure(handover: Handover) -> None:
    site, day = handover.site, handover.day
    held = Tenure.objects.filter(site=site, valid_to=None).first()
    if held is not None:
        if held.valid_from >= day:
            raise TakeoverTooEarly(day=day, valid_from=held.valid_from)
        held.valid_to = day - timedelta(days=1)
        held.save()
    Tenure.objects.create(site=site, org=handover.taker, valid_from=day)
    site.org = handover.taker
    site.save(update_fields=["org"])


def _open_permits(handover: Handover) -> Q:
    ends = Q(valid_to=None) | Q(valid_to__gte=handover.day)
    return ends & (Q(revoked_on=None) | Q(revoked_on__gt=handover.day))


def _permits(handover: Handover, told: Told) -> None:
    rows = Permit.objects.filter(_open_permits(handover), site=handover.site, org=handover.giver)
    told.moved["permits"] = _ids(rows)
    rows.update(org=handover.taker)


def _devices(handover: Handover, told: Told) -> None:
    rows = Device.objects.filter(site=handover.site, org=handover.giver, closed_on=None)
    told.moved["devices"] = _ids(rows)
    rows.update(org=handover.taker)


def _contracts(handover: Handover, told: Told) -> None:
    """A contract names no site: it goes with the last one."""
    ends = (Q(valid_to=None) | Q(valid_to__gte=handover.day)) & (Q(ended_on=None) | Q(ended_on__gte=handover.day))
    last = not Site.objects.filter(org=handover.giver, closed_on=None).exists()
    for name in ("org", "partner"):
        other = "partner" if name == "org" else "org"
        rows = Contract.objects.filter(ends, **{name: handover.giver})
        told.left.setdefault("contracts", []).extend(
            _ids(rows.filter(**{other: handover.taker})) if last else _ids(rows)
        )
        if last:
            rows = rows.exclude(**{other: handover.taker})
            told.moved.setdefault("contracts", []).extend(_ids(rows))
            rows.update(**{name: handover.taker})


def _mandates(handover: Handover, told: Told) -> None:
    """A mandate for this site alone ends; of one for several sites this one is taken out."""
    rows = Mandate.objects.filter(org=handover.giver, sites=handover.site, revoked_at=None)
    told.ended["mandates"] = _ids(rows)
    for mandate in list(rows):
        if mandate.sites.count() > 1:
            mandate.sites.remove(handover.site)
        else:
            mandate.revoked_at, mandate.revoked_by = handover.now, handover.by
            mandate.revoked_reason = "takeover"
            mandate.save()


def _hats(handover: Handover, told: Told) -> None:
    with force.handing_on(handover.by):
        rows = Hat.objects.filter(org=handover.giver, site=handover.site, ended_at=None)
        told.ended["hats"] = _ids(rows)
        rows.update(ended_at=handover.now, ended_by=handover.by)


def _invitations(handover: Handover, told: Told) -> None:
    with force.handing_on(handover.by):
        rows = Invitation.objects.filter(org=handover.giver, site=handover.site, taken_at=None, withdrawn_at=None)
        told.ended["invitations"] = _ids(rows)
        rows.update(withdrawn_at=handover.now)


def _ids(rows: object) -> list[str]:
    return [str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True)]  # type: ignore[attr-defined]
