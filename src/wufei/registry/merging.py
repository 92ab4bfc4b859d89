"""Two entries that are one organisation: everything of the one moves to the other; it can be undone for a while."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models, transaction

from wufei.catalog import Catalog
from wufei.registry.access import force
from wufei.registry.access.policy import rule_of
from wufei.registry.closing import DeclaredNotClosed
from wufei.registry.closures import MergedAway
from wufei.registry.keeping import refuse
from wufei.registry.models import Claim, Hat, Merge, Organisation, Permit
from wufei.registry.permits import overlaps
from wufei.terms import NamedError

Rows = dict[str, list[str]]


class MergeWithOneself(NamedError):
    """The same organisation twice."""

    code = "merge_with_oneself"
    zh = "不能把“{name}”并入它自己。"
    en = "“{name}” cannot be merged into itself."
    remedy_zh = "请选择两个不同的单位。"
    remedy_en = "Choose two organisations."


class MergeOfPartners(NamedError):
    """Two organisations that deal with each other are not one."""

    code = "merge_of_partners"
    zh = "“{org}”与“{into}”互有合同或委托，不会是同一单位。"
    en = "“{org}” and “{into}” have a contract or a mandate with each other: they are not one."
    remedy_zh = "请先核对；若合同或委托登记有误，请先更正。"
    remedy_en = "Check first; if the contract or mandate is wrong, correct it."


class MergeNotUndone(NamedError):
    """Something new refers to the organisation since it was merged."""

    code = "merge_not_undone"
    zh = "合并之后“{into}”名下又有新登记或变动（{tables}），已分不清属于哪一方，不能撤销。"
    en = "Since the merge something new or changed stands with “{into}” ({tables}); whose it is cannot be told."
    remedy_zh = "请重新登记另一单位，再逐项调整。"
    remedy_en = "Enter the other organisation anew and move what is its."


def referring(*, to: type[models.Model] = Organisation) -> Iterator[tuple[type[models.Model], str]]:
    """Every foreign key that refers to an organisation, but merges themselves: model and field name."""
    for relation in to._meta.related_objects:
        if relation.related_model not in {Merge, to} and relation.concrete is False:
            yield relation.related_model, relation.field.name


def _reach(model: type[models.Model], by: str) -> contextlib.AbstractContextManager[None]:
    """Hats and invitations are nobody's to hand on who merges: they follow at the door."""
    return force.handing_on(by) if rule_of(model).door == "change" else contextlib.nullcontext()


def _rows(org: Organisation, by: str) -> Rows:
    """The ids of everything that refers to an organisation, by ``table.field``."""
    found: Rows = {}
    for model, name in referring():
        with _reach(model, by):
            ids = model._default_manager.filter(**{name: org}).order_by("pk").values_list("pk", flat=True)
            keys = [str(pk) for pk in ids]
        if keys:
            found[f"{model._meta.db_table}.{name}"] = keys
    return found


def told_rows(org: Organisation, by: str) -> list[tuple[str, int]]:
    """How much refers to an organisation and would move with it: rule of data/national/access and number of rows."""
    counted: dict[str, int] = defaultdict(int)
    tables = {model._meta.db_table: rule_of(model).id for model, _name in referring()}
    for key, ids in _rows(org, by).items():
        counted[tables[key.partition(".")[0]]] += len(ids)
    return sorted(counted.items())


@transaction.atomic
def merge(org: Organisation, into: Organisation, by: str, now: datetime, catalog: Catalog) -> Merge:
    """``org`` is the same as ``into``: its references move there, it points on, its names become aliases.

    A hat or an open claim that the same person has on both sides is ended on the one that goes. Raises
    MergeWithOneself, MergedAway, DeclaredNotClosed, MergeOfPartners, PermitOverlaps; nothing has changed then.
    """
    if org.pk == into.pk:
        raise MergeWithOneself(name=str(org))
    locked = {o.pk: o for o in Organisation.objects.select_for_update().filter(pk__in=[org.pk, into.pk]).order_by("pk")}
    org, into = locked[org.pk], locked[into.pk]
    _may_merge(org, into)
    _end_doubles(org, into, by, now)
    stood, moved = _rows(into, by), _rows(org, by)
    for model, name in referring():
        with _reach(model, by):
            model._default_manager.filter(**{name: org}).update(**{name: into})
    for permit in Permit.objects.filter(org=into, pk__in=moved.get("registry_permit.org", [])):
        refuse(overlaps(permit, [s.stream for s in permit.scopes.all()], catalog))
    gave = _give(org, into)
    org.merged_into, org.closed_on = into, org.closed_on or now.date()
    org.save()
    into.save()
    return Merge.objects.create(org=org, into=into, at=now, by=by, moved=moved, stood=stood, gave=gave)


