"""`python -m bench.hub_check`: the sixty mistakes and the sound hubs as a table."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.hub_check import hubs
from bench.hub_check.faults import FAULTS, Fault
from bench.hub_check.hubs import HUB, Shipment
from screener.config import ImageLimits
from screener.contracts.wire import ImageReference
from screener.errors import BadInput
from screener.evidence.references import References
from screener.hub.check.lens import Lens, Sight
from screener.hub.check.report import Report, report
from screener.hub.check.witness import Turns, Witness
from screener.imaging.picture import Request
from screener.stream.port import Record

STYLES = ("colour", "grey", "pair")


class Remembering:
    """A lens that looks at equal images once: most mistakes leave them as they are."""

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._known: dict[tuple[object, ...], Sight | BadInput] = {}

    def look(self, request: Request) -> Sight:
        digest = hashlib.sha256(request.data).digest()
        asked = (digest, request.content_type, request.energy)
        if asked not in self._known:
            try:
                self._known[asked] = self._lens.look(request)
            except BadInput as error:
                self._known[asked] = error
        found = self._known[asked]
        if isinstance(found, BadInput):
            raise found
        return found


@dataclass(frozen=True, slots=True)
class Tried:
    """One stream and what was found in it."""

    name: str
    mistake: str
    names: tuple[str, ...]
    report: Report

    @property
    def found(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(finding.code for finding in self.report.findings))

    @property
    def named(self) -> bool:
        return not set(self.names).isdisjoint(self.found)


def checked(records: Sequence[Record], lens: Remembering) -> Report:
    """What `screener hub check` says of a stream."""

    def fetch(reference: ImageReference) -> bytes:
        return References(ImageLimits()).fetch(reference)

    witness = Witness(HUB, lens.look, fetch, Turns(200))
    witness.read(records)
    return report(witness.stretch())


def tried(faults: Sequence[Fault], lens: Remembering, count: int, seed: int) -> Iterator[Tried]:
    """Each mistake, made by a hub of its style."""
    base: dict[str, list[Shipment]] = {}
    for fault in faults:
        if fault.style not in base:
            base[fault.style] = hubs.shipments(fault.style, seed, count)
        stream = fault.stream(base[fault.style])
        yield Tried(fault.name, fault.mistake, fault.names, checked(stream, lens))


def sound(lens: Remembering, count: int, seeds: Sequence[int], makes: Sequence[int]) -> Iterator[Tried]:
    """Hubs that make no mistake: one scanner of each style, and all three together."""
    for seed in seeds:
        for make in makes:
            for style in STYLES:
                parcels = hubs.shipments(style, seed, count, make)
                stream = hubs.records(hubs.messages(parcels))
                yield Tried(f"{style} {seed}/{make}", "none", (), checked(stream, lens))
            stream = hubs.records(hubs.messages(hubs.mixed(seed, count, make)))
            yield Tried(f"mixed {seed}/{make}", "none", (), checked(stream, lens))


def main(arguments: Sequence[str]) -> int:
    """Print both tables; 0 where 58 mistakes are named and no sound hub is complained of."""
    parser = argparse.ArgumentParser(prog="python -m bench.hub_check", description=__doc__)
    parser.add_argument("--parcels", type=int, default=24)
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--makes", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--only", nargs="*", help="these mistakes alone")
    options = parser.parse_args(arguments)
    faults = [fault for fault in FAULTS if not options.only or fault.name in options.only]
    with Lens(ImageLimits()) as real:
        lens = Remembering(real)
        named = sum(map(_told, tried(faults, lens, options.parcels, 1)))
        print(f"{named} of {len(faults)} mistakes found and named")
        goods = list(sound(lens, options.parcels, options.seeds, options.makes))
        quiet = sum(not one.found for one in goods)
        for one in goods:
            print(f"{one.name:20} {'no complaint' if not one.found else ', '.join(one.found)}", flush=True)
    print(f"{quiet} of {len(goods)} sound hubs without a complaint")
    return int(named < len(faults) - 2 or quiet < len(goods))


def _told(one: Tried) -> bool:
    others = [code for code in one.found if code not in one.names]
    mark = "named" if one.named else "MISSED"
    verdict = "ready" if one.report.ready else "not ready"
    hit = ", ".join(code for code in one.found if code in one.names)
    print(f"{one.name:20} {one.mistake:52.52} {mark:7} {verdict:10} {hit} | {', '.join(others)}", flush=True)
    return one.named


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
