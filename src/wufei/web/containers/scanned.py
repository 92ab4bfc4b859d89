"""What a scanned or typed code means here: the container, or by name why there is none to show."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from wufei.registry import directory
from wufei.registry.container_code import CASE, ContainerCode, read_container_code
from wufei.reports.containers import known
from wufei.terms import NamedError
from wufei.web.plan import Plan
from wufei.workflow.cases import read
from wufei.workflow.engine import Case
from wufei.workflow.errors import CaseUnknown


class ContainerOfAnotherCity(NamedError):
    """A good code of a unit that another city registered and that is not on this register."""

    code = "container_of_another_city"
    zh = "标签是外地单位的：统一社会信用代码 {unit}，登记地行政区划 {division}，不在本市登记簿中。"
    en = "The label is of a unit elsewhere: credit code {unit}, registered in division {division}, not on our register."
    remedy_zh = "容器如从外地转入，请凭联单接收；联单查不到的，按“无联单到货”办理并报生态环境部门。"
    remedy_en = "Receive it by its manifest; without one, take the step “Receive without a manifest”."


class ContainerNotLabelled(NamedError):
    """A good code of a unit on register that no container bears."""

    code = "container_not_labelled"
    zh = "数字识别码 {given} 尚未在本系统赋码（单位：{name}）。"
    en = "No container bears the code {given} here yet (unit: {name})."
    remedy_zh = "由产生单位补录：新建容器时在“已有的数字识别码”里填这 37 位；若是误印的标签，请撕下。"
    remedy_en = (
        "The generator enters it as the code that a new container bears already; a misprinted label is taken off."
    )


class ContainerNotYours(NamedError):
    """A container that somebody else keeps."""

    code = "container_not_yours"
    zh = "容器 {given} 由其他单位保管，您无权查看。"
    en = "The container {given} is kept by somebody else; you may not see it."
    remedy_zh = "若它应在您处，请先在随行联单上接受；若是捡到的，请联系标签上的单位或生态环境部门。"
    remedy_en = (
        "If it should be with you, accept the manifest it came with; if you found it, call the unit on its label."
    )


class ContainerScannedTwice(NamedError):
    """A code that stands in the list already."""

    code = "container_scanned_twice"
    zh = "容器 {given} 已在本次清单里，没有重复加入。"
    en = "The container {given} is in this list already and was not added again."
    remedy_zh = "请扫下一个；若两个容器贴了同一个码，请作废其中一张标签另取新码。"
    remedy_en = "Scan the next one; if two containers bear one code, void one of the labels and take a new code."


class ContainerAtWrongSite(NamedError):
    """A container that by the book stands elsewhere."""

    code = "container_at_wrong_site"
    zh = "账上容器 {given} 在“{site}”，不在“{here}”。"
    en = "By the book the container {given} stands at “{site}”, not at “{here}”."
    remedy_zh = "请先办清它来时的联单；没有联单就移到这里的，须说明情况并补办。"
    remedy_en = "First finish the manifest it came with; if it was moved here without one, say so and make up for it."


def look_up(connection: Connection[Any], plan: Plan, text: str) -> Case:
    """The container of the code in ``text``.

    Raises ContainerCodeNone, ContainerCodeTorn, ContainerNotYours, ContainerNotLabelled and ContainerOfAnotherCity.
    """
    code = read_container_code(text)
    try:
        return read(connection, f"{CASE}:{code.number}")
    except CaseUnknown as error:
        raise _unseen(connection, plan, code) from error


def _unseen(connection: Connection[Any], plan: Plan, code: ContainerCode) -> NamedError:
    if known(connection, [code]):
        return ContainerNotYours(place="code", given=str(code))
    units = directory.find(connection, "org", code.unit)
    if units or code.division[:4] == str(plan.city.code)[:4]:
        name = units[0].zh if units else code.unit
        return ContainerNotLabelled(place="code", given=str(code), name=name)
    return ContainerOfAnotherCity(place="code", unit=code.unit, division=code.division)
