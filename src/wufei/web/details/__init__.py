"""What each kind's page shows beyond the common parts: ``DETAILS[kind](plan, item, lang)`` gives a Detail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wufei.web.details import catalogue, duties, figures, indicators, orgs, promises
from wufei.web.details.parts import Detail
from wufei.web.plan import Plan

DETAILS: dict[str, Callable[[Plan, Any, str], Detail]] = {
    "indicators": indicators.indicator,
    "tasks": duties.task,
    "measures": duties.measure,
    "projects": duties.project,
    "orgs": orgs.org,
    "places": catalogue.place,
    "streams": catalogue.stream,
    "bulletins": figures.bulletin,
    "metrics": figures.metric,
    "sheets": figures.sheet,
    "sources": catalogue.source,
    "commitments": promises.commitment,
    "systems": promises.system,
    "corrections": promises.correction,
}
