"""The groups of ties by their definition, computed anew: what the graph must always equal."""

from __future__ import annotations

from collections.abc import Iterable

from screener.core.networks.note import TieNote
from screener.core.policy import Networks


def wide(ties: Iterable[TieNote], settings: Networks) -> set[str]:
    """Who has more partners than `hub_from`."""
    partners: dict[str, set[str]] = {}
    for tie in ties:
        for node in tie.nodes:
            partners.setdefault(node, set()).update(tie.partners(node))
    return {node for node, found in partners.items() if len(found) > settings.hub_from}


def groups(ties: list[TieNote], settings: Networks) -> set[frozenset[str]]:
    """The sets of ties that hang together, and the ties of each wide node."""
    apart = wide(ties, settings)
    left = [one for one in ties if set(one.nodes) - apart]
    found = {frozenset(one.key for one in ties if node in one.nodes) for node in apart}
    while left:
        group, met = [left[0]], set(left[0].nodes) - apart
        while more := [one for one in left if one not in group and (set(one.nodes) - apart) & met]:
            group += more
            met |= {node for one in more for node in one.nodes} - apart
        left = [one for one in left if one not in group]
        found.add(frozenset(one.key for one in group))
    return found
