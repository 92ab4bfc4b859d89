"""Separate consent to a processing of sensitive personal data (PIPL 14, 15, 29): for one purpose, as easily withdrawn.

What was shown is kept by its hash: when the declared words change, consent is asked for anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from wufei import catalog
from wufei.catalog.privacy_kinds import Processing
from wufei.registry.models import Consent, Person
from wufei.terms import NamedError

Stop = Callable[[Person, datetime], None]
STOPPED: dict[str, Stop] = {}  # what ends at once when consent is withdrawn, by processing; rooms above may join


class ConsentNeeded(NamedError):
    """A processing that rests on separate consent, and none stands."""

    code = "consent_needed"
    zh = "“{name_zh}”会处理敏感个人信息，须先取得您的单独同意。"
    en = "“{name_en}” processes sensitive personal data and needs your separate consent first."
    remedy_zh = "请阅读说明后单独勾选同意；不同意则不能办理此事项，其他功能不受影响。"
    remedy_en = "Read what it is about and consent to it by itself; without it only this one thing cannot be done."


def declared(processing: str) -> Processing:
    """The declared processing; raises ItemUnknown."""
    found: Processing = catalog.current().national.get("processing", processing)
    return found


def digest(processing: str) -> str:
    """The hash of what is shown to whoever consents, both languages."""
    item = declared(processing)
    names = ("purpose", "method", "data", "basis", "recipients")
    said = {f"{name}_{lang}": getattr(item, f"{name}_{lang}") for name in names for lang in ("zh", "en")}
    told = json.dumps(said | {"zh": item.zh, "en": item.en}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def standing(person: Person, processing: str) -> Consent | None:
    """The consent that stands for the words of today; None when there is none."""
    return Consent.objects.filter(
        person=person, processing=processing, withdrawn_at=None, shown_sha256=digest(processing)
    ).first()


def check(person: Person, processing: str) -> None:
    """Return when the processing needs no separate consent, or it stands; raises ConsentNeeded."""
    item = declared(processing)
    if item.separate_consent and standing(person, processing) is None:
        raise ConsentNeeded(name_zh=item.zh, name_en=item.en)


@transaction.atomic
def give(person: Person, processing: str, *, now: datetime | None = None) -> Consent:
    """Consent to one processing as it reads today; the same again changes nothing."""
    now = now or timezone.now()
    kept = standing(person, processing)
    if kept is not None:
        return kept
    Consent.objects.filter(person=person, processing=processing, withdrawn_at=None).update(withdrawn_at=now)
    return Consent.objects.create(person=person, processing=processing, shown_sha256=digest(processing), given_at=now)


@transaction.atomic
def withdraw(person: Person, processing: str, *, now: datetime | None = None) -> bool:
    """Take a consent back: what rested on it stops at once; what was done before stays lawful. False without one."""
    now = now or timezone.now()
    found = Consent.objects.filter(person=person, processing=processing, withdrawn_at=None)
    if not found.update(withdrawn_at=now):
        return False
    if processing in STOPPED:
        STOPPED[processing](person, now)
    return True
