"""What deciding costs: microseconds of CPU a parcel, without log and encoding, and bytes of its state.

    .venv/bin/python -m bench.deciding

A parcel is decided as [decide] does it: facts with the lists, sightings of its people, judgement with all
signals weighed, decision, its digest; under a budget, with the threshold that follows the stream. Kinds of
parcels are weighed as a hub sees them. Every kind has a full manifest; the lists hold 200,000 entries. Time
is the processor's, the least of some rounds, so that others on the machine count little. Names are as long as
couriers' are; `longest` has every name as long as the contract allows.
Writes a table to the terminal and `bench/deciding.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from screener.contracts import topics
from screener.contracts.wire import (
    Amount,
    ClassProbabilities,
    Content,
    Energy,
    Estimate,
    Findings,
    Grade,
    Identity,
    ImageAddress,
    Links,
    LogAddress,
    ManifestEvidence,
    Member,
    Money,
    PitchMm,
    ScanEvidence,
    Sealed,
    SealedParty,
    Sender,
    Target,
    Tip,
    Total,
)
from screener.core import judgement
from screener.core import policy as policies
from screener.core.capacity import ENOUGH, Stream, counted
from screener.core.facts import facts_of
from screener.core.judgement import Stance
from screener.core.lists import Lists
from screener.core.parcel import Parcel, milliseconds, with_evidence, with_total
from screener.core.policy import Capacity, Policy
from screener.core.risk import NAMES
from screener.core.sightings import digest_of, sightings_of

REPOSITORY = Path(__file__).resolve().parents[1]
START = datetime(2026, 11, 1, 8, tzinfo=UTC)
NOW_MS = milliseconds(START) + 60_000
REMEMBER_MS = 30 * 86_400_000
SENDERS, TIPS = 190_000, 10_000
GOAL_US, GOAL_BYTES, GOAL_BYTES_A_VIEW = 250.0, 4096, 512
LONGEST = 64


def link(text: str) -> str:
    """A keyed hash, as long as real ones are."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Kind:
    """Parcels of one kind: how many of a hundred, views, load, whether their people are summed and tipped."""

    share: float
    views: int
    sticks: float = 0.0
    totals: int = 0
    tip: bool = False
    names: int = 13


KINDS = {
    "clean, one view": Kind(48, 1),
    "clean, two views": Kind(48, 2),
    "legal load, two views, 6 sums": Kind(3, 2, 200.0, 6),
    "over the limit, two views, 6 sums": Kind(0.7, 2, 2000.0, 6),
    "over the limit, 6 sums, tips": Kind(0.3, 2, 2000.0, 6, tip=True),
}


def name(text: str, length: int) -> str:
    return text.ljust(length, "0")[:length]


def party(who: str) -> SealedParty:
    links = Links(**{part: link(f"{who}/{part}") for part in ("name", "phone", "address", "building")})
    return SealedParty(personal=Sealed(key_id="2026-11", box=b"x" * 200), links=links, region="CN-HN")


def manifest(kind: Kind, number: int) -> ManifestEvidence:
    goods = (("书籍", "490199"), ("服装", "610910"), ("日用品", "392410"))
    return ManifestEvidence(
        hub=name("changsha", 8 if kind.names < LONGEST else LONGEST),
        parcel_id=name(f"P{number}", kind.names),
        waybill=name(f"W{number}", kind.names),
        courier="swift",
        consignor=party("tipped" if kind.tip else f"consignor {number}"),
        consignee=party(f"consignee {number}"),
        contents=tuple(
            Content(text=text, hs_code=code, quantity=2, value=Money(amount=120.0, currency="CNY"))
            for text, code in goods
        ),
        weight_g=1800.0,
        size_mm=None,
        declared_at=START,
        decide_by=START + timedelta(hours=1),
        digest=hashlib.sha256(str(number).encode()).hexdigest(),
        arrived_at=START,
    )


