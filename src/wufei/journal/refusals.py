"""Why the journal refuses a record: one named error per rule, found by the code that the database returns."""

from __future__ import annotations

from wufei.terms import NamedError, every_error


class Refusal(NamedError):
    """A record that the journal does not take; ``detail`` names the offending value."""


def refusal(code: str, *, place: str | None, detail: str | None) -> Refusal:
    """The named error for a code of ``append.sql``; raises KeyError for a code without a class."""
    kinds = {kind.code: kind for kind in every_error(Refusal)}
    return kinds[code](place=place, detail=detail or "")  # type: ignore[return-value]


class MassNotPositive(Refusal):
    """A mass of zero or less."""

    code = "mass_not_positive"
    zh = "质量 {detail} 克不是正数。"
    en = "A mass of {detail} g is not positive."
    remedy_zh = "请填写大于零的质量；要冲减请用冲正记录。"
    remedy_en = "Give a mass above zero; to take back, append a reversal."


class AccountToItself(Refusal):
    """An entry from an account to the same account."""

    code = "account_to_itself"
    zh = "转出与转入是同一账户“{detail}”。"
    en = "The entry leaves and enters the same account “{detail}”."
    remedy_zh = "请核对转出、转入；倒换包装请经过 process 账户。"
    remedy_en = "Check both sides; repacking goes through a process account."


class AccountUnknown(Refusal):
    """An account whose role or place nobody knows."""

    code = "account_unknown"
    zh = "账户“{detail}”的角色或地点不存在。"
    en = "The role or the place of account “{detail}” does not exist."
    remedy_zh = "账户写作 角色:地点，例如 storage:togtoh；地点须已登记。"
    remedy_en = "An account is role:place, such as storage:togtoh; the place must be registered."


class StreamUnknown(Refusal):
    """A waste stream that the catalogue does not have."""

    code = "stream_unknown"
    zh = "废物流“{detail}”不在目录中。"
    en = "Stream “{detail}” is not in the catalogue."
    remedy_zh = "请用目录中的废物流编号；页面“废物目录”列出全部。"
    remedy_en = "Use the id of a stream in the catalogue; the page of streams lists them all."


class StreamChanged(Refusal):
    """A mass that becomes another stream outside a process or adjustment."""

    code = "stream_changed"
    zh = "废物流在 {detail} 改变，而两侧都不是 process 或 adjustment 账户。"
    en = "The stream changes ({detail}) although neither side is a process or an adjustment."
    remedy_zh = "改变废物种类须经过利用处置过程或调整账户。"
    remedy_en = "Let the mass pass through a process or an adjustment account."


class TimeInFuture(Refusal):
    """A happened time later than now."""

    code = "time_in_future"
    zh = "发生时间 {detail} 在将来。"
    en = "The happened time {detail} lies in the future."
    remedy_zh = "请核对日期、时区和设备时钟。"
    remedy_en = "Check the date, the time zone and the device's clock."


class TimeLongAgo(Refusal):
    """A happened time before 1900: a slip of the keyboard or of a clock."""

    code = "time_long_ago"
    zh = "发生时间 {detail} 早于 1900 年。"
    en = "The happened time {detail} lies before 1900."
    remedy_zh = "请核对日期和设备时钟。"
    remedy_en = "Check the date and the device's clock."


class RecordPeriodUnreadable(Refusal):
    """A reporting period that is not one."""

    code = "record_period_unreadable"
    zh = "报告期无法识别：{detail}。"
    en = "The reporting period cannot be read: {detail}."
    remedy_zh = "请写成 2025、2025H1、2025Q1、2025-03 或 2025-03-31。"
    remedy_en = "Write 2025, 2025H1, 2025Q1, 2025-03 or 2025-03-31."


class PeriodClosed(Refusal):
    """A reporting period that has been closed."""

    code = "period_closed"
    zh = "报告期已关账：{detail}。"
    en = "The reporting period is closed: {detail}."
    remedy_zh = "请记入当前报告期作为更正，或由两人重新开账。"
    remedy_en = "Post it as a correction in the current period, or have two persons reopen the period."


