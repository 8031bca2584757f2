from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest

from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.errors import BadInput, Unavailable
from screener.imaging.decode import announce, decode
from screener.imaging.picture import Prepared, Request, read_picture
from screener.imaging.sandbox import Sandbox
from tests.imaging.corpus import encoded, good, hostile, pair_tiff, tiff_of

LIMITS = ImageLimits()
GOOD, HOSTILE = good(), hostile()


def request(data: bytes, content_type: str, energy: Energy | None = None) -> Request:
    return Request(data, content_type, 1.0, 1.0, energy)


PLAIN = request(*GOOD["colour jpeg"])


@cache
def slow_image() -> Request:
    """Decoding it takes a while, and 36 MB: as many pixels through deflate."""
    tile = np.random.default_rng(0).integers(0, 4, (600, 600), dtype=np.uint8)
    return Request(encoded(np.tile(tile, (10, 10)), ".png"), "image/png", 0.2, 0.2, None)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS, 1.5) as sandbox:
        yield sandbox


def running(sandbox: Sandbox) -> psutil.Process:
    assert sandbox.child_pid is not None
    return psutil.Process(sandbox.child_pid)


def reason(result: Prepared | BadInput) -> str | None:
    return result.reason if isinstance(result, BadInput) else None


def one(sandbox: Sandbox, wanted: Request) -> Prepared | BadInput:
    return sandbox.submit(wanted).result()


def check_it_still_works(sandbox: Sandbox) -> None:
    assert isinstance(one(sandbox, PLAIN), Prepared)


def test_pictures_are_bit_identical_to_those_made_in_process(sandbox: Sandbox) -> None:
    requests = [request(data, content_type) for data, content_type in GOOD.values()]
    for wanted, got in zip(requests, sandbox.decode_all(requests), strict=True):
        here = read_picture(wanted, LIMITS, 1.5)
        assert isinstance(got, Prepared)
        assert np.array_equal(got.image, here.image)
        assert (got.original_px, got.energy) == (here.original_px, here.energy)


def test_results_keep_the_order_of_good_and_hostile_images_mixed(sandbox: Sandbox) -> None:
    wanted = [(request(data, kind), None) for data, kind in GOOD.values()]
    wanted += [(request(data, kind), code) for data, kind, code in HOSTILE.values()]  # type: ignore[misc]
    random.Random(3).shuffle(wanted)
    first_child = sandbox.child_pid
    got = list(sandbox.decode_all(item for item, _ in wanted))
    assert [reason(result) for result in got] == [code for _, code in wanted]
    assert sandbox.child_pid == first_child, "no image of the corpus costs a child"


def test_requests_are_read_only_a_few_ahead(sandbox: Sandbox) -> None:
    taken = []

    def endless() -> Iterator[Request]:
        while True:
            taken.append(1)
            yield PLAIN

    results = sandbox.decode_all(endless())
    for _ in range(5):
        next(results)
    assert len(taken) <= 12
    del results


def test_the_memory_of_the_child_stays_under_its_limit() -> None:
    limits = msgspec.structs.replace(LIMITS, decode_memory_mib=32)
    with Sandbox(limits, 1.5) as sandbox:
        before = running(sandbox).memory_info().vms
        assert reason(one(sandbox, slow_image())) == "image_memory"
        check_it_still_works(sandbox)
        for data, content_type, _ in HOSTILE.values():
            one(sandbox, request(data, content_type))
            assert running(sandbox).memory_info().vms - before <= 32 * 1024 * 1024


