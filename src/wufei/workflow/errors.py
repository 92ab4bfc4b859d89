"""What can be wrong with a step that somebody wants to take; each says who can mend it."""

from collections.abc import Sequence
from typing import Any

from wufei.terms import NamedError


class CaseUnknown(NamedError):
    """No such case, or none that the person may see."""

    code = "case_unknown"
    zh = "没有编号为“{case}”的事项。"
    en = "There is no case “{case}”."
    remedy_zh = "请核对编号，或向发起人索取。"
    remedy_en = "Check the number, or ask whoever opened it."


class StepUnknown(NamedError):
    """The workflow has no such step."""

    code = "step_unknown"
    zh = "“{workflow}”没有步骤“{step}”。"
    en = "“{workflow}” has no step “{step}”."
    remedy_zh = "可走的步骤：{open}。"
    remedy_en = "Steps that can be taken: {open}."


class StepNotOpen(NamedError):
    """The step cannot be taken in the state in which the case is."""

    code = "step_not_open"
    zh = "“{case}”现处于“{state_zh}”，不能“{step_zh}”。"
    en = "The case “{case}” is “{state_en}”; the step “{step_en}” cannot be taken."
    remedy_zh = "现在可走的步骤：{open_zh}。"
    remedy_en = "Steps open now: {open_en}."


class StepOutdated(NamedError):
    """Somebody else moved the case since it was read."""

    code = "step_outdated"
    zh = "“{case}”已走到第 {now} 步，而提交依据的是第 {seen} 步。"
    en = "The case “{case}” has reached step {now}; what was sent rests on step {seen}."
    remedy_zh = "请重新打开该事项，看过别人的改动后再提交；已填内容没有丢失。"
    remedy_en = "Open the case again, look at what others did, and send again; nothing you filled in is lost."


class PartyNotYours(NamedError):
    """The signer is none of the parties who may take the step."""

    code = "party_not_yours"
    zh = "“{step_zh}”由{parties_zh}签署，您代表的单位不是。"
    en = "“{step_en}” is signed by {parties_en}; the organisation you act for is none of them."
    remedy_zh = "请由上述单位签署，或取得其授权。"
    remedy_en = "Let one of them sign, or obtain a mandate."


class ReasonMissing(NamedError):
    """The step asks for a reason."""

    code = "reason_missing"
    zh = "“{step_zh}”要写明原因。"
    en = "The step “{step_en}” needs a reason."
    remedy_zh = "请填写原因。"
    remedy_en = "Give the reason."


class FormFieldUnknown(NamedError):
    """The form has no such field."""

    code = "form_field_unknown"
    zh = "表单没有“{field}”这一项。"
    en = "The form has no field “{field}”."
    remedy_zh = "请按表单填写。"
    remedy_en = "Fill in the form's own fields."


class FormFieldSealed(NamedError):
    """The field is covered by a signature."""

    code = "form_field_sealed"
    zh = "“{label_zh}”已由“{step_zh}”的签署锁定。"
    en = "“{label_en}” is sealed by the signature of “{step_en}”."
    remedy_zh = "请提出更正，由有关签署方同意。"
    remedy_en = "Ask for a correction, to which the other signers consent."


class FormFieldEarly(NamedError):
    """The field is filled at another step."""

    code = "form_field_early"
    zh = "“{label_zh}”不在这一步填写。"
    en = "“{label_en}” is not filled in at this step."
    remedy_zh = "请留到相应步骤由有关方填写。"
    remedy_en = "Leave it to the step and the party that fill it in."


class FormFieldMissing(NamedError):
    """A field that must be filled by this step."""

    code = "form_field_missing"
    zh = "“{label_zh}”须在这一步之前填写。"
    en = "“{label_en}” must be filled in by this step."
    remedy_zh = "请补填。"
    remedy_en = "Fill it in."


class FormValueInvalid(NamedError):
    """A value that does not fit its field."""

    code = "form_value_invalid"
    zh = "“{label_zh}”的值“{value}”不合要求：{why_zh}。"
    en = "The value “{value}” does not fit “{label_en}”: {why_en}."
    remedy_zh = "请改正这一项。"
    remedy_en = "Mend the field."


class StepTakenBefore(NamedError):
    """The step was taken before and cannot be taken twice."""

    code = "step_taken_before"
    zh = "“{case}”已于 {at} 由 {org} 办理“{step_zh}”，不能再办一次。"
    en = "“{step_en}” of the case “{case}” was done on {at} by {org}; it is not done twice."
    remedy_zh = "若又到了一车货，请按其自己的联单签收，或登记无联单收货；填错了请提出更正。"
    remedy_en = "If another load came, accept it under its own manifest or as one without; if it was wrong, correct it."


class EvidenceMissing(NamedError):
    """The step asks for a document."""

    code = "evidence_missing"
    zh = "“{step_zh}”要附凭证（磅单、照片或纸质联单）。"
    en = "The step “{step_en}” needs a document: a weighbridge ticket, a photograph or the paper manifest."
    remedy_zh = "请上传凭证。"
    remedy_en = "Attach it."


class SignedBeforeOthers(NamedError):
    """A signature that claims a time before that of a signature on which it rests."""

    code = "signed_before_others"
    zh = "所填时间 {at} 早于前一签署方的签署时间 {last}。"
    en = "The time claimed, {at}, comes before the signature of the party before, {last}."
    remedy_zh = "请核对时间；若前一方的时间有误，请其提出更正。"
    remedy_en = "Check the time; if the earlier one is wrong, ask that party for a correction."


class DeviceClockWrong(NamedError):
    """The clock of the device is wrong by a day."""

    code = "device_clock_wrong"
    zh = "设备的时钟与服务器相差约 {hours} 小时；以服务器收到的时间为准。"
    en = "The clock of the device differs from the server's by some {hours} hours; the server's time holds."
    remedy_zh = "请校准设备的日期和时间。"
    remedy_en = "Set the date and time of the device."


class CheckUnknown(NamedError):
    """A workflow names a check for which there is no function."""

    code = "workflow_check_unknown"
    zh = "步骤“{step}”要求的核查“{rule}”不存在。"
    en = "The step “{step}” asks for the check “{rule}”, which does not exist."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


class StepRefused(NamedError):
    """Several things stand against the step; they are listed in ``errors``."""

    code = "step_refused"
    zh = "这一步有 {count} 处不合要求。"
    en = "{count} things stand against this step."
    remedy_zh = "请逐项改正后再签署；已填内容保留。"
    remedy_en = "Mend them one by one and sign again; what you filled in is kept."

    def __init__(self, errors: Sequence[NamedError] = (), **values: Any) -> None:
        self.errors = tuple(errors)
        super().__init__(**({"count": len(self.errors)} | values))