class BasisUnknown(Refusal):
    """A measurement basis outside the five."""

    code = "basis_unknown"
    zh = "计量依据不是 measured、manifested、declared、estimated、reconciled 之一：{detail}。"
    en = "The basis is none of measured, manifested, declared, estimated, reconciled: {detail}."
    remedy_zh = "请选择五种计量依据之一。"
    remedy_en = "Choose one of the five bases."


class SdNegative(Refusal):
    """A negative standard deviation."""

    code = "sd_negative"
    zh = "相对标准差不能为负：{detail}。"
    en = "A relative standard deviation cannot be negative: {detail}."
    remedy_zh = "请填写零或正数，或留空。"
    remedy_en = "Give zero or more, or leave it out."


class ActorMissing(Refusal):
    """A record that nobody makes."""

    code = "actor_missing"
    zh = "没有写明由谁、代表哪个单位记录：{detail}。"
    en = "It is not said who records this and for which organisation: {detail}."
    remedy_zh = "请登录后再记录。"
    remedy_en = "Sign in before recording."


class RuleMissing(Refusal):
    """A record without a cited rule."""

    code = "rule_missing"
    zh = "没有写明依据的条款：{detail}。"
    en = "No rule is cited: {detail}."
    remedy_zh = "请写明来源和条款，例如 hj_1259_2022 6.2。"
    remedy_en = "Name a source and clause, such as hj_1259_2022 6.2."


class EvidenceUnreadable(Refusal):
    """Evidence that is not a JSON array."""

    code = "evidence_unreadable"
    zh = "佐证材料不是 JSON 数组：{detail}。"
    en = "The evidence is not a JSON array: {detail}."
    remedy_zh = "每份佐证写明 kind、name 和 sha256。"
    remedy_en = "Give kind, name and sha256 of each piece."


class RecordEmpty(Refusal):
    """A record without entry, step or observation."""

    code = "record_empty"
    zh = "记录里没有分录、步骤或观测值：{detail}。"
    en = "The record has no entry, step or observation: {detail}."
    remedy_zh = "请至少填写一项。"
    remedy_en = "Give at least one."


class IdRepeated(Refusal):
    """Two records with one id in one append."""

    code = "id_repeated"
    zh = "同一批里编号 {detail} 出现两次。"
    en = "The id {detail} stands twice in one append."
    remedy_zh = "请给每条记录不同的编号。"
    remedy_en = "Give each record an id of its own."


class IdempotencyConflict(Refusal):
    """A known id with other content."""

    code = "idempotency_conflict"
    zh = "编号 {detail} 已有记录，但内容不同。"
    en = "The id {detail} is taken by a record with other content."
    remedy_zh = "要更正请冲正旧记录并追加新记录；新记录请用新编号。"
    remedy_en = "To correct, reverse the old record and append a new one under a new id."


class ReversalOfNothing(Refusal):
    """A reversal of a record that does not exist."""

    code = "reversal_of_nothing"
    zh = "要冲正的记录 {detail} 不存在。"
    en = "The record {detail} to be reversed does not exist."
    remedy_zh = "请核对编号。"
    remedy_en = "Check the id."


class ReplacesNothing(Refusal):
    """A correction that cites a record that does not exist."""

    code = "replaces_nothing"
    zh = "所更正的旧记录 {detail} 不存在。"
    en = "The record {detail} that this one replaces does not exist."
    remedy_zh = "请核对编号。"
    remedy_en = "Check the id."


class AlreadyReversed(Refusal):
    """A second reversal of one record."""

    code = "already_reversed"
    zh = "记录 {detail} 已经冲正过。"
    en = "The record {detail} has been reversed already."
    remedy_zh = "无需再冲正；请打开该记录查看冲正记录。"
    remedy_en = "Nothing to do; open the record to see its reversal."


class ReversalOfReversal(Refusal):
    """A reversal of a reversal."""

    code = "reversal_of_reversal"
    zh = "记录 {detail} 本身就是冲正，不能再冲正。"
    en = "The record {detail} is itself a reversal and cannot be reversed."
    remedy_zh = "请重新追加原来的内容。"
    remedy_en = "Append the original content again under a new id."


