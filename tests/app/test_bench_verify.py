"""The measurement of verification runs, and names the ledger that it compares with as pyproject.toml does."""

import tomllib
from pathlib import Path

import pytest

from wufei.app import bench
from wufei.app.bench import verify


def test_the_ledger_is_the_bench_group(root: Path) -> None:
    groups = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert groups["bench"] == list(verify.LEDGER)
    assert "abacus" not in (root / "requirements.lock").read_text(encoding="utf-8")


def test_it_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_ledger_rate", lambda _owner: 1000.0)
    monkeypatch.setattr(verify, "PROOFS", 3)
    figures = bench.measure("verify", records=600)["figures"]
    assert figures[0]["value"] == 600
    assert all(figure["value"] > 0 for figure in figures)
