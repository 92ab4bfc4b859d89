"""What `wufei keys` does and prints."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from wufei import catalog
from wufei.app.config import current
from wufei.app.console import say, warn
from wufei.app.opened import opened_database
from wufei.terms import NamedError


class RotationIncomplete(NamedError):
    """Some cells open with no key; they are named above and keep their old envelope."""

    code = "rotation_incomplete"
    zh = "有 {count} 项个人信息无法解开，未能换用新密钥。"
    en = "{count} pieces of personal data do not open and could not be sealed with the new key."
    remedy_zh = "位置已在上面列明；请从备份恢复这些行，或重新填写后再执行。"
    remedy_en = "Each is named above; restore those rows from a backup, or enter them anew, and run it again."


@contextlib.contextmanager
def _as_owner() -> Iterator[Path]:
    """The key file, with Django connected as the owner of the tables; what is said on the way is no result."""
    from django.conf import settings
    from django.db import connections

    from wufei.app.databases import rows

    with contextlib.ExitStack() as stack:
        with contextlib.redirect_stdout(sys.stderr):
            stack.enter_context(opened_database(catalog.load()))
        connections.close_all()
        connections.databases["default"].update(rows(current())[1])
        yield Path(settings.PERSONAL_KEYS)


def rotate(*, as_json: bool) -> None:
    """Rotate, tell how far it is, and print what was done; raises RotationIncomplete."""
    with _as_owner() as path:
        from wufei.registry import rotation

        done = rotation.rotate(path, current().personal_cipher, datetime.now(UTC), progress=_tell)
    for cell in done.broken:
        warn(f"无法解开：{cell}", "does not open")
    if as_json:
        print(json.dumps({"key": done.key, "cells": done.cells, "broken": done.broken}, ensure_ascii=False))
    else:
        say(f"密钥 {done.key} 已启用，重新加密 {done.cells} 项", "in use; cells sealed anew")
    if done.broken:
        raise RotationIncomplete(count=len(done.broken))


def retire(*, as_json: bool) -> None:
    """Destroy the keys that nothing is sealed with; raises RetirementTooEarly or KeysStillUsed."""
    with _as_owner() as path:
        from wufei.registry import rotation

        gone = rotation.retire(path, datetime.now(UTC))
    if as_json:
        print(json.dumps({"retired": gone}))
    else:
        say(f"已销毁旧密钥：{'、'.join(gone) or '无'}", "old keys destroyed")


def _tell(column: str, done: int, whole: int) -> None:
    print(f"{column} {done}/{whole}", file=sys.stderr, flush=True)
