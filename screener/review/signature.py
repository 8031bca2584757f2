"""The key that signs the heads of the record: its private half in a file of its own, its public half beside.

Keep a copy of the public half (`FILE.pub`) where nobody who runs the workstation can write: who checks the
record with another key checks another record.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from screener.errors import BadConfig

_EXPOSED: Final = stat.S_IRWXO | stat.S_IWGRP
_ID_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half that checks; `id` is the beginning of its SHA-256."""

    id: str
    _key: Ed25519PublicKey = field(repr=False)

    @classmethod
    def of(cls, key: Ed25519PublicKey) -> PublicKey:
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return cls(hashlib.sha256(raw).hexdigest()[:_ID_DIGITS], key)

    @classmethod
    def read(cls, path: Path) -> PublicKey:
        """The key of a PEM file. Raises `BadConfig`."""
        try:
            key = serialization.load_pem_public_key(_bytes(path))
        except ValueError:
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise BadConfig(f"{path}: expected a public Ed25519 key (PEM)")
        return cls.of(key)

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is that of the private half on this text."""
        try:
            self._key.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    def write(self, path: Path) -> None:
        pem = self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        _write(path, pem, 0o644)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The half that signs; no text shows it."""

    public: PublicKey
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, key: Ed25519PrivateKey) -> SigningKey:
        return cls(PublicKey.of(key.public_key()), key)

    @classmethod
    def read_or_make(cls, path: Path) -> SigningKey:
        """The key of a PEM file, made with its public half where there is none yet. Raises `BadConfig`."""
        made = None if path.exists() else cls._made(path)
        key = made or cls._read(path)
        if not public_path(path).exists():
            key.public.write(public_path(path))
        return key

    @classmethod
    def _made(cls, path: Path) -> SigningKey | None:
        """A new key in its file; None where somebody else has made one meanwhile."""
        key = cls.of(Ed25519PrivateKey.generate())
        pem = key._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key if _write(path, pem, 0o600) else None

    @classmethod
    def _read(cls, path: Path) -> SigningKey:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _EXPOSED:
            wanted = f"expected a file that others cannot read, got mode {mode:04o}"
            raise BadConfig(f"{path}: {wanted}; `chmod 600 {path}`")
        try:
            key = serialization.load_pem_private_key(_bytes(path), password=None)
        except (ValueError, TypeError):  # TypeError: it has a password
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadConfig(f"{path}: expected an Ed25519 key (PEM, without a password)")
        return cls.of(key)

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text)


def public_path(path: Path) -> Path:
    """Where the public half of the key in `path` lies."""
    return path.with_name(path.name + ".pub")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read ({error.strerror})") from None


def _write(path: Path, content: bytes, mode: int) -> bool:
    """Whether the file is new: one that is there stays; nobody ever sees half of one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode), "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise BadConfig(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        fresh.unlink(missing_ok=True)
    return True
