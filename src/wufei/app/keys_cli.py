"""`wufei keys` and `wufei retention`: the keys that personal data is sealed with, and what is over."""

from __future__ import annotations

import os
from pathlib import Path

import click

_DATA = click.option("--data", type=click.Path(path_type=Path), help="数据文件夹 · the data folder [WUFEI_DATA]")
_JSON = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")


def _prepared(data: Path | None) -> None:
    if data:
        os.environ["WUFEI_DATA"] = str(data.absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"


@click.group()
def keys() -> None:
    """个人信息密钥。 The keys of personal data: replace them, retire old ones."""


@keys.command()
@_DATA
@_JSON
def rotate(data: Path | None, *, as_json: bool) -> None:
    """换用新密钥并分批重新加密，可随时中断后再执行。 Use a new key and seal everything with it; safe to interrupt."""
    _prepared(data)
    from wufei.app import keys_commands

    keys_commands.rotate(as_json=as_json)


@keys.command()
@_DATA
@_JSON
def retire(data: Path | None, *, as_json: bool) -> None:
    """销毁不再使用的旧密钥，旧备份中的个人信息随之不可读。 Destroy old keys; old backups stay unreadable."""
    _prepared(data)
    from wufei.app import keys_commands

    keys_commands.retire(as_json=as_json)


@click.command()
@click.option("--dry-run", is_flag=True, help="只统计，不删除 · count only")
@_DATA
@_JSON
def retention(data: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """删除保存期满的数据。 Erase data whose time is over; `wufei run` does it by itself once a day."""
    _prepared(data)
    from wufei.app import housekeeping

    housekeeping.retention_command(dry_run=dry_run, as_json=as_json)
