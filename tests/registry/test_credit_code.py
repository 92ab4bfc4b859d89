"""Unified social credit codes: known good ones, every single mistake found, each mistake named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei.registry.credit_code import (
    ALPHABET,
    CreditCodeCheck,
    CreditCodeLength,
    CreditCodeLetters,
    OrgCodeCheck,
    check_character,
    org_check_character,
    read_credit_code,
)
from wufei.terms import NamedError

ORG_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@st.composite
def codes(draw: st.DrawFn) -> str:
    """A code whose two check digits are right."""
    authority = draw(st.sampled_from("159ANY")) + draw(st.sampled_from("1239"))
    division = draw(st.text("0123456789", min_size=6, max_size=6))
    inner = draw(st.text(ORG_LETTERS, min_size=8, max_size=8))
    body = authority + division + inner + org_check_character(inner)
    return body + check_character(body)


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",  # the example of GB 32100 itself
        "91440300708461136T",
        "9144030071526726XG",
        "91110108551385082Q",
    ],
)
def test_published_codes_pass(code: str) -> None:
    assert read_credit_code(code) == code


@given(codes())
def test_a_sound_code_passes_however_it_is_written(code: str) -> None:
    assert read_credit_code(code) == code
    assert read_credit_code(f" {code[:6].lower()} {code[6:]}　") == code
    assert read_credit_code("".join(chr(ord(c) + 0xFEE0) for c in code)) == code


@given(codes(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_place_is_always_found(code: str, at: int, other: str) -> None:
    if code[at] == other:
        return
    with pytest.raises((CreditCodeCheck, CreditCodeLetters)):
        read_credit_code(code[:at] + other + code[at + 1 :])


@given(codes(), st.integers(0, 16))
def test_two_exchanged_places_are_always_found(code: str, at: int) -> None:
    if code[at] == code[at + 1]:
        return
    with pytest.raises((CreditCodeCheck, CreditCodeLetters)):
        read_credit_code(code[:at] + code[at + 1] + code[at] + code[at + 2 :])


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("150100400012345", CreditCodeLength),
        ("", CreditCodeLength),
        ("91350100M000100Y4O", CreditCodeLetters),
        ("9135O100M000100Y43", CreditCodeLetters),
        ("91350A00M000100Y43", CreditCodeLetters),
        ("91350100M000100Y44", CreditCodeCheck),
    ],
)
def test_each_mistake_has_its_name(code: str, error: type[NamedError]) -> None:
    with pytest.raises(error):
        read_credit_code(code)


def test_the_organisation_code_inside_is_checked_as_well() -> None:
    body = "91150100" + "12345678" + "0"
    with pytest.raises(OrgCodeCheck):
        read_credit_code(body + check_character(body))
