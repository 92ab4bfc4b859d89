"""What people ask about their own data: access, correction, erasure, restriction (PIPL 44–50), with a deadline each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from wufei import catalog
from wufei.registry.erasing import erase_person
from wufei.registry.mandate_errors import ReasonMissing
from wufei.registry.models import Change, Person, SubjectRequest
from wufei.terms import NamedError

CORRECTED = ("full_name", "phone", "email")
SECRETS = frozenset({"password", "secret", "credential_id", "full_name_index", "phone_index"})


class RequestOpenAlready(NamedError):
    """The same was asked and is not decided yet."""

    code = "request_open_already"
    zh = "您已有一项同类请求正在办理，期限为 {due_on}。"
    en = "A request of this kind is open; it is answered by {due_on}."
    remedy_zh = "请在“我的个人信息”查看办理情况。"
    remedy_en = "See how it stands on the page “My personal data”."


class RequestKindUnknown(NamedError):
    """Not one of the declared kinds."""

    code = "request_kind_unknown"
    zh = "没有“{kind}”这种请求。"
    en = "There is no request of the kind {kind}."
    remedy_zh = "请从所列种类中选择。"
    remedy_en = "Choose one of the kinds listed."


class RequestDecided(NamedError):
    """Somebody decided meanwhile."""

    code = "request_decided"
    zh = "此请求已经办结。"
    en = "This request was decided already."
    remedy_zh = "请刷新页面查看结果。"
    remedy_en = "Reload the page to see how."


class CorrectionEmpty(NamedError):
    """A correction that corrects nothing."""

    code = "correction_empty"
    zh = "请填写要更正的姓名、电话或邮箱。"
    en = "Give the name, phone or e-mail address to be corrected."
    remedy_zh = "至少填写一项；不变的留空。"
    remedy_en = "Fill in one at least; leave empty what stays."


def make(
    person: Person,
    kind: str,
    *,
    details: str = "",
    wanted: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> SubjectRequest:
    """Ask; the deadline follows from data/national/request_kinds.

    Raises RequestKindUnknown, CorrectionEmpty or RequestOpenAlready.
    """
    declared = catalog.current().national.find("request_kinds", kind)
    if declared is None:
        raise RequestKindUnknown(kind=kind)
    values = {name: text.strip() for name, text in (wanted or {}).items() if name in CORRECTED and text.strip()}
    if kind in CORRECTING and not values:
        raise CorrectionEmpty
    now = now or timezone.now()
    due_on = timezone.localdate(now) + timedelta(days=declared.days)
    said = json.dumps(values, ensure_ascii=False) if values else ""
    try:
        with transaction.atomic():
            return SubjectRequest.objects.create(
                person=person, kind=kind, details=details[:1000], wanted=said, made_at=now, due_on=due_on
            )
    except IntegrityError as error:
        standing = SubjectRequest.objects.get(person=person, kind=kind, decided_at=None)
        raise RequestOpenAlready(due_on=standing.due_on) from error


def _correct(asked: SubjectRequest, _by: str, _now: datetime) -> None:
    for name, text in json.loads(asked.wanted).items():
        setattr(asked.person, name, text)
    asked.person.save()


def _erase(asked: SubjectRequest, by: str, now: datetime) -> None:
    erase_person(asked.person, by=by, reason="本人请求删除 · erasure asked for by the person", now=now)


def _restrict(asked: SubjectRequest, _by: str, now: datetime) -> None:
    Person.objects.filter(pk=asked.person.pk).update(restricted_at=now)


def _nothing(_asked: SubjectRequest, _by: str, _now: datetime) -> None:
    """Access needs no change: the file is made when it is fetched."""


DOING = {"access": _nothing, "correction": _correct, "erasure": _erase, "restriction": _restrict}
CORRECTING = frozenset({"correction"})


@transaction.atomic
def decide(
    asked: SubjectRequest, *, granted: bool, reason: str, by: str, now: datetime | None = None
) -> SubjectRequest:
    """Do what was asked, or refuse it with a reason (PIPL 50).

    Raises RequestDecided, ReasonMissing, or LastAdministrator for an erasure; then nothing has changed.
    """
    if not granted and not reason.strip():
        raise ReasonMissing
    now = now or timezone.now()
    waiting = SubjectRequest.objects.filter(pk=asked.pk, decided_at=None)
    if not waiting.update(decided_at=now, decided_by=by, granted=granted, reason=reason.strip()[:400]):
        raise RequestDecided
    if granted:
        DOING[asked.kind](asked, by, now)
    asked.refresh_from_db()
    return asked


def everything_about(person: Person) -> dict[str, Any]:
    """All that the registry holds of a person, as plain data: the account, every row that points to it, its history.

    Secrets (passwords, digests) are left out. Records of the journal are added by whoever can read the journal.
    """
    told: dict[str, Any] = {"person": [_row(person)]}
    for relation in Person._meta.related_objects:
        if relation.field.many_to_many:
            continue
        rows = relation.related_model._default_manager.filter(**{relation.field.name: person})
        told[relation.related_model._meta.model_name or ""] = [_row(row) for row in rows]
    mine = Change.objects.filter(table=Person._meta.db_table, row=str(person.pk))
    told["history"] = [_row(change) for change in mine]
    return told


def as_file(told: Mapping[str, Any]) -> bytes:
    """The same as one JSON file, indented for reading."""
    return json.dumps(told, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder).encode()


def _row(row: models.Model) -> dict[str, Any]:
    fields = [f for f in row._meta.concrete_fields if not _is_secret(f)]
    return {f.name: getattr(row, f.attname) for f in fields}


def _is_secret(field: models.Field[Any, Any]) -> bool:
    """What opens an account or proves with a device: of no use to the person, and a danger in a file."""
    return field.name in SECRETS or field.name.endswith("_hash") or isinstance(field, models.BinaryField)


def overdue(today: date) -> models.QuerySet[SubjectRequest]:
    """Open requests whose deadline has passed."""
    return SubjectRequest.objects.filter(decided_at=None, due_on__lt=today)
