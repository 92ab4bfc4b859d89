"""A dossier laid out: the same sections on the page, in the PDF and on paper, in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wufei.catalog import Catalog
from wufei.reports.numbers import mass_text
from wufei.terms.amounts import unknown_text

Values = Mapping[str, Any]
SHOWN_MANIFESTS, SHOWN_REASONS = 300, 500


@dataclass(frozen=True, slots=True)
class Section:
    """A title, a note, and a table: its headings and its rows of texts. ``id`` is where a link leads."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


class Words:
    """Names and masses in one language."""

    def __init__(self, catalog: Catalog, lang: str, names: Mapping[str, str]) -> None:
        self.lang, self._national, self._names = lang, catalog.national, names

    def pick(self, zh: str, en: str) -> str:
        """The text in the language."""
        return en if self.lang == "en" else zh

    def item(self, kind: str, item_id: str | None) -> str:
        """A declared thing by name; its id where it is unknown."""
        found = self._national.find(kind, item_id) if item_id else None
        return str(found.name(self.lang)) if found else item_id or "—"

    def stream(self, stream: str | None) -> str:
        """A waste by code and name."""
        found = self._national.find("streams", stream) if stream else None
        return f"{found.code or ''} {found.name(self.lang)}".strip() if found else stream or "—"

    def mass(self, grams: int | None) -> str:
        """Grams as tonnes; unknown where nothing is known."""
        return mass_text(grams, self.lang)

    def org(self, org: str | None) -> str:
        """An organisation by name."""
        return self._names.get(org or "", org or "—")

    def state(self, workflow: str, state: str) -> str:
        """A state of a kind of case."""
        flow = self._national.find("workflows", workflow)
        found = flow.state(state) if flow else None
        return (found.en if self.lang == "en" else found.zh) if found else state

    def step(self, workflow: str, step: str) -> str:
        """A step of a kind of case."""
        flow = self._national.find("workflows", workflow)
        found = flow.transition(step) if flow else None
        return (found.en if self.lang == "en" else found.zh) if found else step


Lay = Callable[[Values, Words], Section]


def sections(dossier: Values, catalog: Catalog, lang: str, *, manifests: int = SHOWN_MANIFESTS) -> list[Section]:
    """The dossier's sections; of the manifests the latest ones in full, all of them by month."""
    words = Words(catalog, lang, dossier["names"])
    laid = [lay(dossier, words) for lay in _LAYS]
    return [*laid, _manifests(dossier, words, manifests)]


def _section(
    words: Words,
    name: tuple[str, str, str],
    heads: Sequence[tuple[str, str]],
    rows: Iterable[Iterable[str]],
    note: str = "",
) -> Section:
    made = tuple(tuple(row) for row in rows)
    none = words.pick("没有记录。", "There is nothing.")
    return Section(
        name[0], words.pick(*name[1:]), tuple(words.pick(*h) for h in heads), made, note or ("" if made else none)
    )


def _identity(d: Values, w: Words) -> Section:
    one = d["identity"]
    rows = [
        (w.pick("单位", "Organisation"), one["org_name"]),
        (w.pick("统一社会信用代码", "Credit code"), one["credit_code"] or "—"),
        (w.pick("行业", "Industry"), w.item("industries", (one["industry"] or "")[:2])),
        (w.pick("场所", "Site"), one["site_name"]),
        (w.pick("地址", "Address"), one["address"] or "—"),
        (w.pick("经纬度", "Longitude, latitude"), ", ".join(one["position"] or ("—",))),
        (w.pick("投产日期", "In operation since"), one["in_operation_since"] or unknown_text(w.lang)),
        (w.pick("环评批复", "Environmental assessment"), one["eia_approval_no"] or "—"),
        (w.pick("排污许可证", "Discharge permit"), one["discharge_permit_no"] or "—"),
    ]
    return _section(w, ("identity", "基本情况", "Identity"), [("项目", "What"), ("内容", "Content")], rows)


def _permits(d: Values, w: Words) -> Section:
    rows = [
        (
            w.item("permit_kinds", p["kind"]),
            p["number"],
            p["issuer"],
            p["valid_from"] or "",
            p["valid_to"] or "—",
            w.pick("有效", "in force") if p["in_force"] else w.pick("失效", "not in force"),
            "；".join(
                f"{w.stream(x['stream'])} {w.mass(x['quota_g_per_year']) if x['quota_g_per_year'] else ''}".strip()
                for x in p["lines"]
            )
            or "—",
        )
        for p in d["permits"]
    ]
    heads = [
        ("种类", "Kind"),
        ("编号", "Number"),
        ("发证机关", "Issuer"),
        ("起", "From"),
        ("止", "To"),
        ("状态", "State"),
        ("范围和年规模", "Lines and yearly scale"),
    ]
    return _section(w, ("permits", "许可和备案", "Permits and filings"), heads, rows)


def _standing(d: Values, w: Words) -> Section:
    rows = [
        (
            w.item("facility_kinds", f["kind"]),
            f["name"],
            f["code"] or "—",
            f"{f['capacity'] or ''} {f['unit']}".strip() or "—",
            f["permit_heading"] or "—",
        )
        for f in d["facilities"]
    ]
    rows += [
        (w.item("storage_kinds", s["kind"]), s["name"], s["code"] or "—", w.mass(s["capacity_g"]), "—")
        for s in d["storages"]
    ]
    heads = [
        ("种类", "Kind"),
        ("名称", "Name"),
        ("编码", "Code"),
        ("能力", "Capacity"),
        ("许可事项", "Heading in a permit"),
    ]
    return _section(w, ("standing", "设施和贮存", "Facilities and storage"), heads, rows)


