"""The API itself: its description, how an operation declares its audience, how a body is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from psycopg import Connection
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from pydantic_core import from_json

from wufei.intake.payload import CorrectionIn, CountIn, RecordIn, ReversalIn, read
from wufei.terms import NamedError
from wufei.web.api import errors
from wufei.web.api.callers import SAFE, BearerToken, Caller, Session
from wufei.web.api.case_shapes import CaseIn, StepIn, StepsIn
from wufei.web.api.field_shapes import EnrolIn, SyncIn
from wufei.web.api.shapes import BatchIn, Problem
from wufei.web.policy import Policy

VERSION = "1"
LARGEST_BODY = 2 * 1024 * 1024
SCHEMA = "#/components/schemas/"
BODIES = (BatchIn, RecordIn, ReversalIn, CorrectionIn, CountIn, CaseIn, StepIn, StepsIn, EnrolIn, SyncIn, Problem)
Read = TypeVar("Read", bound=BaseModel)


class Api(NinjaAPI):
    """Ninja's API whose schema also holds the bodies that we read ourselves."""

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """OpenAPI 3.1, with every request body and the shape of an error."""
        schema = super().get_openapi_schema(**given)
        bodies = [(model, "validation") for model in BODIES]
        _names, made = models_json_schema(bodies, ref_template=SCHEMA + "{model}")
        schema["components"]["schemas"].update(made["$defs"])
        return schema


api = Api(
    title="Wufei · 无废",
    version=VERSION,
    description="The journal of a zero-waste city: post, reverse and correct records; read balances, statements, "
    "flows. Masses are whole grams; decimals are text; every error has a code, both languages and a remedy.",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
)
for _kind, _handler in (
    (NamedError, errors.on_named),
    (ValidationError, errors.on_invalid),
    (AuthenticationError, errors.on_stranger),
    (Http404, lambda _request, _error: errors.answer(errors.AddressUnknown())),
    (DatabaseError, errors.on_database),
    (InterfaceError, errors.on_database),
    (psycopg.Error, errors.on_database),
    (Exception, errors.on_failure),
):
    api.add_exception_handler(_kind, _handler)

POLICIES: dict[str, dict[str, Policy]] = {}


def plain_path(path: str) -> str:
    """An address without the kinds of its parameters: ``/records/{uuid:id}`` and ``records/<uuidstr:id>`` are one."""
    return "/" + re.sub(r"[{<](?:\w+:)?(\w+)[}>]", r"{\1}", path).lstrip("/")


def scope_of(method: str, path: str) -> str:
    """The scope that a token needs for an operation (``wufei.registry.tokens.SCOPES``)."""
    resource = "journal" if path.startswith(("/journal/", "/cases", "/changes", "/field/")) else "lists"
    return f"{resource}:{'read' if method in SAFE else 'post'}"


def operation(
    method: str, path: str, policy: Policy, *, zh: str, body: type[BaseModel] | None = None, **more: Any
) -> Callable[..., Any]:
    """Register a view at ``path`` for the audience ``policy``; ``zh`` says what it does, ``body`` what it reads."""
    POLICIES.setdefault(plain_path(path), {})[method] = policy
    content = {"application/json": {"schema": {"$ref": SCHEMA + "Problem"}}}
    default = {"default": {"description": "A named error", "content": content}}
    extra: dict[str, Any] = {"responses": default, "x-summary-zh": zh}
    if body is not None:
        wanted = {"application/json": {"schema": {"$ref": SCHEMA + body.__name__}}}
        extra["requestBody"] = {"required": True, "content": wanted}
    auth = [BearerToken(policy, scope_of(method, path)), Session(policy)]
    return api.api_operation([method], path, auth=auth, openapi_extra=extra, **more)


def caller(request: HttpRequest) -> Caller:
    """Who calls."""
    found: Caller = request.auth
    return found


def database() -> Connection[Any]:
    """The request's own connection to the journal; made anew after the server went away."""
    if connection.connection is not None and connection.connection.closed:
        connection.close()  # Django looks after errors of its own cursors only
    connection.ensure_connection()
    raw: Connection[Any] = connection.connection
    return raw


def body(request: HttpRequest) -> Any:
    """The JSON of the body; raises ContentTypeRefused, BodyTooLarge or BodyUnreadable."""
    if request.content_type != "application/json":
        raise errors.ContentTypeRefused
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise errors.BodyTooLarge(largest=LARGEST_BODY)
    try:
        return from_json(request.body, allow_inf_nan=False)
    except ValueError as error:
        raise errors.BodyUnreadable(why=error) from error


def body_as(model: type[Read], request: HttpRequest) -> Read:
    """The body as ``model``; raises as `body` does and the named error of the first field that is wrong."""
    sent = body(request)
    if not isinstance(sent, dict):
        raise errors.BodyUnreadable(why="object")
    return read(model, sent, "")


def send(value: Any, status: int = 200) -> JsonResponse:
    """``value`` as JSON that nobody keeps."""
    response = JsonResponse(value, status=status, safe=False, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response
