"""What a check of a step can find; each says who can mend it. ``severity`` fixes what follows, whatever is declared."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from wufei.terms import NamedError


class Finding(NamedError):
    """Something that stands against a step, or is told beside it."""

    severity: ClassVar[str | None] = None


def kg(mass_g: int) -> str:
    """A mass as findings tell it, in kilograms."""
    return f"{(Decimal(mass_g) / 1000).normalize():f}"


class PartyNotRegistered(Finding):
    """An organisation, site or vehicle that is not on register."""

    code = "party_not_registered"
    zh = "“{label_zh}”所填的 {id} 没有登记。"
    en = "“{id}”, given as {label_en}, is not on register."
    remedy_zh = "请从登记簿中选取，或先请该单位登记。"
    remedy_en = "Choose from the register, or have it registered first."


class PartyClosed(Finding):
    """An organisation or site that is closed and begins nothing new."""

    code = "party_closed"
    zh = "“{name}”已于 {closed_on} 关闭，不能办理新的转移；此前的联单可以办完。"
    en = "“{name}” was closed on {closed_on}: no new transfer begins; manifests from before may be finished."
    remedy_zh = "请改选其他单位或场所；若已恢复，请其先重新开启。"
    remedy_en = "Choose another one; if it works again, have it opened again first."


class PartyMerged(Finding):
    """An organisation that was merged into another."""

    code = "party_merged"
    zh = "“{name}”已并入 {into}，新的转移请填合并后的单位。"
    en = "“{name}” was merged into {into}: a new transfer names the organisation that goes on."
    remedy_zh = "请改填合并后的单位。"
    remedy_en = "Name the organisation that goes on."


class SiteOfAnother(Finding):
    """A site that is not the party's."""

    code = "site_of_another"
    zh = "场所“{site}”不属于“{label_zh}”。"
    en = "The site “{site}” is not that of the {label_en}."
    remedy_zh = "请核对单位和场所。"
    remedy_en = "Check the organisation and the site."


class WasteCodeUnknown(Finding):
    """A waste that the catalogue does not have."""

    code = "waste_code_unknown"
    zh = "名录中没有废物代码“{stream}”。"
    en = "The catalogue has no waste “{stream}”."
    remedy_zh = "请按《国家危险废物名录》填写。"
    remedy_en = "Use a code of the national catalogue."


class WasteCodeRetired(Finding):
    """A waste code that is no longer in force for new transfers."""

    code = "waste_code_retired"
    zh = "废物代码“{stream}”自 {ended_on} 起不再使用；此前的联单继续有效。"
    en = "The code “{stream}” is not used after {ended_on}; manifests from before go on."
    remedy_zh = "请改用现行名录的代码。"
    remedy_en = "Use a code of the catalogue in force."


class NationalNumberWrong(Finding):
    """A national number that is not fourteen digits beginning with a year."""

    code = "national_number_wrong"
    zh = "国家系统联单编号“{number}”不是 14 位数字（年份 4 位、移出地 4 位、流水 6 位）。"
    en = "The national number “{number}” is not 14 digits: year, division of origin (4), serial (6)."
    remedy_zh = "请照国家系统签发的编号填写。"
    remedy_en = "Copy the number that the national system issued."


class NationalNumberTaken(Finding):
    """A national number that another manifest bears."""

    code = "national_number_taken"
    zh = "国家系统联单编号 {number} 已用于 {case}。"
    en = "The national number {number} is that of {case}."
    remedy_zh = "请核对编号；若另一张填错了，请在那张上更正。"
    remedy_en = "Check it; if the other one is wrong, correct it there."


class NationalNumberMissing(Finding):
    """No national number yet: the manifest bears a local draft id only."""

    code = "national_number_missing"
    zh = "还没有国家系统联单编号，本联单目前只有本地草稿编号。"
    en = "There is no national number yet: the manifest bears a local draft id only."
    remedy_zh = "请移出人在国家系统取得编号后补填。"
    remedy_en = "Let the consignor obtain it from the national system and fill it in."


class LicenceMissing(Finding):
    """A consignee without a licence in force."""

    code = "licence_missing"
    zh = "接受人“{org}”在 {day} 没有有效的危险废物经营许可证。"
    en = "The consignee “{org}” has no licence for hazardous waste in force on {day}."
    remedy_zh = "请改送有证单位；若许可证已换发，请接受人更新登记。货已在途的，请拒收后退回或改送。"
    remedy_en = "Choose a licensed one, or let it register its renewal. A load on the road goes elsewhere."


