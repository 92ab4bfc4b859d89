"""Imports go down the table of the rooms, and the check that says so bites."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.code import ROOT
from tests.house.rooms import closed

PACKAGE = ROOT / "src/wufei"


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    environment = {"PYTHONPATH": str(source), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "COLUMNS": "300"}
    command = [program, "--no-logo", "--no-cache", "--config", ROOT / "pyproject.toml"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package's code in another folder, to plant something in."""
    shutil.copytree(PACKAGE, tmp_path / "wufei", ignore=shutil.ignore_patterns("data", "static", "__pycache__"))
    return tmp_path


def test_the_contracts_are_kept() -> None:
    done = lint(PACKAGE.parent)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("room", "planted", "why"),
    [
        ("terms", "import wufei.catalog", "terms may not import catalog"),
        ("catalog", "from wufei.registry import models", "catalog may not import registry"),
        ("registry", "import wufei.web.policy", "registry may not import web"),
        ("reports", "from wufei.app import config", "reports may not import app"),
        ("web", "from wufei.app import config", "web may not import app"),
        ("catalog", "import django.conf", "pure"),
        ("terms", "import socket", "pure"),
    ],
)
def test_a_planted_import_is_caught(copy: Path, room: str, planted: str, why: str) -> None:
    (copy / "wufei" / room / "planted.py").write_text(planted + "\n", encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1
    assert why in done.stdout


def test_a_room_without_a_row_is_caught(copy: Path) -> None:
    (copy / "wufei/attic").mkdir()
    (copy / "wufei/attic/__init__.py").write_text("import wufei.terms\n", encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1
    assert "attic has no row" in done.stdout


def test_the_reading_and_writing_rooms_do_not_know_each_other() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows = next(c["rooms"] for c in config["tool"]["importlinter"]["contracts"] if c["id"] == "rooms")
    table = closed({name: names.split() for name, names in (row.split(":") for row in rows)})
    siblings = {"intake", "workflow", "indicators", "flows"}
    assert all(not (table[room] & siblings) for room in siblings)
    assert table["journal"] == {"registry", "catalog", "terms"}
    assert table["app"] == set(table) - {"app"}


def test_every_package_says_what_it_is_for() -> None:
    silent = [
        path.parent.name
        for path in PACKAGE.rglob("__init__.py")
        if path.parent.name != "migrations" and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent
