#!/usr/bin/env python3
"""One Apache Kafka broker on this machine, without a container: Java 17, and Maven once for the jars.

    python3 deploy/kafka/broker.py start [--port N] [--data DIR] [--secure] [--foreground]
    python3 deploy/kafka/broker.py status [--data DIR]
    python3 deploy/kafka/broker.py stop [--data DIR]

Needs nothing but Python's standard library, so that it runs before anything is installed.
Tests import `Broker`. One node, replication factor 1: for a desk, never for parcels. Without `--secure`
there is no password; with it there are TLS, SCRAM-SHA-512 and OAUTHBEARER (unsigned tokens, for tests),
client certificates on a port of their own, and an authorizer that refuses whatever no ACL allows.
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBS = HERE / "libs"
HOST = "127.0.0.1"
DEFAULT_PORT = 9092
START_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 20.0
JAVA_VERSION = 17
FENCING_TIMEOUT_S = 20.0
"""Silence of a controller after which nothing is left to tell."""
FENCED = re.compile("session has timed out.*fenced=1", re.DOTALL)
JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
)
QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""Java says nothing of an archive of classes that does not fit."""

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller_port}
controller.listener.names=CONTROLLER
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

OPEN = """\
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
"""

SECURE = """\
listeners=SASL_SSL://{host}:{port},SSL://{host}:{mtls_port},CONTROLLER://{host}:{controller_port}
advertised.listeners=SASL_SSL://{host}:{port},SSL://{host}:{mtls_port},CONTROLLER://{host}:{controller_port}
listener.security.protocol.map=SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512,OAUTHBEARER
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram}
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config={oauth}
ssl.keystore.type=PKCS12
ssl.keystore.location={secrets}/broker.p12
ssl.keystore.password={password}
ssl.key.password={password}
ssl.truststore.type=PEM
ssl.truststore.location={secrets}/trusted.pem
listener.name.ssl.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{admin}
allow.everyone.if.no.acl.found=false
"""

SECURE_CONTROLLER = """\
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain}
"""

MODULES = "org.apache.kafka.common.security"
ADMIN = "admin"
"""The super user of a secured broker; its password lies beside the data, readable by its owner alone."""

# A controller alone, on the data of a broker that died: see `Broker._fence`.
FENCING = """\
process.roles=controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller_port}
listeners=CONTROLLER://{host}:{controller_port}
listener.security.protocol.map=CONTROLLER:{controller_protocol}
controller.listener.names=CONTROLLER
log.dirs={log_dir}
broker.session.timeout.ms=500
broker.heartbeat.interval.ms=200
"""


class BrokerError(Exception):
    """One line that says what is wrong and what to do."""


