"""See the package."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.gateway.disks import small_disk
from bench.gateway.link import LinkedBroker
from bench.gateway.rig import Outcome, Plan, run
from screener.stream.port import Log
from tests.scoring import tiny_model
from tests.system.site import Site, decisions, rejected

HUB = "harbour"
LIMIT_S = 7200.0


def main() -> int:
    arguments = _arguments()
    console = Console()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-")))
        broker = LinkedBroker(folder / "kafka")
        stack.callback(broker.close)
        with console.status("starting a broker"):
            broker.start()
            site = Site.build(folder, hub=HUB, kafka=broker.bootstrap, patience_s=36_000)
        ballast = stack.enter_context(small_disk(folder / "disk", arguments.disk_mib))
        console.print(f"disk: {'a file system of its own' if ballast else 'a limit on the size of files'}")
        plan = Plan(
            arguments.files,
            arguments.rate,
            seed=arguments.seed,
            calm_s=arguments.calm,
            lasts_s=arguments.lasts,
            ballast=ballast,
        )
        log = stack.enter_context(site.log())
        with console.status("") as status:
            outcome = run(
                plan,
                folder / "disk" / "hub",
                HUB,
                log,
                beside=folder,
                bootstrap=broker.linked_bootstrap,
                link=broker.link,
                told=status.update,
            )
            console.print(_table(outcome))
            decided = _decided(site, log, outcome, status.update) if arguments.decide else ()
    faults = (*outcome.account.faults, *decided)
    for fault in faults:
        console.print(f"[red]{fault}")
    console.print("[red]not as it must be" if faults else "[green]each file in its place, each message once")
    return int(bool(faults))


def _decided(site: Site, log: Log, outcome: Outcome, told: Callable[[str], None]) -> tuple[str, ...]:
    """Run [score] and [decide] over it all; what is not decided once."""
    model = tiny_model.write(site.folder)
    settings = site.folder / "screener.toml"
    settings.write_text(_with_model(settings.read_text(), model))
    began_s = time.monotonic()
    with site.worker("score"), site.worker("decide"):
        while (count := len(decisions(log, HUB))) < outcome.parcels and time.monotonic() - began_s < LIMIT_S:
            told(f"{count} of {outcome.parcels} parcels decided")
            time.sleep(5)
    found = Counter((made.parcel_id, made.revision) for made in decisions(log, HUB))
    kinds = Counter(made.outcome for made in decisions(log, HUB))
    letters = len(rejected(log, HUB))
    print(f"decided: {len(found)} parcels ({dict(kinds)}), {letters} dead letters")
    faults = [f"decided {times} times: {parcel}" for parcel, times in found.items() if times != 1]
    if len(found) != outcome.parcels:
        faults.append(f"decided: {len(found)} of {outcome.parcels} parcels")
    return (*faults, *([f"{letters} dead letters"] if letters else []))


def _with_model(settings: str, model: Path) -> str:
    lines = (f'model = "{model}"' if line.startswith("model =") else line for line in settings.splitlines())
    return "\n".join(lines) + "\n"


def _table(outcome: Outcome) -> Table:
    table = Table("what", "figure", show_header=False)
    found = outcome.account
    for what, figure in (
        ("files fed", outcome.files),
        ("files sent", found.sent),
        ("files refused (broken ones)", found.refused),
        ("parcels", outcome.parcels),
        ("scans in their topic", found.scans),
        ("manifests in their topic", found.manifests),
        *((f"gateway: {name}", times) for name, times in sorted(outcome.troubles.items())),
        ("gateway ended, by exit code", dict(outcome.ends)),
        ("seconds until all was fed", round(outcome.fed_s)),
        ("seconds until all had been moved", round(outcome.took_s)),
        ("faults", len(found.faults)),
    ):
        table.add_row(what, str(figure))
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The folder gateway under fire.")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=100.0, help="files a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calm", type=float, default=8.0, help="seconds between troubles")
    parser.add_argument("--lasts", type=float, default=3.0, help="seconds that a trouble lasts")
    parser.add_argument("--disk-mib", type=int, default=512)
    parser.add_argument("--decide", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
