"""What can be wrong with an indicator's formula, each with file, line and remedy."""

from __future__ import annotations

from wufei.terms import NamedError


class FormulaUnreadable(NamedError):
    """A formula that is not of the language."""

    code = "formula_unreadable"
    zh = "公式“{formula}”读不懂（{why}）。"
    en = "The formula “{formula}” cannot be read ({why})."
    remedy_zh = "公式只用输入的 id、数字、+ - * / 和括号，以及 min、max、share。"
    remedy_en = "A formula has ids of inputs, numbers, + - * / and brackets, and min, max and share."


class FormulaFunctionUnknown(NamedError):
    """A function that the language does not have, or with the wrong number of arguments."""

    code = "formula_function_unknown"
    zh = "公式中的函数“{name}”不存在，或参数个数不对。"
    en = "The function “{name}” of the formula does not exist or has the wrong number of arguments."
    remedy_zh = "可用的函数：{known}；share(部分, 整体, 整体为零时的值)。"
    remedy_en = "Functions are {known}; share(part, whole, value where the whole is zero)."


class FormulaInputUnknown(NamedError):
    """A formula that names an input which is not declared."""

    code = "formula_input_unknown"
    zh = "公式用到的“{name}”不在 inputs 中。"
    en = "The formula names “{name}”, which is not among its inputs."
    remedy_zh = "请核对拼写或补上这项输入；已有：{known}。"
    remedy_en = "Check the spelling or add the input; there are: {known}."


class FormulaInputUnused(NamedError):
    """An input that no formula uses, or that stands twice."""

    code = "formula_input_unused"
    zh = "输入“{name}”没有公式用到，或者出现了两次。"
    en = "No formula uses the input “{name}”, or it stands twice."
    remedy_zh = "请删去它，或写进公式。"
    remedy_en = "Delete it, or use it in the formula."


class FormulaUnitsClash(NamedError):
    """Quantities of different dimension that are added, compared or taken for one another."""

    code = "formula_units_clash"
    zh = "公式把量纲 {left} 与 {right} 相加、相比或当作同一种量。"
    en = "The formula adds, compares or equates the dimensions {left} and {right}."
    remedy_zh = "请核对各输入和指标的计量单位；换算由系统按单位完成，公式里不写 100、1000、10000 这类换算系数。"
    remedy_en = "Check the units of the inputs and of the indicator; conversion follows the units and needs no factor."


class IndicatorCircle(NamedError):
    """An indicator that needs itself."""

    code = "indicator_circle"
    zh = "指标的公式首尾相接成环：{chain}。"
    en = "The formulas of indicators run in a circle: {chain}."
    remedy_zh = "请断开其中一环；同一指标基准年的值用 period: base。"
    remedy_en = "Break one of the links; a base-year value is asked for with period: base."


class InputSourceUnclear(NamedError):
    """An input whose sources contradict one another or lack what they need."""

    code = "input_source_unclear"
    zh = "输入“{name}”的来源写得不对：{why_zh}。"
    en = "The sources of the input “{name}” are wrong: {why_en}."
    remedy_zh = "参数写 value 和 cites；引用别的指标写 indicator；其余写 metric、flow、facilities、sites。"
    remedy_en = "A parameter has value and cites, a reference has indicator; others metric, flow, facilities, sites."


class ExamplesTooFew(NamedError):
    """A formula without the worked examples that test it."""

    code = "examples_too_few"
    zh = "公式只有 {count} 个算例；至少三个，其中要有缺一项输入的（结果未知）。"
    en = "The formula has {count} worked examples; there must be three, one of them with an input missing."
    remedy_zh = "请在 examples 中补上：正常、缺项、边界。"
    remedy_en = "Add examples: a normal one, one with a missing input, an edge."


class ExampleWrong(NamedError):
    """A worked example that does not come out."""

    code = "example_wrong"
    zh = "算例{number}应得 {expected}，按公式算得 {found}。"
    en = "Worked example {number} should give {expected}; the formula gives {found}."
    remedy_zh = "请手算核对，改正公式、单位、小数位或算例。"
    remedy_en = "Work it out by hand and mend the formula, a unit, the decimals or the example."
