"""No ``if`` on a thing that the data names: what differs between streams, orgs or tasks is a column of theirs."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.code import ROOT, ours, shown, tree
from wufei.catalog import Catalog

SOURCE = ROOT / "src/wufei"
LOOKED_AT = {
    *("streams", "indicators", "orgs", "places", "tasks", "projects", "measures"),
    *("commitments", "systems", "corrections"),
}


def strings(node: ast.AST) -> Iterator[str]:
    """String constants of an expression, also inside a tuple, list or set."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for element in node.elts:
            yield from strings(element)


def compared(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string that the module compares something with, or matches a case on."""
    for node in ast.walk(module):
        if isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                yield from ((node.lineno, text) for text in strings(side))
        elif isinstance(node, ast.MatchValue):
            yield from ((node.lineno, text) for text in strings(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "startswith":
            yield from ((node.lineno, text) for argument in node.args for text in strings(argument))


def ids_of(catalogue: Catalog) -> set[str]:
    scopes = (catalogue.national, *catalogue.cities.values())
    return {item.id for s in scopes for kind in s.kinds() if kind in LOOKED_AT for item in s.items(kind)}


def test_no_code_decides_by_a_name_of_the_data(catalogue: Catalog) -> None:
    ids = ids_of(catalogue)
    found = [
        f"{shown(path)}:{line}: compares with {text!r}, an id of the data"
        for path in ours(".py")
        if SOURCE in path.parents
        for line, text in compared(tree(path))
        if text in ids
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "if stream == 'coal_fly_ash': pass",
        "x = 1 if task.id in {'industry_1', 'industry_2'} else 2",
        "match org:\n    case 'statistics_bureau':\n        pass",
        "stream.id.startswith('coal_fly_ash')",
    ],
)
def test_the_check_bites(code: str, catalogue: Catalog) -> None:
    assert {text for _, text in compared(ast.parse(code))} & (ids_of(catalogue) | {"industry_1", "statistics_bureau"})


def test_the_check_lets_pass() -> None:
    assert not list(compared(ast.parse("if item.hazardous and item.family is family: pass")))
