"""What can be wrong with a record as plain JSON before the journal looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wufei.terms import NamedError


class PayloadFieldUnknown(NamedError):
    """A field that no record has."""

    code = "payload_field_unknown"
    zh = "没有名为“{field}”的字段。"
    en = "There is no field {field!r}."
    remedy_zh = "请删去该字段，或按接口说明改正拼写。"
    remedy_en = "Leave the field out, or spell it as the API reference does."


class PayloadFieldMissing(NamedError):
    """A field that every record needs."""

    code = "payload_field_missing"
    zh = "缺少字段“{field}”。"
    en = "The field {field!r} is missing."
    remedy_zh = "请补上该字段。"
    remedy_en = "Give the field."


class PayloadFieldUnreadable(NamedError):
    """A value of the wrong kind, too long or out of range."""

    code = "payload_field_unreadable"
    zh = "此处的值应为{wanted_zh}。"
    en = "The value here should be {wanted_en}."
    remedy_zh = "请按接口说明改正该值。"
    remedy_en = "Correct the value as the API reference says."


class MassTwiceOrNever(NamedError):
    """Both ways to say a mass, or neither."""

    code = "mass_twice_or_never"
    zh = "质量须且只须写一次：mass_g（整数克）或 mass（数字加单位）。"
    en = "Give the mass exactly once: mass_g (whole grams) or mass (a number with a unit)."
    remedy_zh = "请保留其中一个。"
    remedy_en = "Keep one of the two."


_WANTED: dict[str, tuple[str, str]] = {
    "string_type": ("文本", "text"),
    "int_type": ("整数", "a whole number"),
    "bool_type": ("true 或 false", "true or false"),
    "tuple_type": ("数组", "an array"),
    "list_type": ("数组", "an array"),
    "model_type": ("对象", "an object"),
    "model_attributes_type": ("对象", "an object"),
    "dict_type": ("对象", "an object"),
    "moment": ("带时区的时间，如 2025-03-05T08:00:00+08:00", "a time with its zone, such as 2025-03-05T08:00:00+08:00"),
    "decimal_text": ('写成文本的数字，如 "12.5"', 'a decimal written as text, such as "12.5"'),
    "uuid_text": ("UUID", "a UUID"),
    "uuid_parsing": ("UUID", "a UUID"),
    "control_characters": ("不含控制字符的文本", "text without control characters"),
    "string_unicode": ("可用 UTF-8 表示的文本", "text that UTF-8 can hold"),
    "string_too_short": ("非空文本", "text that is not empty"),
    "string_too_long": ("不超过 {max_length} 个字符的文本", "text of at most {max_length} characters"),
    "string_pattern_mismatch": ("符合格式 {pattern} 的文本", "text of the form {pattern}"),
    "too_long": ("至多 {max_length} 项", "at most {max_length} items"),
    "greater_than_equal": ("不小于 {ge} 的数", "a number of at least {ge}"),
    "less_than_equal": ("不大于 {le} 的数", "a number of at most {le}"),
    "int_parsing": ("整数", "a whole number"),
    "int_parsing_size": ("位数合理的整数", "a whole number of a sensible size"),
    "enum": ("下列之一：{expected}", "one of {expected}"),
    "literal_error": ("下列之一：{expected}", "one of {expected}"),
}


def wanted(kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """What a value should have been, in Chinese and English, for a kind of validation error."""
    zh, en = _WANTED.get(kind, ("另一种值（{kind}）", "another value ({kind})"))
    values = {"kind": kind, **context}
    return zh.format(**values), en.format(**values)