def test_the_largest_image_that_the_limits_allow_fits_into_the_memory(sandbox: Sandbox) -> None:
    rows, cols = 5000, 8000
    page = np.tile(np.arange(cols, dtype=np.uint16), (rows // 2, 1))
    wanted = Request(pair_tiff(page, page), "image/tiff", 0.2, 0.2, Energy.DUAL)
    assert isinstance(one(sandbox, wanted), Prepared)
    colour = np.zeros((rows, cols, 3), np.uint8)
    wanted = Request(encoded(colour, ".jpg"), "image/jpeg", 0.2, 0.2, Energy.DUAL)
    assert isinstance(one(sandbox, wanted), Prepared)


def test_an_image_that_takes_too_long_is_refused_and_the_next_is_read() -> None:
    limits = msgspec.structs.replace(LIMITS, decode_timeout_s=0.05)
    with Sandbox(limits, 1.5) as sandbox:
        results = list(sandbox.decode_all([slow_image(), PLAIN]))
    assert [reason(result) for result in results] == ["image_timeout", None]


def test_a_child_that_hangs_is_ended() -> None:
    limits = msgspec.structs.replace(LIMITS, decode_timeout_s=0.1)
    with Sandbox(limits, 1.5) as sandbox:
        hung = running(sandbox)
        hung.suspend()
        assert reason(one(sandbox, PLAIN)) == "image_timeout"
        assert not hung.is_running()
        check_it_still_works(sandbox)


def test_a_large_image_to_a_hung_child_does_not_block_for_ever() -> None:
    limits = msgspec.structs.replace(LIMITS, decode_timeout_s=0.1)
    with Sandbox(limits, 1.5) as sandbox:
        running(sandbox).suspend()
        heavy = request(GOOD["colour jpeg"][0] + bytes(20 << 20), "image/jpeg")
        assert reason(one(sandbox, heavy)) == "image_timeout"
        check_it_still_works(sandbox)


@pytest.mark.parametrize("delay_s", [0.0, 0.1])
def test_a_child_killed_from_outside_costs_no_image(sandbox: Sandbox, delay_s: float) -> None:
    victim = running(sandbox)
    requests = [slow_image(), PLAIN, PLAIN]
    futures = [sandbox.submit(wanted) for wanted in requests]
    time.sleep(delay_s)
    victim.kill()
    assert all(isinstance(future.result(), Prepared) for future in futures)


def test_an_image_whose_child_crashes_is_refused_and_the_next_is_read(sandbox: Sandbox) -> None:
    victim = running(sandbox)
    victim.suspend()
    under_way, after = sandbox.submit(PLAIN), sandbox.submit(PLAIN)
    victim.send_signal(signal.SIGSEGV)
    victim.resume()
    assert reason(under_way.result()) == "image_crashed"
    assert isinstance(after.result(), Prepared)


def test_a_child_without_end_of_complaints_is_replaced(sandbox: Sandbox) -> None:
    """libtiff warns of every tag that it does not know: more lines than the pipe for them holds."""
    unknown = [(40_000 + number, 4, 1, 0) for number in range(2_000)]
    pixels = 128 * 96
    fields = [
        (256, 128),
        (257, 96),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 0),
        (277, 1),
        (278, 96),
        (279, pixels),
    ]
    place = 8 + 2 + 12 * (len(fields) + len(unknown)) + 4
    plain = [(tag, 4, 1, place if tag == 273 else value) for tag, value in fields]
    data = tiff_of([*plain, *unknown]) + bytes(pixels)
    first = sandbox.child_pid
    assert reason(one(sandbox, request(data, "image/tiff"))) == "image_corrupt"
    check_it_still_works(sandbox)
    assert sandbox.child_pid != first


def test_the_child_may_not_write_files_start_programs_or_see_our_secrets() -> None:
    with Sandbox(LIMITS, 1.5, env=os.environ | {"SCREENER_KEYS": "secret"}) as sandbox:
        child = running(sandbox)
        assert "SCREENER_KEYS" not in child.environ()
        limits = {
            name: child.rlimit(getattr(psutil, f"RLIMIT_{name}")) for name in ("FSIZE", "CORE", "NPROC")
        }
        assert limits == {"FSIZE": (0, 0), "CORE": (0, 0), "NPROC": (0, 0)}
        assert child.rlimit(psutil.RLIMIT_NOFILE) == (16, 16)
        assert child.num_fds() < 8


def test_a_child_that_cannot_start_is_a_service_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    with pytest.raises(Unavailable, match="libGL"), Sandbox(LIMITS, 1.5, env={"PYTHONPATH": str(tmp_path)}):
        pass


PARENT = """
import sys, time
from screener.config import ImageLimits
from screener.imaging.picture import Request
from screener.imaging.sandbox import Sandbox
sandbox = Sandbox(ImageLimits(decode_timeout_s=5.0), 1.5)
sandbox.__enter__()
print(sandbox.child_pid, flush=True)
if len(sys.argv) > 1:
    data = open(sys.argv[1], "rb").read()
    futures = [sandbox.submit(Request(data, "image/png", 0.2, 0.2, None)) for _ in range(20)]
time.sleep(60)
"""


@pytest.mark.parametrize("busy", [False, True])
def test_a_parent_that_is_killed_leaves_no_child(tmp_path: Path, busy: bool) -> None:
    image = tmp_path / "slow.png"
    image.write_bytes(slow_image().data)
    command = [sys.executable, "-c", PARENT, *([str(image)] if busy else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([child], timeout=30)
    assert not child.is_running()


def test_an_image_is_unpacked_as_it_is_decoded_here(sandbox: Sandbox) -> None:
    for data, content_type in GOOD.values():
        here = decode(data, announce(data, content_type, LIMITS))
        there = sandbox.unpack(data, content_type).result()
        assert not isinstance(there, BadInput)
        assert there.dtype == here.dtype
        np.testing.assert_array_equal(there, here)


def test_what_no_decoder_takes_is_not_unpacked_either(sandbox: Sandbox) -> None:
    for name, (data, content_type, code) in HOSTILE.items():
        if name != "webp" and code in {"image_format", "image_content_type", "image_corrupt"}:
            result = sandbox.unpack(data, content_type).result()
            assert isinstance(result, BadInput), name
            assert result.reason == code, name
    check_it_still_works(sandbox)
