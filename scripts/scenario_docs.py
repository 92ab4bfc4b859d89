"""Write docs/scenarios.md and its Chinese edition from the stories of tests/scenarios.

Run it after a change to a story: ``.venv/bin/python scripts/scenario_docs.py``. Each story is also a test
(tests/workflow/test_scenarios.py), so what the pages tell is what the system does; a test holds them to the stories.
"""

import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from wufei import catalog
from wufei.terms import NamedError, every_error
from wufei.workflow import corrections

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests/scenarios"
PAGES = {"en": ROOT / "docs/scenarios.md", "zh": ROOT / "docs/scenarios.zh-CN.md"}
OPENING = {
    "en": """# Scenarios

What happens when things go as planned and when they do not, told in short stories. Each story is a test that runs
against the real engine and database, so it tells what the system does. A step that is refused says who can mend it and
how, and nothing is ever stuck. The world: a works, two carriers, a refinery, a disposal firm and a clinic; a hundred
tonnes of waste oil lie at the works. This page is written by `scripts/scenario_docs.py` from `tests/scenarios`.
""",
    "zh": """# 情景

按部就班时怎样，出了岔子又怎样，用短故事讲清楚。每个故事都是一条测试，在真实的引擎和数据库上运行，所以写的就是系统实际的做法。
被拒的步骤说明该由谁怎么改，任何联单都不会卡住。人物：机械厂、两家承运人、再生油公司、处置公司、诊所；机械厂库里有一百吨废矿物油。
本页由 `scripts/scenario_docs.py` 按 `tests/scenarios` 写出。
""",
}
SAID = {
    "refused": {"en": "refused", "zh": "被拒"},
    "warned": {"en": "goes through with a warning", "zh": "通过，并提醒"},
    "ends": {"en": "In the end", "zh": "最后"},
    "state": {"en": "the case", "zh": "事项"},
    "system": {"en": "The system", "zh": "系统"},
    "settles": {"en": "posts what was agreed", "zh": "把同意的更正过账"},
    "tells": {"en": "notices sent by the clocks: {count}", "zh": "到期提醒：{count} 条"},
    "posts": {"en": "records", "zh": "记账"},
    "reverses": {"en": "reverses that record", "zh": "冲正那条记录"},
    "imports": {"en": "imports", "zh": "导入"},
    "rows": {"en": "rows", "zh": "行"},
    "traces": {"en": "Lot {lot} is traced", "zh": "追溯批次 {lot}"},
    "origins": {"en": "from", "zh": "来自"},
    "fates": {"en": "now at", "zh": "现在"},
    "files": {"en": "ten tonnes of waste oil", "zh": "废矿物油十吨"},
    "takes": {"en": "accepted", "zh": "接受"},
    "because": {"en": "reason", "zh": "原因"},
    "ticket": {"en": "with the ticket", "zh": "附磅单"},
    "shows": {"en": "shows a signing code for", "zh": "出示签署码，用于"},
    "enters_right": {"en": "The code is entered", "zh": "输入该签署码"},
    "enters_wrong": {"en": "A wrong code is entered", "zh": "输入错误的签署码"},
    "on": {"en": "on the device {device}", "zh": "设备 {device}"},
    "files_many": {"en": "files {count} manifests of 100 kg each", "zh": "提交 {count} 份联单，每份一百千克"},
    "but": {"en": "number {number}: {value}", "zh": "第 {number} 份：{value}"},
    "signs_many": {"en": "signs them at once", "zh": "一次签署"},
    "sends_again": {"en": "sends {count} of them again", "zh": "其中 {count} 份重发一遍"},
    "looks_yes": {"en": "sees the case", "zh": "看得到该事项"},
    "looks_no": {"en": "does not see the case", "zh": "看不到该事项"},
    "imports_mb": {"en": "imports a file of {count} MB", "zh": "导入 {count} MB 的文件"},
    "within": {"en": "in less than {count} MB of memory", "zh": "内存增加不到 {count} MB"},
    "imports_firms": {
        "en": "imports one file with a row of each of {count} firms",
        "zh": "导入一份有 {count} 家企业各一行的文件",
    },
    "exports_cases": {"en": "The list of cases is exported; meanwhile", "zh": "导出事项列表；其间"},
    "exports_entries": {"en": "The journal is exported while a record is added", "zh": "导出记账，其间又记了一笔"},
    "dates": {"en": "Page, register and file name the day", "zh": "页面、台账和文件写的都是"},
}


