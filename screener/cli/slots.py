"""Worker slots: a name that is stable and unique for each worker that runs at a time.

Kafka's transactional id is made of it: a worker that comes back under its old slot ends what its
predecessor left open. On one machine a lock file holds the slot, and the machine's name keeps it apart from
those of others; in a cluster `SCREENER_SLOT` names it (the pod's ordinal).
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from screener.errors import BadConfig

MOST_WORKERS = 256
VARIABLE = "SCREENER_SLOT"


@contextmanager
def slot(folder: Path, stage: str, env: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Hold a slot of this stage while the context lasts; the lowest free one where none is named."""
    if named := env.get(VARIABLE):
        yield named
        return
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(MOST_WORKERS):
        with (folder / f"{stage}.{number}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield f"{socket.gethostname()}-{number}"
            return
    raise BadConfig(f"{folder}: all {MOST_WORKERS} slots of {stage} are taken; stop some workers")
