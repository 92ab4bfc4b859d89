"""Django's database row: the embedded server as its data folder describes it, or a server of your own by URL."""

from __future__ import annotations

from typing import Any

import dj_database_url

from wufei.app.config import Settings, SettingUnreadable
from wufei.app.postgres.access import APP, DATABASE, OWNER, read_access

KEEP_SECONDS = 600


def rows(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two rows of Django's DATABASES: as the pages' role, and as the role that owns the tables."""
    if settings.database_url:
        owner = settings.owner_database_url or settings.database_url
        app_row, owner_row = _parse("DATABASE_URL", settings.database_url), _parse("WUFEI_OWNER_DATABASE_URL", owner)
    else:
        app_row, owner_row = _embedded(settings, APP), _embedded(settings, OWNER)
    common = {"CONN_MAX_AGE": KEEP_SECONDS, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
    return app_row | common, owner_row | common


def _embedded(settings: Settings, role: str) -> dict[str, Any]:
    access = read_access(settings.data)
    if access is None:  # the folder has not been started yet; a connection will say so
        engine = "django.db.backends.postgresql"
        return {"ENGINE": engine, "NAME": DATABASE, "USER": role, "HOST": str(settings.data / "postgres/socket")}
    return access.django(role)


def _parse(env: str, url: str) -> dict[str, Any]:
    wanted = {
        "wanted_zh": " postgres://用户:密码@主机:端口/库名",
        "wanted_en": "postgres://user:password@host:port/name",
    }
    try:
        row = dict(dj_database_url.parse(url))
    except (ValueError, KeyError) as error:
        raise SettingUnreadable(env=env, value=_without_password(url), **wanted) from error
    if row.get("ENGINE") != "django.db.backends.postgresql":
        raise SettingUnreadable(env=env, value=_without_password(url), **wanted)
    return row


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.rpartition(':')[0]}:***@{tail}" if at else url
