"""Styles, scripts and templates: nothing inline, one set of colours twice, built files with hashed names."""

import re
from pathlib import Path

import pytest
from django.test import Client

from wufei.web.icons import ICONS
from wufei.web.templatetags import wufei as tags

INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\bsrc=)")
TOKEN = re.compile(r"--[\w-]+: [^;]+;")


def test_templates_hold_nothing_inline(root: Path) -> None:
    templates = list((root / "src/wufei/web/templates").rglob("*.html"))
    assert len(templates) > 15
    found = {path.name: INLINE.findall(path.read_text(encoding="utf-8")) for path in templates}
    assert not {name: hits for name, hits in found.items() if hits}


@pytest.mark.parametrize(
    "markup", ['<p style="x">', "<style>", "<script>", '<a onclick="x">', '<a href="javascript:x">']
)
def test_the_check_bites(markup: str) -> None:
    assert INLINE.search(markup)


@pytest.mark.django_db
def test_pages_hold_nothing_inline_and_forbid_it(reader: Client, pages: list[str]) -> None:
    for address in pages:
        response = reader.get(address)
        assert not INLINE.findall(response.content.decode()), address
        policy = response["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert response["Cache-Control"] == "private, no-cache"


def test_both_dark_sets_are_the_same(root: Path) -> None:
    css = (root / "frontend/src/css/tokens.css").read_text(encoding="utf-8")
    system = css.split("@media (prefers-color-scheme: dark)")[1].split('[data-theme="dark"]')[0]
    chosen = css.split(':root[data-theme="dark"]')[1]
    assert TOKEN.findall(system) == TOKEN.findall(chosen)
    assert len(TOKEN.findall(system)) > 25


def test_colours_are_named_in_one_file_only(root: Path) -> None:
    for path in (root / "frontend/src/css").glob("*.css"):
        if path.name not in {"tokens.css", "print.css"}:
            assert not re.findall(r"#[0-9a-f]{3,8}\b|rgb\(", path.read_text(encoding="utf-8")), path.name


def test_built_files_carry_a_hash() -> None:
    for name in ("site.css", "site.js"):
        assert re.fullmatch(r"/static/dist/site-[0-9A-Z]{8}\.(css|js)", tags.asset(name))


def test_pages_that_were_not_built_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tags, "MANIFEST", tmp_path / "manifest.json")
    tags._manifest.cache_clear()
    with pytest.raises(tags.PagesNotBuilt):
        tags.asset("site.css")
    tags._manifest.cache_clear()


def test_icons_are_drawings_only() -> None:
    assert all(not INLINE.search(drawing) for drawing in ICONS.values())
    assert '<svg class="icon"' in tags.icon("home")
