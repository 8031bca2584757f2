"""A worker that copies until it is killed, to be killed: `copier BOOTSTRAP SOURCE TARGET FILE`.

Writes a line to FILE for every commit that returned.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from screener.errors import Fenced, Unavailable
from screener.stream.kafka import KafkaLog
from screener.stream.port import Member, Subscription
from tests.contract.polling import after, copied
from tests.kafka.conftest import at


def main(bootstrap: str, source: str, target: str, told: Path) -> None:
    with KafkaLog(at(bootstrap)) as log:
        while True:
            try:
                with log.join(f"copiers-{source}", Subscription(topics=(source,)), "0") as member:
                    copy(member, target, told)
            except (Fenced, Unavailable):
                time.sleep(0.2)


def copy(member: Member, target: str, told: Path) -> None:
    with told.open("a") as lines:
        while True:
            batch = member.poll(0.5, 20)
            if batch.records:
                member.commit(batch.assignment, copied(batch.records, target), after(batch.records))
                lines.write(f"{len(batch.records)}\n")
                lines.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
