"""A gateway for hubs without Kafka: what scanners and systems write into a watched folder is published."""
