"""`wufei rules`: what the alarm rules find, and the cases that they raise."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from wufei.app.keys_cli import _DATA, _JSON, _prepared


@click.group()
def rules() -> None:
    """预警规则。 Alarm rules."""


@rules.command("run")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="哪一天，默认今天 · the day, today by default")
@click.option("--rule", "names", multiple=True, help="只用这条规则，可多次 · only this rule, may be repeated")
@click.option("--site", "sites", multiple=True, help="只看这个场所，可多次 · only this site, may be repeated")
@click.option("--dry-run", is_flag=True, help="只看不立案 · look, raise nothing")
@_DATA
@_JSON
def run_rules(
    data: Path | None,
    day: datetime | None,
    names: tuple[str, ...],
    sites: tuple[str, ...],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """按规则查一天的台账并立案。 Look through a day by the rules and raise what is new."""
    _prepared(data)
    from wufei.app import rules_command

    rules_command.run(day.date() if day else None, names, sites or None, dry=dry_run, as_json=as_json)
