"""What the tests of security share: people with second factors, time, and the audit log as rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pyotp
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.conftest import PASSWORD
from wufei.registry import second_factors
from wufei.registry.models import Person


@contextmanager
def said(**changed: Any) -> Iterator[None]:
    """The settings of sign-in, changed for the block."""
    before = settings.SIGN_IN
    settings.SIGN_IN = replace(before, **changed)
    try:
        yield
    finally:
        settings.SIGN_IN = before


def with_authenticator(person: Person, *, now: datetime | None = None) -> pyotp.TOTP:
    """Set the person's authenticator up a minute ago, so that the code of now is fresh."""
    then = (now or timezone.now()) - timedelta(minutes=2)
    made, _address = second_factors.begin_authenticator(person)
    totp = pyotp.TOTP(made.secret)
    second_factors.confirm_authenticator(person, totp.at(then), "phone", now=then)
    return totp


def sign_in(client: Client, name: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(reverse("login"), {"username": name, "password": password}, **more)


def acts() -> list[tuple[str, str, str]]:
    """Every audit record: act, actor, whom it is about; oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x.transition, r.actor, substr(x.case_id, 7) FROM journal.step x JOIN journal.record r USING (seq) "
            "WHERE x.workflow = 'audit' ORDER BY r.seq"
        )
        return [tuple(row) for row in cursor.fetchall()]
