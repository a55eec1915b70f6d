"""Personal data at rest: encrypted text, its keyed index, and the declaration every model makes.

The envelope is `key id length | key id | nonce | ciphertext and tag`; `app.model.field` is bound to
it as associated data, so a value moved to another column does not decrypt. Reading a row yields a
`Sealed`: it prints masked, and gives the clear text only to code that asks for it by name.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from core import masking

NONCE = 12  # bytes
# The use of a keyed index that is common to every table which names natural persons: by
# `kind:number` of the certificate one person is the same in all of them.
PERSON = "members.person.certificate_number"


class Undecryptable(Exception):  # noqa: N818
    """The envelope was altered, moved to another column, or its key is not configured."""


class _SM4GCM:
    """SM4-GCM with the two calls of AESGCM, for installations bound to domestic algorithms."""

    def __init__(self, key: bytes) -> None:
        self._key = key[:16]

    def encrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        cipher = Cipher(algorithms.SM4(self._key), modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(bound)
        return cipher.update(data) + cipher.finalize() + cipher.tag

    def decrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        cipher = Cipher(algorithms.SM4(self._key), modes.GCM(nonce, data[-16:])).decryptor()
        cipher.authenticate_additional_data(bound)
        return cipher.update(data[:-16]) + cipher.finalize()


@lru_cache
def _cipher(name: str, key: bytes) -> AESGCM | _SM4GCM:
    return _SM4GCM(key) if name == "SM4" else AESGCM(key)


def encrypt(text: str, *, bound_to: str) -> bytes:
    """The envelope of `text` under the current key, bound to `app.model.field`."""
    return encrypt_many([text], bound_to=bound_to)[0]


def encrypt_many(texts: Sequence[str], *, bound_to: str) -> list[bytes]:
    """The envelopes of many texts; the nonces, one for each, are drawn in one call."""
    key_id, key = next(iter(settings.DATA_KEYS.items()))
    head, bound = bytes([len(key_id)]) + key_id.encode(), bound_to.encode()
    seal = _cipher(settings.DATA_CIPHER, key).encrypt
    drawn = os.urandom(NONCE * len(texts))
    nonces = [drawn[place : place + NONCE] for place in range(0, len(drawn), NONCE)]
    return [
        head + nonce + seal(nonce, text.encode(), bound)
        for nonce, text in zip(nonces, texts, strict=True)
    ]


def decrypt(envelope: bytes, *, bound_to: str) -> str:
    """The clear text, or `Undecryptable`."""
    start = 1 + envelope[0]
    key = settings.DATA_KEYS.get(envelope[1:start].decode(errors="replace"))
    if key is None:
        raise Undecryptable(f"{bound_to}: the key of this value is not among DATA_KEYS")
    nonce, sealed = envelope[start : start + NONCE], envelope[start + NONCE :]
    try:
        cipher = _cipher(settings.DATA_CIPHER, key)
        return cipher.decrypt(nonce, sealed, bound_to.encode()).decode()
    except InvalidTag as error:
        raise Undecryptable(f"{bound_to}: the value was altered or moved") from error


def keyed_hash(prefix: bytes) -> Callable[[str], bytes]:
    """What makes HMAC-SHA-256 of a prefix and a text under the index key (RFC 2104).

    The two inner states, which are the same for every text, are computed once: `hmac.new` takes
    three times as long.
    """
    key = settings.INDEX_KEY
    key = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in key) + prefix)
    outer = sha256(bytes(byte ^ 0x5C for byte in key))

    def hashed(text: str) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(text.encode())
        second.update(first.digest())
        return second.digest()

    return hashed


@lru_cache
def _index_of(name: str) -> Callable[[str], bytes]:
    return keyed_hash(name.encode() + b"\0")


def blind_index(name: str, text: str) -> bytes:
    """Keyed hash of a normalised value for equality and uniqueness; `name` separates the uses."""
    return _index_of(name)(text)


class Sealed:
    """An encrypted value as it was read. `str()` is its mask; `clear()` decrypts.

    `clear()` is for code that must compute with the value (imports, exports, payments); a person
    sees it only through `core.services.records.reveal`, which asks for a reason and is audited.
    """

    __slots__ = ("_bound_to", "_envelope", "_mask", "_text")

    def __init__(
        self,
        bound_to: str,
        mask: Callable[[str], str],
        envelope: bytes | None = None,
        text: str | None = None,
    ) -> None:
        self._bound_to, self._mask = bound_to, mask
        self._envelope, self._text = envelope, text

    def clear(self) -> str:
        if self._text is None:
            self._text = decrypt(self._envelope or b"\0", bound_to=self._bound_to)
        return self._text

    @property
    def envelope(self) -> bytes:
        if self._envelope is None:
            self._envelope = encrypt(self._text or "", bound_to=self._bound_to)
        return self._envelope

    @staticmethod
    def close(bound_to: str, values: Iterable["Sealed"]) -> None:
        """Encrypt together those of one column's values that are not encrypted yet."""
        open_ones = [
            value for value in values if value._envelope is None and value._bound_to == bound_to
        ]
        texts = [value._text or "" for value in open_ones]
        for value, envelope in zip(open_ones, encrypt_many(texts, bound_to=bound_to), strict=True):
            value._envelope = envelope

    def __str__(self) -> str:
        return self._mask(self.clear())

    def __repr__(self) -> str:
        return f"<sealed {self._bound_to}>"

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sealed):
            return self.clear() == other.clear()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.clear())


