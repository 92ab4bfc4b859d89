"""Webhooks against a real server: signed, in order for each case, tried again, given up after 72 hours, sent again."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.web.journal_sample import record
from wufei.journal import append, new_id
from wufei.journal.records import Step
from wufei.journal.sealing import seal
from wufei.journal.signing import new_signer
from wufei.registry import webhooks as queue
from wufei.registry.access import Wearer
from wufei.registry.models import Delivery, Hat, Person, Webhook
from wufei.web.security.fetch import post_bytes
from wufei.web.webhooks import Done, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
FLOW = "hazardous_waste_transfer"


@dataclass
class Target:
    """A firm's own system: what it was told, and what it answers next."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def events(self) -> list[str]:
        return [headers["Wufei-Event"] for headers, _body in self.told]


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """A server on this machine, which the setting lets the system call."""
    monkeypatch.setattr(settings, "SIGN_IN", replace(settings.SIGN_IN, private_urls=True))
    kept = Target()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = kept.answers.pop(0) if kept.answers else 204
            if status < 300:
                kept.told.append((dict(self.headers), body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hook(person: Person, target: Target) -> Webhook:
    """The office's subscription from now on."""
    from wufei.journal.changes import end_of

    connection.ensure_connection()
    return queue.subscribe(worn(person), target.url, "ERP", [], end_of(connection.connection), NOW)


def worn(person: Person) -> Wearer:
    return Wearer.of(Hat.objects.get(person=person, ended_at=None))


def put(*cases: str) -> list[str]:
    """A record for each, with the next step of the case named; '' is one without a case. Sealed."""
    made, numbers = [], {}
    for case in cases:
        numbers[case] = numbers.get(case, _steps(case)) + 1
        more = (Step(case, numbers[case], FLOW, "save", "draft", data={"parties": []}),) if case else ()
        made.append(record(("origin:togtoh", "storage:togtoh", "coal_fly_ash", 1), steps=more))
    assert all(outcome.stands for outcome in append(connection.connection, made))
    seal(connection.connection, new_signer())
    return [str(each.id) for each in made]


def _steps(case: str) -> int:
    row = connection.connection.execute("SELECT count(*) FROM journal.step WHERE case_id = %s", (case,)).fetchone()
    return int(row[0])


def run(now: datetime = NOW, post: Any = post_bytes) -> Done:
    return step(connection.connection, post, now)


def test_what_is_sent_is_signed_and_whole(hook: Webhook, target: Target) -> None:
    ids = put("", "")
    assert run() == Done(queued=2, delivered=2)
    assert target.events() == ids
    headers, body = target.told[0]
    said = f"{headers['Wufei-Timestamp']}.".encode() + body
    mac = hmac.new(hook.secret.encode(), said, hashlib.sha256).hexdigest()
    assert headers["Wufei-Signature"] == f"v1={mac}"
    told = json.loads(body)
    assert (told["event"], told["record"]["id"], told["record"]["entries"][0]["mass_g"]) == (ids[0], ids[0], 1)
    assert run() == Done()


def test_a_case_arrives_in_its_order_and_holds_up_no_other(hook: Webhook, target: Target) -> None:
    one, other = f"manifest:{new_id()}", f"manifest:{new_id()}"
    first, second, elsewhere, alone = put(one, one, other, "")
    target.answers = [500]  # the first step of one case is refused
    assert run() == Done(queued=4, delivered=2, failed=1)
    assert target.events() == [elsewhere, alone]
    assert run(NOW + timedelta(seconds=5)) == Done()  # not due yet
    assert run(NOW + timedelta(seconds=11)) == Done(delivered=2)
    assert target.events()[2:] == [first, second]


def test_down_then_up_again_nothing_is_lost(hook: Webhook, target: Target) -> None:
    ids = put("", "", "", "", "")
    silent = hook.url
    Webhook.objects.update(url="http://127.0.0.1:9/closed")
    done = run()
    assert (done.queued, done.delivered, done.failed) == (5, 0, 3)  # three failures: it is down, later
    assert set(Delivery.objects.exclude(attempts=0).values_list("problem", flat=True)) == {"address_silent"}
    Webhook.objects.update(url=silent)
    for minutes in (1, 2):
        run(NOW + timedelta(minutes=minutes))
    assert sorted(target.events()) == sorted(ids)
    assert Delivery.objects.filter(state="delivered").count() == 5


@pytest.mark.parametrize("status", [301, 302, 400, 404, 410, 429, 500, 503])
def test_any_answer_but_a_success_is_tried_again(hook: Webhook, target: Target, status: int) -> None:
    put("")
    target.answers = [status]
    assert run().failed == 1
    found = Delivery.objects.get()
    assert (found.state, found.status, found.next_at) == ("waiting", status, NOW + timedelta(seconds=10))


def test_pauses_grow_and_after_72_hours_it_is_given_up(hook: Webhook, target: Target) -> None:
    put("")
    now, tried = NOW, 0
    target.answers = [500] * 200
    while Delivery.objects.filter(state="waiting").exists() or not tried:
        run(now)
        found = Delivery.objects.get()
        tried, now = found.attempts, max(found.next_at, now + timedelta(seconds=1))
    assert timedelta(hours=72) <= found.done_at - NOW < timedelta(hours=75)
    assert 36 <= tried <= 50
    target.answers = []
    assert queue.replay(Delivery.objects.filter(state="dead"), now) == 1
    assert run(now).delivered == 1


def test_only_the_kinds_of_cases_asked_for(person: Person, target: Target) -> None:
    put("")
    hook = queue.subscribe(worn(person), target.url, "ERP", [FLOW], 0, NOW)
    (wanted,) = put(f"manifest:{new_id()}")
    run()
    assert target.events() == [wanted]
    hook.refresh_from_db()
    assert hook.position > 1


def test_a_hat_that_ended_is_told_nothing_more(hook: Webhook, target: Target, person: Person) -> None:
    put("")
    Hat.objects.filter(person=person).update(ended_at=NOW)
    assert run() == Done()
    hook.refresh_from_db()
    assert hook.ended_at == NOW


def test_delivered_a_month_ago_is_forgotten(hook: Webhook, target: Target) -> None:
    put("")
    run()
    assert (queue.forget(NOW), queue.forget(NOW + timedelta(days=31))) == (0, 1)


@pytest.mark.parametrize("url", [
    "http://example.org/hook", "https://127.0.0.1/hook", "https://10.0.0.8/", "https://[::1]/", "https://localhost/",
    "https://user:secret@93.184.216.34/", "file:///etc/passwd", "https://169.254.169.254/latest", "nonsense",
])  # fmt: skip
def test_private_and_unencrypted_addresses_are_refused(reader: Client, url: str) -> None:
    answer = reader.post(reverse("webhooks"), {"label": "ERP", "url": url})
    assert answer.status_code == 422
    assert not Webhook.objects.exists()


def test_the_pages_subscribe_show_send_again_and_end(reader: Client, target: Target, person: Person) -> None:
    answer = reader.post(reverse("webhooks"), {"label": "ERP 系统", "url": target.url})
    row = Webhook.objects.get()
    assert row.secret in answer.content.decode()
    assert row.secret not in reader.get(reverse("webhooks")).content.decode()
    put("")  # with it the act of subscribing is sealed
    target.answers = [500, 500]
    run(row.made_at)
    Delivery.objects.update(state="dead")
    shown = reader.get(reverse("webhook", args=[row.pk])).content.decode()
    assert "500" in shown
    assert "已放弃" in shown
    assert reader.get(reverse("webhook", args=[row.pk]), {"state": "delivered"}).status_code == 200
    reader.post(reverse("webhook", args=[row.pk]), {"again": "dead"})
    assert run(row.made_at + timedelta(days=400)).delivered == 2
    reader.post(reverse("webhook", args=[row.pk]), {"again": str(Delivery.objects.all()[0].pk)})
    assert Delivery.objects.filter(state="waiting").count() == 1
    reader.post(reverse("webhook", args=[row.pk]), {"again": "١"})
    reader.post(reverse("webhook", args=[row.pk]), {"end": "1"})
    row.refresh_from_db()
    assert row.ended_at is not None
    assert set(Delivery.objects.values_list("state", flat=True)) == {"dead", "delivered"}


def test_nobody_else_sees_them(hook: Webhook, client: Client) -> None:
    from tests.web.conftest import make_person

    client.force_login(make_person("else", "city_office"))
    assert client.get(reverse("webhook", args=[hook.pk])).status_code == 404
    assert "ERP" not in client.get(reverse("webhooks")).content.decode()


def test_twenty_are_enough(hook: Webhook, reader: Client, target: Target, person: Person) -> None:
    for number in range(queue.MOST - 1):
        queue.subscribe(worn(person), target.url, str(number), [], 0, NOW)
    assert reader.post(reverse("webhooks"), {"label": "one more", "url": target.url}).status_code == 422
