"""Errors have names and remedies in both languages, and say the same things in each."""

import importlib
import os
import pkgutil
import re
import string
from pathlib import Path

import pytest

import wufei
from wufei.terms import NamedError, every_error

FORMATTER = string.Formatter()
GOLDENS = Path(__file__).with_name("errors")


def all_errors() -> tuple[type[NamedError], ...]:
    for module in pkgutil.walk_packages(wufei.__path__, "wufei."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return tuple(error for error in every_error() if error.__module__.startswith("wufei."))


def fields(template: str) -> set[str]:
    """The values that a template takes; those ending in a language are one value in two languages."""
    names = {name for _, name, _, _ in FORMATTER.parse(template) if name}
    return {re.sub(r"_(zh|en)$", "", re.split(r"[.\[]", name)[0]) for name in names}


@pytest.fixture(scope="module")
def errors() -> tuple[type[NamedError], ...]:
    return all_errors()


def test_codes_are_unique_words(errors: tuple[type[NamedError], ...]) -> None:
    codes = [error.code for error in errors]
    assert len(codes) > 10
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z][a-z_]+", code) for code in codes)


def test_each_speaks_both_languages(errors: tuple[type[NamedError], ...]) -> None:
    mute = [e.code for e in errors if not all((e.zh, e.en, e.remedy_zh, e.remedy_en))]
    assert not mute
    assert not [e.code for e in errors if not re.search(r"[\u4e00-\u9fff]", e.zh + e.remedy_zh)]
    assert not [e.code for e in errors if re.search(r"[\u4e00-\u9fff]", e.en)]


def test_both_languages_tell_the_same(errors: tuple[type[NamedError], ...]) -> None:
    for error in errors:
        assert fields(error.zh) == fields(error.en), error.code
        assert fields(error.remedy_zh) == fields(error.remedy_en), error.code


def wording(error: type[NamedError]) -> str:
    """The error as it reads, with the names of its values in place of them."""
    names = {n for t in (error.zh, error.en, error.remedy_zh, error.remedy_en) for _, n, *_ in FORMATTER.parse(t) if n}
    shown = error(**{re.split(r"[.\[]", name)[0]: Shown(name) for name in names})
    return f"{shown.render('zh')}\n{shown.render('en')}\n"


class Shown(str):
    """A value that prints as its own name, whatever the format asked for."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return "<" + str.__str__(self) + ">"


def test_the_wording_of_every_error_is_kept(errors: tuple[type[NamedError], ...]) -> None:
    """After a deliberate change run ``WUFEI_WRITE_GOLDENS=1 pytest tests/house/test_errors.py`` and read the diff."""
    rooms = sorted({error.__module__.split(".")[1] for error in errors})
    now = {room: "\n".join(wording(e) for e in errors if e.__module__.split(".")[1] == room) for room in rooms}
    if os.environ.get("WUFEI_WRITE_GOLDENS"):
        for room, text in now.items():
            (GOLDENS / f"{room}.txt").write_text(text, encoding="utf-8")
    assert now == {path.stem: path.read_text(encoding="utf-8") for path in sorted(GOLDENS.glob("*.txt"))}
