"""Which account runs the server. PostgreSQL refuses root, so root takes on a number that nobody else uses.

A number without a name is enough for the server, and unlike ``nobody`` it is shared with no other program that
could then read the database's files. Only ``initdb`` insists on a named account: it runs once as ``nobody``, and
what it made is then given to the number.
"""

from __future__ import annotations

import ctypes
import grp
import os
import pwd
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wufei.app.postgres.errors import DatabaseAccountMissing

# Numbers that neither Debian (policy 9.2.2) nor systemd (its UIDS-GIDS document) hands out.
FREE_NUMBERS = range(60706, 61184)
PR_SET_PDEATHSIG = 1
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class Account:
    """The account of the server: ``None`` means whoever runs this, otherwise a number to take on."""

    uid: int | None

    def popen(self) -> dict[str, Any]:
        """Arguments for ``subprocess``: become the account, own environment, a folder everyone may stand in."""
        arguments: dict[str, Any] = {"cwd": "/", "env": dict(_ENVIRONMENT), "stdin": subprocess.DEVNULL}
        if self.uid is not None:
            arguments |= {"user": self.uid, "group": self.uid, "extra_groups": []}
        return arguments

    def own(self, path: Path) -> None:
        """Give `path` itself (no link's target) to the account."""
        if self.uid is not None:
            os.chown(path, self.uid, self.uid, follow_symlinks=False)

    def own_tree(self, root: Path) -> None:
        """Give everything under `root` to the account."""
        if self.uid is None:
            return
        self.own(root)
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                self.own(Path(folder) / name)

    def reaches(self, path: Path) -> bool:
        """Whether the account can walk to `path`, and into it or read it: tried, not guessed."""
        flag, mode = ("-x", os.X_OK) if path.is_dir() else ("-r", os.R_OK)
        if self.uid is None:
            return os.access(path, mode)
        return subprocess.run(["/usr/bin/test", flag, str(path)], **self.popen(), check=False).returncode == 0


def choose(cluster: Path) -> Account:
    """The account for the cluster at `cluster`: its owner when it exists, a free number when root makes it."""
    if os.geteuid() != 0:
        return Account(None)
    if cluster.exists() and (uid := cluster.stat().st_uid):
        return Account(uid)
    account = Account(next(n for n in FREE_NUMBERS if not _named(n)))
    try:
        subprocess.run(["/usr/bin/test", "-r", "/"], **account.popen(), check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise DatabaseAccountMissing(reason=error) from error
    return account


def for_initdb(account: Account) -> Account:
    """An account with a name for initdb to run as."""
    return account if account.uid is None or _named(account.uid) else Account(pwd.getpwnam("nobody").pw_uid)


def _named(number: int) -> bool:
    """Whether some account or group of this machine has the number."""
    for look_up in (pwd.getpwuid, grp.getgrgid):
        try:
            look_up(number)
        except KeyError:
            continue
        return True
    return False


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a function for a fresh child: have the kernel send it the signal when its parent dies (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)

    return ask
