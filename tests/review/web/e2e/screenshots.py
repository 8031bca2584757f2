"""Pictures of every page in both languages: `python -m tests.review.web.e2e.screenshots [FOLDER]`.

Parcels and people are simulated, the clock stands: only what changed in pages changes a picture.
"""

from __future__ import annotations

import io
import queue
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageFilter
from playwright.sync_api import Page, sync_playwright

from screener.config import Config, ImageLimits, ReviewSettings
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review import database
from screener.review.service import Service
from screener.review.web import app, serving
from tests.review.web import simulated
from tests.review.web.conftest import CHROMIUM, Standing
from tests.review.web.e2e import pages
from tests.stages.world import RING

FOLDER: Final = Path("docs/pictures/review")
AROUND: Final = 128
SCAN: Final = (100, 64, 48, 32, 24, 16)
"""Colours."""

MOST_BYTES: Final = 150_000


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    clock = Standing()
    with tempfile.TemporaryDirectory() as made, opened(Path(made), clock) as service:
        staged = pages.stage(service, clock)
        with served(service) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            for language in ("zh", "en"):
                for view, watched in pages.looked_at(staged, browser, address, language):
                    kept = folder / f"{view.name}-{language}.png"
                    print(f"{kept}: {keep(watched.page, kept)} bytes", *watched.faults)
            browser.close()


def keep(page: Page, path: Path) -> int:
    """Write a picture with as many colours of the scan as its size allows; how large it became.

    The grain of a scan is what costs bytes; all around it keeps its colours.
    """
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    around = picture.quantize(AROUND, dither=Image.Dither.NONE).convert("RGB")
    for colours in SCAN:
        for box in _scans(page):
            around.paste(_few(picture.crop(box), colours), box)
        around.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return path.stat().st_size
    raise SystemExit(f"{path}: expected at most {MOST_BYTES} bytes, got {path.stat().st_size}")


def _scans(page: Page) -> list[tuple[int, int, int, int]]:
    """Where scans are shown: left, top, right, bottom."""
    boxes = [one.bounding_box() for one in page.locator("[data-viewer] canvas").all()]
    return [
        (round(box["x"]), round(box["y"]), round(box["x"] + box["width"]), round(box["y"] + box["height"]))
        for box in boxes
        if box is not None
    ]


def _few(scan: Image.Image, colours: int) -> Image.Image:
    """The same in few colours, the grain smoothed: edges stay."""
    smooth = scan.filter(ImageFilter.MedianFilter(3))
    return smooth.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).convert(
        "RGB"
    )


@contextmanager
def opened(folder: Path, clock: Standing) -> Iterator[Service]:
    """A workstation that has taken in simulated parcels."""
    made = simulated.make(folder / "made")
    engine = database.opened(f"sqlite:///{made.database}")
    with Sandbox(ImageLimits()) as sandbox:
        yield Service(
            config=Config(review=ReviewSettings(database=f"sqlite:///{made.database}")),
            engine=engine,
            clock=clock,
            ring=RING,
            store=EvidenceStore.open(str(made.evidence)),
            sandbox=sandbox,
        )
    engine.dispose()


@contextmanager
def served(service: Service) -> Iterator[str]:
    """The address that it answers at."""
    told: queue.Queue[str] = queue.Queue()
    listening = serving.server(app.create(service), "127.0.0.1", 0, told.put)
    thread = threading.Thread(target=listening.run)
    thread.start()
    try:
        yield told.get(timeout=30)
    finally:
        listening.stop()
        thread.join(30)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
