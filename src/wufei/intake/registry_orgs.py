"""Organisations that a sheet refers to: by credit code, id or full name, looked up for a batch at once."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from wufei.registry.credit_code import narrowed, read_credit_code
from wufei.registry.models import Organisation
from wufei.registry.organisations import going_on
from wufei.terms import NamedError


class OrgNotFound(NamedError):
    """A sheet refers to an organisation that is not on register."""

    code = "org_not_found"
    zh = "登记簿里没有“{cell}”这个单位。"
    en = "No organisation “{cell}” is on register."
    remedy_zh = "请先导入单位登记表，或核对信用代码、编号和全名。"
    remedy_en = "Import the organisations first, or check credit code, id and full name."


class OrgAmbiguous(NamedError):
    """A name that several organisations have."""

    code = "org_ambiguous"
    zh = "有几个单位都叫“{cell}”：{known}。"
    en = "Several organisations are called “{cell}”: {known}."
    remedy_zh = "请改填统一社会信用代码或单位编号。"
    remedy_en = "Write its credit code or its id."


class Orgs:
    """Organisations by credit code, id or full name, fetched for a batch at once."""

    def __init__(self) -> None:
        self._by_text: dict[str, list[Organisation]] = {}

    def fetch(self, texts: Iterable[str]) -> None:
        """Look up the texts that are not known yet."""
        new = {text for text in texts if text not in self._by_text}
        if not new:
            return
        codes = {text: narrowed(text) for text in new}
        where = models.Q(pk__in=new) | models.Q(credit_code__in=codes.values()) | models.Q(name_zh__in=new)
        by_key: dict[str, list[Organisation]] = {}
        by_name: dict[str, list[Organisation]] = {}
        for org in Organisation.objects.filter(where).select_related("merged_into"):
            for key in {org.pk, org.credit_code} - {None}:
                by_key.setdefault(key, []).append(org)
            by_name.setdefault(org.name_zh, []).append(org)
        for text in new:
            self._by_text[text] = by_key.get(text) or by_key.get(codes[text]) or by_name.get(text, [])

    def get(self, text: str) -> Organisation:
        """The one that goes on. Raises OrgNotFound or OrgAmbiguous, CreditCodeCheck and its like for a wrong code."""
        found = {going_on(org).pk: going_on(org) for org in self._by_text.get(text, ())}
        if not found:
            if len(narrowed(text)) == 18 and narrowed(text).isascii():
                read_credit_code(text)
            raise OrgNotFound(cell=text)
        if len(found) > 1:
            raise OrgAmbiguous(cell=text, known="、".join(sorted(found)))
        return next(iter(found.values()))

    def known(self) -> set[str]:
        """The ids of every organisation found so far."""
        return {going_on(org).pk for found in self._by_text.values() for org in found}
