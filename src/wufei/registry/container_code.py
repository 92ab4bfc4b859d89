"""The digital identification code (数字识别码) of a container: 37 characters in four parts, HJ 1276—2022.

Who generates or collects (18, the unified social credit code), what waste (8, the waste code without hyphens), on which
day (8, YYYYMMDD) and which container of that day (3). The standard gives the code no check character of its own; the
credit code in it has one, and day and waste can be wrong by themselves. Segment lengths are known at second hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from wufei.registry.credit_code import ALPHABET, narrowed, read_credit_code
from wufei.terms import NamedError

LENGTH, MOST_SERIAL = 37, 999
_PARTS = re.compile(r"(.{18})(\d{3})(\d{3})(\d{2})(\d{4})(\d{2})(\d{2})(\d{3})", re.ASCII)
_RUN = re.compile(rf"(?<![0-9A-Z])[{ALPHABET}]{{{LENGTH}}}(?![0-9A-Z])")
CASE = "container"


class ContainerCodeNone(NamedError):
    """A text in which no container code stands."""

    code = "container_code_none"
    zh = "“{text}”里没有 37 位的容器数字识别码。"
    en = "There is no 37-character container code in “{text}”."
    remedy_zh = "请对准标签右侧的二维码重扫，或照标签抄写数字识别码；联单、车辆的二维码请在各自的页面核对。"
    remedy_en = "Scan the label again or copy its characters; manifests and vehicles have pages of their own."


class ContainerCodeTorn(NamedError):
    """A code of which some characters are missing or cannot be right."""

    code = "container_code_torn"
    zh = "数字识别码“{code}”不完整或认错了：{why_zh}。"
    en = "The container code “{code}” is incomplete or was misread: {why_en}."
    remedy_zh = "标签可能破损或沾污：请照标签上印的 37 位字符输入；看不清的，在容器清单中按废物查找并补打。"
    remedy_en = (
        "The label may be torn or stained: type the 37 printed characters, or find the container in the list by waste "
        "and mass, and print its label again."
    )


@dataclass(frozen=True, slots=True)
class ContainerCode:
    """A code taken apart: who, what waste (``NNN-NNN-NN``), on which day, which container of the day."""

    unit: str
    waste: str
    day: date
    serial: int

    def __str__(self) -> str:
        """The 37 characters as the label bears them."""
        return f"{self.unit}{self.waste.replace('-', '')}{self.day:%Y%m%d}{self.serial:03}"

    @property
    def division(self) -> str:
        """The six digits of the division that registered the unit (GB 32100, places 3 to 8)."""
        return self.unit[2:8]

    @property
    def number(self) -> UUID:
        """The number of the container's case, which is also the lot of what it holds."""
        return number_of(str(self))


def number_of(code: str) -> UUID:
    """The number that a case with this code has, since the code is what there is one case for."""
    return uuid5(NAMESPACE_URL, f'wufei-case:["{CASE}", "{code}"]')


def find_code(text: str) -> str:
    """The code that stands in what was scanned or typed: alone, or in an address or a labelled line.

    Raises ContainerCodeNone, and ContainerCodeTorn where what was given can only be part of a code.
    """
    told = narrowed(text)
    found = _RUN.search(told)
    if found:
        return found[0]
    for line in text.splitlines():
        if found := _RUN.search(narrowed(line)):
            return found[0]
    if re.fullmatch(r"[0-9A-Z]{20,60}", told):
        read = {"why_zh": f"应为 {LENGTH} 位，读到 {len(told)} 位", "why_en": f"{len(told)} of {LENGTH} characters"}
        raise ContainerCodeTorn(code=told[:60], **read)
    raise ContainerCodeNone(text=text.strip()[:60])


def read_container_code(text: str) -> ContainerCode:
    """The code in ``text``, checked part by part. Raises ContainerCodeNone and ContainerCodeTorn."""
    code = find_code(text)
    parts = _PARTS.fullmatch(code)
    if parts is None:
        raise ContainerCodeTorn(code=code, why_zh="第 19 至 37 位应全是数字", why_en="characters 19 to 37 are digits")
    try:
        unit = read_credit_code(parts[1])
    except NamedError as error:
        told = {"why_zh": "前 18 位" + error.text("zh").rstrip("。"), "why_en": error.text("en").rstrip(".")}
        raise ContainerCodeTorn(code=code, **told) from error
    try:
        day = date(int(parts[5]), int(parts[6]), int(parts[7]))
    except ValueError as error:
        told = {"why_zh": "第 27 至 34 位不是日期", "why_en": "characters 27 to 34 are no date"}
        raise ContainerCodeTorn(code=code, **told) from error
    return ContainerCode(unit, f"{parts[2]}-{parts[3]}-{parts[4]}", day, int(parts[8]))
