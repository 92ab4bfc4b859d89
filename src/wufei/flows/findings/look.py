"""Look through the journal by the rules of the catalogue: findings with a key, figures, records and words.

Nothing is written: whoever asks makes cases of findings (wufei.app.findings). The key of a finding is the same whenever
the same fact is looked at again, so that a fact is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.catalog.alarm_rules import Rule
from wufei.flows.findings.facts import Fact, Window
from wufei.flows.findings.readers import readers
from wufei.journal.asking import ask
from wufei.terms import NamedError, Period
from wufei.terms.mass import Mass

_NAMES = """
SELECT x.id, x.name_zh, coalesce(nullif(x.name_en, ''), x.name_zh), o.name_zh,
       coalesce(nullif(o.name_en, ''), o.name_zh), x.place
FROM public.registry_site x JOIN public.registry_organisation o ON o.id = x.org_id WHERE x.id = ANY (%s)"""
SHOWN_STREAMS = 5


class ReaderUnknown(NamedError):
    """A rule names a reader that does not exist."""

    code = "reader_unknown"
    zh = "规则“{rule}”要用读取函数“{reader}”，但没有这个函数。"
    en = "The rule “{rule}” reads by “{reader}”, which does not exist."
    remedy_zh = "可用：{known}。请改正规则文件中的 reader。"
    remedy_en = "There are: {known}. Correct reader in the rule's file."


class RuleUnknown(NamedError):
    """The catalogue declares no such rule for the day."""

    code = "rule_unknown"
    zh = "当日没有名为“{rule}”的规则。"
    en = "There is no rule “{rule}” for the day."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


class RuleWordUnknown(NamedError):
    """A rule's sentence, parameter or selection names something that its reader does not give or need."""

    code = "rule_word_unknown"
    zh = "规则“{rule}”缺少或用错了“{word}”。"
    en = "The rule “{rule}” lacks or misnames “{word}”."
    remedy_zh = "请核对规则文件的 parameters、select 和文字中的花括号。"
    remedy_en = "Check parameters, select and the braces of the sentences in the rule's file."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: by which rule and level, at which site, on what it rests, and how it reads in both languages."""

    rule: Rule
    level: str
    severity: str
    day: date
    fact: Fact
    place: str
    why_zh: str
    why_en: str
    todo_zh: str
    todo_en: str

    @property
    def period(self) -> str:
        """For which period the fact is told; empty when it is told once for good."""
        return period_of(self.rule, self.day)

    @property
    def key(self) -> str:
        """What makes it the same finding whenever it is looked for again."""
        return f"{self.rule.id}|{self.level}|{self.fact.site}|{self.fact.about}|{self.period}"


def period_of(rule: Rule, day: date) -> str:
    """The period in which a rule tells a fact once."""
    if rule.told == "once":
        return ""
    return day.isoformat() if rule.told == "day" else str(Period.containing(day, rule.told))


def rules_on(catalog: Catalog, day: date, names: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The rules in force on the day, or those named. Raises RuleUnknown."""
    found = {rule.id: rule for rule in catalog.national.items("rules", day)}
    for name in names:
        if name not in found:
            raise RuleUnknown(rule=name, known="、".join(sorted(found)) or "-")
    return tuple(found[name] for name in (names or sorted(found)))


def facts(
    connection: Connection[Any], rule: Rule, day: date, catalog: Catalog, sites: tuple[str, ...] | None = None
) -> Iterator[Fact]:
    """What a rule's reader gives, before it is judged. Raises ReaderUnknown and RuleWordUnknown."""
    known = readers()
    if rule.reader not in known:
        raise ReaderUnknown(rule=rule.id, reader=rule.reader, known="、".join(sorted(known)))
    try:
        yield from known[rule.reader](Window(connection, rule, day, catalog, sites))
    except (KeyError, ValueError) as error:
        raise RuleWordUnknown(rule=rule.id, word=str(error).strip("'")) from error


def look(
    connection: Connection[Any],
    rules: Sequence[Rule],
    day: date,
    catalog: Catalog,
    sites: tuple[str, ...] | None = None,
) -> list[Finding]:
    """Every finding of the rules on a day, at these sites or at all; sorted by rule, site and what it is about."""
    judged = [(rule, fact, level) for rule in rules for fact in facts(connection, rule, day, catalog, sites)
              if (level := rule.judge(fact.figures)) is not None]  # fmt: skip
    sites_found = sorted({fact.site for _rule, fact, _level in judged})
    names = {row[0]: row[1:] for row in ask(connection, _NAMES, (sites_found,))} if sites_found else {}
    made = [_finding(rule, level, fact, day, names.get(fact.site), catalog) for rule, fact, level in judged]
    return sorted(made, key=lambda f: (f.rule.id, f.fact.site, f.fact.about))


def _finding(rule: Rule, level: Any, fact: Fact, day: date, named: Any, catalog: Catalog) -> Finding:
    told = named or (fact.site, fact.site, "—", "—", "")
    words = [_words(fact, told[at], told[at + 2], catalog, lang) for at, lang in enumerate(("zh", "en"))]
    try:
        said = [text.format_map(words[at]) for text, at in
                ((rule.why_zh, 0), (rule.why_en, 1), (rule.todo_zh, 0), (rule.todo_en, 1))]  # fmt: skip
    except (KeyError, IndexError, ValueError) as error:
        raise RuleWordUnknown(rule=rule.id, word=str(error).strip("'")) from error
    return Finding(rule, level.id, level.severity, day, fact, str(told[4]), *said)


def _words(fact: Fact, site: str, org: str, catalog: Catalog, lang: str) -> dict[str, str]:
    """Figures and names as the sentences of one language use them."""
    names = {name.removesuffix(f"_{lang}"): text for name, text in fact.names.items()}
    figures = {name: figure_text(name, value, lang) for name, value in fact.figures.items()}
    found = [catalog.national.find("streams", stream) for stream in fact.streams[:SHOWN_STREAMS]]
    told = [f"{item.code or ''} {item.name(lang)}".strip() if item else stream
            for item, stream in zip(found, fact.streams, strict=False)]  # fmt: skip
    streams = ("、" if lang == "zh" else ", ").join(told) or ("全部危险废物" if lang == "zh" else "all hazardous waste")
    return {**names, **figures, "site": site, "org": org, "streams": streams}


def figure_text(name: str, value: Decimal | int | None, lang: str) -> str:
    """A figure in words, by the unit that its name ends in."""
    if value is None:
        return "未知" if lang == "zh" else "unknown"
    unit = name.rpartition("_")[2]
    if unit == "g":
        return Mass(int(value)).format("吨" if lang == "zh" else "t")
    if unit == "percent":
        return f"{Decimal(value):.1f} %"
    if unit == "days":
        return f"{int(value)} {'日' if lang == 'zh' else 'days'}"
    return f"{Decimal(value).normalize():f}"


def by_severity(findings: Sequence[Finding]) -> Mapping[str, int]:
    """How many findings of each severity."""
    counts = {"serious": 0, "warning": 0, "notice": 0}
    for finding in findings:
        counts[finding.severity] += 1
    return counts
