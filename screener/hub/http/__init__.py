"""An HTTP gateway: hubs without Kafka send manifests and scans to it, and have verdicts from it."""
