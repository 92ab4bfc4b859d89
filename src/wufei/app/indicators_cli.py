"""`wufei indicators`: every indicator of a city with its light, coverage and lineage."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--city", help="城市 id · the city's id")
@click.option("--year", type=click.IntRange(2000, 2100), help="年份 · the year; otherwise the latest with a value")
@click.option("--place", help="旗县区 id · a division's id; otherwise the city")
@click.option("--as-known-on", type=_DAY, metavar="DAY", help="截至某日已知 · as known at the end of a day")
@click.option("--indicator", metavar="ID", help="只看一个指标及其由来 · one indicator, with its lineage")
@click.option("--data", type=click.Path(path_type=Path), help="数据文件夹 · the data folder [WUFEI_DATA]")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")
def indicators(
    city: str | None,
    year: int | None,
    place: str | None,
    as_known_on: datetime | None,
    indicator: str | None,
    data: Path | None,
    *,
    as_json: bool,
) -> None:
    """计算全部指标。 Evaluate every indicator: value or Unknown with the reason, light, coverage, lineage."""
    if data:
        os.environ["WUFEI_DATA"] = str(data.absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"
    from wufei.app import indicators_commands

    day = as_known_on.date() if as_known_on else None
    asked = indicators_commands.Asked(city, year, place, day, indicator)
    indicators_commands.show(asked, as_json=as_json)
