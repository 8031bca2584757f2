"""The page of all rights, docs/rights.md, made from the table that ACLs are made from.

`python -m screener.cli.rightspage docs/rights.md` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from screener.stages import rights
from screener.stream.rights import Resource, Right

HEAD = """# Rights

Generated from `screener/stages/rights.py` by `python -m screener.cli.rightspage docs/rights.md`; do not
edit.

What each part of Screener and each hub may do on a Kafka cluster with an authorizer: this and nothing
else. Everything here is allowed from any host (`*`); nothing is denied by name, so a cluster must refuse
what no ACL allows (`allow.everyone.if.no.acl.found=false`, the default). A name that ends in `*` stands
for all names that begin so. Whoever may read or write may also describe. Idempotent producers need no
right of their own from Kafka 3.0 on.

`screener topics create --acls --passwords DIR` grants Screener's parts theirs, and makes a SCRAM-SHA-512
user for each; `--principal PART=User:NAME` names another principal, such as that of a client certificate.
`screener hub add NAME` does the same for a hub. `screener doctor` and `screener topics check` are the
admin's.

A process is told who it is by the settings; `{part}` stands for the part that connects, so one file
serves all:

```toml
[log.kafka]
security_protocol = "SASL_SSL"
sasl_mechanism = "SCRAM-SHA-512"
sasl_username = "screener.{part}"
sasl_password_file = "secrets/kafka/{part}"   # or SCREENER_KAFKA_PASSWORD in the environment
ssl_cafile = "secrets/ca.pem"
```

With client certificates: `security_protocol = "SSL"`, `ssl_certfile` and `ssl_keyfile`. With OAuth:
`sasl_mechanism = "OAUTHBEARER"` and `sasl_oauth_token_file`, which is read anew for each connection. A
password or token is read when a client connects, and never shown, logged or kept in the settings.

`make kafka` has a broker without rights. One with TLS, passwords and an authorizer, to try this on:
`python3 deploy/kafka/broker.py start --secure --data .kafka-secure` prints the settings of its super
user.
"""

HUBS = """
## A hub

Principal `User:hub.NAME`, or the one that `screener hub add --principal` names. With `--gateway`, for a
hub that sends through `screener hub publish` or `screener hub serve`, it may also read back what it has
written itself.
"""

NOT_SHOWN = """
## What no hub may

Read or write another hub's topics, write its own verdicts, read or write any topic of Screener (evidence,
decisions, what was flagged, dead letters, lists, state), create, change or delete a topic, join or
describe a group that does not begin with `hub.NAME.`, use another's transactional id, see rights or
users. A topic it has no right to looks to it as if it were not there. `tests/hub/admission` tries each on
a real broker.

## Who could still do what

- Whoever has the password of a part can do what that part can. [score] sees all that hubs send, and
  [decide] the images; neither can write what a hub writes. `replay` can write as any hub: keep its
  password with the admin's.
- The admin may alter the cluster, so may give itself any right: use it to set up, and not in workers.
- Describing `screener.*` and `investigations.*` shows workers that topics are there and how long they are
  kept, nothing that lies in them.
"""


def page() -> str:
    """The whole page as Markdown."""
    sections = [_part(part) for part in rights.PARTS]
    hub = "\n".join([HUBS, *_table(rights.hub_rights("NAME"))])
    more = set(rights.hub_rights("NAME", gateway=True)) - set(rights.hub_rights("NAME"))
    gateway = "\n".join(["\nWith `--gateway` also:\n", *_table(more)])
    return "\n".join([HEAD, *sections, hub, gateway, NOT_SHOWN])


def _part(part: rights.Part) -> str:
    by = " (granted by nobody but the cluster's owner)" if part.name in rights.MADE_BY_HAND else ""
    about = f"## {part.name}\n\nPrincipal `User:{part.user}`{by}: {part.does}.\n"
    return "\n".join([about, *_table(part.rights)]) + "\n"


def _table(which: Iterable[Right]) -> Iterator[str]:
    yield "| may | what | names |"
    yield "|---|---|---|"
    for (operation, resource), same in groupby(sorted(which, key=_order), key=_kind):
        yield f"| {operation} | {resource} | {', '.join(f'`{right.shown}`' for right in same)} |"


def _kind(right: Right) -> tuple[str, Resource]:
    return right.operation.value, right.resource


def _order(right: Right) -> tuple[int, str, str]:
    return list(Resource).index(right.resource), right.operation.value, right.name


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
