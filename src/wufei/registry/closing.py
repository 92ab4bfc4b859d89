"""Closing and opening again: what is closed starts nothing new, and finishes what is open."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models, transaction

from wufei.registry.closures import ClosedToNew, MergedAway
from wufei.registry.models import Organisation, Site, Vehicle
from wufei.terms import NamedError


class ReasonNeeded(NamedError):
    """An act that must say why."""

    code = "reason_needed"
    zh = "须写明原因。"
    en = "A reason must be given."
    remedy_zh = "请写明原因，供以后核对。"
    remedy_en = "Give the reason; it is kept."


class AlreadyClosed(NamedError):
    """Closed before."""

    code = "already_closed"
    zh = "“{name}”已于 {closed_on} 关闭。"
    en = "“{name}” was closed on {closed_on}."
    remedy_zh = "不必重复关闭；要改日期请先重新开启。"
    remedy_en = "Nothing to do; to change the day, open it again first."


class NotClosed(NamedError):
    """Not closed, so it cannot be opened again."""

    code = "not_closed"
    zh = "“{name}”没有关闭。"
    en = "“{name}” is not closed."
    remedy_zh = "不必重新开启。"
    remedy_en = "There is nothing to open."


class DeclaredNotClosed(NamedError):
    """A body of the city's plan is closed in the catalogue, not here."""

    code = "declared_not_closed"
    zh = "“{name}”是方案目录中的单位，不在登记簿中关闭或合并。"
    en = "“{name}” is a body of the plan's catalogue and is not closed or merged here."
    remedy_zh = "请修改目录数据。"
    remedy_en = "Change the catalogue's data."


class PlateInUse(NamedError):
    """Another open vehicle bears the plate."""

    code = "plate_in_use"
    zh = "号牌 {plate} 已登记在“{org}”名下。"
    en = "The plate {plate} is registered for “{org}”."
    remedy_zh = "车辆过户请先在原单位关闭该车辆。"
    remedy_en = "When a vehicle changes hands, close it at its former holder first."


def must_be_open(row: models.Model, day: date) -> None:
    """Return when something new may begin at an organisation, a site or a thing of theirs on ``day``.

    Raises MergedAway or ClosedToNew, for the row itself or for the site and organisation that it belongs to.
    """
    merged = getattr(row, "merged_into", None)
    if merged is not None:
        raise MergedAway(name=str(row), into=str(merged))
    closed_on = getattr(row, "closed_on", None)
    if closed_on is not None and closed_on <= day:
        raise ClosedToNew(name=str(row), closed_on=closed_on)
    for name in ("site", "vehicle", "org"):
        above = getattr(row, name, None)
        if above is not None:
            must_be_open(above, day)


@transaction.atomic
def close(row: Any, day: date, reason: str = "") -> None:
    """Close an organisation, a site, a facility, a storage facility, a source, a vehicle or a device from ``day`` on.

    Organisations and sites need a reason. Raises ReasonNeeded, AlreadyClosed, DeclaredNotClosed.
    """
    fresh = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if getattr(fresh, "declared", False):
        raise DeclaredNotClosed(name=str(fresh))
    if fresh.closed_on is not None:
        raise AlreadyClosed(name=str(fresh), closed_on=fresh.closed_on)
    if isinstance(fresh, Organisation | Site):
        if not reason.strip():
            raise ReasonNeeded
        fresh.closed_reason = reason.strip()[:200]
    fresh.closed_on = day
    fresh.save()
    row.refresh_from_db()


@transaction.atomic
def reopen(row: Any, day: date) -> None:
    """Open it again. Raises NotClosed, MergedAway, ClosedToNew (what it belongs to is closed), PlateInUse."""
    fresh = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if fresh.closed_on is None:
        raise NotClosed(name=str(fresh))
    fresh.closed_on = None
    must_be_open(fresh, day)
    if isinstance(fresh, Vehicle):
        other = Vehicle.objects.filter(plate=fresh.plate, closed_on=None).exclude(pk=fresh.pk).first()
        if other:
            raise PlateInUse(plate=fresh.plate, org=str(other.org))
    if isinstance(fresh, Organisation | Site):
        fresh.closed_reason = ""
    fresh.save()
    row.refresh_from_db()