class Teller:
    """One language of the pages."""

    def __init__(self, lang: str, cat: catalog.Catalog) -> None:
        self.lang, self.cat = lang, cat
        self.words: dict[str, Any] = yaml.safe_load((FOLDER / "words/words.yaml").read_text(encoding="utf-8"))
        for module in _ERRORS:
            importlib.import_module(f"wufei.{module}")
        self.errors = {error.code: error for error in every_error(NamedError)}
        self.extra = {
            f.stem: yaml.safe_load(f.read_text("utf-8")) for f in FOLDER.glob("catalogue/national/workflows/*")
        }

    def say(self, key: str, **values: Any) -> str:
        """A word of the page."""
        return SAID[key][self.lang].format(**values)

    def word(self, kind: str, key: str) -> str:
        """A word of the stories; the key itself where there is none."""
        return str(self.words[kind].get(key, {}).get(self.lang, key))

    def page(self, stories: dict[str, dict[str, Any]]) -> str:
        """The whole document."""
        parts = [OPENING[self.lang]]
        stories = dict(sorted(stories.items(), key=lambda item: (item[1].get("order", 9), item[0])))
        for chapter in self.words["chapters"]:
            parts.append(f"## {self.word('chapters', chapter)}\n")
            told = [story for story in stories.values() if story["chapter"] == chapter]
            parts += [part for story in told for part in self.story(story)]
        text = "\n".join(parts).rstrip() + "\n"
        return text if self.lang == "en" else _CHINESE.sub(lambda m: _MARKS[m[0].strip()], text)

    def story(self, story: dict[str, Any]) -> Iterator[str]:
        """One story: what it is about, its steps, how it ends."""
        yield f"### {story[self.lang]}\n\n{story[f'telling_{self.lang}']}\n"
        flow = story.get("workflow", "hazardous_waste_transfer")
        yield "\n".join(f"{number}. {self.step(flow, step)}" for number, step in enumerate(story["steps"], 1)) + "\n"
        if ending := self.ending(flow, story.get("ends") or {}):
            yield f"{self.say('ends')}: {ending}.\n" if self.lang == "en" else f"{self.say('ends')}：{ending}。\n"

    def step(self, flow: str, step: dict[str, Any]) -> str:
        """One step in a line."""
        verb = next(verb for verb in ("does", *_VERBS) if verb in step)
        told = self.does(flow, step) if verb == "does" else getattr(self, verb)(step)
        for outcome in ("refused", "warned"):
            for code in dict.fromkeys(step.get(outcome) or []):
                told += f" — **{self.say(outcome)}** `{code}`: {self.remedy(code)}"
        return str(told)

    def does(self, flow: str, step: dict[str, Any]) -> str:
        """A step of a case."""
        name, zh = step["does"], self.lang == "zh"
        found = next((t for t in self.transitions(flow) if t[0] == name), None)
        words = corrections.transition(name, "-") if found is None else None
        label = (found[1 if zh else 2]) if found else (words.zh if zh else words.en) if words else name
        more = [self.say("files")] if step.get("files") else []
        more += [f"{self.say('takes')} {mass}" for mass in step.get("takes", [])]
        more += list(self.given(step.get("gives") or {}))
        more += [f"{self.say('because')} {step['reason']}"] if step.get("reason") and zh else []
        more += [self.say("ticket")] if step.get("ticket") else []
        when = f" · {step['at']}" if "at" in step else f" · {step['claims']}" if "claims" in step else ""
        case = f" ({step['case']})" if "case" in step else ""
        return f"{self.who(step)}{case}: **{label}**{when}" + (f" ({'; '.join(more)})" if more else "")

    def who(self, step: dict[str, Any]) -> str:
        """Who acts: a party, or somebody by name."""
        return self.word("people", step["as"]) if "as" in step else self.word("actors", step["by"])

    def shows(self, step: dict[str, Any]) -> str:
        """A code is shown."""
        return f"{self.who(step)}: **{self.say('shows')}** {self.named(step['shows'])}"

    def named(self, name: str) -> str:
        """A step of the manifest by its name."""
        found = next(t for t in self.transitions("hazardous_waste_transfer") if t[0] == name)
        return found[1 if self.lang == "zh" else 2]

    def enters(self, step: dict[str, Any]) -> str:
        """A code is entered."""
        on = f" ({self.say('on', device=step['device'])})" if "device" in step else ""
        return self.say(f"enters_{step['enters']}") + on

    def files_many(self, step: dict[str, Any]) -> str:
        """Many cases are begun."""
        but = [
            self.say("but", number=number, value=", ".join(self.given(values)))
            for number, values in (step.get("but") or {}).items()
        ]
        told = f"{self.who(step)}: **{self.say('files_many', count=step['files_many'])}**"
        return told + (f" ({'; '.join(but)})" if but else "")

    def signs_many(self, step: dict[str, Any]) -> str:
        """Many are signed at once."""
        again = self.say("sends_again", count=len(step["cases"])) if "cases" in step else self.say("signs_many")
        came = [f"{self.word('outcomes', name)} {count}" for name, count in step["came"].items()]
        refused = [
            f"{name} **{self.say('refused')}** `{code}`: {self.remedy(code)}"
            for name, codes in step["refused_each"].items()
            for code in codes
        ]
        return f"{self.who(step)}: **{again}** — {self.named(step['signs_many'])}: {'; '.join([*came, *refused])}"

    def looks(self, step: dict[str, Any]) -> str:
        """Somebody looks for the case."""
        return f"{self.word('people', step['looks'])}: {self.say('looks_yes' if step['sees'] else 'looks_no')}"

    def imports_mb(self, step: dict[str, Any]) -> str:
        """A large file."""
        told = self.say("imports_mb", count=step["imports_mb"])
        return f"{self.who(step)}: **{told}** — {self.say('within', count=step['within_mb'])}, {self.came(step)}"

    def imports_firms(self, step: dict[str, Any]) -> str:
        """A file of many firms."""
        told = f"{self.who(step)}: **{self.say('imports_firms', count=step['imports_firms'])}** — {self.came(step)}"
        code = step.get("because")
        return f"{told} — **{self.say('refused')}** `{code}`: {self.remedy(code)}" if code else told

    def came(self, step: dict[str, Any]) -> str:
        """What became of the rows of a file."""
        return ", ".join(f"{self.word('outcomes', name)} {count}" for name, count in step["came"].items())

    def exports(self, step: dict[str, Any]) -> str:
        """A file is written while something happens."""
        meanwhile = self.does("hazardous_waste_transfer", step["meanwhile"]) if "meanwhile" in step else ""
        return self.say(f"exports_{step['exports']}") + (f" {meanwhile}" if meanwhile else "")

    def dates(self, step: dict[str, Any]) -> str:
        """A day in three places."""
        return f"{self.say('dates')} {step['day']}"

    def given(self, gives: dict[str, Any]) -> Iterator[str]:
        """What a step fills in, by the form's labels."""
        for name, value in gives.items():
            if not isinstance(value, list):
                yield self.told(name, "", value)
                continue
            for number, line in enumerate(value, 1):
                yield from (self.told(f"{name}.{key}", f" {number}", each) for key, each in (line or {}).items())

    def told(self, name: str, number: str, value: Any) -> str:
        """A field with its value in words."""
        for form in self.cat.national.items("forms"):
            options = getattr(form.field(name), "options", ())
            if (option := next((o for o in options if o.id == value), None)) is not None:
                value = option.zh if self.lang == "zh" else option.en
                break
        return f"{self.label(name)}{number}: {self.shown(value)}"

    def label(self, name: str) -> str:
        """A field's label of any declared form; the name itself where none has it."""
        for form in self.cat.national.items("forms"):
            if (field := form.field(name)) is not None:
                return str(field.label(self.lang))
        return {"cut_legs": {"zh": "只留承运段", "en": "Legs kept"}}.get(name, {}).get(self.lang, name)

    def shown(self, value: Any) -> str:
        """A value in words."""
        if value is None:
            return "–"
        return self.word("names", str(value))

    def transitions(self, flow: str) -> list[tuple[str, str, str]]:
        """The steps of a workflow, shipped or of the stories' own: id, Chinese, English."""
        if flow in self.extra:
            return [(t["id"], t["zh"], t["en"]) for t in self.extra[flow]["transitions"]]
        return [(t.id, t.zh, t.en) for t in self.cat.national.get("workflows", flow).transitions]

    def happens(self, step: dict[str, Any]) -> str:
        """Something in the world."""
        values = [v for each in (step.get("to") or {}).values() for v in (each if isinstance(each, list) else [each])]
        return f"{self.word('events', step['happens'])}: {', '.join(map(self.shown, values))}"

    def posts(self, step: dict[str, Any]) -> str:
        """Entries of the journal."""
        entries = "; ".join(map(self.entry, step["posts"]))
        return f"{self.word('actors', step['by'])}: **{self.say('posts')}** {entries}"

    def entry(self, entry: dict[str, Any]) -> str:
        """One entry, with its lots."""
        what = self.shown(entry.get("to_stream", entry["stream"]))
        told = f"{self.account(entry['from'])} → {self.account(entry['to'])}, {what} {entry['mass']}"
        lots = [entry[side] for side in ("from_lot", "to_lot") if side in entry]
        return told + (f" [{' → '.join(dict.fromkeys(lots))}]" if lots else "")

    def account(self, key: str) -> str:
        """An account in words."""
        role, _colon, place = key.partition(":")
        return f"{self.word('roles', role)} ({self.word('names', place)})"

    def reverses(self, step: dict[str, Any]) -> str:
        """A reversal."""
        return f"{self.word('actors', step['by'])}: **{self.say('reverses')}**"

    def imports(self, step: dict[str, Any]) -> str:
        """A file."""
        came = ", ".join(f"{name} {count}" for name, count in step["came"].items())
        rows = f"{len(step['rows'])} {self.say('rows')}"
        return f"{self.word('actors', step['by'])}: **{self.say('imports')}** {rows}: {came}"

    def settles(self, _step: dict[str, Any]) -> str:
        """The background job."""
        return f"{self.say('system')}: **{self.say('settles')}**"

    def tells(self, step: dict[str, Any]) -> str:
        """The clocks."""
        when = f" · {step['at']}" if "at" in step else f" · +{step['after']}" if "after" in step else ""
        return f"{self.say('system')}: {self.say('tells', count=step['tells'])}{when}"

    def traces(self, step: dict[str, Any]) -> str:
        """A trace."""
        sides = [f"{self.say(side)} " + ", ".join(f"{self.account(a)} {m}" for a, m in step[side].items())
                 for side in ("origins", "fates") if side in step]  # fmt: skip
        return f"{self.say('traces', lot=step['traces'])}: {'; '.join(sides)}"

    def remedy(self, code: str) -> str:
        """Who can mend it and how, as the error says it."""
        error = self.errors.get(code)
        text = (error.remedy_zh if self.lang == "zh" else error.remedy_en) if error else code
        return re.sub(r"\{[^}]*\}", "…", text)

    def ending(self, flow: str, ends: dict[str, Any]) -> str:
        """States and accounts at the end."""
        parts = [
            f"{self.say('state')} {name}: {self.state(flow, state)}"
            for name, state in (ends.get("states") or {}).items()
        ]
        for account, streams in (ends.get("balances") or {}).items():
            parts += [f"{self.account(account)} {self.shown(stream)} {mass}" for stream, mass in streams.items()]
        return ("; " if self.lang == "en" else "；").join(parts)

    def state(self, flow: str, state: str) -> str:
        """A state's name."""
        if flow in self.extra:
            return str(next(s[self.lang] for s in self.extra[flow]["states"] if s["id"] == state))
        found = self.cat.national.get("workflows", flow).state(state)
        return (found.zh if self.lang == "zh" else found.en) if found else state


_ERRORS = (
    "journal.refusals", "journal.not_allowed", "workflow.errors", "workflow.check_errors", "workflow.correction_errors",
    "workflow.paper_checks",
    "workflow.acting", "workflow.codes", "registry.mandate_errors", "registry.claims", "registry.invitations",
    "intake.declared",
)  # fmt: skip
_MARKS = {"(": "（", ")": "）", ":": "：", ";": "；"}
_CHINESE = re.compile(r" ?\((?=\S)|\)|: |; ")  # marks between Chinese words, with their spaces
_VERBS = (
    "happens", "posts", "reverses", "imports", "settles", "tells", "traces", "shows", "enters", "files_many",
    "signs_many", "looks", "imports_mb", "imports_firms", "exports", "dates",
)  # fmt: skip


def pages(cat: catalog.Catalog) -> dict[Path, str]:
    """Both documents by their path."""
    stories = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))}
    return {path: Teller(lang, cat).page(stories) for lang, path in PAGES.items()}


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wufei.app.settings")
    django.setup()
    for where, text in pages(catalog.load()).items():
        where.write_text(text, encoding="utf-8")
        print(where.name)
