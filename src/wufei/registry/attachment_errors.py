"""Why a file is not taken, or not handed out."""

from __future__ import annotations

from wufei.terms import NamedError


class AttachmentTooLarge(NamedError):
    """Beyond the limit; sizes in megabytes."""

    code = "attachment_too_large"
    zh = "文件不得超过 {most} MB。"
    en = "A file is at most {most} MB."
    remedy_zh = "请压缩图片或拆分文件后再上传。"
    remedy_en = "Make pictures smaller or split the file, then upload it again."


class AttachmentEmpty(NamedError):
    """Nothing in it."""

    code = "attachment_empty"
    zh = "文件“{name}”是空的。"
    en = "The file {name} is empty."
    remedy_zh = "请重新选择文件。"
    remedy_en = "Choose the file again."


class AttachmentKindRefused(NamedError):
    """A kind of file that is not taken, programs among them."""

    code = "attachment_kind_refused"
    zh = "不接收“{name}”这类文件（{found_zh}）。"
    en = "Files such as {name} are not taken ({found_en})."
    remedy_zh = "可上传 {kinds}。"
    remedy_en = "Taken are {kinds}."


class AttachmentNotAsNamed(NamedError):
    """The content is not what the name says."""

    code = "attachment_not_as_named"
    zh = "文件“{name}”的内容与扩展名不符，实际是{found_zh}。"
    en = "The content of {name} is not what its name says: it is {found_en}."
    remedy_zh = "请上传原始文件，不要改扩展名。"
    remedy_en = "Upload the original file; do not rename it."


class AttachmentBroken(NamedError):
    """It ends too early, goes on after its end, or cannot be taken apart."""

    code = "attachment_broken"
    zh = "文件“{name}”结构不完整或夹带其他内容：{why}。"
    en = "The file {name} is damaged or carries something else: {why}."
    remedy_zh = "请用原软件重新另存后上传。"
    remedy_en = "Save it anew with the program that made it and upload that."


class AttachmentActive(NamedError):
    """Macros, scripts, embedded programs."""

    code = "attachment_active"
    zh = "文件“{name}”含有可执行内容（{why}），不予接收。"
    en = "The file {name} holds something that can run ({why}) and is not taken."
    remedy_zh = "请去除宏、脚本和嵌入对象，或另存为 PDF 后上传。"
    remedy_en = "Remove macros, scripts and embedded objects, or save it as PDF, and upload that."


class AttachmentBomb(NamedError):
    """It would unpack to far more than it is."""

    code = "attachment_bomb"
    zh = "文件“{name}”解压后过大，不予接收。"
    en = "The file {name} would unpack to far more than it is and is not taken."
    remedy_zh = "请拆分内容后另存。"
    remedy_en = "Split its content and save it anew."


class AttachmentGone(NamedError):
    """The content is not there any more."""

    code = "attachment_gone"
    zh = "附件内容已不存在（已删除，或数据文件夹不完整）。"
    en = "The content of the attachment is gone: erased, or the data folder is not whole."
    remedy_zh = "附件的名称、大小和散列仍保留；如非按期删除，请从备份恢复。"
    remedy_en = "Name, size and digest are kept; if it was not erased on purpose, restore it from a backup."