class LicenceScope(Finding):
    """A waste that the consignee's licence does not cover."""

    code = "licence_scope"
    zh = "接受人的许可证（{number}）不含废物代码“{stream}”。"
    en = "The consignee's licence ({number}) does not cover the waste “{stream}”."
    remedy_zh = "请改送许可范围相符的单位，或核对废物代码。"
    remedy_en = "Choose one whose licence covers it, or check the code."


class LicenceOperation(Finding):
    """An operation that the consignee's licence does not allow on a waste."""

    code = "licence_operation"
    zh = "许可证（{number}）不允许以“{operation}”方式处理“{stream}”，允许的是 {allowed}。"
    en = "The licence ({number}) does not allow the operation “{operation}” on “{stream}”; it allows {allowed}."
    remedy_zh = "请按许可范围填写利用处置方式。"
    remedy_en = "Name an operation that the licence allows."


class QuotaNear(Finding):
    """Four fifths of a licence's yearly quota."""

    code = "licence_quota_near"
    severity = "warn"
    zh = "接受后，“{stream}”将达到年许可量的 {share} %。"
    en = "With this load “{stream}” reaches {share} % of the quota of the year."
    remedy_zh = "请接受人留意余量。"
    remedy_en = "The consignee should keep an eye on what is left."


class QuotaReached(Finding):
    """More than a licence's yearly quota, but not by a fifth."""

    code = "licence_quota_reached"
    severity = "warn"
    zh = "接受后，“{stream}”将达到年许可量的 {share} %，已超过许可量；超过 120 % 须重新申领许可证。"
    en = "With this load “{stream}” reaches {share} % of the year's quota; beyond 120 % a new licence is needed."
    remedy_zh = "请接受人控制接收量，并向发证机关说明。"
    remedy_en = "The consignee should take in less and tell whoever issued the licence."


class QuotaBeyond(Finding):
    """More than a fifth above a licence's yearly quota."""

    code = "licence_quota_beyond"
    severity = "refuse"
    zh = "接受后，“{stream}”将达到年许可量的 {share} %，超过许可量 20 % 以上。"
    en = "With this load “{stream}” reaches {share} % of the quota of the year, more than a fifth above it."
    remedy_zh = "请改送其他有证单位；接受人须重新申领许可证后方可继续接收。"
    remedy_en = "Choose another licensed one; the consignee takes in no more without a new licence."


class StorageFull(Finding):
    """More than the storage of a site holds."""

    code = "storage_full"
    zh = "“{site}”现存 {held_kg} 千克，加上本次 {mass_kg} 千克，超过贮存能力 {capacity_kg} 千克。"
    en = "“{site}” holds {held_kg} kg; with these {mass_kg} kg it holds more than its capacity of {capacity_kg} kg."
    remedy_zh = "请接受人先腾出库容，或改送其他单位。"
    remedy_en = "Let the consignee make room, or choose another one."


class CarrierPermitMissing(Finding):
    """A carrier without a permit for dangerous goods in force."""

    code = "carrier_permit_missing"
    zh = "承运人“{org}”在 {day} 没有有效的危险货物道路运输许可。"
    en = "The carrier “{org}” has no permit for dangerous goods by road in force on {day}."
    remedy_zh = "请改由有证单位承运；若许可已换发，请承运人更新登记；按豁免清单运输的，请填豁免条目。"
    remedy_en = "Choose a permitted carrier, or let it register its renewal; under an exemption, name the entry."


class VehicleOfAnother(Finding):
    """A vehicle that is not the carrier's."""

    code = "vehicle_of_another"
    zh = "车辆 {plate} 不在承运人“{org}”名下。"
    en = "The vehicle {plate} is not one of the carrier “{org}”."
    remedy_zh = "请改填承运人自己的车辆；车辆过户的，请先在登记簿办理。"
    remedy_en = "Name one of the carrier's own; if it changed hands, register that first."


class VehicleOverloaded(Finding):
    """More than the vehicle's load."""

    code = "vehicle_overloaded"
    zh = "本次 {mass_kg} 千克超过车辆 {plate} 的核定载质量 {load_kg} 千克。"
    en = "{mass_kg} kg are more than the load of the vehicle {plate}, {load_kg} kg."
    remedy_zh = "请核对磅单，或分车装运。"
    remedy_en = "Check the ticket, or divide the load."


