"""Looks at foreign images in a process of its own: one that crashes it costs that image alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from screener.config import ImageLimits
from screener.errors import BadInput, Unavailable
from screener.hub.check.lens_child import REPLY, Looked
from screener.hub.check.look import Look
from screener.imaging.frames import READY, Job, Reader, Setup, send
from screener.imaging.picture import Request
from screener.imaging.reasons import ImageFault, refused
from screener.imaging.sandbox import child_environment

COMMAND = (sys.executable, "-m", "screener.hub.check.lens_child")
START_TIMEOUT_S = 60.0
WALL_FOR_CPU = 4.0
MAX_THUMBNAIL_BYTES = 64 * 1024
MODEL_PITCH_MM = 1.5


@dataclass(frozen=True, slots=True)
class Sight:
    """What an image shows, and a small JPEG of it."""

    look: Look
    thumbnail: bytes


class Lens:
    """Looks at one image at a time. Where no child can be started: `Unavailable`."""

    def __init__(self, limits: ImageLimits, env: Mapping[str, str] = os.environ) -> None:
        self._setup = Setup(limits, MODEL_PITCH_MM)
        self._env = child_environment(env, limits)
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def look(self, request: Request) -> Sight:
        """What the image shows. Raises `BadInput` where it is refused, or the child ended over it."""
        line = self._line or self._started()
        until = time.monotonic() + WALL_FOR_CPU * self._setup.limits.decode_timeout_s
        try:
            return _asked(line, request, until)
        except TimeoutError:
            self.close()
            raise refused(ImageFault.TIMEOUT, "the decoder gave no answer") from None
        except (OSError, EOFError, ValueError):
            self.close()
            raise refused(ImageFault.CRASHED, "the decoder ended") from None

    def close(self) -> None:
        """End the child."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                COMMAND,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(self._env),
                start_new_session=True,
            )
        self._line = ours
        try:
            send(ours, self._setup)
            Reader(ours, time.monotonic() + START_TIMEOUT_S).header(READY)
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise Unavailable(f"the image decoder did not start: {error!r}") from error
        return ours


def _asked(line: socket.socket, request: Request, until: float) -> Sight:
    job = Job(request.content_type, request.pitch_across_mm, request.pitch_along_mm, request.energy)
    line.settimeout(max(0.1, until - time.monotonic()))
    send(line, job, request.data)
    reader = Reader(line, until)
    reply, length = reader.header(REPLY)
    if length > MAX_THUMBNAIL_BYTES:
        raise ValueError(f"a thumbnail of {length} bytes")
    picture = bytes(reader.exactly(length))
    if isinstance(reply, Looked):
        return Sight(reply.look, picture)
    raise BadInput(ImageFault(reply.reason).value, reply.detail)
