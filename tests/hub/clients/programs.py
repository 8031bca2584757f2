"""The examples of examples/, made ready to run: compiled, and with what they need beside them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.kafka.broker import LIBS, BrokerError, bring_jars
from tests.system.site import REPOSITORY

EXAMPLES: Final = REPOSITORY / "examples"

EMPTY_BOX, CARTONS = EXAMPLES / "empty-box.jpg", EXAMPLES / "cartons.jpg"

PATIENCE_S = 150
"""Longer than the examples themselves wait for a verdict."""


@dataclass(frozen=True)
class Program:
    """One example as a command; started with its access and with manifests and scans in turn."""

    command: tuple[str, ...]

    def start(self, access: Mapping[str, str], *paths: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.command, *map(str, paths)],
            env={**os.environ, **access},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


class NotHere(Exception):
    """What an example needs cannot be had here; says what to do."""


def said(process: subprocess.Popen[str]) -> list[str]:
    """The lines that an example wrote until it ended well."""
    try:
        lines, errors = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == 0, lines + errors
    return lines.splitlines()


def kafka_python(_cache: Path) -> Program:
    return Program((sys.executable, "-W", "ignore", str(EXAMPLES / "kafka-python" / "hub.py")))


def confluent_kafka(_cache: Path) -> Program:
    return Program((sys.executable, str(EXAMPLES / "confluent-kafka" / "hub.py")))


def java(cache: Path) -> Program:
    """Compiled against the client's jars, once for each version of the source."""
    if shutil.which("javac") is None:
        raise NotHere("javac is missing: apt install openjdk-17-jdk-headless (Debian, Ubuntu)")
    try:
        bring_jars()
    except BrokerError as error:
        raise NotHere(str(error)) from error
    source, classes = EXAMPLES / "java" / "Hub.java", cache / "java"
    compiled = classes / "Hub.class"
    if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
        _finished(
            "javac", "-Xlint:all", "-Werror", "-cp", f"{LIBS}/*", "-d", str(classes), str(source), cwd=cache
        )
    return Program(("java", "-XX:TieredStopAtLevel=1", "-cp", f"{LIBS}/*:{classes}", "Hub"))


def node(cache: Path) -> Program:
    """With the packages of its lock file, whose hashes npm checks, installed once for each lock file."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotHere("Node.js is missing: apt install nodejs npm (Debian, Ubuntu)")
    source, installed = EXAMPLES / "node", cache / "node"
    installed.mkdir(exist_ok=True)
    ready, lock = installed / "ready.json", (source / "package-lock.json").read_text()
    for name in ("package.json", "package-lock.json", "hub.mjs"):
        shutil.copy(source / name, installed / name)
    if not ready.exists() or ready.read_text() != lock:
        _npm_install(installed)
        ready.write_text(lock)
    return Program(("node", str(installed / "hub.mjs")))


PROGRAMS: Final[Mapping[str, Callable[[Path], Program]]] = {
    "kafka-python": kafka_python,
    "confluent-kafka": confluent_kafka,
    "java": java,
    "node": node,
}


def jars_of_the_pom() -> set[str]:
    """The jars that examples/java/pom.xml asks for by name."""
    pom = (EXAMPLES / "java" / "pom.xml").read_text()
    dependencies = pom[pom.index("<dependencies>") : pom.index("</dependencies>")]
    found = re.findall(r"<artifactId>(.+?)</artifactId>\s*<version>(.+?)</version>", dependencies)
    return {f"{artifact}-{version}.jar" for artifact, version in found}


def _npm_install(folder: Path) -> None:
    try:
        _finished("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    except AssertionError as error:
        if "EINTEGRITY" in str(error):
            raise
        raise NotHere(f"npm cannot bring what examples/node needs: {error}") from error


def _finished(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[0]}: {(done.stdout + done.stderr)[-1000:]}"
