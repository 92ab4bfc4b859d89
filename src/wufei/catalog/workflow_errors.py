"""What can be wrong with a declared workflow or its form."""

from wufei.terms import NamedError


class WorkflowNameUnknown(NamedError):
    """A state, step, party or field that the workflow names and nobody declares."""

    code = "workflow_name_unknown"
    zh = "流程提到的{what_zh}“{name}”没有定义。"
    en = "The workflow names the {what_en} “{name}”, which is not declared."
    remedy_zh = "请改正拼写，或补上定义。"
    remedy_en = "Mend the spelling, or declare it."


class WorkflowNameTwice(NamedError):
    """Two states, steps, parties, clocks or fields with one id."""

    code = "workflow_name_twice"
    zh = "流程中“{name}”定义了两次。"
    en = "“{name}” is declared twice in the workflow."
    remedy_zh = "请给其中一个另取编号。"
    remedy_en = "Give one of them another id."


class WorkflowStateUnreachable(NamedError):
    """No sequence of steps leads to the state."""

    code = "workflow_state_unreachable"
    zh = "状态“{state}”无法到达。"
    en = "No sequence of steps leads to the state “{state}”."
    remedy_zh = "请补上通向它的步骤，或删去这个状态。"
    remedy_en = "Add a step that leads to it, or remove the state."


class WorkflowDeadEnd(NamedError):
    """From the state no final state can be reached."""

    code = "workflow_dead_end"
    zh = "到了状态“{state}”就再也走不到任何办结状态。"
    en = "From the state “{state}” no final state can be reached."
    remedy_zh = "请补上离开它的步骤，或把它标为办结状态（final: true）。"
    remedy_en = "Add a step that leaves it, or mark it as final (final: true)."


class WorkflowFinalLeft(NamedError):
    """A step that leaves a final state."""

    code = "workflow_final_left"
    zh = "步骤“{step}”从办结状态“{state}”出发。"
    en = "The step “{step}” leaves the final state “{state}”."
    remedy_zh = "办结后只能更正；请去掉 final 或改步骤的起点。"
    remedy_en = "After the end there are only corrections: drop `final`, or change where the step begins."


class WorkflowClockOwnerless(NamedError):
    """A clock that belongs to no party."""

    code = "workflow_clock_ownerless"
    zh = "时限“{clock}”没有责任方（“{owner}”不是参与方）。"
    en = "The clock “{clock}” has no owner (“{owner}” is not a party)."
    remedy_zh = "请在 owner 写一个参与方的编号。"
    remedy_en = "Name a party in `owner`."


class WorkflowClockNeverStops(NamedError):
    """Nobody can stop the clock once it runs: none of its stops can follow."""

    code = "workflow_clock_never_stops"
    zh = "时限“{clock}”开始后，没有任何步骤能使它停止。"
    en = "Once the clock “{clock}” runs, no step can stop it."
    remedy_zh = "请在 stops 写能够走到的步骤。"
    remedy_en = "Name in `stops` a step that can still be taken."


class WorkflowMassLeft(NamedError):
    """A way through the workflow that ends with mass still on the case's own account."""

    code = "workflow_mass_left"
    zh = "经过 {path} 办结时，在途账户上可能还有质量。"
    en = "A case that ends by {path} may still hold mass in transit."
    remedy_zh = "请让其中一步把余量（mass: rest）转出在途账户。"
    remedy_en = "Let one of these steps take the rest (mass: rest) off the transit account."


class WorkflowMassFromNothing(NamedError):
    """A posting that takes from the case's account what no step has put there."""

    code = "workflow_mass_from_nothing"
    zh = "步骤“{step}”从在途账户转出质量，但经过 {path} 时还没有任何质量转入。"
    en = "The step “{step}” takes mass from transit, but by {path} none has been put there."
    remedy_zh = "请先有一步把质量转入在途账户。"
    remedy_en = "Let an earlier step put mass in transit."


class WorkflowPostingUnsound(NamedError):
    """An entry that the journal would refuse, whatever the case holds."""

    code = "workflow_posting_unsound"
    zh = "步骤“{step}”的过账不成立：{why_zh}。"
    en = "A posting of the step “{step}” cannot stand: {why_en}."
    remedy_zh = "请改正这条过账。"
    remedy_en = "Mend the posting."


class WorkflowFieldMistyped(NamedError):
    """A field used as what it is not."""

    code = "workflow_field_mistyped"
    zh = "“{use_zh}”要用 {wanted} 类型的项，“{field}”是 {type}。"
    en = "{use_en} wants a field of type {wanted}; “{field}” is {type}."
    remedy_zh = "请换一个项，或改它的类型。"
    remedy_en = "Name another field, or change its type."


class WorkflowJudgeNoRole(NamedError):
    """Corrections that nobody answers are decided by a party that is no office."""

    code = "workflow_judge_no_role"
    zh = "无人答复的更正由“{party}”决定，但它不是按角色定的主管部门。"
    en = "Corrections that nobody answers are decided by “{party}”, which is no office known by its role."
    remedy_zh = "请填一个写有 roles 的参与方。"
    remedy_en = "Name a party that has roles."
