"""What can be wrong in one cell of a row; ``cell`` is the text that stands there."""

from __future__ import annotations

from wufei.terms import NamedError


class CellError(NamedError):
    """A cell that cannot be taken."""


class CellMissing(CellError):
    """A needed cell that is empty."""

    code = "cell_missing"
    zh = "“{heading}”必须填写。"
    en = "“{heading}” must be filled in."
    remedy_zh = "请补上；不知道的量不要填 0。"
    remedy_en = "Fill it in; never write 0 for what is not known."


class CellFormulaFailed(CellError):
    """A formula that ended in an error."""

    code = "cell_formula_failed"
    zh = "公式出错：{cell}。"
    en = "The formula failed: {cell}."
    remedy_zh = "请改正公式，或填写数值。"
    remedy_en = "Mend the formula or write the value."


class TimeUnreadable(CellError):
    """A text that is no date or time."""

    code = "cell_time_unreadable"
    zh = "“{cell}”不是可识别的日期或时间。"
    en = "“{cell}” is not a date or time."
    remedy_zh = "请写成 2025-03-05 或 2025-03-05 08:30。"
    remedy_en = "Write 2025-03-05 or 2025-03-05 08:30."


class DateAmbiguous(CellError):
    """A date whose day and month cannot be told apart."""

    code = "cell_date_ambiguous"
    zh = "“{cell}”分不清年、月、日的先后。"
    en = "“{cell}” does not say which is the day and which the month."
    remedy_zh = "请写成 年-月-日，例如 2025-03-05。"
    remedy_en = "Write year-month-day, such as 2025-03-05."


class PeriodIsDate(CellError):
    """A reporting period that the spreadsheet has turned into a date."""

    code = "cell_period_is_date"
    zh = "报告期被电子表格变成了日期 {cell}，看不出原来写的是月还是日。"
    en = "The spreadsheet has turned the reporting period into the date {cell}; month or day cannot be told."
    remedy_zh = "请把该列设为文本，写成 2025-03 或 2025-03-05。"
    remedy_en = "Format the column as text and write 2025-03 or 2025-03-05."


class CellPeriodUnreadable(CellError):
    """A text that is no reporting period."""

    code = "cell_period_unreadable"
    zh = "“{cell}”不是可识别的报告期。"
    en = "“{cell}” is not a reporting period."
    remedy_zh = "请写成 2025、2025H1、2025Q1、2025-03 或 2025-03-31。"
    remedy_en = "Write 2025, 2025H1, 2025Q1, 2025-03 or 2025-03-31."


class NumberUnreadable(CellError):
    """A text that is no number."""

    code = "cell_number_unreadable"
    zh = "“{cell}”不是数字。"
    en = "“{cell}” is not a number."
    remedy_zh = "请写成 1240.5；不要带“约”“以上”等字样。"
    remedy_en = "Write 1240.5, without words such as “about”."


class DecimalComma(CellError):
    """A number whose comma may be a decimal or a thousands mark."""

    code = "cell_decimal_comma"
    zh = "“{cell}”里的逗号分不清是小数点还是千分位。"
    en = "The comma in “{cell}” may mark decimals or thousands."
    remedy_zh = "小数请用点：12.5；千分位请写全：1,240 或 1240。"
    remedy_en = "Write decimals with a point, 12.5, and thousands in full, 1,240 or 1240."


class CellMassUnreadable(CellError):
    """A mass that is not positive, finer than a gram, or too large."""

    code = "cell_mass_unreadable"
    zh = "“{cell}”不能作为质量：{why_zh}。"
    en = "“{cell}” is not taken as a mass: {why_en}."
    remedy_zh = "请写大于零、不细于 1 克的数，单位见列标题。"
    remedy_en = "Write a number above zero and no finer than one gram, in the unit of the heading."


