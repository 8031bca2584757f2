"""What befalls a run, each by its name; `Rig` is what they may break."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.faults import points
from bench.faults.installation import DELIVERY_S, MAX_POLL_S, PATIENCE_S, SESSION_S, TRANSACTION_S
from bench.faults.points import Points
from bench.faults.workers import DESK, GATEWAYS, Fleet, Worker, kill, resume
from bench.gateway.disks import fill, mount
from bench.gateway.link import Link
from deploy.kafka.broker import Broker
from tests.scoring import tiny_model


@dataclass(frozen=True, slots=True)
class Rig:
    """What a fault may break. `broker` and `link` are None on the embedded log.

    `points` are the workers', `fronts` those of gateways and workstation by stage. `flood` lets the hubs send
    on without waiting; `disks` are the folders that lie on a small file system of their own, by name.
    """

    fleet: Fleet
    points: Points
    fronts: Mapping[str, Points]
    rng: random.Random
    broker: Broker | None
    link: Link | None
    disks: dict[str, Path]
    flood: Callable[[bool], None]
    patience_s: float = PATIENCE_S

    def pause(self, low_s: float, high_s: float) -> None:
        time.sleep(self.rng.uniform(low_s, high_s))

    def any_of(self, *stages: str) -> Worker | None:
        found = self.fleet.of(*stages)
        return self.rng.choice(found) if found else None

    def set(self, name: str, seconds: float) -> None:
        """A delay, or how far clocks are ahead, of all processes."""
        for points_ in (self.points, *self.fronts.values()):
            points_.set(name, seconds)

    def model(self) -> Path:
        return self.fleet.site.folder / "tiny.onnx"


Fault = Callable[[Rig], None]
"""Breaks something, waits as long as it lasts, and mends it."""

WORKERS = ("score", "decide", "tally", "network")
EVERY = (*WORKERS, *GATEWAYS, *DESK)
ONE_AT_A_TIME = threading.Lock()


def killed(rig: Rig) -> None:
    """A worker is killed with -9 at any moment."""
    _kill_one(rig, WORKERS)


def gateway_killed(rig: Rig) -> None:
    """A gateway is."""
    _kill_one(rig, GATEWAYS)


def desk_killed(rig: Rig) -> None:
    """The workstation is, or the one who works at it."""
    _kill_one(rig, DESK)


def decider_killed(rig: Rig) -> None:
    """A decider is, and another takes up its state from the log."""
    _kill_one(rig, ("decide",))


def gateway_killed_in_commit(rig: Rig) -> None:
    """A gateway dies while its commit is under way: nobody told it whether its batch came in."""
    _at(rig.fronts[rig.rng.choice(_fronts(rig, GATEWAYS))], points.IN_COMMIT, points.KILL)


def desk_killed_in_commit(rig: Rig) -> None:
    """The workstation dies while it commits outcomes."""
    _at(rig.fronts["review"], points.IN_COMMIT, points.KILL)


def gateway_stopped(rig: Rig) -> None:
    """A gateway stops in its commit, beyond every timeout, and goes on."""
    _stopped(rig, rig.rng.choice(_fronts(rig, GATEWAYS)))


def desk_stopped(rig: Rig) -> None:
    """The workstation does."""
    _stopped(rig, "review")


def all_killed(rig: Rig) -> None:
    """All processes are, as by a power cut."""
    for worker in rig.fleet.of(*EVERY):
        kill(worker.process)


def killed_after_send(rig: Rig) -> None:
    """A worker dies when it has sent, and has not sent its offsets."""
    _at(rig.points, points.AFTER_SEND, points.KILL)


def killed_after_offsets(rig: Rig) -> None:
    """A worker dies between its offsets and the commit."""
    _at(rig.points, points.AFTER_OFFSETS, points.KILL)


def killed_before_commit(rig: Rig) -> None:
    """A worker dies when it begins to commit."""
    _at(rig.points, points.BEFORE_COMMIT, points.KILL)


def killed_in_commit(rig: Rig) -> None:
    """A worker dies while its commit is under way."""
    _at(rig.points, points.IN_COMMIT, points.KILL)


def zombie(rig: Rig) -> None:
    """A worker stops before a commit, beyond every timeout; others take over; then it goes on."""
    pid = _at(rig.points, points.BEFORE_COMMIT, points.STOP)
    if pid is not None:
        time.sleep(max(SESSION_S, TRANSACTION_S) + 4)
        resume(pid)


def zombie_of_a_slot(rig: Rig) -> None:
    """A worker stops in a transaction, another takes its slot, then it goes on."""
    pid = _at(rig.points, points.AFTER_SEND, points.STOP)
    if pid is None:
        return
    worker = next((one for one in rig.fleet.workers if one.process and one.process.pid == pid), None)
    heir = rig.fleet.one_more(worker.stage, _slot_of(worker, rig.fleet)) if worker else None
    rig.pause(SESSION_S + 2, SESSION_S + 4)
    resume(pid)
    rig.pause(3, 5)
    if heir is not None:
        heir.terminate()
        heir.wait()


def storm(rig: Rig) -> None:
    """Workers come and go every few seconds."""
    for _ in range(5):
        guest = rig.fleet.one_more(rig.rng.choice(("score", "decide")))
        rig.pause(2.5, 5)
        kill(guest) if rig.rng.random() < 0.5 else guest.terminate()
        guest.wait()


def slow_model(rig: Rig) -> None:
    """The model takes longer than a group waits for its member."""
    rig.points.set(points.SLOW_MODEL, MAX_POLL_S + 3)
    rig.pause(MAX_POLL_S + 4, MAX_POLL_S + 8)


def bad_model(rig: Rig) -> None:
    """The model's file is replaced by rubbish, then by a good one."""
    good, card = rig.model(), rig.model().with_suffix(".json")
    kept = good.read_bytes(), card.read_bytes()
    good.write_bytes(b"rubbish" * 100)
    rig.pause(2, 4)
    worker = rig.any_of("score")
    if worker and rig.rng.random() < 0.5:
        kill(worker.process)  # one that starts anew has no old model to go on with
    rig.pause(1, 3)
    good.write_bytes(kept[0])
    card.write_bytes(kept[1])


