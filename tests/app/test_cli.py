"""The command line: what it prints, its exit codes, and the wording of every failure, kept as goldens.

After a deliberate change of wording run ``WUFEI_WRITE_GOLDENS=1 pytest tests/app/test_cli.py`` and read the diff.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wufei.app import bench, cli, failures

Here = Callable[..., tuple[int, str, str]]
GOLDENS = Path(__file__).with_name("goldens")
WRITE = bool(os.environ.get("WUFEI_WRITE_GOLDENS"))


def as_kept(text: str, **volatile: object) -> str:
    """The text with what differs from run to run replaced by names."""
    for name, value in {"benches": ", ".join(bench.names()), **volatile}.items():
        text = text.replace(str(value), f"<{name}>")
    return re.sub(r"internal-error-[\d-]+\.log", "internal-error-<time>.log", text)


def check_golden(name: str, outcome: tuple[int, str, str], **volatile: object) -> None:
    code, out, err = outcome
    text = as_kept(f"exit {code}\n--- output\n{out}--- errors\n{err}", **volatile)
    path = GOLDENS / f"{name}.txt"
    if WRITE:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert "Traceback" not in text


MISUSES = {
    "unknown_command": ("fly",),
    "unknown_option": ("run", "--prot", "1"),
    "port_not_a_number": ("run", "--port", "eight"),
    "port_too_large": ("run", "--port", "70000"),
    "bench_unknown": ("bench", "nothing"),
    "bench_unknown_json": ("bench", "nothing", "--json"),
    "kind_not_in_plan": ("plan", "show", "nothing"),
    "item_unknown": ("plan", "show", "indicators", "nothing"),
    "city_not_named": ("plan", "show", "--city", "nowhere"),
    "indicator_not_in_plan": ("indicators", "--indicator", "nothing"),
}


@pytest.mark.parametrize("name", MISUSES)
def test_misuse_is_named(name: str, here: Here, catalogue) -> None:
    outcome = here(*MISUSES[name])
    assert outcome[0] in {failures.MISUSE, failures.FAILURE}
    check_golden(name, outcome, kinds=", ".join(catalogue.city("hohhot").kinds()))


@pytest.mark.parametrize(
    ("name", "env", "value"),
    [
        ("setting_unreadable_port", "WUFEI_PORT", "eight"),
        ("setting_unreadable_flag", "WUFEI_HTTPS", "maybe"),
        ("setting_unreadable_url", "DATABASE_URL", "mysql://me:secret@there/x"),
    ],
)
def test_an_unreadable_setting_is_named(name: str, env: str, value: str, command: Here, data_folder: Path) -> None:
    outcome = command("run", "--data", data_folder, *([] if "PORT" in env else ["--port", "0"]), **{env: value})
    check_golden(name, outcome, data=data_folder)
    assert "secret" not in outcome[2].replace("secret-key", "")


def test_a_port_in_use_is_named(taken_port: int, here: Here, data_folder: Path) -> None:
    outcome = here("run", "--data", data_folder, "--port", taken_port)
    check_golden("port_in_use", outcome, port=taken_port)
    assert not (data_folder / "postgres").exists()


def test_an_address_of_another_machine_is_named(here: Here, data_folder: Path) -> None:
    check_golden("address_unusable", here("run", "--data", data_folder, "--host", "192.0.2.1", "--port", 0))


def test_a_folder_that_cannot_be_written_is_named(unwritable: Path, here: Here) -> None:
    code, _, said = here("run", "--data", unwritable, "--port", 0)
    assert code == failures.FAILURE
    assert said.count("[data_folder_not_writable]") == 2
    assert str(unwritable) in said


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue with one source that lacks its citation."""
    folder = tmp_path / "national/sources"
    folder.mkdir(parents=True)
    head = ("id: bare", "zh: 无引", "en: Bare", "valid_from: 2021-01-01", "valid_to: null", "checked_on: 2026-11-24")
    (folder / "bare.yaml").write_text("\n".join((*head, "confidence: high", "")), encoding="utf-8")
    monkeypatch.setattr("wufei.catalog.book.default_root", lambda: tmp_path)
    return tmp_path


def test_a_broken_catalogue_fails_the_check(broken: Path, here: Here) -> None:
    check_golden("check_broken", here("check"), root=broken)
    check_golden("check_broken_json", here("check", "--json"), root=broken)


