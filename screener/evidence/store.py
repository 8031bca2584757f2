"""The evidence store: images under their SHA-256, written once, in a folder or in S3.

A reader never sees half an image: local files are written aside and linked into place, S3 puts are whole.
`put` returns when the image is on the disk (or S3 has it), so that what is published may rest on it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError

from screener.errors import BadConfig
from screener.evidence import opening
from screener.evidence.errors import Damaged, NotStored
from screener.evidence.opening import outages

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ObjectStore


class EvidenceStore:
    """Images by SHA-256 on an object store; `folder` is its root where that is a local folder."""

    def __init__(self, store: ObjectStore, where: str, folder: Path | None = None) -> None:
        self._store = store
        self._where = where
        self._folder = folder

    @classmethod
    def open(cls, url: str) -> EvidenceStore:
        """The store at a folder, `file:///FOLDER` or `s3://BUCKET/PREFIX`. Raises `BadConfig`."""
        if url.startswith("s3://"):
            return cls(opening.open_bucket(url), url)
        folder = _folder_of(url)
        return cls(opening.open_folder(folder), str(folder), folder)

    def put(self, sha256: str, content: bytes, content_type: str) -> str:
        """Keep an image and return its address; the same image again is no error.

        Raises `ValueError` if the content has another SHA-256, `Unavailable` if it could not be kept.
        """
        if (got := hashlib.sha256(content).hexdigest()) != sha256:
            raise ValueError(f"evidence: expected content with SHA-256 {sha256}, got {got}")
        address = address_of(sha256)
        with outages(f"{self._where}: {address} cannot be written"):
            self._write(address, content, content_type)
            self._make_durable(address)
        return address

    def get(self, address: str) -> bytes:
        """The image at an address, or of a SHA-256, its hash checked.

        Raises `NotStored`, `Damaged`, `Unavailable`.
        """
        sha256 = address.rpartition("/")[2]
        content = self._read(address_of(sha256))
        if content is None:
            raise NotStored(f"{self._where}: expected an image of SHA-256 {sha256}, got nothing")
        if (got := hashlib.sha256(content).hexdigest()) != sha256:
            raise Damaged(f"{self._where}: expected an image of SHA-256 {sha256}, got {got}")
        return content

    def has(self, sha256: str) -> bool:
        """Whether an image of this SHA-256 is kept. Raises `Unavailable`."""
        try:
            with outages(f"{self._where}: {sha256} cannot be looked up"):
                obstore.head(self._store, address_of(sha256))
        except FileNotFoundError:
            return False
        return True

    def _write(self, address: str, content: bytes, content_type: str) -> None:
        # A local store knows no attributes. Multipart uploads would not be conditional, hence whole puts.
        attributes: Attributes | None = None if self._folder else {"Content-Type": content_type}
        try:
            obstore.put(
                self._store, address, content, mode="create", attributes=attributes, use_multipart=False
            )
        except AlreadyExistsError:
            # A disk that lost power may keep a torn file under the name; the name says what belongs there.
            if self._read(address) != content:
                obstore.put(self._store, address, content, attributes=attributes, use_multipart=False)

    def _read(self, address: str) -> bytes | None:
        try:
            with outages(f"{self._where}: {address} cannot be read"):
                return bytes(obstore.get(self._store, address).bytes())
        except FileNotFoundError:
            return None

    def _make_durable(self, address: str) -> None:
        """Obstore's local store leaves a new file in the page cache, and a new folder too."""
        if self._folder is None:
            return
        path = self._folder / address
        for place in (path, path.parent, path.parent.parent, self._folder):
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def address_of(sha256: str) -> str:
    """Where in a store an image lies; addresses do not change when a store moves."""
    return f"sha256/{sha256[:2]}/{sha256}"


def _folder_of(url: str) -> Path:
    if "://" not in url:
        return Path(url).absolute()
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        raise BadConfig(f"evidence.url: expected a folder, file:///FOLDER or s3://BUCKET/PREFIX, got `{url}`")
    return Path(unquote(parts.path))