def new_model(rig: Rig) -> None:
    """A better model is put in the place of the old one, under load."""
    tiny_model.write(rig.model().parent, name=f"tiny-{rig.rng.randrange(10**6)}")


def backlog(rig: Rig) -> None:
    """No scan is scored for longer than the patience, while hubs send on."""
    rig.flood(True)
    for worker in rig.fleet.workers:
        if worker.stage == "score":
            worker.wanted = False
            kill(worker.process)
    rig.pause(rig.patience_s + 5, rig.patience_s + 8)
    for worker in rig.fleet.workers:
        worker.wanted = True
    rig.flood(False)


def clock_ahead(rig: Rig) -> None:
    """The workers' clocks jump ahead by an hour, and back."""
    rig.set(points.CLOCK, 3600.0)
    rig.pause(3, 6)


def clock_behind(rig: Rig) -> None:
    """The workers' clocks fall behind by an hour, and come back."""
    rig.set(points.CLOCK, -3600.0)
    rig.pause(3, 6)


def evidence_slow(rig: Rig) -> None:
    """The evidence store takes seconds for each image."""
    rig.points.set(points.SLOW_EVIDENCE, 2.0)
    rig.pause(5, 8)


def evidence_full(rig: Rig) -> None:
    """The disk of the evidence store is full, then freed."""
    with _filled(rig.disks["evidence"]):
        rig.pause(5, 8)


def evidence_refuses(rig: Rig) -> None:
    """The evidence store is read-only for a while."""
    folder = rig.disks["evidence"]
    mount("-o", "remount,ro", str(folder))
    try:
        rig.pause(5, 8)
    finally:
        mount("-o", "remount,rw", str(folder))


def front_full(rig: Rig) -> None:
    """The disk under gateways and workstation is full, then freed."""
    with _filled(rig.disks["front"]):
        rig.pause(4, 8)


def broker_killed(rig: Rig) -> None:
    """The broker is killed with -9 and started again."""
    _restarted(rig, 0, 4)


def broker_killed_in_commit(rig: Rig) -> None:
    """The broker dies while a commit is under way."""
    if _at(rig.points, points.IN_COMMIT, points.WAIT) is not None:
        _restarted(rig, 0, 3)


def link_cut(rig: Rig) -> None:
    """Connections are reset and refused."""
    _broken(rig, 2, 6)


def link_cut_in_commit(rig: Rig) -> None:
    """The coordinator refuses connections while a commit is under way."""
    if _at(rig.points, points.IN_COMMIT, points.WAIT) is not None:
        _broken(rig, 3, 6)


def link_silent(rig: Rig) -> None:
    """Connections stay, and nothing passes in either direction."""
    _broken(rig, 2, 6, silent=True)


def replies_lost(rig: Rig) -> None:
    """What workers send arrives, and no reply comes back."""
    _broken(rig, 2, 6, replies=True)


def outage(rig: Rig) -> None:
    """No record arrives for longer than `delivery_timeout_s`, then all is well again.

    Cut off for so long a worker would be put out of its group, too, and so tell its loss by accident.
    """
    assert rig.link
    rig.link.swallow_records()
    rig.flood(True)  # or nobody would have anything to send
    try:
        rig.pause(DELIVERY_S + 3, DELIVERY_S + 6)
    finally:
        rig.flood(False)
        rig.link.mend()


def disk_full(rig: Rig) -> None:
    """The disk of the log is full, then freed."""
    with _filled(rig.disks["log"]):
        rig.pause(4, 8)
    if rig.broker is not None:
        _restarted(rig, 0, 1)  # Kafka ends, or takes the folder out of service


