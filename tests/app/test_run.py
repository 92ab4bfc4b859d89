"""`wufei run` as people use it: first start, second start, crashes, two at once, and a clean end."""

import contextlib
import json
import os
import queue
import re
import signal
import stat
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from wufei.app.bench._running import Running
from wufei.app.postgres.access import APP, OWNER, read_access

Command = Callable[..., tuple[int, str, str]]


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def everyone(running: Running) -> list[psutil.Process]:
    """The command's process and all that descend from it, the database included."""
    process = psutil.Process(running._process.pid)
    return [process, *process.children(recursive=True)]


@pytest.fixture(scope="module")
def demo_folder(make_data_folder: Callable[[], Path]) -> Path:
    return make_data_folder()


@pytest.fixture(scope="module")
def demo(demo_folder: Path) -> Iterator[Running]:
    """One instance with demonstration accounts, for the tests that only look."""
    with Running(demo_folder, "--demo", environment={"WUFEI_PRIVATE_URLS": "1"}) as running:
        running.link = next(line for line in running._process.stdout if "/first/" in line)
        yield running


def test_the_front_page_answers_with_strict_headers(demo: Running) -> None:
    with urllib.request.urlopen(demo.address, timeout=30) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_one_time_link_is_printed_and_opens(demo: Running) -> None:
    link = re.search(r"http://\S+/first/\S+", demo.link)[0]
    assert get(link)[0] == 200
    assert get(demo.address + "first/" + "x" * 43)[0] in {403, 404, 410}


def test_a_foreign_host_name_is_refused(demo: Running) -> None:
    request = urllib.request.Request(demo.address, headers={"Host": "elsewhere.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=30)


def test_bundled_files_are_served_for_ever_and_compressed(demo: Running, root: Path) -> None:
    manifest = json.loads((root / "src/wufei/web/static/dist/manifest.json").read_text(encoding="utf-8"))
    assert manifest
    for name in manifest.values():
        url = f"{demo.address}static/dist/{name}"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "br"}), timeout=30) as got:
            assert "immutable" in got.headers["Cache-Control"]
            assert got.headers["Content-Encoding"] == "br"


def test_demonstration_accounts_are_one_per_role(demo: Running, demo_folder: Path, catalogue) -> None:
    roles = {role.id for role in catalogue.national.items("roles")}
    worn = "SELECT p.username, h.role FROM registry_person p JOIN registry_hat h ON h.person_id = p.id WHERE p.is_demo"
    with psycopg.connect(**read_access(demo_folder).parameters(OWNER)) as connection:
        people = connection.execute(worn).fetchall()
    assert {name for name, _ in people} == roles
    assert all(name == role for name, role in people)
    said = "".join(demo.output)
    assert (demo_folder / "demo-password").read_text(encoding="utf-8").strip() in said


def test_the_pages_role_may_write_rows_and_nothing_more(demo: Running, demo_folder: Path) -> None:
    with psycopg.connect(**read_access(demo_folder).parameters(APP)) as connection:
        connection.execute("UPDATE registry_person SET language = language")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM django_migrations")
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DROP TABLE registry_person")


def test_secrets_are_private_files(demo: Running, demo_folder: Path) -> None:
    for name in ("secret-key", "database.json", "demo-password", "lock"):
        assert stat.S_IMODE((demo_folder / name).stat().st_mode) == 0o600, name


