"""A courier hub's side of Screener, with kafka-python: sends parcels, and does what their verdicts say.

    python hub.py PARCEL.json SCAN.jpg [PARCEL.json SCAN.jpg ...]

PARCEL.json is the manifest, as it travels. The environment says where: HUB, KAFKA_BOOTSTRAP_SERVERS, and
for a broker with passwords KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_CA_FILE. Needs kafka-python 3.
"""

import hashlib
import json
import os
import sys
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer

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
    settings = {
        "bootstrap_servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"].split(","),
        "client_id": f"hub.{HUB}",
    }
    if username := os.environ.get("KAFKA_USERNAME"):
        settings |= {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": username,
            "sasl_plain_password": os.environ["KAFKA_PASSWORD"],
            "ssl_cafile": os.environ.get("KAFKA_CA_FILE"),
        }
    return settings


def send(producer, kind, headers, parcel_id, value):
    """Publish to `parcels.KIND.HUB`; the same bytes always have the same ce_id, so they may be sent again."""
    event = {
        "ce_specversion": "1.0",
        "ce_id": f"{parcel_id}/{hashlib.sha256(value).hexdigest()}",
        "ce_source": f"/hubs/{HUB}",
        "ce_subject": parcel_id,
    }
    encoded = [(name, text.encode()) for name, text in (event | headers).items()]
    return producer.send(f"parcels.{kind}.{HUB}", key=parcel_id.encode(), value=value, headers=encoded)


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
    sent = [
        send(producer, "manifests", described, parcel["parcel_id"], value),
        send(producer, "scans", scanned, parcel["parcel_id"], image),
    ]
    for future in sent:
        future.get()  # raises when the broker has not taken it after delivery_timeout_ms: send it again
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
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                verdict = json.loads(record.value)
                if verdict["revision"] > acted.get(verdict["parcel_id"], 0):  # Kafka may deliver one twice
                    act(verdict)
                    acted[verdict["parcel_id"]] = verdict["revision"]
                    deadlines.pop(verdict["parcel_id"], None)
        consumer.commit()  # after acting: a crash in between repeats a verdict, and loses none
        for parcel_id in [late for late, deadline in deadlines.items() if deadline < time.time()]:
            del deadlines[parcel_id]  # a verdict may still come: then act on that
            print(f"{parcel_id}: none in time, not cleared", flush=True)


def deadline_of(parcel):
    decide_by = parcel.get("decide_by")
    return datetime.fromisoformat(decide_by).timestamp() if decide_by else time.time() + PATIENCE_S


def main(paths):
    producer = KafkaProducer(
        **connection(),
        acks="all",
        enable_idempotence=True,  # the client's own retries write nothing twice
        max_request_size=4 * 1024 * 1024,
    )
    consumer = KafkaConsumer(
        f"parcels.verdicts.{HUB}",
        **connection(),
        group_id=f"hub.{HUB}.sorter",  # a hub may use groups of its own name alone
        auto_offset_reset="earliest",  # a new group misses nothing
        enable_auto_commit=False,
        isolation_level="read_committed",  # verdicts are written in transactions; some of these are aborted
    )
    with closing(producer), closing(consumer):
        pairs = zip(paths[::2], paths[1::2], strict=True)
        parcels = [send_parcel(producer, Path(manifest), Path(scan)) for manifest, scan in pairs]
        follow(consumer, {parcel["parcel_id"]: deadline_of(parcel) for parcel in parcels})


if __name__ == "__main__":
    main(sys.argv[1:])
