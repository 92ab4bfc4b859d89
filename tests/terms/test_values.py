"""Unknown is never zero; errors carry both languages; results know whether they are known."""

import importlib
import pickle
import pkgutil

import pytest

import wufei
from wufei.terms import Citation, Lineage, MassUnreadable, NamedError, Result, Unknown, every_error, is_unknown

WHY = Unknown("412 家中 3 家未报", "3 of 412 firms did not report")


@pytest.mark.parametrize(
    "use", [lambda u: u + 1, lambda u: 1 - u, lambda u: u * 2, lambda u: u / 2, float, int, bool, lambda u: u < 1]
)
def test_unknown_is_no_number(use: object) -> None:
    with pytest.raises(TypeError):
        use(WHY)  # type: ignore[operator]


def test_unknown_says_why_in_both_languages() -> None:
    assert is_unknown(WHY)
    assert not is_unknown(0)
    assert (WHY.reason("zh"), WHY.reason("en")) == ("412 家中 3 家未报", "3 of 412 firms did not report")


def test_result_knows_whether_it_is_known() -> None:
    assert not Result(WHY, "%", None).known
    assert Result(0, "%", None).known


def test_lineage_walks_parents_first() -> None:
    tree = Lineage(
        "formula", "甲", "a", children=(Lineage("query", "乙", "b", children=(Lineage("entries", "丙", "c"),)),)
    )
    assert [step.en for step in tree.walk()] == ["a", "b", "c"]


def test_citation_reads_well() -> None:
    assert str(Citation("hohhot_plan", "表1", 19)) == "hohhot_plan 表1 L19"
    assert str(Citation("hohhot_plan", "二（一）1", 96, 98)) == "hohhot_plan 二（一）1 L96–L98"
    assert list(Citation("gff", "29").lines()) == []


def test_every_error_speaks_both_languages() -> None:
    for module in pkgutil.walk_packages(wufei.__path__, "wufei."):
        if not module.name.endswith(("__main__", "wsgi")):
            importlib.import_module(module.name)
    errors = every_error()
    assert len({error.code for error in errors}) == len(errors), "one code, one meaning"
    for error in errors:
        for text in (error.zh, error.en, error.remedy_zh, error.remedy_en):
            assert text.strip(), error.code


def test_error_survives_pickling_and_renders() -> None:
    error = MassUnreadable(place="a.csv:3", text="x", why_zh="甲", why_en="a")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert again.as_dict() == error.as_dict()
    assert error.render("zh").startswith("a.csv:3: [mass_unreadable]")
    assert isinstance(again, NamedError)
