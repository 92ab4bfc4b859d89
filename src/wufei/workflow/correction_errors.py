"""What can be wrong with a correction of a signed case."""

from wufei.terms import NamedError


class CorrectionsNone(NamedError):
    """The kind of case declares no corrections, or nothing is corrected in its present state."""

    code = "correction_not_here"
    zh = "“{case}”现处于“{state_zh}”，没有可更正的签署内容。"
    en = "The case “{case}” is “{state_en}”: there is nothing signed to correct."
    remedy_zh = "草稿可直接修改；作废的请另建一份。"
    remedy_en = "A draft is simply changed; for one that is void, make another."


class CorrectionEmpty(NamedError):
    """A correction that changes nothing."""

    code = "correction_of_nothing"
    zh = "更正没有改动任何内容。"
    en = "The correction changes nothing."
    remedy_zh = "请填写要更正的项目。"
    remedy_en = "Fill in what is to be corrected."


class CorrectionNotMinor(NamedError):
    """A material field in a correction that asks nobody."""

    code = "correction_not_minor"
    zh = "“{label_zh}”是实质内容，更正须经其他签署方同意。"
    en = "“{label_en}” is material: the other signers must consent to its correction."
    remedy_zh = "请改为提出更正，由其他签署方同意。"
    remedy_en = "Propose the correction to the other signers."


class CorrectionKept(NamedError):
    """A field that no correction changes."""

    code = "correction_kept"
    zh = "“{label_zh}”不能更正：换了它就是另一件事项。"
    en = "“{label_en}” is not corrected: with another one it is another case."
    remedy_zh = "请作废或退回后另建；单位合并、更名在登记簿办理。"
    remedy_en = "Void or return it and make another; mergers and new names are told in the register."


class CorrectionPending(NamedError):
    """Another correction waits for an answer."""

    code = "correction_pending"
    zh = "第 {no} 步提出的更正还在等待答复。"
    en = "The correction proposed at step {no} still waits for an answer."
    remedy_zh = "请先答复或撤回那一项更正。"
    remedy_en = "Answer or withdraw that one first."


class CorrectionNone(NamedError):
    """No correction waits for an answer of the signer."""

    code = "correction_none"
    zh = "没有等待您单位办理的更正。"
    en = "No correction waits for your organisation."
    remedy_zh = "请刷新事项；可能已有人答复。"
    remedy_en = "Look at the case again: somebody may have answered."


class CorrectionNotYet(NamedError):
    """The authority decides only once the others have had their time."""

    code = "correction_not_yet"
    zh = "其他签署方的答复期限是 {due_at}，期满仍未答复的才由主管部门决定。"
    en = "The other signers have until {due_at}; the authority decides only when they have not answered by then."
    remedy_zh = "请等到期满，或请对方先答复。"
    remedy_en = "Wait until then, or ask them to answer."


class CorrectionDeclared(NamedError):
    """A mass that stands in a closed declaration."""

    code = "correction_declared"
    zh = "场所 {site} 的 {period} 年度申报已被接受，其数量不能只在联单上更正。"
    en = "The declaration of {period} of the site {site} was accepted; the manifest alone cannot change its masses."
    remedy_zh = "请申报单位先在该申报事项中“更正申报”；申报重新打开后即可更正本联单，再重新取数报送。"
    remedy_en = (
        "Let the declaring unit take the step “Correct the declaration” first; then correct this, and file it anew."
    )


class CorrectionStepUnknown(NamedError):
    """An earlier step that the case does not have, or that was itself a correction."""

    code = "correction_step_unknown"
    zh = "本事项共 {count} 步，第 {no} 步不存在，或本身就是更正。"
    en = "The case has {count} steps; step {no} is none of them, or was itself a correction."
    remedy_zh = "请在办理记录中选择要更正的那一步。"
    remedy_en = "Choose the step to correct among those listed."


class CorrectionLines(NamedError):
    """A correction that adds or takes away lines."""

    code = "correction_lines"
    zh = "更正不能增减“{label_zh}”的行。"
    en = "A correction adds or takes away no lines of “{label_en}”."
    remedy_zh = "多收的废物请登记无联单收货；少了的把数量更正为零。"
    remedy_en = "Register what came in addition as received without manifest; correct what did not come to nothing."
