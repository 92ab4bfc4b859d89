"""Text that no spreadsheet takes for a formula, and that comes back."""

import pytest

from wufei.terms.spreadsheet import RISKY, safe_text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''=1", "'", "plain", "it's", ""])
def test_safe_text_is_safe_and_comes_back(text: str) -> None:
    safe = safe_text(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert (safe[1:] if safe.startswith("'") and safe.lstrip("'").startswith(RISKY) else safe) == text
