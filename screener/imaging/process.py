"""The parent's hold on one child of the sandbox: start it, ask it, see how it ended."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from msgspec.msgpack import Decoder

from screener.config import ImageLimits
from screener.errors import Unavailable
from screener.imaging.frames import (
    PREPARED,
    READY,
    UNPACKED,
    Done,
    Job,
    Reader,
    Refused,
    Setup,
    Unpack,
    Unpacked,
    send,
)
from screener.imaging.picture import Prepared, Request
from screener.imaging.prepare import Pixels
from screener.imaging.reasons import ImageFault, refused

Answer = TypeVar("Answer", Done, Unpacked)

COMMAND = (sys.executable, "-m", "screener.imaging.child")
START_TIMEOUT_S = 60.0
GRACE_S = 2.0
WALL_FOR_CPU = 4.0
"""The child counts processor time; on a busy machine its answer takes longer, and the parent waits so much
longer, and `GRACE_S` for the way there and back, before it takes the child for hung."""


class ChildEnded(Exception):
    """The child gave no answer; `code` is its exit status, negative for a signal, None if it hung."""

    def __init__(self, code: int | None) -> None:
        super().__init__(_ending(code))
        self.code = code


class ChildProcess:
    """One running child. Used by one thread."""

    def __init__(self, process: subprocess.Popen[bytes], line: socket.socket, limits: ImageLimits) -> None:
        self._process = process
        self._line = line
        self._limits = limits
        self._answer_within_s = WALL_FOR_CPU * limits.decode_timeout_s + GRACE_S

    @classmethod
    def started(cls, setup: Setup, env: Mapping[str, str]) -> ChildProcess:
        """A child that has bounded itself and is ready. Raises `Unavailable` where none can be had."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = _spawned(theirs, env)
        except OSError as error:
            ours.close()
            raise Unavailable(f"the image decoder cannot be started: {error}") from error
        child = cls(process, ours, setup.limits)
        child._wait_until_ready(setup)
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def prepared(self, request: Request) -> Prepared:
        """The child's picture. Raises `BadInput` where it refuses the image, `ChildEnded` where it fails."""
        job = Job(request.content_type, request.pitch_across_mm, request.pitch_along_mm, request.energy)
        with self._answering() as reader:
            done, body_bytes = self._asked(job, request.data, reader, PREPARED)
            picture = reader.picture(done, body_bytes)
        return Prepared(picture, done.original_px, done.energy, done.glance)

    def unpacked(self, data: bytes, content_type: str) -> Pixels:
        """The image's own pixels, as `decode` gives them. Raises like `prepared`."""
        with self._answering() as reader:
            told, body_bytes = self._asked(Unpack(content_type), data, reader, UNPACKED)
            return reader.pixels(told, body_bytes, self._limits)

    @contextmanager
    def _answering(self) -> Iterator[Reader]:
        """A reader for as long as an answer may take; what goes wrong meanwhile is `ChildEnded`."""
        try:
            yield Reader(self._line, time.monotonic() + self._answer_within_s)
        except TimeoutError:
            self.end()
            raise ChildEnded(None) from None
        except (OSError, EOFError, ValueError) as error:
            raise ChildEnded(self._ended_by_itself()) from error

    def end(self) -> None:
        """Kill it, if it still runs, and leave nothing of it."""
        self._process.kill()
        self._process.wait()
        self._line.close()

    def _asked(
        self, job: Job | Unpack, data: bytes, reader: Reader, kind: Decoder[Answer | Refused]
    ) -> tuple[Answer, int]:
        self._line.settimeout(self._answer_within_s)
        send(self._line, job, data)
        reply, body_bytes = reader.header(kind)
        if not isinstance(reply, Refused):
            return reply, body_bytes
        if reply.retires:
            self.end()
        raise refused(ImageFault(reply.reason), reply.detail)

    def _ended_by_itself(self) -> int:
        """How it ended; one that talks nonsense and lives on is ended here."""
        self._line.close()
        try:
            return self._process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return 0

    def _wait_until_ready(self, setup: Setup) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stderr:
            try:
                send(self._line, setup)
                Reader(self._line, time.monotonic() + START_TIMEOUT_S).header(READY)
            except (OSError, EOFError, ValueError) as error:
                self.end()
                said = stderr.read()[-400:].decode("utf-8", "replace").strip()
                raise Unavailable(f"the image decoder did not start: {said or error!r}") from error


def _spawned(stdin: socket.socket, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C at a terminal reaches the parent alone."""
    return subprocess.Popen(
        COMMAND,
        stdin=stdin.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=dict(env),
        start_new_session=True,
    )


def _ending(code: int | None) -> str:
    if code is None:
        return "gave no answer"
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with {code}"
