"""Scans that look alike: how much lies where in the parcel's outline, however it lay on the belt.

The outline is the smallest upright or slanted box round all that absorbs; in it stand the mean absorption of
8 x 8 cells, how often each level occurs, and how long the sides are. A parcel may come back turned, so one
signature is compared with the other in all eight positions. It tells what is packed alike, not what it is;
how well, `bench/likeness.py` measures.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import Connection, select, update

from screener.contracts.wire import FlaggedScan
from screener.errors import BadInput, Unavailable
from screener.review import database, pictures
from screener.review.errors import Hidden
from screener.review.fiction import hiding
from screener.review.parcels import COLUMNS, Item, flagged_of, item_of, visible
from screener.review.pictures import Raster
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel, scan
from screener.review.service import Service

SIDE: Final = 8
LEVELS: Final = 16
BYTES: Final = SIDE * SIDE + LEVELS + 2

COMPARED: Final = 10_000
"""The newest scans that one is compared with."""

ALIKE: Final = 0.94
"""Of scans less alike than this nothing is shown."""

PITCH_MM: Final = 3.0
LEAST_ABSORBED: Final = 0.04
NOTHING: Final = b""
"""The signature of what cannot be seen: its image is gone or damaged, or shows nothing."""

PAUSE_S: Final = 0.2
IDLE_S: Final = 5.0

logger = structlog.get_logger(__name__)

Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Similar:
    """A view of another parcel, and how alike it looks: 1 is the same."""

    item: Item
    number: int
    scan_id: str
    alike: float


def similar(
    connection: Connection, who: Reviewer, home: str, item_id: int, limit: int = 6
) -> tuple[Similar, ...]:
    """The parcels that `who` may see and that look most like this one, each by its likest view."""
    own = select(scan.c.signature).where(scan.c.parcel == item_id)
    asked = [one for one in connection.scalars(own) if one]
    if not asked:
        return ()
    query = select(scan.c.parcel, scan.c.number, scan.c.scan_id, scan.c.signature).join(parcel)
    query = query.where(visible(who, Verb.SEE, home), scan.c.parcel != item_id, scan.c.signature > NOTHING)
    query = query.where(scan.c.parcel.not_in(hiding.of_one_scan(item_id)))
    rows = connection.execute(query.order_by(scan.c.parcel.desc()).limit(COMPARED)).all()
    if not rows:
        return ()
    alike = likenesses(asked, [row.signature for row in rows])
    best: dict[int, int] = {}
    for at in np.argsort(-alike, kind="stable"):
        if alike[at] < ALIKE or len(best) == limit:
            break
        best.setdefault(rows[at].parcel, int(at))
    found = connection.execute(select(*COLUMNS).where(parcel.c.id.in_(best)))
    items = {row.id: item_of(row) for row in found}
    return tuple(
        Similar(items[other], rows[at].number, rows[at].scan_id, float(alike[at]))
        for other, at in best.items()
    )


def likenesses(asked: list[bytes], others: list[bytes]) -> Picture:
    """Of each of `others` how alike it is to the likest of `asked`, 0 to 1."""
    matrix = _floats(others)
    wanted = _floats([variant for one in asked for variant in _positions(one)])
    least = np.min([np.abs(matrix - one) @ _WEIGHTS for one in wanted], axis=0)
    return np.asarray(1 - least, np.float32)


def signature(picture: Raster) -> bytes:
    """What the picture looks like in `BYTES` bytes, or `NOTHING` where nothing lies on the belt."""
    absorbed = _absorbed(picture)
    box = _box(absorbed)
    if box is None:
        return NOTHING
    inside, sides_mm = box
    cells = cv2.resize(inside, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    counts, _ = np.histogram(inside, bins=LEVELS, range=(0.0, 1.0))
    shares = np.sqrt(counts / inside.size)  # rare levels tell more than their share
    sides = np.log2(np.clip(sides_mm, 1.0, 4096.0)) / 12
    said = np.concatenate([cells.ravel(), shares, sides]).clip(0, 1)
    return bytes(np.rint(said * 255).astype(np.uint8).tobytes())


def sign_next(service: Service) -> bool:
    """Look at the newest scan that has no signature yet; False where there is none. Raises `Unavailable`."""
    with database.reading(service.engine) as connection:
        query = select(scan.c.parcel, scan.c.number, scan.c.sha256).where(scan.c.signature.is_(None))
        row = connection.execute(query.order_by(scan.c.parcel.desc()).limit(1)).first()
        if row is None:
            return False
        flagged = flagged_of(connection, row.parcel)
    # a later message may have come between the two: then its scans have rows of their own
    same = (one for one in flagged.scans if one.stored.sha256 == row.sha256)
    said = _seen(service, next(same, None))
    with database.writing(service.engine) as connection:
        own = (scan.c.parcel == row.parcel, scan.c.number == row.number, scan.c.sha256 == row.sha256)
        connection.execute(update(scan).where(*own).values(signature=said))
    return True


def _seen(service: Service, one: FlaggedScan | None) -> bytes:
    try:
        return NOTHING if one is None else signature(pictures.pixels(service, one))
    except (BadInput, Hidden):
        return NOTHING


def signing(service: Service) -> Callable[[threading.Event], None]:
    """A task that looks at scans as they come, slowly: reviewers need the same sandbox."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                stop.wait(PAUSE_S if sign_next(service) else IDLE_S)
            except Unavailable as error:
                logger.warning("signatures wait", detail=str(error), retry_in_s=IDLE_S)
                stop.wait(IDLE_S)

    return run


