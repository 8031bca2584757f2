"""The reference of all commands, docs/commands.md, made from the commands themselves.

`python -m screener.cli.reference docs/commands.md` writes it anew.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from screener.cli.main import cli

HEAD = """# Commands

Generated from the commands by `python -m screener.cli.reference docs/commands.md`; do not edit.

Results go to stdout; progress and notes go to stderr. Times are UTC. No command ever shows the name, phone
number or address of a consignor or consignee; what was entered into a list is shown whole by
`screener lists show --reveal` alone.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | done, and the answer is no: something is broken, missing or unreadable; or the work had to stop |
| 2 | the command line is wrong |
| 75 | a service does not answer: try again later |
| 78 | settings, keys, a policy or a model file are wrong: the message says which and what to do |

| environment | meaning |
|---|---|
| `SCREENER_CONFIG` | settings file; `--config` goes before it |
| `SCREENER_LOG` | `kafka`, or `sqlite:PATH` for the embedded log; `--log` goes before it |
| `KAFKA_BOOTSTRAP_SERVERS` | brokers, separated by commas; makes Kafka the log |
| `SCREENER_KAFKA_PASSWORD` | the password of log.kafka.sasl_username, instead of a file |
| `SCREENER_KEYS` | the keys as JSON, instead of a folder of files |
| `SCREENER_SLOT` | the worker's slot in a cluster, such as the pod's ordinal |
"""


def page() -> str:
    """The whole reference as Markdown."""
    return "\n".join([HEAD, *(section(context) for context in contexts())])


def contexts() -> Iterator[click.Context]:
    """Every command with its place in the tree, parents before children."""
    yield from _below(click.Context(cli, info_name="screener"))


def section(context: click.Context) -> str:
    """One command: how it is called, what it does, its options."""
    command = context.command
    title = "#" * min(_depth(context) + 2, 4)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [f"{title} {context.command_path}\n", f"```\n{usage}\n```\n", *_paragraphs(command.help or "")]
    options = [_option(option, context) for option in shown_options(command)]
    if options:
        parts.append("\n".join(options) + "\n")
    return "\n".join(parts)


def shown_options(command: click.Command) -> list[click.Option]:
    """The options of a command's own, without `--help` and `--version`, which all have."""
    return [
        option
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden and not option.is_eager
    ]


def _below(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None, name
            yield from _below(click.Context(command, info_name=name, parent=context))


def _depth(context: click.Context) -> int:
    return 0 if context.parent is None else 1 + _depth(context.parent)


def _paragraphs(text: str) -> Iterator[str]:
    """Click's paragraphs; those it must not wrap are examples, with a heading or without."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        mark, _, example = paragraph.partition("\n")
        if mark != "\b":
            yield f"{paragraph}\n"
            continue
        heading, _, rest = example.partition("\n")
        if heading.endswith(":"):
            yield f"{heading}\n"
            example = rest
        yield f"```sh\n{inspect.cleandoc(example)}\n```\n"


def _option(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    assert record is not None, option.name
    return f"- `{record[0]}`: {record[1]}"


def main(path: Path) -> None:
    """Write the reference into a file."""
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
