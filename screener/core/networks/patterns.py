"""Who stands out: a transit base (many in, many out, few names), a fan (one sender, many small parcels)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from screener.contracts.wire import Linked, Pattern
from screener.core.networks.note import named
from screener.core.networks.standing import Standing
from screener.core.policy import Networks

MOST = 3
"""So many of each are pointed out, the largest."""

FEW_NAMES = 3
"""A place where more persons than this send or receive is a pick-up point, not a base."""

_PLACE_FIRST = (Linked.ADDRESS, Linked.PHONE, Linked.PERSON)
_PERSON_FIRST = (Linked.PERSON, Linked.PHONE, Linked.ADDRESS)


def patterns(everybody: Iterable[Standing], settings: Networks, small_sticks: float) -> tuple[Pattern, ...]:
    """Transit bases, then fans. A parcel is small up to `small_sticks`, what one parcel may hold."""
    everybody = list(everybody)
    bases = [one for one in everybody if is_base(one, settings)]
    fans = [one for one in everybody if is_fan(one, settings, small_sticks)]
    return (
        *map(_base, _largest(bases, lambda one: min(one.sent, one.received), _PLACE_FIRST)),
        *map(_fan, _largest(fans, lambda one: one.sent, _PERSON_FIRST)),
    )


def is_base(one: Standing, settings: Networks) -> bool:
    """Many in and many out, from and to several, under few names."""
    return (
        min(one.sent, one.received) >= settings.base_parcels
        and min(len(one.senders), len(one.receivers)) >= 2
        and one.names <= FEW_NAMES
    )


def is_fan(one: Standing, settings: Networks, small_sticks: float) -> bool:
    """Sends much more than it receives, to many, each parcel with something in it but within the limit."""
    return (
        one.sent >= settings.fan_parcels
        and one.received * 10 <= one.sent
        and len(one.receivers) * 2 >= settings.fan_parcels
        and one.sticks_sent + one.tobacco_g_sent > 0.0
        and one.sticks_sent <= small_sticks * one.sent
    )


def _largest(
    found: list[Standing], size: Callable[[Standing], int], kinds: tuple[Linked, ...]
) -> list[Standing]:
    """The largest, of those that always are at one end together only the first by kind."""

    def order(one: Standing) -> tuple[int, int, str]:
        return -size(one), kinds.index(named(one.node)[0]), one.node

    chosen: list[Standing] = []
    for one in sorted(found, key=order):
        if len(chosen) < MOST and not any(one.node in other.mates for other in chosen):
            chosen.append(one)
    return chosen


def _base(one: Standing) -> Pattern:
    figures: dict[str, float | int] = {
        "received": one.received,
        "sent": one.sent,
        "senders": len(one.senders),
        "receivers": len(one.receivers),
        "names": one.names,
        "sticks_received": one.sticks_received,
        "sticks_sent": one.sticks_sent,
    }
    kind, link = named(one.node)
    text = (
        f"one {kind}: {one.received} parcels in from {len(one.senders)}, {one.sent} out to "
        f"{len(one.receivers)}, under {one.names} name{'' if one.names == 1 else 's'}"
    )
    return Pattern(code="transit_base", kind=kind, link=link, figures=figures, text=text)


def _fan(one: Standing) -> Pattern:
    each = one.sticks_sent / one.sent
    figures: dict[str, float | int] = {
        "sent": one.sent,
        "received": one.received,
        "receivers": len(one.receivers),
        "sticks_per_parcel": each,
        "sticks_sent": one.sticks_sent,
    }
    kind, link = named(one.node)
    text = f"one {kind}: {one.sent} parcels to {len(one.receivers)} receivers, {each:,.0f} sticks each"
    return Pattern(code="fan", kind=kind, link=link, figures=figures, text=text)
