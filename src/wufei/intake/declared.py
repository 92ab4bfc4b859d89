"""What stands in an accepted yearly declaration is not taken back beside it: the declaration is opened first."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from psycopg import Connection

from wufei.intake.delegated import place_of
from wufei.journal import Record
from wufei.journal.asking import ask
from wufei.terms import NamedError, Period


class RecordDeclared(NamedError):
    """A record whose mass stands in an accepted declaration."""

    code = "record_declared"
    zh = "这条记录的质量已计入场所 {site} 被接受的 {period} 年度申报，不能单独冲正或更正。"
    en = "The mass of this record stands in the accepted declaration of {period} of {site}; it is not reversed alone."
    remedy_zh = "请先在该申报事项中“更正申报”；申报重新打开后即可冲正，再重新取数报送。"
    remedy_en = (
        "Take the declaration’s step “Correct the declaration” first; then reverse, and file it with its figures anew."
    )


_DECLARED = """
SELECT d.site, d.period FROM public.registry_declared(%s) AS d
WHERE EXISTS (SELECT FROM journal.stream s WHERE s.id = ANY (%s) AND s.hazardous) ORDER BY d.site, d.period"""


def refusal(connection: Connection[Any], old: Record) -> RecordDeclared | None:
    """Why ``old`` may be neither reversed nor replaced now; None when it may. One query."""
    ends = {end for entry in old.entries for end in (entry.from_account, entry.to_account)}
    sites = sorted({place_of(end) for end in ends if not end.startswith(("transit:", "outside:"))})
    streams = sorted({entry.stream for entry in old.entries})
    day = timezone.localdate(old.happened_at)
    for site, period in ask(connection, _DECLARED, (sites, streams)).fetchall() if sites else ():
        declared = Period.parse(period)
        if declared.kind == "year" and day in declared:
            return RecordDeclared(site=site, period=period)
    return None
