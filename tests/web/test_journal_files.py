"""Files of the journal's pages: sent as they are read, refused before anything is sent; proofs to take away."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.web.conftest import make_person
from tests.web.journal_sample import SHED, fill
from wufei.journal import new_id, sealing, signing
from wufei.journal.export import BLOCK
from wufei.terms import PeriodUnreadable
from wufei.web.journal.asked import Knowledge
from wufei.web.journal.files import Sheet, file_response
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
HEADS = (("account", "Account"), ("mass", "Mass (t)"), ("entries", "Entries"))


@pytest.fixture
def first(mirrored: None) -> UUID:
    """The id of the first record of the sample."""
    return fill()


def test_a_file_is_sent_as_its_rows_are_read(plan: Plan) -> None:
    read = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal read
        for number in range(10 * BLOCK):
            read += 1
            yield (f"storage:togtoh/{number}", number, 10)

    answer = file_response(plan, Sheet("flows", "结存", HEADS, rows()), "csv", Knowledge(date(2025, 3, 31)))
    assert read == 1
    chunks = iter(answer.streaming_content)
    start = next(chunks) + next(chunks)
    assert read == BLOCK
    lines = list(csv.reader(io.StringIO((start + b"".join(chunks)).decode("utf-8-sig"))))
    assert "2025-03-31" in lines[0][0]
    assert lines[1] == ["Account", "Mass (t)", "Entries"]
    assert lines[2:4] == [["storage:togtoh/0", "0", "10"], ["storage:togtoh/1", "0.000001", "10"]]
    assert len(lines) == 2 + 10 * BLOCK


def test_what_begins_like_a_formula_stays_text(plan: Plan) -> None:
    rows = [("=1+1", None, 1)]
    body = b"".join(file_response(plan, Sheet("x", "x", HEADS, rows), "csv", Knowledge(None)))
    assert b"\r\n'=1+1,,1\r\n" in body


def test_a_refusal_comes_before_the_file(reader: Client, plan: Plan, first: UUID) -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        raise PeriodUnreadable(text="soon")
        yield ()

    with pytest.raises(PeriodUnreadable):
        file_response(plan, Sheet("x", "x", HEADS, rows()), "csv", Knowledge(None))
    answer = reader.get(reverse("flows-file", args=[plan.id, "csv"]) + "?period=soon")
    assert (answer.status_code, answer.streaming) == (422, False)
    assert reader.get(reverse("statement-file", args=[plan.id, "csv"]) + f"?account={SHED}").streaming


def test_an_unsealed_record_has_no_proof_yet(reader: Client, plan: Plan, first: UUID) -> None:
    way = reverse("record-proof", args=[plan.id, first])
    assert way not in reader.get(reverse("record", args=[plan.id, first])).content.decode()
    answer = reader.get(way)
    assert answer.status_code == 422
    assert "尚未封存" in answer.content.decode()
    assert reader.get(reverse("record-proof", args=[plan.id, uuid4()])).status_code == 404


def test_a_proof_is_checked_by_an_outsider(reader: Client, plan: Plan, first: UUID, tmp_path: Path) -> None:
    signer = signing.new_signer()
    sealing.seal(connection.connection, signer)
    said = reader.get(reverse("record", args=[plan.id, first])).content.decode()
    for way in (reverse("record-proof", args=[plan.id, first]), reverse("verifier", args=[plan.id])):
        assert f'href="{way}"' in said
        answer = reader.get(way)
        name = answer["Content-Disposition"].partition('filename="')[2].rstrip('"')
        (tmp_path / name).write_bytes(answer.content)
        assert name in said
    command = [sys.executable, "-I", "-S", "standalone_verifier.py", f"wufei-proof-{first}.json", "--json"]
    done = subprocess.run([*command, "--key", signer.key_id], cwd=tmp_path, env={}, capture_output=True, check=True)
    assert json.loads(done.stdout)["records"] == [str(first)]


def test_strangers_and_residents_get_no_proof(client: Client, plan: Plan, first: UUID) -> None:
    ways = (reverse("record-proof", args=[plan.id, first]), reverse("verifier", args=[plan.id]))
    assert [client.get(way).status_code for way in ways] == [302, 302]
    client.force_login(make_person(f"resident-{new_id().hex[-4:]}", "public"))
    assert [client.get(way).status_code for way in ways] == [403, 403]
