"""Subscriptions of programs to what changes, and the queue of what is to be delivered to each."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from wufei.registry.access import Wearer
from wufei.registry.models import Delivery, Webhook
from wufei.terms import NamedError

PREFIX = "wfhook_"
MOST = 20
PATIENCE = timedelta(hours=72)
KEPT = timedelta(days=30)
# Seconds until the next try, after the first, second … failure; the last holds from then on.
PAUSES = (10, 30, 60, 300, 900, 1800, 3600, 7200)
WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"


class WebhooksMany(NamedError):
    """More subscriptions than one person may have."""

    code = "webhooks_many"
    zh = "每人最多 {most} 个推送地址。"
    en = "A person has at most {most} webhooks."
    remedy_zh = "请先停用不再使用的地址。"
    remedy_en = "End one that is no longer used first."


def subscribe(hat: Wearer, url: str, label: str, workflows: Iterable[str], position: int, now: datetime) -> Webhook:
    """A new subscription under the hat, from a place of the tree on; its secret is drawn here. Raises WebhooksMany."""
    if Webhook.objects.filter(person=hat.person_id, ended_at=None).count() >= MOST:
        raise WebhooksMany(most=MOST)
    row = Webhook(person_id=hat.person_id, hat_id=hat.hat_id, label=label, url=url, workflows=sorted(workflows))
    row.position, row.made_at, row.secret = position, now, PREFIX + secrets.token_urlsafe(32)
    row.save()
    return row


def end(webhook: Webhook, why: str, now: datetime) -> None:
    """Tell the address nothing more; what waited is given up."""
    Webhook.objects.filter(pk=webhook.pk, ended_at=None).update(ended_at=now, ended_why=why[:80])
    webhook.deliveries.filter(state=WAITING).update(state=DEAD, problem=why[:200], done_at=now)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA-256 (hex) over the timestamp, a dot and the body."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={mac.hexdigest()}"


def due(webhook: Webhook, now: datetime, most: int = 50) -> QuerySet[Delivery]:
    """What may be tried now: the first that waits of each case, and whatever moves no case, in the tree's order."""
    earlier = Delivery.objects.filter(
        webhook=OuterRef("webhook"), case=OuterRef("case"), state=WAITING, position__lt=OuterRef("position")
    ).exclude(case="")
    waiting = webhook.deliveries.filter(state=WAITING, next_at__lte=now)
    return waiting.exclude(Exists(earlier)).order_by("position")[:most]


def arrived(delivery: Delivery, status: int, now: datetime) -> None:
    """The other side took it."""
    _write(delivery, state=DELIVERED, status=status, problem="", done_at=now, attempts=delivery.attempts + 1)


def failed(delivery: Delivery, status: int | None, problem: str, now: datetime) -> None:
    """It did not; try again later, or give up once it has been tried for 72 hours."""
    tried = delivery.attempts + 1
    again = now + timedelta(seconds=PAUSES[min(tried, len(PAUSES)) - 1])
    over = now - delivery.first_at >= PATIENCE
    state = {"state": DEAD, "done_at": now} if over else {"next_at": again}
    _write(delivery, status=status, problem=problem[:200], attempts=tried, **state)


def replay(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """Put what was given up (or was delivered) back into the queue; returns how many."""
    open_ones = deliveries.exclude(state=WAITING).filter(webhook__ended_at=None)
    return open_ones.update(state=WAITING, attempts=0, first_at=now, next_at=now, done_at=None)


def forget(now: datetime) -> int:
    """Drop deliveries that arrived a month ago; returns how many."""
    return Delivery.objects.filter(state=DELIVERED, done_at__lt=now - KEPT).delete()[0]


def _write(delivery: Delivery, **values: object) -> None:
    for name, value in values.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=list(values))
