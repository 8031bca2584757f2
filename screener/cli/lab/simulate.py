"""`screener lab simulate`: scans of simulated parcels with their truth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.lab.simulator import SimulatedParcel
    from screener.lab.simulator.clutter import Stock
    from screener.lab.truth import Truth


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many parcels.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the first parcel; the next has the next.",
)
@click.option(
    "--load",
    metavar="LOAD",
    help="What every parcel holds: clean, legal, over, or `5 cartons`, `10 packs`, `200 loose sticks`, "
    "`1 kg cut tobacco`, `10 e-cigarettes`. Default: drawn, mostly clean.",
)
@click.option(
    "--stock",
    type=click.Choice(["training", "test"]),
    default="training",
    show_default=True,
    help="test: makers and kinds of goods that training never sees.",
)
@click.option(
    "--conceal",
    metavar="WAY",
    default="none",
    show_default=True,
    help="How loads are hidden: none, drawn, or one of `screener.lab.simulator.concealment.WAYS`.",
)
def simulate(  # noqa: PLR0917 (one name for each option)
    folder: Path, count: int, seed: int, load: str | None, stock: Stock, conceal: str
) -> None:
    """Write scans of simulated parcels into DIR, and what they truly hold into DIR/truth.jsonl.

    The same options and seed give the same bytes. Needs no PyTorch.

    \b
    screener lab simulate scans/ --load "5 cartons" --count 3
    screener score scans/ --pitch-mm 1
    """
    from screener.cli import terminal
    from screener.lab import truth
    from screener.lab.simulator import simulate_parcel

    hidden = None if conceal == "drawn" else conceal
    lines: list[Truth] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with terminal.progress() as bar:
            for number in bar.track(range(seed, seed + count), description="parcels"):
                parcel = simulate_parcel(number, load, stock=stock, concealment=hidden)
                lines += _written(folder, number, parcel)
        path = truth.write(folder, lines)
    except OSError as error:
        raise BadConfig(f"{folder}: cannot be written ({error.strerror}); name another folder") from error
    terminal.note(f"{count} parcels in {folder}, the truth in {path}")


def _written(folder: Path, seed: int, parcel: SimulatedParcel) -> Iterator[Truth]:
    """Write the parcel's scans; what is true of each."""
    from screener.lab import truth

    for view, scan in enumerate(parcel.scans, start=1):
        content, kind = scan.encode()
        name = f"{seed:06}-{view}.{kind.removeprefix('image/')}"
        (folder / name).write_bytes(content)
        yield truth.of_simulated(
            parcel,
            scan,
            file=name,
            source=f"parcel-{seed}",
            scanner=f"{scan.maker.style}-{seed}",
            view=view,
        )
