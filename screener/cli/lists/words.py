"""Entries in words: what each says, and as much of whom it names as may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screener.contracts.wire import Licence, Sender, Tip

if TYPE_CHECKING:
    from screener.core.entries import Entry
    from screener.sealing.ring import KeyRing

_HASH_DIGITS = 8


def says(entry: Entry) -> str:
    """What an entry says of whom it names."""
    match entry:
        case Tip():
            return entry.source if entry.reference is None else f"{entry.source}, {entry.reference}"
        case Sender():
            return f"grade {entry.grade}, {entry.business}"
        case Licence():
            return licensed(entry.sticks, entry.tobacco_g, e_cigarettes=entry.e_cigarettes)


def licensed(sticks: float | None, tobacco_g: float | None, *, e_cigarettes: bool) -> str:
    """What a licence covers in one parcel."""
    parts = [
        "any cigarettes" if sticks is None else f"{sticks:,.0f} cigarettes",
        "any loose tobacco" if tobacco_g is None else f"{tobacco_g:,.0f} g of loose tobacco",
        *(["e-cigarettes"] if e_cigarettes else []),
    ]
    return ", ".join(parts)


def names(entry: Entry, ring: KeyRing | None, *, reveal: bool) -> str:
    """Whom an entry names: whole, masked, or without a key that opens it the beginning of the hash."""
    from screener.core.entries import id_of, topic_of
    from screener.sealing.errors import Tampered, Unreadable
    from screener.sealing.targets import masked, target_aad, unseal_target

    target = entry.target
    if target.pattern is not None:
        return target.pattern
    hashed = f"hash {(target.link or '')[:_HASH_DIGITS]}"
    if ring is None or target.sealed is None:
        return hashed
    try:
        text = unseal_target(target, ring, target_aad(topic_of(entry), id_of(entry)))
    except (Unreadable, Tampered):
        return f"{hashed} (sealed with {target.sealed.key_id})"
    return text if reveal else masked(target.kind, text)
