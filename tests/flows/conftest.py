"""A small city on register whose journal the rules look through; every date is one of the past."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from psycopg import Connection

from tests.workflow.world import ASH, OIL, register
from wufei import catalog
from wufei.flows.findings.look import Finding, look, rules_on
from wufei.journal import Entry, Observation, Record, append
from wufei.journal.mirror import mirror
from wufei.journal.moments import CITY_TIME

DAY = date(2025, 6, 10)


@pytest.fixture
def city(db: None, catalogue: catalog.Catalog) -> Connection[Any]:
    """The journal, which knows the sites of the world."""
    from django.db import connection

    catalog.install(catalogue)
    connection.ensure_connection()
    raw: Connection[Any] = connection.connection
    register()
    mirror(raw, catalogue)
    return raw


def moved(source: str, target: str, mass_g: int, *, on: date = DAY, stream: str = OIL, hour: int = 10) -> Record:
    """A record with one entry on a day."""
    at = datetime(on.year, on.month, on.day, hour, tzinfo=CITY_TIME)
    basis = {"basis": "measured", "actor": "person-1", "acting_for": "works", "rule": "hj_1259_2022 6.2"}
    return Record(at, f"{on:%Y-%m}", entries=(Entry(source, target, stream, mass_g),), **basis)


def observed(metric: str, place: str, value: int, period: str, unit: str = "克", stream: str | None = None) -> Record:
    """A record with one observation."""
    at = datetime(2025, 1, 5, 10, tzinfo=CITY_TIME)
    basis = {"basis": "declared", "actor": "person-1", "acting_for": "works", "rule": "hj_1259_2022 5"}
    return Record(at, period, observations=(Observation(metric, place, Decimal(value), unit, stream),), **basis)


def post(connection: Connection[Any], *records: Record) -> None:
    """Append them all."""
    for outcome in append(connection, list(records)):
        assert outcome.stands, outcome.error


def found(connection: Connection[Any], *names: str, on: date = DAY, sites: Any = None) -> list[Finding]:
    """What the rules named find on the day."""
    cat = catalog.current()
    return look(connection, rules_on(cat, on, names), on, cat, sites)


__all__ = ["ASH", "DAY", "OIL", "found", "moved", "observed", "post"]
