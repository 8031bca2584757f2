"""What a hub needs to be let in, what of it is there, and what is to be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from screener.errors import BadConfig
from screener.stages import rights
from screener.stages.topology import hubs_in
from screener.stream.administration import Administration
from screener.stream.kafka.access import KafkaAccess
from screener.stream.port import Log, TopicSpec
from screener.stream.rights import Grant, Resource, Right


class State(StrEnum):
    """How a thing is, and so what is to be done about it."""

    THERE = "there"
    MISSING = "to be made"
    DIFFERS = "to be mended"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a plan, for a person."""

    kind: str
    name: str
    state: State
    detail: str


@dataclass(frozen=True, slots=True)
class Wish:
    """How a hub is to be: its topics, its principal's rights.

    `user` is the one whose password is ours to make, None where the cluster's owner gave the principal.
    `shared` where that is a gateway's, which serves other hubs too.
    """

    hub: str
    specs: tuple[TopicSpec, ...]
    principal: str
    user: str | None
    rights: tuple[Right, ...]
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in the order in which it is; `items` say it, and what is there already."""

    items: tuple[Item, ...]
    create: tuple[TopicSpec, ...] = ()
    alter: tuple[TopicSpec, ...] = ()
    grant: tuple[Grant, ...] = ()
    revoke: tuple[Grant, ...] = ()
    make_user: str | None = None

    @property
    def mends(self) -> bool:
        """Whether something that is there is changed."""
        return any(item.state is State.DIFFERS for item in self.items)

    @property
    def nothing_to_do(self) -> bool:
        return not (self.create or self.alter or self.grant or self.revoke or self.make_user)


def plan(log: Log, access: KafkaAccess | None, wish: Wish, *, new_password: bool = False) -> Plan:
    """What it takes to come to `wish`. Without `access` (the embedded log) topics alone.

    Raises `BadConfig` where the principal is another hub's already.
    """
    planned = _topics(log, wish)
    if access is None:
        return planned
    grants = access.grants()
    if not wish.shared:
        _check_is_nobody_elses(log, grants, wish)
    for part in (_rights(grants, wish), _user(access, wish, new_password=new_password)):
        planned = replace(
            planned,
            items=planned.items + part.items,
            grant=planned.grant + part.grant,
            revoke=planned.revoke + part.revoke,
            make_user=part.make_user or planned.make_user,
        )
    return planned


def carry_out(
    planned: Plan,
    log: Log,
    administration: Administration,
    access: KafkaAccess | None,
    password: str | None = None,
) -> None:
    """Do what a plan says: topics, rights, and last the password, without which nobody comes in."""
    log.create(planned.create)
    for spec in planned.alter:
        administration.alter(spec)
    if access is None:
        return
    access.revoke(planned.revoke)
    access.grant(planned.grant)
    if planned.make_user is not None and password is not None:
        access.set_password(planned.make_user, password)


def _topics(log: Log, wish: Wish) -> Plan:
    found = [(spec, log.describe(spec.name)) for spec in wish.specs]
    return Plan(
        items=tuple(_topic(spec, described) for spec, described in found),
        create=tuple(spec for spec, described in found if described is None),
        alter=tuple(spec for spec, described in found if described and _differs(spec, described)),
    )


def _topic(spec: TopicSpec, found: TopicSpec | None) -> Item:
    if found is None:
        return Item("topic", spec.name, State.MISSING, _kept(spec))
    if _differs(spec, found):
        return Item("topic", spec.name, State.DIFFERS, f"{_kept(found)} -> {_kept(spec)}")
    if found.partitions != spec.partitions:
        text = f"{found.partitions} partitions, not {spec.partitions}: they never change"
        return Item("topic", spec.name, State.STAYS, text)
    return Item("topic", spec.name, State.THERE, _kept(found))


def _differs(spec: TopicSpec, found: TopicSpec) -> bool:
    """Whether what may change while a topic is in use is other than wished."""
    return (spec.retention_ms, spec.max_message_bytes) != (found.retention_ms, found.max_message_bytes)


def _kept(spec: TopicSpec) -> str:
    kept = "for ever" if spec.retention_ms is None else f"{spec.retention_ms / 3_600_000:g} h"
    return f"{spec.partitions} partitions, kept {kept}, up to {spec.max_message_bytes:,} bytes"


def _rights(grants: frozenset[Grant], wish: Wish) -> Plan:
    wished = {Grant(wish.principal, right) for right in wish.rights}
    has = {grant for grant in grants if grant.principal == wish.principal}
    more = sorted(has - wished)
    items = [
        *(_right(grant, State.THERE if grant in has else State.MISSING) for grant in sorted(wished)),
        *(_right(grant, _more_is(wish, grant), " more than it needs") for grant in more),
        *(_right(grant, State.STAYS, ", another principal") for grant in _others(grants, wish)),
    ]
    revoke = tuple(grant for grant in more if _more_is(wish, grant) is State.DIFFERS)
    return Plan(tuple(items), grant=tuple(sorted(wished - has)), revoke=revoke)


def _more_is(wish: Wish, grant: Grant) -> State:
    """What a hub has too much is taken from it; a principal of the owner's keeps what is not the hub's."""
    return State.DIFFERS if wish.user is not None or is_of(wish.hub, grant.right) else State.STAYS


def _others(grants: Iterable[Grant], wish: Wish) -> Iterator[Grant]:
    for grant in sorted(grants):
        if grant.principal != wish.principal and is_of(wish.hub, grant.right):
            yield grant


def _right(grant: Grant, state: State, remark: str = "") -> Item:
    right = grant.right
    what = f"{right.resource} {right.shown}"
    return Item("right", what, state, f"{grant.principal} may {right.operation}{remark}")


def _user(access: KafkaAccess, wish: Wish, *, new_password: bool) -> Plan:
    if wish.user is None:
        return Plan((Item("user", wish.principal, State.STAYS, "given: no password is made"),))
    if wish.user not in access.users([wish.user]):
        item = Item("user", wish.user, State.MISSING, "SCRAM-SHA-512, a password of its own")
    elif new_password:
        item = Item("user", wish.user, State.DIFFERS, "another password; the old one ends")
    else:
        return Plan((Item("user", wish.user, State.THERE, "SCRAM-SHA-512; its password stays"),))
    return Plan((item,), make_user=wish.user)


def is_of(hub: str, right: Right) -> bool:
    """Whether a right is about what belongs to one hub alone."""
    if right.prefixed:
        return right.name in (rights.own_prefix(hub), f"{rights.PUBLISH_PREFIX}{hub}.")
    return right.resource is Resource.TOPIC and right.name in rights.hub_topics(hub)


def _check_is_nobody_elses(log: Log, grants: frozenset[Grant], wish: Wish) -> None:
    for hub in hubs_in(log.topics()):
        theirs = any(grant.principal == wish.principal and is_of(hub, grant.right) for grant in grants)
        if theirs and hub != wish.hub:
            raise BadConfig(
                f"{wish.principal} is the principal of hub {hub}: a hub never sees another's data, "
                "so each has a principal of its own; a gateway for several is let in with --shared"
            )
