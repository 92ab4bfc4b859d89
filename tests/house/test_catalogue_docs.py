"""docs/catalogue.md says what the models say."""

import importlib.util

from tests.house.code import ROOT


def test_the_page_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("catalogue_docs", ROOT / "scripts/catalogue_docs.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    shown = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
    assert shown == script.page(), "run .venv/bin/python scripts/catalogue_docs.py"
