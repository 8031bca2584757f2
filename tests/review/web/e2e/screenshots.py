"""Pictures of pages in both languages: `python -m tests.review.web.e2e.screenshots [FOLDER [NAME...]]`.

Without names of all (`pages.all_views`). Parcels and people are simulated, the clock stands: only what
changed in pages changes a picture.
"""

from __future__ import annotations

import io
import queue
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
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
COLOURS: Final = (256, 192, 128, 96, 64, 48)
SMOOTHED: Final = """for (const canvas of document.querySelectorAll("[data-viewer] canvas"))
  canvas.style.filter = "blur(0.8px)";"""
MOST_BYTES: Final = 150_000


SCREENED: Final = 12_000
"""Parcels of two years, so that charts say something."""


def main(folder: Path, names: Sequence[str] = ()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    clock = Standing()
    with tempfile.TemporaryDirectory() as made, opened(Path(made), clock) as service:
        staged = pages.stage(service, clock, SCREENED)
        wanted = [one for one in pages.all_views(staged) if not names or one.name in names]
        with served(service) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            for language in ("zh", "en"):
                for view, watched in pages.looked_at(staged, browser, address, language, wanted):
                    kept = folder / f"{view.name}-{language}.png"
                    print(f"{kept}: {keep(watched.page, kept)} bytes", *watched.faults)
            browser.close()


def keep(page: Page, path: Path) -> int:
    """Write a picture with as many colours as its size allows; how large it became.

    The grain of a scan is what costs bytes: the browser smooths it a little.
    """
    page.evaluate(SMOOTHED)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for colours in COLOURS:
        picture.quantize(colours, kmeans=1, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return path.stat().st_size
    raise SystemExit(f"{path}: expected at most {MOST_BYTES} bytes, got {path.stat().st_size}")


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
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, sys.argv[2:])