def _may_merge(org: Organisation, into: Organisation) -> None:
    for each in (org, into):
        if each.merged_into is not None:
            raise MergedAway(name=str(each), into=str(each.merged_into))
    if org.declared:
        raise DeclaredNotClosed(name=str(org))
    pairs = defaultdict(list)
    for model, name in referring():
        pairs[model].append(name)
    for model, names in pairs.items():
        for left in names:
            for right in names:
                if left != right and model._default_manager.filter(**{left: org, right: into}).exists():
                    raise MergeOfPartners(org=str(org), into=str(into))


def _end_doubles(org: Organisation, into: Organisation, by: str, now: datetime) -> None:
    """What may stand once per organisation and person, and stands on both sides."""
    with _reach(Hat, by):
        for hat in Hat.objects.filter(org=org, ended_at=None):
            same = {"person": hat.person_id, "role": hat.role, "site": hat.site_id, "place": hat.place}
            if Hat.objects.filter(org=into, ended_at=None, **same).exists():
                Hat.objects.filter(pk=hat.pk).update(ended_at=now, ended_by=by)
    for claim in Claim.objects.filter(org=org, decided_at=None):
        if Claim.objects.filter(org=into, person=claim.person_id, decided_at=None).exists():
            Claim.objects.filter(pk=claim.pk).update(decided_at=now, decided_by=by, granted=False, reason="merged")


def _give(org: Organisation, into: Organisation) -> dict[str, Any]:
    """Names become aliases, and what the one that goes on lacks it takes over; returns both sides as they were."""
    before = {
        "aliases": into.aliases, "credit_code": into.credit_code, "org_credit_code": org.credit_code,
        "industry": into.industry, "registered_address": into.registered_address,
        "closed_on": org.closed_on and org.closed_on.isoformat(),
    }  # fmt: skip
    names = [*into.aliases, org.name_zh, *org.aliases]
    into.aliases = [name for name in dict.fromkeys(names) if name != into.name_zh]
    if org.credit_code and not into.credit_code:
        into.credit_code, org.credit_code = org.credit_code, None
    into.industry = into.industry or org.industry
    into.registered_address = into.registered_address or org.registered_address
    return before


@transaction.atomic
def undo_merge(merged: Merge, by: str, now: datetime) -> None:
    """Part them again: everything that moved moves back. Raises MergeNotUndone when something new refers to it."""
    merged = Merge.objects.select_for_update().get(pk=merged.pk, undone_at=None)
    into, org = merged.into, merged.org
    expected = {key: sorted([*merged.stood.get(key, []), *merged.moved.get(key, [])])
                for key in merged.stood.keys() | merged.moved.keys()}  # fmt: skip
    standing = {key: sorted(ids) for key, ids in _rows(into, by).items()}
    changed = sorted(key for key in expected.keys() | standing.keys() if expected.get(key) != standing.get(key))
    if changed or into.merged_into is not None:
        raise MergeNotUndone(into=str(into), tables=", ".join(changed))
    for model, name in referring():
        ids = merged.moved.get(f"{model._meta.db_table}.{name}", [])
        with _reach(model, by):
            model._default_manager.filter(pk__in=ids).update(**{name: org})
    _take_back(org, into, merged.gave)
    Merge.objects.filter(pk=merged.pk).update(undone_at=now, undone_by=by)


def _take_back(org: Organisation, into: Organisation, gave: dict[str, Any]) -> None:
    into.aliases, into.credit_code = gave["aliases"], gave["credit_code"]
    into.industry, into.registered_address = gave["industry"], gave["registered_address"]
    into.save()
    org.merged_into, org.closed_on, org.credit_code = None, gave["closed_on"], gave["org_credit_code"]
    org.save()