def test_a_broken_catalogue_refuses_to_start_and_leaves_no_trace(broken: Path, here: Here, data_folder: Path) -> None:
    check_golden("run_broken", here("run", "--data", data_folder, "--port", 0), root=broken)
    assert not data_folder.exists()


def test_a_defect_of_ours_is_no_traceback(here: Here, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def defect() -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("wufei.catalog.load", defect)
    monkeypatch.setenv("WUFEI_DATA", str(data_folder))
    outcome = here("check", WUFEI_DATA=str(data_folder))
    check_golden("internal_error", outcome, data=data_folder)
    log = next((data_folder / "log").iterdir())
    assert "ZeroDivisionError: planted" in log.read_text(encoding="utf-8")


def test_a_defect_with_nowhere_to_write_still_has_a_log(
    here: Here, unwritable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wufei.catalog.load", lambda: 1 / 0)
    code, _, said = here("check", WUFEI_DATA=str(unwritable))
    assert code == failures.INTERNAL
    log = Path(re.search(r"written to (\S+\.log)", said)[1])
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")
    log.unlink()
    log.parent.rmdir()


def test_help_answers_at_once(environment: dict[str, str]) -> None:
    """What takes time is not loaded; `wufei bench start` measures the seconds."""
    subprocess.run([sys.executable, "-m", "wufei.app.cli", "--help"], env=environment, check=True, stdout=-3)
    loaded = (
        "import sys, wufei.app.cli; print([m for m in ('django', 'pydantic', 'yaml', 'psycopg') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loaded], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_check_prints_counts_findings_and_every_correction(here: Here, catalogue) -> None:
    code, out, _ = here("check")
    assert code == 0
    for city in catalogue.cities.values():
        assert all(correction.id in out for correction in city.corrections)
        assert all(finding.zh in out and finding.en in out for finding in city.findings)


def test_check_as_json_holds_the_same(here: Here, catalogue) -> None:
    code, out, _ = here("check", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["counts"] == catalogue.counts()
    for name, city in catalogue.cities.items():
        assert [c["id"] for c in data["cities"][name]["corrections"]] == [c.id for c in city.corrections]
        assert len(data["cities"][name]["findings"]) == len(city.findings)


def test_plan_show_walks_from_kinds_to_a_printed_line(here: Here, catalogue) -> None:
    kinds = json.loads(here("plan", "show", "--json")[1])["kinds"]
    assert kinds["indicators"] == len(catalogue.city("hohhot").indicators)
    listed = json.loads(here("plan", "show", "indicators", "--json")[1])["items"]
    assert len(listed) == kinds["indicators"]
    item = json.loads(here("plan", "show", "indicators", listed[0]["id"], "--json")[1])
    assert item["lines"]
    text = here("plan", "show", "indicators", listed[0]["id"])[1]
    assert all(line["text"] in text for line in item["lines"])
    assert listed[0]["en"] in text


def test_plan_show_lists_for_people(here: Here, catalogue) -> None:
    out = here("plan", "show", "projects")[1]
    assert out.count("\n") == len(catalogue.city("hohhot").projects)
    assert "indicators" in here("plan", "show")[1]


def test_bench_lists_what_can_be_measured(here: Here) -> None:
    assert set(json.loads(here("bench", "--json")[1])) >= {"catalogue", "start", "pages"}


def test_bench_measures_the_catalogue(here: Here) -> None:
    result = json.loads(here("bench", "catalogue", "--json")[1])
    assert result["name"] == "catalogue"
    assert all(figure["value"] > 0 for figure in result["figures"])
    assert "first load" in here("bench", "catalogue")[1]


def test_a_reader_that_has_seen_enough_is_no_error(environment: dict[str, str]) -> None:
    shell = f"'{sys.executable}' -m wufei.app.cli plan show places | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", shell], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_server_that_is_not_there_is_named(command: Here, data_folder: Path, free_port: int) -> None:
    url = f"postgres://me:secret@127.0.0.1:{free_port}/wufei"
    code, _, said = command("run", "--data", data_folder, "--port", 0, DATABASE_URL=url)
    assert code == failures.FAILURE
    assert said.count("[database_unavailable]") == 2
    assert "secret" not in said


def test_the_version_is_printed(here: Here) -> None:
    from wufei import __version__

    assert here("--version")[1] == f"wufei {__version__}\n"


def test_an_interrupt_is_quiet(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.wufei, "main", interrupted)
    assert here("check") == (130, "", "")
