"""A phone for the tests of the server: signs as the field app does and sends with its person's token."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from wufei.app.bench._phone import SigningPhone
from wufei.registry import tokens
from wufei.registry.models import Person

FIELD = "/api/v1/field"


class Phone(SigningPhone):
    """A person's phone, enrolled."""

    def __init__(self, person: Person, *, enrol: bool = True) -> None:
        super().__init__()
        self.person = person
        _kept, token = tokens.issue(person, "phone")
        self.client = Client(headers={"Authorization": f"Bearer {token}"})
        if enrol:
            assert self.enrol().status_code == 201

    def post(self, address: str, body: Any) -> Any:
        return self.client.post(FIELD + address, json.dumps(body), content_type="application/json")

    def enrol(self, **more: Any) -> Any:
        return self.post("/devices", self.enrolment() | more)

    def send(self, actions: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        """Send the queue (or these); the outcomes."""
        sent = self.queue if actions is None else actions
        body = {"device": str(self.id), "device_at": self.clock().isoformat(), "actions": sent}
        answer = self.post("/sync", body)
        assert answer.status_code == 200, answer.content
        found: list[dict[str, Any]] = answer.json()["outcomes"]
        return found


def outcomes(told: list[dict[str, Any]]) -> list[str]:
    return [each["outcome"] for each in told]
