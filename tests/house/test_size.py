"""Small: no function over 50 lines, no file over 400; what already is stands in ratchet.txt and only goes down."""

import ast
from pathlib import Path

from tests.house.code import ROOT, ours, shown, tree

FUNCTION_LINES, FILE_LINES = 50, 400
RATCHET = Path(__file__).with_name("ratchet.txt")
DATA = ROOT / "src/wufei/data"
# As long as the kinds, workflows and stories that they describe: written by scripts.
GENERATED = {ROOT / f"docs/{name}.md" for name in ("catalogue", "workflows", "scenarios", "scenarios.zh-CN")}


def long_functions(path: Path, module: ast.Module) -> dict[str, int]:
    found = {}
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                found[f"{shown(path)}::{node.name}"] = lines
    return found


def offenders() -> dict[str, int]:
    found = {}
    for path in ours(".py"):
        found |= long_functions(path, tree(path))
    for path in ours(".py", ".mjs", ".js", ".css", ".html", ".md"):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > FILE_LINES and DATA not in path.parents and path not in GENERATED:
            found[shown(path)] = lines
    return found


def ratchet() -> dict[str, int]:
    rows = (
        line.rsplit(None, 1)
        for line in RATCHET.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    return {name: int(lines) for name, lines in rows}


def test_nothing_grows_beyond_the_limits() -> None:
    allowed = ratchet()
    grown = {name: lines for name, lines in offenders().items() if lines > allowed.get(name, 0)}
    assert not grown, f"too long, split: {grown}"


def test_the_ratchet_is_turned() -> None:
    now = offenders()
    slack = {name: lines for name, lines in ratchet().items() if now.get(name) != lines}
    assert not slack, f"shorter than {RATCHET.name} says; write the new number or remove the row: {slack}"


def test_the_check_bites(tmp_path: Path) -> None:
    body = "\n".join(["def long():"] + ["    x = 1"] * FUNCTION_LINES)
    assert long_functions(ROOT / "planted.py", ast.parse(body)) == {"planted.py::long": FUNCTION_LINES + 1}
    body = "\n".join(["def short():"] + ["    x = 1"] * (FUNCTION_LINES - 1))
    assert not long_functions(ROOT / "planted.py", ast.parse(body))
