"""What the house rules look at: the tracked files and the Python in them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Copies of official documents stay byte for byte as they were issued.
AS_ISSUED = ("sources", ".txt")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would track (nothing ignored), as it stands in the folder."""
    command = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in sorted(set(listed.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def issued(path: Path) -> bool:
    """Whether the file is a document shipped as it was issued."""
    return path.parent.name == AS_ISSUED[0] and path.suffix == AS_ISSUED[1]


def ours(*suffixes: str) -> list[Path]:
    """Tracked files with one of the suffixes, without migrations, which Django writes."""
    return [p for p in tracked() if p.suffix in suffixes and "migrations" not in p.parts]


@cache
def tree(path: Path) -> ast.Module:
    """The parsed Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """The path from the root of the checkout."""
    return path.relative_to(ROOT).as_posix()
