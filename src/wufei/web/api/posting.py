"""Post records, reverse one, correct one."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse

from wufei.intake import posting
from wufei.intake.payload import CorrectionIn, CountIn, ReversalIn
from wufei.intake.posting import Told
from wufei.web.api.core import body, body_as, caller, database, operation, send
from wufei.web.api.errors import BodyUnreadable, plain
from wufei.web.api.shapes import BatchIn, PostedOut
from wufei.web.policy import Policy

MODES = ("atomic", "row")
ANSWERS = {200: PostedOut, 207: PostedOut, 422: PostedOut}


@operation(
    "POST",
    "/journal/records",
    Policy.SIGNER,
    body=BatchIn,
    response=ANSWERS,
    summary="Post records",
    zh="提交一条或一批记录",
)
def post_records(request: HttpRequest) -> JsonResponse:
    """A batch `{"mode": "atomic"|"row", "records": […]}`, or one record by itself.

    200: every record stands (appended now or before). 207: mode `row`, some stand. 422: none was appended.
    A record's id is its idempotency key: sent again unchanged it is a `duplicate` and stands.
    """
    payloads, mode = _batch(body(request))
    return told(posting.post(database(), payloads, caller(request).speaker, row_mode=mode == "row"))


def _batch(sent: Any) -> tuple[list[Any], str]:
    """The records and the mode of a body; raises BodyUnreadable."""
    if not isinstance(sent, dict):
        raise BodyUnreadable(why="object")
    if "records" not in sent:
        return [sent], "atomic"
    records, mode = sent["records"], sent.get("mode", "atomic")
    if set(sent) - {"records", "mode"} or mode not in MODES or not isinstance(records, list) or not records:
        raise BodyUnreadable(why='{"mode": "atomic" | "row", "records": […]}')
    return records, mode


@operation(
    "POST",
    "/journal/records/{uuid:record_id}/reverse",
    Policy.SIGNER,
    body=ReversalIn,
    response=ANSWERS,
    summary="Reverse a record",
    zh="冲正一条记录",
)
def reverse_record(request: HttpRequest, record_id: UUID) -> JsonResponse:
    """Append the record with its accounts swapped, at the original's time and period unless told otherwise."""
    sent = body_as(ReversalIn, request)
    return told(posting.reverse_record(database(), record_id, sent, caller(request).speaker))


@operation(
    "POST",
    "/journal/records/{uuid:record_id}/correct",
    Policy.SIGNER,
    body=CorrectionIn,
    response=ANSWERS,
    summary="Correct a record",
    zh="更正一条记录：冲正旧的、追加新的",
)
def correct_record(request: HttpRequest, record_id: UUID) -> JsonResponse:
    """Append the reversal and the record in its place, both or neither."""
    sent = body_as(CorrectionIn, request)
    return told(posting.correct_record(database(), record_id, sent, caller(request).speaker))


@operation(
    "POST",
    "/journal/stocktakes",
    Policy.SIGNER,
    body=CountIn,
    response=ANSWERS,
    summary="Count a stock",
    zh="盘点一个账户的存量",
)
def count_stock(request: HttpRequest) -> JsonResponse:
    """What was counted is asserted; a difference beyond the tolerance is refused until `accept` books it."""
    sent = body_as(CountIn, request)
    return told([posting.count_stock(database(), sent, caller(request).speaker)])


def told(outcomes: list[Told]) -> JsonResponse:
    """The outcomes as an answer: 200 when all stand, 422 when none does, else 207."""
    counts = Counter(told.outcome for told in outcomes)
    standing = sum(told.stands for told in outcomes)
    status = 200 if standing == len(outcomes) else 207 if standing else 422
    told_plain = [
        {"id": t.id and str(t.id), "outcome": t.outcome, "seq": t.seq, "error": plain(t.error) if t.error else None}
        for t in outcomes
    ]
    words = ("appended", "duplicate", "refused", "held")
    return send({word: counts[word] for word in words} | {"outcomes": told_plain}, status)
