"""How a parcel for training is made: a load over each view, judged by the model, with nobody's people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from sqlalchemy import Engine

from screener.cli import compose, workstation
from screener.config import Config
from screener.contracts.wire import Findings, FlaggedScan
from screener.core import policy
from screener.core.policy import Policy
from screener.errors import BadInput
from screener.evidence.store import EvidenceStore
from screener.imaging.decode import sniffed
from screener.imaging.picture import Request
from screener.imaging.sandbox import Sandbox
from screener.lab.insertion import Display
from screener.lab.insertion.folder import ATTEMPTS, encoded
from screener.lab.insertion.insert import Inserted, insert_load
from screener.lab.insertion.jpeg import quality
from screener.lab.insertion.planes import Layout, Pixels, layout
from screener.lab.simulator import loads
from screener.lab.simulator.loads import Load
from screener.review import database, likeness, pictures
from screener.review.fiction import judging, library, people, sources
from screener.review.fiction.library import Box, Truth
from screener.review.fiction.sources import Source
from screener.scoring.model import Model
from screener.scoring.own import Models
from screener.sealing.ring import KeyRing

LEARNT_FROM = 12
"""Scans of a scanner that its display is learnt from."""

SEEN_GCM2 = 0.05
"""Less of a load than this is not framed."""


@dataclass(frozen=True, slots=True)
class View:
    """One view as it will be shown: its image, its findings, where the load lies, what it looks like."""

    content: bytes
    findings: Findings
    box: Box | None
    signature: bytes


@dataclass(frozen=True, slots=True)
class Maker:
    """All that it takes: the database and its keys, the images, the model, and the scanners' displays."""

    engine: Engine
    ring: KeyRing
    store: EvidenceStore
    sandbox: Sandbox
    models: Callable[[str, str], Model]
    policy: Policy
    sources: tuple[Source, ...]
    used: frozenset[tuple[int, str]]
    seed: int
    _displays: dict[tuple[str, str, Layout], Display] = field(default_factory=dict)

    @staticmethod
    def opened(config: Config, stack: ExitStack, seed: int) -> Maker:
        """With everything that the settings name; `stack` closes it again. Raises `BadConfig`."""
        engine = stack.enter_context(workstation.opened(config))
        shared = Model.load(Path(config.score.model), threads=config.score.threads)
        own = Models(lambda: shared, Path(config.scanners), most=config.score.own_models)
        with database.reading(engine) as connection:
            known, used = tuple(sources.cleared(connection)), library.used(connection)
        return Maker(
            engine=engine,
            ring=compose.open_keys(config),
            store=EvidenceStore.open(config.evidence.url),
            sandbox=stack.enter_context(Sandbox(config.score.images, shared.pitch_mm)),
            models=own.of,
            policy=policy.read(Path(config.decide.policy)),
            sources=known,
            used=used,
            seed=seed,
        )

    def make(self, source: Source, load: str) -> int | None:
        """Make one and keep it; its number. None where such a parcel would have passed.

        Raises `BadInput` where the load does not fit, `Unavailable`.
        """
        flagged = source.flagged
        views, what = self._views(source, load)
        again = judging.judged_again(flagged, [one.findings for one in views], self.policy)
        if again is None:
            return None
        scans = tuple(
            self._kept(one, view) if load else one for one, view in zip(again.scans, views, strict=True)
        )
        manifest = again.manifest
        assert manifest is not None
        rng = np.random.default_rng([self.seed, source.item_id, *load.encode()])
        sender, receiver = (
            people.invented(rng, one.region) for one in (manifest.consignor, manifest.consignee)
        )
        told = library.settled(replace(again, scans=scans), self.ring, sender, receiver)
        with database.writing(self.engine) as connection:
            return library.add(
                connection,
                workstation.console(),
                datetime.now(UTC),
                _truth(what, load, views),
                told,
                source=source.item_id,
                source_sha256=flagged.scans[0].stored.sha256,
                signatures=[view.signature for view in views],
            )

    def _views(self, source: Source, load: str) -> tuple[list[View], Load]:
        """Every view with the load in it, or as it is; and what the load is."""
        made, what = [], loads.CLEAN
        for number, one in enumerate(source.flagged.scans):
            content = self._content(one)
            pixels = self._pixels(content, one)
            inserted = None
            if load:
                inserted = self._laid(source, one, pixels, load, number)
                content = encoded(inserted.pixels, sniffed(content), quality(content))
                pixels, what = inserted.pixels, inserted.load
                self._check(source, what)
            made.append(self._view(source, one, content, pixels, inserted))
        return made, what

    def _view(
        self, source: Source, one: FlaggedScan, content: bytes, pixels: Pixels, inserted: Inserted | None
    ) -> View:
        pitch, findings = one.scan.pitch_mm, one.scan.findings
        assert findings is not None
        if inserted is not None:
            findings = self._judged(source, one, content)
        raster = pictures.raster(pixels, one.scan.energy, pitch.along, pitch.across)
        return View(content, findings, _box(inserted), likeness.signature(raster))

    def _laid(self, source: Source, one: FlaggedScan, pixels: Pixels, load: str, number: int) -> Inserted:
        """The view with the load in it, at the first place that is found. Raises `BadInput`."""
        display, pitch = self._display(source, one, pixels), one.scan.pitch_mm
        seed = int(
            np.random.default_rng([self.seed, source.item_id, number, *load.encode()]).integers(1 << 31)
        )
        for attempt in range(ATTEMPTS):
            try:
                return insert_load(pixels, pitch.across, pitch.along, display, load, seed + attempt)
            except BadInput as error:
                refused = error
        raise refused

    def _rng(self, source: Source, load: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, source.item_id, *load.encode()])

    def _display(self, source: Source, one: FlaggedScan, pixels: Pixels) -> Display:
        """The scanner's display, learnt once from cleared scans of its own."""
        how = layout(pixels)
        key = (source.flagged.decision.hub, one.scan.scanner, how)
        if key not in self._displays:
            alike = (
                self._pixels(self.store.get(other.stored.address or ""), other) for other in self._of(key)
            )
            known = [each for each in alike if layout(each) is how]
            self._displays[key] = Display.learn(known or [pixels])
        return self._displays[key]

    def _of(self, key: tuple[str, str, Layout]) -> list[FlaggedScan]:
        hub, scanner, _ = key
        of_hub = [one.flagged for one in self.sources if one.flagged.decision.hub == hub]
        scans = [scan for flagged in of_hub for scan in flagged.scans if scan.scan.scanner == scanner]
        return scans[:LEARNT_FROM]

    def _content(self, one: FlaggedScan) -> bytes:
        return self.store.get(one.stored.address or "")

    def _pixels(self, content: bytes, one: FlaggedScan) -> Pixels:
        found = self.sandbox.unpack(content, one.scan.image.content_type).result()
        if isinstance(found, BadInput):
            raise found
        return found

    def _judged(self, source: Source, one: FlaggedScan, content: bytes) -> Findings:
        """What the model of the scanner says of an image. Raises `BadInput`."""
        scan = one.scan
        asked = Request(
            content, scan.image.content_type, scan.pitch_mm.across, scan.pitch_mm.along, scan.energy
        )
        prepared = self.sandbox.submit(asked).result()
        if isinstance(prepared, BadInput):
            raise prepared
        return self.models(source.flagged.decision.hub, scan.scanner).score([prepared.image])[0]

    def _kept(self, one: FlaggedScan, view: View) -> FlaggedScan:
        """The view with its image in the evidence store."""
        sha256 = hashlib.sha256(view.content).hexdigest()
        kind = one.scan.image.content_type
        address = self.store.put(sha256, view.content, kind)
        image = replace(one.scan.image, sha256=sha256, bytes=len(view.content))
        scan = replace(one.scan, image=image)
        return replace(one, scan=scan, stored=replace(one.stored, sha256=sha256, address=address))

    def _check(self, source: Source, what: Load) -> None:
        """Who releases what is within the limit is right. Raises `BadInput`."""
        limits = self.policy.limits(source.flagged.decision.hub)
        over = what.sticks > limits.sticks or what.loose_g > limits.tobacco_g
        if not (over or what.e_cigarettes > limits.e_cigarettes):
            raise BadInput("within_limit", f"{what.kind}: it is within the limit, whose release is no miss")


def _box(inserted: Inserted | None) -> Box | None:
    """Where a load lies: left, top, width and height as shares of the picture's."""
    if inserted is None:
        return None
    rows, cols = np.nonzero(inserted.density.sum(0) > SEEN_GCM2)
    if not len(rows):
        return None
    high, wide = inserted.density.shape[1:]
    left, top = cols.min() / wide, rows.min() / high
    return (
        float(left),
        float(top),
        float((cols.max() + 1) / wide - left),
        float((rows.max() + 1) / high - top),
    )


def _truth(what: Load, load: str, views: list[View]) -> Truth:
    kind = library.NONE
    if load:
        kind = "cigarettes" if what.sticks else "loose_tobacco" if what.loose_g else "e_cigarettes"
    boxes = tuple(one.box for one in views)
    return Truth(kind, load, what.sticks, what.loose_g, what.e_cigarettes, boxes)
