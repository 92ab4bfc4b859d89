"""Fixtures for every test: one embedded PostgreSQL per worker, the catalogue, a browser, the accessibility check."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wufei import catalog
from wufei.app.data_folder import DataFolder
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import OWNER

ROOT = Path(__file__).resolve().parents[1]
# Playwright's synchronous interface runs an event loop in the test's thread; Django must not refuse to work there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# Durability is for people's data; a test database may be lost.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
MOST_WORKERS = 8  # each has a database, a browser and the servers it starts: some 600 MB


def pytest_configure() -> None:
    """Hash test passwords cheaply; that people's are hashed with Argon2 has its own test."""
    from django.conf import settings

    from wufei.registry.key_ring import KeyRing
    from wufei.registry.personal_data import rings

    rings.use(KeyRing.fresh("aes-256-gcm", datetime.now(UTC)))
    # Roles that sign need a second factor, which has its own tests; in all others people sign in without one.
    settings.SIGN_IN = replace(settings.SIGN_IN, second_factor="offered")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Workers of ``-n auto``: one for each core that this process may use."""
    return min(len(os.sched_getaffinity(0)), MOST_WORKERS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers begin with the files that take long and end with those that commit: the journal forgets nothing."""
    if not hasattr(config, "workerinput"):
        return
    long = {item.path for item in items if item.get_closest_marker("long")}
    committing = {item.path for item in items if commits(item)}
    items.sort(key=lambda item: (item.path in committing, item.path not in long))


def commits(item: pytest.Item) -> bool:
    """Whether the test leaves the transaction that would undo it."""
    marker = item.get_closest_marker("django_db")
    fixtures = {"transactional_db", "live_server"} & set(item.fixturenames)
    return bool(fixtures) or bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def make_data_folder() -> Iterator[Callable[[], Path]]:
    """Paths for data folders that the database's account can reach, removed after the run; not yet made."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.gettempdir()) / f"wufei-test-{secrets.token_hex(6)}")
        return made[-1]

    yield make
    for folder in made:
        elsewhere = folder / "postgres"
        if elsewhere.is_symlink():
            shutil.rmtree(elsewhere.resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def data_folder(make_data_folder: Callable[[], Path]) -> Path:
    """One fresh data folder path."""
    return make_data_folder()


@pytest.fixture(scope="session")
def postgres(make_data_folder: Callable[[], Path]) -> Iterator[Postgres]:
    """The one embedded server of this worker."""
    with DataFolder(make_data_folder()) as folder, Postgres(folder.path, tuning=FAST, may_create_databases=True) as up:
        yield up


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: Postgres) -> None:
    """Point Django at this worker's server (a hook of pytest-django)."""
    from django.conf import settings

    row = settings.DATABASES["default"]
    row.clear()
    row.update(postgres.access.django(OWNER))
    from django.db import connections

    connections.close_all()
    connections.databases["default"] = row
    connections.configure_settings(connections.databases)


@pytest.fixture(scope="session")
def catalogue() -> catalog.Catalog:
    """The shipped catalogue, loaded once and installed."""
    loaded = catalog.load()
    catalog.install(loaded)
    return loaded


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser: CHROMIUM, or what `make test` found."""
    note = ROOT / ".venv/chromium-path"
    path = os.environ.get("CHROMIUM") or (note.read_text(encoding="utf-8").strip() if note.exists() else "")
    if not path or not Path(path).exists():
        pytest.fail("No Chromium: run `apt-get install chromium fonts-noto-cjk` as root, or name one in CHROMIUM.")
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium: str) -> dict[str, Any]:
    """Start the found browser quietly: no sandbox (root), no graphics card, no calls home."""
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", *quiet]
    return {**browser_type_launch_args, "executable_path": chromium, "args": flags}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A reader in Hohhot."""
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
STRUCTURE = {"rules": {"color-contrast": {"enabled": False}}, "resultTypes": ["violations"]}
# What a page looks like: address, width and every style in use; and, for its contrast, the theme.
LOOKS = """() => [
  [location.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ''), innerWidth,
   ...[...new Set([...document.querySelectorAll('main *')].map(
     each => each.tagName + '.' + (each.getAttribute('class') ?? '') + (each.open ?? '')))].sort()].join(),
  [matchMedia('(prefers-color-scheme: dark)').matches, document.documentElement.dataset.theme,
   document.body.className].join()]"""
CHECK = "options => axe.run(document, options).then(found => found.violations)"


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """Run the accessibility check on a page: each violation as one line, none when all is well.

    What depends on its structure is checked once for each page, width and set of styles; contrast, which is half of the
    work, once more for each theme.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    seen: set[str] = set()

    def violations(page: Any) -> list[str]:
        page.evaluate(AXE_SCRIPT)
        looks, theme = page.evaluate(LOOKS)
        found = []
        for key, options in ((looks, STRUCTURE), (looks + theme, CONTRAST)):
            if key not in seen:
                found += page.evaluate(CHECK, options)
                seen.add(key)
        return [f"{v['id']}: {node['target']} {v['help']}" for v in found for node in v["nodes"]]

    return violations
