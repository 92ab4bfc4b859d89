"""The check of a paper blank: its number is whole, issued to the consignor, neither spoiled nor entered before."""

from __future__ import annotations

from collections.abc import Iterator

from wufei.registry.blank_number import looks_like_blank, read_blank_number
from wufei.workflow.cases import Move
from wufei.workflow.check_errors import Finding
from wufei.workflow.facts import Facts
from wufei.workflow.values import Values

Found = Iterator[Finding]
FIELD = "paper_number"


class BlankTorn(Finding):
    """A number that is incomplete, misread, or not written as printed."""

    code = "blank_torn"
    zh = "空白纸单编号“{number}”不完整、认错了或写法与印的不同。"
    en = "The number “{number}” of the blank is incomplete, misread, or not written as printed."
    remedy_zh = "请扫纸单上的二维码，或照印的样子连同短横抄写（如 WF26-7K3QX-0001-C）。"
    remedy_en = "Scan the code on the blank, or copy it as printed with its hyphens (such as WF26-7K3QX-0001-C)."


class BlankNotYours(Finding):
    """A blank that was not issued to the organisation."""

    code = "blank_not_yours"
    zh = "编号 {number} 没有发放给本单位。"
    en = "The blank {number} was not issued to this organisation."
    remedy_zh = "请核对编号；拿错了别家纸单的，请由领用单位补录，或改用普通纸质联单编号并说明情况。"
    remedy_en = (
        "Check the number; if the blank is another firm's, let that firm enter it or say so at the city's office."
    )


class BlankUsed(Finding):
    """A blank that was entered before."""

    code = "blank_used"
    zh = "编号 {number} 已补录为 {case}。"
    en = "The blank {number} was entered before, as {case}."
    remedy_zh = "一个编号只补录一次：请打开该事项核对；若是另一次转移，请用它自己的纸单编号。"
    remedy_en = "A number is entered once: look at that case; another transfer has a blank of its own."


class BlankSpoiled(Finding):
    """A blank that was told to be spoiled."""

    code = "blank_spoiled"
    zh = "编号 {number} 已报作废。"
    en = "The blank {number} was told to be spoiled."
    remedy_zh = "请核对编号；报错了作废的，请联系市级办公室，并改用普通纸质联单编号补录。"
    remedy_en = (
        "Check the number; if it was spoiled by mistake, tell the city's office and enter it under a plain number."
    )


class BlankLate(Finding):
    """A blank's number given to a case that began without it."""

    code = "blank_late"
    zh = "编号 {number} 不是本事项开始时用的纸单。"
    en = "The blank {number} is not the one with which this case began."
    remedy_zh = "请作废本事项，在“停用与补录”页面扫这张纸单重新开始。"
    remedy_en = "Void this case and begin anew by scanning the blank on the page of outages."


def paper_blank(values: Values, known: Facts, _move: Move) -> Found:
    """Where the paper is one of our blanks: it is this consignor's, and used here alone."""
    given = str(values.get(FIELD) or "")
    if not looks_like_blank(given):
        return
    if read_blank_number(given) != given:
        yield BlankTorn(place=FIELD, number=given[:60])
    elif known.known:
        yield from _judged(given, values, known)


def _judged(number: str, values: Values, known: Facts) -> Found:
    blank = known.blank
    if blank is None or blank.org != values.get("consignor_org"):
        yield BlankNotYours(place=FIELD, number=number)
    elif blank.here:
        return
    elif blank.entered_as:
        yield BlankUsed(place=FIELD, number=number, case=blank.entered_as)
    elif blank.ended:
        yield BlankSpoiled(place=FIELD, number=number)
    elif not known.begins:
        yield BlankLate(place=FIELD, number=number)
