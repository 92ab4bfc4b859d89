"""A city with faults planted in it, and with what is near a fault and is none: seeded, so that it can be made again.

Every firm keeps its books well, but some. Each rule has ``EACH`` firms that break it and as many that come near; the
others differ from one another as firms do (generation spreads log-normally around what their output lets expect).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from wufei.journal import Entry, Observation, Record, Step
from wufei.journal.moments import CITY_TIME

DAY = date(2025, 6, 10)
MONTHS = [date(2024 + n // 12, n % 12 + 1, 1) for n in range(17)]  # up to May of the year
EACH = 6
PLANTS = 40
STREAMS = (
    "900-249-08",
    "900-041-49",
    "900-052-31",
    "336-064-17",
    "900-252-12",
    "261-084-45",
    "772-006-49",
    "900-300-34",
)
DIVISIONS = ("26", "27", "30", "31", "32", "36", "38", "39")
SPREAD = 0.3  # of log generation per output among honest firms
MILLION_G = 1_000_000


@dataclass
class Firm:
    """What a firm does, where it differs from what the plan, the licence or the peers let expect: see ``FAULTS``."""

    n: int
    stream: str
    division: str
    output: int  # 万元 a year
    generated_g: int  # a year
    plan_generation: float = 1.5  # of what it generates in the year up to the day
    plan_transfer: float | None = 1.3  # of what it hands over; None: the plan has no such line
    plan: bool = True
    declared: bool = True
    silent_from: int | None = None  # the month from which nothing is recorded
    kept_from: int | None = None  # the month from which nothing is handed over
    gone_again: bool = False  # all of it was in the end
    point_g: int | None = None  # what lies at its storage point
    full: float | None = None  # of the capacity
    repeats: int = 0
    repeated_g: int = 0
    treats: float | None = None  # of its kiln's daily capacity
    heading: bool = True
    late_days: int | None = None
    state: str = "in_transit"
    apart: float = 0.0  # by which a load of the day arrives lighter
    told: bool = False
    plant: int = -1

    @property
    def site(self) -> str:
        """The id of its site."""
        return f"site-gen-{self.n}"

    @property
    def org(self) -> str:
        """Its own id."""
        return f"gen-{self.n}"


Change = Callable[[Firm, random.Random], None]


def _sets(**values: Any) -> Change:
    def change(firm: Firm, rng: random.Random) -> None:
        for name, value in values.items():
            setattr(firm, name, value(rng) if callable(value) else value)

    return change


def _odd(rng: random.Random) -> int:
    return rng.randint(150_000, 900_000) * 7 + 1


def _over_a_point(rng: random.Random) -> int:
    return 3 * MILLION_G + rng.randint(1, MILLION_G)


def _low(share: float) -> Change:
    def change(firm: Firm, _rng: random.Random) -> None:
        firm.generated_g = int(firm.output * 2_000 * share)

    return change


# Rule: what breaks it, and what comes near.
FAULTS: dict[str, tuple[Change, Change]] = {
    "plan_exceeded": (_sets(plan_transfer=lambda r: r.uniform(0.75, 0.95)), _sets(plan_transfer=1.0)),
    "generation_beyond_plan": (_sets(plan_generation=lambda r: r.uniform(0.6, 0.82)), _sets(plan_generation=0.85)),
    "not_in_plan": (_sets(plan_transfer=None), _sets(plan_transfer=1.001)),
    "plan_missing": (_sets(plan=False), _sets(plan=True)),
    "declaration_missing": (_sets(declared=False), _sets(declared=True)),
    "no_activity": (_sets(silent_from=10), _sets(silent_from=15)),
    "stored_long_by_generator": (_sets(kept_from=3), _sets(kept_from=3, gone_again=True)),
    "storage_point_over": (_sets(point_g=_over_a_point), _sets(point_g=3 * MILLION_G)),
    "storage_full": (_sets(full=lambda r: r.uniform(1.01, 1.4)), _sets(full=0.93)),
    "weights_repeat": (_sets(repeats=5, repeated_g=_odd), _sets(repeats=6, repeated_g=200_000)),
    "treated_without_permit": (_sets(treats=0.5, heading=False), _sets(treats=0.5)),
    "beyond_daily_capacity": (_sets(treats=lambda r: r.uniform(1.12, 1.8)), _sets(treats=1.08)),
    "receipt_overdue": (_sets(late_days=lambda r: r.randint(0, 30)), _sets(late_days=-1)),
    "return_overdue": (_sets(late_days=3, state="returning"), _sets(late_days=-1, state="returning")),
    "paper_not_entered": (_sets(late_days=3, state="paper"), _sets(late_days=-2, state="paper")),
    "weights_differ": (_sets(apart=lambda r: r.uniform(0.034, 0.2)), _sets(apart=0.029)),
    "below_peers": (_low(0.15), _low(0.6)),
}  # fmt: skip
# What breaks one rule breaks another with it, and whose loads are judged at the plant that takes them: the first plant.
WITH_IT = {"plan_missing": "not_in_plan"}
AT_PLANT = {"weights_differ": 0, "receipt_overdue": 12}
# At plants: the licence's line beside what was taken in, and what has no line.
PLANT_FAULTS = ("licence_quota_used", "outside_licence", "stored_too_long")


@dataclass
class City:
    """The firms and plants, and where each rule was broken (rule, site)."""

    firms: list[Firm]
    planted: set[tuple[str, str]] = field(default_factory=set)
    near: set[tuple[str, str]] = field(default_factory=set)
    seed: int = 1

    def plants(self, rule: str) -> tuple[list[int], list[int]]:
        """The plants that break a rule, and those that come near."""
        first = PLANT_FAULTS.index(rule) * 2 * EACH
        return list(range(first, first + EACH)), list(range(first + EACH, first + 2 * EACH))


def make(size: int, seed: int = 1) -> City:
    """A city of ``size`` firms with every fault planted. Raises ValueError when they are too few."""
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    if size < 2 * EACH * len(FAULTS) + 200:
        raise ValueError(size)
    firms = [_firm(n, rng) for n in range(size)]
    city = City(firms, seed=seed)
    order = rng.sample(range(size), size)
    for rule, changes in FAULTS.items():
        for side, (change, told) in enumerate(zip(changes, (city.planted, city.near), strict=True)):
            for turn in range(EACH):
                firm = firms[order.pop()]
                change(firm, rng)
                if rule in AT_PLANT:
                    firm.plant = AT_PLANT[rule] + side * EACH + turn
                told.add((rule, f"site-plant-{firm.plant}" if rule in AT_PLANT else firm.site))
                if told is city.planted and rule in WITH_IT:
                    told.add((WITH_IT[rule], firm.site))
    for rule in PLANT_FAULTS:
        for plants, told in zip(city.plants(rule), (city.planted, city.near), strict=True):
            told |= {(rule, f"site-plant-{n}") for n in plants}
    return city


def _firm(n: int, rng: random.Random) -> Firm:
    output = int(math.exp(rng.gauss(9, 0.8)))
    generated = int(output * 2_000 * math.exp(rng.gauss(0, SPREAD)))
    return Firm(n, STREAMS[n % len(STREAMS)], DIVISIONS[n // len(STREAMS) % len(DIVISIONS)], output, generated,
                plant=n % PLANTS)  # fmt: skip


BASIS: dict[str, Any] = {"actor": "person-1", "rule": "hj_1259_2022 6.2"}


def at(day: date, minute: int = 600) -> datetime:
    """An instant of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=CITY_TIME) + timedelta(minutes=minute % 1440)