class _SealedAttribute:
    """What `instance.field` is: text that is assigned becomes `Sealed` at once."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])  # a deferred column
        return instance.__dict__[name]

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class EncryptedTextField(models.BinaryField):
    """Text that is encrypted in the database. Empty text is stored as NULL.

    `mask` is the function of `core.masking` that shows it.
    """

    empty_values = (None, "")

    def __init__(self, *args: Any, mask: Callable[[str], str] = masking.text, **kwargs: Any):
        kwargs.setdefault("editable", True)
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)
        self.mask = mask

    @cached_property
    def bound_to(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def contribute_to_class(self, cls: type[models.Model], name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, name, _SealedAttribute(self))

    def to_python(self, value: Any) -> Sealed | None:
        if isinstance(value, Sealed):
            return value
        if not value:  # also the empty bytes of a row that has no value yet
            return None
        if isinstance(value, str):
            return Sealed(self.bound_to, self.mask, text=value)
        return Sealed(self.bound_to, self.mask, envelope=bytes(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return self.to_python(value)

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """What an encrypted text may say is for the model's `clean`: the field sees no text."""
        return value if isinstance(value, Sealed) else super().clean(value, model_instance)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = self.to_python(value)
        return super().get_db_prep_value(sealed and sealed.envelope, connection, prepared)

    def envelopes(self, values: Sequence[Any]) -> list[bytes | None]:
        """What is stored of many values, each of them what `to_python` takes."""
        sealed = [self.to_python(value) for value in values]
        Sealed.close(self.bound_to, [one for one in sealed if one is not None])
        return [one and one.envelope for one in sealed]

    def get_lookup(self, lookup_name: str) -> Any:
        """Only IS NULL: equality is asked of the blind index."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def value_from_object(self, obj: models.Model) -> Any:
        """Forms show the mask, never the value."""
        return str(getattr(obj, self.attname) or "")

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """A mask that comes back untouched leaves the value alone."""
        if data != self.value_from_object(instance):
            super().save_form_data(instance, data)

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return forms.CharField(
            required=not self.blank, label=kwargs.get("label", self.verbose_name), max_length=200
        )


class BlindIndexField(models.BinaryField):
    """Keyed hash of another field of the row, for equality and uniqueness.

    `of` names the encrypted field; `normalise`, when the model has a method of the name
    `<of>_key`, gives the text that is hashed. Columns of the same `use` can be compared with one
    another (`PERSON`); without one a column stands for itself.
    """

    def __init__(self, *args: Any, of: str = "", use: str = "", **kwargs: Any) -> None:
        kwargs.update(null=True, blank=True, editable=False)
        super().__init__(*args, **kwargs)
        self.of, self.use = of, use

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["of"] = self.of
        if self.use:
            kwargs["use"] = self.use
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        """Bytes on either engine: PostgreSQL's driver gives a view, which equals no bytes."""
        return None if value is None else bytes(value)

    def index(self, text: str | None) -> bytes | None:
        """The stored form of a normalised value."""
        return blind_index(self._use, text) if text else None

    @cached_property
    def _use(self) -> str:
        return self.use or f"{self.model._meta.label_lower}.{self.of}"

    def pre_save(self, instance: models.Model, add: bool) -> bytes | None:
        if key := getattr(type(instance), f"{self.of}_key", None):
            text = key(instance)
        else:
            sealed = getattr(instance, self.of)
            text = sealed and sealed.clear()
        value = self.index(text)
        setattr(instance, self.attname, value)
        return value


@dataclass(frozen=True)
class Privacy:
    """What a model says about the personal data in it; a system check fails without it.

    `masked` maps a clear field to the mask that logs and lists show. `purpose` and `retention` are
    Chinese sentences for the register of processing (个人信息保护法, Art. 17, 19).
    """

    purpose: str
    retention: str
    masked: dict[str, Callable[[str], str]] = field(default_factory=dict)

    def show(self, name: str, value: Any) -> Any:
        """The value of the named field as it may stand in a log."""
        if isinstance(value, Sealed):
            return str(value)
        if isinstance(value, bytes | memoryview):
            return None
        if value and name in self.masked:
            return self.masked[name](str(value))
        return value


NO_PERSONAL_DATA = Privacy(purpose="不含个人信息", retention="长期")
