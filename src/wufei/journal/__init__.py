"""The journal: append records, keep the chain, fold them to Book, Desk and Series, and answer as known on a day.

One entry moves one mass of one stream from one account to another, so mass is conserved by construction.
``append`` is the only way in; nothing is ever changed or deleted. The rules stand in the database (``sql/``).
"""

from wufei.journal.append import append, reverse
from wufei.journal.records import Entry, Evidence, Observation, Outcome, Record, Step, new_id

__all__ = ["Entry", "Evidence", "Observation", "Outcome", "Record", "Step", "append", "new_id", "reverse"]
