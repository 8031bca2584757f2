"""The lens's child: looks at one foreign image after another, bounded as the sandbox's child is.

Started as `python -m screener.hub.check.lens_child` with the socket to its parent as standard input.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

import cv2
import numpy as np
from msgspec import Struct
from msgspec.msgpack import Decoder

from screener.config import ImageLimits
from screener.errors import BadInput
from screener.hub.check.jpeg_quality import jpeg_quality
from screener.hub.check.look import Look, look_at, thumbnail
from screener.imaging.announced import check_energy, check_pitch
from screener.imaging.child import bound_this_process
from screener.imaging.decode import announce, decode, out_of_memory
from screener.imaging.frames import JOB, SETUP, Job, Reader, Ready, Refused, Setup, send
from screener.imaging.reasons import ImageFault


class Looked(Struct, frozen=True, tag="looked"):
    """What an image shows; the body of the frame is its thumbnail."""

    look: Look


REPLY: Decoder[Looked | Refused] = Decoder(Looked | Refused)


def main() -> None:
    """Serve until the parent closes the socket."""
    parent = socket.socket(fileno=os.dup(0))
    reader = Reader(parent)
    setup, _ = reader.header(SETUP)
    cv2.setNumThreads(1)
    _warm_up(setup)
    bound_this_process(setup.limits)
    send(parent, Ready())
    while True:
        _serve_one(parent, reader, setup)


def _warm_up(setup: Setup) -> None:
    """Load what is loaded late, so that it works without descriptors."""
    square = np.full((64, 64, 3), 255, np.uint8)
    for suffix, kind in ((".png", "image/png"), (".jpg", "image/jpeg"), (".tiff", "image/tiff")):
        data = cv2.imencode(suffix, square)[1].tobytes()
        pixels = decode(data, announce(data, kind, setup.limits))
        look_at(pixels, jpeg_quality(data))
        thumbnail(pixels)


def _serve_one(parent: socket.socket, reader: Reader, setup: Setup) -> None:
    job, length = reader.header(JOB)
    data = bytes(reader.exactly(length))
    signal.setitimer(signal.ITIMER_PROF, setup.limits.decode_timeout_s)
    reply, picture = _answer(job, data, setup.limits)
    signal.setitimer(signal.ITIMER_PROF, 0)
    send(parent, reply, picture)


def _answer(job: Job, data: bytes, limits: ImageLimits) -> tuple[Looked | Refused, bytes]:
    try:
        announced = announce(data, job.content_type, limits)
        if job.energy is not None:
            check_energy(announced, job.energy)
        check_pitch(announced, job.pitch_across_mm, job.pitch_along_mm)
        pixels = decode(data, announced)
        return Looked(look_at(pixels, jpeg_quality(data))), thumbnail(pixels)
    except BadInput as error:
        return Refused(error.reason, error.detail), b""
    except MemoryError:
        return _wanted_more(limits), b""
    except cv2.error as error:
        fault = ImageFault.MEMORY if out_of_memory(error) else ImageFault.CRASHED
        return Refused(fault.value, "the decoder gave it up"), b""


def _wanted_more(limits: ImageLimits) -> Refused:
    return Refused(ImageFault.MEMORY.value, f"more than {limits.decode_memory_mib} MiB")


if __name__ == "__main__":
    try:
        main()
    except (ConnectionError, EOFError):
        sys.exit(0)
