"""Contacts: whom to call at an organisation or a site; entering, amending and ending one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from wufei.catalog import Catalog
from wufei.registry import fields
from wufei.registry.closing import must_be_open
from wufei.registry.keeping import Entity, amend, enter
from wufei.registry.models import Contact, Organisation, Site
from wufei.terms import NamedError

_PHONE = re.compile(r"\+?[\d\- ]{5,24}(?:转\d{1,6})?")


class PhoneUnreadable(NamedError):
    """A text that is no telephone number."""

    code = "phone_unreadable"
    zh = "电话号码格式不对。"
    en = "This is not a telephone number."
    remedy_zh = "请只填数字、空格和短横，如 13800000000、0471-1234567转8。"
    remedy_en = "Use digits, spaces and hyphens only, such as 13800000000 or 0471-1234567."


class ContactSiteElsewhere(NamedError):
    """The contact's site is another organisation's."""

    code = "contact_site_elsewhere"
    zh = "场所“{site}”不属于“{org}”。"
    en = "The site “{site}” is not one of “{org}”."
    remedy_zh = "请选择本单位的场所，或不选。"
    remedy_en = "Choose a site of the organisation, or none."


def _phone(value: Any, _catalog: Catalog) -> str:
    """The number as written, full-width digits narrowed; the number itself is never told in an error."""
    told = "" if fields.empty(value) else unicodedata.normalize("NFKC", str(value)).strip()
    if told and not _PHONE.fullmatch(told):
        raise PhoneUnreadable
    return told


def _site_is_theirs(contact: Contact, _catalog: Catalog) -> Iterator[NamedError]:
    if contact.site is not None and contact.site.org_id != contact.org_id:
        yield ContactSiteElsewhere(place="site", site=str(contact.site), org=str(contact.org))


CONTACT = Entity(
    Contact,
    {
        "org": fields.row(Organisation, "merged_into"),
        "site": fields.row(Site),
        "name": fields.text(80),
        "phone": _phone,
        "duty": fields.text(80),
    },
    needed=("org", "name", "duty"),
    checks=(_site_is_theirs,),
)


@transaction.atomic
def enter_contact(values: Mapping[str, Any], catalog: Catalog, *, day: date) -> Contact:
    """A new contact. Raises what is wrong with its fields, PhoneUnreadable, ContactSiteElsewhere, ClosedToNew."""
    contact = enter(CONTACT, values, catalog)
    must_be_open(contact.org, day)
    return contact


def amend_contact(contact: Contact, values: Mapping[str, Any], catalog: Catalog) -> Contact:
    """Change a contact's fields. Raises as ``enter_contact``."""
    return amend(CONTACT, contact, values, catalog)
