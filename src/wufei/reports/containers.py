"""What a new container's label can know by itself: its code, its lot, and what the registry says of the waste."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import Connection

from wufei import catalog
from wufei.journal.asking import ask
from wufei.registry.container_code import CASE, MOST_SERIAL, ContainerCode, read_container_code
from wufei.registry.credit_code import read_credit_code
from wufei.registry.models import Organisation, WasteSource
from wufei.terms import NamedError
from wufei.workflow.prefill import giver
from wufei.workflow.values import Values


class ContainerCodeOther(NamedError):
    """A code that says something else than the form."""

    code = "container_code_other"
    zh = "数字识别码 {given} 与表单不符：{why_zh}。"
    en = "The container code {given} does not agree with the form: {why_en}."
    remedy_zh = "一个容器一个码；装入别的单位、废物或日期的，请另取容器重新赋码。"
    remedy_en = "One code for one container: for another unit, waste or day, label another container."


class ContainerCodeTaken(NamedError):
    """A code that another container bears."""

    code = "container_code_taken"
    zh = "数字识别码 {given} 已有容器使用。"
    en = "Another container bears the code {given} already."
    remedy_zh = "请打开该容器办理；标签贴重了的，作废其中一张另取新码。"
    remedy_en = "Open that container; where two labels were made of one code, void one and take a new code."


class ContainerCodesUsedUp(NamedError):
    """All 999 numbers of a day are taken."""

    code = "container_codes_used_up"
    zh = "{waste} 在 {day} 的 {most} 个流水号已用完。"
    en = "All {most} numbers of {waste} on {day} are taken."
    remedy_zh = "请合并小包装，或次日再赋码。"
    remedy_en = "Use larger containers, or label the rest on the next day."


class CreditCodeNeeded(NamedError):
    """An organisation without the credit code that a container code begins with."""

    code = "container_credit_code_needed"
    zh = "“{name}”没有登记统一社会信用代码，不能生成数字识别码。"
    en = "“{name}” has no unified social credit code on register, which a container code begins with."
    remedy_zh = "请先在单位页面补填统一社会信用代码。"
    remedy_en = "Enter it on the page of the organisation first."


@giver("hazardous_container")
def hazardous_container(connection: Connection[Any], values: Values) -> Values:
    """Code and lot of the container, and its hazards; the waste source's name and form as suggestions.

    Raises ContainerCodeOther, ContainerCodeTaken, ContainerCodesUsedUp, CreditCodeNeeded, and what reading a typed code
    raises.
    """
    org = Organisation.objects.filter(pk=str(values.get("keeper_org") or "")).first()
    stream = catalog.current().national.find("streams", str(values.get("stream") or ""))
    day = _day(values.get("produced_on"))
    if org is None or stream is None or day is None:
        return {name: values.get(name) for name in ("code", "lot", "hazards")}
    code = _code(connection, org, str(stream.code or stream.id), day, values)
    given: Values = {"code": str(code), "lot": str(code.number), "hazards": stream.hazard or None}
    return given | _source(values)


def _day(told: Any) -> date | None:
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        return None


def _code(connection: Connection[Any], org: Organisation, waste: str, day: date, values: Values) -> ContainerCode:
    """The code that the container bears already, the one that was typed, or the next of the day."""
    if not org.credit_code:
        raise CreditCodeNeeded(place="keeper_org", name=org.name_zh)
    unit = read_credit_code(org.credit_code)
    told = values.get("code") or values.get("typed_code")
    if not told:
        return next_code(connection, unit, waste, day)
    code = read_container_code(str(told))
    _agrees(code, unit, waste, day)
    if not values.get("code") and known(connection, [code]):
        raise ContainerCodeTaken(place="typed_code", given=str(code))
    return code


def _agrees(code: ContainerCode, unit: str, waste: str, day: date) -> None:
    found = (
        ("单位", "unit", code.unit, unit), ("废物代码", "waste code", code.waste, waste),
        ("产生日期", "date", f"{code.day:%Y-%m-%d}", f"{day:%Y-%m-%d}"),
    )  # fmt: skip
    for zh, en, said, wanted in found:
        if said != wanted:
            why = {"why_zh": f"码中{zh}为 {said}，表单为 {wanted}", "why_en": f"its {en} is {said}, not {wanted}"}
            raise ContainerCodeOther(place="typed_code", given=str(code), **why)


def next_code(connection: Connection[Any], unit: str, waste: str, day: date) -> ContainerCode:
    """The first code of the day that no container bears. Raises ContainerCodesUsedUp."""
    codes = [ContainerCode(unit, waste, day, serial) for serial in range(1, MOST_SERIAL + 1)]
    taken = known(connection, codes)
    free = next((code for code in codes if code not in taken), None)
    if free is None:
        raise ContainerCodesUsedUp(place="produced_on", waste=waste, day=day.isoformat(), most=MOST_SERIAL)
    return free


_KNOWN = "SELECT public.registry_cases_known(%s)"


def known(connection: Connection[Any], codes: list[ContainerCode]) -> set[ContainerCode]:
    """Those of the codes that a container bears, whoever keeps it."""
    cases = {f"{CASE}:{code.number}": code for code in codes}
    return {cases[case] for (case,) in ask(connection, _KNOWN, (list(cases),))}


def _source(values: Values) -> Values:
    """What the registry says of the waste at the site."""
    rows = WasteSource.objects.filter(site=str(values.get("site") or ""), stream=values["stream"], closed_on=None)
    row = rows.order_by("name_zh", "pk").first()
    return {"waste_name": row.name_zh, **({"form": row.form} if row.form in _FORMS else {})} if row else {}


_FORMS = ("solid", "semi_solid", "liquid", "gas")
