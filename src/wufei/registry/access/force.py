"""Putting a hat in force on a connection to the database, signed so that nobody else can."""

from __future__ import annotations

import contextlib
import functools
import hmac
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections

from wufei.registry.access.database import DOOR, hat_key
from wufei.registry.access.wearer import STRANGER, Wearer

LASTS_SECONDS = 2 * 3600  # longer than any request or import; a text that was copied is then worth nothing
_SET = "SELECT set_config('wufei.hat', %s, false)"
AT_THE_DOOR = Wearer(None, None, DOOR)  # sign-in itself: people, hats, sessions, tokens, and nothing else


@functools.lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hat_key(secret)


def signed(hat: Wearer, backend_pid: int, *, until: int) -> str:
    """The hat as ``wufei.hat`` holds it, good on the connection with that backend until that second of the epoch."""
    person = "" if hat.person_id is None else str(hat.person_id)
    worn = "" if hat.hat_id is None else str(hat.hat_id)
    actor = hat.impersonator or hat.actor
    parts = (person, worn, hat.role, hat.org or "", hat.site or "", hat.place or "", actor, str(until))
    if any("|" in part for part in parts):
        raise ValueError("an id holds a bar")
    said = "|".join(parts)
    mac = hmac.digest(_key(settings.SECRET_KEY), f"{backend_pid}|{said}".encode(), "sha256").hex()
    return f"{said}|{mac}"


def put_on(raw: psycopg.Connection[Any], hat: Wearer | None) -> None:
    """Put the hat in force on a connection of the driver; None takes it off: then nothing is visible."""
    until = int(time.time()) + LASTS_SECONDS
    raw.execute(_SET, ("" if hat is None else signed(hat, raw.info.backend_pid, until=until),))


def wear(hat: Wearer | None, using: str = "default") -> None:
    """Put the hat in force on this thread's connection of Django's, made anew if it broke; None takes it off."""
    connection = connections[using]
    connection.ensure_connection()
    try:
        put_on(connection.connection, hat)
    except (psycopg.OperationalError, psycopg.InterfaceError):
        # Kept from before the database was restarted. Django notices that by itself for its own cursors only.
        if connection.in_atomic_block or not connection.connection.closed:
            raise
        connection.close()
        connection.ensure_connection()
        put_on(connection.connection, hat)
    connection.connection.wufei_hat = hat


def worn(using: str = "default") -> Wearer | None:
    """The hat that this thread's connection was last given."""
    return getattr(connections[using].connection, "wufei_hat", None)


def take_off(using: str = "default") -> None:
    """Leave the connection without a hat, when it is open and has one."""
    connection = connections[using]
    if connection.connection is not None and worn(using) is not None and not connection.connection.closed:
        with contextlib.suppress(psycopg.Error):  # one that breaks now has none either
            put_on(connection.connection, None)
            connection.connection.wufei_hat = None


@contextlib.contextmanager
def wearing(hat: Wearer | None, using: str = "default") -> Iterator[None]:
    """Wear the hat for the length of the block, then the one before."""
    before = worn(using)
    if before == hat:
        yield
        return
    wear(hat, using)
    try:
        yield
    finally:
        # In a transaction that failed the setting cannot be changed; its rollback restores what was before.
        with contextlib.suppress(psycopg.errors.InFailedSqlTransaction):
            wear(before, using)
        connections[using].connection.wufei_hat = before


def door(using: str = "default") -> contextlib.AbstractContextManager[None]:
    """What sign-in itself needs: people, their hats, sessions, tokens and links, and nothing else."""
    return wearing(AT_THE_DOOR, using)


def handing_on(by: str, using: str = "default") -> contextlib.AbstractContextManager[None]:
    """Hats and invitations follow from what the hat in force has just decided: a claim, a merge, a takeover.

    Whoever decides that hands out no roles of its own (``role_grants``), so the rows are written at the door, and the
    history names the actor ``by``. Open it only after the deciding row was written under the hat itself. Without a hat
    in force (the owner's own work) nothing changes.
    """
    if worn(using) is None:
        return contextlib.nullcontext()
    return wearing(replace(AT_THE_DOOR, actor=by), using)


__all__ = ["AT_THE_DOOR", "STRANGER", "door", "handing_on", "put_on", "signed", "take_off", "wear", "wearing", "worn"]
