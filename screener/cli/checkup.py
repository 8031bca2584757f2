"""What `screener doctor` looks at: one function for each thing that has to be in place."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path

from screener.config import DEFAULT_PATH, Config
from screener.errors import ScreenerError, Unavailable

OLDEST_PYTHON = (3, 11)
MONTHS_TO_ROTATE = 3
LEAST_FREE_BYTES = 1 << 30
ENOUGH_FREE_BYTES = 5 << 30
ENOUGH_FILES = 1024
PORTS = 2
"""`screener run` takes one metrics port for each stage."""

PROBE = b"screener doctor: this store can be written\n"

DEBIAN_PACKAGES = {
    "libGL.so": "libgl1",
    "libgthread-2.0": "libglib2.0-0",
    "libglib-2.0": "libglib2.0-0",
    "libgomp": "libgomp1",
    "libstdc++": "libstdc++6",
}
"""Beginning of a shared library's name to the Debian and Ubuntu package that has it."""


class State(StrEnum):
    """How a thing is; with a warning Screener runs."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing, how it is, and where it is not ok what to do."""

    what: str
    state: State
    found: str
    mend: str = ""


Check = Callable[[Config], Iterator[Finding]]


def all_findings(config: Config, told: Callable[[str], None] = lambda _: None) -> Iterator[Finding]:
    """Everything, in the order in which it is best mended; `told` hears what is being looked at."""
    for what, check in CHECKS.items():
        told(what)
        yield from _guarded(what, check, config)


def _guarded(what: str, check: Check, config: Config) -> Iterator[Finding]:
    """What the check finds; an error of ours already says what to do."""
    try:
        yield from check(config)
    except ScreenerError as error:
        text, _, mend = str(error).rpartition("; ")
        yield Finding(what, State.BROKEN, text or mend, mend if text else "")
    except ImportError as error:
        yield Finding(what, State.BROKEN, str(error), mend_import(str(error)))
    except OSError as error:
        yield Finding(what, State.BROKEN, f"{error.filename or ''}: {error.strerror}".lstrip(": "))


def mend_import(text: str) -> str:
    """What to install where an import failed with this text."""
    for library, package in DEBIAN_PACKAGES.items():
        if library in text:
            return f"install the system library (Debian, Ubuntu: apt-get install {package})"
    return "install Screener again with all it depends on: pip install screener"


# --- the machine --------------------------------------------------------------------------------------


def python(_config: Config) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield Finding("python", State.BROKEN, version, "install Python 3.11 or newer")
    else:
        yield Finding("python", State.OK, version)


def opencv(_config: Config) -> Iterator[Finding]:
    yield _imported("opencv", "cv2")


def onnx_runtime(_config: Config) -> Iterator[Finding]:
    yield _imported("onnxruntime", "onnxruntime")


def checksums(config: Config) -> Iterator[Finding]:
    if config.log.kind != "kafka":
        return
    try:
        yield _imported("crc32c", "crc32c")
    except ImportError as error:
        mend = (
            "pip install 'kafka-python[crc32c]': without it Kafka's checksums are thousands of times slower"
        )
        yield Finding("crc32c", State.WARNING, str(error), mend)


def open_files(_config: Config) -> Iterator[Finding]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    state = State.OK if soft >= ENOUGH_FILES or soft == resource.RLIM_INFINITY else State.WARNING
    mend = "" if state is State.OK else f"raise it: ulimit -n {4 * ENOUGH_FILES}"
    yield Finding("open files", state, f"at most {soft} at a time", mend)


def free_disk(config: Config) -> Iterator[Finding]:
    """Of each file system that we write to, once."""
    seen: set[int] = set()
    for place in _written_places(config):
        device = place.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(place).free
        text = f"{free / (1 << 30):,.1f} GiB free at {place}"
        if free < LEAST_FREE_BYTES:
            yield Finding("disk", State.BROKEN, text, "free space, or name another folder in the settings")
        elif free < ENOUGH_FREE_BYTES:
            yield Finding("disk", State.WARNING, text, "free space before long: images and logs grow")
        else:
            yield Finding("disk", State.OK, text)


# --- our own files ------------------------------------------------------------------------------------


