"""Images too large for a message: put into a shared place, and sent as a reference."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from screener.contracts.wire import ImageReference
from screener.errors import BadInput
from screener.evidence.store import EvidenceStore
from screener.hub.folder.settings import Large
from screener.stream.port import MAX_MESSAGE_BYTES

HEADERS_BYTES = 64 * 1024
"""Room for key, headers and the log's own, within the cap of a message."""

MOST_INLINE_BYTES = MAX_MESSAGE_BYTES - HEADERS_BYTES


@dataclass(frozen=True, slots=True)
class Shelter:
    """Where large images are kept; `store` is None where no place is set."""

    store: EvidenceStore | None
    prefix: str
    inline_bytes: int

    @classmethod
    def open(cls, settings: Large) -> Shelter:
        """The place that the settings name. Raises `BadConfig`."""
        if settings.to is None:
            return cls(None, "", MOST_INLINE_BYTES)
        inline_bytes = min(settings.inline_bytes, MOST_INLINE_BYTES)
        prefix = settings.seen_as or _address(settings.to)
        return cls(EvidenceStore.open(settings.to), prefix.rstrip("/"), inline_bytes)

    def sheltered(self, content: bytes, content_type: str) -> bytes | ImageReference:
        """The image itself where it fits into a message, else a reference to it, durable when it returns.

        Raises `BadInput` (too_large) where no place is set, `Unavailable` where it does not answer.
        """
        if len(content) <= self.inline_bytes:
            return content
        if self.store is None:
            raise BadInput(
                "too_large",
                f"expected an image of at most {MOST_INLINE_BYTES} bytes, got {len(content)}: "
                'set [large] to = "file:///FOLDER" or "s3://BUCKET/PREFIX", a place that Screener reads, too',
            )
        sha256 = hashlib.sha256(content).hexdigest()
        address = self.store.put(sha256, content, content_type)
        return ImageReference(
            address=f"{self.prefix}/{address}", sha256=sha256, bytes=len(content), content_type=content_type
        )


def _address(to: str) -> str:
    return to if "://" in to else Path(to).absolute().as_uri()
