"""`wufei flows`: reconcile any network."""

from __future__ import annotations

from pathlib import Path

import click

_JSON = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")


@click.group()
def flows() -> None:
    """物质流。 Flow networks: reconcile them."""


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
