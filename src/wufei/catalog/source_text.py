"""The shipped text of a source, by printed line, and the tidy reading of a printed form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_CJK = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”‘’"
_GAP = re.compile(f"(?<=[{_CJK}])\\s+(?=[{_CJK}])")


@dataclass(frozen=True, slots=True)
class SourceText:
    """Numbered lines of a source; line numbers are 1-based as printed in citations."""

    source: str
    text: tuple[str, ...]

    @classmethod
    def read(cls, source: str, path: Path) -> SourceText:
        """Read a UTF-8 text file; lines end at a newline only, as line numbering tools count."""
        return cls(source, tuple(path.read_bytes().decode("utf-8").split("\n")))

    def __len__(self) -> int:
        return len(self.text)

    def line(self, number: int) -> str:
        """The line as printed. Raises IndexError outside the text."""
        if number < 1:
            raise IndexError(number)
        return self.text[number - 1]

    def lines(self, first: int, last: int) -> list[tuple[int, str]]:
        """Numbered lines from ``first`` to ``last``, both counted, cut to the text."""
        return [(n, self.text[n - 1]) for n in range(max(first, 1), min(last, len(self.text)) + 1)]

    def joined(self, numbers: range) -> str:
        """The lines run together as if no page had broken them."""
        return "".join(self.line(number).strip() for number in numbers)

    def search(self, fragment: str) -> list[int]:
        """Numbers of the lines that hold ``fragment`` letter by letter."""
        return [n for n, line in enumerate(self.text, 1) if fragment in line]


def tidy(printed: str) -> str:
    """The reading of a printed form: hard wraps between Chinese characters closed, markers dropped, ends trimmed."""
    return _GAP.sub("", printed.replace("**", "")).strip()
