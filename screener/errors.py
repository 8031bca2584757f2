"""Errors, named by what we do about them.

=================  =====================================================================
`BadInput`         foreign bytes break their contract: one dead letter, the partition moves on
`Fenced`           somebody else owns our partitions now: drop the work, join again
`Unavailable`      a service does not answer: nothing is committed; wait, or end and be restarted
`Halt`             too much of everything is bad: the fault is ours; end, and let a human look
`BadConfig`        our own settings or files are wrong: end with one line that says which
=================  =====================================================================

Any other exception is a fault of ours. It stops the worker and never fills the dead letters.
"""

from __future__ import annotations


class ScreenerError(Exception):
    """What all errors of this package have in common: one line that says what, where, expected, got."""


class BadInput(ScreenerError):
    """Foreign input that breaks its contract; `reason` is the code that dead letters are counted by."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Fenced(ScreenerError):
    """The work was done under an assignment that is no longer ours, so none of it was committed."""


class Unavailable(ScreenerError):
    """A service did not do its part in time; nothing was committed, and trying again later may work."""


class BadConfig(ScreenerError):
    """Settings, keys, a policy or a model file are wrong; the text says where, expected, got, what to do."""


class Halt(ScreenerError):
    """Going on would do harm, for example dead-letter everything; nothing more was committed."""
