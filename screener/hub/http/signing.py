"""Signatures of webhooks, as Standard Webhooks has them: HMAC-SHA256 over id, timestamp and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from pathlib import Path
from typing import Final

from screener.errors import BadConfig

PREFIX: Final = "whsec_"
SHORTEST_BYTES: Final = 24


def read_secret(path: Path) -> bytes:
    """The key in a file of `whsec_` and base64. Raises `BadConfig`."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(
            f"{path}: cannot be read as the secret of a webhook ({type(error).__name__})"
        ) from error
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(PREFIX) or len(key) < SHORTEST_BYTES:
        raise BadConfig(
            f"{path}: expected {PREFIX} and {SHORTEST_BYTES} bytes or more in base64, got another text"
        )
    return key


def headers(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers by which the receiver knows that the body is ours, and new."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"v1,{signature}",
    }
