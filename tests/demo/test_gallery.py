"""The picture shows every exhibit, and a scan beside its map at the same size."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from screener.contracts.wire import Flagged, FlaggedScan, StoredImage, Why
from screener.demo import gallery
from screener.demo.gallery import ACROSS, CELL_HEIGHT, CELL_WIDTH, Exhibit, draw, kept_views
from screener.scoring.heatmap import encode_map
from tests.core.evidence import findings, scan
from tests.demo.values import decision


def image(cols: int, rows: int) -> bytes:
    done, data = cv2.imencode(".png", np.full((rows, cols, 3), 200, np.uint8))
    assert done
    return data.tobytes()


def flagged(
    cols: int = 300, rows: int = 150, *, alarms: tuple[float, ...] = (0.9,), kept: bool = True
) -> Flagged:
    cells = np.zeros((3, -(-rows * 2 // 3 // 8), -(-cols * 2 // 3 // 8)), np.float32)
    cells[0, 1:3, 1:3] = 1.0
    views = [
        FlaggedScan(
            scan=scan(found=replace(findings(alarm), map_png=encode_map(cells)), view=view),
            stored=StoredImage(sha256="0" * 64, address="x" if kept else None, gone=None if kept else "gone"),
        )
        for view, alarm in enumerate(alarms, start=1)
    ]
    return Flagged(decision=decision("P-1", Why.LOAD), manifest=None, scans=tuple(views), priority=1.0)


@pytest.mark.parametrize("size", [(300, 150), (90, 600), (1200, 700), (40, 40)])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_exhibit_is_on_the_page(tmp_path: Path, size: tuple[int, int], count: int) -> None:
    exhibits = [Exhibit(flagged(*size), "title", "subtitle")] * count
    draw(exhibits, lambda _: image(*size), tmp_path / "page.png")
    page = cv2.imread(str(tmp_path / "page.png"))
    assert page is not None
    rows = -(-count // ACROSS)
    assert page.shape[0] > rows * CELL_HEIGHT
    assert page.shape[1] > ACROSS * 2 * CELL_WIDTH or count == 1


def test_scan_and_map_lie_side_by_side_at_one_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawn: list[tuple[int, ...]] = []
    in_cell = gallery._in_cell

    def noted(picture: gallery.Rgb) -> gallery.Rgb:
        drawn.append(picture.shape)
        return in_cell(picture)

    monkeypatch.setattr(gallery, "_in_cell", noted)
    draw([Exhibit(flagged(), "title", "subtitle")], lambda _: image(300, 150), tmp_path / "page.png")
    assert drawn[0] == drawn[1]


def test_the_most_alarming_kept_view_comes_first() -> None:
    assert [one.scan.view for one in kept_views(flagged(alarms=(0.2, 0.9, 0.5)))] == [2, 3, 1]
    assert kept_views(flagged(kept=False)) == []
