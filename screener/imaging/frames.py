"""What parent and child of the sandbox say to each other over one socket.

A frame is two lengths, a msgpack header and a body of raw bytes. Neither side believes the other's
lengths: the parent bounds what a taken-over child may send it.
"""

from __future__ import annotations

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
from screener.imaging.prepare import MAX_PIXELS, Picture

LENGTHS = struct.Struct("<IQ")
MAX_HEADER_BYTES = 64 * 1024


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


class Ready(Struct, frozen=True, tag="ready"):
    """The child has bounded itself and waits."""


class Done(Struct, frozen=True, tag="done"):
    """A picture; the body is its float32 values, [3, rows, cols]."""

    rows: int
    cols: int
    original_px: tuple[int, int]
    energy: Energy
    glance: Glance


class Refused(Struct, frozen=True, tag="refused"):
    """No picture, and why. With `retires` the child ends now: it no longer trusts its own memory."""

    reason: str
    detail: str
    retires: bool = False


Said = TypeVar("Said")
SETUP: Decoder[Setup] = Decoder(Setup)
READY: Decoder[Ready] = Decoder(Ready)
JOB: Decoder[Job] = Decoder(Job)
ANSWER: Decoder[Done | Refused] = Decoder(Done | Refused)


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


def raw(picture: Picture) -> memoryview:
    """The picture's own bytes."""
    return picture.reshape(-1).view(np.uint8).data
