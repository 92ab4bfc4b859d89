"""Two folded forms of a text: one for letter-by-letter hits, one for hits that come close."""

from __future__ import annotations

import re
import unicodedata

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_GAP = re.compile(f"(?<=[{CJK}])\\s+|\\s+(?=[{CJK}])")
_CHARACTER = re.compile(f"([{CJK}])")
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """Width and case folded, and no gap next to a Chinese character: a word broken over a line is whole again."""
    folded = unicodedata.normalize("NFKC", text.replace("\0", "")).casefold()
    return _SPACE.sub(" ", _GAP.sub("", folded)).strip()


def spaced(text: str) -> str:
    """The same with every Chinese character a word of its own, so that trigrams compare characters."""
    return _SPACE.sub(" ", _CHARACTER.sub(r" \1 ", plain(text))).strip()


def words(asked: str) -> tuple[str, ...]:
    """The words of a question, folded; each must be found."""
    return tuple(dict.fromkeys(word for part in asked.split() if (word := plain(part))))