ANYWHERE: dict[str, Fault] = {
    "killed": killed,
    "decider killed": decider_killed,
    "all killed": all_killed,
    "killed before commit": killed_before_commit,
    "zombie": zombie,
    "storm": storm,
    "slow model": slow_model,
    "bad model": bad_model,
    "new model": new_model,
    "backlog": backlog,
    "clock ahead": clock_ahead,
    "clock behind": clock_behind,
    "evidence slow": evidence_slow,
}
ON_DISKS: dict[str, Fault] = {
    "evidence full": evidence_full,
    "evidence refuses": evidence_refuses,
    "disk full": disk_full,
}
AT_GATEWAYS: dict[str, Fault] = {"gateway killed": gateway_killed}
AT_GATEWAYS_ON_KAFKA: dict[str, Fault] = {
    "gateway killed in commit": gateway_killed_in_commit,
    "gateway stopped": gateway_stopped,
}
AT_DESK: dict[str, Fault] = {"desk killed": desk_killed}
AT_DESK_ON_KAFKA: dict[str, Fault] = {
    "desk killed in commit": desk_killed_in_commit,
    "desk stopped": desk_stopped,
}
AT_FRONT_ON_DISKS: dict[str, Fault] = {"front disk full": front_full}
ON_KAFKA: dict[str, Fault] = {
    "killed after send": killed_after_send,
    "killed after offsets": killed_after_offsets,
    "killed in commit": killed_in_commit,
    "zombie of a slot": zombie_of_a_slot,
    "broker killed": broker_killed,
    "broker killed in commit": broker_killed_in_commit,
    "link cut": link_cut,
    "link cut in commit": link_cut_in_commit,
    "link silent": link_silent,
    "replies lost": replies_lost,
    "outage": outage,
}


def together(one: Fault, other: Fault) -> Fault:
    """Both at once."""

    def both(rig: Rig) -> None:
        with ThreadPoolExecutor(2) as threads:
            for done in [threads.submit(one, rig), threads.submit(other, rig)]:
                done.result()

    return both


def possible(rig: Rig) -> dict[str, Fault]:
    """The faults that can be had here."""
    on_kafka, on_disks = rig.broker is not None, bool(rig.disks)
    gateways, desk = bool(_fronts(rig, GATEWAYS)), bool(_fronts(rig, DESK))
    kinds = (
        (ANYWHERE, True),
        (ON_KAFKA, on_kafka),
        (ON_DISKS, on_disks),
        (AT_GATEWAYS, gateways),
        (AT_GATEWAYS_ON_KAFKA, gateways and on_kafka),
        (AT_DESK, desk),
        (AT_DESK_ON_KAFKA, desk and on_kafka),
        (AT_FRONT_ON_DISKS, (gateways or desk) and on_disks),
    )
    return {name: fault for faults, had in kinds if had for name, fault in faults.items()}


def mend(rig: Rig) -> None:
    """Whatever a fault left: nothing is asked for, slow or off any more."""
    for points_ in (rig.points, *rig.fronts.values()):
        points_.withdraw()
    for worker in rig.fleet.of(*EVERY):
        if worker.process is not None:
            resume(worker.process.pid)


def _kill_one(rig: Rig, stages: Sequence[str]) -> None:
    worker = rig.any_of(*stages)
    if worker:
        kill(worker.process)


def _fronts(rig: Rig, stages: Sequence[str]) -> list[str]:
    """Which of these are there, and pass by places."""
    return sorted(set(stages) & set(rig.fronts))


def _stopped(rig: Rig, stage: str) -> None:
    pid = _at(rig.fronts[stage], points.IN_COMMIT, points.STOP)
    if pid is not None:
        time.sleep(TRANSACTION_S + 4)
        resume(pid)


def _at(of: Points, place: str, what: str, limit_s: float = 60.0) -> int | None:
    """Ask the next process that comes by; which it was, or None where nobody came."""
    of.ask(place, what)
    deadline_s = time.monotonic() + limit_s
    while time.monotonic() < deadline_s:
        pid = of.taken(place, what)
        if pid is not None:
            return pid
        time.sleep(0.02)
    return None


def _broken(rig: Rig, low_s: float, high_s: float, *, silent: bool = False, replies: bool = False) -> None:
    assert rig.link
    if replies:
        rig.link.swallow_replies()
    else:
        rig.link.cut(silent=silent)
    rig.points.release()
    try:
        rig.pause(low_s, high_s)
    finally:
        rig.link.mend()


def _restarted(rig: Rig, low_s: float, high_s: float) -> None:
    """Kill the broker with -9 and start it again; of two faults that both want that, one after the other."""
    assert rig.broker
    with ONE_AT_A_TIME:
        rig.broker.kill()
        rig.points.release()
        rig.pause(low_s, high_s)
        rig.broker.start()


def _slot_of(worker: Worker, fleet: Fleet) -> str:
    """The slot that a worker holds: the processes of a stage take the lowest free one."""
    return f"{socket.gethostname()}-{worker.number - fleet.stages.index(worker.stage)}"


@contextmanager
def _filled(disk: Path) -> Iterator[None]:
    """The file system of this folder without a byte left."""
    ballast = disk / "ballast"
    fill(ballast)
    try:
        yield
    finally:
        ballast.unlink(missing_ok=True)
