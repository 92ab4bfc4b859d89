"""The pages that scripts write say what the models and the data say."""

import importlib.util
from types import ModuleType

from tests.house.code import ROOT
from wufei import catalog


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_catalogue_page_is_up_to_date() -> None:
    shown = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
    assert shown == script("catalogue_docs").page(), "run .venv/bin/python scripts/catalogue_docs.py"


def test_the_workflow_page_is_up_to_date(catalogue: catalog.Catalog) -> None:
    shown = (ROOT / "docs/workflows.md").read_text(encoding="utf-8")
    assert shown == script("workflow_docs").page(catalogue), "run .venv/bin/python scripts/workflow_docs.py"


def test_the_scenarios_are_up_to_date(catalogue: catalog.Catalog) -> None:
    pages = script("scenario_docs").pages(catalogue)
    stale = [path.name for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, "run .venv/bin/python scripts/scenario_docs.py"