def _absorbed(picture: Raster) -> Picture:
    """The share of the rays that did not pass, 0 to 1 [rows, cols], at `PITCH_MM`."""
    samples = picture.samples.astype(np.float32)
    air = np.float32(picture.top if samples.shape[2] == 3 else picture.air[0])
    level = (samples if samples.shape[2] == 3 else samples[..., :1]).mean(axis=2) / air
    rows, cols = level.shape
    size = (
        max(SIDE, round(cols * picture.pitch_along_mm / PITCH_MM)),
        max(SIDE, round(rows * picture.pitch_across_mm / PITCH_MM)),
    )
    return np.asarray(1 - cv2.resize(level, size, interpolation=cv2.INTER_AREA).clip(0, 1), np.float32)


def _box(absorbed: Picture) -> tuple[Picture, NDArray[Any]] | None:
    """What lies in the smallest box round all that absorbs, set upright, and its sides in mm."""
    mask = (cv2.medianBlur((absorbed * 255).astype(np.uint8), 5) > LEAST_ABSORBED * 255).astype(np.uint8)
    points = cv2.findNonZero(mask)
    if points is None or len(points) < SIDE * SIDE:
        return None
    (x, y), (wide, high), angle = cv2.minAreaRect(points)
    turn = cv2.getRotationMatrix2D((x, y), angle, 1.0)
    turn[:, 2] += np.array([wide / 2 - x, high / 2 - y])
    size = (max(SIDE, round(wide)), max(SIDE, round(high)))
    inside = cv2.warpAffine(absorbed, turn, size, flags=cv2.INTER_LINEAR)
    return np.asarray(inside, np.float32), np.array([wide, high]) * PITCH_MM


def _positions(said: bytes) -> list[bytes]:
    """The signature as it were, had the parcel lain in each of its eight positions."""
    values = np.frombuffer(said, np.uint8)
    cells, shares = values[: SIDE * SIDE].reshape(SIDE, SIDE), values[SIDE * SIDE : -2]
    sides = values[-2:]
    turned = []
    for quarter in range(4):
        once = np.rot90(cells, quarter)
        own = sides if quarter % 2 == 0 else sides[::-1]
        turned += [np.concatenate([one.ravel(), shares, own]).tobytes() for one in (once, once[:, ::-1])]
    return turned


def _floats(said: list[bytes]) -> Picture:
    return np.frombuffer(b"".join(said), np.uint8).reshape(-1, BYTES).astype(np.float32) / np.float32(255)


_WEIGHTS: Final = np.concatenate(
    [np.full(SIDE * SIDE, 0.5 / SIDE**2), np.full(LEVELS, 0.3 / LEVELS), np.full(2, 0.1)]
).astype(np.float32)
"""Of the cells, the levels and the sides; together 1."""
