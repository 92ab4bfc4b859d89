"""Sound rows of the registry, for tests."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from wufei import catalog
from wufei.registry.credit_code import check_character, org_check_character
from wufei.registry.fleet import VEHICLE, enter_in_fleet
from wufei.registry.models import Organisation, Permit, Site, Vehicle
from wufei.registry.organisations import enter_organisation
from wufei.registry.permits import enter_permit
from wufei.registry.sites import enter_site

DAY = date(2025, 6, 1)
_numbers = itertools.count(1)


def credit_code(number: int) -> str:
    """A sound code of an enterprise in Hohhot."""
    inner = f"{number:08d}"
    body = "91150100" + inner + org_check_character(inner)
    return body + check_character(body)


def an_org(name: str = "", **more: Any) -> Organisation:
    n = next(_numbers)
    values = {"name_zh": name or f"呼和浩特第{n}化工有限公司", "kind": "enterprise", "credit_code": credit_code(n)}
    return enter_organisation(values | more, catalog.current())


def a_site(org: Organisation, name: str = "厂区", **more: Any) -> Site:
    values = {"org": org, "name_zh": name, "place": "togtoh"}
    return enter_site(values | more, catalog.current(), day=DAY)


def a_vehicle(org: Organisation, plate: str = "", **more: Any) -> Vehicle:
    values = {"org": org, "plate": plate or f"蒙A{next(_numbers):05d}", "kind": "tank_truck"}
    return enter_in_fleet(VEHICLE, values | more, catalog.current(), day=DAY)


def a_permit(org: Organisation, site: Site | None = None, streams: tuple[str, ...] = (), **more: Any) -> Permit:
    values = {
        "org": org, "site": site, "kind": "operating_licence", "number": f"1501{next(_numbers):06d}",
        "valid_from": date(2024, 1, 1), "valid_to": date(2028, 12, 31), "issuer": "自治区生态环境厅",
    }  # fmt: skip
    lines = [{"stream": stream, "quota_g_per_year": 1_000_000} for stream in streams]
    return enter_permit(values | more, lines, catalog.current(), day=DAY)
