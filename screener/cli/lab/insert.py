"""`screener lab insert`: simulated loads laid over given scans, with their truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli.lab.pitches import pitch_options
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.lab.insertion.folder import Order

LOADS = "3 cartons,1 carton,10 packs,200 loose sticks,1 kg cut tobacco"


@click.command()
@click.argument("scans", metavar="SCANS_DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", metavar="OUT_DIR", type=click.Path(path_type=Path, file_okay=False))
@pitch_options("Size of a pixel on the object.")
@click.option("--loads", default=LOADS, show_default=True, metavar="LOAD,...", help="What to insert.")
@click.option(
    "--each",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="Scans of each scanner that get each load.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all draws.")
@click.option("--maps", is_flag=True, help="Write the load's density in g/cm2 beside each image, as .npz.")
@click.option(
    "--with-clean/--without-clean",
    default=True,
    show_default=True,
    help="Write every scan without a load too, packed like the others.",
)
@click.pass_obj
def insert(
    config: Config,
    *,
    scans: Path,
    out: Path,
    pitch_mm: float,
    pitches: Mapping[str, float],
    loads: str,
    each: int,
    seed: int,
    maps: bool,
    with_clean: bool,
) -> None:
    """Lay simulated loads over the scans in SCANS_DIR and write them with their truth into OUT_DIR.

    SCANS_DIR holds scans of one scanner, or a folder of scans for each scanner: JPEG, PNG, or two-page
    16-bit TIFF of low and high energy. What a scanner's colours and noise are is learnt from its scans. The
    truth is OUT_DIR/truth.jsonl. The same scans and seed give the same bytes. Needs no PyTorch.

    \b
    screener lab insert scans/ inserted/ --pitch-mm 0.9 --each 20
    screener lab insert scans/ inserted/ --loads "5 cartons,2 kg cut tobacco" --maps
    """
    from screener.lab.insertion import folder

    names = tuple(name.strip() for name in loads.split(",") if name.strip())
    order = folder.Order(scans, out, names, each, seed, pitch_mm, pitches, maps, with_clean)
    try:
        _insert(order, config)
    except OSError as error:
        raise BadConfig(f"{out}: cannot be written ({error.strerror}); name another folder") from error


def _insert(order: Order, config: Config) -> None:
    from screener.cli import terminal
    from screener.lab import truth
    from screener.lab.insertion import folder
    from screener.lab.insertion.decoder import Decoder

    planned = folder.jobs(order)
    lines = []
    with Decoder(config.score.images) as decoder, terminal.progress() as bar:
        total = sum(len(jobs) for jobs in planned.values())
        for one in bar.track(folder.run(order, planned, decoder), total=total, description="scans"):
            if isinstance(one, folder.Skipped):
                terminal.note(f"{one.scan}: left out, {one.reason}")
            else:
                lines.append(one)
    path = truth.write(order.out, lines)
    loaded = sum(not line.clean for line in lines)
    terminal.note(
        f"{loaded} scans with a load and {len(lines) - loaded} without in {order.out}, the truth in {path}"
    )
