"""The AsyncAPI 3.0 document of all channels."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from screener.contracts import schemas
from screener.contracts.catalogue import CHANNELS, KINDS, Channel, Kind
from screener.contracts.schemas import Schema

_BINDING: Final = "0.5.0"
_HUB: Final = {"description": "The courier hub; it may write its own topics and read its own verdicts alone."}


def document() -> Schema:
    """The whole document; channels and operations as seen by Screener."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Screener",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers.",
            "license": {"name": "Apache-2.0"},
        },
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {name: body for channel in CHANNELS for name, body in _operations(channel).items()},
        "components": {"messages": {kind.name: _message(kind) for kind in KINDS}, "schemas": _schemas()},
    }


def _channel(channel: Channel) -> Schema:
    return {
        "address": channel.address,
        "description": channel.text,
        **({"parameters": {"hub": _HUB}} if channel.by_hub else {}),
        "messages": {kind.name: _ref(f"components/messages/{kind.name}") for kind in channel.kinds},
        "bindings": {"kafka": {"bindingVersion": _BINDING}},
    }


def _operations(channel: Channel) -> Schema:
    """What Screener does there: receives what hubs write, sends the rest."""
    action = "receive" if channel.writer == "the hub" else "send"
    body = {
        "action": action,
        "channel": _ref(f"channels/{channel.name}"),
        "summary": f"Written by {channel.writer}, read by {channel.readers}.",
        "messages": [_ref(f"channels/{channel.name}/messages/{kind.name}") for kind in channel.kinds],
    }
    return {action + channel.name.title(): body}


def _message(kind: Kind) -> Schema:
    message: Schema = {
        "name": kind.event_type,
        "title": kind.title,
        "summary": f"Value: {kind.value}.",
        "contentType": kind.content_types[0],
        "headers": kind.headers(),
        "payload": _payload(kind),
        "bindings": {
            "kafka": {"key": {"type": "string", "description": kind.key}, "bindingVersion": _BINDING}
        },
    }
    if kind.body is not None:
        headers = {name: value.decode() for name, value in kind.example.headers}
        message["examples"] = [{"headers": headers, "payload": msgspec.json.decode(kind.example.value)}]
    return message


def _payload(kind: Kind) -> Schema:
    if kind.body is None:
        return {"type": "string", "format": "binary", "description": kind.value}
    (reference,), _ = schemas.components([kind.body], "#/components/schemas/{name}")
    return reference


def _schemas() -> dict[str, Any]:
    bodies = [kind.body for kind in KINDS if kind.body is not None]
    return schemas.components(bodies, "#/components/schemas/{name}")[1]


def _ref(path: str) -> Schema:
    return {"$ref": f"#/{path}"}
