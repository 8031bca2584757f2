"""The check of a scanner's scans before anything is made of them: the rules of `screener hub check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from screener.cli.hub.commission.inventory import File
from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.errors import BadInput
from screener.hub.check import report
from screener.hub.check.facts import Place, Refusal, ScanFact, Stretch
from screener.hub.check.lens import MODEL_PITCH_MM, Lens, Sight
from screener.hub.check.report import Finding
from screener.hub.check.rule import Level
from screener.hub.check.rules import SECTIONS
from screener.imaging.decode import sniffed
from screener.imaging.picture import Request
from screener.imaging.prepare import resampled_size
from screener.lab.adaptation.scans import Scan

ASKED = ("The contract", "Pictures", "The pitch")
"""The sections of rules that pictures alone can break."""

SAMPLES = 6


class Sample(Struct, frozen=True):
    """A scan to be shown, a small JPEG."""

    name: str
    told: str
    jpeg: bytes


class Checked(Struct, frozen=True, kw_only=True):
    """The files, what is wrong or doubtful about them, and how many could be read."""

    files: tuple[File, ...]
    findings: tuple[Finding, ...]
    scanner: report.Scanner | None
    readable: int
    samples: tuple[Sample, ...]

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What must be mended, or answered for."""
        return tuple(one for one in self.findings if one.level is Level.WRONG)


@dataclass
class _Looked:
    facts: list[ScanFact] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


def checked(
    files: tuple[File, ...], scans: Iterable[Scan], hub: str, scanner: str, limits: ImageLimits
) -> Checked:
    """What the rules say of these scans, `files` in the same order. Every one is looked at, in a sandbox."""
    looked = _Looked()
    with Lens(limits) as lens:
        for file, scan in zip(files, scans, strict=True):
            try:
                wanted = request(scan, limits)
                sight = _sight(lens, wanted, scan)
            except BadInput as error:
                looked.refusals.append(_refusal(scan, error))
            else:
                fact = _fact(scan, scanner, file, sight, wanted.content_type)
                looked.facts.append(fact)
                looked.samples.append(Sample(scan.name, _told(fact, sight), sight.thumbnail))
    stretch = Stretch(
        hub=hub,
        manifests=(),
        scans=tuple(looked.facts),
        refusals=tuple(looked.refusals),
        messages=len(files),
        timed=False,
    )
    found = report.report(stretch)
    codes = {rule.code for section, rules in SECTIONS if section in ASKED for rule in rules}
    return Checked(
        files=files,
        findings=tuple(one for one in found.findings if one.code in codes),
        scanner=next(iter(found.summary.scanners), None),
        readable=len(looked.facts),
        samples=tuple(_spread(looked.samples)),
    )


def request(scan: Scan, limits: ImageLimits) -> Request:
    """The file as the decoder is asked for it. Raises `BadInput` where it is no image."""
    with scan.path.open("rb") as file:
        data = file.read(limits.max_bytes + 1)
    return Request(data, sniffed(data).value, scan.pitch_across_mm, scan.pitch_along_mm, scan.energy)


def _sight(lens: Lens, wanted: Request, scan: Scan) -> Sight:
    """What the scan shows. Raises `BadInput` where [score] would refuse it."""
    sight = lens.look(wanted)
    rows, cols = sight.look.rows, sight.look.cols
    resampled_size(rows, cols, scan.pitch_across_mm, scan.pitch_along_mm, MODEL_PITCH_MM)
    return sight


def _refusal(scan: Scan, error: BadInput) -> Refusal:
    return Refusal(place=Place(scan.name), of_scan=True, reason=error.reason, detail=error.detail)


def _fact(scan: Scan, scanner: str, file: File, sight: Sight, kind: str) -> ScanFact:
    look = sight.look
    told = Energy.DUAL if look.coloured or look.pages == 2 else Energy.SINGLE
    return ScanFact(
        place=Place(scan.name),
        log_ms=0,
        event_id=scan.name,
        parcel_id=None,
        scan_id=scan.name,
        view=scan.view,
        views=scan.view,
        scanner=scanner,
        across_mm=scan.pitch_across_mm,
        along_mm=scan.pitch_along_mm,
        energy=scan.energy or told,
        content_type=kind,
        taken_ms=None,
        sha256=file.sha256,
        look=look,
    )


def _told(fact: ScanFact, sight: Sight) -> str:
    size = f"{sight.look.cols} x {sight.look.rows} px"
    return f"{size}, {fact.along_mm:g} x {fact.across_mm:g} mm, {fact.energy.value}, view {fact.view}"


def _spread(samples: Sequence[Sample]) -> Iterator[Sample]:
    """A few from all over."""
    step = max(1, len(samples) // SAMPLES)
    yield from samples[::step][:SAMPLES]
