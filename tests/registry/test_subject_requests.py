"""What people ask about their own data, and what is erased because its time is over."""

import json
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from wufei import catalog
from wufei.registry import attachments, claims, consents, hats, retention, second_factors, subject_requests
from wufei.registry.attachments import Incoming
from wufei.registry.mandate_errors import ReasonMissing
from wufei.registry.models import Attachment, Contact, Invitation, Organisation, Person, RetentionRun, SubjectRequest

PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture(autouse=True)
def cat(catalogue: catalog.Catalog) -> None:
    catalog.install(catalogue)


@pytest.fixture
def org(db: None) -> Organisation:
    return Organisation.objects.create(name_zh="甲厂", kind="enterprise", legal_person="王五")


@pytest.fixture
def zhang(org: Organisation) -> Person:
    person = Person.objects.create_user("zhangsan", password="x" * 12, full_name="张三", phone="13812345678")
    hats.give(person, "enterprise_handler", org=org)
    return person


def whole_database() -> str:
    """Every text of every table that a person's data could hide in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'registry_%'")
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_access_gives_everything_and_no_secret(zhang: Person) -> None:
    asked = subject_requests.make(zhang, "access")
    assert asked.due_on == timezone.localdate() + timedelta(days=30)
    subject_requests.decide(asked, granted=True, reason="", by="person-9")
    told = json.loads(subject_requests.as_file(subject_requests.everything_about(zhang)))
    assert told["person"][0]["full_name"] == "张三"
    assert told["person"][0]["phone"] == "13812345678"
    assert told["hat"][0]["role"] == "enterprise_handler"
    assert told["subjectrequest"][0]["kind"] == "access"
    assert zhang.password not in json.dumps(told)


def test_every_table_that_points_to_a_person_is_in_the_file(zhang: Person) -> None:
    told = subject_requests.everything_about(zhang)
    pointing = {r.related_model._meta.model_name for r in Person._meta.related_objects if not r.field.many_to_many}
    assert pointing <= set(told)


def test_correction_needs_something_to_correct(zhang: Person) -> None:
    with pytest.raises(subject_requests.CorrectionEmpty):
        subject_requests.make(zhang, "correction", wanted={"username": "root", "is_superuser": "1", "phone": " "})
    asked = subject_requests.make(zhang, "correction", wanted={"phone": "13900000000"})
    assert "139" not in whole_database()
    subject_requests.decide(asked, granted=True, reason="", by="person-9")
    zhang.refresh_from_db()
    assert (zhang.phone, zhang.full_name) == ("13900000000", "张三")


def test_a_request_is_open_once_and_decided_once(zhang: Person) -> None:
    asked = subject_requests.make(zhang, "restriction")
    with pytest.raises(subject_requests.RequestOpenAlready):
        subject_requests.make(zhang, "restriction")
    with pytest.raises(subject_requests.RequestKindUnknown):
        subject_requests.make(zhang, "oblivion")
    with pytest.raises(ReasonMissing):
        subject_requests.decide(asked, granted=False, reason=" ", by="person-9")
    subject_requests.decide(asked, granted=False, reason="法定保存期内", by="person-9")
    with pytest.raises(subject_requests.RequestDecided):
        subject_requests.decide(asked, granted=True, reason="", by="person-9")
    assert Person.objects.get(pk=zhang.pk).restricted_at is None
    again = subject_requests.make(zhang, "restriction")
    subject_requests.decide(again, granted=True, reason="", by="person-9")
    assert Person.objects.get(pk=zhang.pk).restricted_at


def test_the_file_of_own_data_holds_no_secret(zhang: Person) -> None:
    kept, _address = second_factors.begin_authenticator(zhang)
    codes = second_factors.make_recovery_codes(zhang)
    told = subject_requests.as_file(subject_requests.everything_about(zhang)).decode()
    assert '"secondfactor"' in told
    assert not [secret for secret in (kept.secret, zhang.password, *codes) if secret in told]
    assert not [word for word in ("code_hash", "token_hash", "credential", '"secret"') if word in told]


def test_erasure_leaves_a_number(zhang: Person, org: Organisation, tmp_path: Path, settings: Any) -> None:
    settings.ATTACHMENT_FOLDER = tmp_path
    other = Organisation.objects.create(name_zh="乙厂", kind="enterprise")
    proof = attachments.receive(Incoming("张三身份证明.pdf", [PDF]), other, zhang, "claim")
    consents.give(zhang, "claims")
    claims.make(zhang, other, proof)
    asked = subject_requests.make(zhang, "erasure", details="我已离职，我叫张三")
    subject_requests.decide(asked, granted=True, reason="", by="person-9")
    gone = Person.objects.get(pk=zhang.pk)
    assert (gone.full_name, gone.phone, gone.email) == ("", "", "")
    assert (gone.username, gone.is_active) == (f"erased-{gone.pk}", False)
    assert gone.actor == f"person-{zhang.pk}"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert SubjectRequest.objects.get().details == ""
    left = whole_database()
    for word in ("张三", "13812345678", "zhangsan"):
        assert word not in left, word


@pytest.mark.django_db
def test_every_rule_that_erases_has_its_eraser() -> None:
    named = {rule.eraser for rule in catalog.current().national.items("retention") if rule.eraser}
    assert named == set(retention.ERASERS)


def due(org: Organisation, zhang: Person, days: int) -> None:
    """Rows of every kind whose clock began so many days ago."""
    then = timezone.now() - timedelta(days=days)
    day = timezone.localdate(then)
    Person.objects.filter(pk=zhang.pk).update(is_active=False, deactivated_at=then)
    Contact.objects.create(org=org, name="李四", phone="13800000000", closed_on=day)
    Organisation.objects.filter(pk=org.pk).update(closed_on=day)
    Invitation.objects.create(
        org=org, role="driver", label="老赵", token_hash="0", invited_by="setup", created_at=then, expires_at=then
    )
    stays = Person.objects.create_user("stays", password="x" * 12)
    proof = attachments.receive(Incoming("proof.pdf", [PDF]), org, stays, "claim")
    claims.Claim.objects.create(org=org, person=stays, proof=proof, made_at=then, decided_at=then, granted=True)
    attachments.receive(Incoming("permit.pdf", [PDF + b"\n"]), org, zhang, "permit")
    Attachment.objects.filter(purpose="permit").update(withdrawn_at=then)
    SubjectRequest.objects.create(
        person=stays, kind="access", details="x", made_at=then, due_on=day, decided_at=then, granted=True
    )


def counts(runs: list[RetentionRun]) -> dict[str, tuple[int, int]]:
    return {run.data_kind: (run.due, run.erased) for run in runs}


def test_what_is_over_is_erased_and_logged(org: Organisation, zhang: Person, tmp_path: Path, settings: Any) -> None:
    settings.ATTACHMENT_FOLDER = tmp_path
    due(org, zhang, 1200)
    dry = counts(retention.run(dry_run=True))
    assert all(erased == 0 for _due, erased in dry.values())
    assert "李四" in {c.name for c in Contact.objects.all()}
    done = counts(retention.run(dry_run=False))
    assert {kind: n for kind, (n, _erased) in done.items()} == {kind: n for kind, (n, _erased) in dry.items()}
    assert all(n == erased for n, erased in done.values())
    assert {kind for kind, (n, _e) in done.items() if n} == set(retention.ERASERS) - {"sessions", "audit_details"}
    assert all(n == 0 for n, _erased in counts(retention.run(dry_run=False)).values())
    assert Contact.objects.get().name == ""
    assert Organisation.objects.get().legal_person == ""
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert RetentionRun.objects.count() == 3 * len(retention.ERASERS)


def test_what_is_not_over_stays(org: Organisation, zhang: Person, tmp_path: Path, settings: Any) -> None:
    settings.ATTACHMENT_FOLDER = tmp_path
    due(org, zhang, 90)
    assert all(n == 0 for n, _erased in counts(retention.run(dry_run=False)).values())


@given(st.dates(date(2000, 3, 1), date(2200, 1, 1)), st.integers(1, 120), st.sampled_from(["年", "月", "日"]))
def test_the_time_kept_is_never_shorter_than_said(today: date, keep: int, unit: str) -> None:
    keep = min(keep, 10) if unit == "年" else keep
    before = retention.over_before(SimpleNamespace(keep=keep, unit=unit), today)
    least = {"年": 365, "月": 28, "日": 1}[unit] * keep
    assert least <= (today - before).days <= {"年": 366, "月": 31, "日": 1}[unit] * keep
