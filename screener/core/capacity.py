"""What a hub's investigators can open in an hour, and the risk threshold that follows from it.

The threshold is read from the risks of the parcels that came: a histogram in which what came earlier counts
ever less. What is held in any case (by a rule, or by the draw) is taken from the budget first, and what was
held beyond the budget or short of it is made up for, so the budget holds as a mean over the half-life.
All of it runs on log time: the same records give the same thresholds.
"""

from __future__ import annotations

from itertools import accumulate
from math import exp2, inf, log
from struct import Struct as Packed
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.wire import Decision, Why
from screener.core.policy import Capacity
from screener.core.risk import LARGEST_LOG_ODDS, log_odds

BINS: Final = 160
WIDTH: Final = 2.0 * LARGEST_LOG_ODDS / BINS
NOTHING: Final = 1000.0
"""A threshold in log-odds that no risk reaches: the budget is spent on what is held in any case."""

ENOUGH: Final = 100
"""So many parcels must have been seen before the stream sets the threshold."""

PAUSE: Final = 1 / 16
PAUSE_GAPS: Final = 10
"""A gap longer than this part of the half-life and so many usual gaps is a pause: the belt stood still."""

LARGEST_AGE: Final = 32.0
SHORTEST_H: Final = 1 / 60
MS_PER_H: Final = 3_600_000.0

_PACKED = Packed(f"<{BINS}f")
_ONE = Packed("<f")
_EMPTY = _PACKED.pack(*([0.0] * BINS))


class Stream(Struct, frozen=True, array_like=True):
    """What one partition has seen of one hub: parcels, those taken in any case, those held, and their risks.

    Weights grow instead of fading, by 2 to the `age` (half-lives), so that one parcel changes one count.
    `hours` the belt ran; a pause does not count. `risks` are the counts of the histogram over log-odds,
    float32, of those parcels that only their risk can hold.
    """

    half_life_h: float
    at_ms: int
    number: int = 0
    hours: float = 0.0
    age: float = 0.0
    parcels: float = 0.0
    taken: float = 0.0
    held: float = 0.0
    risks: bytes = _EMPTY

    def seen(
        self, log_odds: float | None, *, taken: bool, held: bool, at_ms: int, capacity: Capacity
    ) -> Stream:
        """This stream and one parcel more; `log_odds` is None where the risk could not hold it."""
        now = self._at(at_ms)._with_half_life(capacity.half_life_h)._young()
        weight = exp2(now.age)
        candidate = None if taken else log_odds
        return replace(
            now,
            number=now.number + 1,
            parcels=now.parcels + weight,
            taken=now.taken + weight * taken,
            held=now.held + weight * held,
            risks=now.risks if candidate is None else _added(now.risks, candidate, weight),
        )

    def threshold(self, capacity: Capacity, share: float, usual: float) -> float:
        """The least log-odds at which what is expected to be held in an hour fits into the budget.

        `share` is this partition's part of the hub's parcels; before enough was seen it is `usual`.
        """
        if self.number < ENOUGH:
            return usual
        budget = capacity.per_hour * share
        room = 2.0 * budget / self.per_hour(1.0) - self.held - self.taken
        return max(self._fitting(room), log_odds(capacity.least))

    def per_hour(self, weight: float) -> float:
        """What a sum of weights comes to in an hour of the running belt."""
        ran = max(self.hours, SHORTEST_H) / self.half_life_h
        worth_h = self.half_life_h / log(2.0) * (1.0 - exp2(-ran))
        return weight * exp2(-self.age) / worth_h

    def encode(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @staticmethod
    def decode(value: bytes) -> Stream:
        return _DECODER.decode(value)

    def _fitting(self, room: float) -> float:
        """The least log-odds above which the weights of the histogram come to at most `room`."""
        counts: tuple[float, ...] = _PACKED.unpack(self.risks)[::-1]
        if room <= 0.0 or counts[0] > room:
            return NOTHING
        for number, total in enumerate(accumulate(counts)):
            if total > room:
                part = 1.0 - (total - room) / counts[number]
                return LARGEST_LOG_ODDS - WIDTH * (number + part)
        return -LARGEST_LOG_ODDS

    def _at(self, at_ms: int) -> Stream:
        """This stream with the clock at `at_ms`; as it is where that is past."""
        gap_h = max(at_ms - self.at_ms, 0) / MS_PER_H
        ran_h = min(gap_h, self._longest_gap_h())
        age = self.age + ran_h / self.half_life_h
        return replace(self, at_ms=max(at_ms, self.at_ms), hours=self.hours + ran_h, age=age)

    def _longest_gap_h(self) -> float:
        if self.number < ENOUGH:
            return inf
        return max(PAUSE * self.half_life_h, PAUSE_GAPS / self.per_hour(self.parcels))

    def _with_half_life(self, half_life_h: float) -> Stream:
        """The same rates an hour under another half-life."""
        if half_life_h == self.half_life_h:
            return self
        other = replace(self, half_life_h=half_life_h)
        return other._times(self.per_hour(1.0) / other.per_hour(1.0))

    def _young(self) -> Stream:
        """The same with smaller weights, before they grow too large for their numbers."""
        return self if self.age < LARGEST_AGE else replace(self._times(exp2(-self.age)), age=0.0)

    def _times(self, factor: float) -> Stream:
        return replace(
            self,
            parcels=self.parcels * factor,
            taken=self.taken * factor,
            held=self.held * factor,
            risks=_PACKED.pack(*(one * factor for one in _PACKED.unpack(self.risks))),
        )


_DECODER = msgspec.msgpack.Decoder(Stream)


def counted(stream: Stream | None, decision: Decision, at_ms: int, capacity: Capacity) -> Stream:
    """The stream after a decision that is the first of its parcel."""
    selection = decision.selection
    rank = None if decision.risk is None else decision.risk.rank
    return (stream or Stream(capacity.half_life_h, at_ms)).seen(
        rank,
        taken=selection.draw < selection.rate or rank is None,
        held=selection.why is not Why.NONE,
        at_ms=at_ms,
        capacity=capacity,
    )


def _added(risks: bytes, log_odds: float, weight: float) -> bytes:
    number = int((log_odds + LARGEST_LOG_ODDS) / WIDTH)
    at = 4 * max(0, min(BINS - 1, number))
    (before,) = _ONE.unpack_from(risks, at)
    return risks[:at] + _ONE.pack(before + weight) + risks[at + 4 :]
