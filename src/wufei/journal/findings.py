"""What verification can find: one named finding for each way in which the journal can differ from what was sealed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from wufei.terms import NamedError

KEPT = 1000  # findings of one code that are kept; the rest are counted


class JournalFinding(NamedError):
    """Something in the journal that is not as it was appended; ``place`` names the row."""

    remedy_zh = "请从备份恢复该行，并查明何人何时改动；流水本身没有修改的途径。"
    remedy_en = "Restore that row from a backup and find out who changed it when; the journal itself has no way to."


class RecordAltered(JournalFinding):
    """A record whose content does not give the hash that was written with it."""

    code = "record_altered"
    zh = "记录内容（或其所引账户、废物流的名称）与追加时的哈希不符：应为 {expected}，实为 {found}。"
    en = "The record's content, or a name that it uses, does not give the hash of its append: {expected}, now {found}."


class RecordBare(JournalFinding):
    """A record that carries nothing and reverses nothing."""

    code = "record_bare"
    zh = "记录没有任何分录、步骤或观测值。"
    en = "The record has no entry, step or observation."


class PartOrphaned(JournalFinding):
    """An entry, step or observation whose record is gone."""

    code = "part_orphaned"
    zh = "{count} 项 {part} 所属的记录不存在。"
    en = "{count} {part} belong to a record that does not exist."


class PartMisnumbered(JournalFinding):
    """Parts of a record that are not numbered from 1 on."""

    code = "part_misnumbered"
    zh = "{part} 的序号应为 {expected}，实为 {found}。"
    en = "The {part} should be number {expected} but are number {found}."


class PartUnreadable(JournalFinding):
    """A part whose JSON is not one object and so could hide other fields."""

    code = "part_unreadable"
    zh = "{part} 的 data 不是一个 JSON 对象。"
    en = "The data of the {part} is not one JSON object."


class PartDisagrees(JournalFinding):
    """A part that repeats a value of its record, and not the same."""

    code = "part_disagrees"
    zh = "{part} 的 {column} 应与记录相同：应为 {expected}，实为 {found}。"
    en = "The {column} of the {part} should be its record's: {expected}, but is {found}."


class ReferenceDangling(JournalFinding):
    """A reference to something that does not exist."""

    code = "reference_dangling"
    zh = "所引的 {what}“{found}”不存在。"
    en = "The {what} “{found}” that it refers to does not exist."


class AccountAltered(JournalFinding):
    """An account whose columns do not belong to its key."""

    code = "account_altered"
    zh = "账户的 {column} 应为 {expected}，实为 {found}。"
    en = "The account's {column} should be {expected} but is {found}."


class ReceiptAltered(JournalFinding):
    """A receipt that does not fit the records of its append."""

    code = "receipt_altered"
    zh = "回执的 {column} 应为 {expected}，实为 {found}。"
    en = "The receipt's {column} should be {expected} but is {found}."


class ReversalAltered(JournalFinding):
    """A reversal that does not fit what it reverses."""

    code = "reversal_altered"
    zh = "冲正与原记录 {original} 不符：{reason_zh}。"
    en = "The reversal does not fit its original {original}: {reason_en}."


class StepMisnumbered(JournalFinding):
    """A case whose steps do not count from 1 on."""

    code = "step_misnumbered"
    zh = "事项的步骤应编号 1 至 {expected}，实为 {found}。"
    en = "The steps of the case should be 1 to {expected} but are {found}."


class RecordUncovered(JournalFinding):
    """A record that is neither sealed nor waiting to be."""

    code = "record_uncovered"
    zh = "记录既未封存，也不在待封存之列。"
    en = "The record is neither sealed nor waiting to be sealed."
    remedy_zh = "若叶被删除，请恢复；若待封存之列被删除，请查明后补回回执号。"
    remedy_en = "Restore the leaf if it was deleted, or the receipt's row in journal.unsealed."


class QueueAltered(JournalFinding):
    """The queue of unsealed appends names one that does not belong there."""

    code = "queue_altered"
    zh = "待封存之列中的回执 {found} {reason_zh}。"
    en = "The receipt {found} in the queue of unsealed appends {reason_en}."


class LeafAltered(JournalFinding):
    """A leaf whose record, position or hash is not what it was."""

    code = "leaf_altered"
    zh = "叶的 {column} 应为 {expected}，实为 {found}。"
    en = "The leaf's {column} should be {expected} but is {found}."


class TreeNodeAltered(JournalFinding):
    """A stored hash within the tree that its leaves do not give."""

    code = "tree_node_altered"
    zh = "树节点（覆盖位置 {first} 至 {last}）应为 {expected}，实为 {found}。"
    en = "The tree node over positions {first} to {last} should be {expected} but is {found}."


class TreeHeadAltered(JournalFinding):
    """A tree head whose root the leaves do not give."""

    code = "tree_head_altered"
    zh = "树头的 {column} 应为 {expected}，实为 {found}。"
    en = "The tree head's {column} should be {expected} but is {found}."


class TreeHeadUnsigned(JournalFinding):
    """A tree head that no trusted key has signed."""

    code = "tree_head_unsigned"
    zh = "树头的签名不成立（公钥 {key}）：{reason_zh}。"
    en = "The signature of the tree head (key {key}) does not hold: {reason_en}."


class SigningKeyAltered(JournalFinding):
    """A registered public key that does not fit its id or its signatures."""

    code = "signing_key_altered"
    zh = "公钥登记的 {column} 与其余内容不符。"
    en = "The {column} of the registered public key does not fit the rest of it."


class FoldAltered(JournalFinding):
    """A row of a fold that the records do not give."""

    code = "fold_altered"
    zh = "折叠表 {column} 应为 {expected}，实为 {found}。"
    en = "The fold's {column} should be {expected} but is {found}."
    remedy_zh = "若其他检查都通过，运行 wufei journal rebuild 可由记录重新得出；并查明何人改动。"
    remedy_en = "If all else holds, wufei journal rebuild makes it again from the records; find out who changed it."


class Findings:
    """The findings of one verification: the first of each kind kept, all counted."""

    def __init__(self) -> None:
        self.kept: list[JournalFinding] = []
        self.counts: Counter[str] = Counter()

    def add(self, kind: type[JournalFinding], place: str, **values: Any) -> None:
        """One finding at ``place``, the name of a row."""
        self.counts[kind.code] += 1
        if self.counts[kind.code] <= KEPT:
            self.kept.append(kind(place=place, **values))

    def merge(self, other: Findings) -> None:
        """Add what another part of the verification found."""
        room = {code: KEPT - self.counts[code] for code in other.counts}
        for finding in other.kept:
            if room[finding.code] > 0:
                self.kept.append(finding)
            room[finding.code] -= 1
        self.counts.update(other.counts)
