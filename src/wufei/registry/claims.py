"""Claims: somebody says that an organisation is theirs and shows a proof; an office decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from wufei.registry import attachments, consents, hats, people
from wufei.registry.access import force
from wufei.registry.mandate_errors import ReasonMissing
from wufei.registry.models import Attachment, Claim, Organisation, Person
from wufei.terms import NamedError

PROCESSING = "claims"  # of data/national/processing: a proof may hold sensitive data
GRANTED_ROLE = "enterprise_admin"
Grant = Callable[[Claim, str, datetime], None]


class ClaimNotPossible(NamedError):
    """A body of the city's plan, a closed or a merged organisation, or one's own that has an administrator."""

    code = "claim_not_possible"
    zh = "“{org}”不能认领：它是规划列出的部门，或已关闭、已合并，或您已在其中任职且该单位有管理员。"
    en = "{org} cannot be claimed: a body of the plan, closed or merged, or yours already, with an administrator."
    remedy_zh = "请核对单位名称和统一社会信用代码；政府部门的账户由安全管理员开通。"
    remedy_en = "Check name and credit code; accounts of public bodies are opened by the security administrator."


class ClaimOpenAlready(NamedError):
    """The same claim waits for a decision."""

    code = "claim_open_already"
    zh = "您对“{org}”的认领正在审核，请勿重复提交。"
    en = "Your claim to {org} is being decided; it need not be made again."
    remedy_zh = "请等待审核结果。"
    remedy_en = "Wait for the decision."


class ClaimDecided(NamedError):
    """Somebody decided meanwhile."""

    code = "claim_decided"
    zh = "此认领已有审核结果。"
    en = "This claim was decided already."
    remedy_zh = "请刷新页面查看。"
    remedy_en = "Reload the page to see how."


class ClaimOfOneself(NamedError):
    """Nobody decides their own claim."""

    code = "claim_of_oneself"
    zh = "不能审核本人提出的认领。"
    en = "A claim is not decided by whoever made it."
    remedy_zh = "请由另一名工作人员审核。"
    remedy_en = "Let a colleague decide it."


def make(person: Person, org: Organisation, proof: Attachment, *, now: datetime | None = None) -> Claim:
    """Claim an organisation with a proof; raises ConsentNeeded, ClaimNotPossible or ClaimOpenAlready."""
    consents.check(person, PROCESSING)
    if org.declared or org.closed_on or org.merged_into_id or _has_a_way_in(person, org):
        raise ClaimNotPossible(org=org.name_zh)
    try:
        with transaction.atomic():
            return Claim.objects.create(person=person, org=org, proof=proof, made_at=now or timezone.now())
    except IntegrityError as error:
        raise ClaimOpenAlready(org=org.name_zh) from error


def _has_a_way_in(person: Person, org: Organisation) -> bool:
    """Whether the person works there and somebody there can give roles: with no administrator left, a claim helps."""
    if not hats.open_hats(person).filter(org=org).exists():
        return False
    return people.people_of(org).filter(role=GRANTED_ROLE).exists()


def give_administrator(claim: Claim, by: str, now: datetime) -> None:
    """The claimant becomes the organisation's administrator."""
    hats.give(claim.person, GRANTED_ROLE, org=claim.org_id, by=by, now=now)


@transaction.atomic
def decide(
    claim: Claim, *, granted: bool, reason: str, by: str, now: datetime | None = None, grant: Grant = give_administrator
) -> Claim:
    """Grant (the person becomes the organisation's administrator) or refuse with a reason.

    Whoever decides hands out no roles otherwise; the one role that follows from the claim is given at the door.
    Raises ClaimOfOneself, ClaimDecided, ReasonMissing or what ``hats.give`` raises, and then nothing has changed.
    """
    if not granted and not reason.strip():
        raise ReasonMissing
    if by == f"person-{claim.person_id}":
        raise ClaimOfOneself
    now = now or timezone.now()
    waiting = Claim.objects.filter(pk=claim.pk, decided_at=None)
    if not waiting.update(decided_at=now, decided_by=by, granted=granted, reason=reason.strip()[:200]):
        raise ClaimDecided
    claim.refresh_from_db()
    if granted:
        with force.handing_on(by):
            grant(claim, by, now)
    return claim


def stop(person: Person, now: datetime) -> None:
    """Consent is withdrawn: open claims end undecided, and every proof that the person sent is erased."""
    Claim.objects.filter(person=person, decided_at=None).update(
        decided_at=now, decided_by=person.actor, granted=False, reason="本人撤回同意 · consent withdrawn"
    )
    for proof in Attachment.objects.filter(uploaded_by=person, purpose="claim", erased_at=None):
        attachments.erase(proof, now=now)


consents.STOPPED[PROCESSING] = stop
