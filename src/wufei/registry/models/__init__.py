"""The tables of the registry."""

from wufei.registry.models.access import Claim, Hat, Invitation, Mandate
from wufei.registry.models.attachments import Attachment
from wufei.registry.models.contacts import Contact
from wufei.registry.models.field import FieldAction, FieldDevice
from wufei.registry.models.fleet import Device, Vehicle
from wufei.registry.models.history import Change
from wufei.registry.models.merging import Merge
from wufei.registry.models.organisation import Organisation
from wufei.registry.models.people import ApiToken, FirstLoginToken, Person
from wufei.registry.models.permits import Contract, Permit, PermitScope
from wufei.registry.models.privacy import Consent, RetentionRun, SubjectRequest
from wufei.registry.models.sign_in import (
    AuditDetail,
    Identity,
    Impersonation,
    OldPassword,
    RecoveryCode,
    SecondFactor,
    SignInCount,
)
from wufei.registry.models.signing import SigningCode
from wufei.registry.models.site import Facility, Site, Storage, Tenure, WasteSource
from wufei.registry.models.webhooks import Delivery, Webhook

__all__ = [
    "ApiToken",
    "Attachment",
    "AuditDetail",
    "Change",
    "Claim",
    "Consent",
    "Contact",
    "Contract",
    "Delivery",
    "Device",
    "Facility",
    "FieldAction",
    "FieldDevice",
    "FirstLoginToken",
    "Hat",
    "Identity",
    "Impersonation",
    "Invitation",
    "Mandate",
    "Merge",
    "OldPassword",
    "Organisation",
    "Permit",
    "PermitScope",
    "Person",
    "RecoveryCode",
    "RetentionRun",
    "SecondFactor",
    "SignInCount",
    "SigningCode",
    "Site",
    "Storage",
    "SubjectRequest",
    "Tenure",
    "Vehicle",
    "WasteSource",
    "Webhook",
]
