"""Glossary words only: no banned synonym, no pinyin and no Chinese letter in an identifier or an id of the data."""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.code import ROOT, ours, shown, tree

BANNED = {
    row["word"]: row["use"]
    for row in csv.DictReader(Path(__file__).with_name("banned_words.csv").open(encoding="utf-8"))
}
ALLOWED = {"coal_fly_ash", "incineration_fly_ash", "extended_producer_responsibility"}
PROPER_NAMES = {"sources", "orgs"}  # ids made from the titles of documents and the names of bodies
GLOSSARY = ROOT / "docs/glossary.csv"


def wrong_word(identifier: str) -> str | None:
    """The banned word in an identifier, taken apart at underscores and capitals; None when there is none."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower()
    for allowed in ALLOWED:
        name = name.replace(allowed, "")
    return next((word for word in BANNED if re.search(rf"(?:^|_){word}(?:_|$)", name)), None)


def identifiers(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that the module gives to something."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


def test_code_uses_the_glossary() -> None:
    found = []
    for path in ours(".py"):
        for line, name in identifiers(tree(path)):
            if name.startswith("test_"):  # a sentence
                continue
            if word := wrong_word(name):
                found.append(f"{shown(path)}:{line}: {name}: not {word!r} but {BANNED[word]}")
            if not name.isascii():
                found.append(f"{shown(path)}:{line}: {name}: identifiers are English")
    assert not found, "\n".join(found)


def test_files_and_data_use_the_glossary() -> None:
    suffixes = (".py", ".yaml", ".csv", ".js", ".css", ".html")
    named = [p for p in ours(*suffixes) if p.stem != "banned_words" and p.parent.name not in PROPER_NAMES]
    found = [f"{shown(p)}: not {word!r} but {BANNED[word]}" for p in named if (word := wrong_word(p.stem))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "name", ["sender", "WasteLedger", "fly_ash", "fly_ash_g", "mass_tonnes", "responsible_unit_ids"]
)
def test_the_check_bites(name: str) -> None:
    assert wrong_word(name)


@pytest.mark.parametrize("name", ["consignor", "coal_fly_ash", "incineration_fly_ash_g", "unit", "button", "AxeTone"])
def test_the_check_lets_pass(name: str) -> None:
    assert wrong_word(name) is None


def test_the_glossary_itself_is_sound() -> None:
    rows = list(csv.DictReader(GLOSSARY.open(encoding="utf-8")))
    names = [row["identifier"] for row in rows]
    assert len(names) == len(set(names))
    assert all(row["zh"] and row["en"] for row in rows)
    assert not [name for name in names if wrong_word(name)]
