"""`wufei flows`: reconcile any network, show the city's."""

from __future__ import annotations

import os
from pathlib import Path

import click

_JSON = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")


@click.group()
def flows() -> None:
    """物质流。 Flow networks: reconcile them, show the city's."""


@flows.command()
@click.argument("file", type=click.Path(path_type=Path))
@_JSON
def reconcile(file: Path, *, as_json: bool) -> None:
    """核算一个流量网络（JSON 或 XLSX）。 Reconcile the network of FILE, as docs/formats/flows.md describes it."""
    from wufei.app import flows_commands

    flows_commands.reconcile(file, as_json=as_json)


@flows.command()
@click.argument("file", type=click.Path(path_type=Path))
def template(file: Path) -> None:
    """写出表格模板。 Write a workbook with the fields of a case and a small example."""
    from wufei.app import flows_commands

    flows_commands.template(file)


@flows.command()
@click.argument("stream")
@click.option("--year", type=click.IntRange(1900, 2999), required=True, help="年份 · the year")
@click.option("--city", help="城市 id · the city's id")
@click.option("--svg", type=click.Path(path_type=Path), help="另存流向图 · also write the diagram as SVG")
@click.option("--data", type=click.Path(path_type=Path), help="数据文件夹 · the data folder [WUFEI_DATA]")
@_JSON
def show(stream: str, year: int, city: str | None, svg: Path | None, data: Path | None, *, as_json: bool) -> None:
    """某一流向图某一年的数据。 The flows of STREAM (a diagram or a waste stream) in a year, reconciled."""
    if data:
        os.environ["WUFEI_DATA"] = str(data.absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"
    from wufei.app import flows_commands

    flows_commands.show(stream, year, city=city, svg=svg, as_json=as_json)
