"""Names, phones and e-mail addresses of people: sealed in the database, masked wherever they are listed.

A ``SealedTextField`` reads and writes as text on a model; the column holds an envelope bound to its table, column and
row. What reads columns without a row (``values()``, a filter, an update of many rows) sees or writes no clear text.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import connections, models, router

from wufei.registry import key_ring
from wufei.registry.key_ring import KeyRing, PersonalKeyUnknown
from wufei.registry.sealing import SealBroken, is_envelope, seal, unseal

HIDDEN = "•••"
_DIGIT = re.compile(r"\d")


class Rings:
    """The key ring of this process: read once, again when its file changed."""

    def __init__(self) -> None:
        self._ring: KeyRing | None = None
        self._seen: tuple[str, int, int] | None = None
        self._given: KeyRing | None = None

    def use(self, ring: KeyRing | None) -> None:
        """Hand the process a ring instead of the file (None: the file again)."""
        self._given = ring

    def now(self) -> KeyRing:
        """The ring in force; raises PersonalKeysMissing or PersonalKeysUnreadable."""
        if self._given is not None:
            return self._given
        path = Path(settings.PERSONAL_KEYS)
        try:
            found = path.stat()
        except OSError as error:
            raise key_ring.PersonalKeysMissing(path=path) from error
        seen = (str(path), found.st_mtime_ns, found.st_ino)
        if self._ring is None or seen != self._seen:
            self._ring, self._seen = key_ring.load(path), seen
        return self._ring


rings = Rings()


class Sealed:
    """What a sealed column holds: prints as dots, opens only for the cell that it was sealed for."""

    __slots__ = ("_clear", "envelope")

    def __init__(self, envelope: str, clear: str | None = None) -> None:
        self.envelope = envelope
        self._clear = clear

    def open(self, cell: str) -> str:
        """The text; raises SealBroken, PersonalKeyUnknown, PersonalKeysMissing or PersonalKeysUnreadable."""
        if self._clear is None:
            if not is_envelope(self.envelope):
                raise SealBroken(cell=cell)
            self._clear = unseal(self.envelope, rings.now().of(self.envelope), cell)
        return self._clear

    def __str__(self) -> str:
        """Never the text."""
        return HIDDEN

    __repr__ = __str__


class _Opening:
    """The attribute of a sealed field: opened on reading; setting the same text again keeps the envelope."""

    def __init__(self, field: SealedTextField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:  # deferred
            instance.refresh_from_db(fields=[name])
        kept = instance.__dict__[name]
        return kept.open(self.field.cell(instance)) if isinstance(kept, Sealed) else kept

    def __set__(self, instance: models.Model, value: Any) -> None:
        kept = instance.__dict__.get(self.field.attname)
        if isinstance(kept, Sealed) and isinstance(value, str) and instance.pk is not None:
            with contextlib.suppress(SealBroken, PersonalKeyUnknown):  # what cannot be read can still be written anew
                value = kept if kept.open(self.field.cell(instance)) == value else value
        instance.__dict__[self.field.attname] = "" if value is None else value


class SealedTextField(models.TextField):
    """Text that the database holds only sealed; empty stays empty. It can be neither filtered nor sorted by."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:  # noqa: FBT001, FBT002
        """Open on reading."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opening(self))

    def cell(self, instance: models.Model) -> str:
        """What an envelope is bound to: ``table.column.row``."""
        if instance.pk is None:
            raise FieldError(f"{type(instance).__name__}.{self.name}: the row must have its id before it is sealed")
        return f"{self.model._meta.db_table}.{self.column}.{instance.pk}"

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> Sealed | str:
        """Whatever is not empty stays sealed until its row is asked."""
        return Sealed(value) if value else ""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002, FBT001
        """Seal what was set since it was read."""
        kept = model_instance.__dict__.get(self.attname, "")
        if kept and not isinstance(kept, Sealed):
            kept = Sealed(seal(kept, rings.now().sealer, self.cell(model_instance)), kept)
            model_instance.__dict__[self.attname] = kept
        return kept

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:  # noqa: ARG002
        """The envelope; clear text on its way to the database is an error of the caller."""
        if isinstance(value, Sealed):
            return value.envelope
        if value not in (None, ""):
            raise FieldError(f"{self.model.__name__}.{self.name} is sealed row by row: set it and save() the row")
        return ""

    def get_lookup(self, lookup_name: str) -> Any:
        """No search in envelopes: use the BlindIndexField beside it."""
        raise FieldError(f"{self.name} is sealed and cannot be searched ({lookup_name})")


class BlindIndexField(models.CharField):
    """A keyed digest of a sealed field of the same row, for finding it by its exact value."""

    def __init__(self, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(
            **{"max_length": 32, "blank": True, "default": "", "editable": False, "db_index": True, **kwargs}
        )

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """How a migration writes the field."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, [self.source, *args], kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001
        """Follow the sealed field; one that cannot be opened keeps its index."""
        sealed = cast(SealedTextField, self.model._meta.get_field(self.source))
        kept = model_instance.__dict__.get(sealed.attname, "")
        if not isinstance(kept, Sealed) or kept._clear is not None:
            setattr(model_instance, self.attname, self.digest(getattr(model_instance, self.source)))
        return cast(str, getattr(model_instance, self.attname))

    def digest(self, text: str) -> str:
        """What to filter by to find ``text``."""
        return rings.now().index(f"{self.model._meta.db_table}.{self.source}", normal(text))


class SealedRow(models.Model):
    """A model with a counted id and sealed fields: the id is drawn before the row is written."""

    class Meta:
        """No table of its own."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Draw the id when a sealed field holds something, then save."""
        if self.pk is None and any(self.__dict__.get(f.attname) for f in sealed_fields(type(self))):
            self.pk = _draw_id(type(self), kwargs.get("using"))
        super().save(*args, **kwargs)


def _draw_id(model: type[models.Model], using: str | None) -> int:
    table, column = model._meta.db_table, model._meta.pk.column  # type: ignore[union-attr]
    with connections[using or router.db_for_write(model)].cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", [f'"{table}"', column])
        return int(cursor.fetchone()[0])


def sealed_fields(model: type[models.Model]) -> tuple[SealedTextField, ...]:
    """The sealed fields of a model."""
    return tuple(f for f in model._meta.concrete_fields if isinstance(f, SealedTextField))


def normal(text: str) -> str:
    """The form in which a value is looked for: no spaces or dashes, small letters, no +86 in front of a phone."""
    bare = re.sub(r"[\s\-－—]+", "", text).casefold()
    return re.sub(r"^(\+|00)86(?=1\d{10}$)", "", bare)


def mask_name(name: str) -> str:
    """张三 as 张*; each word of a name in Latin letters by its first letter."""
    words = name.split()
    return " ".join(word[0] + "*" * (min(len(word), 4) - 1 or 1) for word in words)


def mask_phone(phone: str) -> str:
    """13812345678 as 138****5678; of a shorter number only the last two digits show."""
    digits = "".join(_DIGIT.findall(normal(phone)))
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return "****" + digits[-2:] if len(digits) >= 5 else "*" * len(phone)


def mask_email(address: str) -> str:
    """wang@example.org as w***@example.org."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else mask_name(address)
