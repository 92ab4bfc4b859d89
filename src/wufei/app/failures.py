"""How a failure reaches the person who typed the command: named, in both languages, never as a traceback."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
from pathlib import Path

import click

from wufei.catalog import CatalogBroken
from wufei.terms import NamedError

MISUSE, FAILURE, INTERNAL = 2, 1, 70


class CommandMisused(NamedError):
    """The command line could not be understood; ``detail`` is the parser's own sentence."""

    code = "command_misused"
    zh = "命令写法有误：{detail}"
    en = "The command was not understood: {detail}"
    remedy_zh = "请运行 {command} --help 查看用法。"
    remedy_en = "Run {command} --help to see how it is used."


class CatalogueBroken(NamedError):
    """The catalogue has errors; each is printed before this."""

    code = "catalogue_broken"
    zh = "目录数据有 {count} 处错误，不能使用。"
    en = "The catalogue has {count} errors and cannot be used."
    remedy_zh = "请逐条改正上面的错误，再运行 wufei check。"
    remedy_en = "Correct each error above, then run wufei check."


class InternalError(NamedError):
    """A defect of ours; the details are in a file."""

    code = "internal_error"
    zh = "程序内部错误（{kind}），详情已写入 {log}。"
    en = "An internal error ({kind}); the details were written to {log}."
    remedy_zh = "请把该文件交给维护者；数据没有因此丢失。"
    remedy_en = "Please send that file to the maintainers; no data was lost by it."


def report(error: Exception, *, as_json: bool) -> int:
    """Print the failure (JSON to the output, otherwise text to the error stream); returns the exit code."""
    errors, code = _named(error)
    if as_json:
        print(json.dumps({"errors": [e.as_dict() for e in errors]}, ensure_ascii=False, indent=1))
    else:
        for each in errors:
            print(f"{each.render('zh')}\n{each.render('en')}", file=sys.stderr)
    return code


def _named(error: Exception) -> tuple[list[NamedError], int]:
    if isinstance(error, NamedError):
        return [error], FAILURE
    if isinstance(error, CatalogBroken):
        return [*error.errors, CatalogueBroken(count=len(error.errors))], FAILURE
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "wufei"
        return [CommandMisused(detail=error.format_message(), command=command)], MISUSE
    return [InternalError(kind=type(error).__name__, log=_write_log(error))], INTERNAL


def _write_log(error: Exception) -> Path:
    """Write the traceback into the data folder's ``log``, or a temporary folder when that cannot be written."""
    name = f"internal-error-{time.strftime('%Y%m%d-%H%M%S')}.log"
    text = "".join(traceback.format_exception(error))
    try:
        from wufei.app.config import current

        folder = current().data / "log"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(text, encoding="utf-8")
    except (OSError, NamedError):
        path = Path(tempfile.mkdtemp(prefix="wufei-")) / name
        path.write_text(text, encoding="utf-8")
    return path