class Broker:
    """A broker with its data under `data`; a restart keeps the port and what was written.

    A `secure` one also takes client certificates on `mtls_bootstrap`, those in the files `trusted` (PEM).
    """

    def __init__(
        self, data: Path, port: int | None = None, *, secure: bool = False, trusted: Sequence[Path] = ()
    ) -> None:
        self.data = data.resolve()
        self.port = port or free_port()
        self.secure = secure
        self.ca_path = self.data / "secrets" / "ca.pem"
        self.password_path = self.data / "secrets" / "admin.password"
        self._trusted = tuple(trusted)
        self._mtls_port = free_port()
        self.log_path = self.data / "broker.log"
        self.pid_path = self.data / "broker.pid"
        self._properties = self.data / "server.properties"
        self._log_dir = self.data / "log"
        self._jvm: tuple[str, ...] = JVM
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def mtls_bootstrap(self) -> str:
        return f"{HOST}:{self._mtls_port}"

    def start(self) -> None:
        """Bring jars and format where that was not done, start, and wait until the broker answers."""
        java = _java()
        bring_jars()
        self._jvm = (*JVM, *shared_classes(java))
        self._begin(java)

    def _begin(self, java: str) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        if running_pid(self.data):
            raise BrokerError(f"{self.data}: a broker is already running here; stop it first")
        if _is_taken(self.port):
            raise BrokerError(f"port {self.port} is in use; name another with --port")
        controller_port = self._controller_port()
        if self.secure:
            self._make_secrets()
        self._write(self._properties, PROPERTIES + (SECURE if self.secure else OPEN), controller_port)
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
        _ended(self._process, how)
        self._process = None
        self.pid_path.unlink(missing_ok=True)

    def _controller_port(self) -> int:
        """The quorum's address is part of the formatted state: a restart keeps it."""
        known = self._properties.read_text() if self._properties.exists() else ""
        found = re.search(r"^controller\.quorum\.bootstrap\.servers=.*:(\d+)$", known, re.MULTILINE)
        return int(found[1]) if found else free_port()

    def _write(self, properties: Path, template: str, controller_port: int) -> None:
        """Fill a template in; readable by its owner alone, since a secured broker's names its password."""
        text = template + (SECURE_CONTROLLER if self.secure else "")
        password = self.password_path.read_text() if self.secure else ""
        user = f'username="{ADMIN}" password="{password}"'
        filled = text.format(
            host=HOST,
            port=self.port,
            mtls_port=self._mtls_port,
            controller_port=controller_port,
            controller_protocol="SASL_PLAINTEXT" if self.secure else "PLAINTEXT",
            log_dir=self._log_dir,
            secrets=self.ca_path.parent,
            password=password,
            admin=ADMIN,
            scram=f"{MODULES}.scram.ScramLoginModule required {user};",
            plain=f'{MODULES}.plain.PlainLoginModule required {user} user_{ADMIN}="{password}";',
            oauth=f"{MODULES}.oauthbearer.OAuthBearerLoginModule required;",
        )
        properties.unlink(missing_ok=True)
        properties.touch(mode=0o600)
        properties.write_text(filled)

    def _make_secrets(self) -> None:
        """A password and a certificate, once; what is trusted is written anew at each start."""
        folder = self.ca_path.parent
        folder.mkdir(mode=0o700, exist_ok=True)
        if not self.ca_path.exists():
            self.password_path.touch(mode=0o600)
            self.password_path.write_text(secrets.token_urlsafe(24))
            self._make_certificate(folder / "broker.p12", self.password_path)
        certificates = [self.ca_path, *self._trusted]
        (folder / "trusted.pem").write_text("".join(path.read_text() for path in certificates))

    def _make_certificate(self, store: Path, password: Path) -> None:
        """The broker's own, self-signed: clients trust it by the file `ca_path`."""
        keytool = [_keytool(), "-keystore", str(store), "-storepass:file", str(password), "-alias", "broker"]
        names = ["-dname", "CN=localhost", "-ext", f"SAN=IP:{HOST},DNS:localhost"]
        key = ["-keyalg", "EC", "-groupname", "secp256r1", "-validity", "3650", "-storetype", "PKCS12"]
        _output([*keytool, "-genkeypair", *key, *names])
        _output([*keytool, "-exportcert", "-rfc", "-file", str(self.ca_path)])

    def _format(self, java: str) -> None:
        tool = [java, *self._jvm, "-cp", _class_path(), "kafka.tools.StorageTool"]
        cluster = base64.urlsafe_b64encode(b"screener" + secrets.token_bytes(8)).decode().rstrip("=")
        users = []
        if self.secure:
            password = self.password_path.read_text()
            users = ["--add-scram", f"SCRAM-SHA-512=[name={ADMIN},password={password}]"]
        _output([*tool, "format", "--standalone", "-t", cluster, "-c", str(self._properties), *users])

    def _fence(self, java: str, controller_port: int) -> None:
        """Let a controller alone note that the broker has died, before it comes back.

        Left to itself, Kafka 4.3 takes up open transactions as soon as it starts, on the word of the dead
        broker's registration; when that runs out, seconds later, partitions have no leader for a moment,
        are held for deleted, and get no marker. Aborted records are then committed by the next
        transaction of the same producer. With several replicas there is a leader all the time.
        """
        properties = self.data / "fencing.properties"
        self._write(properties, FENCING, controller_port)
        told = self.data / "fencing.log"
        told.unlink(missing_ok=True)
        controller = self._run(java, properties, told)
        try:
            self._wait_until_it_is_fenced(controller, told)
        finally:
            _ended(controller, signal.SIGTERM)

    def _wait_until_it_is_fenced(self, controller: subprocess.Popen[bytes], told: Path) -> None:
        """The controller tells all that it reads of its log first, however slow the machine is."""
        said, deadline = "", time.monotonic() + START_TIMEOUT_S
        while not FENCED.search(said) and controller.poll() is None:
            time.sleep(0.1)
            before, said = said, told.read_text(errors="replace")
            if said != before:
                deadline = time.monotonic() + FENCING_TIMEOUT_S
            if time.monotonic() > deadline:
                if said:
                    return  # it was fenced before it died
                raise BrokerError(f"the controller did not start in {START_TIMEOUT_S:.0f} s; it said nothing")

    def _run(self, java: str, properties: Path, log_path: Path) -> subprocess.Popen[bytes]:
        command = [java, *self._jvm, "-cp", _class_path(), "kafka.Kafka", str(properties)]
        with log_path.open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        cafile = self.ca_path if self.secure else None
        while not answers(self.port, cafile=cafile):
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


