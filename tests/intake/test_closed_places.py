"""What is closed starts nothing new in the journal, and finishes what is open."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from tests.intake.files import as_csv, row
from tests.registry.rows import a_site, an_org
from wufei.catalog import Catalog
from wufei.intake import posting
from wufei.intake.importing import Wish, run_import
from wufei.intake.payload import CorrectionIn, RecordIn, ReversalIn
from wufei.intake.posting import Speaker
from wufei.journal.mirror import mirror
from wufei.registry.closing import close
from wufei.registry.closures import closures
from wufei.registry.merging import merge
from wufei.registry.models import Organisation, Site

CLOSED = date(2025, 3, 10)
BEFORE, AFTER = "2025-03-09T10:00:00+08:00", "2025-03-10T00:30:00+08:00"


@pytest.fixture
def works(journal: Connection[Any], catalogue: Catalog) -> Site:
    from wufei import catalog

    catalog.install(catalogue)
    site = a_site(an_org())
    other = a_site(an_org())
    other.name_zh = "另一场所"
    other.save()
    mirror(journal, catalogue)
    return site


def payload(source: str, target: str, when: str = AFTER, grams: int = 5, **more: Any) -> dict[str, Any]:
    entry = {"from": source, "to": target, "stream": "coal_fly_ash", "mass_g": grams}
    said = {"happened_at": when, "period": "2025-03", "basis": "measured", "rule": "hj 6.2", "entries": [entry]}
    return said | more


def post(journal: Connection[Any], site: Site, *payloads: dict[str, Any]) -> list[str]:
    told = posting.post(journal, payloads, Speaker("person-1", site.org_id), row_mode=True)
    return [t.error.code if t.error else t.outcome for t in told]


def other_of(site: Site) -> Site:
    return Site.objects.exclude(pk=site.pk).get(name_zh="另一场所")


def test_nothing_new_begins_at_a_closed_site(journal: Connection[Any], works: Site) -> None:
    origin, shed, plant = (f"{role}:{works.pk}" for role in ("origin", "storage", "process"))
    assert post(journal, works, payload(origin, shed, BEFORE, 100)) == ["appended"]
    close(works, CLOSED, "停产")
    assert post(journal, works, payload(origin, shed)) == ["closed_to_new"]
    assert post(journal, works, payload(f"storage:{other_of(works).pk}", shed)) == ["closed_to_new"]
    assert post(journal, works, payload(origin, shed, BEFORE)) == ["appended"], "what happened before may still be told"
    assert post(journal, works, payload(shed, plant), payload(shed, "transit:m1"), payload("transit:m1", shed)) == [
        "appended", "appended", "appended",
    ]  # fmt: skip


def test_what_was_said_is_reversed_and_corrected(journal: Connection[Any], works: Site) -> None:
    origin, shed = f"origin:{works.pk}", f"storage:{works.pk}"
    [first] = posting.post(journal, [payload(origin, shed, AFTER, 7)], Speaker("person-1", works.org_id))
    [second] = posting.post(journal, [payload(origin, shed, AFTER, 8)], Speaker("person-1", works.org_id))
    assert first.id
    assert second.id
    close(works, CLOSED, "停产")
    speaker = Speaker("person-1", works.org_id)
    [told] = posting.reverse_record(journal, first.id, ReversalIn(note="重复"), speaker)
    assert told.stands, told
    new = CorrectionIn(note="改量", record=RecordIn(**payload(origin, shed, AFTER, 9)))
    assert all(t.stands for t in posting.correct_record(journal, second.id, new, speaker))


def test_an_atomic_batch_is_held_back_and_a_resent_record_is_a_duplicate(
    journal: Connection[Any], works: Site
) -> None:  # fmt: skip
    origin, shed = f"origin:{works.pk}", f"storage:{works.pk}"
    sent = payload(origin, shed, id="0195741a-0000-7000-8000-000000000001")
    assert post(journal, works, sent) == ["appended"]
    close(works, CLOSED, "停产")
    assert post(journal, works, sent) == ["duplicate"]
    far = other_of(works)
    batch = [payload(f"origin:{far.pk}", f"storage:{far.pk}"), payload(origin, shed)]
    told = posting.post(journal, batch, Speaker("person-1", far.org_id))
    assert [t.outcome for t in told] == ["held", "refused"]
    assert told[1].error is not None
    assert told[1].error.place == "records[1]"


def test_a_closed_or_merged_organisation_begins_nothing(
    journal: Connection[Any], works: Site, catalogue: Catalog
) -> None:  # fmt: skip
    far = other_of(works)
    close(works.org, CLOSED, "注销")
    said = payload(f"origin:{far.pk}", f"storage:{far.pk}")
    assert post(journal, works, said) == ["closed_to_new"]
    assert post(journal, far, payload(f"origin:{works.pk}", f"storage:{works.pk}")) == ["closed_to_new"]
    merged = a_site(an_org()).org
    merge(merged, far.org, "person-1", datetime(2025, 3, 10, tzinfo=UTC), catalogue)
    assert [t.error and t.error.code for t in posting.post(journal, [said], Speaker("person-1", merged.pk))] == [
        "merged_away"
    ]


def test_an_import_refuses_the_rows_that_begin_something(
    journal: Connection[Any], works: Site, catalogue: Catalog, tmp_path: Path
) -> None:
    far = other_of(works)
    close(works, date(2025, 1, 1), "停产")
    rows = [row(source=f"origin:{s.pk}", target=f"storage:{s.pk}") for s in (works, far, works)]
    wish = Wish("entries", as_csv(tmp_path / "a.csv", rows), "person:1", far.org_id, mode="rows")
    report = run_import(journal, catalogue, wish, now=lambda: datetime.now(UTC))
    assert (report.appended, report.refused) == (1, 2)
    assert {error["error"]["code"] for error in report.errors} == {"closed_to_new"}


def test_a_batch_is_asked_for_in_one_query(journal: Connection[Any], works: Site) -> None:
    close(works, CLOSED, "停产")
    far = other_of(works)
    Organisation.objects.filter(pk=far.org_id).update(closed_on=date(2030, 1, 1))
    found = closures(journal, [works.pk, works.org_id, far.pk, far.org_id, "nowhere"])
    assert set(found) == {works.pk, far.pk, far.org_id}
    told = {key: error.code for key in (works.pk, far.pk) if (error := found[key].refusal(CLOSED))}
    assert told == {works.pk: "closed_to_new"}
    assert closures(journal, []) == {}
