#!/usr/bin/env python3
"""One Apache Kafka broker on this machine, without a container: Java 17, and Maven once for the jars.

    python3 deploy/kafka/broker.py start [--port N] [--data DIR] [--foreground]
    python3 deploy/kafka/broker.py status [--data DIR]
    python3 deploy/kafka/broker.py stop [--data DIR]

Needs nothing but Python's standard library, so that it runs before anything is installed.
Tests import `Broker`. One node, replication factor 1, no password: for a desk, never for parcels.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBS = HERE / "libs"
HOST = "127.0.0.1"
DEFAULT_PORT = 9092
START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 20.0
JAVA_VERSION = 17
FENCING_TIMEOUT_S = 20.0
FENCED = re.compile("session has timed out.*fenced=1", re.DOTALL)
JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
)

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={log_dir}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
message.max.bytes=8388608
"""

# A controller alone, on the data of a broker that died: see `Broker._fence`.
FENCING = """\
process.roles=controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller_port}
listeners=CONTROLLER://{host}:{controller_port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={log_dir}
broker.session.timeout.ms=500
broker.heartbeat.interval.ms=200
"""


class BrokerError(Exception):
    """One line that says what is wrong and what to do."""


class Broker:
    """A broker with its data under `data`; a restart keeps the port and what was written."""

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.data = data.resolve()
        self.port = port or _free_port()
        self.log_path = self.data / "broker.log"
        self.pid_path = self.data / "broker.pid"
        self._properties = self.data / "server.properties"
        self._log_dir = self.data / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Bring jars and format where that was not done, start, and wait until the broker answers."""
        java = _java()
        bring_jars()
        self.data.mkdir(parents=True, exist_ok=True)
        if running_pid(self.data):
            raise BrokerError(f"{self.data}: a broker is already running here; stop it first")
        if answers(self.port):
            raise BrokerError(f"port {self.port} is in use; name another with --port")
        controller_port = self._controller_port()
        self._properties.write_text(self._filled(PROPERTIES, controller_port))
        if not (self._log_dir / "meta.properties").exists():
            self._format(java)
        elif not (self._log_dir / ".kafka_cleanshutdown").exists():
            self._fence(java, controller_port)
        self._process = self._run(java, self._properties, self.log_path)
        self.pid_path.write_text(f"{self._process.pid}\n")
        self._wait_until_it_answers(self._process)

    def wait(self) -> int:
        """Wait until the process ends, and give its exit code."""
        return self._process.wait() if self._process else 0

    def stop(self) -> None:
        """End the broker in order; by force where that takes longer than `STOP_TIMEOUT_S`."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker as a power cut would: SIGKILL."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.pid_path.unlink(missing_ok=True)

    def _controller_port(self) -> int:
        """The quorum's address is part of the formatted state: a restart keeps it."""
        known = self._properties.read_text() if self._properties.exists() else ""
        found = re.search(r"^controller\.quorum\.bootstrap\.servers=.*:(\d+)$", known, re.MULTILINE)
        return int(found[1]) if found else _free_port()

    def _filled(self, template: str, controller_port: int) -> str:
        return template.format(
            host=HOST, port=self.port, controller_port=controller_port, log_dir=self._log_dir
        )

    def _format(self, java: str) -> None:
        tool = [java, *JVM, "-cp", f"{LIBS}/*", "kafka.tools.StorageTool"]
        cluster = _output([*tool, "random-uuid"]).split()[-1]
        _output([*tool, "format", "--standalone", "-t", cluster, "-c", str(self._properties)])

    def _fence(self, java: str, controller_port: int) -> None:
        """Let a controller alone note that the broker has died, before it comes back.

        Left to itself, Kafka 4.3 takes up open transactions as soon as it starts, on the word of the dead
        broker's registration; when that runs out, seconds later, partitions have no leader for a moment,
        are held for deleted, and get no marker. Aborted records are then committed by the next
        transaction of the same producer. With several replicas there is a leader all the time.
        """
        properties = self.data / "fencing.properties"
        properties.write_text(self._filled(FENCING, controller_port))
        told = self.data / "fencing.log"
        told.unlink(missing_ok=True)
        controller = self._run(java, properties, told)
        deadline = time.monotonic() + FENCING_TIMEOUT_S
        while not FENCED.search(told.read_text(errors="replace")) and controller.poll() is None:
            if time.monotonic() > deadline:
                break  # it was fenced before it died
            time.sleep(0.1)
        controller.terminate()
        controller.wait()

    def _run(self, java: str, properties: Path, log_path: Path) -> subprocess.Popen[bytes]:
        command = [java, *JVM, "-cp", f"{LIBS}/*", "kafka.Kafka", str(properties)]
        with log_path.open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(self.port):
            if process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise BrokerError(
                    f"the broker did not start; its last words, from {self.log_path}: {self._last_words()}"
                )
            time.sleep(0.1)

    def _last_words(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()
        errors = [line for line in lines if "ERROR" in line or "Exception" in line]
        return (errors or lines or ["nothing"])[-1]


def answers(port: int, timeout_s: float = 1.0) -> bool:
    """Whether a broker on `port` answers an ApiVersions request."""
    client = b"probe"
    request = struct.pack(">hhih", 18, 0, 1, len(client)) + client
    try:
        with socket.create_connection((HOST, port), timeout_s) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as reader:
                head = reader.read(10)
    except OSError:
        return False
    return len(head) == 10 and struct.unpack(">iih", head)[1:] == (1, 0)


def bring_jars() -> None:
    """Fetch the jars of pom.xml with Maven into libs/, once; safe where two processes start at a time."""
    version = re.search(r"kafka_2\.13</artifactId>\s*<version>(.+?)<", (HERE / "pom.xml").read_text())
    assert version
    proof = LIBS / f"kafka_2.13-{version[1]}.jar"
    with (HERE / "pom.xml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if proof.exists():
            return
        if shutil.which("mvn") is None:
            raise BrokerError("Maven is missing: apt install maven (Debian, Ubuntu)")
        print("bringing 45 MB of jars with Maven, once ...", file=sys.stderr, flush=True)
        shutil.rmtree(LIBS, ignore_errors=True)
        partial = LIBS / "partial"
        pom = str(HERE / "pom.xml")
        _output(
            ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={partial}"]
        )
        for jar in sorted(partial.iterdir(), key=lambda jar: jar.name == proof.name):
            jar.rename(LIBS / jar.name)


def running_pid(data: Path) -> int | None:
    """The process of the broker whose data is `data`, or None; a pid that went to another does not count."""
    try:
        pid = int((data / "broker.pid").read_text())
    except (OSError, ValueError):
        return None
    return pid if str(data.resolve() / "server.properties") in _command_line(pid) else None


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        shown = subprocess.run(
            ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
        )
        return shown.stdout


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(f"{home}/bin/java") if home else shutil.which("java")
    install = f"apt install openjdk-{JAVA_VERSION}-jre-headless (Debian, Ubuntu), or set JAVA_HOME"
    if java is None:
        raise BrokerError(f"Java {JAVA_VERSION} is missing: {install}")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    if version is None or int(version[1]) < JAVA_VERSION:
        raise BrokerError(
            f"Java {JAVA_VERSION} or newer is needed, found {version[1] if version else told!r}: {install}"
        )
    return java


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _default_port() -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, DEFAULT_PORT))
        except OSError:
            return _free_port()
        return DEFAULT_PORT


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        raise BrokerError(f"`{' '.join(command[:2])} ...` failed with {done.returncode}: {words[0]}")
    return done.stdout


