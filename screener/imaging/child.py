"""The sandbox's child: decodes one foreign image after another, and may die of any of them.

Started as `python -m screener.imaging.child` with the socket to its parent as standard input. Bounds
itself before it reads the first image: address space, file sizes (none may be written), descriptors,
no core files, no children. A timer of its own ends it where an image takes too much processor time, which
a busy machine does not stretch; so it goes even if the parent was killed meanwhile. When the parent is
gone it ends at the end of the socket.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import traceback
from pathlib import Path

import cv2
import numpy as np

from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.errors import BadInput
from screener.imaging import webp
from screener.imaging.announced import Announced
from screener.imaging.decode import announce, decode, out_of_memory
from screener.imaging.frames import (
    SETUP,
    TASK,
    Done,
    Job,
    Reader,
    Ready,
    Refused,
    Setup,
    Unpack,
    Unpacked,
    raw,
    send,
)
from screener.imaging.glance import glance
from screener.imaging.picture import Prepared, Request, read_picture
from screener.imaging.prepare import Pixels
from screener.imaging.reasons import Distrusted, ImageFault

MAX_DESCRIPTORS = 16
MIB = 1024 * 1024


def main() -> None:
    """Serve until the parent closes the socket."""
    parent = socket.socket(fileno=os.dup(0))
    reader = Reader(parent)
    setup, _ = reader.header(SETUP)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    cv2.setNumThreads(1)
    _warm_up(setup)
    bound_this_process(setup.limits)
    _silence_standard_error()
    send(parent, Ready())
    while _serve_one(parent, reader, setup):
        pass


def bound_this_process(limits: ImageLimits) -> None:
    """Set the limits that the kernel keeps for us. Where the baseline is unknown, memory has none."""
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: MAX_DESCRIPTORS,
        resource.RLIMIT_NPROC: 0,
    }
    baseline = _address_space_bytes()
    if baseline is not None:
        bounds[resource.RLIMIT_AS] = baseline + limits.decode_memory_mib * MIB
    for which, bound in bounds.items():
        resource.setrlimit(which, (bound, bound))


def _address_space_bytes() -> int | None:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else None


def _warm_up(setup: Setup) -> None:
    """Load what is loaded late, so that it counts into the baseline and works without descriptors."""
    small = np.full((64, 64, 3), 255, np.uint8)
    for suffix in (".png", ".jpg", ".tiff"):
        data = cv2.imencode(suffix, small)[1].tobytes()
        kind = {".png": "image/png", ".jpg": "image/jpeg", ".tiff": "image/tiff"}[suffix]
        request = Request(data, kind, 1.0, 1.0, Energy.DUAL)
        glance(read_picture(request, setup.limits, setup.model_pitch_mm).image)


def _silence_standard_error() -> None:
    """Our parent listens only until we are ready; a stream that nobody reads would block or break."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _serve_one(parent: socket.socket, reader: Reader, setup: Setup) -> bool:
    """Answer one job; False where this process should end. Raises `EOFError` where no more will come."""
    job, length = reader.header(TASK)
    body = reader.exactly(length)
    signal.setitimer(signal.ITIMER_PROF, setup.limits.decode_timeout_s)
    answer = _answer(job, bytes(body), setup)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return _tell(parent, answer)


def _answer(job: Job | Unpack, data: bytes, setup: Setup) -> Prepared | Pixels | Refused:
    try:
        if isinstance(job, Unpack):
            return decode(data, _announced(data, job.content_type, setup.limits))
        request = Request(data, job.content_type, job.pitch_across_mm, job.pitch_along_mm, job.energy)
        return read_picture(request, setup.limits, setup.model_pitch_mm)
    except BadInput as error:
        return Refused(error.reason, error.detail, retires=isinstance(error, Distrusted))
    except MemoryError:
        return _wanted_more(setup)
    except Exception as error:  # noqa: BLE001 - whatever foreign bytes do here is about them alone
        if isinstance(error, cv2.error) and out_of_memory(error):
            return _wanted_more(setup)
        return Refused(ImageFault.CRASHED.value, _where(error), retires=True)


def _announced(data: bytes, content_type: str, limits: ImageLimits) -> Announced:
    """For people WebP is decoded, too; a scan never comes to its decoder, whatever it is declared as."""
    if content_type == webp.CONTENT_TYPE:
        return webp.announced_webp(data, limits)
    return announce(data, content_type, limits)


def _wanted_more(setup: Setup) -> Refused:
    limit = f"more than {setup.limits.decode_memory_mib} MiB"
    return Refused(ImageFault.MEMORY.value, limit, retires=True)


def _where(error: Exception) -> str:
    """Kind and place of the error, without its text: that may hold foreign bytes."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"


def _tell(parent: socket.socket, answer: Prepared | Pixels | Refused) -> bool:
    if isinstance(answer, Refused):
        send(parent, answer)
        return not answer.retires
    if not isinstance(answer, Prepared):
        send(parent, Unpacked(answer.shape, 8 * answer.itemsize), raw(answer))
        return True
    _, rows, cols = answer.image.shape
    done = Done(rows, cols, answer.original_px, answer.energy, glance(answer.image))
    send(parent, done, raw(answer.image))
    return True


if __name__ == "__main__":
    try:
        main()
    except (ConnectionError, EOFError):
        sys.exit("the parent is gone")
