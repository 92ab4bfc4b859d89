"""Sealing: any text comes back; nothing changed, moved or sealed with another key opens; files are private."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei.registry import key_ring
from wufei.registry.key_ring import KeyRing, PersonalKeysMissing, PersonalKeysUnreadable, PersonalKeyUnknown
from wufei.registry.personal_data import mask_email, mask_name, mask_phone, normal
from wufei.registry.sealing import KEY_BYTES, SealBroken, is_envelope, new_key, seal, unseal

NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEYS = {cipher: new_key(7, cipher, NOW) for cipher in KEY_BYTES}
CELL = "registry_person.full_name.12"
any_text = st.text(st.characters(codec=None), max_size=200)


@given(any_text, st.sampled_from(sorted(KEYS)))
def test_any_text_comes_back(text: str, cipher: str) -> None:
    envelope = seal(text, KEYS[cipher], CELL)
    assert is_envelope(envelope)
    assert unseal(envelope, KEYS[cipher], CELL) == text
    assert seal(text, KEYS[cipher], CELL) != envelope


@given(any_text, st.sampled_from(sorted(KEYS)), st.data())
def test_a_flipped_bit_is_refused(text: str, cipher: str, data: st.DataObject) -> None:
    head, body = seal(text, KEYS[cipher], CELL).rsplit(".", 1)
    packed = bytearray(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    place = data.draw(st.integers(0, len(packed) * 8 - 1))
    packed[place // 8] ^= 1 << place % 8
    changed = f"{head}." + base64.urlsafe_b64encode(bytes(packed)).decode().rstrip("=")
    with pytest.raises(SealBroken):
        unseal(changed, KEYS[cipher], CELL)


@given(any_text, st.data())
def test_a_changed_letter_is_refused(text: str, data: st.DataObject) -> None:
    key = KEYS["aes-256-gcm"]
    envelope = seal(text, key, CELL)
    place = data.draw(st.integers(0, len(envelope) - 1))
    letter = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != envelope[place]))
    with pytest.raises(SealBroken):
        unseal(envelope[:place] + letter + envelope[place + 1 :], key, CELL)
    with pytest.raises(SealBroken):
        unseal(envelope[:place], key, CELL)


@given(any_text, st.text(max_size=40).filter(lambda cell: cell != CELL))
def test_another_cell_is_refused(text: str, cell: str) -> None:
    with pytest.raises(SealBroken):
        unseal(seal(text, KEYS["aes-256-gcm"], CELL), KEYS["aes-256-gcm"], cell)


@given(any_text)
def test_another_key_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        unseal(seal(text, KEYS["sm4-gcm"], CELL), new_key(7, "sm4-gcm", NOW), CELL)
    with pytest.raises(PersonalKeyUnknown):
        KeyRing.fresh("aes-256-gcm", NOW).of(seal(text, KEYS["sm4-gcm"], CELL))


def test_the_ring_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ring = KeyRing.fresh("aes-256-gcm", NOW).with_new_key("sm4-gcm", NOW)
    key_ring.save(ring, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert key_ring.load(path) == ring
    assert [p.name for p in tmp_path.iterdir()] == ["keys.json"]
    path.chmod(0o640)
    with pytest.raises(PersonalKeysUnreadable):
        key_ring.load(path)


def test_a_lost_or_broken_ring_is_named(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with pytest.raises(PersonalKeysMissing):
        key_ring.load(path)
    key_ring.save(KeyRing.fresh("aes-256-gcm", NOW), path)
    whole = json.loads(path.read_text())
    for broken in ("", "[]", "{}", json.dumps(whole | {"current": "k9"}), json.dumps(whole | {"keys": {"k1": 3}})):
        path.write_text(broken)
        with pytest.raises(PersonalKeysUnreadable):
            key_ring.load(path)


def test_keys_are_numbered_once_and_never_printed() -> None:
    ring = (
        KeyRing.fresh("aes-256-gcm", NOW)
        .with_new_key("aes-256-gcm", NOW)
        .without_old_keys()
        .with_new_key("aes-256-gcm", NOW)
    )
    assert sorted(ring.keys) == ["k2", "k3"]
    assert "secret" not in repr(ring.sealer)


@pytest.mark.parametrize(
    ("clear", "masked"),
    [("张三", "张*"), ("欧阳娜娜", "欧***"), ("李", "李*"), ("John Smith", "J*** S***"), ("", ""), ("  ", "")],
)
def test_names_are_masked(clear: str, masked: str) -> None:
    assert mask_name(clear) == masked


@pytest.mark.parametrize(
    ("clear", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("0471-1234567", "047****4567"),
        ("110", "***"),
        ("12345", "****45"),
        ("", ""),
    ],
)
def test_phones_are_masked(clear: str, masked: str) -> None:
    assert mask_phone(clear) == masked


@given(st.text(max_size=40))
def test_a_mask_shows_little(text: str) -> None:
    assert sum(c.isdigit() for c in mask_phone(text)) <= 7
    assert len(mask_name(text).replace("*", "").replace(" ", "")) <= len(text.split())
    assert mask_email("a" * 9 + "@b.cn") == "a***@b.cn"
    assert normal("+86 138-1234 5678") == normal("13812345678") == "13812345678"