def scan(kind: Kind, number: int, view: int) -> ScanEvidence:
    paper = manifest(kind, number)
    alarm = 0.97 if kind.sticks else 0.02 + 0.01 * (number % 7)
    return ScanEvidence(
        hub=paper.hub,
        parcel_id=paper.parcel_id,
        identified=True,
        scan_id=name(f"S{number}", kind.names),
        view=view + 1,
        views=kind.views,
        scanner=name("scanner-17", 10 if kind.names < LONGEST else LONGEST),
        energy=Energy.DUAL,
        pitch_mm=PitchMm(across=1.0, along=1.0),
        image=ImageAddress(
            sha256=hashlib.sha256(f"{number}/{view}".encode()).hexdigest(),
            bytes=200_000,
            content_type="image/png",
            log=LogAddress(topic="parcels.scans.changsha", partition=0, offset=1 << 30),
        ),
        findings=Findings(
            alarm=alarm,
            threshold=0.62,
            p=ClassProbabilities(cigarettes=alarm, loose_tobacco=0.013, e_cigarettes=0.0171),
            sticks=Estimate(low=kind.sticks * 0.71, mid=kind.sticks * 1.03, high=kind.sticks * 1.37),
            tobacco_g=Estimate(low=0.0, mid=3.1, high=14.7),
            map_png=b"",
            map_pitch_mm=12.0,
            model=name("screener-2026-11-20", 19 if kind.names < LONGEST else LONGEST),
        ),
        failure=None,
        scanned_at=START,
        arrived_at=START,
        scored_at=START + timedelta(seconds=1),
    )


def total(kind: Kind, number: int, place: int, members: int) -> Total:
    """The sum of one of a parcel's people; `members` are the parcels that it names."""
    paper = manifest(kind, number)
    identity = list(Identity)[place % len(Identity)]
    return Total(
        hub=paper.hub,
        parcel_id=paper.parcel_id,
        identity=identity,
        link=link(f"{number}/{place}"),
        window_days=14.0,
        parcels=12 + place,
        loaded=members,
        sticks=Amount(mean=180.0 * members, sd=61.7),
        tobacco_g=Amount(mean=11.3, sd=2.9),
        members=tuple(
            Member(
                hub=paper.hub,
                parcel_id=name(f"M{number}{place}{one}", kind.names),
                at=START - timedelta(days=one),
                sticks=180.3,
                tobacco_g=1.7,
            )
            for one in range(members)
        ),
        like_contents=3,
        partners=2,
        hubs=1,
        first_at=START - timedelta(days=13),
        counted_at=START,
    )


def evidence(kind: Kind, number: int) -> list[ManifestEvidence | ScanEvidence]:
    return [manifest(kind, number), *(scan(kind, number, view) for view in range(kind.views))]


def parcel_of(kind: Kind, number: int, members: int = 4) -> Parcel:
    """A parcel with all its evidence, as it waits for the last of it."""
    parcel: Parcel | None = None
    for offset, piece in enumerate(evidence(kind, number)):
        parcel = with_evidence(parcel, piece, (1 << 30) + offset, REMEMBER_MS)
    assert parcel is not None
    for place in range(kind.totals):
        parcel = with_total(parcel, total(kind, number, place, members))
    return replace(parcel, asked=kind.totals, asked_ms=NOW_MS if kind.totals else None, sighted=b"12345678")


def lists() -> Lists:
    """Tips on people whom no parcel knows, and one whom some do; graded senders."""
    tips = [
        Tip(
            tip_id=f"T-{number}",
            target=Target(kind="phone", link=link(f"tip {number}" if number else "tipped/phone")),
            source="hotline",
            added_at=START - timedelta(days=1),
        )
        for number in range(TIPS)
    ]
    senders = [
        Sender(
            sender_id=f"S-{number}",
            target=Target(kind="phone", link=link(f"sender {number}")),
            grade=Grade.A,
            added_at=START - timedelta(days=1),
        )
        for number in range(SENDERS)
    ]
    return Lists.of((*tips, *senders)).changed(topics.TIPS, (), read_until=TIPS)


def policy() -> Policy:
    """The shipped one with every signal weighed: the costliest that can be set."""
    shipped = policies.read(REPOSITORY / "configs" / "policy.toml")
    return replace(shipped, risk=shipped.risk.with_weights(dict.fromkeys(NAMES, 0.3), "bench"))


