"""Every list, declared once: its columns, filters and words. ``TABLES[kind](plan)`` gives the Table."""

from __future__ import annotations

from collections.abc import Callable

from wufei.reports.table import Table
from wufei.web.lists import catalogue, duties, figures, indicators, promises
from wufei.web.plan import Plan

TABLES: dict[str, Callable[[Plan], Table]] = {
    "indicators": indicators.indicators,
    "tasks": duties.tasks,
    "measures": duties.measures,
    "projects": duties.projects,
    "orgs": catalogue.orgs,
    "places": catalogue.places,
    "streams": catalogue.streams,
    "bulletins": figures.bulletins,
    "metrics": figures.metrics,
    "sheets": figures.sheets,
    "sources": catalogue.sources,
    "commitments": promises.commitments,
    "systems": promises.systems,
    "corrections": promises.corrections,
    "findings": promises.findings,
}
