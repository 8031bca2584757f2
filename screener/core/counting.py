"""Which views alarm, and the loads of which of them count in the sums of their people.

Both grow with what a view shows: raising a score or a load never takes a view out.
"""

from __future__ import annotations

from collections.abc import Iterable

from screener.contracts.wire import Seen
from screener.core.load import any_in
from screener.core.policy import Policy, Sums


def alarming(hub: str, judged: Iterable[Seen], policy: Policy) -> tuple[Seen, ...]:
    """The views whose alarm reaches the threshold of their scanner."""
    return tuple(
        [view for view in judged if view.alarm >= policy.threshold(hub, view.scanner, view.threshold)]
    )


def counting(alarming: Iterable[Seen], sums: Sums) -> tuple[Seen, ...]:
    """Of alarming views those that are likely to show any of what the model looks for.

    The probability alone would not do: it is worth what the model's calibration is worth on a scanner,
    while the threshold is set there.
    """
    return tuple([view for view in alarming if any_in(view) >= sums.counted_from])
