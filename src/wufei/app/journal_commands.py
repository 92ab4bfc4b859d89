"""What `wufei journal` and `wufei proof` do and print, as text for people or as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from wufei import catalog
from wufei.app.config import Settings, current
from wufei.app.console import say
from wufei.app.opened import opened_database
from wufei.app.sealer import key_path, owner_connection, owner_parameters, seal_all
from wufei.journal import signing
from wufei.journal import verify as verification
from wufei.journal.proof import proof_of as make_proof
from wufei.journal.sealing import tree_head
from wufei.journal.standalone_papers import check_any, found_as_text
from wufei.journal.standalone_verifier import Failed, write
from wufei.terms import NamedError

STAGES = {"records": "记录 records", "tree": "默克尔树 tree", "tables": "表 tables"}


class JournalAltered(NamedError):
    """Verification found something; each finding is printed before this."""

    code = "journal_altered"
    zh = "流水校验发现 {count} 处不符。"
    en = "Verification of the journal found {count} differences."
    remedy_zh = "每处已在上面列明；请查明原因，从备份恢复。"
    remedy_en = "Each is listed above; find out why, and restore from a backup."


class ProofRefuted(NamedError):
    """A proof file that does not hold."""

    code = "proof_refuted"
    zh = "证明不成立（{reason}）：{detail_zh}。"
    en = "The proof does not hold ({reason}): {detail_en}."
    remedy_zh = "请向出具者索取原文件；所列位置之后的内容不可信。"
    remedy_en = "Ask whoever issued it for the original file; do not rely on what it says."


class PublishedUnreadable(NamedError):
    """A file of published tree heads that holds none."""

    code = "published_unreadable"
    zh = "文件 {path} 里没有树头。"
    en = "The file {path} holds no tree head."
    remedy_zh = "请给出以前由 wufei proof 写出的证明文件。"
    remedy_en = "Give a proof file that wufei proof wrote before."


@contextlib.contextmanager
def _owner() -> Iterator[tuple[Settings, Connection[Any]]]:
    """The settings in force and a connection as the owner of the journal; what is said on the way is no result."""
    with contextlib.ExitStack() as stack:
        with contextlib.redirect_stdout(sys.stderr):
            stack.enter_context(opened_database(catalog.load()))
        yield current(), stack.enter_context(owner_connection(current()))


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def verify(keys: Sequence[str], against: Sequence[Path], *, as_json: bool) -> None:
    """Verify the journal; raises JournalAltered when anything was found."""
    published = [head for path in against for head in _published(path)]
    with _owner() as (settings, connection):
        begun = time.perf_counter()
        found = verification.verify(
            connection,
            keys or _own_key(settings),
            _progress if sys.stderr.isatty() else lambda _: None,
            published=published,
            parameters=owner_parameters(settings),
        )
        seconds = time.perf_counter() - begun
    if as_json:
        _print_json(found.as_dict() | {"seconds": round(seconds, 3)})
    else:
        _tell(found, seconds)
    if not found.holds:
        if as_json:
            sys.exit(1)
        raise JournalAltered(count=sum(found.found.values()))


def _published(path: Path) -> list[dict[str, Any]]:
    try:
        heads = [{**head, "size": int(head["size"])} for head in json.loads(path.read_text("utf-8"))["tree_heads"]]
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        heads = []
    if not heads:
        raise PublishedUnreadable(path=path)
    return heads


def _own_key(settings: Settings) -> list[str]:
    """The id of the key in the data folder, if it holds one."""
    try:
        return [signing.read_signer(key_path(settings)).key_id]
    except FileNotFoundError:
        return []


def _progress(step: verification.Progress) -> None:
    end = "\n" if step.done >= step.total else ""
    print(f"\r{STAGES[step.stage]} {step.done}/{step.total}   ", end=end, file=sys.stderr, flush=True)


def _tell(found: verification.Verified, seconds: float) -> None:
    for finding in found.findings:
        print(f"{finding.render('zh')}\n  {finding.render('en')}")
    for code, count in found.found.items():
        print(f"{code}: {count}")
    counts = ", ".join(f"{name} {count}" for name, count in found.counts.items())
    say(f"已校验：{counts}", f"verified in {seconds:.1f} s")
    sealed = found.sealed
    say(f"树头 {sealed['tree_heads']}，叶 {sealed['leaves']}（{sealed['algorithm']}）", "tree heads and leaves")
    if found.unsealed:
        waiting = sum(found.unsealed.values())
        say(f"待封存：{len(found.unsealed)} 次追加，{waiting} 条记录", "appends and records that wait to be sealed")
    if found.holds:
        say("流水完好", "the journal is as it was appended")


def rebuild(*, as_json: bool) -> None:
    """Make every fold again."""
    with _owner() as (_, connection):
        begun = time.perf_counter()
        connection.execute("SELECT journal.rebuild()")
        seconds = round(time.perf_counter() - begun, 3)
    if as_json:
        _print_json({"seconds": seconds})
    else:
        say("折叠表已由记录重新得出", f"the folds were made again from the records in {seconds:.1f} s")


def seal(*, as_json: bool) -> None:
    """Seal what waits."""
    with _owner() as (settings, connection):
        heads = seal_all(connection, key_path(settings))
        last = tree_head(connection)
    if as_json:
        _print_json({"heads": heads, "last": last and last.stated()})
    elif last:
        say(f"新树头 {heads} 个；最后的树头 {last.size}：{last.root.hex()}", "tree heads written; the last one")
    else:
        say("没有可封存的记录", "there is nothing to seal")


def rotate_key(algorithm: str | None, *, as_json: bool) -> None:
    """Replace the signing key."""
    with _owner() as (settings, connection):
        signer = signing.rotate(connection, key_path(settings), algorithm)
    if as_json:
        _print_json({"key_id": signer.key_id, "algorithm": signer.algorithm})
    else:
        say(f"新公钥 {signer.key_id}（{signer.algorithm}），请公布", "the new public key; publish its id")


def proof_of(records: Sequence[UUID], out: Path | None, since: int | None) -> None:
    """Write the proof of the records."""
    with _owner() as (_, connection):
        text = write(make_proof(connection, records, since))
    if out:
        out.write_text(text, encoding="utf-8", newline="")
        say(f"证明已写入 {out}", "the proof is written; anybody can check it with wufei proof verify")
    else:
        print(text, end="")


def verify_proof(file: Path, keys: Sequence[str], *, as_json: bool) -> None:
    """Check a proof, a bundle or a statement on the road; raises ProofRefuted."""
    try:
        found = check_any(file.read_bytes(), keys)
    except Failed as error:
        raise ProofRefuted(place=error.place, reason=error.code, detail_zh=error.zh, detail_en=error.en) from error
    if as_json:
        _print_json(found)
    else:
        print(found_as_text(found))


def write_verifier(out: Path) -> None:
    """Copy the single-file verifier."""
    from wufei.journal.signed_papers import handed_out

    out.write_text(handed_out(), encoding="utf-8")
    say(f"校验程序已写入 {out}", f"the verifier is written; run: python3 -I -S {out} PROOF.json")
