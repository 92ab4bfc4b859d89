"""The documents name everything that there is: each command, room, setting, kind of data and measurement."""

import re
from pathlib import Path

import click
import pytest

from tests.house.code import ROOT
from wufei.app import bench
from wufei.app.cli import wufei
from wufei.app.config import TABLE
from wufei.catalog import every_kind as kinds

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def text() -> str:
    """All documents run together."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")]))


def commands(group: click.Group, name: str) -> dict[str, click.Command]:
    """Every command by its full name."""
    found = {}
    for word, command in group.commands.items():
        full = f"{name} {word}"
        found |= commands(command, full) if isinstance(command, click.Group) else {full: command}
    return found


def missing(words: set[str], text: str) -> set[str]:
    """The words that stand in no code span of the text."""
    spans = "\n".join(re.findall(r"`([^`\n]+)`", text))
    return {word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", spans)}


def test_each_command_and_option_is_there(text: str) -> None:
    found = commands(wufei, "wufei")
    assert not missing(set(found), text)
    options = {o for c in found.values() for p in c.params if isinstance(p, click.Option) for o in p.opts}
    assert not missing(options, text)


def test_each_room_is_there(text: str) -> None:
    rooms = {path.parent.name for path in (ROOT / "src/wufei").glob("*/__init__.py")}
    assert not missing(rooms, text)


def test_each_setting_is_there(text: str) -> None:
    assert not missing({setting.env for setting in TABLE}, text)


def test_each_kind_of_data_is_there(text: str) -> None:
    assert not missing({*kinds.NATIONAL, *kinds.CITY}, text)


def test_each_measurement_is_there(text: str) -> None:
    assert not missing(set(bench.names()), text)


def test_links_between_documents_lead_somewhere() -> None:
    dead = {
        f"{page.name}: {target}"
        for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    }
    assert not dead


def test_files_that_the_documents_name_exist() -> None:
    shown = {
        f"{page.name}: {name}"
        for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
        for name in re.findall(r"`((?:src|tests|scripts|docs|frontend)/[\w./-]+)`", page.read_text(encoding="utf-8"))
        if not Path(ROOT / name).exists()
    }
    assert not shown


def test_the_check_bites() -> None:
    assert missing({"fly"}, "`wufei run`, fly, `butterfly`") == {"fly"}
    assert not missing({"run"}, "`wufei run`")
