"""A little journal for the tests of the pages, and one address of every page of it."""

import html
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.urls import reverse

from wufei.journal import Entry, Evidence, Record, append
from wufei.journal.balances import Held, balances
from wufei.journal.moments import CITY_TIME
from wufei.web.plan import Plan

SHED = "storage:togtoh/shed-7"


def record(*moves: tuple[Any, ...], day: int = 5, **fields: Any) -> Record:
    """A record of March 2025; moves are (from, to, stream, grams)."""
    base = {
        "happened_at": datetime(2025, 3, day, 8, 30, tzinfo=CITY_TIME),
        "period": "2025-03",
        "basis": "measured",
        "actor": "person-1",
        "acting_for": "ecology_environment_bureau",
        "rule": "hj_1259_2022 6.2",
        "entries": tuple(Entry(*move) for move in moves),
    }
    return Record(**(base | fields))


def fill() -> UUID:
    """Post a handful of records; returns the id of the first."""
    connection.ensure_connection()
    evidence = (Evidence("weighbridge_ticket", "磅单-1.pdf", "a" * 64),)
    records = [
        record(("origin:togtoh", SHED, "coal_fly_ash", 1_500_000), evidence=evidence, note="gate 1"),
        record((SHED, "process:togtoh", "coal_fly_ash", 400_000), day=6),
        record((SHED, "transit:m-1", "coal_fly_ash", 100_000), day=7, basis="manifested"),
        record(("adjustment:togtoh", SHED, "coal_fly_ash", 5), day=8, note="count"),
    ]
    outcomes = append(connection.connection, records)
    assert all(outcome.stands for outcome in outcomes), outcomes
    return records[0].id


def addresses(plan: Plan, record_id: UUID) -> list[str]:
    """One address of every page of the journal that everybody who works here can read."""
    names = (
        "journal",
        "records",
        "balances",
        "flows",
        "flow-diagrams",
        "flow-editor",
        "stocktakes",
        "periods",
        "imports",
    )
    made = [reverse(name, args=[plan.id]) for name in names]
    made.append(reverse("statement", args=[plan.id], query={"account": SHED, "from": "2025-03-01", "to": "2025-03-31"}))
    made.append(reverse("record", args=[plan.id, record_id]))
    made += [f"{address}?known=2024-06-30" for address in made[:4]]
    return made


def signing(plan: Plan, record_id: UUID) -> list[str]:
    """One address of every page that only signers open."""
    return [
        reverse("post", args=[plan.id]),
        reverse("count", args=[plan.id], query={"account": SHED, "stream": "coal_fly_ash"}),
        reverse("reverse", args=[plan.id, record_id]),
        reverse("correct", args=[plan.id, record_id]),
    ]


def said(client: Client, address: str, status: int = 200) -> str:
    """The page at an address, as it reads."""
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return html.unescape(response.content.decode())


def held(account: str) -> dict[str | None, int]:
    """Grams on an account by stream."""
    return {b.stream: b.mass_g for b in balances(connection.connection, Held(account=account)).items}
