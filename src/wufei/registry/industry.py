"""Industry codes of GB/T 4754—2017: a section's letter, or the digits of a division, group or class."""

from __future__ import annotations

import re
import unicodedata

from wufei.catalog import Catalog
from wufei.terms import NamedError

_CODE = re.compile(r"([A-T]?)(\d{2})(\d{0,2})", re.ASCII)


class IndustryUnreadable(NamedError):
    """A text that has not the form of an industry code."""

    code = "industry_unreadable"
    zh = "“{code}”不是国民经济行业代码。"
    en = "“{code}” has not the form of an industry code."
    remedy_zh = "请写一位门类字母（A–T），或 2 至 4 位数字，如 4411。"
    remedy_en = "Write a section's letter (A–T), or 2 to 4 digits, such as 4411."


class IndustryUnknown(NamedError):
    """The form is right, but the classification has no such division."""

    code = "industry_unknown"
    zh = "国民经济行业分类里没有“{code}”所在的大类，或它不属于所写的门类。"
    en = "The classification has no division for “{code}”, or it belongs to another section."
    remedy_zh = "请查 GB/T 4754—2017；前两位数字是大类，01 至 97。"
    remedy_en = "Look it up in GB/T 4754—2017; the first two digits are the division, 01 to 97."


def read_industry(text: str, catalog: Catalog) -> str:
    """The code as it is kept: a letter alone, or digits alone. Raises IndustryUnreadable, IndustryUnknown."""
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if re.fullmatch("[A-Z]", code):
        if catalog.national.find("industries", code) is None:
            raise IndustryUnknown(code=code)
        return code
    match = _CODE.fullmatch(code)
    if match is None:
        raise IndustryUnreadable(code=code[:40])
    division = catalog.national.find("industries", match[2])
    if division is None or match[1] not in {"", division.parent}:
        raise IndustryUnknown(code=code)
    return match[2] + match[3]
