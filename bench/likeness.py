"""How well a parcel that comes back is found among others by what it looks like.

    screener lab simulate /tmp/scans --count 60
    .venv/bin/python -m bench.likeness /tmp/scans

Every scan is shown again: turned by any quarter and up to 8 degrees, mirrored or not, its contrast changed by
up to a tenth, with noise of 3 levels of 255. Prints how often it is the likest of all and among the first
six, how alike it is to itself (5 % and 50 %) and how alike others are (95 % and the most).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.contracts.wire import Energy
from screener.review import likeness
from screener.review.pictures import raster

Image = NDArray[np.uint8]


def signature(picture: Image) -> bytes:
    return likeness.signature(raster(picture, Energy.SINGLE, 1.0, 1.0))


def again(picture: Image, dice: np.random.Generator) -> Image:
    """The same parcel, as it may come back."""
    rows, cols = picture.shape[:2]
    side = int(np.hypot(rows, cols)) + 20
    angle = float(dice.uniform(-8, 8)) + 90 * int(dice.integers(0, 4))
    turn = cv2.getRotationMatrix2D((cols / 2, rows / 2), angle, 1.0)
    turn[:, 2] += [side / 2 - cols / 2, side / 2 - rows / 2]
    turned = cv2.warpAffine(picture.astype(np.float32), turn, (side, side), borderValue=(255, 255, 255))
    if dice.random() < 0.5:
        turned = turned[:, ::-1]
    changed = 255 * (turned / 255) ** dice.uniform(0.9, 1.1) + dice.normal(0, 3, turned.shape)
    return np.ascontiguousarray(changed.clip(0, 255).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    files = sorted(one for one in parser.parse_args().folder.iterdir() if one.suffix in {".png", ".jpeg"})
    pictures = [np.asarray(cv2.imread(str(one), cv2.IMREAD_COLOR_RGB), np.uint8) for one in files]
    known, dice = [signature(one) for one in pictures], np.random.default_rng(3)
    found = np.array([likeness.likenesses([signature(again(one, dice))], known) for one in pictures])
    own = found.diagonal()
    parcels = np.array([one.name.split("-")[0] for one in files])
    others = found[parcels[:, None] != parcels[None, :]]
    places = (found > own[:, None]).sum(axis=1)
    print(f"{len(files)} scans: likest {np.mean(places < 1):.0%}, among six {np.mean(places < 6):.0%}")
    print(f"itself {np.percentile(own, 5):.3f} {np.percentile(own, 50):.3f}")
    print(f"others {np.percentile(others, 95):.3f} {others.max():.3f}")


if __name__ == "__main__":
    main()
