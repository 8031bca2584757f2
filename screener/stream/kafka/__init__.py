"""The log port on Apache Kafka, through kafka-python."""

from screener.stream.kafka.log import KafkaLog

__all__ = ["KafkaLog"]