def test_a_subscribed_address_is_told_by_the_worker(demo: Running, demo_folder: Path) -> None:
    """A firm subscribes on the page; the thread beside the sealing tells it of its own records, signed."""
    told: queue.Queue[tuple[str, bytes]] = queue.Queue()

    class Target(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.put((self.headers["Wufei-Signature"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    target = ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    person, address = requests.Session(), demo.address.rstrip("/")
    person.get(f"{address}/login/", timeout=30)
    sent = {"username": "enterprise_handler", "password": (demo_folder / "demo-password").read_text().strip()}
    sent["csrfmiddlewaretoken"] = person.cookies["csrftoken"]
    person.post(f"{address}/login/", sent, timeout=30)
    hook = {"label": "ERP", "url": f"http://127.0.0.1:{target.server_port}/hook", "whole": "yes"}
    page = person.post(
        f"{address}/account/webhooks/", hook | {"csrfmiddlewaretoken": person.cookies["csrftoken"]}, timeout=30
    )
    signature, body = told.get(timeout=60)
    target.shutdown()
    assert page.status_code == 200
    assert signature.startswith("v1=")
    assert json.loads(body)["record"]["acting_for"] == "demo_generator"


def test_a_second_instance_is_refused_and_the_first_goes_on(demo: Running, demo_folder: Path, command: Command) -> None:
    code, _, said = command("run", "--data", demo_folder, "--port", 0)
    assert code == 1
    assert "[data_folder_in_use]" in said
    assert str(demo._process.pid) in said
    assert get(demo.address)[0] == 200


def test_a_database_that_dies_is_started_again(demo: Running) -> None:
    database = next(p for p in psutil.Process(demo._process.pid).children() if p.name() == "postgres")
    database.kill()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        back = [p for p in psutil.Process(demo._process.pid).children() if p.name() == "postgres"]
        if back and back[0].pid != database.pid and get(demo.address + "login/")[0] == 200:
            return
        time.sleep(0.2)
    pytest.fail("the database did not come back")


def test_a_clean_stop_and_a_second_start(data_folder: Path) -> None:
    with Running(data_folder) as first:
        processes = everyone(first)
    assert first._process.returncode == 0
    assert not [p for p in processes if p.is_running()]
    assert not (data_folder / "postgres/cluster/postmaster.pid").exists()
    key = (data_folder / "secret-key").read_text(encoding="utf-8")
    with Running(data_folder) as second:
        assert second.first_page() > 0
        assert not any("creating" in line or "tables" in line for line in second.output)
    assert (data_folder / "secret-key").read_text(encoding="utf-8") == key


def test_a_killed_instance_takes_everything_along_and_nothing_is_lost(data_folder: Path) -> None:
    killed = Running(data_folder).__enter__()
    with psycopg.connect(**read_access(data_folder).parameters(OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'committed' AS line")
    processes = everyone(killed)
    killed._process.kill()
    killed._process.communicate()
    with Running(data_folder) as again:  # at once, while what was left behind is still on its way out
        assert get(again.address)[0] == 200
        with psycopg.connect(**read_access(data_folder).parameters(OWNER)) as connection:
            assert connection.execute("SELECT line FROM kept").fetchone() == ("committed",)
    assert not psutil.wait_procs(processes, timeout=20)[1]


def test_a_power_cut_loses_nothing(data_folder: Path) -> None:
    cut = Running(data_folder).__enter__()
    with psycopg.connect(**read_access(data_folder).parameters(OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'committed' AS line")
    for process in everyone(cut):
        with contextlib.suppress(ProcessLookupError):  # the kernel ends some of them with their parent
            os.kill(process.pid, signal.SIGKILL)
    cut._process.communicate()
    with Running(data_folder) as again:
        assert get(again.address)[0] == 200
        with psycopg.connect(**read_access(data_folder).parameters(OWNER)) as connection:
            assert connection.execute("SELECT line FROM kept").fetchone() == ("committed",)


def test_a_stop_while_starting_leaves_nothing_running(data_folder: Path) -> None:
    starting = Running(data_folder)
    words = starting._command
    process = psutil.Popen(words, stdout=-3, stderr=-3)
    deadline = time.monotonic() + 30
    while not (data_folder / "postgres/cluster/postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    children = process.children(recursive=True)
    process.terminate()
    assert process.wait(60) != 0
    assert not psutil.wait_procs(children, timeout=10)[1]


def test_your_own_server_is_used_through_its_address(demo_folder: Path, demo: Running, data_folder: Path) -> None:
    """A second instance on the first one's server, by address, with a data folder of its own."""
    access = read_access(demo_folder)
    host = access.socket_folder.replace("/", "%2F")
    urls = {
        name: f"postgres://{role}:{access.passwords[role]}@{host}:{access.port}/wufei"
        for name, role in (("DATABASE_URL", APP), ("WUFEI_OWNER_DATABASE_URL", OWNER))
    }
    keys = {"WUFEI_PERSONAL_KEYS": str(demo_folder / "personal-data-keys.json")}  # what is sealed there is read here
    with Running(data_folder, environment=urls | keys) as other:
        assert get(other.address)[0] == 200
        assert not (data_folder / "postgres").exists()
        assert "postgres" not in {p.name() for p in everyone(other)}
