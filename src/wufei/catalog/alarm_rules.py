"""Alarm rules: what the journal and the registry are looked through for, when that is a finding, and who is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item, Part, UnitSymbol, ref
from wufei.catalog.workflows import Limit
from wufei.terms import Citation, NamedError, convert

Figures = Mapping[str, Decimal | int | None]
Severity = Literal["notice", "warning", "serious"]
SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "notice")  # the gravest first
UNIT_OF = {"g": "克", "percent": "%", "days": "日", "count": "个"}  # a figure's unit is how its name ends


class RuleExampleFails(NamedError):
    """An example of a rule that does not come out as the file says."""

    code = "rule_example_fails"
    zh = "规则“{rule}”的第 {no} 个示例应得出“{expected}”，实际为“{found}”。"
    en = "Example {no} of the rule “{rule}” should give “{expected}”, it gives “{found}”."
    remedy_zh = "请改正级别的条件，或改正示例。"
    remedy_en = "Correct the conditions of the levels, or the example."


class Amount(Part):
    """A number with its unit, and where it stands when that is not the rule's own citation."""

    value: Decimal
    unit: UnitSymbol
    cites: tuple[Citation, ...] = ()


class Test(Amount):
    """One condition on a figure: nothing unknown meets it."""

    __test__ = False

    figure: str = Field(pattern=r"^[a-z][a-z0-9_]*_(g|percent|days|count)$")
    op: Literal["at_least", "more_than", "at_most", "less_than", "is"]

    @property
    def limit(self) -> Decimal:
        """The value in the figure's own unit."""
        return convert(self.value, self.unit, UNIT_OF[self.figure.rpartition("_")[2]])

    def met(self, figures: Figures) -> bool:
        """Whether the figure is known and on this side of the value."""
        value = figures.get(self.figure)
        if value is None:
            return False
        return {
            "at_least": value >= self.limit, "more_than": value > self.limit, "at_most": value <= self.limit,
            "less_than": value < self.limit, "is": value == self.limit,
        }[self.op]  # fmt: skip


class Level(Part):
    """How grave it is when all of ``when`` hold; of several levels the first that holds counts."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    severity: Severity
    when: tuple[Test, ...] = Field(min_length=1)


class Example(Part):
    """Figures, and the level that they must give (none: no finding)."""

    figures: dict[str, Decimal | None]
    finds: str | None


class Rule(Item):
    """What makes a finding: a ``reader`` (wufei.flows.findings.readers) gives figures, the levels judge them.

    ``parameters`` are numbers that the reader works with, ``select`` words (a workflow, states, a period). A fact is
    told ``once``, or again in each ``day``, ``month``, ``quarter`` or ``year``. ``explain_within`` is how long the firm
    has to explain itself, ``tells`` the roles that are told. In ``why`` and ``todo`` stand figures and names in braces.
    """

    kind: ClassVar[str] = "rules"

    reader: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    parameters: dict[str, Amount] = Field(default_factory=dict)
    select: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    levels: tuple[Level, ...] = Field(min_length=1)
    told: Literal["once", "day", "month", "quarter", "year"]
    explain_within: Limit
    tells: tuple[Annotated[str, ref("roles")], ...] = Field(min_length=1)
    confidence: Literal["high", "medium", "low"]
    statute: bool = True
    why_zh: str
    why_en: str
    todo_zh: str
    todo_en: str
    examples: tuple[Example, ...] = Field(min_length=2)

    def judge(self, figures: Figures) -> Level | None:
        """The first level whose conditions all hold; None when there is nothing to find."""
        return next((level for level in self.levels if all(test.met(figures) for test in level.when)), None)

    def parameter(self, name: str, unit: str) -> Decimal:
        """A parameter in ``unit``; raises KeyError for one that the file does not give."""
        amount = self.parameters[name]
        return convert(amount.value, amount.unit, unit)

    def failures(self) -> Iterator[tuple[int, str, str]]:
        """Examples that do not come out: number, level expected, level found."""
        for number, example in enumerate(self.examples, 1):
            level = self.judge(example.figures)
            found = level.id if level else None
            if found != example.finds:
                yield number, example.finds or "-", found or "-"
