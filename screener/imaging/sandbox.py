"""Foreign images are decoded in a process of their own: a crash there is a dead letter, not an outage."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from screener.config import ImageLimits
from screener.errors import BadInput
from screener.imaging.announced import check_bytes
from screener.imaging.frames import Setup
from screener.imaging.picture import Prepared, Request
from screener.imaging.prepare import Pixels
from screener.imaging.process import ChildEnded, ChildProcess
from screener.imaging.reasons import ImageFault, refused

Answer = TypeVar("Answer")

AHEAD = 6
"""Images under way at a time in `decode_all`: more than the model takes at once, or the child would idle."""

PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "HOME", "LANG", "TMPDIR")
"""All of our environment that a child sees: keys and passwords are none of its business."""

FROM_OUTSIDE = frozenset({-signal.SIGKILL, -signal.SIGTERM})
"""Endings that say nothing about the image, so that it is tried once more."""


class Sandbox:
    """Decodes and prepares foreign images in a child, in order, while the caller works on earlier ones.

    A child that crashes, hangs or wants too much memory costs the one image that it did it on, and the
    next image gets a fresh one. Thread-safe. Where no child can be started: `Unavailable`.
    """

    def __init__(
        self, limits: ImageLimits, model_pitch_mm: float = 1.5, env: Mapping[str, str] = os.environ
    ) -> None:
        self.limits = limits
        self._setup = Setup(limits, model_pitch_mm)
        self._env = child_environment(env, limits)
        self._child: ChildProcess | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sandbox")

    def submit(self, request: Request | BadInput) -> Future[Prepared | BadInput]:
        """Put the image in line; the future gives a picture, or the reason why there is none.

        What was refused before it came here keeps its place in line.
        """
        return self._thread.submit(self._picture_or_reason, request)

    def unpack(self, data: bytes, content_type: str) -> Future[Pixels | BadInput]:
        """Put the image in line for its own pixels at their own size, as `decode` gives them."""
        return self._thread.submit(self._pixels_or_reason, data, content_type)

    def decode_all(self, requests: Iterable[Request | BadInput]) -> Iterator[Prepared | BadInput]:
        """A picture or a reason for each request, in order; a few images are read ahead, never all."""
        under_way: deque[Future[Prepared | BadInput]] = deque()
        try:
            for request in requests:
                under_way.append(self.submit(request))
                if len(under_way) > AHEAD:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()

    @property
    def child_pid(self) -> int | None:
        """The process that decodes now."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """End the child; images still in line are not decoded."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._drop_child()

    def __enter__(self) -> Self:
        """Start the first child; raises `Unavailable` where that is not possible."""
        try:
            self._thread.submit(self._living_child).result()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _picture_or_reason(self, request: Request | BadInput) -> Prepared | BadInput:
        if isinstance(request, BadInput):
            return request
        try:
            check_bytes(request.data, self.limits)
            return self._answer(lambda child: child.prepared(request))
        except BadInput as error:
            return error

    def _pixels_or_reason(self, data: bytes, content_type: str) -> Pixels | BadInput:
        try:
            check_bytes(data, self.limits)
            return self._answer(lambda child: child.unpacked(data, content_type))
        except BadInput as error:
            return error

    def _answer(self, ask: Callable[[ChildProcess], Answer]) -> Answer:
        try:
            return ask(self._living_child())
        except ChildEnded as ended:
            self._drop_child()
            if ended.code not in FROM_OUTSIDE:
                raise self._blame(ended) from ended
        try:
            return ask(self._living_child())
        except ChildEnded as ended:
            self._drop_child()
            raise self._blame(ended) from ended

    def _blame(self, ended: ChildEnded) -> BadInput:
        """What the image is refused for whose child ended like this."""
        if ended.code in (None, -signal.SIGPROF):
            return refused(
                ImageFault.TIMEOUT, f"expected at most {self.limits.decode_timeout_s:g} s of processor time"
            )
        return refused(ImageFault.CRASHED, f"the decoder {ended}")

    def _living_child(self) -> ChildProcess:
        if self._child is not None and not self._child.alive():
            self._drop_child()
        if self._child is None:
            self._child = ChildProcess.started(self._setup, self._env)
        return self._child

    def _drop_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


def child_environment(env: Mapping[str, str], limits: ImageLimits) -> dict[str, str]:
    """For a child that decodes: one thread for each library, OpenCV's bound on pixels, its complaints on."""
    return {name: env[name] for name in PASSED_ON if name in env} | {
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(limits.max_pixels),
        "OPENCV_LOG_LEVEL": "WARNING",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
