"""The checklist of 44 items: complete, honest about who meets each, and each named test is there."""

import ast
from functools import lru_cache

import pytest

from tests.house.code import ROOT
from wufei import catalog
from wufei.catalog.privacy_kinds import Processing, SecurityItem


@pytest.fixture(scope="module")
def items(catalogue: catalog.Catalog) -> tuple[SecurityItem, ...]:
    return tuple(catalogue.national.items("security_items"))


@lru_cache
def functions_of(path: str) -> frozenset[str]:
    """The test functions of a file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def absent(names: tuple[str, ...]) -> list[str]:
    """The named tests that do not exist."""
    split = [(name, *name.split("::")) for name in names]
    return [name for name, path, test in split if not test.startswith("test_") or test not in functions_of(path)]


def test_all_forty_four_are_there_in_order(items: tuple[SecurityItem, ...]) -> None:
    assert [item.order for item in items] == list(range(1, 45))


def test_each_named_test_exists(items: tuple[SecurityItem, ...]) -> None:
    assert {item.id: absent(item.tests) for item in items if absent(item.tests)} == {}


def test_what_we_say_we_meet_is_proved(items: tuple[SecurityItem, ...]) -> None:
    assert [item.id for item in items if item.state in {"met", "partly"} and not item.tests] == []


def test_what_the_operator_does_or_nobody_does_yet_claims_no_test(items: tuple[SecurityItem, ...]) -> None:
    assert [item.id for item in items if item.state in {"operator", "open"} and item.tests] == []


def test_each_says_how_in_both_languages(items: tuple[SecurityItem, ...]) -> None:
    assert [item.id for item in items if len(item.how_zh) < 5 or len(item.how_en) < 8] == []


def test_the_check_bites() -> None:
    assert absent(("tests/registry/test_people.py::test_no_such_thing", "tests/nowhere.py::test_x"))


def test_each_processing_says_on_what_it_rests(catalogue: catalog.Catalog) -> None:
    rows: tuple[Processing, ...] = tuple(catalogue.national.items("processing"))
    assert rows
    for row in rows:
        assert row.basis_zh
        assert row.basis_en
        assert row.cites
        assert row.retention
