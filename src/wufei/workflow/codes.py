"""One-time codes: somebody without a device of their own at hand signs on the counterpart's.

Whoever is to sign shows a code, made under their own account (as QR on their phone, or read out); it is good for one
step of one case with exactly the content shown, for five minutes, once. Three wrong tries lock the codes of the case.
The step is then taken in the name and under the hat of whoever showed the code, and says how it was signed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac
from psycopg import Connection

from wufei.journal import Outcome
from wufei.journal.records import Evidence, new_id
from wufei.registry import hats
from wufei.registry.access import Wearer
from wufei.registry.access.force import door, wearing
from wufei.registry.models import Hat, SigningCode
from wufei.registry.organisations import known_as
from wufei.terms import NamedError
from wufei.workflow import engine, signing
from wufei.workflow.cases import Case, Kind, Move, read
from wufei.workflow.errors import StepOutdated
from wufei.workflow.rules import Signer
from wufei.workflow.values import checked

LASTS, MOST_WRONG, LENGTH = timedelta(minutes=5), 3, 8
METHOD = "one_time_code"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is mistaken for something else when read out


class CodeWrong(NamedError):
    """A code that no open one of the case is."""

    code = "signing_code_wrong"
    zh = "签署码不对，还可再试 {left} 次。"
    en = "The signing code is wrong; {left} tries are left."
    remedy_zh = "请让对方再出示一次，照着输入或扫码。"
    remedy_en = "Have it shown again and copy or scan it."


class CodeLocked(NamedError):
    """Three wrong tries."""

    code = "signing_code_locked"
    zh = "已三次输错，本事项现有的签署码全部作废。"
    en = "Three wrong tries: the codes of this case are void."
    remedy_zh = "请签署人在自己的账户里重新生成签署码。"
    remedy_en = "Let the signer make a new one under their own account."


class CodeOver(NamedError):
    """A code whose five minutes are over, or that was used."""

    code = "signing_code_over"
    zh = "签署码已过期或已使用。"
    en = "The code has run out or was used."
    remedy_zh = "请签署人重新生成；签署码 5 分钟内有效，只用一次。"
    remedy_en = "Let the signer make a new one: it lasts five minutes and signs once."


class CodeHatOver(NamedError):
    """Whoever showed the code no longer has the role in which they showed it."""

    code = "signing_code_hat_over"
    zh = "出示签署码的人已不再担任原来的角色，签署码作废。"
    en = "Whoever showed the code no longer has that role; the code is void."
    remedy_zh = "请由该单位现任人员签署，或由其管理员重新授予角色。"
    remedy_en = "Let somebody who has the role sign, or its administrator grant the role again."


@dataclass(frozen=True, slots=True)
class Shown:
    """A code as it is shown to its maker, once: the text, and until when it is good."""

    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Beside:
    """What goes with the step beside its changes: a reason, and documents."""

    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


NOTHING_BESIDE = Beside()


def issue(
    kind: Kind, case: Case, hat: Wearer, transition: str, changes: Mapping[str, Any], now: datetime, *,
    said: Beside = NOTHING_BESIDE,
) -> Shown:  # fmt: skip
    """A code for one step of the case with these changes; earlier codes of the same hat for the case are void."""
    kept, _errors = checked(kind.form, changes)
    text = "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))
    content = signing.content_hash(case.id, case.no + 1, transition, case.values | kept)
    with door():
        SigningCode.objects.filter(case=case.id, hat_id=hat.hat_id, used_at=None).delete()
        SigningCode.objects.create(
            hat_id=hat.hat_id, case=case.id, no=case.no + 1, transition=transition, changes=dict(changes),
            reason=said.reason[:400], content=content, code_hash=_digest(case.id, text), move=new_id(), made_at=now,
            expires_at=now + LASTS, evidence=[asdict(each) for each in said.evidence],
        )  # fmt: skip
    return Shown(text, now + LASTS)


def redeem(
    connection: Connection[Any], kind: Kind, case_id: str, text: str, now: datetime, *, device: str = "",
    place: str = "",
) -> Outcome:  # fmt: skip
    """Take the step that the code signs, in the name of whoever showed it.

    Raises CodeWrong, CodeLocked, CodeOver, CodeHatOver, StepOutdated when the case has moved since, and what
    ``engine.act`` raises.
    """
    with door():
        row = _found(case_id, text, now)
        hat = _still_worn(row)
        also = frozenset(known_as(hat.org)) if hat.org else frozenset[str]()
    with wearing(hat):
        case = read(connection, case_id)
        if case.no + 1 != row.no:
            raise StepOutdated(case=case_id, now=case.no, seen=row.no - 1)
        move = Move(
            row.transition, row.changes, case.no, now, hat.actor, Signer(hat.org, hat.role, also), method=METHOD,
            reason=row.reason, device=device, place=place, received_at=now, id=row.move,
            evidence=tuple(Evidence(**each) for each in row.evidence),
        )  # fmt: skip
        return engine.act(connection, kind, case, move)


def _still_worn(row: SigningCode) -> Wearer:
    """The hat under which the code was shown, when it is still one of an open account. Raises CodeHatOver."""
    hat = Hat.objects.select_related("person").get(pk=row.hat_id)
    worn, _open_hats = hats.wearer(hat.person, hat.pk)
    if worn.hat_id != hat.pk:
        raise CodeHatOver
    return worn


def _found(case_id: str, text: str, now: datetime) -> SigningCode:
    """The open code of the case that ``text`` is, marked as used; a wrong one counts against all."""
    digest = _digest(case_id, "".join(text.split()).replace("-", "").upper())
    rows = list(SigningCode.objects.filter(case=case_id))
    row = next((row for row in rows if constant_time_compare(row.code_hash, digest)), None)
    open_rows = [each for each in rows if each.used_at is None and each.expires_at > now]
    if open_rows and all(each.wrong >= MOST_WRONG for each in open_rows):
        raise CodeLocked
    if row is None:
        return _miss(open_rows)
    if row not in open_rows or not SigningCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
        raise CodeOver
    return row


def _miss(open_rows: list[SigningCode]) -> SigningCode:
    SigningCode.objects.filter(pk__in=[each.pk for each in open_rows]).update(wrong=F("wrong") + 1)
    left = min((MOST_WRONG - each.wrong - 1 for each in open_rows), default=0)
    if open_rows and left <= 0:
        raise CodeLocked
    raise CodeWrong(left=left)


def _digest(case_id: str, text: str) -> str:
    return salted_hmac("wufei.signing-code", f"{case_id}|{text}", algorithm="sha256").hexdigest()
