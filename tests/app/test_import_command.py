"""`wufei import`: templates, dry runs, refusals and their exit codes, on a database that it starts itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import python_calamine

from tests.intake.files import as_csv, row

Wufei = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wufei(make_data_folder: Callable[[], Path]) -> Wufei:
    """Run the command on one data folder."""
    environment = os.environ | {"WUFEI_DATA": str(make_data_folder())}

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "wufei.app.cli", "import", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)

    return call


WHO = ("--as", "admin", "--for", "statistics_bureau")


def told(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The JSON at the end of what was printed; the start of the database is said before it."""
    found: dict[str, object] = json.loads(done.stdout[done.stdout.index("{\n") :])
    return found


def test_templates(wufei: Wufei, tmp_path: Path) -> None:
    assert wufei("entries", "--template", tmp_path / "t.xlsx").returncode == 0
    assert python_calamine.CalamineWorkbook.from_path(tmp_path / "t.xlsx").sheet_names[0] == "数据 data"
    assert wufei("observations", "--template", tmp_path / "t.csv").returncode == 0
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_misuse_is_named(wufei: Wufei, tmp_path: Path) -> None:
    assert wufei("entries").returncode == 2
    assert "command_misused" in wufei("entries", tmp_path / "a.csv").stderr
    unknown = wufei("attic", "--template", tmp_path / "t.csv")
    assert (unknown.returncode, "import_kind_unknown" in unknown.stderr) == (1, True)


def test_dry_run_refusal_error_sheet_and_import(wufei: Wufei, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "a.csv", [row(), row(mass="12,5"), row(mass="7")])
    nobody = wufei("entries", path, "--as", "nobody", "--for", "statistics_bureau")
    assert (nobody.returncode, "importer_unknown" in nobody.stderr) == (1, True)
    dry = wufei("entries", path, "--dry-run", "--json", *WHO)
    assert (dry.returncode, told(dry)["refused"]) == (1, 1)
    refused = wufei("entries", path, "--errors", tmp_path / "errors.xlsx", *WHO)
    assert refused.returncode == 1
    assert "F3 [cell_decimal_comma]" in refused.stdout
    assert "import_refused" in refused.stderr
    assert (tmp_path / "errors.xlsx").is_file()
    rows = wufei("entries", path, "--mode", "rows", "--json", *WHO)
    assert (rows.returncode, told(rows)["appended"]) == (1, 2)
    again = wufei("entries", path, "--mode", "rows", "--json", *WHO)
    assert (told(again)["appended"], told(again)["duplicates"]) == (0, 2)
    sound = as_csv(tmp_path / "b.csv", [row(mass="12.5")])
    done = wufei("entries", sound, *WHO)
    assert (done.returncode, "1/1 (100 %)" in done.stderr) == (0, True)
