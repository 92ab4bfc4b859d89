"""What the API refuses and how it says so: always JSON with code, both languages, remedy and place."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from ninja.errors import AuthenticationError, ValidationError

from wufei.intake.payload import named
from wufei.intake.posting import RecordNotFound
from wufei.registry.impersonating import ImpersonationReadsOnly
from wufei.registry.tokens import ApiTokenExpired, ApiTokenInvalid
from wufei.terms import NamedError
from wufei.web.api.refusal import ApiRefusal
from wufei.workflow.acting import RoleSignsNot
from wufei.workflow.errors import CaseUnknown, PartyNotYours, StepOutdated
from wufei.workflow.kinds import WorkflowUnknown

_log = logging.getLogger(__name__)


class SignInNeeded(ApiRefusal):
    """Neither a token nor a session."""

    code = "sign_in_needed"
    status = 401
    zh = "请先登录，或在 Authorization 头中带上接口令牌。"
    en = "Sign in, or send an API token in the Authorization header."
    remedy_zh = "令牌在“我的账户”签发，写作 Authorization: Bearer <令牌>。"
    remedy_en = "Issue a token on “My account” and send Authorization: Bearer <token>."


class RoleMayNot(ApiRefusal):
    """Known, but of a role that may not do this."""

    code = "role_may_not"
    status = 403
    zh = "您的角色不能使用此接口。"
    en = "Your role may not use this address."
    remedy_zh = "请由有签署权的角色提交，或请管理员调整角色。"
    remedy_en = "Let a role that signs do it, or ask an administrator for another role."


class TokenScopeMissing(ApiRefusal):
    """A token that was not issued for this."""

    code = "token_scope_missing"
    status = 403
    zh = "此令牌没有权限“{scope}”。"
    en = "This token lacks the scope “{scope}”."
    remedy_zh = "请签发带有该权限的令牌。"
    remedy_en = "Issue a token with that scope."


class RequestForged(ApiRefusal):
    """A session without its CSRF token."""

    code = "request_forged"
    status = 403
    zh = "用登录会话提交时须带 X-CSRFToken 头。"
    en = "A request with a session needs the X-CSRFToken header."
    remedy_zh = "请带上页面中的 CSRF 令牌，或改用接口令牌。"
    remedy_en = "Send the CSRF token of the page, or use an API token."


class AddressUnknown(ApiRefusal):
    """Nothing at this address."""

    code = "address_unknown"
    status = 404
    zh = "接口中没有此地址。"
    en = "The API has no such address."
    remedy_zh = "请查看接口说明 /api/。"
    remedy_en = "See the reference at /api/."


class MethodRefused(ApiRefusal):
    """An address that does not know the method."""

    code = "method_refused"
    status = 405
    zh = "此地址不接受该方法，可用：{allowed}。"
    en = "This address does not take the method; it takes {allowed}."
    remedy_zh = "请查看接口说明 /api/。"
    remedy_en = "See the reference at /api/."


class BodyTooLarge(ApiRefusal):
    """A body beyond the limit."""

    code = "body_too_large"
    status = 413
    zh = "请求正文不得超过 {largest} 字节。"
    en = "A request body is at most {largest} bytes."
    remedy_zh = "请分批提交；大量数据请用导入。"
    remedy_en = "Send several batches; use an import for large files."


class BodyUnreadable(ApiRefusal):
    """A body that is not JSON in UTF-8, or not the object that is asked for."""

    code = "body_unreadable"
    zh = "请求正文不是所要求的 JSON：{why}。"
    en = "The request body is not the JSON that is asked for: {why}."
    remedy_zh = "请发送 UTF-8 编码的 JSON 对象，Content-Type 为 application/json。"
    remedy_en = "Send a JSON object in UTF-8 with Content-Type application/json."


class ContentTypeRefused(ApiRefusal):
    """A body of another type."""

    code = "content_type_refused"
    status = 415
    zh = "请求正文须为 application/json。"
    en = "The request body must be application/json."
    remedy_zh = "请设置 Content-Type: application/json。"
    remedy_en = "Set Content-Type: application/json."


class DatabaseAway(ApiRefusal):
    """The database does not answer."""

    code = "database_away"
    status = 503
    zh = "数据库暂时无法访问，什么都没有写入。"
    en = "The database cannot be reached just now; nothing was written."
    remedy_zh = "请稍后用同样的编号重试；已写入的不会重复。"
    remedy_en = "Try again with the same ids in a moment; what stands is not written twice."


class ServerFailed(ApiRefusal):
    """Our fault."""

    code = "server_failed"
    status = 500
    zh = "服务器处理此请求时出错。"
    en = "The server failed on this request."
    remedy_zh = "请把时间和地址告诉管理员；日志中有原因。"
    remedy_en = "Give the administrator the time and the address; the log has the cause."


_STATUS: dict[type[NamedError], int] = {
    RecordNotFound: 404,
    ApiTokenInvalid: 401,
    ApiTokenExpired: 401,
    ImpersonationReadsOnly: 403,
    CaseUnknown: 404,
    WorkflowUnknown: 404,
    PartyNotYours: 403,
    RoleSignsNot: 403,
    StepOutdated: 409,
}


def status_of(error: NamedError) -> int:
    """The HTTP status that the error is answered with."""
    return error.status if isinstance(error, ApiRefusal) else _STATUS.get(type(error), 422)


def plain(error: NamedError) -> dict[str, Any]:
    """The error as the API writes it."""
    said = error.as_dict()
    said.pop("values")
    return said


def answer(error: NamedError) -> JsonResponse:
    """The response that says the error."""
    status = status_of(error)
    response = JsonResponse(plain(error), status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    if status == SignInNeeded.status:
        response["WWW-Authenticate"] = "Bearer"
    if (wait := getattr(error, "wait_seconds", None)) is not None:
        response["Retry-After"] = str(wait)
    return response


def on_named(_request: HttpRequest, error: NamedError) -> JsonResponse:
    """A named error raised anywhere below."""
    return answer(error)


def on_invalid(_request: HttpRequest, error: ValidationError) -> JsonResponse:
    """A parameter of the address that cannot be read."""
    detail = error.errors[0]
    where = [step for step in detail["loc"][1:] if step != "query_params"]
    return answer(named({**detail, "loc": tuple(where)}, ""))


def on_stranger(_request: HttpRequest, _error: AuthenticationError) -> JsonResponse:
    """Neither token nor session."""
    return answer(SignInNeeded())


def on_database(_request: HttpRequest, error: DatabaseError | InterfaceError | psycopg.Error) -> JsonResponse:
    """The database refused or is away; the journal is asked without Django, so its errors are the driver's own."""
    _log.error("database", exc_info=error)
    away = isinstance(error, OperationalError | InterfaceError | psycopg.OperationalError | psycopg.InterfaceError)
    return answer(DatabaseAway() if away else ServerFailed())


def on_failure(request: HttpRequest, error: Exception) -> JsonResponse:
    """Anything else is our fault, and stands in the log."""
    _log.error("%s %s", request.method, request.path, exc_info=error)
    return answer(ServerFailed())
