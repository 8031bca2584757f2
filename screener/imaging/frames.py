"""What parent and child of the sandbox say to each other over one socket.

A frame is two lengths, a msgpack header and a body of raw bytes. Neither side believes the other's
lengths: the parent bounds what a taken-over child may send it.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from typing import TypeVar

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.msgpack import Decoder

from screener.config import ImageLimits
from screener.contracts.wire import Energy, Glance
from screener.imaging.prepare import MAX_PIXELS, Picture, Pixels

LENGTHS = struct.Struct("<IQ")
MAX_HEADER_BYTES = 64 * 1024
MAX_CHANNELS = 4


class Setup(Struct, frozen=True, tag="setup"):
    """First word to a child."""

    limits: ImageLimits
    model_pitch_mm: float


class Job(Struct, frozen=True, tag="job"):
    """One image to be prepared; the body is the file."""

    content_type: str
    pitch_across_mm: float
    pitch_along_mm: float
    energy: Energy | None


class Unpack(Struct, frozen=True, tag="unpack"):
    """One image whose own pixels are wanted, at their own size; the body is the file."""

    content_type: str


class Ready(Struct, frozen=True, tag="ready"):
    """The child has bounded itself and waits."""


class Done(Struct, frozen=True, tag="done"):
    """A picture; the body is its float32 values, [3, rows, cols]."""

    rows: int
    cols: int
    original_px: tuple[int, int]
    energy: Energy
    glance: Glance


class Unpacked(Struct, frozen=True, tag="unpacked"):
    """An image's own pixels; the body is their samples of `bits` bits in the order of `shape`."""

    shape: tuple[int, ...]
    bits: int


class Refused(Struct, frozen=True, tag="refused"):
    """No picture, and why. With `retires` the child ends now: it no longer trusts its own memory."""

    reason: str
    detail: str
    retires: bool = False


Said = TypeVar("Said")
SETUP: Decoder[Setup] = Decoder(Setup)
READY: Decoder[Ready] = Decoder(Ready)
JOB: Decoder[Job] = Decoder(Job)
TASK: Decoder[Job | Unpack] = Decoder(Job | Unpack)
PREPARED: Decoder[Done | Refused] = Decoder(Done | Refused)
UNPACKED: Decoder[Unpacked | Refused] = Decoder(Unpacked | Refused)


def send(to: socket.socket, header: Struct, body: bytes | memoryview = b"") -> None:
    """Send one frame; raises `OSError` where the other side is gone or, with a time limit, too slow."""
    packed = msgspec.msgpack.encode(header)
    to.sendall(LENGTHS.pack(len(packed), len(body)) + packed)
    if len(body):
        to.sendall(body)


class Reader:
    """Reads frames from a socket, all of them before `until` (monotonic seconds), if that is given.

    Raises `EOFError` where the other side is gone, `TimeoutError`, and `ValueError` where what it says
    makes no sense.
    """

    def __init__(self, source: socket.socket, until: float | None = None) -> None:
        self._source = source
        self._until = until

    def header(self, kind: Decoder[Said]) -> tuple[Said, int]:
        """The next frame's header, and the length of the body that follows it."""
        header_bytes, body_bytes = LENGTHS.unpack(self.exactly(LENGTHS.size))
        if header_bytes > MAX_HEADER_BYTES:
            raise ValueError(f"a header of {header_bytes} bytes")
        try:
            return kind.decode(self.exactly(header_bytes)), body_bytes
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error

    def exactly(self, length: int) -> bytearray:
        """The next `length` bytes."""
        buffer = bytearray(length)
        self._fill(memoryview(buffer))
        return buffer

    def picture(self, done: Done, body_bytes: int) -> Picture:
        """The picture of a `Done`, of no other size than a child may send."""
        if min(done.rows, done.cols) < 1 or done.rows * done.cols > MAX_PIXELS:
            raise ValueError(f"a picture of {done.cols}x{done.rows} px")
        picture = np.empty((3, done.rows, done.cols), np.float32)
        if body_bytes != picture.nbytes:
            raise ValueError(f"{body_bytes} bytes for a picture of {picture.nbytes}")
        self._fill(raw(picture))
        return picture

    def pixels(self, told: Unpacked, body_bytes: int, limits: ImageLimits) -> Pixels:
        """The pixels of an `Unpacked`, of no other size than a child may send."""
        samples = math.prod(told.shape)
        fits = min(told.shape, default=0) > 0 and samples <= MAX_CHANNELS * limits.max_pixels
        if told.bits not in (8, 16) or len(told.shape) not in (2, 3) or not fits:
            raise ValueError(f"pixels of {told.bits} bits in the shape {told.shape}")
        if body_bytes != samples * told.bits // 8:
            raise ValueError(f"{body_bytes} bytes for {samples} samples of {told.bits} bits")
        shape = told.shape
        pixels: Pixels = np.empty(shape, np.uint8) if told.bits == 8 else np.empty(shape, np.uint16)
        self._fill(raw(pixels))
        return pixels

    def _fill(self, room: memoryview) -> None:
        while len(room):
            self._bound_the_wait()
            got = self._source.recv_into(room)
            if got == 0:
                raise EOFError("the other side is gone")
            room = room[got:]

    def _bound_the_wait(self) -> None:
        if self._until is None:
            return
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._source.settimeout(left_s)


def raw(picture: Picture | Pixels) -> memoryview:
    """The picture's own bytes."""
    return picture.reshape(-1).view(np.uint8).data
