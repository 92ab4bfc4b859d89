"""The second proof beside the password: an authenticator's codes, passkeys, and recovery codes for when both are lost.

A code counts once: the time step of the last one is kept and only grows, in one statement of the database, so that two
requests with the same code cannot both win.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

import pyotp
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from wufei import catalog
from wufei.registry import lockout
from wufei.registry.access import Wearer, force
from wufei.registry.models import Person, RecoveryCode, SecondFactor
from wufei.terms import NamedError

STEP_SECONDS = 30
DRIFT_STEPS = 1  # a clock may be half a minute off
RECOVERY_CODES = 10
ISSUER = "Wufei 无废"


class FactorRefused(NamedError):
    """A code that is wrong or too old."""

    code = "factor_refused"
    zh = "验证码不正确或已过期。"
    en = "The code is wrong or too old."
    remedy_zh = "请输入验证器当前显示的六位数字，并核对手机时间；也可使用恢复码。"
    remedy_en = "Type the six digits shown now and check the phone’s clock, or use a recovery code."


class FactorCodeUsed(NamedError):
    """A code that was right, and was used before."""

    code = "factor_code_used"
    zh = "此验证码已经用过。"
    en = "This code has been used."
    remedy_zh = "请等待验证器显示下一个验证码（至多 30 秒）。"
    remedy_en = "Wait for the next code, at most 30 seconds."


class LastFactorNeeded(NamedError):
    """The only second factor of somebody whose role needs one."""

    code = "last_factor_needed"
    zh = "您的角色必须使用第二因素，不能停用最后一个。"
    en = "Your role needs a second factor; the last one cannot be removed."
    remedy_zh = "请先添加另一个，再停用这一个。"
    remedy_en = "Add another one first."


def needed(hat: Wearer) -> bool:
    """Whether the role signs or administers, and the settings ask such roles for a second factor."""
    role = catalog.current().national.find("roles", hat.role)
    return settings.SIGN_IN.second_factor == "required" and bool(role and (role.signs or role.administers))


def of(person: Person) -> list[SecondFactor]:
    """The second factors in use."""
    with force.door():
        return list(SecondFactor.objects.filter(person=person.pk, confirmed_at__isnull=False))


def begin_authenticator(person: Person, *, now: datetime | None = None) -> tuple[SecondFactor, str]:
    """A new secret, not in use before its first code is typed, and the address that authenticators read."""
    secret = pyotp.random_base32()
    with force.door(), transaction.atomic():
        SecondFactor.objects.filter(person=person, kind="totp", confirmed_at=None).delete()
        made = SecondFactor(person=person, kind="totp", added_at=now or timezone.now(), secret=secret)
        made.save()
    return made, pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=ISSUER)


def pending_authenticator(person: Person) -> SecondFactor | None:
    """The one that is being set up."""
    with force.door():
        return SecondFactor.objects.filter(person=person.pk, kind="totp", confirmed_at=None).first()


def address_of(factor: SecondFactor) -> str:
    """The address that authenticators read, of one that is being set up."""
    return pyotp.TOTP(factor.secret).provisioning_uri(name=factor.person.username, issuer_name=ISSUER)


def confirm_authenticator(person: Person, code: str, label: str = "", *, now: datetime | None = None) -> SecondFactor:
    """Put the one being set up to use with its first code; raises FactorRefused or SignInLocked."""
    now = now or timezone.now()
    factor = pending_authenticator(person)
    if factor is None:
        raise FactorRefused
    _try(factor, code, now, person)
    with force.door():
        SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=now, label=label[:80])
    factor.confirmed_at, factor.label = now, label[:80]
    return factor


def use_code(person: Person, code: str, *, now: datetime | None = None) -> str:
    """Accept an authenticator's code or a recovery code, once; returns which of the two it was.

    Raises FactorRefused, FactorCodeUsed or SignInLocked.
    """
    now, said = now or timezone.now(), "".join(code.split()).replace("-", "")
    if len(said) != 6:
        return _use_recovery(person, said, now)
    used = None
    lockout.attempt(lockout.factor_key(person.pk), now=now)
    for factor in (f for f in of(person) if f.kind == "totp"):
        try:
            _use(factor, said, now)
        except FactorCodeUsed as error:
            used = error
        except FactorRefused:
            continue
        else:
            lockout.forget(lockout.factor_key(person.pk))
            return "totp"
    raise used or FactorRefused


def _try(factor: SecondFactor, code: str, now: datetime, person: Person) -> None:
    lockout.attempt(lockout.factor_key(person.pk), now=now)
    _use(factor, "".join(code.split()), now)
    lockout.forget(lockout.factor_key(person.pk))


def _use(factor: SecondFactor, code: str, now: datetime) -> None:
    """Match the code with the steps around now, and take the step; raises FactorRefused or FactorCodeUsed."""
    if not (code.isascii() and code.isdigit()):
        raise FactorRefused
    this, totp = int(now.timestamp()) // STEP_SECONDS, pyotp.TOTP(factor.secret)
    steps = range(this - DRIFT_STEPS, this + DRIFT_STEPS + 1)
    matching = [step for step in steps if secrets.compare_digest(totp.at(step * STEP_SECONDS), code)]
    if not matching:
        raise FactorRefused
    with force.door():
        free = SecondFactor.objects.filter(pk=factor.pk, counter__lt=matching[-1])
        if not free.update(counter=matching[-1], last_used_at=now):
            raise FactorCodeUsed


def _use_recovery(person: Person, code: str, now: datetime) -> str:
    lockout.attempt(lockout.factor_key(person.pk), now=now)
    with force.door():
        mine = RecoveryCode.objects.filter(person=person.pk, code_hash=_hash(person, code), used_at=None)
        if not mine.update(used_at=now):
            raise FactorRefused
    lockout.forget(lockout.factor_key(person.pk))
    return "recovery"


def _hash(person: Person, code: str) -> str:
    return hashlib.sha256(f"{person.pk}:{code.upper()}".encode("utf-8", "surrogatepass")).hexdigest()


def make_recovery_codes(person: Person, *, now: datetime | None = None) -> list[str]:
    """Ten fresh codes of 50 bits, in clear this once; those before are worth nothing from now on."""
    now, alphabet = now or timezone.now(), "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    codes = ["".join(secrets.choice(alphabet) for _n in range(10)) for _code in range(RECOVERY_CODES)]
    with force.door(), transaction.atomic():
        RecoveryCode.objects.filter(person=person).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(person=person, code_hash=_hash(person, code), made_at=now) for code in codes
        )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def codes_left(person: Person) -> int:
    """How many recovery codes are unused."""
    with force.door():
        return RecoveryCode.objects.filter(person=person.pk, used_at=None).count()


def remove(person: Person, factor_id: int, hats: Any) -> SecondFactor | None:
    """Take one of the person's own factors out of use; None when it is not theirs. Raises LastFactorNeeded."""
    mine = of(person)
    found = next((factor for factor in mine if factor.pk == factor_id), None)
    if found is not None and len(mine) == 1 and any(needed(Wearer.of(hat)) for hat in hats):
        raise LastFactorNeeded
    if found is not None:
        with force.door():
            SecondFactor.objects.filter(pk=found.pk).delete()
    return found


def forget_all(person: Person) -> None:
    """Take every factor and recovery code of somebody who lost them away, and end their sessions."""
    with force.door(), transaction.atomic():
        SecondFactor.objects.filter(person=person).delete()
        RecoveryCode.objects.filter(person=person).delete()
        Person.objects.filter(pk=person.pk).update(session_epoch=F("session_epoch") + 1)
