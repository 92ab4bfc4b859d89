"""The dossier of a site that breaks several rules shows each of them, and nothing that is not so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import Connection

from tests.flows.conftest import OIL, city, moved, observed, post  # noqa: F401
from wufei import catalog
from wufei.app import findings
from wufei.journal.moments import CITY_TIME
from wufei.registry.models import Permit, Site, Storage
from wufei.reports.dossier import dossier
from wufei.reports.dossier_files import files_of
from wufei.reports.dossier_sections import sections

TRIP = "transit:0199a000-0000-7000-8000-{:012}"
PLANTED = {"storage_point_over", "not_in_plan", "weights_repeat", "treated_without_permit", "plan_missing"}


def planted(connection: Connection[Any], day: date) -> None:
    """Faults at the works, and the same done well at the clinic."""
    Storage.objects.create(site_id="site-works", name_zh="贮存点", kind="storage_point")
    Storage.objects.create(site_id="site-clinic", name_zh="贮存库", kind="storehouse", capacity_g=9_000_000)
    Site.objects.filter(pk__in=("site-works", "site-clinic")).update(in_operation_since=date(day.year - 9, 1, 1))
    for site in ("site-works", "site-clinic"):
        post(connection, moved(f"origin:{site}", f"storage:{site}", 4_000_000, on=day))
    post(connection, moved("storage:site-works", "process:site-works", 10_000, on=day))
    for n in range(5):
        post(connection, moved("storage:site-works", TRIP.format(n), 123_457, on=day))
    post(connection, moved("storage:site-clinic", TRIP.format(9), 200_000, on=day))
    for metric in ("planned_hazardous_generation", "planned_hazardous_transfer"):
        post(connection, observed(metric, "site-clinic", 5_000_000, str(day.year), stream=OIL))


def test_every_planted_fault_and_no_other(city: Connection[Any]) -> None:  # noqa: F811
    now = datetime.now(UTC) - timedelta(minutes=1)
    day = date(now.year, 5, 20) if now.month > 5 else date(now.year - 1, 5, 20)
    planted(city, day)
    raised = findings.run(city, catalog.current(), day, now)
    assert raised.failed == ()
    told = {
        site: dossier(city, Site.objects.select_related("org").get(pk=site), now, catalog.current())
        for site in ("site-works", "site-clinic")
    }
    assert {finding["rule"] for finding in told["site-works"]["findings"]} == PLANTED
    assert told["site-clinic"]["findings"] == []
    for finding in told["site-works"]["findings"]:  # each can be explained: figures, records, words
        assert finding["figures"]
        assert finding["rests_on"]
        assert "托克托机械厂厂区" in finding["why_zh"]
    (line,) = told["site-works"]["balance"][str(day.year)]
    assert (line["generated_g"], line["handed_over_g"], line["treated_g"], line["apart_g"]) == (
        4_000_000,
        617_285,
        10_000,
        0,
    )


def test_the_dossier_is_laid_out_in_both_languages(city: Connection[Any]) -> None:  # noqa: F811
    Permit.objects.filter(org_id="plant").update(valid_to=date(2021, 1, 1))
    site = Site.objects.select_related("org").get(pk="site-plant")
    told = dossier(city, site, datetime.now(CITY_TIME), catalog.current())
    for lang, word in (("zh", "失效"), ("en", "not in force")):
        laid = {s.id: s for s in sections(told, catalog.current(), lang)}
        assert word in laid["permits"].rows[0]
        assert len(laid) == 9
    files = files_of(told, catalog.current(), "en")
    assert files["dossier.pdf"].startswith(b"%PDF")
    assert b"national_number" in files["manifests.csv"]
