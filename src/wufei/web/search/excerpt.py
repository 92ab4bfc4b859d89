"""The passage of a text that a question hit, with the hit marked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.safestring import SafeString

from wufei.web.printed import marked
from wufei.web.search.folding import plain

BEFORE, LENGTH = 36, 150


def excerpt(text: str, words: Iterable[str]) -> SafeString:
    """The best line of ``text`` around its first hit; letter-by-letter hits marked, else the closest passage."""
    wanted = tuple(words)
    line = max(text.split("\n"), key=lambda said: _worth(said, wanted))
    spans = exact_spans(line, wanted) or close_spans(line, wanted)
    begin = max(0, spans[0][0] - BEFORE) if spans else 0
    end = min(len(line), begin + LENGTH)
    cut = [(a - begin, min(b, end) - begin) for a, b in spans if begin <= a < end]
    head, tail = ("…" if begin else ""), ("…" if end < len(line) else "")
    return SafeString(head) + marked(line[begin:end].replace("\t", " "), cut) + SafeString(tail)


def _worth(line: str, words: tuple[str, ...]) -> float:
    """How well a line answers: every letter-by-letter hit counts one, else the share of characters shared."""
    folded = plain(line)
    hits = sum(word in folded for word in words)
    letters = set("".join(words))
    return hits + (len(letters & set(folded)) / (len(letters) + 1) if letters else 0.0)


def exact_spans(line: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand letter by letter, a gap inside a word forgiven; merged and sorted."""
    found: list[tuple[int, int]] = []
    for word in words:
        pattern = r"\s*".join(re.escape(letter) for letter in word if not letter.isspace())
        found += [match.span() for match in re.finditer(pattern, line, re.IGNORECASE)]
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def close_spans(line: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """For each word the passage of its length that shares most characters with it, when at least half are shared."""
    spans = []
    folded = line.casefold()
    for word in words:
        size, letters = len(word), set(word)
        if size > len(folded):
            continue
        shares = [_shared(folded[at : at + size], word, letters) for at in range(len(folded) - size + 1)]
        best = max(shares)
        if best[0] * 2 >= len(letters):
            spans.append((shares.index(best), shares.index(best) + size))
    return _apart(sorted(spans))


def _shared(passage: str, word: str, letters: set[str]) -> tuple[int, int]:
    """How many characters a passage shares with a word, and how many of them in the same place."""
    return len(letters & set(passage)), sum(a == b for a, b in zip(passage, word, strict=True))


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
