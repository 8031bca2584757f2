"""The report as one HTML file that needs nothing else: no script, no request, no personal data."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Final

from jinja2 import Environment, StrictUndefined
from msgspec import Struct

from screener.hub.check.facts import Place, ScanFact, Stretch
from screener.hub.check.report import Report
from screener.hub.check.rule import by_scanner

SAMPLES: Final = 6


class Sample(Struct, frozen=True):
    """A scan to be shown: its thumbnail as a data address, and what is said of it."""

    address: str
    name: str
    told: str


def html(report: Report, stretch: Stretch, thumbnails: Mapping[Place, bytes], at: datetime) -> str:
    """The page; everything that came from outside is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = resources.files(__package__).joinpath("report.html").read_text()
    template = environment.from_string(source)
    return template.render(report=report, samples=samples(stretch, thumbnails), at=at)


def samples(stretch: Stretch, thumbnails: Mapping[Place, bytes]) -> list[tuple[str, list[Sample]]]:
    """Of each scanner the first few scans that were looked at."""
    shown = [scan for scan in stretch.scans if scan.place in thumbnails]
    return [(name, list(_samples(own[:SAMPLES], thumbnails))) for name, own in by_scanner(shown)]


def _samples(scans: Sequence[ScanFact], thumbnails: Mapping[Place, bytes]) -> Iterable[Sample]:
    for scan in scans:
        look = scan.look
        size = f"{look.cols} x {look.rows} px, " if look else ""
        told = f"{size}{scan.along_mm:g} x {scan.across_mm:g} mm, {scan.energy.value}, view {scan.view}"
        picture = base64.b64encode(thumbnails[scan.place]).decode()
        yield Sample(f"data:image/jpeg;base64,{picture}", str(scan.place), told)
