"""Confidential text: sealed before it reaches the database, opened only where it is read.

A column holds ``v1|key name|nonce|ciphertext`` (AES-256-GCM, base64url).  What is sealed is bound to its
table, column and row: carried to any other place it does not open.  ``v1`` leaves room for a later form, for
example with a data key of its own for each relationship.  This protects dumps, backups, stolen disks and
reads by SQL injection; it does not protect from somebody who controls the server that holds the keys.
"""

import base64
import binascii
import copy
import json
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django import forms
from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError, ImproperlyConfigured, ValidationError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

VERSION = "v1"
NONCE_BYTES = 12
# Ciphers keep the length of what they hide.  Rounded up, "yes" does not look shorter than "no, because …".
PADDED_TO = 32
LEAST_SECRET = 32
KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Unreadable(Exception):
    """Sealed text that does not open here: another key, another place, or damage.  Says nothing of it."""


# Keys


class KeyRing:
    """The keys of this installation by name.  The first one seals, all of them open."""

    def __init__(self, entries: tuple[str, ...]) -> None:
        self._ciphers: dict[str, AESGCM] = {}
        for entry in entries:
            name, _, secret = entry.partition(":")
            if not KEY_NAME.fullmatch(name) or name in self._ciphers:
                raise ImproperlyConfigured("CONTENT_KEYS must be a list of name:secret, each name once.")
            if len(secret) < LEAST_SECRET:
                raise ImproperlyConfigured(
                    f"The content key {name} must have at least {LEAST_SECRET} characters."
                )
            hkdf = HKDF(
                algorithm=SHA256(), length=32, salt=None, info=f"confidential text {VERSION}".encode()
            )
            self._ciphers[name] = AESGCM(hkdf.derive(secret.encode()))
        if not self._ciphers:
            raise ImproperlyConfigured("CONTENT_KEYS is empty: confidential text needs a key.")

    def __repr__(self) -> str:
        return f"<KeyRing {', '.join(self.names)}>"

    @property
    def names(self) -> list[str]:
        return list(self._ciphers)

    @property
    def newest(self) -> str:
        return self.names[0]

    def seal(self, text: str, place: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[self.newest].encrypt(nonce, _pad(text), _bound(self.newest, place))
        return "|".join([VERSION, self.newest, _to_text(nonce), _to_text(sealed)])

    def open(self, sealed: str, place: str) -> str:
        try:
            version, name, nonce, ciphertext = sealed.split("|")
        except ValueError:
            raise Unreadable("What is stored is not sealed text.") from None
        if version != VERSION or name not in self._ciphers:
            raise Unreadable("What is stored was sealed with a key or in a form that is not known here.")
        try:
            return _unpad(
                self._ciphers[name].decrypt(_to_bytes(nonce), _to_bytes(ciphertext), _bound(name, place))
            )
        except (InvalidTag, ValueError):
            raise Unreadable("What is stored is damaged, or was sealed in another place.") from None


def key_ring() -> KeyRing:
    return _key_ring(tuple(settings.CONTENT_KEYS))


@lru_cache(maxsize=8)
def _key_ring(entries: tuple[str, ...]) -> KeyRing:
    return KeyRing(entries)


def key_name(sealed: str) -> str:
    """The name of the key that sealed this text, or nothing where it is not sealed text."""
    parts = sealed.split("|")
    return parts[1] if len(parts) == 4 and parts[0] == VERSION else ""


def place_of(table: str, column: str, identity: object) -> str:
    """One text for one place: JSON, so that no two places can be written alike."""
    return json.dumps([table, column, str(identity)])


def _bound(name: str, place: str) -> bytes:
    return f"{VERSION}|{name}|{place}".encode()


def _pad(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass") + b"\x80"
    return raw + bytes(-len(raw) % PADDED_TO)


def _unpad(raw: bytes) -> str:
    return raw.rstrip(b"\0")[:-1].decode("utf-8", "surrogatepass")


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _to_bytes(text: str) -> bytes:
    """The exact inverse of ``_to_text``: any other spelling of the same bytes is refused."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if _to_text(raw) != text:
        raise ValueError("not base64url in its one spelling")
    return raw


# What a model holds


@dataclass(frozen=True, repr=False, slots=True)
class Sealed:
    """Sealed text with its table and column, as ``values()`` gives and ``update()`` takes it.

    ``row["body"].open(row["public_id"])`` opens it; printed by accident it shows nothing."""

    text: str
    table: str
    column: str
    is_json: bool = False

    def __repr__(self) -> str:
        return "<sealed>"

    def open(self, identity: object) -> Any:
        plain = key_ring().open(self.text, place_of(self.table, self.column, identity))
        return json.loads(plain) if self.is_json else plain


class _Opened:
    """Plain content in an instance's dictionary, which debuggers and error reports print: not this."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<confidential>"

    def __deepcopy__(self, memo: dict) -> "_Opened":
        return _Opened(copy.deepcopy(self.value, memo))

    def __reduce__(self) -> NoReturn:
        raise TypeError("Confidential content is not pickled: it belongs in no cache, session or message.")


class _ConfidentialAttribute(DeferredAttribute):
    """Opens at the first reading, so that a list which shows no content opens none."""

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            # The row's identity comes with what it opens: one query instead of two.
            instance.refresh_from_db(fields=[self.field.bound_to, name])
        held = instance.__dict__[name]
        if isinstance(held, Sealed):
            held = instance.__dict__[name] = _Opened(held.open(self.field.identity_of(instance)))
        return held.value if isinstance(held, _Opened) else held

    def __set__(self, instance: models.Model, value: Any) -> None:
        as_it_is = value is None or isinstance(value, Sealed)
        instance.__dict__[self.field.attname] = value if as_it_is else _Opened(value)


class _ConfidentialField(models.Field):
    """``bound_to`` names the unique field of the same model, set before the insert, that stands for the row.

    A save seals anew with the newest key.  ``update()`` does not know the row: it takes what
    ``sealed(instance, body="…")`` gives and refuses plain text.  Table and column are part of the binding:
    a migration that renames either must open and seal the rows again."""

    descriptor_class = _ConfidentialAttribute
    is_json = False

    def __init__(self, *args: Any, bound_to: str = "", **kwargs: Any) -> None:
        self.bound_to = bound_to
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "bound_to": self.bound_to}

    def get_internal_type(self) -> str:
        return "TextField"

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_binding(), *self._check_plainness()]

    def _check_binding(self) -> list[checks.CheckMessage]:
        try:
            bound_to = self.model._meta.get_field(self.bound_to)
        except FieldDoesNotExist:
            return [
                checks.Error(
                    f"bound_to names no field of the model: {self.bound_to!r}.", obj=self, id="core.E001"
                )
            ]
        if (
            not bound_to.concrete
            or not bound_to.unique
            or bound_to.null
            or isinstance(bound_to, models.AutoField)
        ):
            message = (
                "bound_to must name a unique field that is never empty and known before the row is inserted."
            )
            return [checks.Error(message, obj=self, id="core.E002")]
        return []

    def _check_plainness(self) -> list[checks.CheckMessage]:
        if self.unique or self.db_index or self.has_db_default() or self.choices:
            message = "Sealed text has no index, no uniqueness, no choices and no default in the database."
            return [checks.Error(message, obj=self, id="core.E003")]
        return []

    def get_lookup(self, lookup_name: str) -> type[models.Lookup] | None:
        if lookup_name != "isnull":
            raise FieldError(
                f"{self.name} is confidential: it can be asked whether it is null, not searched."
            )
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> NoReturn:
        raise FieldError(f"{self.name} is confidential: {lookup_name} cannot look into it.")

    def identity_of(self, instance: models.Model) -> object:
        identity = getattr(instance, instance._meta.get_field(self.bound_to).attname)
        if identity is None or identity == "":
            raise ValueError(f"{self.bound_to} must be known before {self.name} can be sealed.")
        return identity

    def seal(self, value: Any, identity: object) -> Sealed:
        table, column = self.model._meta.db_table, self.column
        return Sealed(
            key_ring().seal(self.as_text(value), place_of(table, column, identity)),
            table,
            column,
            self.is_json,
        )

    def as_text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{self.name} takes text, not {type(value).__name__}.")
        return value

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        value = getattr(model_instance, self.attname)
        return None if value is None else self.seal(value, self.identity_of(model_instance))

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError(
                f"{self.name} is confidential: write it with save(), or update(**sealed(row, {self.name}=…))."
            )
        if (value.table, value.column) != (self.model._meta.db_table, self.column):
            raise TypeError(f"This was sealed for {value.table}.{value.column}, not for {self.name}.")
        return value.text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value, self.model._meta.db_table, self.column, self.is_json)

    def value_to_string(self, obj: models.Model) -> str | None:
        """Dumps of data hold what the database holds: the sealed text."""
        sealed = self.pre_save(obj, add=False)
        return sealed and sealed.text


class EncryptedTextField(_ConfidentialField, models.TextField):
    """Confidential text.  Reads and writes like a TextField, except that nothing can search it."""


class EncryptedJSONField(_ConfidentialField):
    """Confidential JSON.  ``None`` is NULL; a ``null`` inside a list or dictionary is sealed with it."""

    is_json = True
    empty_strings_allowed = False
    default_error_messages = {"invalid": models.JSONField.default_error_messages["invalid"]}

    def as_text(self, value: Any) -> str:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        try:
            self.as_text(value)
        except (TypeError, ValueError):
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from None

    def formfield(self, **kwargs: Any) -> forms.Field:
        return super().formfield(**{"form_class": forms.JSONField, **kwargs})


def sealed(instance: models.Model, **values: Any) -> dict[str, Sealed | None]:
    """Confidential values for ``update()`` of this one row: ``rows.update(**sealed(note, body="…"))``."""
    fields = {name: instance._meta.get_field(name) for name in values}
    return {
        name: None if value is None else fields[name].seal(value, fields[name].identity_of(instance))
        for name, value in values.items()
    }


@checks.register
def check_keys(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    try:
        key_ring()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="core.E004")]
    return []
