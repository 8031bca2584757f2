"""The cost of the sandbox: `python -m tests.imaging.measure FOLDER` prints ms an image, with and without."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import psutil

from screener.config import ImageLimits
from screener.imaging.decode import sniffed
from screener.imaging.picture import Request, read_picture
from screener.imaging.sandbox import Sandbox

LIMITS = ImageLimits()
PITCH_MM = 0.75


def request_for(path: Path) -> Request:
    data = path.read_bytes()
    return Request(data, sniffed(data).value, PITCH_MM, PITCH_MM, None)


def measured_ms(work: Callable[[], object], images: int) -> str:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return f"{wall / images * 1e3:.1f} ms an image by the clock, {cpu / images * 1e3:.1f} of this process"


def in_sandbox(requests: Sequence[Request]) -> str:
    with Sandbox(LIMITS) as sandbox:
        list(sandbox.decode_all(requests[:10]))
        assert sandbox.child_pid is not None
        child = psutil.Process(sandbox.child_pid)
        before = sum(child.cpu_times()[:2])
        ours = measured_ms(lambda: list(sandbox.decode_all(requests)), len(requests))
        theirs = (sum(child.cpu_times()[:2]) - before) / len(requests) * 1e3
    return f"{ours}, {theirs:.1f} of the child"


def main(folder: str) -> None:
    cv2.setNumThreads(1)
    requests = [request_for(path) for path in sorted(Path(folder).rglob("*.jpg"))]
    here = measured_ms(lambda: [read_picture(one, LIMITS, 1.5) for one in requests], len(requests))
    print(f"{len(requests)} images, in process: {here}")
    print(f"{len(requests)} images, sandbox: {in_sandbox(requests)}")


if __name__ == "__main__":
    main(sys.argv[1])
