"""Passkeys with an authenticator in software that signs as a device does (ES256)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from tests.web.conftest import make_person
from tests.web.sign_in import acts, said, sign_in
from wufei.registry.models import Person, SecondFactor
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db
SITE = "http://testserver"


class Device:
    """Keeps one key, counts its signatures, and says that it has verified its user."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.counter = 0

    def _data(self, site: str, *, credential: AttestedCredentialData | None = None) -> AuthenticatorData:
        self.counter += 1
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
        flags |= AuthenticatorData.FLAG.AT if credential else AuthenticatorData.FLAG(0)
        return AuthenticatorData.create(hashlib.sha256(site.encode()).digest(), flags, self.counter, credential or b"")

    def _answer(self, response: dict[str, bytes]) -> dict[str, Any]:
        told = {name: websafe_encode(value) for name, value in response.items()}
        return {"id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key", "response": told}

    def create(self, options: dict[str, Any], origin: str = SITE) -> dict[str, Any]:
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = self._data(options["rp"]["id"], credential=credential)
        client = CollectedClientData.create("webauthn.create", options["challenge"], origin)
        return self._answer({"clientDataJSON": client, "attestationObject": AttestationObject.create("none", data, {})})

    def get(self, options: dict[str, Any], origin: str = SITE) -> dict[str, Any]:
        data = self._data(options["rpId"])
        client = CollectedClientData.create("webauthn.get", options["challenge"], origin)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer({"clientDataJSON": client, "authenticatorData": data, "signature": signature})


def post(client: Client, name: str, sent: Any) -> Any:
    return client.post(reverse(name), json.dumps(sent), content_type="application/json")


def added(client: Client, device: Device, **how: Any) -> Any:
    options = post(client, "passkey-add-options", {}).json()["publicKey"]
    return post(client, "passkey-add-answer", {"answer": device.create(options, **how), "label": "手机"})


def shown(client: Client, device: Device, **how: Any) -> Any:
    options = post(client, "passkey-show-options", {}).json()["publicKey"]
    return post(client, "passkey-show-answer", {"answer": device.get(options, **how)})


@pytest.fixture
def handler(db: None) -> Person:
    return make_person("handler", "enterprise_admin", "org-handler")


@pytest.fixture
def device(client: Client, handler: Person) -> Device:
    made = Device()
    sign_in(client, "handler")
    told = added(client, made)
    assert (told.status_code, len(told.json()["codes"])) == (200, 10)
    return made


def test_a_passkey_is_the_second_factor(device: Device, plan: Plan) -> None:
    fresh = Client()
    with said(second_factor="required"):
        sign_in(fresh, "handler")
        assert fresh.get(reverse("city", args=[plan.id])).status_code == 302
        assert shown(fresh, device).status_code == 200
        assert fresh.get(reverse("city", args=[plan.id])).status_code == 200
    kept = SecondFactor.objects.get()
    assert (kept.kind, kept.label, kept.counter) == ("passkey", "手机", 2)
    assert [act for act, *_ in acts()] == ["sign_in", "factor_added", "sign_in", "factor_used"]


def test_another_site_another_key_or_a_copy_proves_nothing(device: Device) -> None:
    fresh = Client()
    sign_in(fresh, "handler")
    assert shown(fresh, device, origin="https://evil.example").status_code == 422
    other = Device()
    other.id = device.id
    assert shown(fresh, other).status_code == 422
    device.counter = 0  # a copy that has signed less often than the original
    assert shown(fresh, device).status_code == 422
    options = post(fresh, "passkey-show-options", {}).json()["publicKey"]
    device.counter = 10
    answer = {"answer": device.get(options)}
    assert post(fresh, "passkey-show-answer", answer).status_code == 200
    assert post(fresh, "passkey-show-answer", answer).status_code == 403  # the same answer again


@pytest.mark.parametrize(
    "sent", [{}, {"answer": None}, {"answer": {"id": "x"}}, [], "text", {"answer": {"response": []}}]
)
def test_nonsense_is_refused_by_name(client: Client, handler: Person, sent: Any) -> None:
    sign_in(client, "handler")
    post(client, "passkey-add-options", {})
    told = post(client, "passkey-add-answer", sent)
    assert (told.status_code, told.json()["code"]) == (422, "passkey_refused")


def test_a_passkey_is_one_persons(device: Device) -> None:
    make_person("second", "enterprise_admin", "org-second")
    other = Client()
    sign_in(other, "second")
    assert added(other, device).status_code == 422
    assert SecondFactor.objects.get().person.username == "handler"