@dataclass(frozen=True)
class World:
    """What every decision looks at besides its parcel."""

    policy: Policy
    lists: Lists
    capacity: Capacity
    stream: Stream

    def decide(self, parcel: Parcel) -> None:
        """All that [decide] reckons for a parcel."""
        facts = facts_of(parcel, self.lists, 0.5, NOW_MS)
        digest_of(sightings_of(parcel, facts, self.policy))
        usual = judgement.usual_threshold(self.policy)
        threshold = self.stream.threshold(self.capacity, 1 / 6, usual)
        stance = Stance(self.policy, threshold, self.lists.offsets)
        decision = judgement.decide(parcel, facts, stance, NOW_MS)
        counted(self.stream, decision, NOW_MS, self.capacity)
        judgement.noted(decision)

    def parts(self, parcel: Parcel) -> dict[str, Callable[[], object]]:
        """The parts of a decision, each to be timed by itself."""
        facts = facts_of(parcel, self.lists, 0.5, NOW_MS)
        usual = judgement.usual_threshold(self.policy)
        stance = Stance(self.policy, usual, self.lists.offsets)
        decision = judgement.decide(parcel, facts, stance, NOW_MS)
        return {
            "facts and lists": lambda: facts_of(parcel, self.lists, 0.5, NOW_MS),
            "judgement": lambda: judgement.judge(parcel.hub, facts, self.policy, usual),
            "decision (judgement included)": lambda: judgement.decide(parcel, facts, stance, NOW_MS),
            "digest of it": lambda: judgement.noted(decision),
            "sightings": lambda: digest_of(sightings_of(parcel, facts, self.policy)),
            "threshold of the stream": lambda: self.stream.threshold(self.capacity, 1 / 6, usual),
            "stream after it": lambda: counted(self.stream, decision, NOW_MS, self.capacity),
        }


def world() -> World:
    capacity = Capacity(per_hour=120)
    stream = Stream(capacity.half_life_h, NOW_MS - 100 * ENOUGH)
    for number in range(2 * ENOUGH):
        stream = stream.seen(
            -7.0 + number % 50 / 10, taken=False, held=False, at_ms=NOW_MS - number, capacity=capacity
        )
    return World(policy(), lists(), capacity, stream)


def microseconds(calls: Sequence[Callable[[], object]], rounds: int) -> float:
    """CPU of one call, the least of some rounds over all of them."""
    least = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for call in calls:
            call()
        least = min(least, time.process_time() - began)
    return 1e6 * least / len(calls)


def timed(kind: Kind, stand: World, parcels: int, rounds: int) -> float:
    made = [parcel_of(kind, number) for number in range(parcels)]
    return microseconds([partial(stand.decide, one) for one in made], rounds)


def state() -> dict[str, int]:
    """Bytes of what is remembered of a waiting parcel."""

    def size(views: int, members: int = 0, names: int = 13) -> int:
        kind = Kind(0, views, 2000.0, totals=6 if members else 0, names=names)
        return len(parcel_of(kind, 1, members).encode())

    return {
        "one view": size(1),
        "a view more": size(2) - size(1),
        "two views, 6 sums of 4 members": size(2, 4),
        "two views, 6 sums of 8 members": size(2, 8),
        "longest names: a view more": size(2, names=LONGEST) - size(1, names=LONGEST),
        "longest names: two views, 6 sums of 8 members": size(2, 8, LONGEST),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--parcels", type=int, default=300, help="of each kind")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "bench" / "deciding.json")
    asked = parser.parse_args()
    stand = world()
    costs = {said: timed(kind, stand, asked.parcels, asked.rounds) for said, kind in KINDS.items()}
    mean_us = sum(costs[said] * kind.share for said, kind in KINDS.items()) / 100
    loaded = parcel_of(KINDS["over the limit, 6 sums, tips"], 1)
    parts = {
        said: microseconds([part] * asked.parcels, asked.rounds) for said, part in stand.parts(loaded).items()
    }
    sizes = state()
    show(costs | {"as a hub sees them": mean_us}, parts, sizes)
    figures = {
        "us": _rounded(costs),
        "us_as_a_hub_sees_them": round(mean_us),
        "us_parts_of_the_last": _rounded(parts),
        "state_bytes": sizes,
    }
    asked.out.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _rounded(figures: dict[str, float]) -> dict[str, int]:
    return {said: round(figure) for said, figure in figures.items()}


def show(costs: dict[str, float], parts: dict[str, float], sizes: dict[str, int]) -> None:
    console = Console()
    table = Table("kind", "of 100", "µs", title=f"deciding, µs of CPU a parcel (goal {GOAL_US:g})")
    for said, cost in costs.items():
        table.add_row(said, f"{KINDS[said].share:g}" if said in KINDS else "", f"{cost:.0f}")
    for said, cost in parts.items():
        table.add_row(f"  of the last kind: {said}", "", f"{cost:.0f}")
    console.print(table)
    goal = f"goal {GOAL_BYTES:,}, {GOAL_BYTES_A_VIEW} a view"
    table = Table("waiting parcel", "bytes", title=f"state ({goal})")
    for said, size in sizes.items():
        table.add_row(said, f"{size:,}")
    console.print(table)


if __name__ == "__main__":
    main()
