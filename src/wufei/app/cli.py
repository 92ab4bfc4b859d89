"""The command ``wufei``. Imports are made where a command needs them, so that ``--help`` answers at once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from wufei.app.flows_cli import flows
from wufei.app.import_command import import_
from wufei.app.indicators_cli import indicators
from wufei.app.journal_cli import journal, proof
from wufei.app.keys_cli import keys, retention
from wufei.app.rules_cli import rules

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="wufei", message="%(package)s %(version)s")
def wufei() -> None:
    """无废：无废城市系统。 Wufei: the zero-waste-city system."""


@wufei.command()
@click.option("--data", type=click.Path(path_type=Path), help="数据文件夹 · the data folder [WUFEI_DATA]")
@click.option("--host", help="监听地址 · the address to listen on [WUFEI_HOST]")
@click.option("--port", type=click.IntRange(0, 65535), help="监听端口，0 为任意 · the port, 0 for any [WUFEI_PORT]")
@click.option("--demo", is_flag=True, help="为每个角色建一个演示账户 · one marked account per role")
def run(data: Path | None, host: str | None, port: int | None, demo: bool) -> None:  # noqa: FBT001
    """启动一切并提供网页。 Start everything on the embedded database and serve the pages."""
    given = {"WUFEI_DATA": data and str(data.absolute()), "WUFEI_HOST": host, "WUFEI_PORT": port}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"
    from wufei.app import config, serve

    sys.exit(serve.run(config.current(), demo=demo))


@wufei.command()
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")
def check(as_json: bool) -> None:  # noqa: FBT001
    """载入并检查全部目录数据。 Load and check the whole catalogue; print counts and every correction."""
    from wufei.app import commands

    commands.check(as_json=as_json)


@wufei.group()
def plan() -> None:
    """城市规划。 The cities' plans."""


@plan.command()
@click.argument("kind", required=False)
@click.argument("item", required=False)
@click.option("--city", help="城市 id · the city's id")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")
def show(kind: str | None, item: str | None, city: str | None, as_json: bool) -> None:  # noqa: FBT001
    """查看规划内容。 Show the plan: its kinds, the items of a KIND, or one ITEM beside its printed lines."""
    from wufei.app import commands

    commands.plan_show(kind, item, city=city, as_json=as_json)


@wufei.command()
@click.argument("name", required=False)
@click.option("--records", type=click.IntRange(1), help="流水的记录数 · how many records, where a journal is measured")
@click.option("--size", type=click.IntRange(1000), help="流水的分录数 · how many entries, where a journal is read")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")
def bench(name: str | None, records: int | None, size: int | None, as_json: bool) -> None:  # noqa: FBT001
    """重新测量一项性能数字。 Measure a figure of the README again; without NAME, list them."""
    from wufei.app import commands

    commands.bench(name, as_json=as_json, records=records, size=size)


for command in (flows, import_, indicators, journal, proof, keys, retention, rules):
    wufei.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every failure ends as a named error in both languages and a non-zero exit."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        wufei.main(args=arguments, prog_name="wufei", standalone_mode=False)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  (the last net: no traceback ever reaches the user)
        sys.exit(_report(error, as_json="--json" in arguments))


def _report(error: Exception, *, as_json: bool) -> int:
    from wufei.app import failures

    return failures.report(error, as_json=as_json)


if __name__ == "__main__":
    main()
