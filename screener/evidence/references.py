"""Images that hubs leave in a shared folder or bucket: read only where the settings allow it."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

import obstore
from obstore.exceptions import BaseError

from screener.config import ImageLimits
from screener.contracts.quoting import shown
from screener.contracts.wire import ImageReference
from screener.errors import BadInput, Unavailable
from screener.evidence import opening
from screener.evidence.opening import denial, outages

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_OUTAGES: Final = frozenset(
    {errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ETIMEDOUT}
)
"""Errors of the machine or the share; any other one is about this file, and so about its message."""

_LONGEST_KEY_BYTES: Final = 1024
"""S3's own limit."""


class References:
    """Reads what references name, under the roots and buckets of the settings and nowhere else."""

    def __init__(
        self, limits: ImageLimits, open_bucket: Callable[[str], ObjectStore] = opening.open_bucket
    ) -> None:
        self._max_bytes = limits.max_bytes
        self._roots = tuple(Path(root).resolve() for root in limits.file_roots)
        self._allowed = frozenset(limits.s3_buckets)
        self._open_bucket = open_bucket
        self._buckets: dict[str, ObjectStore] = {}

    def fetch(self, reference: ImageReference) -> bytes:
        """The image, its length and SHA-256 checked; never more than the promised bytes are read.

        Raises `BadInput` (reference_refused, reference_gone, reference_mismatch, reference_too_large), and
        `Unavailable` if the share or the bucket does not answer.
        """
        if reference.bytes > self._max_bytes:
            detail = f"expected at most {self._max_bytes} bytes, got {reference.bytes}"
            raise BadInput("reference_too_large", f"$.bytes: {detail}")
        is_file = reference.address.startswith("file://")
        content = self._from_file(reference) if is_file else self._from_bucket(reference)
        if (got := hashlib.sha256(content).hexdigest()) != reference.sha256:
            raise BadInput("reference_mismatch", f"$.sha256: expected {got} as at the address, got another")
        return content

    def _from_file(self, reference: ImageReference) -> bytes:
        path = self._allowed_path(reference.address)
        try:
            handle = self._open(path)
        except OSError as error:
            if error.errno in _OUTAGES:
                raise Unavailable(f"{reference.address}: {error.strerror}") from None
            raise _gone(reference, error.strerror or "it cannot be opened") from None
        with os.fdopen(handle, "rb") as file, outages(reference.address):
            _expect_length(reference, os.fstat(handle).st_size)
            content = file.read(reference.bytes + 1)
        _expect_length(reference, len(content))
        return content

    def _allowed_path(self, address: str) -> Path:
        """The real path, links followed. Raises `BadInput` unless it lies under a configured root."""
        parts = _split(address)
        try:
            text = unquote_to_bytes(parts.path).decode()
        except UnicodeDecodeError:
            raise _refused(address, "a path in UTF-8") from None
        plain = parts.netloc in {"", "localhost"} and not parts.query and not parts.fragment
        if not plain or not text.startswith("/") or "\0" in text or ".." in text.split("/"):
            raise _refused(address, "file:///PATH without `..`")
        try:
            path = Path(text).resolve()
        except (OSError, RuntimeError):  # a loop of links
            raise _refused(address, "a path without loops") from None
        if not any(path.is_relative_to(root) for root in self._roots):
            raise _refused(address, "a path under score.images.file_roots")
        return path

    def _open(self, path: Path) -> int:
        """Open a path that was resolved, following no link that came into being since."""
        handle = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
        for place, name in enumerate(path.parts[1:], start=2):
            kind = os.O_NONBLOCK if place == len(path.parts) else os.O_DIRECTORY
            try:
                below = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=handle)
            finally:
                os.close(handle)
            handle = below
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "it is no file")
        return handle

    def _from_bucket(self, reference: ImageReference) -> bytes:
        parts = _split(reference.address)
        if parts.netloc not in self._allowed:
            raise _refused(reference.address, "a bucket of score.images.s3_buckets")
        key = reference.address.removeprefix(f"s3://{parts.netloc}/")
        if len(key.encode()) > _LONGEST_KEY_BYTES:
            raise _refused(reference.address, f"a key of at most {_LONGEST_KEY_BYTES} bytes")
        try:
            with outages(reference.address):
                content = self._object(reference, self._bucket(parts.netloc), key)
        except ValueError:  # obstore refuses `..` and empty parts
            raise _refused(reference.address, "s3://BUCKET/KEY without `..`") from None
        except FileNotFoundError:
            raise _gone(reference, "no such object") from None
        return content

    def _object(self, reference: ImageReference, bucket: ObjectStore, key: str) -> bytes:
        try:
            found = obstore.get(bucket, key)
            _expect_length(reference, found.meta["size"])
            content = bytes(found.bytes())
        except BaseError as error:  # 403 is also S3's "no such object" to those who may not list
            if (status := denial(error)) is None:
                raise
            raise _gone(reference, f"the bucket answers {status}") from None
        _expect_length(reference, len(content))
        return content

    def _bucket(self, name: str) -> ObjectStore:
        if name not in self._buckets:
            self._buckets[name] = self._open_bucket(f"s3://{name}")
        return self._buckets[name]


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # brackets that hold no IPv6 address
        raise _refused(address, "file:///PATH or s3://BUCKET/KEY") from None


def _refused(address: str, wanted: str) -> BadInput:
    return BadInput("reference_refused", f"$.address: expected {wanted}, got {shown(address)}")


def _gone(reference: ImageReference, why: str) -> BadInput:
    return BadInput("reference_gone", f"$.address: expected an image at {shown(reference.address)}: {why}")


def _expect_length(reference: ImageReference, got: int) -> None:
    if got != reference.bytes:
        raise BadInput(
            "reference_mismatch", f"$.bytes: expected {got} as at the address, got {reference.bytes}"
        )
