"""Delivery of changes to subscribed addresses: what is due is found under the subscriber's hat, signed and posted.

A step of the worker: bring each subscription up to the end of the tree, then try what is due. All time, the database
connection on which hats are worn, and the call itself are handed in.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from psycopg import Connection

from wufei.journal import changes as feed
from wufei.journal.changes import Change
from wufei.journal.reading import record as one
from wufei.registry import webhooks
from wufei.registry.access import Wearer
from wufei.registry.access.force import put_on
from wufei.registry.models import Delivery, Webhook
from wufei.terms import NamedError
from wufei.web.api.changes import plain_change

Post = Callable[[str, bytes, dict[str, str]], int]  # address, body, headers → status; raises a NamedError
AT_ONCE = 200
ENOUGH = 3  # failures one after the other: the other side is down, its turn comes again


@dataclass
class Done:
    """What a step of the worker did."""

    queued: int = 0
    delivered: int = 0
    failed: int = 0


def step(journal: Connection[Any], post: Post, now: datetime) -> Done:
    """Queue what is new for every subscription and try what is due. ``journal`` is of the role that the pages have."""
    done = Done()
    for webhook in Webhook.objects.filter(ended_at=None).select_related("hat", "person").order_by("pk"):
        if not _hat_stands(webhook, now):
            webhooks.end(webhook, "hat ended", now)
            continue
        put_on(journal, Wearer.of(webhook.hat))
        try:
            done.queued += _queue(journal, webhook, now)
            _deliver(journal, webhook, post, now, done)
        finally:
            put_on(journal, None)
    return done


def _hat_stands(webhook: Webhook, now: datetime) -> bool:
    hat = webhook.hat
    over = hat.valid_to is not None and hat.valid_to < now.date()
    return hat.ended_at is None and not over and webhook.person.is_active


def _queue(journal: Connection[Any], webhook: Webhook, now: datetime) -> int:
    """Put the next changes into the queue of a subscription; returns how many."""
    found = feed.changes(journal, webhook.position, AT_ONCE)
    if found.reached == webhook.position:
        return 0
    rows = [_row(webhook, change, now) for change in found.items if _wanted(webhook, change)]
    with transaction.atomic():
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        Webhook.objects.filter(pk=webhook.pk).update(position=found.reached)
    return len(rows)


def _wanted(webhook: Webhook, change: Change) -> bool:
    steps = change.stored.record.steps
    return not webhook.workflows or any(step.workflow in webhook.workflows for step in steps)


def _row(webhook: Webhook, change: Change, now: datetime) -> Delivery:
    said = change.stored.record
    case = said.steps[0].case if said.steps else ""
    return Delivery(webhook=webhook, position=change.position, record=said.id, case=case, first_at=now, next_at=now)


def _deliver(journal: Connection[Any], webhook: Webhook, post: Post, now: datetime, done: Done) -> None:
    wrong = 0
    for _round in range(AT_ONCE):  # the next of a case follows as soon as the one before has arrived
        due = list(webhooks.due(webhook, now))
        for delivery in due:
            stands = _try(journal, webhook, delivery, post, now)
            done.delivered, done.failed = done.delivered + stands, done.failed + (not stands)
            wrong = 0 if stands else wrong + 1
            if wrong >= ENOUGH:
                return
        if not due:
            return


def _try(journal: Connection[Any], webhook: Webhook, delivery: Delivery, post: Post, now: datetime) -> bool:
    body = _body(journal, delivery)
    if body is None:
        webhooks.failed(delivery, None, "no longer visible", now)
        return False
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "Wufei-Event": str(delivery.record),
        "Wufei-Attempt": str(delivery.attempts + 1),
        "Wufei-Timestamp": str(timestamp),
        "Wufei-Signature": webhooks.signature(webhook.secret, timestamp, body),
    }
    try:
        status = post(webhook.url, body, headers)
    except NamedError as error:
        webhooks.failed(delivery, None, error.code, now)
        return False
    if 200 <= status < 300:
        webhooks.arrived(delivery, status, now)
        return True
    webhooks.failed(delivery, status, f"status {status}", now)
    return False


def _body(journal: Connection[Any], delivery: Delivery) -> bytes | None:
    """The change as JSON, read under the hat in force; None when the hat sees it no more."""
    stored = one(journal, UUID(str(delivery.record)))
    if stored is None:
        return None
    told = plain_change(Change(delivery.position, stored)) | {"event": str(delivery.record)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def waiting() -> bool:
    """Whether anybody has subscribed."""
    return Webhook.objects.filter(Q(ended_at=None)).exists()
