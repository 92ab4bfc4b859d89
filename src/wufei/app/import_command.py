"""`wufei import`: read a sheet into the journal, or write its template."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from wufei.terms import NamedError


class ImporterUnknown(NamedError):
    """The person or the organisation named for an import does not exist."""

    code = "importer_unknown"
    zh = "“{name}”不是{what_zh}。"
    en = "“{name}” is not {what_en}."
    remedy_zh = "--as 写一个启用中的登录名，--for 写单位编号（wufei plan show orgs 列出全部）。"
    remedy_en = "Give an active sign-in name with --as and an organisation's id with --for (`wufei plan show orgs`)."


@click.command("import")
@click.argument("kind")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，不留下任何记录 · check only, leave nothing")
@click.option("--mode", type=click.Choice(["atomic", "rows"]), default="atomic", show_default=True,
              help="全部或一行也不；或逐行 · all rows or none; or row by row")  # fmt: skip
@click.option("--as", "person", metavar="PERSON", help="登录名：由谁导入 · the sign-in name of who imports")
@click.option("--for", "org", metavar="ORG", help="单位编号：代表哪个单位 · for which organisation, by id")
@click.option("--errors", type=click.Path(path_type=Path), help="把被拒绝的行写成 XLSX · write refused rows as XLSX")
@click.option(
    "--template", type=click.Path(path_type=Path), help="写出模板 XLSX 或 CSV · write a template, XLSX or CSV"
)
@click.option("--again", is_flag=True, help="与以前导入的行相似也导入 · import rows that seem imported before")
@click.option("--data", type=click.Path(path_type=Path), help="数据文件夹 · the data folder [WUFEI_DATA]")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")
def import_(**options: Any) -> None:
    """导入电子表格。 Import a spreadsheet or CSV of a KIND: entries, observations, orgs, sites, vehicles, permits."""
    if options["data"]:
        os.environ["WUFEI_DATA"] = str(options["data"].absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"
    if options["template"]:
        _write_template(options["kind"], options["template"])
        return
    for name, value in (("FILE", options["file"]), ("--as", options["person"]), ("--for", options["org"])):
        if value is None:
            raise click.UsageError(f"Missing {name}.")
    sys.exit(_import(options))


def _write_template(kind: str, target: Path) -> None:
    from wufei import catalog
    from wufei.app.console import say
    from wufei.intake.importing import sheet_of
    from wufei.intake.template import csv_template, xlsx_template

    cat = catalog.load()
    sheet = sheet_of(cat, kind)
    body = csv_template(sheet) if target.suffix.lower() == ".csv" else xlsx_template(sheet, cat)
    target.write_bytes(body)
    say(f"模板已写入 {target}", "the template is written")


def _import(options: dict[str, Any]) -> int:
    from wufei import catalog
    from wufei.app.opened import opened_database
    from wufei.intake.errors import ImportRefused
    from wufei.intake.importer import import_file
    from wufei.intake.importing import Wish

    cat = catalog.load()
    with opened_database(cat) as connection:
        from wufei.registry.access import force

        actor, acting_for, hat = _who(options["person"], options["org"])
        wish = Wish(
            options["kind"], options["file"], actor, acting_for, options["mode"], options["dry_run"], options["again"]
        )
        progress = None if options["as_json"] else _tell
        with force.wearing(hat) if hat else contextlib.nullcontext():
            report = import_file(connection, cat, wish, now=_now, hat=hat, progress=progress)
        refusal = None
        if report.refused:
            refusal = ImportRefused(refused=report.refused, appended=report.appended, rows=report.rows)
            if options["errors"]:
                from wufei.intake.error_sheet import write_error_sheet

                write_error_sheet(options["file"], report, options["errors"], cat)
    _print(report, refusal, as_json=options["as_json"])
    return 1 if refusal else 0


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _who(name: str, org: str) -> tuple[str, str, Any]:
    """The ids of the person and the organisation, and the person's hat there, which bounds a registry import.

    Whoever has this machine's console has the database: somebody without a hat there is named, and not bound.
    Raises ImporterUnknown.
    """
    from wufei.registry import hats
    from wufei.registry.access import Wearer
    from wufei.registry.models import Organisation, Person

    person = Person.objects.filter(username=name, is_active=True).first()
    if person is None:
        raise ImporterUnknown(name=name, what_zh="启用中的登录名", what_en="the sign-in name of an active account")
    if not Organisation.objects.filter(pk=org).exists():
        raise ImporterUnknown(name=org, what_zh="单位编号", what_en="the id of an organisation")
    worn = hats.open_hats(person).filter(org=org).first()
    return person.actor, org, Wearer.of(worn) if worn else None


def _tell(done: int, rows: int) -> None:
    end = "\n" if done >= rows else ""
    if sys.stderr.isatty() or end:
        print(f"\r{done:,}/{rows:,} ({done * 100 // max(rows, 1)} %)", end=end, file=sys.stderr, flush=True)


SHOWN = 20


def _print(report: Any, refusal: NamedError | None, *, as_json: bool) -> None:
    if as_json:
        failures = {"failures": [refusal.as_dict()]} if refusal else {}
        print(json.dumps(report.as_dict() | failures, ensure_ascii=False, indent=1))
        return
    found = f" ({report.encoding})" if report.encoding else ""
    print(f"{report.name}{found} · {report.kind} · SHA-256 {report.sha256}")
    print(
        f"行 rows {report.rows:,} · 记入 recorded {report.appended:,} · 已有 known before {report.duplicates:,} · "
        f"拒绝 refused {report.refused:,} · {report.seconds:.1f} s"
    )
    if hasattr(report, "preview"):
        print(f"新增 new {report.appended:,} · 更新 changed {report.changed:,} · 不变 unchanged {report.duplicates:,}")
        for each in report.preview[:SHOWN]:
            told = "; ".join(f"{name}: {was!r} → {now!r}" for name, (was, now) in each["changes"].items())
            print(f"  {each['row']} {each['status']} {each['name']} {told}")
    if report.dry_run:
        print("试运行，没有留下任何记录 · dry run, nothing was left")
    for remark in report.remarks:
        print(f"! {remark.zh}\n  {remark.en}")
    for each in report.errors[:SHOWN]:
        told = each["error"]
        print(f"{told['place']} [{told['code']}] {told['zh']} {told['remedy_zh']}\n  {told['en']} {told['remedy_en']}")
    if len(report.errors) > SHOWN:
        print("…… 其余见 --errors 或 --json · the rest: --errors or --json")
    if refusal:
        print(f"{refusal.render('zh')}\n{refusal.render('en')}", file=sys.stderr)
