"""Ids of what the registry holds: a word for the kind and 65 random bits, short enough for an account's key."""

from __future__ import annotations

import secrets

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing that is mistaken for something else
_LENGTH = 13


def new_id(kind: str) -> str:
    """A fresh id such as ``site-3k9v0q2m4x7a1``; it can be neither guessed nor counted up."""
    return f"{kind}-" + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def org_id() -> str:
    """An id for an organisation."""
    return new_id("org")


def site_id() -> str:
    """An id for a site; it is also the place in the keys of the site's accounts."""
    return new_id("site")


def facility_id() -> str:
    """An id for a facility."""
    return new_id("facility")


def storage_id() -> str:
    """An id for a storage facility."""
    return new_id("storage")


def waste_source_id() -> str:
    """An id for a source of waste."""
    return new_id("source")


def vehicle_id() -> str:
    """An id for a vehicle."""
    return new_id("vehicle")


def device_id() -> str:
    """An id for a device."""
    return new_id("device")


def permit_id() -> str:
    """An id for a permit or filing."""
    return new_id("permit")


def contract_id() -> str:
    """An id for a contract."""
    return new_id("contract")


def attachment_id() -> str:
    """An id for an attachment."""
    return new_id("file")


def contact_id() -> str:
    """An id for a contact."""
    return new_id("contact")
