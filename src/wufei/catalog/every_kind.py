"""Which kinds a nation's folder holds and which a city's: a folder is read as the kind of its name."""

from __future__ import annotations

from wufei.catalog.alarm_rules import Rule
from wufei.catalog.boundaries import Boundary
from wufei.catalog.bulletins import Bulletin
from wufei.catalog.checklists import Checklist
from wufei.catalog.correction import Correction
from wufei.catalog.demo_cases import DemoCase
from wufei.catalog.demo_orgs import DemoOrg
from wufei.catalog.exchange import ExchangeLayout
from wufei.catalog.flow_layouts import FlowLayout
from wufei.catalog.forms import Form
from wufei.catalog.holidays import Holidays
from wufei.catalog.items import Item
from wufei.catalog.kinds import (
    City,
    Commitment,
    Indicator,
    Measure,
    Metric,
    NationalIndicator,
    Org,
    Place,
    Project,
    Role,
    Source,
    Stream,
    System,
    Task,
)
from wufei.catalog.privacy_kinds import PRIVACY_KINDS, PrivacyContact
from wufei.catalog.registry_kinds import REGISTRY_KINDS
from wufei.catalog.security_kinds import SECURITY_KINDS
from wufei.catalog.sheets import Sheet
from wufei.catalog.tolerances import WeightTolerance
from wufei.catalog.workflows import Workflow

_NATIONAL: tuple[type[Item], ...] = (
    *REGISTRY_KINDS,
    *PRIVACY_KINDS,
    *SECURITY_KINDS,
    Workflow,
    Form,
    Holidays,
    WeightTolerance,
    Rule,
    FlowLayout,
    Checklist,
    Source,
    Role,
    Stream,
    Metric,
    NationalIndicator,
    Sheet,
    ExchangeLayout,
)
NATIONAL: dict[str, type[Item]] = {c.kind: c for c in _NATIONAL}
CITY: dict[str, type[Item]] = {
    c.kind: c
    for c in (
        Source,
        Metric,
        City,
        Place,
        Org,
        Indicator,
        Task,
        Measure,
        Project,
        Commitment,
        System,
        Correction,
        Stream,
        Bulletin,
        Boundary,
        PrivacyContact,
        DemoOrg,
        DemoCase,
    )
}
