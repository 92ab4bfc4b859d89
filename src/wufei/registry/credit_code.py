"""Unified social credit codes (GB 32100—2015) and the organisation code inside them (GB 11714—1997)."""

from __future__ import annotations

import re
import unicodedata

from wufei.terms import NamedError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100, 4.2: without I, O, S, V, Z
_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_CHECKS = "0123456789X0"  # of 11 minus the sum modulo 11; 10 is X, 11 is 0
_ORG = re.compile(r"[0-9A-Z]{8}[0-9X]", re.ASCII)
_DIVISION = re.compile(r"[0-9]{6}", re.ASCII)


class CreditCodeLength(NamedError):
    """A credit code that has not 18 places."""

    code = "credit_code_length"
    zh = "统一社会信用代码应为 18 位，“{code}”有 {length} 位。"
    en = "A unified social credit code has 18 places; “{code}” has {length}."
    remedy_zh = "请照营业执照或法人证书抄写；15 位的旧注册号和 9 位的组织机构代码不能代替。"
    remedy_en = "Copy it from the licence; an old 15-digit number or a 9-place organisation code will not do."


class CreditCodeLetters(NamedError):
    """A credit code with a character that the standard never uses in that place."""

    code = "credit_code_letters"
    zh = "统一社会信用代码“{code}”里不应出现“{wrong}”。"
    en = "“{wrong}” cannot stand in the unified social credit code “{code}”."
    remedy_zh = "代码只用数字和大写字母，不用 I、O、S、V、Z，第 3 至 8 位全是数字；请核对是否把 1、0、5、2 认作了字母。"
    remedy_en = (
        "Digits and capitals without I, O, S, V, Z; places 3 to 8 are digits. Was a 1, 0, 5 or 2 read as a letter?"
    )


class CreditCodeCheck(NamedError):
    """A credit code whose last character does not follow from the others."""

    code = "credit_code_check"
    zh = "统一社会信用代码“{code}”的校验码不对：前 17 位算得的是另一个字符。"
    en = "The check character of “{code}” is wrong: the first 17 places give another one."
    remedy_zh = "多半抄错了一位或颠倒了相邻两位，请对照证照核对。"
    remedy_en = "Most likely one place is mistyped or two are exchanged; compare with the licence."


class OrgCodeCheck(NamedError):
    """The organisation code (places 9 to 17) fails its own check digit."""

    code = "org_code_check"
    zh = "“{code}”第 9 至 17 位的组织机构代码“{inner}”校验不符。"
    en = "The organisation code “{inner}” in places 9 to 17 of “{code}” fails its check digit."
    remedy_zh = "请对照证照核对第 9 至 17 位。"
    remedy_en = "Compare places 9 to 17 with the licence."


def narrowed(text: str) -> str:
    """Full-width letters narrowed, small ones made capital, gaps and hyphens dropped."""
    return re.sub(r"[\s\-—–·]", "", unicodedata.normalize("NFKC", text)).upper()


def check_character(body: str) -> str:
    """The 18th character that the first 17 ask for (GB 32100, 5): 31 minus the weighted sum modulo 31."""
    total = sum(ALPHABET.index(c) * w for c, w in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def org_check_character(body: str) -> str:
    """The 9th character of an organisation code that its first 8 ask for (GB 11714, 4)."""
    total = sum(int(c, 36) * w for c, w in zip(body, _ORG_WEIGHTS, strict=True))
    return _ORG_CHECKS[11 - total % 11]


def read_credit_code(text: str) -> str:
    """The code as it is kept. Raises CreditCodeLength, CreditCodeLetters, CreditCodeCheck, OrgCodeCheck."""
    code = narrowed(text)
    if len(code) != 18:
        raise CreditCodeLength(code=code[:40], length=len(code))
    wrong = "".join(dict.fromkeys(c for c in code if c not in ALPHABET))
    if not wrong and not _DIVISION.fullmatch(code[2:8]):
        wrong = "".join(dict.fromkeys(c for c in code[2:8] if not c.isdigit()))
    if wrong:
        raise CreditCodeLetters(code=code, wrong=wrong)
    if check_character(code[:17]) != code[17]:
        raise CreditCodeCheck(code=code)
    inner = code[8:17]
    if not _ORG.fullmatch(inner) or org_check_character(inner[:8]) != inner[8]:
        raise OrgCodeCheck(code=code, inner=inner)
    return code
