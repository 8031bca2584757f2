"""What a sighting costs [tally] and what an identity costs its state, by how many parcels it is met on.

    .venv/bin/python -m bench.tally

Times are CPU of this process, without the log; the ratio is to reading and writing the sighting itself as
JSON, which cannot be done without. A row is what the changelog carries each time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table as Shown

from screener.contracts import topics
from screener.contracts.reading import encode
from screener.contracts.wire import Amount, Identity, Sighting
from screener.core import policy as policies
from screener.core.parcel import milliseconds
from screener.core.sums import DAY_MS
from screener.stages.tally import Ledger
from screener.stream.port import Partition
from screener.stream.state import Table

START = datetime(2026, 11, 1, tzinfo=UTC)
LATER_MS = milliseconds(START) + 1000 * DAY_MS
PARCELS = (1, 5, 20, 100, 5000)


@dataclass(frozen=True)
class Cost:
    """Of identities that are met on `parcels` parcels each, within a fortnight."""

    parcels: int
    sighting_us: float
    json_us: float
    row_bytes: float
    restored_us: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sightings", type=int, default=20_000, help="for each line (default 20,000)")
    sightings = parser.parse_args().sightings
    chosen = policies.read(Path(__file__).parents[1] / "configs" / "policy.toml")
    columns = ("parcels", "µs a sighting", "times its JSON", "bytes a row", "µs a row restored")
    table = Shown(*columns, title="tally, by the parcels that an identity is met on")
    for parcels in PARCELS:
        cost = measured(parcels, sightings, chosen)
        table.add_row(
            f"{cost.parcels:,}",
            f"{cost.sighting_us:.1f}",
            f"{cost.sighting_us / cost.json_us:.1f}",
            f"{cost.row_bytes:,.0f}",
            f"{cost.restored_us:.1f}",
        )
    Console().print(table)


def measured(parcels: int, sightings: int, chosen: policies.Policy) -> Cost:
    """The last tenth of the parcels is timed, when rows are as long as they get."""
    identities = max(sightings // parcels, 1)
    seen = [_sighting(number, parcels, one) for number in range(parcels) for one in range(identities)]
    timed = seen[-max(parcels // 10, 1) * identities :]
    table = Table(Partition(topics.TALLY_STATE, 0))
    ledger = Ledger(table, lambda: chosen)
    for one in seen[: -len(timed)]:
        ledger.take(one, LATER_MS)
    took_us = _us(lambda: [ledger.take(one, LATER_MS) for one in timed])
    row_bytes = sum(len(key) + len(value) for key, value in table.items())
    return Cost(
        parcels=parcels,
        sighting_us=took_us / len(timed),
        json_us=_us(lambda: [_DECODER.decode(encode(one)) for one in timed]) / len(timed),
        row_bytes=row_bytes / len(table),
        restored_us=_us(lambda: Ledger(table, lambda: chosen)) / len(table),
    )


_DECODER = msgspec.json.Decoder(Sighting)


def _sighting(number: int, parcels: int, identity: int) -> Sighting:
    """One in ten has a load and asks for its sum, far more than in life."""
    loaded = (number + identity) % 10 == 0
    return Sighting(
        identity=Identity.ADDRESS,
        link=f"{identity:032x}",
        hub="changsha-1",
        parcel_id=f"P-20261101-{number:06}",
        at=START + timedelta(days=14 * number / parcels),
        sticks=Amount(mean=140.0 if loaded else 0.0, sd=45.0 if loaded else 0.0),
        tobacco_g=Amount(mean=0.0, sd=0.0),
        contents=f"{number % 7:016x}",
        partner=f"{number % 50:032x}",
        answer=loaded,
    )


def _us(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1e6


if __name__ == "__main__":
    main()
