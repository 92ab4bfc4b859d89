"""What one organisation owes: every indicator, task, measure and project that names it or a group it is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wufei.catalog.kinds import Indicator, Measure, Org, Project, Task


@dataclass(frozen=True, slots=True)
class Owed:
    """The duties of one organisation, each list in the plan's order."""

    indicators: tuple[Indicator, ...] = ()
    provides: tuple[Indicator, ...] = ()
    tasks_led: tuple[Task, ...] = ()
    tasks_supported: tuple[Task, ...] = ()
    measures_led: tuple[Measure, ...] = ()
    measures_supported: tuple[Measure, ...] = ()
    projects: tuple[Project, ...] = ()

    @property
    def count(self) -> int:
        """How many duties in all."""
        return sum(len(getattr(self, name)) for name in self.__slots__)


def groups_of(org_id: str, orgs: Iterable[Org]) -> tuple[str, ...]:
    """Ids of the groups that hold the organisation, through any depth, sorted."""
    holders: dict[str, set[str]] = {}
    for org in orgs:
        for member in org.members:
            holders.setdefault(member, set()).add(org.id)
    found: set[str] = set()
    queue = [org_id]
    while queue:
        for holder in holders.get(queue.pop(), set()) - found:
            found.add(holder)
            queue.append(holder)
    return tuple(sorted(found))


def owed_by(
    names: frozenset[str],
    indicators: Iterable[Indicator],
    tasks: Iterable[Task],
    measures: Iterable[Measure],
    projects: Iterable[Project],
) -> Owed:
    """The duties of whoever goes by one of ``names`` (its own id and its groups')."""
    indicators, tasks, measures = tuple(indicators), tuple(tasks), tuple(measures)
    led = tuple(t for t in tasks if any(lead.org in names for lead in t.lead))
    measures_led = tuple(m for m in measures if names & set(m.lead_orgs))
    return Owed(
        indicators=tuple(i for i in indicators if names & set(i.responsible_orgs)),
        provides=tuple(i for i in indicators if names & set(i.data_provider_orgs)),
        tasks_led=led,
        tasks_supported=tuple(t for t in tasks if t not in led and any(names & set(d.orgs) for d in t.responsible)),
        measures_led=measures_led,
        measures_supported=tuple(m for m in measures if m not in measures_led and names & set(m.responsible_orgs)),
        projects=tuple(p for p in projects if names & set(p.orgs)),
    )
