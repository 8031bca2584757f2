"""Who may do what on a Kafka cluster: ACLs of its authorizer, and SCRAM-SHA-512 users."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kafka.errors import NoError, SecurityDisabledError

from screener import config
from screener.errors import BadConfig
from screener.stream.kafka import clients
from screener.stream.kafka.admin import Admin
from screener.stream.kafka.errors import ours, translated
from screener.stream.port import Closing
from screener.stream.rights import Grant, Operation, Resource, Right

MECHANISM = ScramMechanism.SCRAM_SHA_512
ITERATIONS = 8192
"""Twice Kafka's default; what it costs is paid once a connection."""

RESOURCES = {
    Resource.TOPIC: ResourceType.TOPIC,
    Resource.GROUP: ResourceType.GROUP,
    Resource.TRANSACTIONAL_ID: ResourceType.TRANSACTIONAL_ID,
    Resource.CLUSTER: ResourceType.CLUSTER,
}
OPERATIONS = {
    Operation.ALL: ACLOperation.ALL,
    Operation.READ: ACLOperation.READ,
    Operation.WRITE: ACLOperation.WRITE,
    Operation.CREATE: ACLOperation.CREATE,
    Operation.DELETE: ACLOperation.DELETE,
    Operation.ALTER: ACLOperation.ALTER,
    Operation.DESCRIBE: ACLOperation.DESCRIBE,
    Operation.DESCRIBE_CONFIGS: ACLOperation.DESCRIBE_CONFIGS,
    Operation.ALTER_CONFIGS: ACLOperation.ALTER_CONFIGS,
}
OUR_RESOURCES = {theirs: ours for ours, theirs in RESOURCES.items()}
OUR_OPERATIONS = {theirs: ours for ours, theirs in OPERATIONS.items()}


class KafkaAccess(Closing):
    """Grants and revokes rights, makes and drops users.

    Raises `BadConfig` where the broker has no authorizer or refuses us, `Unavailable` where none answers.
    """

    def __init__(self, settings: config.KafkaLog) -> None:
        clients.quiet_library()
        self._admin = Admin(settings)

    def is_enforced(self) -> bool:
        """Whether the broker has an authorizer; without one whoever reaches it may do everything."""
        with translated("asking for the authorizer"):
            try:
                self._admin.ask_once(lambda admin: admin.describe_acls(_filter()))
            except SecurityDisabledError:
                return False
        return True

    def grants(self) -> frozenset[Grant]:
        """All rights that are allowed on this cluster from any host, of the kinds that we know."""
        told, _ = self._admin.ask("listing rights", lambda admin: admin.describe_acls(_filter()))
        return frozenset(grant for acl in told if (grant := _grant(acl)) is not None)

    def grant(self, grants: Iterable[Grant]) -> None:
        """Allow; what is allowed already stays so."""
        acls = [_acl(grant) for grant in sorted(grants)]
        if not acls:
            return
        told = self._admin.ask("granting rights", lambda admin: admin.create_acls(acls))
        for error in told["failed"]:
            raise ours(error(), "granting rights")

    def revoke(self, grants: Iterable[Grant]) -> None:
        """Allow no longer, at once, on connections that are open too; what is not allowed stays so."""
        filters = [_filter(grant) for grant in sorted(grants)]
        if not filters:
            return
        told = self._admin.ask("revoking rights", lambda admin: admin.delete_acls(filters))
        for _, _, error in told:
            if error is not NoError:
                raise ours(error(), "revoking rights")

    def users(self, names: Collection[str]) -> frozenset[str]:
        """Those of these users that have a SCRAM-SHA-512 password.

        Named each: Kafka 4.3 gives no answer to one who asks for all without the right to.
        """
        told = self._admin.ask(
            "asking for users", lambda admin: admin.describe_user_scram_credentials(sorted(names))
        )
        return frozenset(user for user, about in told.items() if _has_password(about))

    def set_password(self, user: str, password: str) -> None:
        """Make a user, or give it another password; connections that are open stay."""
        self._alter([UserScramCredentialUpsertion(user, MECHANISM, password, iterations=ITERATIONS)])

    def drop_user(self, user: str) -> None:
        """Let a user open no connection any more; those that are open stay, so revoke its rights first."""
        self._alter([UserScramCredentialDeletion(user, MECHANISM)])

    def close(self) -> None:
        self._admin.close()

    def _alter(self, changes: Sequence[Any]) -> None:
        told = self._admin.ask("changing a user", lambda admin: admin.alter_user_scram_credentials(changes))
        for user, refusal in told.items():
            if refusal is not None and "permission" in refusal:
                raise BadConfig(f"Kafka, changing user {user}: we lack the right to (alter the cluster)")
            if refusal is not None:
                raise BadConfig(f"Kafka, changing user {user}: {refusal}")


def _has_password(about: dict[str, Any]) -> bool:
    return any(one["mechanism"] is MECHANISM for one in about["credential_infos"])


def _pattern(right: Right) -> tuple[ResourceType, str, ACLResourcePatternType]:
    kind = ACLResourcePatternType.PREFIXED if right.prefixed else ACLResourcePatternType.LITERAL
    return RESOURCES[right.resource], right.name, kind


def _acl(grant: Grant) -> ACL:
    return ACL(
        principal=grant.principal,
        host="*",
        operation=OPERATIONS[grant.right.operation],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(*_pattern(grant.right)),
    )


def _filter(grant: Grant | None = None) -> ACLFilter:
    """What finds this grant, or all that are allowed."""
    anything = (ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return ACLFilter(
        principal=None if grant is None else grant.principal,
        host=None if grant is None else "*",
        operation=ACLOperation.ANY if grant is None else OPERATIONS[grant.right.operation],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePatternFilter(*(anything if grant is None else _pattern(grant.right))),
    )


def _grant(acl: ACL) -> Grant | None:
    pattern = acl.resource_pattern
    resource, operation = OUR_RESOURCES.get(pattern.resource_type), OUR_OPERATIONS.get(acl.operation)
    if resource is None or operation is None or acl.host != "*":
        return None
    prefixed = pattern.pattern_type == ACLResourcePatternType.PREFIXED
    return Grant(acl.principal, Right(resource, pattern.resource_name, operation, prefixed=prefixed))
