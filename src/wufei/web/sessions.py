"""Sessions in the database that are read and written at the door only: under a hat nobody sees anybody's session."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db

from wufei.registry.access.force import door


class SessionStore(db.SessionStore):
    """Django's own store, each of whose questions to the database is asked at the door."""

    def load(self) -> dict[str, Any]:
        """The session's content; empty for one that is not there."""
        with door():
            found: dict[str, Any] = super().load()
            return found

    def exists(self, session_key: str) -> bool:
        """Whether a session has that key."""
        with door():
            return bool(super().exists(session_key))

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002
        """Write the session."""
        with door():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        """End the session."""
        with door():
            super().delete(session_key)

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what is over."""
        with door():
            super().clear_expired()
