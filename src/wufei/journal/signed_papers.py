"""Sign files and short statements with the key that signs tree heads; ``standalone_papers`` checks them offline."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from psycopg import Connection

from wufei.journal.signing import Signer, known_keys, read_signer
from wufei.journal.standalone_papers import BUNDLE, LIST, ROAD, bundle_message, road_message
from wufei.terms import NamedError

_END, _MARK = '\nif __name__ == "__main__":', "# --- handed out"


class SigningKeyNotYet(NamedError):
    """Nothing was sealed yet, so there is no key that anybody could know."""

    code = "signing_key_not_yet"
    zh = "流水还没有封存过，没有可用的签名密钥。"
    en = "Nothing was sealed yet: there is no signing key."
    remedy_zh = "封存每隔几秒进行一次，请稍后再试。"
    remedy_en = "Sealing runs every few seconds; try again shortly."


def known_signer(connection: Connection[Any], path: Path) -> tuple[Signer, list[dict[str, Any]]]:
    """The signer and every key that the journal knows. Raises SigningKeyNotYet and what ``read_signer`` raises."""
    try:
        signer = read_signer(path)
    except FileNotFoundError as error:
        raise SigningKeyNotYet from error
    keys = known_keys(connection)
    if signer.key_id not in {key["key_id"] for key in keys}:
        raise SigningKeyNotYet
    return signer, keys


def bundle(
    contents: Mapping[str, bytes], about: Mapping[str, str], signer: Signer, keys: list[dict[str, Any]]
) -> bytes:
    """A zip of ``contents`` with a signed list of them; the same contents make the same bytes."""
    listed: dict[str, Any] = {
        "format": BUNDLE, "about": dict(about), "key_id": signer.key_id, "keys": keys,
        "files": [{"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                  for name, data in sorted(contents.items())],
    }  # fmt: skip
    listed["signature"] = signer.sign(bundle_message(listed)).hex()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [
            (LIST, json.dumps(listed, ensure_ascii=False, indent=1).encode()),
            *sorted(contents.items()),
        ]:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, 6)
    return out.getvalue()


def road_statement(told: Mapping[str, Any], signer: Signer) -> str:
    """A short text that says ``told`` (with ``until``, seconds since 1970) and bears its signature and public key."""
    body = json.dumps(dict(told), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    parts = (body, signer.public, signer.sign(road_message(body)))
    return ".".join((ROAD, signer.algorithm, *(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts)))


def handed_out() -> str:
    """The verifier of proofs, bundles and statements as one file that needs nothing but Python."""
    folder = files("wufei.journal")
    proofs = folder.joinpath("standalone_verifier.py").read_text(encoding="utf-8").rpartition(_END)[0]
    head, _mark, papers = folder.joinpath("standalone_papers.py").read_text(encoding="utf-8").partition(_MARK)
    more = [line for line in head.splitlines() if line.startswith("import ") and line not in proofs]
    first, _future, rest = proofs.partition("from __future__ import annotations\n")
    imports = "".join(f"{line}\n" for line in more)
    return f"{first}from __future__ import annotations\n{imports}{rest}\n\nproof_as_text = as_text\n{_MARK}{papers}"
