"""Brings the images of flagged parcels into the evidence store before the flag is published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from screener.contracts.reading import read_image_reference
from screener.contracts.wire import ImageAddress, ImageReference, StoredImage
from screener.errors import BadConfig, BadInput
from screener.evidence.store import EvidenceStore
from screener.stream.port import Log, Partition


@dataclass(frozen=True, slots=True)
class ImageKeeper:
    """Copies an image from the log, or from the hub's reference; write-once, so it may be done again."""

    log: Log
    store: EvidenceStore
    fetch: Callable[[ImageReference], bytes]

    def keep(self, image: ImageAddress) -> StoredImage:
        """Where the image is kept from now on, or why it is gone. Raises `Unavailable`: not stored."""
        try:
            content = self._content(image)
        except BadInput as error:
            return StoredImage(sha256=image.sha256, address=None, gone=error.reason)
        except BadConfig:  # the hub was removed, and its topic with it
            return StoredImage(sha256=image.sha256, address=None, gone="gone_with_its_topic")
        address = self.store.put(image.sha256, content, image.content_type)
        return StoredImage(sha256=image.sha256, address=address, gone=None)

    def _content(self, image: ImageAddress) -> bytes:
        place = image.log
        for record in self.log.read(Partition(place.topic, place.partition), place.offset, place.offset + 1):
            value = record.value or b""
            content = value if image.reference is None else self.fetch(read_image_reference(value))
            if hashlib.sha256(content).hexdigest() == image.sha256:
                return content
            raise BadInput(
                "image_mismatch", f"{place.topic}/{place.partition}/{place.offset}: other bytes now"
            )
        raise BadInput("gone_from_log", f"{place.topic}/{place.partition}/{place.offset}: retention took it")
