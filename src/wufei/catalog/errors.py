"""What can be wrong with declared data, each with file, line and remedy."""

from __future__ import annotations

from wufei.terms import NamedError


class CatalogNotInstalled(NamedError):
    """The catalogue was asked for before ``app`` installed one."""

    code = "catalog_not_installed"
    zh = "目录数据尚未装入。"
    en = "No catalogue has been installed."
    remedy_zh = "请用 wufei 命令启动程序。"
    remedy_en = "Start the program with the wufei command."


class ItemUnknown(NamedError):
    """No item of that kind has that id."""

    code = "item_unknown"
    zh = "“{kind}”中没有“{id}”。"
    en = "There is no “{id}” among {kind}."
    remedy_zh = "请核对编号；wufei plan show {kind} 列出全部。"
    remedy_en = "Check the id; `wufei plan show {kind}` lists them all."


class FileUnreadable(NamedError):
    """A data file that is not YAML or not UTF-8."""

    code = "file_unreadable"
    zh = "文件无法读取：{why}。"
    en = "The file cannot be read: {why}."
    remedy_zh = "请改正 YAML 语法，并以 UTF-8 保存。"
    remedy_en = "Mend the YAML syntax and save as UTF-8."


class KeyDuplicated(NamedError):
    """A key that stands twice in one mapping."""

    code = "key_duplicated"
    zh = "键“{key}”重复出现，后一个会悄悄盖掉前一个。"
    en = "The key “{key}” stands twice; the second would silently replace the first."
    remedy_zh = "请删去其中一个。"
    remedy_en = "Delete one of them."


class HeadIncomplete(NamedError):
    """A mandatory field that is missing."""

    code = "field_missing"
    zh = "缺少必填项“{field}”。"
    en = "The mandatory field “{field}” is missing."
    remedy_zh = "请补上这一项；每个文件都要有 id、zh、en、valid_from、valid_to、cites、checked_on。"
    remedy_en = "Add it; every file has id, zh, en, valid_from, valid_to, cites and checked_on."


class CitationMissing(NamedError):
    """No citation, no load."""

    code = "citation_missing"
    zh = "没有出处（cites）。没有出处的数据不装入。"
    en = "There is no citation (cites). Without a citation nothing loads."
    remedy_zh = "请写明来源和条款，例如 cites: [{{source: hohhot_plan, clause: 表1 第1行, line: 19}}]。"
    remedy_en = "Name the source and clause, e.g. cites: [{{source: hohhot_plan, clause: table 1 row 1, line: 19}}]."


class FieldUnknown(NamedError):
    """A field that this kind of item does not have."""

    code = "field_unknown"
    zh = "“{kind}”没有“{field}”这一项。"
    en = "Items of {kind} have no field “{field}”."
    remedy_zh = "请核对拼写；docs/catalogue.md 列出每类的全部字段。"
    remedy_en = "Check the spelling; docs/catalogue.md lists every field of every kind."


class FieldInvalid(NamedError):
    """A field with a value of the wrong type or outside its choices."""

    code = "field_invalid"
    zh = "“{field}”的值“{value}”无效：{why_zh}。"
    en = "The value “{value}” of “{field}” is not valid: {why_en}."
    remedy_zh = "请按 docs/catalogue.md 改正。"
    remedy_en = "Mend it as docs/catalogue.md says."


class IdMismatch(NamedError):
    """The id inside the file is not the file's name."""

    code = "id_mismatch"
    zh = "文件名是“{stem}”，里面的 id 却是“{id}”。"
    en = "The file is named “{stem}” but its id is “{id}”."
    remedy_zh = "请让两者一致。"
    remedy_en = "Make them equal."


class KindUnknown(NamedError):
    """A folder that names no kind of item."""

    code = "kind_unknown"
    zh = "文件夹“{kind}”不是已知的数据种类。"
    en = "The folder “{kind}” names no kind of data."
    remedy_zh = "已知种类：{known}。"
    remedy_en = "Known kinds: {known}."


class ReferenceUnknown(NamedError):
    """A reference to an item that is not there."""

    code = "reference_unknown"
    zh = "“{field}”引用了不存在的 {kind}“{id}”。"
    en = "“{field}” refers to {kind} “{id}”, which does not exist."
    remedy_zh = "请核对拼写，或先补上 {kind}/{id}.yaml。"
    remedy_en = "Check the spelling, or add {kind}/{id}.yaml first."


class ValidityBackwards(NamedError):
    """A validity that ends before it begins."""

    code = "validity_backwards"
    zh = "有效期止于 {valid_to}，早于起始日 {valid_from}。"
    en = "The validity ends on {valid_to}, before it begins on {valid_from}."
    remedy_zh = "请对调或改正两个日期。"
    remedy_en = "Swap or mend the two dates."


class ValidityOverlap(NamedError):
    """Two versions of one thing that are valid on the same day."""

    code = "validity_overlap"
    zh = "“{id}”有两个版本在 {day} 同时有效（另一个在 {other}）。"
    en = "“{id}” has two versions valid on {day} (the other is in {other})."
    remedy_zh = "请把旧版本的 valid_to 改到新版本生效的前一天，或改用不同的 id。"
    remedy_en = "End the old version the day before the new one begins, or choose another id."


