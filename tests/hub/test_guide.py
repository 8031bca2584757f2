"""docs/hubs.md is true: its commands exist, its examples pass the real checks, its figures are in force."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from screener import config
from screener.cli import reference
from screener.contracts import catalogue, cloudevents, examples
from screener.contracts.cloudevents import Headers
from screener.contracts.reading import encode, read_manifest, read_scan_headers, read_scan_value
from screener.contracts.reasons import REASONS
from screener.contracts.wire import Action, ImageReference, Verdict
from screener.core import policy
from screener.core.policy import Policy, Sums
from screener.hub import outbox
from screener.hub.folder.settings import Folders, Large
from screener.hub.http import signing
from screener.hub.http.settings import Limits
from screener.imaging import prepare
from screener.stages import rights

GUIDE = Path("docs/hubs.md")
TEXT = GUIDE.read_text(encoding="utf-8")
ONE_LINE = " ".join(TEXT.split())
HUB = "east"
MODEL_PITCH_MM = 1.5

COMMANDS = {context.command_path: context for context in reference.contexts()}


@dataclass(frozen=True)
class Block:
    """A fenced block: what its fence says it is, and what stands in it."""

    kind: str
    text: str


def blocks(kind: str) -> list[Block]:
    found = re.findall(r"^```(.*?)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return [Block(name, text) for name, text in found if name == kind]


def only(kind: str) -> str:
    [block] = blocks(kind)
    return block.text


def headers(kind: str, **filled: str) -> Headers:
    lines = only(f"text headers of the {kind}").splitlines()
    named = dict(line.split(": ", 1) for line in lines)
    return tuple((name, value.format(**filled).encode()) for name, value in named.items())


def shell_lines() -> Iterator[str]:
    for block in blocks("sh"):
        yield from block.text.replace("\\\n", " ").splitlines()


def spoken_of() -> list[str]:
    """Every call of `screener` in a block of commands or in the midst of a sentence."""
    lines = list(shell_lines())
    calls = [line for line in lines if line.startswith("screener ")]
    inner = [call for line in lines for call in re.findall(r"\$\((screener [^)]+)\)", line)]
    return [*calls, *inner, *re.findall(r"`(screener [^`]+)`", ONE_LINE)]


@pytest.mark.parametrize("call", spoken_of())
def test_every_command_and_option_exists(call: str) -> None:
    words = shlex.split(re.split(r" [|&>]| 2>", call)[0])
    known, context = {"--help"}, COMMANDS["screener"]
    for word in words[1:]:
        inner = COMMANDS.get(f"{context.command_path} {word}")
        context = inner or context
        known |= options(context)
        if word.startswith("--"):
            assert word.split("=")[0] in known, f"{call}: {context.command_path} has no {word}"
    assert not isinstance(context.command, click.Group) or len(words) == 2, f"{call}: no such command"


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:examples|deploy)/[\w./-]+\.\w+", TEXT))))
def test_every_file_that_is_named_exists(path: str) -> None:
    assert Path(path).exists()


def options(context: click.Context) -> set[str]:
    return {name for option in context.command.params for name in option.opts}


@pytest.mark.parametrize("block", blocks("json manifest"))
def test_the_manifests_are_sound(block: Block) -> None:
    manifest = read_manifest(block.text.encode(), headers("manifest"), HUB, b"P-20261102-000017")
    assert manifest.hub == HUB


def test_the_scan_is_sound_and_its_image_is_there() -> None:
    image = Path("examples/cartons.jpg").read_bytes()
    sound = headers("scan", sha256=hashlib.sha256(image).hexdigest())
    scan = read_scan_headers(sound, HUB, b"P-20261102-000017")
    assert read_scan_value(image, scan, len(image)) == image


def test_the_reference_is_sound() -> None:
    scan = read_scan_headers(headers("reference"), HUB, b"P-20261102-000018")
    read = read_scan_value(only("json reference").encode(), scan, max_bytes=1)
    assert isinstance(read, ImageReference)


def test_the_verdict_is_one_of_ours() -> None:
    verdict = msgspec.json.decode(only("json verdict"), type=Verdict)
    assert json.loads(encode(verdict)) == json.loads(only("json verdict"))
    assert set(json.loads(encode(examples.VERDICT))) == set(json.loads(only("json verdict")))


def test_the_check_of_a_webhook_takes_ours_alone_and_no_old_one() -> None:
    named: dict[str, Any] = {"b64encode": base64.b64encode, "hmac": hmac, "time": time}
    exec(only("python"), named)
    key, body, now_s = b"k" * 24, b'{"verdicts":[]}', int(time.time())
    ours, old = (signing.headers(key, "m-1", at_s, body) for at_s in (now_s, now_s - 3600))
    assert named["is_ours"](ours, body, key)
    assert not named["is_ours"](old, body, key)
    assert not named["is_ours"](ours, body + b" ", key)
    assert not named["is_ours"](ours, body, b"x" * 24)


def test_the_parcel_of_the_first_steps_is_sound(tmp_path: Path) -> None:
    [writes] = [block.text for block in blocks("sh") if block.text.startswith("new_parcel()")]
    subprocess.run(["sh", "-c", f"{writes}\nnew_parcel"], cwd=tmp_path, check=True)
    parcel = (tmp_path / "parcel.json").read_bytes()
    about = [*headers("manifest")]
    about = [(name, value) for name, value in about if name != "ce_subject"]
    assert read_manifest(parcel, tuple(about), HUB).hub == HUB


def test_the_table_has_every_header_and_no_other() -> None:
    named = {name for row in rows("| header | manifest |") for name in cells(row, 1)}
    sent = [kind.headers()["properties"] for kind in catalogue.KINDS if kind.name in ("manifest", "scan")]
    assert named == {name for properties in sent for name in properties}


def rows(head: str) -> list[str]:
    """The rows of the table that begins with `head`."""
    lines = TEXT[TEXT.index(head) :].splitlines()
    table = lines[: next(place for place, line in enumerate(lines) if not line.startswith("|"))]
    return table[2:]


def cells(row: str, column: int) -> list[str]:
    """What stands in code in one column."""
    return re.findall(r"`([^`]+)`", row.split("|")[column])


def test_every_reason_code_is_registered() -> None:
    named = {code for row in rows("| reason code |") for code in cells(row, 1)}
    assert len(named) > 15
    assert named <= set(REASONS)


def test_a_sorter_knows_every_action() -> None:
    named = {row.split("|")[1].strip() for row in rows("| it reads | it does |")}
    assert {f"`{action}`" for action in Action} <= named


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)\s]+)\)", TEXT))
def test_every_link_leads_somewhere(target: str) -> None:
    place, _, anchor = target.partition("#")
    if place.startswith("https:"):
        return
    path = GUIDE.parent / place if place else GUIDE
    assert path.exists(), target
    if anchor:
        assert anchor in anchors(path.read_text(encoding="utf-8")), target


def anchors(page: str) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def figures(log: config.LogSettings, said: Policy, images: config.ImageLimits) -> Mapping[str, str]:
    """What the guide says of a setting, in its words."""
    remembered = timedelta(days=config.DecideSettings().remember_days).days
    return {
        "hub retention": f"your two topics | {log.hub_retention_h:g} hours",
        "verdicts' retention": f"your topic | {log.hub_retention_h:g} hours",
        "references' retention": f"keep it for {log.hub_retention_h:g} hours",
        "internal retention": f"internal topics | {log.internal_retention_h / 24:g} days",
        "archive": f"internal topics | {log.decisions_retention_h / 24:g} days",
        "memory": f"state | {remembered} days",
        "late": f"more than {remembered} days back",
        "parcel ids": f"of your hub for {remembered} days",
        "sums": f"state | {Sums().window_days:g} days, and 3 more",
        "networks": f"state | {said.file.networks.window_days:g} days",
        "patience": f"**patience**, {said.file.patience_s / 60:g} minutes unless",
        "lead": f"The verdict is out {said.file.decide_by_lead_s:g} seconds before",
        "file": f"| file | {images.max_bytes // 1024 // 1024} MiB |",
        "pixels": f"| pixels | {images.max_pixels // 1_000_000} million, {images.max_side_px:,} a side, ",
        "pages": f"a side, {images.max_pages} pages |",
        "side": f"on the object | {prepare.MAX_SIDE_PX * MODEL_PITCH_MM / 1000:g} m a side",
        "area": f"m a side, {prepare.MAX_PIXELS * MODEL_PITCH_MM**2 / 1e6:g} square metres",
        "pitch": f"| pitch | {prepare.MAX_PITCH_MM:g} mm at most",
        "breaker": f"your last {config.DeadLetterLimits().window:,} messages",
        "drawn": "One parcel in a hundred is drawn" if said.file.sampling.rate == 0.01 else "drawn otherwise",
    }


def gateway_figures(folders: Folders, large: Large, limits: Limits) -> Mapping[str, str]:
    """The same of the gateways."""
    return {
        "steady": f"has not changed for {folders.steady_s:g} seconds",
        "folder's patience": f"after {folders.patience_s / 60:g} minutes they are refused",
        "remembered": f"is sent once in {outbox.REMEMBERED_DAYS:g} days",
        "inline": f"those above {large.inline_bytes / 1e6:g} MB are put",
        "batch": f"an array of up to {limits.batch}",
    }


FIGURES = {
    **figures(config.LogSettings(), policy.read(Path("configs/policy.toml")), config.ImageLimits()),
    **gateway_figures(Folders(), Large(), Limits()),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_that_of_the_settings(name: str) -> None:
    assert FIGURES[name] in ONE_LINE


def test_the_names_are_those_that_a_hub_has_rights_to() -> None:
    for right in rights.hub_rights(HUB):
        assert right.name in TEXT
    assert f"KAFKA_USERNAME={rights.user_of_hub(HUB)}" in TEXT
    assert cloudevents.VERDICT in TEXT
