"""What can be wrong with a case, by name."""

from __future__ import annotations

from wufei.terms import NamedError


class FlowCaseUnreadable(NamedError):
    """The file is no JSON object or no workbook of the template."""

    code = "flow_case_unreadable"
    zh = "读不出流量核算文件：{reason_zh}。"
    en = "The flow case cannot be read: {reason_en}."
    remedy_zh = "请按 docs/formats/flows.md 的格式提供 JSON，或用“wufei flows template”得到的表格。"
    remedy_en = "Give JSON as described in docs/formats/flows.md, or the workbook that `wufei flows template` writes."


class FlowFieldBad(NamedError):
    """A field is missing or does not have the form that the format asks for."""

    code = "flow_field_bad"
    zh = "“{where}”的 {name} 应为{wanted_zh}，现为 {given}。"
    en = "{name} of {where!r} should be {wanted_en}; it is {given}."
    remedy_zh = "请改正这一项；各字段的写法见 docs/formats/flows.md。"
    remedy_en = "Mend this field; docs/formats/flows.md tells what each may hold."


class FlowIdDuplicate(NamedError):
    """Two things of a case share an id."""

    code = "flow_id_duplicate"
    zh = "id“{id}”用了不止一次。"
    en = "The id {id!r} is used more than once."
    remedy_zh = "节点之间、流量与变量与存量之间，id 不得重复；请改名。"
    remedy_en = "Ids of nodes, and ids of flows, variables and stocks together, must differ; rename one."


class FlowNodeUnknown(NamedError):
    """A flow or stock names a node that the case does not declare."""

    code = "flow_node_unknown"
    zh = "“{where}”提到的节点“{node}”没有声明。"
    en = "{where!r} names the node {node!r}, which is not declared."
    remedy_zh = "请把它加入 nodes，或改正名称。"
    remedy_en = "Add it to nodes, or correct the name."


class FlowSdNegative(NamedError):
    """A standard deviation is negative."""

    code = "flow_sd_negative"
    zh = "“{where}”的标准差 {given} 是负数。"
    en = "The standard deviation {given} of {where!r} is negative."
    remedy_zh = "标准差应为零或正数；零表示该值确定不变。"
    remedy_en = "A standard deviation is zero or more; zero means that the value is exact."


class FlowBoundsCrossed(NamedError):
    """A lower bound lies above the upper one, or a fixed value outside its bounds."""

    code = "flow_bounds_crossed"
    zh = "“{where}”的下限 {lower} 高于上限 {upper}。"
    en = "The lower bound {lower} of {where!r} is above its upper bound {upper}."
    remedy_zh = "请改正上下限。"
    remedy_en = "Correct the bounds."


class FlowNetworkDisconnected(NamedError):
    """Some balanced nodes have no connection to the rest of the network."""

    code = "flow_network_disconnected"
    zh = "网络不连通：{nodes} 与其余部分没有任何流量、存量或约束相连。"
    en = "The network is not connected: no flow, stock or constraint joins {nodes} to the rest."
    remedy_zh = "请补上缺的流量，删去孤立的节点，或把各部分分开核算。"
    remedy_en = "Add the missing flow, remove the lone node, or reconcile the parts one by one."


class FlowExpressionBad(NamedError):
    """A constraint is not an expression of the grammar."""

    code = "flow_expression_bad"
    zh = "约束“{text}”在第 {column} 个字符处读不懂。"
    en = "The constraint {text!r} cannot be read at character {column}."
    remedy_zh = "只能用数字、id、+ − * / ^、括号、一个等号以及 exp、log、sqrt；含其他字符的 id 用反引号括起来。"
    remedy_en = (
        "Use numbers, ids, + - * / ^, parentheses, one equals sign, and exp, log, sqrt; put an id with other "
        "characters between backquotes."
    )


class FlowNameUnknown(NamedError):
    """A constraint or covariance names something that the case does not declare."""

    code = "flow_name_unknown"
    zh = "“{text}”用到的“{name}”不是本例的流量、变量或存量。"
    en = "{text!r} uses {name!r}, which is no flow, variable or stock of the case."
    remedy_zh = "请声明它，或改正名称。"
    remedy_en = "Declare it, or correct the name."


class FlowCovarianceBad(NamedError):
    """The covariances given are no covariances."""

    code = "flow_covariance_bad"
    zh = "“{first}”与“{second}”的协方差 {given} 不成立。"
    en = "The covariance {given} of {first!r} and {second!r} is not possible."
    remedy_zh = "两者须为有标准差的测量值，协方差绝对值不超过两标准差之积，且整个矩阵须为正定。"
    remedy_en = (
        "Both must be measured with a standard deviation, the covariance no larger than the product of the two, "
        "and the whole matrix positive definite."
    )


class FlowCaseTooLarge(NamedError):
    """More constraints or correlated measurements than the dense method takes."""

    code = "flow_case_too_large"
    zh = "带约束或协方差的算例有 {count} 个变量和方程，超过 {limit} 个。"
    en = "A case with constraints or covariances has {count} variables and equations, more than {limit}."
    remedy_zh = "请把网络分成几个算例；只有节点平衡的网络没有这个限制。"
    remedy_en = "Split the network into several cases; a network with node balances only has no such limit."
