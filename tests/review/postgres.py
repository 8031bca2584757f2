"""A PostgreSQL server of the tests' own, from Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg

from deploy.kafka.broker import free_port


class Postgres:
    """A server on a free port of this machine, in a folder that goes with it."""

    def __init__(self, *, durable: bool = False) -> None:
        """Raises `FileNotFoundError` where PostgreSQL is not installed.

        Tests need no data that outlives the power; what is measured waits for the disk as in earnest.
        """
        self._waits = "on" if durable else "off"
        self._bin = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="screener-postgres-"))
        self._data = self._folder / "data"
        self.port = free_port()

    def start(self) -> None:
        if os.geteuid() == 0:  # it refuses to run as root; its package made a user for it
            shutil.chown(self._folder, "postgres")
        self._run("initdb", "-D", self._data, "-U", "screener", "-A", "trust", "--no-sync", "-E", "UTF8")
        settings = {"fsync": self._waits, "full_page_writes": self._waits, "autovacuum": self._waits}
        chosen = "".join(f" -c {name}={value}" for name, value in settings.items())
        options = f"-p {self.port} -h 127.0.0.1 -k {self._folder} -c max_connections=200{chosen}"
        self._run("pg_ctl", "-D", self._data, "-o", options, "-l", self._folder / "log", "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://screener@127.0.0.1:{self.port}/{database}"

    def create(self, name: str, template: str = "template1") -> None:
        """A database that is a copy of another one, to which nobody is connected."""
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}", since_15=" STRATEGY file_copy")

    def drop(self, name: str) -> None:
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _say(self, command: str, since_15: str = "") -> None:
        where = self.url("postgres").replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(where, autocommit=True) as connection:
            more = since_15 if connection.info.server_version >= 150_000 else ""
            connection.execute((command + more).encode())

    def _run(self, program: str, *arguments: str | Path) -> None:
        command: Sequence[str | Path] = (self._bin / program, *arguments)
        if os.geteuid() == 0:
            command = ("runuser", "-u", "postgres", "--", *command)
        done = subprocess.run(command, capture_output=True, text=True, cwd=self._folder, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout[-500:]}{done.stderr[-500:]}")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda one: int(one.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("pg_ctl")
    if on_path is None:
        raise FileNotFoundError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return Path(on_path).parent
