"""Check offline what the system signs beside proofs: bundles of files (dossiers) and statements on the road.

``wufei proof verifier`` hands it out in one file with the verifier of proofs; it needs nothing but Python.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import sys
import time
import zipfile
from collections.abc import Sequence
from typing import Any

from wufei.journal.standalone_verifier import (
    REASONS,
    SIGNATURES,
    Failed,
    _check_key,
    _endorsed,
    _require,
    canonical,
    check,
    key_id_of,
    signed,
    trusted_keys,
)
from wufei.journal.standalone_verifier import as_text as proof_as_text

# --- handed out: from here on it follows the verifier of proofs in one file ---
BUNDLE, ROAD = "wufei-bundle/1", "WUFEI-ROAD1"
LIST = "bundle.json"
MOST_BYTES = 1 << 30
REASONS.update({
    "bundle_unreadable": ("不是这里出具的文件包", "not a bundle of ours"),
    "file_changed": ("包内文件被改动、缺少或多出", "a file of the bundle was changed, is missing or was added"),
    "road_unreadable": ("不是途中核验码", "not a statement for the road"),
    "signature_wrong": ("签名不成立", "the signature does not hold"),
    "road_over": ("核验码已过期", "the statement is over"),
})  # fmt: skip


def bundle_message(listed: dict[str, Any]) -> bytes:
    """What the signature of a bundle is over: its list without keys and signature."""
    return canonical({name: value for name, value in listed.items() if name not in {"keys", "signature"}})


def check_bundle(data: bytes, pinned: Sequence[str] = ()) -> dict[str, Any]:
    """Check a bundle: its signature, the chain of its keys and every file; raises Failed."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        _require(sum(each.file_size for each in archive.infolist()) <= MOST_BYTES, "bundle_unreadable", "size")
        listed = json.loads(archive.read(LIST))
        keys = {key["key_id"]: key for key in listed["keys"]}
        named = {each["name"]: each for each in listed["files"]}
        message, signer = bundle_message(listed), keys[listed["key_id"]]
        _require(listed["format"] == BUNDLE, "bundle_unreadable", LIST)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise Failed("bundle_unreadable", f"{LIST} ({error})") from error
    for number, key in enumerate(listed["keys"]):
        _check_key(key, f"keys[{number}]")
        _require(key["endorsement"] is None or _endorsed(key, keys), "endorsement_wrong", f"keys[{number}]")
    _require(signed(signer, message, listed["signature"]), "signature_wrong", LIST)
    _require(not pinned or listed["key_id"] in trusted_keys(listed["keys"], pinned), "key_not_trusted", LIST)
    _require(sorted([*named, LIST]) == sorted(archive.namelist()), "file_changed", "names")
    for name, each in named.items():
        content = archive.read(name)
        right = hashlib.sha256(content).hexdigest() == each["sha256"] and len(content) == each["bytes"]
        _require(right, "file_changed", name)
    return {
        "holds": True,
        "about": listed["about"],
        "files": sorted(named),
        "key_id": listed["key_id"],
        "pinned": bool(pinned),
    }


def road_message(body: bytes) -> bytes:
    """What the signature of a statement on the road is over."""
    return ROAD.encode() + b"\n" + body


def check_road(text: str, pinned: Sequence[str] = (), now: float | None = None) -> dict[str, Any]:
    """Check a statement on the road: its signature and that it is not over; raises Failed."""
    try:
        head, algorithm, *parts = text.strip().split(".")
        body, public, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        told = json.loads(body)
        until = float(told["until"])
        _require(head == ROAD and algorithm in SIGNATURES, "road_unreadable", "text")
    except (ValueError, KeyError, TypeError) as error:
        raise Failed("road_unreadable", f"text ({error})") from error
    key_id = key_id_of(public)
    _require(SIGNATURES[algorithm](public, road_message(body), signature), "signature_wrong", "text")
    _require(not pinned or key_id in pinned, "key_not_trusted", "text")
    _require((time.time() if now is None else now) <= until, "road_over", "until")
    return {"holds": True, "told": told, "key_id": key_id, "pinned": bool(pinned)}


def check_any(data: bytes, pinned: Sequence[str] = ()) -> dict[str, Any]:
    """Check a proof, a bundle or a statement on the road, whichever it is; raises Failed."""
    if data[:2] == b"PK":
        return check_bundle(data, pinned)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Failed("not_json", "file") from error
    return check_road(text, pinned) if text.lstrip().startswith(ROAD) else check(text, pinned)


def found_as_text(found: dict[str, Any]) -> str:
    """The outcome as lines for people."""
    if not found["holds"] or "tree_heads" in found:
        return proof_as_text(found)
    told = found.get("about") or found.get("told") or {}
    lines = ["成立 · HOLDS", *(f"  {name}: {value}" for name, value in told.items()), f"key {found['key_id']}"]
    lines += [f"  {name}" for name in found.get("files", ())]
    if not found["pinned"]:
        lines.append("请把 key 与公布的公钥编号核对（--key） · compare the key with the published key id (--key)")
    return "\n".join(lines)


def papers_main(arguments: Sequence[str] | None = None) -> int:
    """Check the file named on the command line and say so; returns the exit code."""
    parser = argparse.ArgumentParser(
        description="离线校验证明、卷宗和途中核验码 · verify proofs, dossiers, road statements"
    )
    parser.add_argument("file")
    parser.add_argument("--key", action="append", default=[], help="可信公钥编号 · the key id that you trust")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        with open(asked.file, "rb") as file:  # noqa: PTH123  (no more than it must)
            found = check_any(file.read(), asked.key)
    except (Failed, OSError) as error:
        told = error if isinstance(error, Failed) else Failed("file_unreadable", f"{asked.file} ({error})")
        found = {"holds": False, "code": told.code, "place": told.place, "zh": told.zh, "en": told.en}
    sys.stdout.write((json.dumps(found, ensure_ascii=False, indent=1) if asked.json else found_as_text(found)) + "\n")
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(papers_main())
