"""Passkeys (WebAuthn): options for the browser, and checking what it signed; user verification is asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from wufei.registry import lockout
from wufei.registry.access import force
from wufei.registry.models import Person, SecondFactor
from wufei.terms import NamedError

VERIFIED = UserVerificationRequirement.REQUIRED


class PasskeyRefused(NamedError):
    """What the browser sent proves nothing: another challenge, site or key, a copied key, or no key of the person's."""

    code = "passkey_refused"
    zh = "通行密钥验证未通过。"
    en = "The passkey was not accepted."
    remedy_zh = "请在本站地址重试，并确认使用本人登记的设备；也可使用验证码或恢复码。"
    remedy_en = "Try again on this site with a device that you registered, or use a code."


class Passkeys:
    """Passkeys for the site at ``host`` (the name without the port), reached at one of ``origins``."""

    def __init__(self, host: str, origins: frozenset[str]) -> None:
        site = PublicKeyCredentialRpEntity(id=host, name="Wufei 无废")
        self._server = Fido2Server(site, verify_origin=lambda origin: origin in origins)

    def ask_to_add(self, person: Person) -> tuple[dict[str, Any], Any]:
        """Options for making a passkey, and the state to keep in the session until it is made."""
        user = PublicKeyCredentialUserEntity(
            id=f"person-{person.pk}".encode(), name=person.username, display_name=person.username
        )
        options, state = self._server.register_begin(
            user, [kept for _row, kept in _kept(person)], ResidentKeyRequirement.PREFERRED, VERIFIED
        )
        return dict(options), state

    def add(
        self, person: Person, state: Any, sent: Any, label: str = "", *, now: datetime | None = None
    ) -> SecondFactor:
        """Keep the passkey that was made; raises PasskeyRefused."""
        made = _checked(lambda: self._server.register_complete(state, sent))
        data, now = made.credential_data, now or timezone.now()
        with force.door():
            if SecondFactor.objects.filter(credential_id=websafe_encode(data.credential_id)).exists():
                raise PasskeyRefused
            return SecondFactor.objects.create(
                person=person, kind="passkey", label=label[:80], credential_id=websafe_encode(data.credential_id),
                credential=bytes(data), counter=made.counter, added_at=now, confirmed_at=now,
            )  # fmt: skip

    def ask_to_show(self, person: Person) -> tuple[dict[str, Any], Any]:
        """Options for signing with one of the person's passkeys, and the state to keep; raises PasskeyRefused."""
        kept = [kept for _row, kept in _kept(person)]
        if not kept:
            raise PasskeyRefused
        options, state = self._server.authenticate_begin(kept, VERIFIED)
        return dict(options), state

    def show(self, person: Person, state: Any, sent: Any, *, now: datetime | None = None) -> SecondFactor:
        """Check the signature and that the passkey's own counter grew; raises PasskeyRefused or SignInLocked."""
        now = now or timezone.now()
        lockout.attempt(lockout.factor_key(person.pk), now=now)
        kept = _kept(person)
        used = _checked(lambda: self._server.authenticate_complete(state, [key for _row, key in kept], sent))
        counter = _checked(lambda: AuthenticationResponse.from_dict(sent)).response.authenticator_data.counter
        row = next(row for row, key in kept if key.credential_id == used.credential_id)
        with force.door():
            mine = SecondFactor.objects.filter(pk=row.pk)
            grown = mine.filter(counter__lt=counter) if counter or row.counter else mine
            if not grown.update(counter=counter, last_used_at=now):
                raise PasskeyRefused
        lockout.forget(lockout.factor_key(person.pk))
        return row


def _kept(person: Person) -> list[tuple[SecondFactor, AttestedCredentialData]]:
    with force.door():
        rows = list(SecondFactor.objects.filter(person=person.pk, kind="passkey", confirmed_at__isnull=False))
    return [(row, AttestedCredentialData(bytes(row.credential))) for row in rows]


def _checked(action: Callable[[], Any]) -> Any:
    """Do it; whatever it finds wrong with what was sent is one refusal."""
    try:
        return action()
    except Exception as error:
        raise PasskeyRefused from error
