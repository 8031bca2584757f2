"""`screener lab`: simulate scans, train a model on them, export it, measure it."""

from __future__ import annotations

import click

from screener.cli.lab.adapt import adapt
from screener.cli.lab.evaluate import evaluate
from screener.cli.lab.insert import insert
from screener.cli.lab.risk import fit_risk
from screener.cli.lab.simulate import simulate
from screener.cli.lab.train import export, train


@click.group("lab")
def command() -> None:
    """Simulate scans, train a model on them, export it, measure it.

    Nothing here is needed to run Screener. Training and export need PyTorch and more:
    pip install 'screener[lab]'.

    \b
    screener lab simulate scans/ --count 20
    screener lab train
    screener lab export lab-runs/first/checkpoint.pt models/screener.onnx
    screener lab evaluate models/screener.onnx --record
    """
    import rich

    rich.reconfigure(stderr=True)  # the lab's progress bars; results go to stdout


for _one in (simulate, insert, train, export, adapt, evaluate, fit_risk):
    command.add_command(_one)