class UnitNotDefined(NamedError):
    """A unit that terms/units.txt does not define."""

    code = "unit_not_defined"
    zh = "“{field}”的计量单位“{unit}”没有定义。"
    en = "The unit “{unit}” of “{field}” is not defined."
    remedy_zh = "请改用已有单位，或在 terms/units.txt 中补充。"
    remedy_en = "Use a defined unit, or define it in terms/units.txt."


class UnitWrong(NamedError):
    """A unit of another dimension than the field measures."""

    code = "unit_wrong"
    zh = "“{field}”用了“{unit}”，与“{expected}”量纲不同。"
    en = "“{field}” uses “{unit}”, which does not measure what “{expected}” measures."
    remedy_zh = "请改成与“{expected}”同量纲的单位。"
    remedy_en = "Use a unit of the same dimension as “{expected}”."


class LineOutside(NamedError):
    """A cited line that the source does not have."""

    code = "line_outside"
    zh = "引用了“{source}”第 {line} 行，而原文只有 {count} 行。"
    en = "Line {line} of “{source}” is cited, but the text has {count} lines."
    remedy_zh = "请改正行号。"
    remedy_en = "Mend the line number."


class PrintedNotOnLine(NamedError):
    """A printed form that does not stand where the citation says."""

    code = "printed_not_on_line"
    zh = "“{field}”所录原文“{printed}”不在所引的 {lines}。"
    en = "The printed form “{printed}” of “{field}” does not stand on the cited {lines}."
    remedy_zh = "请照原文一字不差地录入，或改正行号。"
    remedy_en = "Copy the source letter by letter, or mend the line number."


class ExpectationFailed(NamedError):
    """A correction whose misprint is no longer in the source."""

    code = "expectation_failed"
    zh = "更正所针对的“{contains}”已不在原文第 {line} 行：原文可能已被订正。"
    en = "The misprint “{contains}” no longer stands on line {line}: the source may have been mended."
    remedy_zh = "请复核原文；若已订正，给这条更正写上 valid_to。"
    remedy_en = "Check the source; if it was mended, end this correction with valid_to."


class TextChanged(NamedError):
    """A shipped source text whose hash is not the declared one."""

    code = "source_text_changed"
    zh = "原文文件与声明的 SHA-256 不一致。"
    en = "The source text does not have the declared SHA-256."
    remedy_zh = "请恢复原文件，或在核对后更新 sha256。"
    remedy_en = "Restore the file, or check it and update sha256."


class TableUnreadable(NamedError):
    """A CSV table that belongs to a head file and cannot be read."""

    code = "table_unreadable"
    zh = "表格文件“{table}”无法读取：{why}。"
    en = "The table “{table}” cannot be read: {why}."
    remedy_zh = "请把 CSV 以 UTF-8 保存在同一文件夹，首行为字段名。"
    remedy_en = "Keep the CSV beside its head as UTF-8 with field names in the first row."


class CycleFound(NamedError):
    """A chain of parents or dependencies that bites its tail."""

    code = "cycle_found"
    zh = "“{field}”首尾相接成环：{chain}。"
    en = "“{field}” runs in a circle: {chain}."
    remedy_zh = "请断开其中一环。"
    remedy_en = "Break one of the links."


class CatalogEmpty(NamedError):
    """A root without data."""

    code = "catalog_empty"
    zh = "“{root}”里没有任何目录数据。"
    en = "There is no catalogue data under “{root}”."
    remedy_zh = "请核对路径。"
    remedy_en = "Check the path."


class FigureUnknown(NamedError):
    """A sum, share or balance of a bulletin that names a figure it does not have, or a figure that stands twice."""

    code = "figure_unknown"
    zh = "公告中没有数字“{id}”，或者它出现了不止一次。"
    en = "The bulletin has no figure “{id}”, or has it more than once."
    remedy_zh = "请核对 sums、shares、balances 中的编号；每个数字的 id 只用一次。"
    remedy_en = "Check the ids under sums, shares and balances; each figure has an id of its own."


class FigureNotPrinted(NamedError):
    """A value whose digits do not stand in the printed form."""

    code = "figure_not_printed"
    zh = "数字“{id}”的值 {value} 与原文“{printed}”不符。"
    en = "The value {value} of figure “{id}” does not stand in its printed form “{printed}”."
    remedy_zh = "请照原文录入 printed，value 取其中的数字；原文没有确数时 value 写 null。"
    remedy_en = "Copy the printed form; value is its number, or null where the print gives no exact number."


class AccountMisspelt(NamedError):
    """An account that is not ``role:place`` with a known place."""

    code = "account_misspelt"
    zh = "账户“{account}”写法不对，或其中的地点不存在。"
    en = "The account “{account}” is misspelt, or its place does not exist."
    remedy_zh = "账户写作 角色:地点 或 角色:地点/细目，例如 storage:hohhot。"
    remedy_en = "An account is role:place or role:place/detail, such as storage:hohhot."


class SheetIncomplete(NamedError):
    """A sheet whose columns do not make a record."""

    code = "sheet_incomplete"
    zh = "表格的“{field}”{why_zh}。"
    en = "“{field}” of the sheet {why_en}."
    remedy_zh = "必需的字段要有必填列、可选其一的几列或固定值；列的 id 和标题不得重复。"
    remedy_en = (
        "Give each needed field a required column, columns to choose from or a fixed value; headings are unique."
    )
