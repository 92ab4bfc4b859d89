"""Chinese and English are both whole: every message translated, no English left on a Chinese page."""

import importlib.util
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from django.test import Client

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
ENGLISH_WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")  # an English sentence may quote Chinese names
TEXT = re.compile(r"<script.*?</script>|<style.*?</style>|<[^>]+>", re.DOTALL)


@pytest.fixture(scope="module")
def messages(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", root / "scripts/messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_message_has_a_chinese_translation(messages: ModuleType) -> None:
    found = messages.brought_up_to_date()
    assert len(found) > 250
    assert messages.missing(found) == []


def test_the_file_holds_what_the_code_says(messages: ModuleType) -> None:
    kept = messages.PO.read_text(encoding="utf-8")
    assert kept == messages.text_of(messages.brought_up_to_date()), "run python scripts/messages.py"


def test_translations_keep_the_placeholders(messages: ModuleType) -> None:
    for message in messages.translated():
        if message.id:
            assert sorted(PLACEHOLDER.findall(message.id)) == sorted(PLACEHOLDER.findall(message.string)), message.id


def test_an_untranslated_message_is_found(messages: ModuleType, tmp_path: Path) -> None:
    template = tmp_path / "new.html"
    template.write_text('{% load i18n %}{% translate "Brand new" %}{{ x|default:_("Also new") }}', encoding="utf-8")
    assert set(messages.template_messages(template)) == {"Brand new", "Also new"}
    code = tmp_path / "new.py"
    code.write_text("from django.utils.translation import gettext as _\n_('New too')\n", encoding="utf-8")
    assert list(messages.python_messages(code)) == ["New too"]


@pytest.mark.django_db
def test_no_english_message_is_left_on_a_chinese_page(reader: Client, pages: list[str], messages: ModuleType) -> None:
    phrases = [
        m.id
        for m in messages.translated()
        if m.id and " " in m.id and not PLACEHOLDER.search(m.id) and m.string != m.id
    ]
    for address in pages:
        words = TEXT.sub(" ", reader.get(address).content.decode())
        left = [phrase for phrase in phrases if phrase in words]
        assert not left, (address, left)


@pytest.mark.django_db
def test_both_languages_name_themselves(
    reader: Client, pages: list[str], in_english: Callable[[Client], Client]
) -> None:
    assert all('<html lang="zh-CN"' in reader.get(address).content.decode() for address in pages)
    in_english(reader)
    assert all('<html lang="en"' in reader.get(address).content.decode() for address in pages)


class Untold(HTMLParser):
    """Collects texts that are mostly Chinese and stand in no element that says so."""

    VOID = frozenset({"meta", "link", "input", "br", "img", "rect", "circle", "path"})

    def __init__(self) -> None:
        super().__init__()
        self.langs = ["en"]
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.langs.append(dict(attrs).get("lang") or self.langs[-1])

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.langs.pop()

    def handle_data(self, data: str) -> None:
        said = data.strip()
        chinese = len(re.findall(r"[一-鿿]", said))
        if self.langs[-1] == "en" and chinese * 2 > len(said) and not ENGLISH_WORDS.search(said):
            self.found.append(said)


def untold(body: str) -> list[str]:
    parser = Untold()
    parser.feed(body)
    return parser.found


@pytest.mark.django_db
def test_chinese_on_an_english_page_says_so(
    reader: Client, pages: list[str], in_english: Callable[[Client], Client]
) -> None:
    in_english(reader)
    found = {address: left for address in pages if (left := untold(reader.get(address).content.decode()))}
    assert not found, "\n".join(f"{a}: {b}" for a, b in found.items())


def test_the_check_for_chinese_bites() -> None:
    assert untold('<p>ash 灰</p><p lang="zh">粉煤灰<br>灰</p><p>粉煤灰</p>') == ["粉煤灰"]
