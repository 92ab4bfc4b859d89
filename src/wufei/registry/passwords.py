"""Passwords: none that was had before, changed when asked or when too old."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wufei.registry.access import force
from wufei.registry.models import OldPassword, Person

KEPT = 10  # hashes kept of each person


class NotUsedBefore:
    """Refuses the password in force and the ``last`` ones before it."""

    def __init__(self, last: int = 5) -> None:
        self.last = last

    def validate(self, password: str, user: Person | None = None) -> None:
        """Raise ValidationError for a password that the person had."""
        if user is None or user.pk is None:
            return
        with force.door():
            had = list(OldPassword.objects.filter(person=user.pk)[: self.last].values_list("password", flat=True))
        if any(check_password(password, old) for old in (user.password, *had)):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        """The rule in the reader's language."""
        return _("Your password must differ from your last {count} passwords.").format(count=self.last)


def change(person: Person, password: str, *, now: datetime | None = None) -> None:
    """Give the person the password, which ``validate_password`` has seen; keeps the hash of the one before.

    Every other session of the person ends.
    """
    now = now or timezone.now()
    before = person.password if person.has_usable_password() else ""
    with force.door(), transaction.atomic():
        if before:
            OldPassword.objects.create(person=person, password=before, set_at=person.password_set_at or now)
            kept = OldPassword.objects.filter(person=person).values_list("pk", flat=True)[:KEPT]
            OldPassword.objects.filter(person=person).exclude(pk__in=list(kept)).delete()
        person.set_password(password)
        person.password_set_at, person.password_must_change = now, False
        person.session_epoch += 1
        person.save(update_fields=["password", "password_set_at", "password_must_change", "session_epoch"])


def must_change(person: Person, *, now: datetime | None = None) -> bool:
    """Whether a security administrator asked for another password, or this one is too old."""
    if person.is_demo or not person.has_usable_password():
        return False
    days = settings.SIGN_IN.password_days
    since = person.password_set_at or person.date_joined
    return person.password_must_change or bool(days and (now or timezone.now()) - since > timedelta(days=days))


def ask_for_another(person: Person) -> None:
    """Let the person do nothing before the password has been changed."""
    with force.door():
        Person.objects.filter(pk=person.pk).update(password_must_change=True)
    person.password_must_change = True


def sign_out_everywhere(person: Person) -> None:
    """End every session of the person, this one included."""
    person.session_epoch += 1
    with force.door():
        person.save(update_fields=["session_epoch"])


__all__ = ["NotUsedBefore", "ask_for_another", "change", "must_change", "sign_out_everywhere", "validate_password"]
