"""Scans per second through the whole pipeline on Kafka, against the bare loop, as a ratio in one run.

    make bench                                      simulated scans on a broker of its own
    .venv/bin/python bench/throughput.py --scans DIR   the images of a folder

Bare loop: decode, resample, model, one after the other. Pipeline: the same bytes published to Kafka as scans
with their manifests, `screener run` with one process of each stage and its decoder, from the first message
to the last verdict. Both are held to the same single core; the broker and this program have all of them,
as a broker would stand elsewhere. Both report where the time goes. Writes a table to the terminal and
`bench/throughput.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from deploy.kafka.broker import Broker  # noqa: E402
from screener.cli.cargo import Run, files_in, parcels_of_files, simulated_parcels  # noqa: E402
from screener.config import ImageLimits  # noqa: E402
from screener.contracts import topics  # noqa: E402
from screener.contracts.wire import Energy  # noqa: E402
from screener.hub.parcel import TrafficParcel, manifest_of, scans_of  # noqa: E402
from screener.imaging.picture import Request, read_picture  # noqa: E402
from screener.scoring.model import Model  # noqa: E402
from screener.stream.port import Log, Partition  # noqa: E402
from tests.system.site import Site  # noqa: E402

HUB = "bench"


@dataclass(frozen=True)
class Bare:
    """The bare loop: seconds by part, for all scans."""

    scans: int
    decode_and_resample_s: float
    model_s: float

    @property
    def scans_per_s(self) -> float:
        return self.scans / (self.decode_and_resample_s + self.model_s)


@dataclass(frozen=True)
class Pipeline:
    """The whole pipeline: wall seconds from first message to last verdict, CPU seconds by process."""

    scans: int
    wall_s: float
    cpu_s: dict[str, float]

    @property
    def scans_per_s(self) -> float:
        return self.scans / self.wall_s


def main() -> None:
    arguments = _arguments()
    console = Console()
    run = Run(HUB, seed=arguments.seed, start=datetime.now(UTC))
    with console.status("making the parcels"):
        if arguments.scans is not None:
            parcels = list(parcels_of_files(run, files_in(arguments.scans), 0.75))
        else:
            parcels = list(simulated_parcels(run, arguments.parcels))
    with console.status("bare loop"), one_core():
        bare = bare_loop(parcels)
    with console.status("pipeline on Kafka"):
        pipeline = through_kafka(parcels)
    report(console, bare, pipeline, "a folder" if arguments.scans else "simulated parcels")


def bare_loop(parcels: list[TrafficParcel]) -> Bare:
    """Decode, resample and score every scan in this process, one after the other."""
    model = Model.load(REPOSITORY / "models" / "screener.onnx", threads=1)
    limits = ImageLimits()
    decode_s = model_s = 0.0
    requests = [_request(parcel, view) for parcel in parcels for view in range(len(parcel.images))]
    for request in requests:
        began = time.perf_counter()
        picture = read_picture(request, limits, model.pitch_mm)
        decoded = time.perf_counter()
        model.score([picture.image])
        model_s += time.perf_counter() - decoded
        decode_s += decoded - began
    return Bare(len(requests), decode_s, model_s)


def _request(parcel: TrafficParcel, view: int) -> Request:
    image = parcel.images[view]
    pitch = image.pitch_mm
    return Request(image.content, image.content_type, pitch.across, pitch.along, Energy(image.energy))


def through_kafka(parcels: list[TrafficParcel]) -> Pipeline:
    """Everything lies in the topics; then the workers start. Their start is not counted, the work is."""
    with tempfile.TemporaryDirectory() as folder, _broker(Path(folder) / "kafka") as bootstrap:
        site = Site.build(Path(folder), hub=HUB, kafka=bootstrap, patience_s=3600)
        with ExitStack() as stack:
            log = stack.enter_context(site.log())
            with one_core():  # the workers inherit it
                worker = stack.enter_context(site.worker())
            _warm_up(log, parcels[0])
            before = _cpu_s(worker)
            began = time.perf_counter()
            with log.publisher() as publisher:
                for parcel in parcels[1:]:
                    publisher.publish([manifest_of(parcel), *scans_of(parcel)])
            _wait_for(log, len(parcels))
            wall_s = time.perf_counter() - began
            cpu_s = {name: after - before.get(name, 0.0) for name, after in _cpu_s(worker).items()}
    return Pipeline(sum(len(parcel.images) for parcel in parcels[1:]), wall_s, cpu_s)


@contextmanager
def one_core() -> Iterator[None]:
    """Hold this thread, and what it starts, to one core."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(all_cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


@contextmanager
def _broker(data: Path) -> Iterator[str]:
    if named := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield named
        return
    broker = Broker(data)
    broker.start()
    try:
        yield broker.bootstrap
    finally:
        broker.kill()


def _warm_up(log: Log, parcel: TrafficParcel) -> None:
    with log.publisher() as publisher:
        publisher.publish([manifest_of(parcel), *scans_of(parcel)])
    _wait_for(log, 1)


def _wait_for(log: Log, wanted: int) -> None:
    topic = topics.verdicts(HUB)
    partitions = [Partition(topic, number) for number in range(log.topics()[topic])]
    while sum(1 for p in partitions for _ in log.read(p, log.start(p), log.end(p))) < wanted:
        time.sleep(0.2)


def _cpu_s(worker: psutil.Popen) -> dict[str, float]:
    """CPU seconds of the worker's processes: the stages, and the decoder of images."""
    spent: dict[str, float] = {}
    for process in worker.children(recursive=True):
        line = " ".join(process.cmdline())
        name = "decoder" if "imaging" in line else "decide" if " decide" in line else "score"
        times = process.cpu_times()
        spent[name] = spent.get(name, 0.0) + times.user + times.system
    return spent


def report(console: Console, bare: Bare, pipeline: Pipeline, source: str) -> None:
    ratio = pipeline.scans_per_s / bare.scans_per_s
    table = Table(title=f"{bare.scans} scans of {source}, one core, one process of each stage")
    for column in ("", "scans/s", "where the time goes"):
        table.add_column(column)
    parts = (("decode and resample", bare.decode_and_resample_s), ("model", bare.model_s))
    table.add_row("bare loop", f"{bare.scans_per_s:.1f}", _shares(parts, bare.scans))
    spent = tuple((f"{name} CPU", seconds) for name, seconds in sorted(pipeline.cpu_s.items()))
    table.add_row("pipeline on Kafka", f"{pipeline.scans_per_s:.1f}", _shares(spent, pipeline.scans))
    console.print(table)
    console.print(f"pipeline / bare loop = [bold]{ratio:.2f}[/bold]")
    figures = {"bare": asdict(bare), "pipeline": asdict(pipeline), "ratio": ratio, "source": source}
    (REPOSITORY / "bench" / "throughput.json").write_text(json.dumps(figures, indent=2) + "\n")


def _shares(parts: tuple[tuple[str, float], ...], scans: int) -> str:
    return ", ".join(f"{name} {1000 * seconds / scans:.1f} ms a scan" for name, seconds in parts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--parcels", type=int, default=150, help="simulated parcels (default 150)")
    parser.add_argument("--scans", type=Path, help="a folder of images instead")
    parser.add_argument("--seed", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