def settings(_config: Config) -> Iterator[Finding]:
    """It was read before we came here, so it is sound: say which it is."""
    named = os.environ.get("SCREENER_CONFIG")
    source = Path(named) if named else DEFAULT_PATH
    found = str(source) if source.exists() else f"no {source}: every setting has its default"
    yield Finding("settings", State.OK, found)


def policy(config: Config) -> Iterator[Finding]:
    from screener.core import policy as policies

    chosen = policies.read(Path(config.decide.policy))
    yield Finding("policy", State.OK, f"{config.decide.policy} ({chosen.id})")


def keys(config: Config) -> Iterator[Finding]:
    from screener.sealing.ring import VARIABLE, KeyRing

    folder = Path(config.keys.path)
    ring = KeyRing.load(folder)
    where = f"${VARIABLE}" if os.environ.get(VARIABLE) else str(folder)
    found = f"{where}, sealing with {ring.seal_key_id}"
    months = _months_old(ring.seal_key_id, datetime.now(UTC))
    if months >= MONTHS_TO_ROTATE:
        mend = "`screener keys rotate`, then start the workers again"
        yield Finding("keys", State.WARNING, f"{found}, {months} months old", mend)
    elif not os.environ.get(VARIABLE) and _writable_by_others(folder):
        yield Finding(
            "keys", State.WARNING, f"{found}: others may write to the folder", f"chmod 700 {folder}"
        )
    else:
        yield Finding("keys", State.OK, found)


def model(config: Config) -> Iterator[Finding]:
    """Hash, signature and a run on an empty belt are what loading checks."""
    from screener.scoring.model import Model

    loaded = Model.load(Path(config.score.model), threads=config.score.threads)
    found = f"{config.score.model}: {loaded.id}, threshold {loaded.threshold:.3f}, {loaded.pitch_mm:g} mm"
    yield Finding("model", State.OK, found)


def scanners(config: Config) -> Iterator[Finding]:
    """A scanner's own model is loaded as [score] loads it; what it was commissioned with is read."""
    from screener.scoring.model import Model
    from screener.scoring.own import Models
    from screener.stages.references import CommissionedScanners

    folder = Path(config.scanners)
    files = len(list(folder.glob("*.toml")))
    bad: list[str] = []
    shared = Model.load(Path(config.score.model), threads=config.score.threads)
    Models(lambda: shared, folder, most=1, refused=lambda error: bad.append(str(error)))
    CommissionedScanners(folder, refused=lambda error: bad.append(str(error)))
    for error in dict.fromkeys(bad):
        yield Finding(
            "scanners", State.BROKEN, error, "until then what served before, or the shared model, does"
        )
    if not bad:
        found = f"{folder}: {files} commissioned" if files else f"{folder}: none has anything of its own"
        yield Finding("scanners", State.OK, found)


def drift(config: Config) -> Iterator[Finding]:
    """What stands on the log; where there is no log yet, `log` says so."""
    from screener.cli import compose
    from screener.stages.drift import raised_on

    if config.log.kind == "sqlite" and not Path(config.log.sqlite.path).exists():
        return
    try:
        with compose.open_log(config) as opened:
            raised = raised_on(opened)
    except Unavailable:
        return
    for alarm in raised:
        found = (
            f"{alarm.hub}/{alarm.scanner}, {alarm.what}: {alarm.text} (since {alarm.since:%Y-%m-%d %H:%M})"
        )
        yield Finding("drift", State.WARNING, found, "docs/drift.md; if it is meant, `screener hub anchor`")
    if not raised:
        yield Finding("drift", State.OK, "no scanner is alarmed to have changed")


def image_decoder(config: Config) -> Iterator[Finding]:
    """The child starts, bounds itself, and decodes a picture."""
    import cv2
    import numpy as np

    from screener.errors import BadInput
    from screener.imaging.picture import Request
    from screener.imaging.sandbox import Sandbox

    grey = np.full((200, 300), 200, np.uint8)
    request = Request(cv2.imencode(".png", grey)[1].tobytes(), "image/png", 1.0, 1.0, None)
    with Sandbox(config.score.images) as sandbox:
        result = sandbox.submit(request).result()
    if isinstance(result, BadInput):
        mend = f"raise score.images.decode_memory_mib (now {config.score.images.decode_memory_mib})"
        yield Finding("image decoder", State.BROKEN, str(result), mend)
    else:
        yield Finding("image decoder", State.OK, "a process of its own decodes")


