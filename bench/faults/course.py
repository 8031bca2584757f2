"""The course of a run: one fault after another, evenly over the traffic, until all of it is decided."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from bench import whole
from bench.faults import faults as faults_
from bench.faults.feeding import Feeder
from bench.faults.reading import Watcher, wait_for

RECOVERY_S = 300.0
"""Nothing decided for so long after a fault was mended is a violation."""

MIXED = 4
"""One in so many faults comes together with another."""

Told = Callable[[str], object]


class Course(msgspec.Struct):
    """What has befallen so far: faults by name with the seconds until decisions came again."""

    had: list[tuple[str, float]] = []
    stuck: list[str] = []
    ends: dict[int, int] = {}
    """How processes ended, in parts of the run that are over."""
    took_s: float = 0.0

    @property
    def kinds(self) -> Counter[str]:
        """How often each fault came, alone or with another."""
        return Counter(one for name, _ in self.had for one in name.split(" + "))

    @staticmethod
    def read(kept: Path) -> Course:
        """What befell in earlier parts of a run."""
        return msgspec.json.decode(kept.read_bytes(), type=Course) if kept.exists() else Course()


@dataclass(frozen=True, slots=True)
class Play:
    """A run under way: how many parcels and faults it has, what may break, who feeds and who watches.

    `kept` is where the course lies, so that a run that was cut off goes on.
    """

    parcels: int
    faults: int
    rig: faults_.Rig
    watcher: Watcher
    feeder: Feeder
    kept: Path
    recovery_s: float = RECOVERY_S
    """How long nothing may be decided once a fault was mended."""

    @property
    def decided(self) -> int:
        return self.watcher.decided

    @property
    def over(self) -> bool:
        """Whether all that was to be fed is decided."""
        return not self.feeder.is_alive() and self.decided >= self.feeder.fed

    def keep(self, course: Course) -> None:
        """Whole or not at all: the rig itself may be killed."""
        whole.write(self.kept, msgspec.json.encode(course))


def run(play: Play, only: Sequence[str] | None, told: Told, befell: Told) -> Course:
    """All faults that are still to come, each with the time until decisions came again; then the rest.

    `told` is what happens just now, `befell` what has.
    """
    course = Course.read(play.kept)
    began_s = time.monotonic() - course.took_s
    step = play.parcels / (play.faults + 1)
    while len(course.had) < play.faults and not play.over:
        if not reached(play, int(step * (len(course.had) + 1)), told, RECOVERY_S):
            course.stuck.append(f"nothing decided for {RECOVERY_S:.0f} s at {play.decided} parcels")
            break
        name, fault = _next(play.rig, course.kinds, only)
        told(f"{play.decided} of {play.parcels} parcels; {len(course.had) + 1}: {name}")
        took_s = _befallen(play, fault)
        if took_s is None:
            course.stuck.append(f"after {name}: nothing decided for {play.recovery_s:.0f} s")
            break
        course.had.append((name, round(took_s, 1)))
        course.took_s = time.monotonic() - began_s
        befell(f"{time.strftime('%H:%M:%S')} {play.decided:7d} parcels  {name}: {took_s:.1f} s")
        play.keep(course)
    if not course.stuck and (missed := sorted(set(only or ()) - course.kinds.keys())):
        course.stuck.append(f"too few parcels for {', '.join(missed)}")
    faults_.mend(play.rig)
    for halt in course.stuck:
        befell(halt)
    if not course.stuck and not reached(play, play.parcels, told, play.recovery_s):
        course.stuck.append(f"in the end {play.parcels - play.decided} parcels still wait")
    course.took_s = time.monotonic() - began_s
    return course


def reached(play: Play, due: int, told: Told, limit_s: float) -> bool:
    """Wait for so many decisions; whether they go on coming."""
    while play.decided < due and not play.over:
        before = play.decided
        told(f"{before} parcels decided, {play.feeder.fed} sent; next fault at {due}")
        if wait_for(partial(_moved, play, before), limit_s) is None:
            return False
    return True


def _moved(play: Play, before: int) -> bool:
    return play.decided > before or play.over


def _befallen(play: Play, fault: faults_.Fault) -> float | None:
    """Seconds from the end of a fault until half of what was under way is decided; None where it is not."""
    fault(play.rig)
    faults_.mend(play.rig)
    half = (play.decided + play.feeder.fed) // 2
    return wait_for(lambda: play.decided >= half, play.recovery_s)


def _next(rig: faults_.Rig, had: Counter[str], only: Sequence[str] | None) -> tuple[str, faults_.Fault]:
    """Of the kinds that came least often one, now and then together with another."""
    known = faults_.possible(rig)
    wanted = {name: known[name] for name in (only or known)}
    least = min(had[name] for name in wanted)
    name = rig.rng.choice(sorted(one for one in wanted if had[one] == least))
    other = rig.rng.choice(sorted(wanted))
    if not only and other != name and rig.rng.random() < 1 / MIXED:
        return f"{name} + {other}", faults_.together(wanted[name], wanted[other])
    return name, wanted[name]


def chance(seed: int, course: Course) -> random.Random:
    """What is drawn from here on: a run that goes on does not begin its draws again."""
    return random.Random(f"{seed}/{len(course.had)}")
