"""Tags for every template: built assets, icons, addresses of items."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from wufei.terms import NamedError
from wufei.web.icons import ICONS
from wufei.web.kinds import KINDS

register = template.Library()

MANIFEST = Path(__file__).resolve().parents[1] / "static/dist/manifest.json"


class PagesNotBuilt(NamedError):
    """The styles and scripts have not been built."""

    code = "pages_not_built"
    zh = "页面的样式和脚本尚未构建（缺少 {file}）。"
    en = "The styles and scripts of the pages have not been built ({file} is missing)."
    remedy_zh = "请运行 make run，或 python scripts/setup.py。"
    remedy_en = "Run make run, or python scripts/setup.py."


@cache
def _manifest() -> dict[str, str]:
    if not MANIFEST.is_file():
        raise PagesNotBuilt(file=MANIFEST.name)
    names: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return names


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file, such as ``site.css``."""
    return static(f"dist/{_manifest()[name]}")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line icon; decoration only, words stand beside it or in a label."""
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', mark_safe(ICONS[name]))  # noqa: S308


@register.filter
def lit(number: int, span: range) -> bool:
    """Whether a line is in the lit passage."""
    return number in span


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A value of a mapping by a key that a template holds in a variable."""
    return mapping.get(key)


@register.simple_tag
def kind_label(key: str) -> str:
    """The plural name of a kind."""
    return str(KINDS[key].label)