def evidence_store(config: Config) -> Iterator[Finding]:
    """The same few bytes each time, since what is written once is never deleted."""
    from hashlib import sha256

    from screener.evidence.store import EvidenceStore

    digest = sha256(PROBE).hexdigest()
    store = EvidenceStore.open(config.evidence.url)
    address = store.put(digest, PROBE, "text/plain")
    store.put(digest, PROBE, "text/plain")
    assert store.get(address) == PROBE
    yield Finding("evidence store", State.OK, f"{config.evidence.url}: written, written again, read")


def run_folder(config: Config) -> Iterator[Finding]:
    place = nearest(Path(config.run_dir))
    try:
        with tempfile.TemporaryFile(dir=place):
            yield Finding("run folder", State.OK, f"{config.run_dir} can be written")
    except OSError as error:
        found = f"{place}: cannot be written ({error.strerror})"
        yield Finding("run folder", State.BROKEN, found, "let this user write there, or set run_dir")


# --- the log ------------------------------------------------------------------------------------------


def log(config: Config) -> Iterator[Finding]:
    from screener.cli import compose
    from screener.stages import topology

    where = compose.describe_log(config)
    if config.log.kind == "sqlite" and not Path(config.log.sqlite.path).exists():
        yield Finding("log", State.BROKEN, f"{where}: not there yet", "`screener topics create --hub NAME`")
        return
    try:
        with compose.open_log(config) as opened:
            count = len(opened.topics())
            problems = topology.problems(opened, config.log)
    except Unavailable as error:
        yield Finding("log", State.BROKEN, str(error), MEND_LOG[config.log.kind])
        return
    yield Finding("log", State.OK, f"{where} answers")
    for problem in problems:
        yield Finding("topics", State.BROKEN, problem.topic, problem.text)
    if not problems:
        yield Finding("topics", State.OK, f"{count}, as they must be")


def metrics_ports(config: Config) -> Iterator[Finding]:
    settings = config.metrics
    if settings.port == 0:
        yield Finding("metrics", State.OK, "turned off")
        return
    taken = [
        port for port in range(settings.port, settings.port + PORTS) if not _is_free(settings.host, port)
    ]
    if taken:
        found = f"{settings.host}: taken: {', '.join(map(str, taken))}"
        yield Finding("metrics", State.WARNING, found, "fine if workers run; else set metrics.port")
    else:
        yield Finding("metrics", State.OK, f"{settings.host}:{settings.port} and the next are free")


MEND_LOG = {
    "kafka": "start the broker (`make kafka`), or name another: log.kafka, KAFKA_BOOTSTRAP_SERVERS",
    "sqlite": "end the process that holds it, or name another file: log.sqlite.path",
}


CHECKS: dict[str, Check] = {
    "python": python,
    "opencv": opencv,
    "onnxruntime": onnx_runtime,
    "crc32c": checksums,
    "settings": settings,
    "policy": policy,
    "keys": keys,
    "model": model,
    "scanners": scanners,
    "image decoder": image_decoder,
    "evidence store": evidence_store,
    "run folder": run_folder,
    "disk": free_disk,
    "open files": open_files,
    "metrics": metrics_ports,
    "log": log,
    "drift": drift,
}


# --- small questions ----------------------------------------------------------------------------------


def nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    absolute = path.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.is_dir())


def _imported(what: str, module: str) -> Finding:
    version = getattr(import_module(module), "__version__", "there")
    return Finding(what, State.OK, str(version))


def _written_places(config: Config) -> list[Path]:
    places = [nearest(Path(config.run_dir))]
    if "://" not in config.evidence.url:
        places.append(nearest(Path(config.evidence.url)))
    if config.log.kind == "sqlite":
        places.append(nearest(Path(config.log.sqlite.path).parent))
    return places


def _writable_by_others(folder: Path) -> bool:
    return bool(folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _months_old(key_id: str, now: datetime) -> int:
    year, month = map(int, re.findall("[0-9]+", key_id)[:2])
    return (now.year - year) * 12 + now.month - month


def _is_free(host: str, port: int) -> bool:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
    return True
