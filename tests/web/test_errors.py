"""What a reader sees when something goes wrong: in both languages, with a remedy, without a traceback."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from wufei.registry.models import Person
from wufei.web.views import city, errors

pytestmark = pytest.mark.django_db
LANGUAGES = ("zh-hans", "en")
HANDLERS = {
    400: lambda request: errors.bad_request(request, ValueError("secret")),
    403: lambda request: errors.forbidden(request, PermissionDenied("secret")),
    404: lambda request: errors.not_found(request, KeyError("secret")),
    500: errors.server_error,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", list(HANDLERS))
def test_each_error_says_what_to_do(status: int, language: str) -> None:
    with translation.override(language):
        response = HANDLERS[status](RequestFactory().get("/"))
    said = response.content.decode()
    assert response.status_code == status
    assert ("怎么办" if language == "zh-hans" else "What to do") in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_a_page_that_breaks_is_told_and_logged(
    person: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    monkeypatch.setattr(city, "_dates", lambda *_: 1 / 0)
    response = client.get(reverse("city", args=["hohhot"]))
    assert response.status_code == 500
    assert "服务器未能生成此页面" in response.content.decode()
    assert "ZeroDivisionError" not in response.content.decode()


def test_the_error_page_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        @property
        def is_authenticated(self) -> bool:
            raise OperationalError("the database is away")

    request = RequestFactory().get("/")
    request.user = Gone()
    assert errors.server_error(request).status_code == 500


def test_a_form_from_elsewhere_is_refused_in_the_readers_language(in_english: Callable[[Client], Client]) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(reverse("login"), {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "无法验证此表单" in response.content.decode()
    assert "could not be verified" in in_english(strict).post(reverse("login")).content.decode()


def test_a_stranger_is_told_of_a_missing_page_too(client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "此网址没有页面" in response.content.decode()


def test_error_views_take_any_request() -> None:
    assert errors.not_found(HttpRequest()).status_code == 404
