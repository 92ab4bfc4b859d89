"""What the demonstration's accounts did before the first start: entries and cases of ``demo_cases``, by their own hats.

Everything goes the way that it goes for people: with the same checks, signatures and rules of the database.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.catalog.demo_cases import DemoCase, DemoEntry, DemoStep
from wufei.intake.posting import Speaker, post
from wufei.journal.reading import record
from wufei.registry.access import Wearer
from wufei.registry.hats import open_hats
from wufei.registry.models import Person, Vehicle
from wufei.terms import Mass, NamedError
from wufei.workflow import acting
from wufei.workflow.acting import Wish

RULE = "wufei_design 演示数据"
PLATE = "plate:"


def enter(connection: Connection[Any], catalog: Catalog, now: datetime) -> tuple[int, list[NamedError]]:
    """Enter the cases that are missing; returns how many were, and what was refused. May be repeated.

    A case that was entered once is left as people have since moved it.
    """
    entered, refused = 0, list[NamedError]()
    for scope in catalog.cities.values():
        for declared in scope.items(DemoCase.kind):
            if record(connection, _mark(declared)) is not None:
                continue
            try:
                with connection.transaction():
                    _enter(connection, declared, now)
                entered += 1
            except NamedError as error:
                refused.append(error)
    return entered, refused


def _mark(declared: DemoCase) -> Any:
    """The id of the case's first entry's record, by which it is known again."""
    return uuid5(NAMESPACE_URL, f"wufei-demonstration:{declared.id}")


def _enter(connection: Connection[Any], declared: DemoCase, now: datetime) -> None:
    for n, entry in enumerate(declared.entries):
        _post(connection, entry, now, uuid5(_mark(declared), str(n)) if n else _mark(declared))
    case = ""
    for step in declared.steps:
        hat = _hat(step.by)
        wish = Wish(step.does, _values(step), happened_at=_at(now, step.days_ago), reason=step.reason)
        done = (
            acting.take(connection, hat, case, wish) if case else acting.begin(connection, hat, declared.workflow, wish)
        )
        case = done.case


def _post(connection: Connection[Any], entry: DemoEntry, now: datetime, id_: Any) -> None:
    at = _at(now, entry.days_ago)
    body = {
        "id": str(id_), "happened_at": at.isoformat(), "period": f"{at:%Y-%m}", "basis": "measured", "rule": RULE,
        "entries": [{"from": entry.from_account, "to": entry.to_account, "stream": entry.stream,
                     "mass_g": Mass.of(entry.mass, "吨").g}],
    }  # fmt: skip
    (told,) = post(connection, [body], Speaker.of(_hat(entry.by)))
    if told.error is not None:
        raise told.error


def _hat(role: str) -> Wearer:
    person = Person.objects.get(username=role, is_demo=True)
    return Wearer.of(open_hats(person)[0])


def _at(now: datetime, days_ago: Decimal) -> datetime:
    return now - timedelta(days=float(days_ago))


def _values(step: DemoStep) -> dict[str, Any]:
    return {name: _value(value) for name, value in step.gives.items()}


def _value(value: Any) -> Any:
    """The value with vehicles by their ids instead of their plates."""
    if isinstance(value, dict):
        return {name: _value(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_value(each) for each in value]
    if isinstance(value, str) and value.startswith(PLATE):
        return str(Vehicle.objects.get(plate=value.removeprefix(PLATE)).pk)
    return value