class Trainee(Broker):
    """A broker that starts and stops once, so that Java learns which classes a start takes."""

    def learn(self, java: str, archive: Path) -> None:
        """Leave the classes in `archive`. Raises `BrokerError`, `OSError`."""
        self._jvm = (*JVM, f"-XX:ArchiveClassesAtExit={archive}", *QUIET)
        try:
            self._begin(java)
            assert self._process
            self._process.terminate()
            self._process.wait(START_TIMEOUT_S)  # it writes the archive now
        except subprocess.TimeoutExpired:
            archive.unlink(missing_ok=True)
        finally:
            self.kill()
        _output([java, *_mapped(archive), "-cp", _class_path(), "-version"])  # one cut short ends Java

    def _format(self, java: str) -> None:
        learning, self._jvm = self._jvm, JVM
        super()._format(java)
        self._jvm = learning


def shared_classes(java: str) -> tuple[str, ...]:
    """Options that let Java map its classes instead of reading jars, which halves what a start costs.

    The archive is made once for a Java and a set of jars. Without one a start is slower, and nothing else:
    Java looks past an archive that does not fit, and one that could not be made is an empty file.
    """
    told = subprocess.run([java, "-version"], capture_output=True, check=False).stderr
    archive = LIBS / f"classes-{hashlib.sha256(told).hexdigest()[:12]}.jsa"
    if not archive.exists() and os.access(LIBS, os.W_OK):
        with (HERE / "pom.xml").open() as lock, suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
            _archive_classes(java, archive)
    if not archive.exists() or archive.stat().st_size == 0:
        return ()
    return _mapped(archive)


def _mapped(archive: Path) -> tuple[str, ...]:
    return (f"-XX:SharedArchiveFile={archive}", *QUIET)


def _archive_classes(java: str, archive: Path) -> None:
    if archive.exists():
        return
    with tempfile.TemporaryDirectory(prefix="classes-") as folder:
        learned = Path(folder) / archive.name
        partial = archive.with_suffix(".partial")
        try:
            Trainee(Path(folder) / "broker").learn(java, learned)
            shutil.copyfile(learned, partial)
        except (BrokerError, OSError):
            partial.write_bytes(b"")
    partial.rename(archive)


