"""How long a list of 190,000 subjects takes from the upload to its topic, and how much memory.

    .venv/bin/python -m bench.lists_import [--subjects N]

The file is uploaded, read, compared, confirmed, published through the outbox to an embedded log, and read
back from it, by the functions that the workstation's background runs. Then the same file comes again, as it
does each month: nothing of it is published. Prints seconds for each step, also those of the processor, and
the peak memory, and writes `bench/lists_import.json`.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from screener.contracts import topics
from screener.review import database
from screener.review.lists import files, follow, jobs, working
from screener.review.lists.tables import list_job
from screener.review.outbox import SLOT, Outbox
from screener.stream.port import Partition
from tests.review.lists.desks import HEAD, NOW, Desk, log_of_lists
from tests.review.stations import HOME
from tests.stages.world import RING

FILE = Path(__file__).with_suffix(".json")


def main() -> None:
    """Import the list twice, and say what each step took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=190_000)
    asked = parser.parse_args()
    told: dict[str, float] = {"subjects": asked.subjects}
    with TemporaryDirectory() as folder, log_of_lists(Path(folder)) as log:
        engine = database.opened(f"sqlite:///{folder}/review.db")
        database.upgrade(engine)
        desk = Desk(engine, log)
        content = table(asked.subjects)
        told["file_mb"] = round(len(content) / 1e6, 1)
        told["memory_before_mb"] = peak_mb()
        for which in ("first", "again"):
            imported(desk, content, which, told)
        told["memory_peak_mb"] = peak_mb()
        told["records"] = log.end(Partition(topics.SENDERS, 0))
        told["listed"] = len(desk.on_the_list("senders"))
        engine.dispose()
    print(json.dumps(told, indent=2))
    FILE.write_text(json.dumps(told, indent=2) + "\n")


def table(subjects: int) -> bytes:
    """A file of graded senders, each with a phone number of its own."""
    grades = ("A", "B", "C")
    lines = (f"shop-{n},139{n:08},,{grades[n % 3]},shop,2027-12-31" for n in range(subjects))
    return "\n".join([HEAD, *lines]).encode("gb18030")


def imported(desk: Desk, content: bytes, which: str, told: dict[str, float]) -> None:
    with timed(f"{which}_upload_s", told), database.writing(desk.engine) as connection:
        file = files.taken(io.BytesIO(content), replaces=True)
        given = (connection, desk.li, HOME, NOW, "senders")
        job = jobs.begin_file(*given, file=file, ring=RING)
    with timed(f"{which}_read_s", told):
        works_while(desk, job, jobs.READING)
    with timed(f"{which}_compare_s", told):
        works_while(desk, job, jobs.COMPARING)
    if not desk.job(job).changes:
        return
    with timed(f"{which}_confirm_s", told):
        desk.confirms(job)
    with timed(f"{which}_publish_s", told), desk.log.publisher(SLOT) as publisher:
        outbox = Outbox(desk.engine, desk.log, desk.service.clock)
        while state(desk, job) == jobs.PUBLISHING or outbox.send(publisher):
            working.work_off(desk.service, threading.Event())
            while outbox.send(publisher):
                pass
    with timed(f"{which}_read_back_s", told):
        follow.catch_up(desk.engine, desk.log, HOME, desk.service.clock)


def works_while(desk: Desk, job: int, wanted: str) -> None:
    while state(desk, job) == wanted:
        working.work_off(desk.service, threading.Event())


def state(desk: Desk, job: int) -> str:
    with database.reading(desk.engine) as connection:
        return str(connection.scalar(select(list_job.c.state).where(list_job.c.id == job)))


@contextmanager
def timed(name: str, told: dict[str, float]) -> Iterator[None]:
    began, worked = time.perf_counter(), time.process_time()
    yield
    told[name] = round(time.perf_counter() - began, 1)
    told[f"{name}_of_processor"] = round(time.process_time() - worked, 1)
    print(f"{name}: {told[name]}, of the processor {told[f'{name}_of_processor']}", flush=True)


def peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


if __name__ == "__main__":
    main()
