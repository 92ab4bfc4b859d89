"""Every story of tests/scenarios, told to the real engine and database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from tests.registry.as_app import rules_once
from tests.workflow import conftest
from tests.workflow.stories import CATALOGUE, STREAMS, Told, stories, tell
from tests.workflow.world import ASH, OIL
from wufei import catalog
from wufei.catalog.book import default_root
from wufei.journal import Entry, Record, append
from wufei.workflow.kinds import kind_of
from wufei.workflow.working_days import CITY_TIME

__all__ = ["rules_once"]
STORIES = dict(stories())
CHAPTERS = {"routes", "rounds", "merging", "reception", "signing", "changes", "registers", "actors", "law"}


@pytest.fixture(scope="session")
def trial_catalogue(tmp_path_factory: pytest.TempPathFactory) -> catalog.Catalog:
    """The shipped catalogue with a code that ends and a workflow whose form gains a field."""
    root: Path = tmp_path_factory.mktemp("catalogue") / "data"
    shutil.copytree(default_root(), root)
    shutil.copytree(CATALOGUE, root, dirs_exist_ok=True)
    return catalog.load(root)


@pytest.fixture
def told(
    journal: Connection[Any], trial_catalogue: catalog.Catalog, catalogue: catalog.Catalog, rules_once: None
) -> Iterator[Told]:
    """The world before a story begins: a hundred tonnes of oil at the works."""
    catalog.install(trial_catalogue)
    conftest.JOINED.clear()
    put = "INSERT INTO journal.stream (id, hazardous) SELECT unnest(%s::text[]), true ON CONFLICT DO NOTHING"
    journal.execute(put, (list(STREAMS.values()),))
    stock = tuple(Entry("origin:site-works", "storage:site-works", s, 99_995_000) for s in (OIL, ASH))
    at = datetime(2025, 1, 2, tzinfo=CITY_TIME)
    assert append(journal, [Record(at, "2025-01", "measured", "person-1", "works", "hj_1259_2022 6.2", stock)])[
        0
    ].stands
    yield Told(journal, kind_of)
    catalog.install(catalogue)


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, told: Told) -> None:
    tell(told, STORIES[name])


def test_every_chapter_is_told() -> None:
    assert {story["chapter"] for story in STORIES.values()} == CHAPTERS


def test_every_story_is_told_in_both_languages() -> None:
    heads = ("zh", "en", "telling_zh", "telling_en")
    assert not [name for name, story in STORIES.items() if not all(story.get(head) for head in heads)]