class ReversalDiffers(Refusal):
    """A reversal that does not mirror its original."""

    code = "reversal_differs"
    zh = "冲正与原记录 {detail} 不对称。"
    en = "The reversal does not mirror the record {detail}."
    remedy_zh = "冲正只能原样对调转出、转入；请用“冲正”功能生成。"
    remedy_en = "A reversal swaps the accounts and nothing else; let the reverse function make it."


class StepIrreversible(Refusal):
    """A reversal of a step."""

    code = "step_irreversible"
    zh = "记录 {detail} 含有流程步骤，不能冲正。"
    en = "The record {detail} holds a step of a case and cannot be reversed."
    remedy_zh = "请在流程里办理更正或作废。"
    remedy_en = "Correct or void it within its workflow."


class MetricUnknown(Refusal):
    """A metric that the catalogue does not have."""

    code = "metric_unknown"
    zh = "观测指标不存在：{detail}。"
    en = "The metric does not exist: {detail}."
    remedy_zh = "请用目录中的指标输入项。"
    remedy_en = "Use a metric of the catalogue."


class UnitOfMetric(Refusal):
    """An observation in a unit other than its metric's."""

    code = "unit_of_metric"
    zh = "观测值的单位不对：{detail}。"
    en = "The observation is in the wrong unit: {detail}."
    remedy_zh = "请换算成该指标规定的单位。"
    remedy_en = "Convert it to the unit that the metric declares."


class ValueNotFinite(Refusal):
    """An observation whose value or standard deviation is no number, or without end."""

    code = "value_not_finite"
    zh = "观测值不是有限的数：{detail}。"
    en = "The observed value is not a finite number: {detail}."
    remedy_zh = "请填写数字；没有数就不要填这一项。"
    remedy_en = "Give a number; leave the observation out when there is none."


class PlaceUnknown(Refusal):
    """An observation at a place that nobody knows."""

    code = "place_unknown"
    zh = "观测地点不存在：{detail}。"
    en = "The place of the observation does not exist: {detail}."
    remedy_zh = "请用已登记的地点。"
    remedy_en = "Use a registered place."


class StepTaken(Refusal):
    """A step that somebody else took first."""

    code = "step_taken"
    zh = "这一步已被他人办理，或顺序不对：{detail}。"
    en = "That step has been taken by somebody else, or out of turn: {detail}."
    remedy_zh = "请刷新后再办。"
    remedy_en = "Reload and try again."


class StepUnreadable(Refusal):
    """A step whose case, workflow, transition or state is not a word, or whose data is no JSON object."""

    code = "step_unreadable"
    zh = "流程步骤无法识别（事项、步骤）：{detail}。"
    en = "The step cannot be read (case, transition): {detail}."
    remedy_zh = "流程、步骤和状态用字母、数字、下划线、点和短横；data 须是 JSON 对象。"
    remedy_en = "Workflow, transition and state are letters, digits, _, . and -; data is a JSON object."


class ClosingOutOfTurn(Refusal):
    """A step of a period's closing that does not follow from the state of the period."""

    code = "closing_out_of_turn"
    zh = "关账步骤与报告期的状态不符（报告期、步骤）：{detail}。"
    en = "The step does not follow from the state of the period (period, transition): {detail}."
    remedy_zh = "次序是 propose_close、close、propose_reopen、reopen；请刷新后再办。"
    remedy_en = "The order is propose_close, close, propose_reopen, reopen; reload and try again."


class SecondPersonNeeded(Refusal):
    """A closing or reopening by the person who proposed it."""

    code = "second_person_needed"
    zh = "关账和重新开账须由另一人确认：{detail}。"
    en = "Closing and reopening a period must be confirmed by a second person: {detail}."
    remedy_zh = "请由提议人以外的人确认。"
    remedy_en = "Have somebody other than the proposer confirm."


class StorageBelowZero(Refusal):
    """A draw on hazardous-waste storage of more than it holds."""

    code = "storage_below_zero"
    zh = "贮存量将小于零（账户、废物流、克）：{detail}。"
    en = "Storage would fall below zero (account, stream, grams): {detail}."
    remedy_zh = "请先补记入库或盘点差异。"
    remedy_en = "Record the missing intake or a stocktake difference first."
