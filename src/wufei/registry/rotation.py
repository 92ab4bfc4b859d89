"""Replacing the key that personal data is sealed with, in batches, while the pages go on.

The new key is in the file before the first row is sealed with it, and the old ones stay until they are retired: an
interruption at any moment loses nothing, and running it again goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.db import connection, transaction

from wufei.registry import key_ring
from wufei.registry.key_ring import KeyRing, PersonalKeysMissing, PersonalKeyUnknown
from wufei.registry.personal_data import SealedTextField, sealed_fields
from wufei.registry.sealing import Key, SealBroken, key_id, seal, unseal
from wufei.terms import NamedError

BATCH = 500
RETIRE_AFTER = timedelta(minutes=10)  # a page that sealed just before the change has long been committed by then


class RetirementTooEarly(NamedError):
    """The old keys may still be in use by a page that is being answered."""

    code = "retirement_too_early"
    zh = "新密钥 {key} 启用不足 {minutes} 分钟，暂不能停用旧密钥。"
    en = "The key {key} has been in use for less than {minutes} minutes; the old ones cannot be retired yet."
    remedy_zh = "请稍后再执行 wufei keys retire。"
    remedy_en = "Run wufei keys retire a little later."


class KeysStillUsed(NamedError):
    """Some cells are sealed with a key that would be retired."""

    code = "keys_still_used"
    zh = "还有 {count} 项个人信息用旧密钥加密，不能停用旧密钥。"
    en = "{count} pieces of personal data are still sealed with an old key; it cannot be retired."
    remedy_zh = "请先执行 wufei keys rotate；仍有剩余时，按其列出的位置处理无法解开的内容。"
    remedy_en = "Run wufei keys rotate first; if some remain, see to the cells that it names as unreadable."


@dataclass
class Rotated:
    """What a rotation did: the key in use, cells sealed anew, and the cells that no key opens."""

    key: str
    cells: int = 0
    broken: list[str] = field(default_factory=list)


Progress = Callable[[str, int, int], None]


def _silent(_column: str, _done: int, _whole: int) -> None:
    """Tell nobody."""


def sealed_columns() -> Iterator[SealedTextField]:
    """Every sealed column of every model, in a fixed order."""
    for model in sorted(apps.get_models(), key=lambda m: m._meta.db_table):
        yield from sealed_fields(model)


def left_over(current: str) -> int:
    """How many cells are sealed with another key than ``current``."""
    return sum(_column_left(column, current) for column in sealed_columns())


def anything_sealed() -> bool:
    """Whether the database holds any sealed cell."""
    return left_over("") > 0


def ready_ring(path: Path, cipher: str, now: datetime) -> None:
    """Make the key file when nothing is sealed yet; raises PersonalKeysMissing where sealed data has lost its keys."""
    if path.exists():
        key_ring.load(path)
    elif anything_sealed():
        raise PersonalKeysMissing(path=path)
    else:
        key_ring.save(KeyRing.fresh(cipher, now), path)


def rotate(
    path: Path, cipher: str, now: datetime, *, progress: Progress = lambda *_: None, batch: int = BATCH
) -> Rotated:
    """Put a new key in use and seal every cell with it; goes on with an unfinished rotation instead of beginning one.

    Raises the errors of ``key_ring.load``. Cells that do not open are named and left as they are.
    """
    ring = key_ring.load(path)
    if not left_over(ring.current):
        ring = ring.with_new_key(cipher, now)
        key_ring.save(ring, path)
    done = Rotated(ring.current)
    for column in sealed_columns():
        _rotate_column(column, ring, done, progress, batch)
    return done


def retire(path: Path, now: datetime) -> list[str]:
    """Destroy the keys that seal nothing any more and return their ids: backups sealed with them become unreadable.

    Raises RetirementTooEarly or KeysStillUsed, and then nothing has changed.
    """
    ring = key_ring.load(path)
    old = sorted(set(ring.keys) - {ring.current})
    if old and now - ring.sealer.made_at < RETIRE_AFTER:
        raise RetirementTooEarly(key=ring.current, minutes=RETIRE_AFTER // timedelta(minutes=1))
    if count := left_over(ring.current):
        raise KeysStillUsed(count=count)
    key_ring.save(ring.without_old_keys(), path)
    return old


def _quoted(column: SealedTextField) -> tuple[str, str, str]:
    quote = connection.ops.quote_name
    meta = column.model._meta
    return quote(meta.db_table), quote(column.column), quote(meta.pk.column)


def _column_left(column: SealedTextField, current: str) -> int:
    table, name, _pk = _quoted(column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {table} WHERE {name} <> '' AND split_part({name}, '.', 2) <> %s",  # noqa: S608
            [current],
        )
        return int(cursor.fetchone()[0])


def _rotate_column(column: SealedTextField, ring: KeyRing, done: Rotated, progress: Progress, batch: int) -> None:
    whole, seen, last = _column_left(column, ring.current), 0, None
    while rows := _batch(column, ring.current, last, batch):
        with transaction.atomic():
            _seal_rows(column, rows, ring, done)
        seen, last = seen + len(rows), rows[-1][0]
        progress(f"{column.model._meta.db_table}.{column.column}", seen, max(whole, seen))


def _batch(column: SealedTextField, current: str, last: object, batch: int) -> list[tuple[object, str]]:
    table, name, pk = _quoted(column)
    after, given = (f"AND {pk} > %s", [last]) if last is not None else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {pk}, {name} FROM {table} WHERE {name} <> '' AND split_part({name}, '.', 2) <> %s {after}"  # noqa: S608
            f" ORDER BY {pk} LIMIT %s",
            [current, *given, batch],
        )
        return list(cursor.fetchall())


def _seal_rows(column: SealedTextField, rows: Iterable[tuple[object, str]], ring: KeyRing, done: Rotated) -> None:
    """Seal rows anew; a cell that somebody changed meanwhile is not touched, it has the new key already."""
    table, name, pk = _quoted(column)
    fresh = []
    for row, envelope in rows:
        cell = f"{column.model._meta.db_table}.{column.column}.{row}"
        try:
            fresh.append((_sealed_anew(envelope, ring, ring.sealer, cell), row, envelope))
        except (SealBroken, PersonalKeyUnknown):
            done.broken.append(cell)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {name} = %s WHERE {pk} = %s AND {name} = %s", fresh)  # noqa: S608
        done.cells += cursor.rowcount


def _sealed_anew(envelope: str, ring: KeyRing, key: Key, cell: str) -> str:
    if not key_id(envelope):
        raise SealBroken(cell=cell)
    return seal(unseal(envelope, ring.of(envelope), cell), key, cell)
