"""`screener stats` on the embedded log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image

from screener.contracts import examples, topics
from screener.contracts.reading import encode
from screener.contracts.wire import Decision, Inspection, Why
from screener.core.estimates.register import Choice
from screener.errors import BadConfig
from screener.stream.port import Message
from tests.cli.dispositions import disposition
from tests.cli.parcels import opened
from tests.cli.shell import Shell
from tests.core.estimates.parcels import choice, inspection, many

CAUSE = many(Why.LOAD, 30, opened=30, over=20)
CHANCE = [*many(Why.NONE, 450, 0, 0), *many(Why.RANDOM, 50, opened=50, over=1)]


def message(record: Choice | Inspection) -> Message:
    if isinstance(record, Inspection):
        return Message(topics.OUTCOMES, record.parcel_id.encode(), encode(record))
    return Message(topics.DECISIONS, record.parcel_id.encode(), encode(decision(record)))


def decision(choice: Choice) -> Decision:
    return replace(
        examples.DECISION,
        hub=choice.hub,
        parcel_id=choice.parcel_id,
        revision=choice.revision,
        selection=choice.selection,
        arrived_at=choice.arrived_at,
    )


@pytest.fixture
def made(shell: Shell) -> Shell:
    with opened(shell):
        return shell


def publish(shell: Shell, records: Iterable[Choice | Inspection]) -> None:
    with shell.log() as log, log.publisher() as publisher:
        publisher.publish([message(one) for one in records])


def test_a_table_says_what_was_opened_and_what_it_says_of_all(made: Shell) -> None:
    publish(made, [*CAUSE, *CHANCE])
    said = made.ok("stats", "prevalence")
    for text in ("530", "20 / 30 / 30", "1 / 50 / 50", "5.66 %", "66.7 % (66.7 to 66.7)", "30 (21 to"):
        assert text in said


def test_what_became_of_parcels_is_no_inspection(made: Shell) -> None:
    publish(made, [*CAUSE, *CHANCE])
    before = made.ok("stats", "prevalence")
    with made.log() as log, log.publisher() as publisher:
        publisher.publish([disposition(one.hub, one.parcel_id) for one in (*CAUSE, *CHANCE)])
    assert made.ok("stats", "prevalence") == before


def test_programs_get_all_figures(made: Shell) -> None:
    publish(made, [*CAUSE, *CHANCE])
    (told,) = made.objects("stats", "prevalence", "--json")
    assert (told["group"], told["parcels"], told["drawn"]["opened"]) == ("all", 530, 50)
    assert told["number"]["estimate"] == 30
    assert told["recall"]["estimate"] == pytest.approx(2 / 3)
    assert [stratum["name"] for stratum in told["strata"]] == ["held for load", "drawn at 10 %"]


def test_without_any_outcome_it_says_what_is_certain(made: Shell) -> None:
    publish(made, [one for one in [*CAUSE, *CHANCE] if isinstance(one, Choice)])
    said = made.ok("stats", "prevalence")
    assert "cannot be said" in said
    assert "nothing was opened yet. Whatever they hold, between 0 and 530 of 530 parcels are over" in said


def test_what_was_found_later_is_a_line_of_its_own(made: Shell) -> None:
    parcel_id = next(one.parcel_id for one in CHANCE if isinstance(one, Choice))
    tipped = choice(parcel_id, Why.TIP, revision=2)
    publish(made, [*CAUSE, *CHANCE, tipped, inspection(parcel_id, over=True, revision=2)])
    said = made.ok("stats", "prevalence")
    assert "let through at first: 1 selected later (tip), 1 of them opened, 1 over the limit" in said
    (told,) = made.objects("stats", "prevalence", "--json")
    assert told["found_later"] == {"tip": {"parcels": 1, "opened": 1, "over": 1}}


def test_what_cannot_be_estimated_is_bounded(made: Shell) -> None:
    publish(made, [*many(Why.RISK, 40, opened=30, over=20), *CHANCE])
    said = made.ok("stats", "prevalence")
    assert "cannot be said (50 to 75 %)" in said
    assert "10 of 40 held for risk were not opened" in said


def test_by_week_and_hub_and_only_those_asked_for(made: Shell) -> None:
    later = many(Why.RANDOM, 20, opened=20, over=0, hub="h2", day=7)
    publish(made, [*CAUSE, *CHANCE, *later])
    weeks = made.objects("stats", "prevalence", "--by", "week", "--json")
    assert [(one["group"], one["parcels"]) for one in weeks] == [("2026-W45", 530), ("2026-W46", 20)]
    hubs = made.objects("stats", "prevalence", "--by", "hub", "--json")
    assert [(one["group"], one["drawn"]["opened"]) for one in hubs] == [("h1", 50), ("h2", 20)]
    (only,) = made.objects("stats", "prevalence", "--hub", "h2", "--json")
    assert only["parcels"] == 20
    (since,) = made.objects("stats", "prevalence", "--since", "2026-11-09", "--json")
    (until,) = made.objects("stats", "prevalence", "--until", "2026-11-09T00:00Z", "--json")
    assert (since["parcels"], until["parcels"]) == (20, 530)


def test_it_says_more_where_fewer_must_have_been_opened(made: Shell) -> None:
    publish(made, [*CAUSE, *many(Why.RANDOM, 50, opened=10, over=0)])
    assert "10 of 50 drawn at 10 % were opened; at least 50 % must be" in made.ok("stats", "prevalence")
    (told,) = made.objects("stats", "prevalence", "--least-opened", "0.2", "--json")
    assert told["number"]["unsaid"] is None


def test_the_plot_is_a_picture(made: Shell, tmp_path: Path) -> None:
    publish(made, [*CAUSE, *CHANCE])
    made.ok("stats", "prevalence", "--plot", str(tmp_path / "found.png"))
    with Image.open(tmp_path / "found.png") as picture:
        assert picture.width > 1000


def test_no_decision_is_said_and_no_topic_names_the_remedy(made: Shell, tmp_path: Path) -> None:
    assert "no decision that was asked for" in made.run("stats", "prevalence").stderr
    (tmp_path / "bare").mkdir()
    refused = Shell.at(tmp_path / "bare").run("stats", "prevalence")
    assert isinstance(refused.exception, BadConfig)
    assert "screener topics create" in str(refused.exception)
