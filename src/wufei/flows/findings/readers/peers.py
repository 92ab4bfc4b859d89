"""What a site should generate, judged by its peers: the same division of industry, by output or by staff.

For each division the ratio of hazardous waste generated to a driver is taken as log-normal; its centre is the median
and its spread the median absolute deviation (× 1.4826, the standard deviation of a normal law), so that neither a few
sites that hide waste nor a few giants move them. Of the drivers known for enough peers the tightest counts.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from wufei.flows.findings.facts import Fact, Figures, Window

NORMAL = 1.4826  # Rousseeuw and Croux 1993: the MAD of a normal law, scaled to its standard deviation
LEAST_SPREAD = 0.1  # of the logarithm: peers are never known more exactly than to a tenth
DRIVERS = (("site_output_value", "产值", "output"), ("site_employees", "从业人数", "staff"))
_SITES = """
SELECT x.id, x.org_id, left(o.industry, 2)
FROM public.registry_site x JOIN public.registry_organisation o ON o.id = x.org_id
WHERE o.industry ~ '^[0-9]{2}' AND (x.closed_on IS NULL OR x.closed_on > %(day)s)
AND (x.in_operation_since IS NULL OR x.in_operation_since < make_date(%(of)s, 1, 1)) ORDER BY x.id"""
_GENERATED = """
SELECT a.place, sum(c.mass_g)::bigint FROM journal.cube c
JOIN journal.account a ON a.n = c.from_n AND a.role = 'origin' JOIN journal.stream s ON s.n = c.stream_n AND s.hazardous
WHERE c.period >= %(first)s AND c.period < %(past)s GROUP BY 1"""
_DRIVERS = """
SELECT metric, place, value FROM journal.series
WHERE metric = ANY (%(metrics)s) AND period = %(first)s AND stream = ''"""


@dataclass(frozen=True, slots=True)
class Peers:
    """A division's peers by one driver: centre and spread of log(grams per unit of the driver), and how many they are.

    ``none_percent`` is the share of them that recorded nothing, which is not part of centre and spread.
    """

    driver: str
    centre: float
    spread: float
    count: int
    none_percent: float


def expected_generation(window: Window) -> Iterator[Fact]:
    """What a site recorded in the last full year beside what its peers let expect, with a band of ``band`` spreads.

    Parameters: ``least_peers`` with records, ``band`` in spreads. Sites without a driver, and divisions with too few
    peers, are not judged.
    """
    year = window.day.year - 1
    span = {"first": str(year), "past": str(year + 1)}
    sites = list(window.rows(_SITES, of=year))
    generated = dict(window.rows(_GENERATED, **span))
    driver: dict[tuple[str, str], float] = {
        (metric, site): float(value)
        for metric, site, value in window.rows(_DRIVERS, metrics=[d[0] for d in DRIVERS], **span) if value > 0
    }  # fmt: skip
    by_division: dict[str, list[str]] = defaultdict(list)
    for site, _org, division in sites:
        by_division[division].append(site)
    known = {
        each: _peers(mine, generated, driver, int(window.number("least_peers", "个")))
        for each, mine in by_division.items()
    }
    for site, org, division in sites:
        if window.sites is not None and site not in window.sites:
            continue
        peers = next((p for p in known[division] if (p.driver, site) in driver), None)
        if peers is not None:
            names = _names(peers, division, year, window)
            figures = _figures(
                generated.get(site, 0), driver[peers.driver, site], peers, float(window.number("band", "个"))
            )
            rests = (("account", f"origin:{site}"), ("series", peers.driver))
            yield Fact(site, org, str(year), figures, rests, (), names)


def _peers(
    sites: list[str], generated: dict[str, int], driver: dict[tuple[str, str], float], least: int
) -> list[Peers]:
    """The division by each driver that enough peers have, the tightest first."""
    found = []
    for name, _zh, _en in DRIVERS:
        having = [site for site in sites if (name, site) in driver]
        logs = [math.log(generated[site] / driver[name, site]) for site in having if generated.get(site, 0) > 0]
        if len(logs) >= least:
            centre = statistics.median(logs)
            spread = max(LEAST_SPREAD, NORMAL * statistics.median(abs(x - centre) for x in logs))
            found.append(Peers(name, centre, spread, len(logs), 100 * (len(having) - len(logs)) / len(having)))
    return sorted(found, key=lambda p: p.spread)


def _figures(recorded: int, driver: float, peers: Peers, band: float) -> Figures:
    centre = peers.centre + math.log(driver)
    expected, low, high = (round(math.exp(centre + k * peers.spread)) for k in (0, -band, band))
    away = (math.log(recorded) - centre) / peers.spread if recorded > 0 else None
    return {
        "recorded_g": recorded, "expected_g": expected, "low_g": low, "high_g": high, "peers_count": peers.count,
        "of_expected_percent": Decimal(recorded) * 100 / expected if expected else None,
        "spreads_count": None if away is None else Decimal(round(away, 2)).quantize(Decimal("0.01")),
        "none_percent": Decimal(round(peers.none_percent, 1)), "spread_percent": Decimal(round(100 * peers.spread, 1)),
    }  # fmt: skip


def _names(peers: Peers, division: str, year: int, window: Window) -> dict[str, str]:
    """The reasons in words: which driver, which industry, and how sure it is."""
    industry = window.catalog.national.find("industries", division)
    sure = peers.count >= 20 and peers.spread <= 0.5
    fair = peers.count >= 12 and peers.spread <= 0.9
    zh, en = (
        ("把握较大", "fairly sure")
        if sure
        else ("有一定把握", "moderately sure")
        if fair
        else ("仅供参考", "a hint only")
    )
    _id, driver_zh, driver_en = next(each for each in DRIVERS if each[0] == peers.driver)
    return {
        "driver_zh": driver_zh, "driver_en": driver_en, "sure_zh": zh, "sure_en": en, "of": str(year),
        "industry_zh": industry.zh if industry else division, "industry_en": industry.en if industry else division,
    }  # fmt: skip
