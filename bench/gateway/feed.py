"""The files of a hub: images with and without sidecars, manifests in CSV, some that break the contract."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from bench import whole

ROWS = 100
BROKEN_SHARE = 0.01
SIDECAR_SHARE = 0.2
COLUMNS = "parcel_id,waybill,consignor.name,consignee.name,contents.text,weight_g"


@dataclass(frozen=True)
class File:
    """A file to be written; `sound` ones are to be published."""

    name: str
    content: bytes
    sound: bool = True


@dataclass
class Fed:
    """What was written: the SHA-256 of every file with how often, and what is to be published of it."""

    files: Counter[str] = field(default_factory=Counter)
    images: set[tuple[str, int]] = field(default_factory=set)
    parcels: set[str] = field(default_factory=set)
    broken: int = 0

    def add(self, file: File) -> None:
        self.files[hashlib.sha256(file.content).hexdigest()] += 1
        self.broken += not file.sound


def files_of(count: int, seed: int, fed: Fed) -> Iterator[File]:
    """About `count` files, a manifest file after each `ROWS` parcels."""
    rng = random.Random(seed)
    made = 0
    rows: list[str] = []
    for number in range(count):
        if made + bool(rows) >= count:
            break
        parcel = f"P{seed}-{number:06d}"
        files = list(_parcel(parcel, rng, fed))
        made += len(files)
        yield from files
        rows.append(f"{parcel},W{number},Sender {number},Receiver {number},shirts,{100 + number % 900}")
        if len(rows) == ROWS:
            made += 1
            yield _manifest(number, rows)
            rows = []
    if rows:
        yield _manifest(count, rows)


def _parcel(parcel: str, rng: random.Random, fed: Fed) -> Iterator[File]:
    fed.parcels.add(parcel)
    views = rng.choice((1, 1, 2))
    broken = rng.random() < BROKEN_SHARE
    for view in range(1, views + 1):
        name = f"{parcel}_{view}of{views}"
        if rng.random() < SIDECAR_SHARE:  # before its image, or it might come when the image has gone
            said = {"parcel_id": parcel, "view": view, "views": views, "scanner": "X9"}
            yield File(f"{name}.json", json.dumps(said).encode())
        yield File(f"{name}.png", _image(rng))
        fed.images.add((parcel, view))
    if broken:
        yield File(f"{parcel}-thumb_1of1.png", b"no image at all " + parcel.encode(), sound=False)


def _image(rng: random.Random) -> bytes:
    pixels = np.full((96, 128, 3), 245, np.uint8)
    x, y = rng.randrange(100), rng.randrange(70)
    pixels[y : y + 20, x : x + 20] = [rng.randrange(256) for _ in range(3)]
    pixels[0, :, 0] = np.frombuffer(rng.randbytes(128), np.uint8)  # no two images are alike
    return cv2.imencode(".png", pixels)[1].tobytes()


def _manifest(number: int, rows: list[str]) -> File:
    return File(f"manifest-{number:06d}.csv", "\n".join([COLUMNS, *rows, ""]).encode())


class Feeder(threading.Thread):
    """Writes files at a pace, as scanners do: some at once under their name, most aside and renamed.

    With `ahead` it waits while more than so many lie there, so that it lasts as long as the gateway does.
    """

    def __init__(self, folder: Path, count: int, *, rate: float, seed: int, ahead: int | None) -> None:
        super().__init__(daemon=True)
        self.fed = Fed()
        self._folder = folder
        self._count = count
        self._rate = rate
        self._seed = seed
        self._ahead = ahead

    def run(self) -> None:
        rng = random.Random(~self._seed)
        for file in files_of(self._count, self._seed, self.fed):
            while self._ahead is not None and len(list(self._folder.glob("*.*"))) > self._ahead:
                time.sleep(0.05)
            self._persist(file, directly=rng.random() < 0.2)
            self.fed.add(file)
            time.sleep(1 / self._rate)

    def _persist(self, file: File, *, directly: bool) -> None:
        """A scanner on a full disk tries again until it has room."""
        while True:
            try:
                _write(self._folder / file.name, file.content, directly=directly)
            except OSError:
                time.sleep(0.2)
            else:
                return


def _write(path: Path, content: bytes, *, directly: bool) -> None:
    if directly:
        path.write_bytes(content)
    else:
        whole.write(path, content)
