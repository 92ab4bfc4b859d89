"""The demonstration's firms as programs that move manifests through the API, for measurements."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WORKFLOW = "hazardous_waste_transfer"
STREAM = "900-214-08"
GENERATOR, CARRIER, PLANT = "enterprise_handler", "driver", "facility"  # demonstration accounts, named by their roles
STOCK_G = 10**15
IDLE_SECONDS = 0.5
MANY = "1000000000"  # requests a minute: what is measured is the work, not the limit
UNLIMITED = dict.fromkeys(("WUFEI_RATE_PER_TOKEN", "WUFEI_RATE_PER_ORG", "WUFEI_RATE_PER_ADDRESS"), MANY)


def tokens(data: Path, accounts: Sequence[str]) -> dict[str, str]:
    """A token for each demonstration account, written into the database of the server on ``data``."""
    import psycopg

    from wufei.app.postgres.access import OWNER, read_access

    access = read_access(data)
    if access is None:
        raise RuntimeError("the server's data folder holds no access")
    made = {account: f"wufei_bench_{os.urandom(16).hex()}" for account in accounts}
    with psycopg.connect(**access.parameters(OWNER), autocommit=True) as owner:
        for account, token in made.items():
            owner.execute(
                "INSERT INTO registry_apitoken (person_id, hat_id, scopes, token_hash, label, created_at, expires_at) "
                "SELECT p.id, h.id, %s, encode(sha256(%s::bytea), 'hex'), 'bench', now(), now() + interval '1 day' "
                "FROM registry_person p JOIN registry_hat h ON h.person_id = p.id WHERE p.username = %s",
                (["journal:read", "journal:post", "lists:read"], token.encode(), account),
            )
    return made


def vehicle(data: Path) -> str:
    """The demonstration carrier's vehicle."""
    import psycopg

    from wufei.app.postgres.access import OWNER, read_access

    access = read_access(data)
    assert access is not None  # noqa: S101  # ``tokens`` has looked
    with psycopg.connect(**access.parameters(OWNER)) as owner:
        row = owner.execute("SELECT id FROM registry_vehicle WHERE org_id = 'demo_carrier'").fetchone()
    return str(row[0]) if row else ""


class Api:
    """One firm's program: a connection kept open by each thread, and its token."""

    def __init__(self, address: str, token: str) -> None:
        self._place, self._token = urllib.parse.urlsplit(address).netloc, token
        self._kept = threading.local()

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any, float]:
        """Status, answer and milliseconds."""
        connection = self._connection()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        begun = time.perf_counter()
        connection.request(method, "/api/v1" + path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        said = answer.read()
        self._kept.used = time.perf_counter()
        return answer.status, json.loads(said or b"null"), (self._kept.used - begun) * 1000

    def _connection(self) -> http.client.HTTPConnection:
        """The thread's own; made anew when it was idle, since the server closes such."""
        if time.perf_counter() - getattr(self._kept, "used", 0.0) > IDLE_SECONDS:
            self._kept.connection = http.client.HTTPConnection(self._place, timeout=120)
        kept: http.client.HTTPConnection = self._kept.connection
        return kept


class Firms:
    """Generator, carrier and plant, and the way of a manifest between them: four writes."""

    def __init__(self, address: str, found: dict[str, str], truck: str) -> None:
        self.generator, self.carrier, self.plant = (Api(address, found[who]) for who in (GENERATOR, CARRIER, PLANT))
        self._truck = truck

    def stock(self) -> None:
        """Something to send: the generator's storage is filled."""
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - 60))
        entry = {"from": "origin:site-demo-generator", "to": "storage:site-demo-generator", "stream": STREAM}
        body = {"happened_at": now, "period": now[:7], "basis": "measured", "rule": "hj_1259_2022 6.2",
                "entries": [entry | {"mass_g": STOCK_G}]}  # fmt: skip
        status, said, _ms = self.generator.send("POST", "/journal/records", body)
        if status != 200:
            raise RuntimeError(f"{status}: {said}")

    def values(self) -> dict[str, Any]:
        """The form as the generator files it."""
        return {
            "transport": "road", "consignor_org": "demo_generator", "consignor_storage": "site-demo-generator",
            "consignor_contact": "person-1", "emergency_measures": "围堵、吸附、报告",
            "consignee_org": "demo_facility", "consignee_site": "site-demo-facility",
            "legs": [{"carrier_org": "demo_carrier", "vehicle": self._truck}],
            "wastes": [{"stream": STREAM, "packaging": "桶", "planned_g": 1000, "dispatched_g": 1000}],
        }  # fmt: skip

    def way(self) -> list[float]:
        """Move one manifest from filing to receipt; the milliseconds of each write."""
        case, first = self.file()
        received = {"opinion": "accepted", "difference": "none", "operation": "D10", "accepted_g": 1000}
        wastes = [self.values()["wastes"][0] | received]
        steps: list[tuple[Api, str, dict[str, Any]]] = [
            (self.generator, "dispatch", {}), (self.carrier, "pick_up", {}), (self.plant, "accept", {"wastes": wastes}),
        ]  # fmt: skip
        return [first, *(self.step(api, case, no, name, values) for no, (api, name, values) in enumerate(steps, 1))]

    def file(self) -> tuple[str, float]:
        """Open a manifest; its id and the milliseconds."""
        body = {"workflow": WORKFLOW, "transition": "submit", "values": self.values()}
        status, said, ms = self.generator.send("POST", "/cases", body)
        if status != 201:
            raise RuntimeError(f"{status}: {said}")
        return said["case"], ms

    def step(self, api: Api, case: str, no: int, name: str, values: dict[str, Any]) -> float:
        """Take a step that must stand; the milliseconds."""
        status, said, ms = api.send(
            "POST", f"/cases/{case}/steps", {"transition": name, "values": values, "rests_on": no}
        )
        if status != 200:
            raise RuntimeError(f"{name}: {status}: {said}")
        return ms
