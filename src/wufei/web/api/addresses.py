"""The API's addresses with their audiences, and what answers where there is none."""

from __future__ import annotations

import functools
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from wufei.intake.reading_errors import PayloadFieldUnknown
from wufei.web.api import cases, changes, field, figures, lookups, posting, reading
from wufei.web.api.core import POLICIES, VERSION, api, plain_path, send
from wufei.web.api.errors import AddressUnknown, MethodRefused, answer
from wufei.web.policy import Policy, open_page
from wufei.web.render import page
from wufei.web.security.gate import address_of
from wufei.web.security.limits import TooManyRequests, take

GROUPS = (posting, reading, figures, cases, lookups, changes, field)
ROOT = "api-root"


@open_page
def schema(_request: HttpRequest) -> JsonResponse:
    """The OpenAPI document."""
    return send(openapi())


@functools.cache
def openapi() -> dict[str, Any]:
    """The document itself, made once."""
    return dict(api.get_openapi_schema(path_prefix=f"/api/v{VERSION}/"))


@open_page
def reference(request: HttpRequest) -> HttpResponse:
    """The reference for people, drawn from the schema on our own server."""
    return page(request, "web/api.html", {"operations": _operations(), "shapes": _shapes()})


def _operations() -> list[dict[str, Any]]:
    """Each operation with its method, address, words, parameters and body."""
    return [
        {"method": method.upper(), "path": address, **told, "body": _body(told), "parameters": _parameters(told)}
        | {"zh": told["x-summary-zh"]}
        for address, methods in openapi()["paths"].items()
        for method, told in methods.items()
    ]


def _shapes() -> list[dict[str, Any]]:
    """The bodies and answers by name, with their fields."""
    made = []
    for name, shape in sorted(openapi()["components"]["schemas"].items()):
        required = set(shape.get("required", ()))
        fields = [
            {"name": key, "type": _type(field), "about": _about(field), "required": key in required}
            for key, field in shape.get("properties", {}).items()
        ]
        made.append({"name": name, "about": shape.get("description", ""), "fields": fields})
    return made


def _type(field: dict[str, Any]) -> str:
    """The type of a field in a few characters: ``string``, ``[EntryIn]``, ``integer | null``."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " | ".join(_type(choice) for choice in field["anyOf"])
    if "items" in field:
        return f"[{_type(field['items'])}]"
    return str(field.get("format") or field.get("type", ""))


def _about(field: dict[str, Any]) -> str:
    parts = [field.get("description", ""), *(f"e.g. {e}" for e in field.get("examples", ())[:2])]
    choices = field.get("enum")
    return "; ".join(part for part in [*parts, " | ".join(choices) if choices else ""] if part)


def _parameters(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of an operation with their types in a few characters."""
    found = told.get("parameters", ())
    return [{**p, "type": _type(p["schema"]), "about": _about(p["schema"])} for p in found]


def _body(told: dict[str, Any]) -> str:
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]


@functools.cache
def _queries() -> dict[tuple[str, str], frozenset[str]]:
    """The names that each operation takes after the question mark."""
    return {
        (address.removeprefix(f"/api/v{VERSION}"), method.upper()): frozenset(
            p["name"] for p in told.get("parameters", ()) if p["in"] == "query"
        )
        for address, methods in openapi()["paths"].items()
        for method, told in methods.items()
    }


@csrf_exempt
@open_page
def nowhere(_request: HttpRequest, rest: str = "") -> JsonResponse:  # noqa: ARG001
    """Any other address below /api/."""
    return answer(AddressUnknown())


def _limited(request: HttpRequest, response: Any) -> Any:
    """The answer with what is left of the limit, where one was counted."""
    if (left := getattr(request, "limit", None)) is not None:
        response["RateLimit-Limit"] = str(left.limit)
        response["RateLimit-Remaining"] = str(left.remaining)
        response["RateLimit-Reset"] = str(left.seconds)
    return response


def _guarded(pattern: URLPattern) -> URLPattern:
    """The pattern with its audiences by method, refusing other methods in our own words."""
    inner = pattern.callback
    address = plain_path(str(pattern.pattern))
    policies = POLICIES[address]

    @functools.wraps(inner)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method not in policies:
            response = answer(MethodRefused(allowed=", ".join(sorted(policies))))
            response["Allow"] = ", ".join(sorted(policies))
            return response
        unknown = sorted(set(request.GET) - _queries()[address, request.method])
        if unknown:
            return answer(PayloadFieldUnknown(place=unknown[0], field=unknown[0]))
        try:
            take("address:" + address_of(request), settings.SIGN_IN.rate_per_address, what=("每个地址", "an address"))
        except TooManyRequests as error:
            return answer(error)
        return _limited(request, inner(request, *args, **kwargs))

    view.policies, view.rule = policies, "journal"
    view.policy = next(iter(policies.values())) if len({*policies.values()}) == 1 else Policy.READER
    return path(f"v{VERSION}/{pattern.pattern}", csrf_exempt(view), name=pattern.name)


urlpatterns = [
    path("", reference, name="api-reference"),
    path(f"v{VERSION}/openapi.json", schema, name="api-schema"),
    *(_guarded(p) for p in api.urls[0] if isinstance(p, URLPattern) and p.name != ROOT),
    path("<path:rest>", nowhere, name="api-nowhere"),
]
