"""The model's card: a `.json` for machines and a page for people, always written together."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

Card = dict[str, Any]


def sha256(path: Path) -> str:
    """Of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def path_of(model: Path) -> Path:
    """Where the card of a model lies."""
    return model.with_suffix(".json")


def read(model: Path) -> Card:
    """The card beside a model."""
    card: Card = json.loads(path_of(model).read_text("utf-8"))
    return card


def write(model: Path, card: Card) -> None:
    """Writes the card beside a model and the page generated from it."""
    path_of(model).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    page_of(model).write_text(page(card), "utf-8")


def page_of(model: Path) -> Path:
    """Where the page of a model lies: README.md is the float32 model's, its int8 twin has its own."""
    return model.with_suffix(".md") if model.stem.endswith("-int8") else model.parent / "README.md"


def page(card: Card) -> str:
    """The card as a page of Markdown."""
    parts = [
        f"# {card['model']}\n",
        "Generated from the card, the `.json` beside it; do not edit.\n",
        f"{card['intended_use']}\n",
        "## Facts\n",
        _facts(card),
        "## Inputs and outputs\n",
        _signature(card["signature"]),
        "## Figures\n",
        *(_figures(figures) for figures in card["figures"]),
        "## Known weaknesses\n",
        "\n".join(f"- {weakness}" for weakness in card["weaknesses"]) + "\n",
        "## Data and training\n",
        f"{card['data']}\n",
        "| setting | value |\n|---|---|\n" + _rows(card["training"]),
    ]
    return "\n".join(parts)


def _facts(card: Card) -> str:
    facts = {
        "file": f"SHA-256 `{card['sha256']}`",
        "classes": ", ".join(card["classes"]),
        "pixel pitch": f"{card['pitch_mm']} mm",
        "threshold": f"{card['threshold']:.4f} ({card['threshold_chosen']})",
        "licence": card["licence"],
    }
    if "float32" in card:
        facts["int8 form of"] = (
            f"`{card['float32']}`: features in int8, the last answer and pooling in float32"
        )
    return "| | |\n|---|---|\n" + _rows(facts)


def _rows(values: dict[str, Any]) -> str:
    return "".join(f"| {name} | {value} |\n" for name, value in values.items())


def _signature(signature: Card) -> str:
    rows = []
    for way in ("inputs", "outputs"):
        for name, port in signature[way].items():
            rows.append(f"| {way[:-1]} | `{name}` | {port['type']} {port['shape']} | {port['meaning']} |\n")
    return "| | name | type | meaning |\n|---|---|---|---|\n" + "".join(rows)


def _figures(figures: Card) -> str:
    lines = [f"**{figures['set']}** (`{figures['command']}`, n = {figures['n']})\n"]
    lines += [f"{note}\n" for note in figures.get("notes", [])]
    table = figures["table"]
    head = list(table[0])
    lines.append("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    lines += ["| " + " | ".join(str(row[name]) for name in head) + " |" for row in table]
    return "\n".join(lines) + "\n"
