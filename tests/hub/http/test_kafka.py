"""The same on a real broker: in over HTTP, through Kafka, and a verdict back out."""

from __future__ import annotations

import uuid
from collections import Counter
from pathlib import Path

import pytest

from screener import config
from screener.contracts import topics
from screener.hub.parcel import manifest_of, scans_of
from screener.stream.kafka import KafkaLog
from tests.hub.http import world as worlds
from tests.hub.http.world import post, records, verdict, wait_until, world
from tests.hub.parcels import parcel


@pytest.mark.kafka
def test_from_hub_to_topic_and_back_on_kafka(
    kafka_bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = uuid.uuid4().hex[:8]
    hubs = (f"h1-{mark}", f"h2-{mark}")
    monkeypatch.setattr(worlds, "HUBS", hubs)
    settings = config.KafkaLog(bootstrap_servers=tuple(kafka_bootstrap.split(",")))
    parcels = [parcel(n, hub=hubs[0]) for n in range(8)]
    sent = [message for one in parcels for message in (manifest_of(one), *scans_of(one))]
    with (
        world(tmp_path, open_log=lambda: KafkaLog(settings)) as here,
        here.client(hubs[0]) as client,
        here.client(hubs[1]) as other,
    ):
        answers = [post(client, message).status_code for message in sent + sent[:5]]
        assert answers == [202] * len(answers)
        here.drained(hubs[0])
        found = [r for name in (topics.manifests, topics.scans) for r in records(here.log, name(hubs[0]))]
        arrived = Counter((r.partition.topic, r.key, r.value, tuple(sorted(r.headers))) for r in found)
        wanted = {(m.topic, m.key, m.value, tuple(sorted(m.headers))) for m in sent}
        assert arrived == dict.fromkeys(wanted, 1)
        start = client.get("/v1/verdicts", params={"from": "now"}).json()["cursor"]
        with here.log.publisher() as publisher:
            publisher.publish([verdict(f"P-{n}", hub=hubs[0]) for n in range(20)])
        got: list[str] = []
        while len(got) < 20:
            page = client.get("/v1/verdicts", params={"cursor": start, "wait": 20, "limit": 8}).json()
            got += [one["parcel_id"] for one in page["verdicts"]]
            start = page["cursor"]
        assert sorted(got) == sorted(f"P-{n}" for n in range(20))
        assert other.get("/v1/verdicts").json()["verdicts"] == []
        assert wait_until(lambda: client.get("/v1/parcels/P-3/verdict").status_code == 200)