def move(source: str, target: str, stream: str, mass_g: int, when: datetime, org: str) -> Record:
    """One entry as a record of its own."""
    entry = Entry(source, target, stream, mass_g)
    return Record(when, when.strftime("%Y-%m"), "measured", acting_for=org, entries=(entry,), **BASIS)


def observe(metric: str, place: str, value: int, period: str, unit: str, stream: str | None = None) -> Record:
    """One observation as a record of its own."""
    seen = Observation(metric, place, Decimal(value), unit, stream)
    return Record(at(date(2025, 1, 6)), period, "declared", acting_for="-", observations=(seen,), **BASIS)


@dataclass(frozen=True)
class Turn:
    """A step of a manifest: its number, transition, the state reached, when, and by when the next is due."""

    no: int
    name: str
    state: str
    when: datetime
    due: datetime | None = None


class Books:
    """The records of a city, in the order in which they happened."""

    def __init__(self, city: City) -> None:
        self.city, self._trips = city, 0
        self._rng = random.Random(city.seed + 1)  # noqa: S311  # reproducible, not secret
        self.taken: dict[tuple[int, str], int] = {}
        self.foreign: list[Firm] = []
        self._waiting: dict[tuple[int, str], int] = {}
        self._kept: dict[int, int] = {}

    def trip(self) -> str:
        """The number of a new load."""
        self._trips += 1
        return str(UUID(int=self._trips + (0x0199A000 << 96) + (7 << 76) + (8 << 60)))

    def papers(self) -> Iterator[Record]:
        """Output, plans and declarations. Called last: a plan is told against what was handed over."""
        for firm in self.foreign:
            yield observe("planned_hazardous_transfer", firm.site, MILLION_G, "2025", "克", firm.stream)
        for firm in self.city.firms:
            yield observe("site_output_value", firm.site, firm.output, "2024", "万元")
            if firm.declared:
                for period in ("2024", *(f"2025-{m:02}" for m in range(1, 5)), "2025Q1", "2024Q4", "2024-12"):
                    yield observe("hazardous_waste_declared", firm.site, 1, period, "克")
            if firm.plan:
                made, handed = self.made[firm.n], self.handed[firm.n]
                yield observe("planned_hazardous_generation", firm.site, math.ceil(made * firm.plan_generation), "2025",
                              "克", firm.stream)  # fmt: skip
                if firm.plan_transfer is not None:
                    yield observe("planned_hazardous_transfer", firm.site, math.ceil(handed * firm.plan_transfer),
                                  "2025", "克", firm.stream)  # fmt: skip

    def months(self) -> Iterator[Record]:
        """Generated, handed over, taken in and treated, month by month."""
        self.made = dict.fromkeys(range(len(self.city.firms)), 0)
        self.handed = dict.fromkeys(self.made, 0)
        for number, month in enumerate(MONTHS):
            for firm in self.city.firms:
                if firm.silent_from is None or number < firm.silent_from:
                    yield from self._month(firm, month)
            for n in range(PLANTS):
                yield from self._treated(n, month)
        yield from self._old()

    def _month(self, firm: Firm, month: date) -> Iterator[Record]:
        mass_g = max(1_000, firm.generated_g // 12)
        store = f"storage:{firm.site}"
        day = month + timedelta(days=self._rng.randint(0, 20))
        yield move(f"origin:{firm.site}", store, firm.stream, mass_g, at(day), firm.org)
        self._made(firm, month, mass_g)
        if firm.kept_from is None or MONTHS.index(month) < firm.kept_from:
            yield from self._load(firm, mass_g, at(day + timedelta(days=3)), month)
        else:
            self._kept[firm.n] = self._kept.get(firm.n, 0) + mass_g

    def _made(self, firm: Firm, month: date, mass_g: int) -> None:
        self.made[firm.n] += mass_g if month.year == DAY.year else 0

    def _load(self, firm: Firm, mass_g: int, when: datetime, month: date) -> Iterator[Record]:
        trip = f"transit:{self.trip()}"
        plant = f"storage:site-plant-{firm.plant}"
        yield move(f"storage:{firm.site}", trip, firm.stream, mass_g, when, firm.org)
        yield move(trip, plant, firm.stream, mass_g, when + timedelta(hours=5), f"plant-{firm.plant}")
        key = (firm.plant, firm.stream)
        self.taken[key] = self.taken.get(key, 0) + (mass_g if month.year == DAY.year else 0)
        self.handed[firm.n] += mass_g if month.year == DAY.year else 0
        self._waiting[key] = self._waiting.get(key, 0) + mass_g

    def _treated(self, n: int, month: date) -> Iterator[Record]:
        when = at(month + timedelta(days=27))
        for (plant, stream), mass_g in sorted(self._waiting.items()):
            if plant == n and mass_g:
                self._waiting[plant, stream] = 0
                yield move(f"storage:site-plant-{n}", f"process:site-plant-{n}", stream, mass_g, when, f"plant-{n}")

    def _old(self) -> Iterator[Record]:
        """What has lain for long, at firms and at plants."""
        for firm in self.city.firms:
            store = f"storage:{firm.site}"
            if firm.gone_again:
                yield from self._load(firm, self._kept[firm.n], at(date(2025, 5, 28)), date(2025, 5, 1))
            lies = firm.point_g or (int(firm.full * 20 * MILLION_G) if firm.full else 0)
            if lies:
                yield move(f"origin:{firm.site}", store, firm.stream, lies, at(date(2025, 5, 25)), firm.org)
                self._made(firm, date(2025, 5, 1), lies)
        breaking, near = self.city.plants("stored_too_long")
        for n, since in [(n, date(2024, 5, 10)) for n in breaking] + [(n, date(2024, 9, 10)) for n in near]:
            other = STREAMS[(n + 1) % len(STREAMS)]  # none of it passes through the plant
            yield move(f"opening:site-plant-{n}", f"storage:site-plant-{n}", other, MILLION_G, at(since), f"plant-{n}")

    def day(self, weighings: int, manifests: int) -> Iterator[Record]:
        """The day itself: weighings of what arose, manifests with their steps, what was treated, what is late."""
        active = [f for f in self.city.firms if f.silent_from is None]
        loads: list[tuple[Firm, int]] = [(f, f.repeated_g) for f in active for _turn in range(f.repeats)]
        loads += [(f, _odd(self._rng)) for f in active if f.apart]
        others = self._rng.sample(active, min(len(active), manifests - len(loads)))
        loads += [(firm, 100_000 + self._rng.randrange(10**6)) for firm in others]
        full = [firm for firm in active if firm.point_g is None and firm.full is None]
        for firm, mass_g in loads:
            yield move(f"origin:{firm.site}", f"storage:{firm.site}", firm.stream, mass_g, at(DAY, 60), firm.org)
            self._made(firm, DAY, mass_g)
        for turn in range(weighings - len(loads)):
            firm = full[turn % len(full)]
            mass_g = 10 + self._rng.randrange(90)  # grams: a firm's stock is told by the months
            yield move(f"origin:{firm.site}", f"storage:{firm.site}", firm.stream, mass_g, at(DAY, turn), firm.org)
            self._made(firm, DAY, mass_g)
        for number, (firm, mass_g) in enumerate(loads):
            yield from self._manifest(firm, mass_g, at(DAY, 120 + number % 600))
        for firm in active:
            if firm.treats is not None:
                mass_g = int(firm.treats * 10 * MILLION_G)
                yield move(f"origin:{firm.site}", f"storage:{firm.site}", firm.stream, mass_g, at(DAY, 30), firm.org)
                self._made(firm, DAY, mass_g)
                yield move(f"storage:{firm.site}", f"process:{firm.site}", firm.stream, mass_g, at(DAY, 500), firm.org)
            if firm.late_days is not None:
                yield from self._late(firm)
        for n in self.city.plants("outside_licence")[0]:
            yield from self._foreign(n)

    def _manifest(self, firm: Firm, mass_g: int, when: datetime) -> Iterator[Record]:
        """Dispatched and accepted, with the steps; lighter where the firm's loads are."""
        trip, lost = self.trip(), int(mass_g * firm.apart)
        yield self._step(firm, trip, Turn(1, "dispatch", "in_transit", when),
                         (Entry(f"storage:{firm.site}", f"transit:{trip}", firm.stream, mass_g),))  # fmt: skip
        kept = (Entry(f"transit:{trip}", f"storage:site-plant-{firm.plant}", firm.stream, mass_g - lost),)
        gone = (Entry(f"transit:{trip}", f"unexplained:site-plant-{firm.plant}", firm.stream, lost),) if lost else ()
        yield self._step(firm, trip, Turn(2, "accept", "completed", when + timedelta(hours=4)), kept + gone)
        self.handed[firm.n] += mass_g
        key = (firm.plant, firm.stream)
        self.taken[key] = self.taken.get(key, 0) + mass_g - lost

    def _late(self, firm: Firm) -> Iterator[Record]:
        days, mass_g, begun = firm.late_days or 0, 500_000, DAY - timedelta(days=20)
        due = at(DAY - timedelta(days=days), 600)
        yield move(f"origin:{firm.site}", f"storage:{firm.site}", firm.stream, mass_g, at(begun, 60), firm.org)
        self._made(firm, begun, mass_g)
        trip = self.trip()
        out = (Entry(f"storage:{firm.site}", f"transit:{trip}", firm.stream, mass_g),)
        yield self._step(firm, trip, Turn(1, "dispatch", firm.state, at(begun, 90), due), out)
        self.handed[firm.n] += mass_g

    def _step(self, firm: Firm, trip: str, turn: Turn, entries: tuple[Entry, ...]) -> Record:
        plant = f"site-plant-{firm.plant}"
        data: dict[str, Any] = {"parties": [firm.org, firm.site, f"plant-{firm.plant}", plant], "set": {}}
        if turn.no == 1:
            data["set"] = {
                "consignor_org": firm.org, "consignor_storage": firm.site, "consignee_org": f"plant-{firm.plant}",
                "consignee_site": plant, "transport": "road",
                "wastes": [{"stream": firm.stream, "dispatched_g": entries[0].mass_g}],
            }  # fmt: skip
        step = Step(
            f"manifest:{trip}", turn.no, "hazardous_waste_transfer", turn.name, turn.state, None, turn.due, data
        )
        month = turn.when.strftime("%Y-%m")
        return Record(turn.when, month, "manifested", acting_for=firm.org, entries=entries, steps=(step,), **BASIS)

    def _foreign(self, n: int) -> Iterator[Record]:
        """A load that no line of the plant's licence covers, from a firm that planned it."""
        firm = next(f for f in self.city.firms if f.plant == n and f.silent_from is None and f.plan_transfer == 1.3)
        firm = Firm(**{**vars(firm), "stream": "900-999-49"})
        yield move(f"origin:{firm.site}", f"storage:{firm.site}", firm.stream, 5_000, at(DAY, 60), firm.org)
        yield from self._manifest(firm, 5_000, at(DAY, 300))
        self.foreign.append(firm)
