"""Sign-in by a real OpenID Connect provider that runs in this process: who linked it comes in, nobody else does."""

import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import oidc_provider_mock
import pytest
from django.test import Client
from django.urls import reverse

from tests.web.conftest import make_person
from tests.web.sign_in import acts, said
from wufei.registry import identities
from wufei.registry.models import Identity, Person
from wufei.web.security import oidc

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]


@pytest.fixture
def issuer() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread() as server:
        address = f"http://localhost:{server.server_port}"
        known = {
            "oidc_issuer": address,
            "oidc_client_id": "wufei",
            "oidc_client_secret": "s3cret",
            "private_urls": True,
        }
        with said(**known):
            yield address


def at_the_provider(address: str, subject: str) -> str:
    """Sign in at the provider as ``subject``; the address to which it sends the browser back."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"{parts.path}?{parts.query}", urlencode({"sub": subject}), form)
    back = connection.getresponse().headers["Location"]
    connection.close()
    return back.partition("testserver")[2]


def went(client: Client) -> str:
    answer = client.post(reverse("provider"), {"next": reverse("account")})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_who_linked_the_identity_signs_in(client: Client, person: Person, issuer: str) -> None:
    client.force_login(person)
    assert client.get(at_the_provider(went(client), "citizen-7"))["Location"] == reverse("account")
    assert Identity.objects.get().subject == "citizen-7"
    newcomer = Client()
    asked = went(newcomer)
    question = parse_qs(urlsplit(asked).query)
    assert question["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(question)
    assert newcomer.get(at_the_provider(asked, "citizen-7"))["Location"] == reverse("account")
    assert newcomer.get(reverse("account")).status_code == 200
    assert [act for act, *_ in acts()] == ["identity_linked", "sign_in"]


def test_nobody_else_gets_an_account_or_a_right(client: Client, person: Person, issuer: str) -> None:
    people = Person.objects.count()
    told = client.get(at_the_provider(went(client), "stranger"))
    assert told.status_code == 403
    assert "尚未与本系统的账户关联" in told.content.decode()
    assert (Person.objects.count(), Identity.objects.count()) == (people, 0)
    assert client.get(reverse("account")).status_code == 302


def test_a_leaver_does_not_come_in(client: Client, person: Person, issuer: str) -> None:
    identities.link(person, issuer, "citizen-7")
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get(at_the_provider(went(client), "citizen-7")).status_code == 403


def test_an_identity_is_one_persons(client: Client, person: Person, issuer: str) -> None:
    identities.link(make_person("first", "city_office"), issuer, "citizen-7")
    client.force_login(person)
    assert client.get(at_the_provider(went(client), "citizen-7")).status_code == 403
    assert Identity.objects.get().person.username == "first"


def test_an_answer_that_was_not_asked_for_is_refused(client: Client, person: Person, issuer: str) -> None:
    identities.link(person, issuer, "citizen-7")
    answer = at_the_provider(went(Client()), "citizen-7")
    assert client.get(answer).status_code == 410  # a session that asked nothing
    went(client)
    assert client.get(answer).status_code == 403  # another session's state
    asked = went(client)
    good = at_the_provider(asked, "citizen-7")
    assert client.get(good).status_code == 302
    assert Client().get(good).status_code == 410  # the same answer again
    assert client.get(good).status_code == 410


@pytest.mark.parametrize("wrong", ["nonce", "audience", "issuer", "unsigned", "secret", "late", "key"])
def test_a_token_that_proves_something_else_is_refused(
    issuer: str, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    import time

    from cryptography.hazmat.primitives.asymmetric import rsa

    key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _n in range(2))
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "k", "use": "sig"}
    asked, now = oidc.Asked.fresh(), int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer, "aud": "wufei", "sub": "citizen-7", "nonce": asked.nonce, "iat": now, "exp": now + 300
    }  # fmt: skip
    good = jwt.encode(claims, key, "RS256", headers={"kid": "k"})
    changed = {"nonce": {"nonce": "x"}, "audience": {"aud": "x"}, "issuer": {"iss": "x"}, "late": {"exp": now - 300}}
    claims |= changed.get(wrong, {})
    made = {
        "unsigned": lambda: jwt.encode(claims, "", "none"),
        "secret": lambda: jwt.encode(claims, "x" * 64, "HS256", headers={"kid": "k"}),
        "key": lambda: jwt.encode(claims, other, "RS256", headers={"kid": "k"}),
    }.get(wrong, lambda: jwt.encode(claims, key, "RS256", headers={"kid": "k"}))
    tokens = {"good": good, "bad": made()}

    def fetched(url: str, **more: Any) -> dict[str, Any]:
        if url.endswith("configuration"):
            return {"issuer": issuer, "authorization_endpoint": url, "token_endpoint": "t", "jwks_uri": "k"}
        return {"keys": [public]} if url == "k" else {"id_token": tokens[sent]}

    monkeypatch.setattr(oidc, "fetch_json", fetched)
    sent = "good"
    assert oidc.subject(asked, {"code": "c", "state": asked.state}, "b") == (issuer, "citizen-7")
    sent = "bad"
    with pytest.raises(oidc.IdentityRefused):
        oidc.subject(asked, {"code": "c", "state": asked.state}, "b")


def test_without_a_provider_there_is_no_such_page(client: Client) -> None:
    assert client.post(reverse("provider")).status_code == 404
