"""Groups: the scans of a set by what they hold, how it is hidden and which scanner made them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from screener.lab import measures
from screener.lab.evaluation.halves import halves
from screener.lab.evaluation.scoring import Scored
from screener.lab.measures import Flags, Indices, Numbers, Share

FAMILIES = {
    "carton": "cartons",
    "opened carton": "cartons",
    "pack": "packs",
    "stick": "sticks",
    "heated stick": "sticks",
    "tobacco": "loose tobacco",
    "leaf": "loose tobacco",
    "e-cigarette": "e-cigarettes",
    "refill bottle": "e-cigarettes",
}
"""Forms of loads in the order in which they are shown, and the few families that plots tell apart."""

_FORMS = {form: place for place, form in enumerate(FAMILIES)}
STICK_BINS = (1, 100, 200, 400, 600, 1000)
"""Where the bins of sticks begin: half a carton, one, two, three, five."""


@dataclass(frozen=True)
class Scans:
    """Some scored scans, with their figures as arrays."""

    each: tuple[Scored, ...]

    def __len__(self) -> int:
        return len(self.each)

    @cached_property
    def alarms(self) -> Numbers:
        """The alarm of each."""
        return np.array([one.alarm for one in self.each])

    @cached_property
    def held(self) -> Flags:
        """Whether each holds a load."""
        return np.array([not one.truth.clean for one in self.each])

    @cached_property
    def sticks(self) -> Numbers:
        """How many sticks each holds."""
        return np.array([one.truth.sticks for one in self.each], float)

    @cached_property
    def tobacco_g(self) -> Numbers:
        """How much loose tobacco each holds."""
        return np.array([one.truth.tobacco_g for one in self.each], float)

    @cached_property
    def sources(self) -> list[str]:
        """The source of each."""
        return [one.source for one in self.each]

    @cached_property
    def groups(self) -> Indices:
        """A number for the source of each."""
        return measures.grouped(self.sources)

    @property
    def source_count(self) -> int:
        """How many sources they come from."""
        return len(set(self.sources))

    def share(self, hits: Flags) -> Share:
        """The share of them that are hits."""
        return measures.share(hits, self.sources)

    def where(self, chosen: Callable[[Scored], bool]) -> Scans:
        """Those that are chosen."""
        return Scans(tuple(one for one in self.each if chosen(one)))

    @property
    def clean(self) -> Scans:
        """Those without a load."""
        return self.where(lambda one: one.truth.clean)

    @property
    def loaded(self) -> Scans:
        """Those with a load."""
        return self.where(lambda one: not one.truth.clean)

    @property
    def plain(self) -> Scans:
        """Those with a load that is not hidden."""
        return self.where(lambda one: not one.truth.clean and one.truth.concealment == "none")

    @property
    def hidden(self) -> Scans:
        """Those with a load that is hidden."""
        return self.where(lambda one: one.truth.concealment != "none")

    @property
    def scanners(self) -> list[str]:
        """Their scanners."""
        return sorted({one.truth.scanner for one in self.each})


def split(scans: Scans, label: Callable[[Scored], str]) -> dict[str, Scans]:
    """Scans by their label, in the order in which the labels first occur."""
    found: dict[str, list[Scored]] = {}
    for one in scans.each:
        found.setdefault(label(one), []).append(one)
    return {name: Scans(tuple(some)) for name, some in found.items()}


def by_load(scans: Scans) -> dict[str, Scans]:
    """Scans by load, in order of form and amount."""
    return split(Scans(tuple(sorted(scans.each, key=_amount))), lambda one: one.truth.load)


def _amount(one: Scored) -> tuple[int, float, str]:
    held = one.truth
    form = -1 if held.clean else _FORMS.get(held.form, len(_FORMS))
    return form, held.sticks + held.tobacco_g + held.e_cigarettes, held.load


def by_family(scans: Scans) -> dict[str, Scans]:
    """Scans by the family of their load's form, clean ones first."""
    some = Scans(tuple(sorted(scans.each, key=_amount)))
    return split(some, lambda one: FAMILIES.get(one.truth.form, one.truth.form))


def by_amount(scans: Scans) -> dict[str, Scans]:
    """Scans with cigarettes by how many sticks."""
    some = sorted((one for one in scans.each if one.truth.sticks), key=lambda one: one.truth.sticks)
    return split(Scans(tuple(some)), lambda one: _bin(one.truth.sticks))


def _bin(sticks: int) -> str:
    place = int(np.searchsorted(STICK_BINS, sticks, side="right"))
    if place == len(STICK_BINS):
        return f"{STICK_BINS[-1]:,} sticks and more"
    return f"{STICK_BINS[place - 1]} to {STICK_BINS[place] - 1} sticks"


def by_concealment(scans: Scans) -> dict[str, Scans]:
    """Scans by the way their load is hidden, those not hidden first."""
    some = sorted(scans.each, key=lambda one: (one.truth.concealment != "none", one.truth.concealment))
    return split(Scans(tuple(some)), lambda one: one.truth.concealment)


def by_scanner(scans: Scans) -> dict[str, Scans]:
    """Scans by scanner."""
    some = sorted(scans.each, key=lambda one: one.truth.scanner)
    return split(Scans(tuple(some)), lambda one: one.truth.scanner)


def grouped_all(scans: Scans) -> dict[str, dict[str, Scans]]:
    """Loaded scans by each of the four ways; all but that by concealment count plain loads alone."""
    open_loads = scans.plain if len(scans.plain) else scans.loaded
    ways = {
        "load": by_load(open_loads),
        "amount": by_amount(open_loads),
        "concealment": by_concealment(scans.loaded),
        "scanner": by_scanner(open_loads),
    }
    return {name: some for name, some in ways.items() if len(some) > (name in {"concealment", "scanner"})}


@dataclass(frozen=True)
class OwnThresholds:
    """A threshold for each scanner and half, set on the clean scans of the scanner's other half."""

    halves: Mapping[str, int]
    cuts: Mapping[tuple[str, int], float]

    def measured(self, scans: Scans) -> Scans:
        """The scans that there is a threshold for."""
        return scans.where(lambda one: self._place(one) in self.cuts)

    def hits(self, scans: Scans) -> Flags:
        """Whether each reaches its own threshold; all of them must be `measured`."""
        return np.array([one.alarm >= self.cuts[self._place(one)] for one in scans.each], bool)

    def _place(self, one: Scored) -> tuple[str, int]:
        return one.truth.scanner, self.halves[one.source]


def own_thresholds(scans: Scans, false_alarm_rate: float) -> OwnThresholds:
    """The thresholds that give each scanner this rate on one half of its clean sources, for the other."""
    parts = by_scanner(scans)
    sides = {name: side for some in parts.values() for name, side in halves(some.sources).items()}
    kept = {
        (scanner, side): clean.alarms
        for scanner, some in parts.items()
        for side in (0, 1)
        if len(clean := _other_half(some.clean, sides, side))
    }
    return OwnThresholds(sides, {at: measures.threshold(kept[at], false_alarm_rate) for at in kept})


def _other_half(clean: Scans, sides: Mapping[str, int], side: int) -> Scans:
    return clean.where(lambda one: sides[one.source] != side)