def start(data: Path, port: int | None, *, foreground: bool) -> None:
    if (pid := running_pid(data)) is not None:
        print(f"already running: pid {pid}, data in {data}")
        _print_address(_port_of(data))
        return
    known = data / "server.properties"
    broker = Broker(data, port or (_port_of(data) if known.exists() else _default_port()))
    broker.start()
    _print_address(broker.port)
    if not foreground:
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        broker.wait()
    except KeyboardInterrupt:
        print()
    finally:
        broker.stop()


def stop(data: Path) -> None:
    pid = running_pid(data)
    if pid is None:
        print(f"no broker is running with its data in {data}")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while running_pid(data) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    (data / "broker.pid").unlink(missing_ok=True)
    print("stopped")


def status(data: Path) -> int:
    pid = running_pid(data)
    if pid is None:
        print(f"no broker is running with its data in {data}")
        return 1
    port = _port_of(data)
    print(f"pid {pid}, data in {data}, {'answers' if answers(port) else 'does not answer'}")
    _print_address(port)
    return 0


def _port_of(data: Path) -> int:
    listener = re.search(
        r"^listeners=PLAINTEXT://[^:]+:(\d+)", (data / "server.properties").read_text(), re.MULTILINE
    )
    assert listener
    return int(listener[1])


def _print_address(port: int) -> None:
    print(f"Apache Kafka answers on {HOST}:{port}")
    print(f"export KAFKA_BOOTSTRAP_SERVERS={HOST}:{port}", flush=True)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="One Apache Kafka broker on this machine, without a container."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", type=Path, default=Path(".kafka"), help="folder of the data (default: .kafka)"
    )
    starting = commands.add_parser("start", parents=[data], help="start, and wait until it answers")
    starting.add_argument("--port", type=int, help=f"default: the last one, {DEFAULT_PORT}, or a free one")
    starting.add_argument("--foreground", action="store_true", help="stay until Ctrl-C")
    commands.add_parser("stop", parents=[data], help="stop it")
    commands.add_parser("status", parents=[data], help="exit code 0 if it runs")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    given = _arguments(argv)
    try:
        if given.command == "start":
            start(given.data, given.port, foreground=given.foreground)
        elif given.command == "stop":
            stop(given.data)
        else:
            return status(given.data)
    except BrokerError as error:
        print(f"broker: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
