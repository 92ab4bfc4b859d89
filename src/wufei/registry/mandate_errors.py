"""Why a mandate does not cover an act, or cannot be given."""

from __future__ import annotations

from wufei.terms import NamedError

_ASK_ZH = "请委托单位变更或另行出具授权，或由其本单位人员办理。"
_ASK_EN = "Ask the organisation that gave it for another mandate, or let its own people act."


class MandateRevoked(NamedError):
    """It was revoked."""

    code = "mandate_revoked"
    zh = "授权已于 {day} 撤销。"
    en = "The mandate was revoked on {day}."
    remedy_zh = _ASK_ZH
    remedy_en = _ASK_EN


class MandateNotYet(NamedError):
    """It begins later."""

    code = "mandate_not_yet"
    zh = "授权自 {day} 起生效。"
    en = "The mandate begins on {day}."
    remedy_zh = _ASK_ZH
    remedy_en = _ASK_EN


class MandateExpired(NamedError):
    """It ended."""

    code = "mandate_expired"
    zh = "授权已于 {day} 到期。"
    en = "The mandate ended on {day}."
    remedy_zh = _ASK_ZH
    remedy_en = _ASK_EN


class MandateActOutside(NamedError):
    """It does not name the act."""

    code = "mandate_act_outside"
    zh = "授权事项不包括“{act}”。"
    en = "The mandate does not name the act {act}."
    remedy_zh = _ASK_ZH
    remedy_en = _ASK_EN


class MandateStreamOutside(NamedError):
    """It names other streams."""

    code = "mandate_stream_outside"
    zh = "授权范围不包括废物“{stream}”。"
    en = "The mandate does not extend to the stream {stream}."
    remedy_zh = _ASK_ZH
    remedy_en = _ASK_EN


class MandateSiteOutside(NamedError):
    """It names other sites."""

    code = "mandate_site_outside"
    zh = "授权范围不包括场所“{site}”。"
    en = "The mandate does not extend to the site {site}."
    remedy_zh = _ASK_ZH
    remedy_en = _ASK_EN


class MandateUsedUp(NamedError):
    """The most that may be moved under it would be passed; masses are grams."""

    code = "mandate_used_up"
    zh = "授权数量上限为 {most_g} 克，尚余 {left_g} 克，本次为 {mass_g} 克。"
    en = "The mandate allows {most_g} g in all, {left_g} g are left, this is {mass_g} g."
    remedy_zh = _ASK_ZH
    remedy_en = _ASK_EN


class MandateWordUnknown(NamedError):
    """An act or a stream that the catalogue does not know, or no act at all."""

    code = "mandate_word_unknown"
    zh = "授权事项或废物“{word}”不在目录中。"
    en = "The act or stream {word} is not in the catalogue."
    remedy_zh = "请从所列事项和废物中选择，至少选择一个事项。"
    remedy_en = "Choose among the acts and streams listed, one act at least."


class MandateOwnOrg(NamedError):
    """To oneself, to nobody, or to two at once."""

    code = "mandate_own_org"
    zh = "授权须给另一家单位，或给本单位的一名人员，二者选一。"
    en = "A mandate goes to another organisation, or to one person of your own; one of the two."
    remedy_zh = "请选择受托单位或受托人员。"
    remedy_en = "Choose the organisation or the person."


class MandatePersonElsewhere(NamedError):
    """A delegation to somebody who does not work there (any more)."""

    code = "mandate_person_elsewhere"
    zh = "受托人员在本单位没有有效身份。"
    en = "The person has no role in your organisation."
    remedy_zh = "请先邀请该人员加入本单位，或把授权给其所在单位。"
    remedy_en = "Invite the person first, or give the mandate to their organisation."


class MandateSiteElsewhere(NamedError):
    """A site of somebody else."""

    code = "mandate_site_elsewhere"
    zh = "所选场所不属于委托单位。"
    en = "A site that you named is not your organisation's."
    remedy_zh = "请只选择本单位的场所。"
    remedy_en = "Choose among your own sites."


class MandatePeriodWrong(NamedError):
    """Ends before it begins or in the past, is too long, or has a limit of nothing."""

    code = "mandate_period_wrong"
    zh = "授权期限须不早于今天结束、最长 {days} 天，数量上限须大于零。"
    en = "A mandate ends today or later, lasts {days} days at most, and its limit is more than nothing."
    remedy_zh = "请核对起止日期和数量上限；不限数量时留空。"
    remedy_en = "Check both dates and the limit; leave the limit empty for none."


class ReasonMissing(NamedError):
    """Something that is only done with a reason."""

    code = "reason_not_given"
    zh = "请填写理由。"
    en = "Give the reason."
    remedy_zh = "理由会记入历史，当事人可以看到。"
    remedy_en = "It is kept in the history, and whom it concerns can read it."
