"""Finding a Chromium, or getting one, or saying clearly that there is none."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Script = Callable[[str], ModuleType]
Programs = Callable[..., Path]
ANSWERS = "echo Chromium 150"


@pytest.fixture
def chromium(script: Script, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delenv("CHROMIUM", raising=False)
    return script("chromium")


class Heard:
    """What was said, and whether apt was asked."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.asked: list[tuple[str, ...]] = []

    def say(self, zh: str, en: str) -> None:
        self.said.append(f"{zh} {en}")

    def refuse(self, *packages: str) -> bool:
        self.asked.append(packages)
        return False


def ensure(chromium: ModuleType, venv: Path, apt: Callable[..., bool], heard: Heard) -> str | None:
    chromium.ensure(venv, Path("/nowhere/python"), apt, heard.say)
    note = venv / "chromium-path"
    return note.read_text(encoding="utf-8") if note.exists() else None


@pytest.mark.parametrize("name", ["chromium", "chromium_browser", "google_chrome"])
def test_an_installed_one_is_found(chromium: ModuleType, programs: Programs, tmp_path: Path, name: str) -> None:
    folder = programs(**{name: ANSWERS})
    heard = Heard()
    assert ensure(chromium, tmp_path, heard.refuse, heard) == str(folder / name.replace("_", "-"))
    assert not heard.asked


def test_the_one_that_chromium_names_comes_first(
    chromium: ModuleType, programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = programs(chromium=ANSWERS, mine=ANSWERS)
    monkeypatch.setenv("CHROMIUM", str(folder / "mine"))
    assert ensure(chromium, tmp_path, Heard().refuse, Heard()) == str(folder / "mine")


def test_one_that_does_not_start_is_passed_over(chromium: ModuleType, programs: Programs, tmp_path: Path) -> None:
    folder = programs(chromium="exit 127", google_chrome=ANSWERS)
    assert ensure(chromium, tmp_path, Heard().refuse, Heard()) == str(folder / "google-chrome")


def test_root_installs_it_with_its_fonts(chromium: ModuleType, programs: Programs, tmp_path: Path) -> None:
    folder = programs()
    heard = Heard()

    def install(*packages: str) -> bool:
        heard.asked.append(packages)
        programs(chromium=ANSWERS)
        return True

    assert ensure(chromium, tmp_path, install, heard) == str(folder / "chromium")
    assert heard.asked == [("chromium", "fonts-noto-cjk")]


def test_otherwise_playwright_s_own_is_downloaded(
    chromium: ModuleType, programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = programs(downloaded=ANSWERS)
    python = programs(python=f'[ "$1" = -m ] || echo {folder}/downloaded') / "python"
    heard = Heard()
    chromium.ensure(tmp_path, python, heard.refuse, heard.say)
    assert (tmp_path / "chromium-path").read_text(encoding="utf-8") == str(folder / "downloaded")
    assert "downloading" in heard.said[0]


def test_when_none_can_be_had_it_says_what_to_do(chromium: ModuleType, programs: Programs, tmp_path: Path) -> None:
    python = programs(python="exit 1") / "python"
    heard = Heard()
    chromium.ensure(tmp_path, python, heard.refuse, heard.say)
    assert not (tmp_path / "chromium-path").exists()
    assert "apt-get install chromium fonts-noto-cjk" in heard.said[-1]


def test_a_noted_one_is_not_looked_for_again(chromium: ModuleType, programs: Programs, tmp_path: Path) -> None:
    folder = programs(mine=ANSWERS)
    (tmp_path / "chromium-path").write_text(str(folder / "mine"), encoding="utf-8")
    assert ensure(chromium, tmp_path, Heard().refuse, Heard()) == str(folder / "mine")
