"""The report: tables and a picture of what the courses came to, written into the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bench.year.course import ARMS
from bench.year.tally import Line, Together, together

PAGE: Final = Path("docs/year.md")
PICTURE: Final = Path("docs/pictures")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
COLOURS: Final = (
    "#8c8c8c",
    "#1f6fb4",
    "#58a0d8",
    "#2a9d6f",
    "#8abf3f",
    "#e0a100",
    "#d1495b",
    "#b07aa1",
    "#444444",
)


def write(lines: Sequence[Line], responses: Sequence[str], parcels: int) -> None:
    """Prints the tables, and writes them and the picture into the documentation where the page is there.

    There are tables for worlds of every size; the picture is of those of `parcels` a year.
    """
    sizes = sorted({one.year_parcels for one in lines}, key=lambda size: (size != parcels, size))
    of_sizes = [(name, size, _together(lines, name, size)) for size in sizes for name in responses]
    text = "\n\n".join(_section(name, rows, size) for name, size, rows in of_sizes if rows)
    found = {name: _of_all_worlds(rows) for name, size, rows in of_sizes if rows and size == parcels}
    print(text)
    if not PAGE.exists():
        return
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")
    picture(found, PICTURE / "year.png")


def _together(lines: Sequence[Line], response: str, parcels: int) -> list[Together]:
    """What there is of worlds of this size under a response: arms in their order, rates rising."""
    order = [arm.name for arm in ARMS]
    mine = [one for one in lines if (one.response, one.year_parcels) == (response, parcels)]
    return together(sorted(mine, key=lambda one: (order.index(one.arm), one.rate, one.world)))


def _of_all_worlds(rows: Sequence[Together]) -> list[Together]:
    """Without what was run in some worlds only: worlds differ more than arms do."""
    worlds = max(one.worlds for one in rows)
    return [one for one in rows if one.worlds == worlds]


def _section(name: str, rows: Sequence[Together], parcels: int) -> str:
    rates = sorted({one.rate for one in rows})
    worlds = max(one.worlds for one in rows)
    parts = [f"### {name[:1].upper()}{name[1:]}: {_worlds(worlds)} of {parcels:,} parcels"]
    parts.append(_recalls(rows, rates, worlds))
    parts += [_details(rows, rate) for rate in rates]
    return "\n\n".join(parts)


def _worlds(count: int) -> str:
    return "one world" if count == 1 else f"{count} worlds"


def _recalls(rows: Sequence[Together], rates: Sequence[float], worlds: int) -> str:
    """Recall in sticks by arm and share inspected, with the deviation between worlds."""
    by = {(one.arm, one.rate): one for one in rows}
    arms = list(dict.fromkeys(one.arm for one in rows))
    head = ["| recall of illegal sticks at | " + " | ".join(f"{rate:.0%}" for rate in rates) + " |"]
    head.append("|---|" + "---|" * len(rates))
    for arm in arms:
        cells = [_cell(by.get((arm, rate)), worlds) for rate in rates]
        head.append(f"| {arm} | " + " | ".join(cells) + " |")
    return "\n".join(head)


def _cell(one: Together | None, worlds: int) -> str:
    """The mean, with the deviation from world to world, and of how many worlds where not of all."""
    if one is None:
        return ""
    spread = f" ± {one.recall_sd:.3f}" if one.worlds > 1 else ""
    return f"{one.recall:.3f}{spread}{_of_fewer(one, worlds)}"


def _of_fewer(one: Together, worlds: int) -> str:
    return "" if one.worlds == worlds else f" ({_worlds(one.worlds)})"


def _details(rows: Sequence[Together], rate: float) -> str:
    """Everything else at one share."""
    mine = [one for one in rows if one.rate == rate]
    alone = {one.arm: one for one in mine}.get("score alone")
    worlds = max(one.worlds for one in mine)
    lines = [
        f"| at {rate:.0%} | precision | recall of parcels | of rings' parcels | times score alone "
        "| before → after | of rings alone |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in mine:
        alike = alone is not None and alone.recall and alone.worlds == one.worlds
        times = f"{one.recall / alone.recall:.2f}" if alone is not None and alike else ""
        fewer = _of_fewer(one, worlds)
        lines.append(
            f"| {one.arm}{fewer} | {one.precision:.3f} | {one.recall_parcels:.3f} | {one.recall_rings:.3f} "
            f"| {times} | {_change(one.before, one.after)} | {_change(one.rings_before, one.rings_after)} |"
        )
    return "\n".join(lines)


def _change(before: float, after: float) -> str:
    return f"{before:.3f} → {after:.3f} ({after - before:+.3f})"


WIDE, HIGH, MARGIN = 620, 420, 60


def picture(found: dict[str, list[Together]], path: Path) -> None:
    """Recall over the share inspected, a panel for each response."""
    image = Image.new("RGB", (WIDE * len(found), HIGH), "white")
    draw = ImageDraw.Draw(image)
    for place, (name, rows) in enumerate(found.items()):
        _panel(draw, WIDE * place, name, rows)
    image.save(path, optimize=True)


def _panel(draw: ImageDraw.ImageDraw, left: int, name: str, rows: Sequence[Together]) -> None:
    font, small = ImageFont.load_default(15), ImageFont.load_default(12)
    right, bottom, top = left + WIDE - 210, HIGH - MARGIN, 40
    highest = ceil(max(one.recall for one in rows) * 20) / 20
    draw.text((left + MARGIN, 10), f"recall of illegal sticks, response {name}", "black", font)
    rates = sorted({one.rate for one in rows})
    for rate in rates:
        x = _across(rate, rates, left + MARGIN, right)
        draw.line((x, top, x, bottom), "#e8e8e8")
        draw.text((x - 8, bottom + 6), f"{rate:.0%}", "black", small)
    for step in range(6):
        y = bottom - (bottom - top) * step / 5
        draw.line((left + MARGIN, y, right, y), "#e8e8e8")
        draw.text((left + 20, y - 8), f"{highest * step / 5:.3g}", "black", small)
    draw.text((left + MARGIN, bottom + 26), "share of parcels inspected", "black", small)
    for number, arm in enumerate(dict.fromkeys(one.arm for one in rows)):
        mine = sorted((one for one in rows if one.arm == arm), key=lambda one: one.rate)
        points = [
            (_across(one.rate, rates, left + MARGIN, right), bottom - (bottom - top) * one.recall / highest)
            for one in mine
        ]
        colour = COLOURS[number % len(COLOURS)]
        draw.line(points, colour, 3)
        for x, y in points:
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), colour)
        y = top + 22 * number
        draw.rectangle((right + 14, y + 3, right + 28, y + 13), colour)
        draw.text((right + 34, y), arm, "black", small)


def _across(rate: float, rates: Sequence[float], left: float, right: float) -> float:
    """Evenly spaced: the shares are chosen, not measured."""
    return left + 20 + (right - left - 40) * rates.index(rate) / max(len(rates) - 1, 1)