class InterprovincialApprovalMissing(Finding):
    """A transfer to another province without an approval in force."""

    code = "interprovincial_approval_missing"
    zh = "跨省转移“{stream}”在 {day} 没有有效的批准。"
    en = "There is no approval in force on {day} for moving “{stream}” to another province."
    remedy_zh = "请移出人向移出地省级生态环境部门申请；未批准不得转移。"
    remedy_en = "Let the consignor apply to its province; nothing moves without the approval."


class InterprovincialApprovalOver(Finding):
    """An approval that was granted for longer than the law allows, and is past that."""

    code = "interprovincial_approval_over"
    zh = "跨省转移批准 {number} 依法最长到 {last}，已经过期。"
    en = "By law the approval {number} of the transfer to another province ran until {last} at most; it is over."
    remedy_zh = "批准最长 12 个月（部令第 23 号）：请移出人重新申请；登记的截止日有误的，请更正许可登记。"
    remedy_en = "An approval lasts 12 months at most (Order 23): apply anew, or mend the last day on register."


class ApprovalTooLong(Finding):
    """An approval that would last longer than a year, or than what was applied for or licensed."""

    code = "approval_too_long"
    zh = "批准期限应自 {first} 起、至迟到 {latest}。"
    en = "The approval runs from {first} and until {latest} at the latest."
    remedy_zh = "批准不超过 12 个月，也不超过申请期限和接受人许可证有效期；请改短截止日。"
    remedy_en = "At most 12 months, and neither beyond what was applied for nor the consignee’s licence: shorten it."


class WeightDiffers(Finding):
    """A weight difference beyond the tolerance that nobody has explained."""

    code = "weight_differs"
    zh = "“{stream}”在途 {sent_kg} 千克、收到 {got_kg} 千克，相差 {percent} %，超过允许的 {most} %。"
    en = "“{stream}”: {sent_kg} kg were on the road, {got_kg} kg received; {percent} % differ, {most} % are tolerated."
    remedy_zh = "请把“是否存在重大差异”填为“数量”，写明原因并附磅单；或部分接受、拒收。"
    remedy_en = "Tell the difference as one of quantity, give the reason and the ticket; or accept in part, or refuse."


class OpinionContradicts(Finding):
    """An opinion that does not fit the mass accepted."""

    code = "opinion_contradicts"
    zh = "第 {line} 种废物的处理意见与接受量 {got_kg} 千克矛盾。"
    en = "Waste {line}: the opinion does not fit the {got_kg} kg accepted."
    remedy_zh = "接受或部分接受的要有接受量，拒收的接受量为零。"
    remedy_en = "What is accepted has a mass; what is refused has none."


class NotAllAccepted(Finding):
    """A whole acceptance of a load of which something is refused."""

    code = "not_all_accepted"
    zh = "第 {line} 种废物没有全部接受，不能按“接受”办结。"
    en = "Waste {line} is not accepted whole; the load cannot be accepted as a whole."
    remedy_zh = "请改办“部分接受”，余量退回或改送。"
    remedy_en = "Accept in part: the rest goes back or elsewhere."


class LegUnknown(Finding):
    """A leg that the manifest does not have."""

    code = "leg_unknown"
    zh = "联单只有 {count} 个承运段，没有第 {leg} 段。"
    en = "The manifest has {count} legs; there is no leg {leg}."
    remedy_zh = "请先加上这一段和它的承运人。"
    remedy_en = "Add the leg and its carrier first."


class LegBehind(Finding):
    """A hand-over to a leg that was driven."""

    code = "leg_behind"
    zh = "第 {leg} 段已经走过。"
    en = "Leg {leg} was driven before."
    remedy_zh = "请交给后面的承运段。"
    remedy_en = "Hand over to a later leg."


class DispatchedMore(Finding):
    """More dispatched than was filed."""

    code = "dispatched_more"
    zh = "第 {line} 种废物移出 {sent_kg} 千克，多于申请的 {planned_kg} 千克。"
    en = "Waste {line}: {sent_kg} kg are dispatched, more than the {planned_kg} kg filed."
    remedy_zh = "请移出人核对磅单。"
    remedy_en = "Let the consignor check the ticket."
