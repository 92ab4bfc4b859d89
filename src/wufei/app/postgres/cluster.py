"""Making the cluster: initdb into a draft folder that gets its name only when it is whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from wufei.app.console import say, warn
from wufei.app.postgres.access import SUPERUSER
from wufei.app.postgres.account import Account, for_initdb
from wufei.app.postgres.errors import DatabaseDiskFull, DatabaseNotCreated, DatabaseVersionDiffers

DRAFT = "cluster.new"
WANTED_MB = 200
# Sorting and letter classes of PostgreSQL's own Unicode tables: they see Chinese letters (pg_trgm needs that) and
# do not change when the machine's C library does.
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--encoding=UTF8")


def move_aside(folder: Path) -> Path:
    """Rename a half-made folder, never delete it; return its new name."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside = folder.with_name(f"{folder.name.removesuffix('.new')}-half-made-{stamp}")
    count = 1
    while aside.exists():
        count += 1
        aside = folder.with_name(f"{folder.name.removesuffix('.new')}-half-made-{stamp}-{count}")
    folder.rename(aside)
    warn(
        f"发现上次未建完的数据库，已移到 {aside}（未删除），现在重新创建",
        f"a half-made database was found; it was moved to {aside} (not deleted) and is made anew",
    )
    return aside


def is_whole(cluster: Path) -> bool:
    """Whether the folder is a finished cluster."""
    return (cluster / "PG_VERSION").is_file() and (cluster / "global/pg_control").is_file()


def clear_the_way(home: Path, cluster: Path) -> None:
    """Move aside what an interrupted creation left."""
    if (home / DRAFT).exists():
        move_aside(home / DRAFT)
    if cluster.exists() and not is_whole(cluster):
        move_aside(cluster)


def check_version(cluster: Path, programs: Path) -> None:
    """Refuse a cluster of another major version."""
    found = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    shown = subprocess.run([programs / "bin/postgres", "--version"], capture_output=True, text=True, check=True)
    wanted = shown.stdout.split()[2].split(".")[0]
    if found != wanted:
        raise DatabaseVersionDiffers(path=cluster, found=found, wanted=wanted)


def create(home: Path, cluster: Path, programs: Path, account: Account, password: str) -> None:
    """Run initdb in the draft folder and rename it to `cluster`; raises DatabaseNotCreated."""
    free_mb = shutil.disk_usage(home).free // 1_000_000
    if free_mb < WANTED_MB:
        raise DatabaseDiskFull(path=home, free_mb=free_mb, wanted_mb=WANTED_MB)
    say("正在创建数据库", "creating the database")
    maker = for_initdb(account)
    draft = home / DRAFT
    password_file = home / "initdb-password"
    draft.mkdir(mode=0o700)
    maker.own(draft)
    try:
        _write_password(password_file, password, maker)
        _initdb(draft, programs, maker, password_file)
    finally:
        password_file.unlink(missing_ok=True)
    account.own_tree(draft)
    draft.rename(cluster)


def _write_password(path: Path, password: str, maker: Account) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password)
    maker.own(path)


def _initdb(draft: Path, programs: Path, maker: Account, password_file: Path) -> None:
    command: list[str | Path] = [
        programs / "bin/initdb",
        "--pgdata",
        draft,
        "--username",
        SUPERUSER,
        "--auth=scram-sha-256",
    ]
    command += [f"--pwfile={password_file}", *LOCALE]
    done = subprocess.run(command, **maker.popen(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DatabaseNotCreated(path=draft, tail=(done.stderr or done.stdout)[-1500:].strip())
