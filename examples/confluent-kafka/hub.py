"""A courier hub's side of Screener, with confluent-kafka: sends parcels, and does what their verdicts say.

    python hub.py PARCEL.json SCAN.jpg [PARCEL.json SCAN.jpg ...]

PARCEL.json is the manifest, as it travels. The environment says where: HUB, KAFKA_BOOTSTRAP_SERVERS, and
for a broker with passwords KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_CA_FILE. librdkafka's other bindings
(C, C++, C#, Go, PHP, Ruby) have the same settings. Needs confluent-kafka 2.
"""

import hashlib
import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer

HUB = os.environ["HUB"]
SCANNER = {  # what one of your scanners always says of its images; sizes of a pixel on the object, in mm
    "ce_scanner": "xray-3",
    "ce_pitchacross": "1.2",
    "ce_pitchalong": "1.3",
    "ce_energy": "dual",
    "content-type": "image/jpeg",
}
PATIENCE_S = 120  # how long the sorter waits where a manifest names no `decide_by`


def connection():
    settings = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"], "client.id": f"hub.{HUB}"}
    if username := os.environ.get("KAFKA_USERNAME"):
        settings |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": username,
            "sasl.password": os.environ["KAFKA_PASSWORD"],
        }
        if ca_file := os.environ.get("KAFKA_CA_FILE"):
            settings["ssl.ca.location"] = ca_file
    return settings


def publish(producer, kind, headers, parcel_id, value):
    """Hand a message for `parcels.KIND.HUB` to the producer; the same bytes always have the same ce_id."""
    event = {
        "ce_specversion": "1.0",
        "ce_id": f"{parcel_id}/{hashlib.sha256(value).hexdigest()}",
        "ce_source": f"/hubs/{HUB}",
        "ce_subject": parcel_id,
    }
    # librdkafka spreads keys by CRC32, other clients by murmur2: Screener relies on neither.
    producer.produce(
        f"parcels.{kind}.{HUB}", value, parcel_id, headers=event | headers, on_delivery=expect_taken
    )


def expect_taken(error, message):
    """Called by `flush` for each message; an error is final, after delivery.timeout.ms: send it again."""
    if error is not None:
        raise KafkaException(error)


def send_parcel(producer, manifest, scan):
    """Publish a manifest and one scan, each a path; what the manifest says, once the broker has both."""
    value, image = manifest.read_bytes(), scan.read_bytes()
    parcel = json.loads(value)
    described = {"ce_type": "org.screener.manifest.v1", "content-type": "application/json"}
    scanned = SCANNER | {
        "ce_type": "org.screener.scan.v1",
        "ce_scanid": scan.stem,  # one pass through the scanner; its views share it
        "ce_view": "1",
        "ce_views": "1",
        "ce_sha256": hashlib.sha256(image).hexdigest(),
    }
    publish(producer, "manifests", described, parcel["parcel_id"], value)
    publish(producer, "scans", scanned, parcel["parcel_id"], image)
    producer.flush()
    return parcel


def act(verdict):
    """Where your sorter is told. Whatever is not `pass` stops the parcel, so that no news can clear it."""
    name = verdict["parcel_id"] if verdict["scan_id"] is None else f"scan {verdict['scan_id']}"
    way = "pass" if verdict["action"] == "pass" else "hold"
    print(f"{name}: {way} (revision {verdict['revision']})", flush=True)


def follow(consumer, deadlines):
    """Act on verdicts until every parcel of `deadlines` has one, or its time is over."""
    acted = {}  # parcel id to the last revision acted on: keep it where your sorter keeps its parcels
    while deadlines:
        message = consumer.poll(0.5)
        if message is not None:
            if message.error():
                raise KafkaException(message.error())
            verdict = json.loads(message.value())
            if verdict["revision"] > acted.get(verdict["parcel_id"], 0):  # Kafka may deliver one twice
                act(verdict)
                acted[verdict["parcel_id"]] = verdict["revision"]
                deadlines.pop(verdict["parcel_id"], None)
            consumer.commit(message)  # after acting: a crash in between repeats a verdict, and loses none
        for parcel_id in [late for late, deadline in deadlines.items() if deadline < time.time()]:
            del deadlines[parcel_id]  # a verdict may still come: then act on that
            print(f"{parcel_id}: none in time, not cleared", flush=True)


def deadline_of(parcel):
    decide_by = parcel.get("decide_by")
    return datetime.fromisoformat(decide_by).timestamp() if decide_by else time.time() + PATIENCE_S


def main(paths):
    producer = Producer(
        connection()
        | {
            "acks": "all",
            "enable.idempotence": True,  # the client's own retries write nothing twice
            "message.max.bytes": 4 * 1024 * 1024,
        }
    )
    consumer = Consumer(
        connection()
        | {
            "group.id": f"hub.{HUB}.sorter",  # a hub may use groups of its own name alone
            "auto.offset.reset": "earliest",  # a new group misses nothing
            "enable.auto.commit": False,
            "isolation.level": "read_committed",  # verdicts are written in transactions; some are aborted
        }
    )
    consumer.subscribe([f"parcels.verdicts.{HUB}"])
    try:
        pairs = zip(paths[::2], paths[1::2], strict=True)
        parcels = [send_parcel(producer, Path(manifest), Path(scan)) for manifest, scan in pairs]
        follow(consumer, {parcel["parcel_id"]: deadline_of(parcel) for parcel in parcels})
    finally:
        consumer.close()  # tells the group, so that another sorter takes over at once


if __name__ == "__main__":
    main(sys.argv[1:])
