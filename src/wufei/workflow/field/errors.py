"""What can be wrong with a signed action that a phone sends; each says who can mend it."""

from wufei.terms import NamedError


class FieldActionUnreadable(NamedError):
    """Something sent as a signed action that is none."""

    code = "field_action_unreadable"
    zh = "发来的第 {number} 项不是外勤签署：{why}。"
    en = "Item {number} is no signed action: {why}."
    remedy_zh = "它仍留在手机上；请更新外勤应用后重发。"
    remedy_en = "It is still on the phone; update the field app and send again."


class FieldDeviceUnknown(NamedError):
    """An action of a phone that was never enrolled here."""

    code = "field_device_unknown"
    zh = "签署所用的手机没有在本系统登记。"
    en = "The phone that signed was never enrolled here."
    remedy_zh = "请核对是否连到了本市的系统；签署仍留在手机上。"
    remedy_en = "See that the phone reaches this city’s system; the action is still on it."


class FieldSignatureWrong(NamedError):
    """A signature that is not of the phone's key over what was sent."""

    code = "field_signature_wrong"
    zh = "签名与内容不符：内容被改动，或不是这台手机签的。"
    en = "The signature does not fit: the content was changed, or another phone signed it."
    remedy_zh = "请由签署人在自己的手机上重新发送；转交的，请重新扫码。"
    remedy_en = "Let the signer send it from their own phone; if it was handed on, scan it again."


class FieldActionChanged(NamedError):
    """The id of an action that has arrived with other content."""

    code = "field_action_changed"
    zh = "这一签署已经收到，而这次的内容不同。"
    en = "This action has arrived before, with other content."
    remedy_zh = "先到的一份有效；新的内容请作为新的一步签署。"
    remedy_en = "The one that came first stands; sign what is new as another step."


class FieldChainBroken(NamedError):
    """A phone that signed two different actions under one number."""

    code = "field_chain_broken"
    zh = "这台手机的签署链在第 {sequence} 号处断开：同一序号有两份不同的签署。"
    en = "The chain of this phone breaks at number {sequence}: two different actions bear it."
    remedy_zh = "请签署人在冲突箱核对后逐项确认；手机数据若被恢复或复制过，请重新登记本机。"
    remedy_en = "Let the signer look at both and confirm; enrol the phone anew if its data was restored or copied."


class FieldEnrolmentOver(NamedError):
    """An action of a phone whose enrolment has run out or was ended."""

    code = "field_enrolment_over"
    zh = "签署手机的登记已于 {at} 结束（{why}）。"
    en = "The enrolment of the phone that signed ended on {at} ({why})."
    remedy_zh = "请签署人联网登录，在冲突箱里确认或放弃；继续外勤前重新登记本机。"
    remedy_en = "Let the signer sign in and confirm or give it up among the conflicts; enrol again before going out."


class FieldHatOver(NamedError):
    """An action in a role that the signer no longer has."""

    code = "field_hat_over"
    zh = "签署人在该单位的身份已结束。"
    en = "The role in which it was signed has ended."
    remedy_zh = "请该单位的其他经办人核对后补办这一步。"
    remedy_en = "Let somebody else of the organisation look at it and take the step."


class FieldWaiting(NamedError):
    """An action that rests on one that has not arrived or does not stand."""

    code = "field_waiting"
    zh = "它依据的前一签署尚未收到或尚未生效。"
    en = "The action that it rests on has not arrived or does not stand yet."
    remedy_zh = "无需重签：前一签署生效后自动办理；请提醒对方联网。"
    remedy_en = "Nothing to sign again: it is taken when the other one stands; let the other phone go online."


class FieldOvertaken(NamedError):
    """A statement of how something was, when a later one stands already."""

    code = "field_overtaken"
    zh = "已有更晚的记录（{at}），本次（{own}）不再改变现状。"
    en = "A later statement ({at}) stands already; this one ({own}) changes nothing."
    remedy_zh = "请核对：若以这一份为准，请联网重新办理；否则填写原因后关闭。"
    remedy_en = "Look at it: take the step anew if this one is right, else close it with a reason."


class FieldNotYourConflict(NamedError):
    """A conflict that is settled, or that somebody else has to settle."""

    code = "field_conflict_settled"
    zh = "这一项已经处理，或不由您处理。"
    en = "It is settled, or not yours to settle."
    remedy_zh = "请刷新冲突箱。"
    remedy_en = "Load the list of conflicts again."
