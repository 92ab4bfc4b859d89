"""Read what the records fold to: balances, an account's statement, flows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from django.http import HttpRequest, JsonResponse
from ninja import Query
from pydantic import Field

from wufei.intake.payload import Key, Word
from wufei.journal import canonical, cube
from wufei.journal.balances import Balance, Held, Order, balances
from wufei.journal.statement import Line, statement
from wufei.journal.stocktake import Asserted, asserted
from wufei.terms import Basis
from wufei.web.api.core import database, operation, send
from wufei.web.api.reading import Cursor, Day, KnownIn, Role, Size
from wufei.web.policy import Policy

BalanceAxis = Literal["account", "place", "role", "stream"]
BY_ACCOUNT: tuple[BalanceAxis, ...] = ("account", "stream")
FlowAxis = Literal[
    "period", "from_account", "from_place", "from_role", "to_account", "to_place", "to_role", "stream", "to_stream"
]


class BalancesIn(KnownIn):
    """Which balances, and by what they are summed."""

    account: Key | None = None
    place: Word | None = None
    role: Role | None = None
    stream: Annotated[list[Word] | None, Field(max_length=100)] = None
    by: list[BalanceAxis] = Field(list(BY_ACCOUNT), min_length=1, max_length=4)
    order: Order = Field("name", description="by the names of the axes, or the largest mass first")
    cursor: Cursor | None = None
    limit: Size = 100


class StatementIn(KnownIn):
    """Which days of an account; both are counted."""

    first_day: Day
    last_day: Day
    stream: Word | None = None
    cursor: Cursor | None = None
    limit: Size = 100


class StocktakesIn(KnownIn):
    """Which counts."""

    account: Key | None = None
    limit: Size = 100


class FlowsIn(KnownIn):
    """Which flows, and along what they are told apart."""

    period: Word = Field(description="2025, 2025H1, 2025Q1, 2025-03, 2025-03-31 or 2021..2025")
    stream: Annotated[list[Word] | None, Field(max_length=100)] = None
    basis: Annotated[list[Basis] | None, Field(max_length=5)] = None
    from_role: Annotated[list[Role] | None, Field(max_length=11)] = None
    to_role: Annotated[list[Role] | None, Field(max_length=11)] = None
    from_place: Annotated[list[Word] | None, Field(max_length=100)] = None
    to_place: Annotated[list[Word] | None, Field(max_length=100)] = None
    by: list[FlowAxis] = Field(list(cube.DEFAULT_AXES), min_length=1, max_length=9)


@operation("GET", "/journal/balances", Policy.READER, summary="Balances", zh="账户余额")
def read_balances(request: HttpRequest, asked: Query[BalancesIn]) -> JsonResponse:  # noqa: ARG001
    """Balances that are not zero, summed `by` one or more of account, place, role and stream."""
    by = tuple(dict.fromkeys(asked.by))
    wanted = Held(asked.account, asked.place, asked.role, asked.stream)
    chosen = {"by": by, "order": asked.order, "as_known_on": asked.as_known_on}
    page = balances(database(), wanted, cursor=asked.cursor, size=asked.limit, **chosen)
    items = [_balance(item, by) for item in page.items]
    return send({"balances": items, "next": page.next, "previous": page.previous})


def _balance(item: Balance, by: tuple[str, ...]) -> dict[str, Any]:
    return {axis: getattr(item, axis) for axis in by} | {"mass_g": item.mass_g}


@operation(
    "GET", "/journal/accounts/{path:key}/statement", Policy.READER, summary="Statement of an account", zh="账户对账单"
)
def read_statement(request: HttpRequest, key: str, asked: Query[StatementIn]) -> JsonResponse:  # noqa: ARG001
    """Opening, each movement with its running balance, closing: opening_g + in_g − out_g = closing_g."""
    days = (asked.first_day, asked.last_day)
    found = statement(
        database(), key, asked.stream, days, cursor=asked.cursor, size=asked.limit, as_known_on=asked.as_known_on
    )
    told = {name: getattr(found, name) for name in ("account", "stream", "opening_g", "in_g", "out_g", "closing_g")}
    lines = [_line(line) for line in found.lines]
    between = {"first_day": found.first_day.isoformat(), "last_day": found.last_day.isoformat()}
    return send(told | between | {"lines": lines, "next": found.next, "previous": found.previous})


def _line(line: Line) -> dict[str, Any]:
    written = {"happened_at": canonical.write_time(line.happened_at), "record": str(line.record)}
    return asdict(line) | written


@operation("GET", "/journal/stocktakes", Policy.READER, summary="Stocktakes", zh="有效的盘点和账面数")
def read_stocktakes(request: HttpRequest, asked: Query[StocktakesIn]) -> JsonResponse:  # noqa: ARG001
    """The counts that stand, latest first, beside what the book says of their moment."""
    found = asserted(database(), asked.account, as_known_on=asked.as_known_on, most=asked.limit)
    return send({"stocktakes": [_stocktake(each) for each in found]})


def _stocktake(each: Asserted) -> dict[str, Any]:
    written = {"at": canonical.write_time(each.at), "record": str(each.record)}
    return asdict(each) | written | {"difference_g": each.difference_g, "holds": each.holds}


@operation("GET", "/journal/flows", Policy.READER, summary="Flows", zh="报告期内的流向合计")
def read_flows(request: HttpRequest, asked: Query[FlowsIn]) -> JsonResponse:  # noqa: ARG001
    """Sums of the entries whose reporting period lies within `period`; `contains` says which periods they come from."""
    wanted = cube.Wanted(asked.stream, asked.basis, asked.from_role, asked.to_role, asked.from_place, asked.to_place)
    found = cube.flows(
        database(), asked.period, wanted, by=tuple(dict.fromkeys(asked.by)), as_known_on=asked.as_known_on
    )
    return send(
        {
            "period": str(found.period),
            "flows": [_flow(row) for row in found.rows],
            "contains": [asdict(part) for part in found.contains],
            "touches": list(found.touches),
        }
    )


def _flow(row: cube.Flow) -> dict[str, Any]:
    variance = canonical.write_number(row.variance_g2)
    return row.along | {
        "mass_g": row.mass_g, "entries": row.entries, "variance_g2": variance, "basis_g": row.basis_g,
    }  # fmt: skip
