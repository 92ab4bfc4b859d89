"""Organisations: entering, amending, and under which ids one has been known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wufei.catalog import Catalog
from wufei.registry import fields
from wufei.registry.credit_code import read_credit_code
from wufei.registry.industry import read_industry
from wufei.registry.keeping import Entity, amend, enter
from wufei.registry.models import Organisation
from wufei.terms import NamedError


class CreditCodeNeeded(NamedError):
    """An organisation of this kind has a credit code, and none was given."""

    code = "credit_code_needed"
    zh = "“{kind_zh}”须填统一社会信用代码。"
    en = "An organisation of the kind “{kind_en}” needs its unified social credit code."
    remedy_zh = "请照证照填写 18 位代码。"
    remedy_en = "Copy the 18 places from the licence."


class CreditCodeTaken(NamedError):
    """Another organisation has the code."""

    code = "credit_code_taken"
    zh = "统一社会信用代码 {credit_code} 已登记为“{name}”。"
    en = "The credit code {credit_code} is registered for “{name}”."
    remedy_zh = "请在已登记的单位上修改；若两处是同一单位，请合并。"
    remedy_en = "Amend the one on register; if both are the same, merge them."


class DeclaredNotAmended(NamedError):
    """The names of the plan's bodies are the catalogue's."""

    code = "declared_not_amended"
    zh = "“{name}”的名称、类型和所在区划来自方案目录，不在登记簿中修改。"
    en = "Name, kind and place of “{name}” come from the plan's catalogue and are not changed here."
    remedy_zh = "可补充统一社会信用代码、行业和地址；名称请在目录数据中改。"
    remedy_en = "Code, industry and address may be added; the name is changed in the catalogue's data."


def _credit_code(value: Any, _catalog: Catalog) -> str | None:
    return None if fields.empty(value) else read_credit_code(str(value))


def _industry(value: Any, catalog: Catalog) -> str:
    return "" if fields.empty(value) else read_industry(str(value), catalog)


def _needs_code(org: Organisation, catalog: Catalog) -> Iterator[NamedError]:
    kind = catalog.national.find("org_kinds", org.kind)
    if kind and kind.needs_credit_code and not org.credit_code and not org.declared:
        yield CreditCodeNeeded(place="credit_code", kind_zh=kind.zh, kind_en=kind.en)


def _code_is_free(org: Organisation, _catalog: Catalog) -> Iterator[NamedError]:
    if not org.credit_code:
        return
    other = Organisation.objects.filter(credit_code=org.credit_code).exclude(pk=org.pk).first()
    if other:
        yield CreditCodeTaken(place="credit_code", credit_code=org.credit_code, name=other.name_zh)


ORGANISATION = Entity(
    Organisation,
    {
        "name_zh": fields.text(120),
        "name_en": fields.text(200),
        "aliases": fields.texts(120),
        "kind": fields.word("org_kinds"),
        "credit_code": _credit_code,
        "industry": _industry,
        "registered_address": fields.text(200),
        "legal_person": fields.text(80),
        "place": fields.place,
    },
    needed=("name_zh", "kind"),
    checks=(_needs_code,),
    stored=(_code_is_free,),
)
_OF_CATALOGUE = ("name_zh", "name_en", "kind", "place", "aliases")


def enter_organisation(values: Mapping[str, Any], catalog: Catalog) -> Organisation:
    """A new organisation. Raises what is wrong with its fields, CreditCodeNeeded, CreditCodeTaken."""
    return enter(ORGANISATION, values, catalog)


def amend_organisation(org: Organisation, values: Mapping[str, Any], catalog: Catalog) -> Organisation:
    """Change an organisation's fields. Raises as ``enter_organisation``, and DeclaredNotAmended."""
    if org.declared and (named := [name for name in _OF_CATALOGUE if name in values]):
        raise DeclaredNotAmended(place=named[0], name=org.name_zh)
    return amend(ORGANISATION, org, values, catalog)


def known_as(org_id: str) -> list[str]:
    """Every id under which an organisation has acted: its own, and those of all that were merged into it."""
    found, new = [org_id], [org_id]
    while new:
        merged = Organisation.objects.filter(merged_into__in=new).exclude(pk__in=found)
        new = list(merged.order_by("pk").values_list("pk", flat=True))
        found += new
    return found


def going_on(org: Organisation) -> Organisation:
    """The organisation that goes on: itself, or what it was merged into, however often."""
    while org.merged_into is not None:
        org = org.merged_into
    return org
