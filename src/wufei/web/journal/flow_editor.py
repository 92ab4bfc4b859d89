"""What is typed on the page that reconciles while one types: a line for each flow, or the JSON of the format."""

from __future__ import annotations

import json
from typing import Any

from wufei.flows.reconcile.errors import FlowCaseTooLarge, FlowCaseUnreadable
from wufei.terms import NamedError

LONGEST = 60_000
MOST = 1_500
MOST_CONSTRAINED = 150
FIELDS = ("id", "from", "to", "measured", "sd")
EXAMPLES = {
    "zh": """# 名称, 从, 到, 数值, 标准差
产生, 外部, 贮存, 100, 5
自行利用, 贮存, 外部, 40, 4
委托利用, 贮存, 工厂, 35, 2
灰渣返回, 工厂, 贮存, 6, 1
产品, 工厂, 外部
处置, 贮存, 外部, 33, 3""",
    "en": """# name, from, to, value, standard deviation
generated, outside, storage, 100, 5
used, storage, outside, 40, 4
handed over, storage, plant, 35, 2
ash returned, plant, storage, 6, 1
product, plant, outside
disposed, storage, outside, 33, 3""",
}


class FlowLineBad(NamedError):
    """A line of the editor is no flow."""

    code = "flow_line_bad"
    zh = "第 {line} 行读不懂：{text}。"
    en = "Line {line} cannot be read: {text}."
    remedy_zh = "每行写：名称, 从, 到, 数值, 标准差；数值不知道就空着，标准差写 0 表示确定值。"
    remedy_en = "Write name, from, to, value, standard deviation on each line; leave an unknown value out, 0 is exact."


def case_of(text: str, outside: str, constraints: str) -> dict[str, Any]:
    """The case that was typed. ``outside`` names the nodes without balance, ``constraints`` has one on each line."""
    if len(text) + len(constraints) > LONGEST or text.count("\n") > MOST:
        reason = f"超过 {MOST} 行或 {LONGEST} 字", f"more than {MOST} lines or {LONGEST} characters"
        raise FlowCaseUnreadable(reason_zh=reason[0], reason_en=reason[1])
    if text.lstrip().startswith("{"):
        return _small(_json(text))
    flows = [_flow(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip() and line[0] != "#"]
    away = {each.strip() for each in outside.replace("，", ",").split(",") if each.strip()}
    names = sorted({flow[end] for flow in flows for end in ("from", "to")})
    typed = {
        "unit": "t",
        "nodes": [{"id": name, "balance": name not in away} for name in names],
        "flows": flows,
        "constraints": [line.strip() for line in constraints.splitlines() if line.strip()],
    }
    return _small(typed)


def _small(case: dict[str, Any]) -> dict[str, Any]:
    """The case, unless it would keep the server busy: constraints cost more than balances."""
    lists = [case.get(name) for name in ("flows", "stocks", "variables", "constraints")]
    count = sum(len(each) for each in lists if isinstance(each, list))
    limit = MOST_CONSTRAINED if case.get("constraints") or case.get("covariance") else MOST
    if count > limit:
        raise FlowCaseTooLarge(count=count, limit=limit)
    return case


def _json(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FlowCaseUnreadable(reason_zh="不是 JSON", reason_en=f"no JSON ({error})") from None
    return {"nodes": [], "flows": [], **given} if isinstance(given, dict) else {}


def _flow(number: int, line: str) -> dict[str, Any]:
    cells = [cell.strip() for cell in line.replace("，", ",").split(",")]
    if not 3 <= len(cells) <= 5 or not all(cells[:3]):
        raise FlowLineBad(line=number, text=line.strip()[:80])
    flow: dict[str, Any] = dict(zip(FIELDS[:3], cells, strict=False))
    try:
        numbers = [float(cell) for cell in cells[3:] if cell]
    except ValueError:
        raise FlowLineBad(line=number, text=line.strip()[:80]) from None
    if not numbers:
        return flow | {"status": "unmeasured"}
    sd = numbers[1] if len(numbers) > 1 else 0.05 * abs(numbers[0])
    return flow | {"status": "measured", "measured": numbers[0], "sd": sd}
