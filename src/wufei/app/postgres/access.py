"""How to reach the embedded server: its socket folder and the passwords of its three roles, kept 0600."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from wufei.app.data_folder import write_private

FILE = "database.json"
DATABASE = "wufei"
SUPERUSER = "wufei_superuser"  # makes roles and the database; used by the starter alone
OWNER = "wufei_owner"  # owns the tables; used by migrations
APP = "wufei_app"  # what the pages use


@dataclass(frozen=True)
class Access:
    """Where the server's socket is and each role's password. PostgreSQL is given a folder as its host."""

    socket_folder: str
    passwords: dict[str, str]
    port: int = 5432

    def parameters(self, role: str, database: str = DATABASE) -> dict[str, Any]:
        """Connection parameters for psycopg."""
        return {
            "host": self.socket_folder,
            "port": self.port,
            "user": role,
            "password": self.passwords[role],
            "dbname": database,
        }

    def django(self, role: str) -> dict[str, Any]:
        """The same as a row of Django's DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": role,
            "PASSWORD": self.passwords[role],
            "HOST": self.socket_folder,
            "PORT": str(self.port),
        }

    def at(self, socket_folder: Path) -> Access:
        """The same passwords, another socket folder."""
        return replace(self, socket_folder=str(socket_folder))

    def save(self, data: Path) -> None:
        """Write the file into the data folder."""
        write_private(data / FILE, json.dumps(asdict(self), indent=1))


def new_access() -> Access:
    """Fresh passwords, no socket yet."""
    return Access("", {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APP)})


def read_access(data: Path) -> Access | None:
    """Read the file of the data folder; None when it is absent or unreadable as such."""
    try:
        return Access(**json.loads((data / FILE).read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError, TypeError):
        return None
