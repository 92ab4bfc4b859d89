"""What the database says to an append that the hat in force does not allow (registry/sql/access.sql)."""

from __future__ import annotations

import psycopg

from wufei.terms import NamedError

SQLSTATE = "WF010"


class AppendWithoutHat(NamedError):
    """Nobody is known to append: no hat is in force, or the one shown is forged or has run out."""

    code = "append_without_hat"
    zh = "没有有效的身份，不能记入。"
    en = "No hat is in force; nothing can be recorded."
    remedy_zh = "请重新登录后再试。"
    remedy_en = "Sign in again and try once more."


class AppendNotOfRole(NamedError):
    """The role records nothing of this kind."""

    code = "append_not_of_role"
    zh = "此身份不能记入这类记录（{detail}）。"
    en = "This role records nothing of the kind ({detail})."
    remedy_zh = "请换用有此权限的身份，或请有权限的人办理。"
    remedy_en = "Wear a hat that may, or ask somebody who may."


class AppendForAnother(NamedError):
    """A record said in somebody else's name, or about a record of another organisation."""

    code = "append_for_another"
    zh = "只能以本人和本单位（或已授权本单位的单位）的名义记入，也只能冲正、更正它们的记录：{detail}。"
    en = "Records are made, reversed and corrected in one's own name and organisation's, or under a mandate: {detail}."
    remedy_zh = "请由该单位自己办理，或先取得它的授权。"
    remedy_en = "Let that organisation do it, or get its mandate first."


class AppendElsewhere(NamedError):
    """An account or a place that is none of the hat's."""

    code = "append_elsewhere"
    zh = "“{detail}”不是本单位场所的账户或地点。"
    en = "“{detail}” is no account or place of this hat's sites."
    remedy_zh = "请核对场所；记入其他单位的账户须由该单位办理，或先取得授权。"
    remedy_en = "Check the site; another organisation's accounts are its own to post to, or need its mandate."


_BY_CODE: dict[str, type[NamedError]] = {
    error.code: error for error in (AppendWithoutHat, AppendNotOfRole, AppendForAnother, AppendElsewhere)
}


def named(error: psycopg.Error) -> NamedError | None:
    """The refusal in our own words; None for another error."""
    found = _BY_CODE.get(error.diag.message_primary or "") if error.sqlstate == SQLSTATE else None
    return found(detail=error.diag.message_detail or "") if found else None