def answers(port: int, timeout_s: float = 1.0, *, cafile: Path | None = None) -> bool:
    """Whether a broker on `port` answers an ApiVersions request; through TLS where `cafile` is its trust."""
    client = b"probe"
    request = struct.pack(">hhih", 18, 0, 1, len(client)) + client
    try:
        with _connected(port, timeout_s, cafile) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as reader:
                head = reader.read(10)
    except OSError:
        return False
    return len(head) == 10 and struct.unpack(">iih", head)[1:] == (1, 0)


def _connected(port: int, timeout_s: float, cafile: Path | None) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout_s)
    if cafile is None:
        return connection
    try:
        return ssl.create_default_context(cafile=str(cafile)).wrap_socket(connection, server_hostname=HOST)
    except OSError:
        connection.close()
        raise


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


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


def _class_path() -> str:
    """The jars, always in the same order: an archive of classes fits that order alone."""
    return os.pathsep.join(str(jar) for jar in sorted(LIBS.glob("*.jar")))


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


def _keytool() -> str:
    home = os.environ.get("JAVA_HOME")
    keytool = shutil.which(f"{home}/bin/keytool") if home else shutil.which("keytool")
    if keytool is None:
        raise BrokerError("keytool is missing: it comes with Java; set JAVA_HOME to one that has it")
    return keytool


def _ended(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """By force where it takes longer than `STOP_TIMEOUT_S`: a JVM that still starts may never end."""
    process.send_signal(how)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _default_port() -> int:
    return free_port() if _is_taken(DEFAULT_PORT) else DEFAULT_PORT


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        raise BrokerError(f"`{' '.join(command[:2])} ...` failed with {done.returncode}: {words[0]}")
    return done.stdout


def start(data: Path, port: int | None, *, secure: bool, foreground: bool) -> None:
    if (pid := running_pid(data)) is not None:
        print(f"already running: pid {pid}, data in {data}")
        _print_address(data)
        return
    known = (data / "server.properties").exists()
    if known and secure != _is_secure(data):
        raise BrokerError(f"{data}: was {'not ' if secure else ''}made with --secure; name another folder")
    broker = Broker(data, port or (_port_of(data) if known else _default_port()), secure=secure)
    broker.start()
    _print_address(data)
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
    cafile = data / "secrets" / "ca.pem" if _is_secure(data) else None
    state = "answers" if answers(_port_of(data), cafile=cafile) else "does not answer"
    print(f"pid {pid}, data in {data}, {state}")
    _print_address(data)
    return 0


def _port_of(data: Path) -> int:
    listener = re.search(
        r"^listeners=(?:PLAINTEXT|SASL_SSL)://[^:]+:(\d+)",
        (data / "server.properties").read_text(),
        re.MULTILINE,
    )
    assert listener
    return int(listener[1])


def _is_secure(data: Path) -> bool:
    return "listeners=SASL_SSL:" in (data / "server.properties").read_text()


def _print_address(data: Path) -> None:
    port = _port_of(data)
    print(f"Apache Kafka answers on {HOST}:{port}")
    if _is_secure(data):
        secret = data.resolve() / "secrets"
        print("[log.kafka] of the settings of whoever may do everything:")
        print('security_protocol = "SASL_SSL"\nsasl_mechanism = "SCRAM-SHA-512"')
        print(f'sasl_username = "{ADMIN}"\nsasl_password_file = "{secret}/admin.password"')
        print(f'ssl_cafile = "{secret}/ca.pem"')
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
    starting.add_argument(
        "--secure",
        action="store_true",
        help="TLS, passwords, and an authorizer that refuses what no ACL allows",
    )
    starting.add_argument("--foreground", action="store_true", help="stay until Ctrl-C")
    commands.add_parser("stop", parents=[data], help="stop it")
    commands.add_parser("status", parents=[data], help="exit code 0 if it runs")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    given = _arguments(argv)
    try:
        if given.command == "start":
            start(given.data, given.port, secure=given.secure, foreground=given.foreground)
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
