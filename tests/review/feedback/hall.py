"""A workstation whose scanner has stored scans, people who say what was in their parcels, and tiny models."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from sqlalchemy import Engine, event

from screener.config import Config, ReviewSettings
from screener.contracts import examples
from screener.contracts.reading import encode
from screener.contracts.wire import Energy, PitchMm, Selection, StoredImage, Why
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review import database
from screener.review.feedback import comparing, offers, task
from screener.review.feedback.export import Exported, Wanted, export
from screener.review.feedback.views import Place
from screener.review.moves import Found, Open, Release
from screener.review.rights import Reviewer, Role
from screener.review.service import Service
from screener.scoring.heatmap import encode_map
from screener.scoring.model import Model
from screener.scoring.own import Models
from tests.review.flags import flagged
from tests.review.stations import HOME, NOW, OFFICERS, Station, a_parcel, somebody
from tests.scoring import tiny_model
from tests.stages.world import RING

MAP = encode_map(np.full((3, 12, 16), 0.4, np.float32))
EAST = Place("east", "xr-1")
THRESHOLD = 0.6
FOUND = {
    "found": Found(cartons=3, officers=OFFICERS, quality="right"),
    "nothing": Found(officers=OFFICERS, quality="wrong"),
}
OTHERS = Found(kg=1.0, e_cigarettes=7, officers=OFFICERS, quality="right")


class Cut(BaseException):
    """The end of the process, as far as what it does is concerned."""


@dataclass
class Hall:
    """`ann` offers, `bob` switches on; `eve` supervises for the police, `wes` another hub."""

    service: Service
    folder: Path
    people: dict[str, Reviewer] = field(default_factory=dict)
    number: int = 0

    @staticmethod
    def at(database_url: str, folder: Path, sandbox: Sandbox) -> Hall:
        (folder / "shared").mkdir()
        shared = tiny_model.write(folder / "shared", name="shared-1", card={"threshold": THRESHOLD})
        config = Config(
            review=ReviewSettings(database=database_url, agency=HOME, undo_s=0.0),
            scanners=str(folder / "scanners"),
            score=msgspec.structs.replace(Config().score, model=str(shared)),
        )
        service = Service(
            config=config,
            engine=database.opened(database_url),
            clock=lambda: NOW,
            ring=RING,
            store=EvidenceStore.open(str(folder / "evidence")),
            sandbox=sandbox,
        )
        made = Hall(service, folder)
        for name in ("ann", "bob"):
            made.people[name] = somebody(service.engine, name, Role.SUPERVISOR)
        made.people["eve"] = somebody(service.engine, "eve", Role.SUPERVISOR, agency="police")
        made.people["wes"] = somebody(service.engine, "wes", Role.SUPERVISOR, hub="west")
        return made

    @property
    def engine(self) -> Engine:
        return self.service.engine

    def arrives(
        self,
        said: str,
        dark: float,
        *,
        alarm: float = 0.9,
        rate: float = 0.0,
        place: Place = EAST,
        at: datetime = NOW - timedelta(days=3),
        content: bytes | None = None,
        kind_of: str = "image/png",
        pitch_mm: float = 1.5,
        **columns: Any,
    ) -> int:
        """A parcel with one stored view, `dark` of it dark; people say `said` of it."""
        self.number += 1
        name = f"P-{4710 + self.number}"
        data = picture(self.number, dark) if content is None else content
        sha256 = hashlib.sha256(data).hexdigest()
        address = self.service.store.put(sha256, data, kind_of)
        scan = examples.FLAGGED.scans[0].scan
        assert scan.findings is not None
        findings = msgspec.structs.replace(
            scan.findings, alarm=alarm, threshold=THRESHOLD, model="shared-1", map_png=MAP
        )
        seen = msgspec.structs.replace(
            scan,
            hub=place.hub,
            parcel_id=name,
            scanner=place.scanner,
            energy=Energy.DUAL,
            pitch_mm=PitchMm(across=pitch_mm, along=pitch_mm),
            image=msgspec.structs.replace(scan.image, sha256=sha256, content_type=kind_of),
            findings=findings,
        )
        view = msgspec.structs.replace(
            examples.FLAGGED.scans[0],
            scan=seen,
            stored=StoredImage(sha256=sha256, address=address, gone=None),
        )
        why = Why.RANDOM if rate else Why.LOAD
        selection = Selection(why=why, probability=rate or 1.0, rate=rate, draw=rate / 2)
        of = flagged(name, hub=place.hub, decision={"selection": selection}, scans=(view,))
        item = a_parcel(self.engine, name, place.hub, flagged=encode(of), arrived_at=at, **columns)
        self.say(item, said)
        return item

    def say(self, item: int, said: str, found: Found | None = None) -> None:
        station = Station(self.engine, NOW - timedelta(minutes=5), self.service.settings)
        who = self.people["bob"]
        if said in FOUND:
            station.act(who, item, Open(officers=OFFICERS))
            station.act(who, item, found or FOUND[said])
        elif said in {"wrong", "unclear", "right"}:
            station.act(who, item, Release(quality=said))  # type: ignore[arg-type]

    def month(self) -> dict[str, int]:
        """Parcels of all kinds that matter, by name."""
        return {
            "kept": self.arrives("found", 0.8),
            "lost": self.arrives("found", 0.45),
            "drawn": self.arrives("found", 0.75, alarm=0.2, rate=0.01),
            "cleared": self.arrives("nothing", 0.4),
            "released": self.arrives("wrong", 0.3),
            "unclear": self.arrives("unclear", 0.9),
            "open": self.arrives("open", 0.9),
        }

    def export(self, folder: Path, who: str = "ann", service: Service | None = None) -> Exported:
        wanted = Wanted(EAST, NOW - timedelta(days=30), NOW)
        return export(service or self.service, self.people[who], wanted, folder)

    def model(self, name: str = "adapted-1", threshold: float = 0.5, scale: float = 1.0) -> Path:
        home = self.folder / name
        home.mkdir()
        return tiny_model.write(home, name=name, scale=scale, card={"threshold": threshold})

    def offer(self, file: Path, who: str = "ann") -> int:
        return offers.offer(self.service, self.people[who], EAST, file, told_by="console:tests")

    def compared(self, file: Path | None = None) -> int:
        """A model that was offered by `ann` and compared to the end."""
        number = self.offer(file or self.model())
        loaded = comparing.loading(self.service)
        while task.step(self.service, loaded) is not False:
            pass
        return number

    def workers(self) -> Models:
        """What a worker that starts now judges by; it refuses nothing."""

        def refused(error: BaseException) -> None:
            raise AssertionError(str(error))

        shared = Model.load(Path(self.service.config.score.model))
        return Models(lambda: shared, Path(self.service.config.scanners), most=4, refused=refused)

    def at_work(self) -> str:
        return self.workers().of(EAST.hub, EAST.scanner).id


@contextmanager
def cut(hall: Hall, at: int) -> Iterator[tuple[Service, Moments]]:
    """The service on connections that fail for good at their moment number `at`."""
    moments = Moments(at)
    own = database.opened(hall.engine.url.render_as_string(hide_password=False))
    for name in ("before_cursor_execute", "commit"):
        event.listen(own, name, lambda *_: moments())
    try:
        yield replace(hall.service, engine=own), moments
    finally:
        moments.left = 0
        own.dispose()


@dataclass
class Moments:
    """Counts them down, and ends with the last."""

    left: int

    def __call__(self) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                raise Cut


def picture(number: int, dark: float) -> bytes:
    """An RGB PNG: a dark square on air, and a spot that no other has."""
    pixels = np.full((96, 128, 3), 255, np.uint8)
    pixels[24:72, 32:80] = round(255 * (1 - dark))
    pixels[0, 0] = (number % 256, 200, 250)
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())
