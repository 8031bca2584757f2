"""A model file and its card: together they are verified before anything of the model runs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from screener.contracts.wire import Probability, Sha256
from screener.errors import BadConfig

MEND = "export it again with `screener lab export`, or restore model and card from the same release"


class Card(Struct, frozen=True, kw_only=True):
    """What serving reads of a model's card; the rest of it is for people."""

    model: Annotated[str, Meta(min_length=1, max_length=64)]
    sha256: Sha256
    threshold: Probability
    pitch_mm: Annotated[float, Meta(gt=0)]


def card_path(model: Path) -> Path:
    """Where the card of a model lies."""
    return model.with_suffix(".json")


def read_verified(model: Path) -> tuple[bytes, Card]:
    """The model's bytes and its card. Raises `BadConfig` where one is missing or they do not fit."""
    card = _card(card_path(model))
    data = _bytes(model, "model")
    found = hashlib.sha256(data).hexdigest()
    if found != card.sha256:
        raise BadConfig(f"{model}: expected SHA-256 {card.sha256} by its card, got {found}; {MEND}")
    return data, card


def _card(path: Path) -> Card:
    try:
        return msgspec.json.decode(_bytes(path, "card of the model"), type=Card)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: {error}; {MEND}") from error


def _bytes(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadConfig(f"{path}: the {what} cannot be read ({error.strerror}); {MEND}") from error
