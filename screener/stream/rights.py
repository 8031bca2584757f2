"""Rights on a log: who may do what with which topic, group or transactional id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CLUSTER_NAME = "kafka-cluster"
"""What Kafka calls the one resource of the kind `Resource.CLUSTER`."""


class Resource(StrEnum):
    """What a right is about."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional id"
    CLUSTER = "cluster"


class Operation(StrEnum):
    """What may be done. Whoever may read, write, alter or delete may describe; altering a topic's settings
    implies describing them."""

    ALL = "anything"
    READ = "read"
    WRITE = "write"
    CREATE = "create"
    DELETE = "delete"
    ALTER = "alter"
    DESCRIBE = "describe"
    DESCRIBE_CONFIGS = "describe settings"
    ALTER_CONFIGS = "alter settings"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """The right to one operation on what is called `name`, or on all whose names begin with it."""

    resource: Resource
    name: str
    operation: Operation
    prefixed: bool = False

    @property
    def shown(self) -> str:
        """What it is about, for a person."""
        return f"{self.name}*" if self.prefixed else self.name


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A right that a principal has; `principal` is Kafka's, for example `User:hub.east`."""

    principal: str
    right: Right
