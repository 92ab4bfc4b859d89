"""What can be wrong with a file as a whole; what can be wrong in one cell stands in ``cell_errors``."""

from __future__ import annotations

from wufei.terms import NamedError


class FileNotFound(NamedError):
    """There is no such file, or it cannot be opened."""

    code = "import_file_missing"
    zh = "打不开文件 {path}：{why}。"
    en = "The file {path} cannot be opened: {why}."
    remedy_zh = "请核对路径和读取权限。"
    remedy_en = "Check the path and that you may read it."


class FileEmpty(NamedError):
    """A file or sheet without a single row of data."""

    code = "import_file_empty"
    zh = "文件里没有数据行。"
    en = "The file holds no row of data."
    remedy_zh = "请在标题行下面填写数据；wufei import {kind} --template 给出模板。"
    remedy_en = "Fill in rows below the headings; wufei import {kind} --template writes a template."


class FileNotAsNamed(NamedError):
    """A file whose content is not what its name says, or not a table at all."""

    code = "import_file_not_as_named"
    zh = "文件名是“{name}”，内容却是{found_zh}。"
    en = "The file is named “{name}”, but it holds {found_en}."
    remedy_zh = "请用电子表格软件另存为 XLSX 或 CSV（UTF-8）再导入。"
    remedy_en = "Save it as XLSX or CSV (UTF-8) from a spreadsheet program and import that."


class EncodingUnknown(NamedError):
    """A CSV that is neither UTF-8 nor GB18030."""

    code = "import_encoding_unknown"
    zh = "文本编码无法识别（{found}）。"
    en = "The text encoding is not recognised ({found})."
    remedy_zh = "请另存为 CSV（UTF-8）；也接受带 BOM 的 UTF-8 和 GB18030（GBK、GB2312）。"
    remedy_en = "Save as CSV (UTF-8); UTF-8 with a BOM and GB18030 (GBK, GB2312) are accepted too."


class WorkbookBroken(NamedError):
    """A workbook that cannot be read."""

    code = "import_workbook_broken"
    zh = "工作簿无法读取：{why}。"
    en = "The workbook cannot be read: {why}."
    remedy_zh = "请去掉密码保护，用电子表格软件打开后另存为 XLSX 再导入。"
    remedy_en = "Remove the password, open it in a spreadsheet program, save it as XLSX and import that."


class WorkbookTooLarge(NamedError):
    """A workbook that unpacks to more than we are ready to read."""

    code = "import_workbook_too_large"
    zh = "工作簿解压后有 {unpacked} MB，超过上限 {limit} MB。"
    en = "The workbook unpacks to {unpacked} MB, more than the {limit} MB allowed."
    remedy_zh = "请另存为 CSV（UTF-8）再导入，CSV 不限大小。"
    remedy_en = "Save it as CSV (UTF-8) and import that; a CSV may have any size."


class TableBroken(NamedError):
    """A CSV that cannot be split into cells."""

    code = "import_table_broken"
    zh = "第 {row} 行无法分成单元格：{why}。"
    en = "Row {row} cannot be split into cells: {why}."
    remedy_zh = "请检查该行的引号和控制字符。"
    remedy_en = "Check the quotes and control characters of that row."


class HeadingsMissing(NamedError):
    """Needed columns that are not there."""

    code = "import_headings_missing"
    zh = "缺少列：{missing}。读到的标题：{found}。"
    en = "Columns are missing: {missing}. Headings found: {found}."
    remedy_zh = "请用模板的标题行；中文、英文标题和列编号都认。"
    remedy_en = "Use the headings of the template; Chinese, English and column ids are all recognised."


class HeadingRepeated(NamedError):
    """Two columns that mean the same."""

    code = "import_heading_repeated"
    zh = "列“{heading}”出现了不止一次（{columns}）。"
    en = "The column “{heading}” stands more than once ({columns})."
    remedy_zh = "请只留一列。"
    remedy_en = "Keep one of them."


class KindNotImported(NamedError):
    """No sheet of that kind is declared."""

    code = "import_kind_unknown"
    zh = "没有名为“{kind}”的导入表。"
    en = "There is no sheet named “{kind}” to import."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


class ImportedByAnother(NamedError):
    """The same file, imported before by another person or for another organisation."""

    code = "imported_by_another"
    zh = "同一文件已于 {when} 由 {who} 代表 {org} 导入。"
    en = "The same file was imported on {when} by {who} for {org}."
    remedy_zh = "无需再导入；若本应由你导入，请先冲正那次的记录。"
    remedy_en = "There is nothing to import; if it was yours to import, have those records reversed first."


class SeemsImported(NamedError):
    """A file most of whose rows another import has put in already."""

    code = "seems_imported"
    zh = "约 {share}% 的行与 {when} 导入的文件（{name}）相同，再导入会重复记账。"
    en = "About {share} % of the rows came in with a file imported on {when} ({name}); once more counts them twice."
    remedy_zh = "只导入改正后的出错行（错误表），或加“幂等编号”列；确实是新数据时用 --again。"
    remedy_en = (
        "Import only the mended rows (the error sheet) or give idempotency keys; if the data is new, say --again."
    )


class ImportBlocked(NamedError):
    """Other writers kept the import from finishing."""

    code = "import_blocked"
    zh = "其他写入一直占用相同的账户，导入未能完成，什么也没有留下。"
    en = "Other writers held the same accounts all along; the import could not finish and left nothing."
    remedy_zh = "请稍后再试，或用 --mode rows 分批写入。"
    remedy_en = "Try again later, or use --mode rows, which writes in batches."


class ImportRefused(NamedError):
    """Rows were refused; each is listed before this."""

    code = "import_refused"
    zh = "{refused} 行被拒绝，{appended} 行已记入（共 {rows} 行）。"
    en = "{refused} rows were refused and {appended} of {rows} were recorded."
    remedy_zh = "请改正错误表中的行，只把这些行再导入。"
    remedy_en = "Mend the rows of the error sheet and import those alone."
