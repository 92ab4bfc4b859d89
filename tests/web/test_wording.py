"""Every fixed value of the data has a word; none shows as it is written in a file."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wufei.web.plan import Plan
from wufei.web.wording import WORDS, say

# Which word list names the values of which field of which kind.
SAID = (
    ("indicators", "requirement_level", "requirement_level"),
    ("indicators", "direction", "direction"),
    ("tasks", "section", "section"),
    ("tasks", "schedule_kind", "schedule_kind"),
    ("orgs", "org_kind", "org_kind"),
    ("places", "level", "level"),
    ("places", "code_kind", "code_kind"),
    ("streams", "family", "family"),
    ("streams", "confidence", "confidence"),
    ("sources", "confidence", "confidence"),
    ("commitments", "commitment_kind", "commitment_kind"),
    ("commitments", "op", "op"),
    ("corrections", "category", "category"),
    ("corrections", "confidence", "certainty"),
    ("findings", "severity", "severity"),
    ("findings", "code", "finding"),
)


@pytest.mark.parametrize(("kind", "field", "group"), SAID)
def test_every_value_in_the_data_has_a_word(plan: Plan, kind: str, field: str, group: str) -> None:
    values = {value for item in plan.items(kind) if (value := getattr(item, field)) is not None}
    assert values
    assert values <= set(WORDS[group])


@pytest.mark.parametrize(("kind", "field", "group"), SAID)
def test_every_value_that_the_model_allows_has_a_word(plan: Plan, kind: str, field: str, group: str) -> None:
    model = type(plan.items(kind)[0])
    allowed = set(literals(getattr(model, "model_fields", {}).get(field)))
    assert allowed <= set(WORDS[group])


def literals(field: Any) -> Iterator[str]:
    """The fixed values that a model's field may take."""
    queue = [getattr(field, "annotation", None)]
    while queue:
        for value in getattr(queue.pop(), "__args__", ()):
            if isinstance(value, str):
                yield value
            else:
                queue.append(value)


def codes_in(folder: Path) -> set[str]:
    """The first argument of every Finding that the catalogue's code can raise."""
    calls = (n for p in folder.glob("*.py") for n in ast.walk(ast.parse(p.read_text(encoding="utf-8"))))
    found = (n for n in calls if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Finding" and n.args)
    return {n.args[0].value for n in found if isinstance(n.args[0], ast.Constant)}


def test_every_check_of_the_catalogue_has_a_word(root: Path) -> None:
    codes = codes_in(root / "src/wufei/catalog")
    assert len(codes) > 8
    assert codes <= set(WORDS["finding"])


def test_printed_fields_have_a_word(plan: Plan) -> None:
    kinds = ("indicators", "tasks", "measures", "projects", "commitments")
    fields = {field for kind in kinds for item in plan.items(kind) for field in item.printed}
    assert fields <= set(WORDS["field"])


def test_a_value_without_a_word_reads_as_written() -> None:
    assert say("section", "some_new_field") == "some new field"