def _plan(d: Values, w: Words) -> Section:
    rows = [
        (
            w.stream(b["stream"]),
            *(w.mass(b[k]) for k in ("planned_generation_g", "generated_g", "planned_transfer_g", "handed_over_g")),
        )
        for b in d["plan"]
    ]
    heads = [
        ("废物", "Waste"),
        ("计划产生", "Generation planned"),
        ("已产生", "Generated"),
        ("计划转移", "Transfer planned"),
        ("已转移", "Handed over"),
    ]
    return _section(w, ("plan", "今年计划与实际", "Plan of this year beside what happened"), heads, rows)


def _balance(d: Values, w: Words) -> Section:
    keys = ("opening_g", "generated_g", "stored_g", "removed_g", "treated_g", "handed_over_g", "closing_g", "apart_g")
    rows = [
        (year, w.stream(line["stream"]), *(w.mass(line[k]) for k in keys))
        for year, lines in sorted(d["balance"].items(), reverse=True)
        for line in lines
    ]
    heads = [
        ("年", "Year"),
        ("废物", "Waste"),
        ("期初", "Opening"),
        ("产生", "Generated"),
        ("入库", "Put in"),
        ("出库", "Taken out"),
        ("自行利用处置", "Treated"),
        ("转出", "Handed over"),
        ("期末", "Closing"),
        ("账差", "Apart"),
    ]
    return _section(w, ("balance", "收支和结存", "In, out and stock"), heads, rows)


def _late(d: Values, w: Words) -> Section:
    rows = [
        (
            w.item("workflows", c["workflow"]),
            c["case"],
            w.state(c["workflow"], c["state"]),
            c["due_at"][:16],
            str(c["late_days"]),
        )
        for c in d["late"]
    ]
    heads = [("事项", "Case"), ("编号", "Number"), ("状态", "State"), ("期限", "Due"), ("逾期日数", "Days late")]
    return _section(w, ("late", "逾期", "Delays"), heads, rows)


def _findings(d: Values, w: Words) -> Section:
    rows = [
        (
            f["found_on"],
            w.item("rules", f["rule"]),
            w.pick(*_SEVERITY[f["severity"]]),
            w.state("finding", f["state"]),
            w.pick(f["why_zh"], f["why_en"])[:SHOWN_REASONS],
        )
        for f in d["findings"]
    ]
    heads = [("日期", "Day"), ("规则", "Rule"), ("程度", "How grave"), ("状态", "State"), ("发现", "What was found")]
    return _section(w, ("findings", "异常线索", "Findings"), heads, rows)


_SEVERITY = {"serious": ("严重", "serious"), "warning": ("警示", "warning"), "notice": ("提示", "notice")}


def _months(d: Values, w: Words) -> Section:
    rows = [
        (
            m["month"],
            str(m["count"]),
            w.mass(m.get("mass_g")),
            str(sum(n for k, n in m.items() if k == "state:completed")),
        )
        for m in d["months"]
    ]
    heads = [
        ("月份", "Month"),
        ("联单数", "Manifests"),
        ("移出或接受量", "Dispatched or accepted"),
        ("已办结", "Completed"),
    ]
    return _section(w, ("months", "联单按月", "Manifests by month"), heads, rows)


def _manifests(d: Values, w: Words, most: int) -> Section:
    flow = "hazardous_waste_transfer"
    rows = []
    for m in d["manifests"][:most]:
        wastes = "；".join(
            f"{w.stream(x.get('stream'))} {w.mass(x.get('accepted_g', x.get('dispatched_g')))}" for x in m["wastes"]
        )
        signed = "；".join(
            f"{w.step(flow, s['step'])} {s['at'][:10]} {str(s['content'] or '')[:12]}" for s in m["signatures"]
        )
        rows.append(
            (
                m["national_number"] or m["case"].partition(":")[2][:13],
                m["opened_at"][:10],
                w.org(m["consignor"]),
                w.org(m["carrier"]),
                w.org(m["consignee"]),
                wastes,
                w.state(flow, m["state"]),
                signed,
            )
        )
    heads = [
        ("编号", "Number"),
        ("日期", "Day"),
        ("移出人", "Consignor"),
        ("承运人", "Carrier"),
        ("接受人", "Consignee"),
        ("废物和质量", "Wastes and masses"),
        ("状态", "State"),
        ("签署和内容摘要", "Signatures and hashes"),
    ]
    total, shown = len(d["manifests"]), min(most, len(d["manifests"]))
    note = w.pick(
        f"共 {total} 份，列出最近 {shown} 份；全部在 dossier.json 中。",
        f"{total} in all, the latest {shown} are listed; dossier.json holds all.",
    )
    return _section(w, ("manifests", "联单和签署", "Manifests and signatures"), heads, rows, note)


_LAYS: tuple[Lay, ...] = (_identity, _permits, _standing, _plan, _balance, _late, _findings, _months)