class MassTwice(CellError):
    """Two columns of one row that both give the value."""

    code = "cell_filled_twice"
    zh = "“{heading}”与“{other}”都填了，只能填一列。"
    en = "Both “{heading}” and “{other}” are filled in; only one may be."
    remedy_zh = "请留下其中一列。"
    remedy_en = "Keep one of them."


class MassUnitMissing(CellError):
    """A mass without a unit."""

    code = "cell_unit_missing"
    zh = "“{cell}”没有单位。"
    en = "“{cell}” has no unit."
    remedy_zh = "请在“质量单位”列填吨、千克、克或万吨。"
    remedy_en = "Give t, kg, g or 万吨 in the column for the unit of mass."


class CellUnitDiffers(CellError):
    """A cell with a unit of its own that is not the column's."""

    code = "cell_unit_differs"
    zh = "“{cell}”自带的单位与该列的单位“{unit}”不同。"
    en = "“{cell}” names another unit than the column, “{unit}”."
    remedy_zh = "请换算成该列的单位，或改填另一列。"
    remedy_en = "Convert it, or use the column of that unit."


class NameUnknown(CellError):
    """A name or id that the catalogue does not have."""

    code = "cell_name_unknown"
    zh = "目录中没有“{cell}”。"
    en = "The catalogue has no “{cell}”."
    remedy_zh = "请用目录中的编号、代码或名称；模板的“词表”页列出了全部。"
    remedy_en = "Use an id, code or name of the catalogue; the template lists them under “words”."


class NameAmbiguous(CellError):
    """A name that several things bear."""

    code = "cell_name_ambiguous"
    zh = "“{cell}”可以指 {known}，分不清是哪一个。"
    en = "“{cell}” may mean any of {known}."
    remedy_zh = "请改填编号。"
    remedy_en = "Write the id instead."


class WordUnknown(CellError):
    """A word that the column does not take."""

    code = "cell_word_unknown"
    zh = "“{cell}”不是可填的词：{known}。"
    en = "“{cell}” is none of the words taken: {known}."
    remedy_zh = "请选其中之一。"
    remedy_en = "Choose one of them."


class HashUnreadable(CellError):
    """A text that is no SHA-256."""

    code = "cell_hash_unreadable"
    zh = "“{cell}”不是 64 位十六进制的 SHA-256。"
    en = "“{cell}” is not a SHA-256 of 64 hexadecimal digits."
    remedy_zh = "请用 sha256sum 计算佐证文件的校验值。"
    remedy_en = "Compute it with sha256sum from the evidence file."


class EvidenceIncomplete(CellError):
    """Evidence with a name but no hash, or the other way round."""

    code = "cell_evidence_incomplete"
    zh = "佐证须同时写名称和校验值。"
    en = "Evidence needs its name and its hash."
    remedy_zh = "请补上另一列，或两列都空着。"
    remedy_en = "Fill in the other column, or leave both empty."


class TextTooLong(CellError):
    """A text longer than a record keeps."""

    code = "cell_text_too_long"
    zh = "文字有 {length} 个字符，超过 {limit} 个。"
    en = "The text has {length} characters, more than {limit}."
    remedy_zh = "请缩短，详情放进佐证材料。"
    remedy_en = "Shorten it and put the details into evidence."


class CellOutside(CellError):
    """A filled cell to the right of the last heading."""

    code = "cell_outside"
    zh = "单元格“{cell}”上方没有标题。"
    en = "The cell “{cell}” has no heading above it."
    remedy_zh = "请检查是否多了分隔符，或给该列写标题。"
    remedy_en = "Look for a separator too many, or give the column a heading."


class PercentOutside(CellError):
    """A relative standard deviation that cannot be one."""

    code = "cell_percent_outside"
    zh = "相对标准差“{cell}”不在 0 到 1000 之间。"
    en = "The relative standard deviation “{cell}” is not between 0 and 1000."
    remedy_zh = "请写百分数：2 表示 2%。"
    remedy_en = "Write per cent: 2 means 2 %."
