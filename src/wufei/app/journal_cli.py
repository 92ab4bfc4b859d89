"""`wufei journal` and `wufei proof`: verify, rebuild, seal, change the key; write and verify proofs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import click

_DATA = click.option("--data", type=click.Path(path_type=Path), help="数据文件夹 · the data folder [WUFEI_DATA]")
_JSON = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · print JSON")
_KEY = click.option("--key", "keys", multiple=True, metavar="KEY_ID", help="可信公钥编号 · the id of a key you trust")


def _prepared(data: Path | None) -> None:
    if data:
        os.environ["WUFEI_DATA"] = str(data.absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = "wufei.app.settings"


@click.group()
def journal() -> None:
    """流水。 The journal: verify it, make its folds again, seal it."""


@journal.command()
@_KEY
@click.option("--against", type=click.Path(path_type=Path, exists=True), multiple=True, metavar="FILE",
              help="与以前公布的树头（证明文件）核对 · compare with tree heads published in a proof file")  # fmt: skip
@_DATA
@_JSON
def verify(data: Path | None, *, keys: tuple[str, ...], against: tuple[Path, ...], as_json: bool) -> None:
    """校验整个流水。 Recompute everything and name what differs; without --key this folder's own key is trusted."""
    _prepared(data)
    from wufei.app import journal_commands

    journal_commands.verify(keys, against, as_json=as_json)


@journal.command()
@_DATA
@_JSON
def rebuild(data: Path | None, *, as_json: bool) -> None:
    """由记录重新得出全部折叠表。 Make every fold again from the records alone."""
    _prepared(data)
    from wufei.app import journal_commands

    journal_commands.rebuild(as_json=as_json)


@journal.command()
@_DATA
@_JSON
def seal(data: Path | None, *, as_json: bool) -> None:
    """立即封存。 Seal what waits, now; `wufei run` does it by itself every few seconds."""
    _prepared(data)
    from wufei.app import journal_commands

    journal_commands.seal(as_json=as_json)


@journal.command("rotate-key")
@click.option("--algorithm", type=click.Choice(["ed25519", "sm2"]), help="新密钥的算法 · the new key's algorithm")
@_DATA
@_JSON
def rotate_key(data: Path | None, algorithm: str | None, *, as_json: bool) -> None:
    """更换签名密钥。 Replace the signing key by a new one that the old one endorses."""
    _prepared(data)
    from wufei.app import journal_commands

    journal_commands.rotate_key(algorithm, as_json=as_json)


class _RecordOrCommand(click.Group):
    """`wufei proof RECORD_ID` writes, `wufei proof verify FILE` verifies."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Anything that is no command is what `of` takes."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["of", *args])


@click.group(cls=_RecordOrCommand, subcommand_metavar="RECORD_ID … | COMMAND")
def proof() -> None:
    """记录的证明文件。 A file that proves records to an outsider, and its verification."""


@proof.command()
@click.argument("records", metavar="RECORD_ID …", nargs=-1, required=True, type=click.UUID)
@click.option("--out", type=click.Path(path_type=Path), help="写入文件 · the file to write; otherwise it is printed")
@click.option("--since", type=int, metavar="SIZE", help="并证明自该大小的树头以来只增不改 · also from an older head")
@_DATA
def of(records: tuple[UUID, ...], out: Path | None, since: int | None, data: Path | None) -> None:
    """出具证明。 Prove that these records stand in the journal (also `wufei proof RECORD_ID`)."""
    _prepared(data)
    from wufei.app import journal_commands

    journal_commands.proof_of(records, out, since)


@proof.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@_KEY
@_JSON
def verify_file(file: Path, *, keys: tuple[str, ...], as_json: bool) -> None:
    """离线校验证明文件。 Verify a proof file offline, as an outsider would."""
    from wufei.app import journal_commands

    journal_commands.verify_proof(file, keys, as_json=as_json)


@proof.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="写入文件 · the file to write")
def verifier(out: Path) -> None:
    """写出独立校验程序。 Write the verifier that needs nothing but Python, to hand out with proofs."""
    from wufei.app import journal_commands

    journal_commands.write_verifier(out)
