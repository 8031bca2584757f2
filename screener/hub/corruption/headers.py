"""Headers replaced, dropped, added: what corruptions are made of."""

from __future__ import annotations

from dataclasses import replace

from screener.stream.port import Headers, Message

CONTENT_TYPE = "content-type"


def without(headers: Headers, name: str) -> Headers:
    return tuple(pair for pair in headers if pair[0] != name)


def with_header(message: Message, name: str, value: bytes) -> Message:
    """The message with this header, in place of one of that name."""
    return replace(message, headers=(*without(message.headers, name), (name, value)))


def with_value(message: Message, value: bytes | None) -> Message:
    return replace(message, value=value)
