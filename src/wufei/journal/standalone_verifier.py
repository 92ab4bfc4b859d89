"""Verify a Wufei proof file offline. This one file is enough: Python 3.9 or later, no package, no network.

    python3 -I -S standalone_verifier.py PROOF.json [--key KEY_ID] [--json]

It checks that each record's canonical form gives its leaf, that the leaf lies in the Merkle tree (RFC 6962, RFC 9162)
whose root the tree head states, that the head is signed (Ed25519 of RFC 8032, or SM2 of GB/T 32918) by the key whose
hash it names, that several heads are of one growing tree, and that every claim is covered by those records. Give the
key id that the operator published with ``--key``; without it the file's own key is taken at its word.
``docs/journal-proofs.md`` describes the format. Exit code 0: all of it holds; 1: something does not, named.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

FORMAT, HEAD_FORMAT, KEY_FORMAT = "wufei-proof/1", "wufei-tree-head/1", "wufei-signing-key/1"
Hash = Callable[[bytes], bytes]


REASONS = {
    "algorithm_unknown": ("算法未知", "an unknown algorithm"),
    "claim_not_covered": ("主张所引的记录没有证明", "a claim names a record that is not proven here"),
    "claim_unknown": ("不认识这种主张", "an unknown kind of claim"),
    "endorsement_wrong": ("前一公钥的背书不成立", "the predecessor's endorsement does not hold"),
    "field_unreadable": ("内容无法识别", "cannot be read as what it is"),
    "fields_wrong": ("字段缺少或多余", "fields are missing, or there are others"),
    "file_unreadable": ("文件无法读取", "the file cannot be read"),
    "form_differs_from_leaf": ("记录内容与其叶散列不符", "the record's form does not give its leaf"),
    "format_unknown": (f"不是 {FORMAT} 格式的证明文件", f"not a proof file of format {FORMAT}"),
    "head_missing": ("所引的树头不在文件里", "the tree head named here is not in the file"),
    "head_signature_wrong": ("树头的签名不成立", "the signature of the tree head does not hold"),
    "heads_inconsistent": ("两个树头不是同一棵树", "the two heads are not of one growing tree"),
    "key_id_wrong": ("公钥与其编号不符", "the public key does not hash to its id"),
    "key_missing": ("签署树头的公钥不在文件里", "the key that signed the head is not in the file"),
    "key_not_trusted": ("签名公钥不是所指定的公钥", "the signing key is not the one that you named"),
    "key_signature_wrong": ("公钥登记的自签名不成立", "the key's own signature does not hold"),
    "layout_changed": ("文件排版被改动", "the layout of the file was changed"),
    "not_json": ("不是 JSON", "not JSON"),
    "path_misses_root": ("包含路径到不了树头的根", "the inclusion path does not lead to the root"),
    "sm3_missing": ("此 Python 没有 SM3", "this Python has no SM3; one with OpenSSL 1.1.1 has"),
}


class Failed(Exception):
    """One named reason why a proof does not hold: its code, the place in the file, and both languages."""

    def __init__(self, code: str, place: str) -> None:
        self.code, self.place, (self.zh, self.en) = code, place, REASONS[code]
        super().__init__(f"{place}: [{code}] {self.zh} · {self.en}")


def _require(holds: object, code: str, place: str) -> None:
    if not holds:
        raise Failed(code, place)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sm3(data: bytes) -> bytes:
    _require("sm3" in hashlib.algorithms_available, "sm3_missing", "python")
    return hashlib.new("sm3", data).digest()


HASHES: dict[str, Hash] = {"sha256": _sha256, "sm3": _sm3}


def root_from_path(hash_: Hash, leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion path leads to (RFC 9162 §2.1.3.2); None when the path has not the right length."""
    if not 0 <= position < size:
        return None
    fn, sn, node = position, size - 1, leaf
    for step in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            node = hash_(b"\x01" + step + node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = hash_(b"\x01" + node + step)
        fn, sn = fn >> 1, sn >> 1
    return node if sn == 0 else None


def is_consistent(hash_: Hash, sizes: tuple[int, int], roots: tuple[bytes, bytes], path: Sequence[bytes]) -> bool:
    """Whether the tree of the second size and root grew out of that of the first (RFC 9162 §2.1.4.2)."""
    first, second = sizes
    if first == second:
        return not path and roots[0] == roots[1]
    if not 0 < first < second or not path:
        return False
    steps = list(path) if first & (first - 1) else [roots[0], *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = hash_(b"\x01" + step + old), hash_(b"\x01" + step + new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = hash_(b"\x01" + new + step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (old, new) == roots


_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
Point = tuple[int, ...]


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(n: int, p: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while n:
        total, p, n = _add(total, p) if n & 1 else total, _add(p, p), n >> 1
    return total


def _point(data: bytes) -> Point | None:
    """Decode a point (RFC 8032 §5.1.3); None when there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return x, y, 1, x * y % _P


_BASE: Point = _point(bytes.fromhex("58" + "66" * 31)) or ()


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is of the message by the key (RFC 8032 §5.1.7)."""
    key = _point(public) if len(public) == 32 else None
    s = int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or s >= _L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    minus_key = (_P - key[0], key[1], 1, _P - key[3])
    x, y, z, _ = _add(_times(s, _BASE), _times(k, minus_key))
    x, y = x * pow(z, _P - 2, _P) % _P, y * pow(z, _P - 2, _P) % _P
    return bool((y | (x & 1) << 255).to_bytes(32, "little") == signature[:32])


_Q = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _Q - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SM2_USER = b"1234567812345678"  # the default of GB/T 35276


def _sum(p: Point | None, q: Point | None) -> Point | None:
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0] and (p[1] + q[1]) % _Q == 0:
        return None
    over, under = (3 * p[0] * p[0] + _A, 2 * p[1]) if p == q else (q[1] - p[1], q[0] - p[0])
    slope = over * pow(under, _Q - 2, _Q) % _Q
    x = (slope * slope - p[0] - q[0]) % _Q
    return x, (slope * (p[0] - x) - p[1]) % _Q


def _multiple(n: int, p: Point) -> Point | None:
    total: Point | None = None
    for bit in f"{n:b}":
        total = _sum(total, total)
        total = _sum(total, p) if bit == "1" else total
    return total


def sm2(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an SM2 signature (r and s, 32 bytes each) is of the message by the key 04‖x‖y (GB/T 32918.2 §7)."""
    if len(public) != 65 or public[0] != 4 or len(signature) != 64:
        return False
    key = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    on_curve = max(key) < _Q and (key[1] ** 2 - key[0] ** 3 - _A * key[0] - _B) % _Q == 0
    if not on_curve or not (0 < r < _N and 0 < s < _N) or (r + s) % _N == 0:
        return False
    curve = b"".join(n.to_bytes(32, "big") for n in (_A, _B, _GX, _GY, *key))
    z = HASHES["sm3"]((8 * len(SM2_USER)).to_bytes(2, "big") + SM2_USER + curve)
    e = int.from_bytes(HASHES["sm3"](z + message), "big")
    found = _sum(_multiple(s, (_GX, _GY)), _multiple((r + s) % _N, key))
    return found is not None and (e + found[0]) % _N == r


SIGNATURES = {"ed25519": ed25519, "sm2": sm2}


def canonical(plain: dict[str, Any]) -> bytes:
    """JSON with sorted keys, no spaces, nothing null, UTF-8: the bytes that are hashed and signed."""
    told = {key: value for key, value in plain.items() if value is not None}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def head_message(head: dict[str, Any]) -> bytes:
    """What the signature of a tree head is over."""
    named = ("algorithm", "key_id", "root", "sealed_at", "size")
    return canonical({"format": HEAD_FORMAT} | {name: head[name] for name in named})


def key_message(key: dict[str, Any]) -> bytes:
    """What a key signs about itself, and its predecessor about it."""
    named = ("algorithm", "key_id", "previous", "public_key", "registered_at")
    return canonical({"format": KEY_FORMAT, **{name: key[name] for name in named}})


def signed(key: dict[str, Any], message: bytes, signature: str) -> bool:
    """Whether the hex signature is of the message by the key."""
    return SIGNATURES[key["algorithm"]](bytes.fromhex(key["public_key"]), message, bytes.fromhex(signature))


def key_id_of(public: bytes) -> str:
    """The id of a public key: its SHA-256 in hex."""
    return hashlib.sha256(public).hexdigest()


def trusted_keys(keys: Iterable[dict[str, Any]], pinned: Iterable[str]) -> set[str]:
    """The ids of ``keys`` that a chain of endorsements joins to a pinned one, forwards or backwards in time.

    A key endorses its successor by signing it; a key vouches for its predecessor by naming it in what it signs itself.
    """
    trusted, grew = set(pinned), True
    rows = {key["key_id"]: key for key in keys}
    while grew:
        known = {key_id for key_id in trusted if key_id in rows}
        before = {rows[key_id]["previous"] for key_id in known} & rows.keys()
        after = {key_id for key_id, row in rows.items() if row["previous"] in known and _endorsed(row, rows)}
        grew = not before | after <= trusted
        trusted |= before | after
    return trusted


def _endorsed(row: dict[str, Any], rows: dict[str, dict[str, Any]]) -> bool:
    by, endorsement = rows.get(row["previous"]), row["endorsement"]
    return signed(by, key_message(row), endorsement) if by and endorsement else False


_KEY = {"algorithm": str, "key_id": "hex", "public_key": "hex", "registered_at": str, "signature": "hex"}
SHAPE: dict[str, dict[str, Any]] = {
    "claims": {"kind": str, "records": [str]},
    "records": {"form": str, "head": int, "leaf": "hex", "path": ["hex"], "position": int},
    "tree_heads": {"algorithm": str, "key_id": "hex", "root": "hex", "sealed_at": str, "signature": "hex", "size": int},
    "keys": _KEY | {"endorsement": "hex?", "previous": "hex?"},
    "consistency": {"first": int, "path": ["hex"], "second": int},
}


def write(proof: dict[str, Any]) -> str:
    """The one layout of a proof file; any other is refused, so that no byte of it is without meaning."""
    return json.dumps(proof, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _is(value: Any, kind: Any) -> bool:
    if isinstance(kind, list):
        return isinstance(value, list) and all(_is(each, kind[0]) for each in value)
    if kind in ("hex", "hex?"):
        right = isinstance(value, str) and len(value) % 2 == 0 and not set(value) - set("0123456789abcdef")
        return right or (value is None and kind == "hex?")
    return isinstance(value, kind) and not isinstance(value, bool)


def _check_shape(proof: Any) -> None:
    """Every field is there, none is unknown and each is of its kind."""
    _require(isinstance(proof, dict) and proof.get("format") == FORMAT, "format_unknown", "format")
    lists = all(isinstance(proof.get(name), list) for name in SHAPE)
    _require(lists and set(proof) == {"format", *SHAPE}, "fields_wrong", "file")
    for name, shape in SHAPE.items():
        for n, row in enumerate(proof[name]):
            _require(isinstance(row, dict) and set(row) == set(shape), "fields_wrong", f"{name}[{n}]")
            for field, kind in shape.items():
                _require(_is(row[field], kind), "field_unreadable", f"{name}[{n}].{field}")


def _check_key(key: dict[str, Any], place: str) -> None:
    _require(key["algorithm"] in SIGNATURES, "algorithm_unknown", place)
    _require(key_id_of(bytes.fromhex(key["public_key"])) == key["key_id"], "key_id_wrong", place)
    _require(signed(key, key_message(key), key["signature"]), "key_signature_wrong", place)


def _check_head(head: dict[str, Any], keys: dict[str, dict[str, Any]], place: str) -> None:
    _require(head["algorithm"] in HASHES, "algorithm_unknown", place)
    _require(head["key_id"] in keys, "key_missing", place)
    _require(signed(keys[head["key_id"]], head_message(head), head["signature"]), "head_signature_wrong", place)


def _check_record(record: dict[str, Any], heads: dict[int, dict[str, Any]], place: str) -> str:
    """The record stands under its head; returns its id."""
    _require(record["head"] in heads, "head_missing", place)
    head, form, leaf = heads[record["head"]], record["form"].encode(), bytes.fromhex(record["leaf"])
    hash_ = HASHES[head["algorithm"]]
    _require(hash_(b"\x00" + form) == leaf, "form_differs_from_leaf", place)
    path = [bytes.fromhex(step) for step in record["path"]]
    root = root_from_path(hash_, leaf, record["position"], head["size"], path)
    _require(root == bytes.fromhex(head["root"]), "path_misses_root", place)
    return str(json.loads(form)["id"])


def _check_consistency(row: dict[str, Any], heads: dict[int, dict[str, Any]], place: str) -> None:
    _require(row["first"] in heads and row["second"] in heads, "head_missing", place)
    old, new = heads[row["first"]], heads[row["second"]]
    roots = bytes.fromhex(old["root"]), bytes.fromhex(new["root"])
    path = [bytes.fromhex(step) for step in row["path"]]
    grew = is_consistent(HASHES[new["algorithm"]], (row["first"], row["second"]), roots, path)
    _require(grew and old["algorithm"] == new["algorithm"], "heads_inconsistent", place)


def _check_claim(claim: dict[str, Any], proven: set[str], place: str) -> None:
    _require(claim["kind"] == "recorded", "claim_unknown", place)
    _require(claim["records"] and set(claim["records"]) <= proven, "claim_not_covered", place)


def check(text: str, pinned: Sequence[str] = ()) -> dict[str, Any]:
    """Check a proof file's text; returns what it proves, raises Failed with the first reason why it does not hold.

    ``pinned`` are key ids known to be the operator's; with none, ``pinned`` in the answer is false.
    """
    try:
        proof = json.loads(text)
    except ValueError as error:
        raise Failed("not_json", f"file ({error})") from error
    _check_shape(proof)
    keys, heads = {k["key_id"]: k for k in proof["keys"]}, {h["size"]: h for h in proof["tree_heads"]}
    for n, key in enumerate(proof["keys"]):
        _check_key(key, f"keys[{n}]")
    for n, key in enumerate(proof["keys"]):
        _require(key["endorsement"] is None or _endorsed(key, keys), "endorsement_wrong", f"keys[{n}]")
    trusted = trusted_keys(proof["keys"], pinned) if pinned else set(keys)
    for n, head in enumerate(proof["tree_heads"]):
        _check_head(head, keys, f"tree_heads[{n}]")
        _require(head["key_id"] in trusted, "key_not_trusted", f"tree_heads[{n}]")
    proven = {_check_record(record, heads, f"records[{n}]") for n, record in enumerate(proof["records"])}
    for n, row in enumerate(proof["consistency"]):
        _check_consistency(row, heads, f"consistency[{n}]")
    for n, claim in enumerate(proof["claims"]):
        _check_claim(claim, proven, f"claims[{n}]")
    _require(text == write(proof), "layout_changed", "file")
    told = [{name: head[name] for name in ("size", "sealed_at", "root", "key_id")} for head in proof["tree_heads"]]
    return {"holds": True, "records": sorted(proven), "tree_heads": told, "pinned": bool(pinned)}


def as_text(found: dict[str, Any]) -> str:
    """The outcome as lines for people."""
    if not found["holds"]:
        return f"不成立 · DOES NOT HOLD: {found['place']}: [{found['code']}] {found['zh']} · {found['en']}"
    lines = [f"成立 · HOLDS: {len(found['records'])} 条记录 · records", *(f"  {each}" for each in found["records"])]
    for head in found["tree_heads"]:
        lines += ["树头 · tree head", *(f"  {name} {value}" for name, value in head.items())]
    if not found["pinned"]:
        lines.append("请把 key 与公布的公钥编号核对（--key） · compare the key with the published key id (--key)")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the file named on the command line and say so; returns the exit code."""
    parser = argparse.ArgumentParser(description="离线校验无废证明文件 · verify a Wufei proof file offline")
    parser.add_argument("file")
    parser.add_argument("--key", action="append", default=[], help="可信公钥编号 · the key id that you trust")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        with open(asked.file, encoding="utf-8", newline="") as file:  # noqa: PTH123  (no more than it must)
            found = check(file.read(), asked.key)
    except (Failed, OSError, ValueError) as error:
        told = error if isinstance(error, Failed) else Failed("file_unreadable", f"{asked.file} ({error})")
        found = {"holds": False, "code": told.code, "place": told.place, "zh": told.zh, "en": told.en}
    sys.stdout.write((json.dumps(found, ensure_ascii=False, indent=1) if asked.json else as_text(found)) + "\n")
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
