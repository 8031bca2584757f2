"""Foreign XML and JSON as one tree of texts, whose fields are taken by name: what nobody took is known.

Names are compared without case and punctuation: `HS_Code`, `hsCode` and `HSCODE` are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

import msgspec

from screener.errors import BadInput

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 16
MAX_NODES: Final = 200_000
MAX_TEXT: Final = 10_000


class Node:
    """A text, fields below it, or both; a field may come more than once."""

    __slots__ = ("_names", "_taken", "fields", "text")

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.fields: dict[str, list[Node]] = {}
        self._names: dict[str, str] = {}
        self._taken = False

    def add(self, name: str, child: Node) -> None:
        """A field below this node."""
        self.fields.setdefault(plain(name), []).append(child)
        self._names.setdefault(plain(name), name[:60])

    def add_below(self, path: str, child: Node) -> None:
        """A field down a path with dots, of four steps at most."""
        node = self
        *way, last = path.split(".", 3)
        for step in way:
            if plain(step) not in node.fields:
                node.add(step, Node())
            node = node.fields[plain(step)][0]
        node.add(last, child)

    def has(self, names: tuple[str, ...]) -> bool:
        return any(name in self.fields for name in names)

    def take_all(self, *names: str) -> list[Node]:
        """Every field of one of these names, in their order."""
        found = [node for name in names for node in self.fields.get(name, ())]
        for node in found:
            node._taken = True
        return found

    def take(self, *names: str) -> Node | None:
        """The first field with something in it, of the first of these names that has any."""
        for name in names:
            for node in self.fields.get(name, ()):
                if node.text or node.fields:
                    node._taken = True
                    return node
        return None

    def take_text(self, *names: str) -> str | None:
        """The text of that field."""
        node = self.take(*names)
        return node.text or None if node else None

    def left(self, path: str = "") -> Iterator[str]:
        """The paths of what holds a text and was not taken, by their own names."""
        for name, nodes in self.fields.items():
            for node in nodes:
                where = f"{path}.{self._names[name]}" if path else self._names[name]
                if node.text and not node._taken:
                    yield where
                yield from node.left(where)


def plain(name: str) -> str:
    """A name without case, punctuation and namespace."""
    return "".join(letter for letter in name.rpartition(":")[2].lower() if letter.isalnum())


def from_json(value: bytes) -> Node:
    """The tree of a JSON document; a list at its top is a field `item` each. Raises `BadInput`."""
    try:
        document = msgspec.json.decode(_bounded(value))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadInput("not_json", f"$: expected JSON, got {len(value)} bytes: {error}") from None
    root = Node()
    _grow(root, "item", document, _Budget())
    return root if isinstance(document, list) else root.fields["item"][0]


def from_xml(value: bytes) -> Node:
    """The tree of an XML document, attributes as fields. Raises `BadInput`.

    A document type is refused, and with it entities of its own and anything from outside.
    """
    reader = _XmlReader()
    try:
        reader.parser.Parse(_bounded(value), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadInput("not_xml", f"expected XML, got {len(value)} bytes: {error}") from None
    return reader.root


class _Budget:
    """Counts nodes, since a small document may hold very many."""

    def __init__(self) -> None:
        self.left = MAX_NODES

    def spend(self, depth: int) -> None:
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            raise BadInput(
                "too_deep", f"expected at most {MAX_NODES} fields and {MAX_DEPTH} levels, got more"
            )


class _XmlReader:
    def __init__(self) -> None:
        self.root = Node()
        self._open = [self.root]
        self._budget = _Budget()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        node = Node()
        self._budget.spend(len(self._open))
        self._open[-1].add(name, node)
        for attribute, text in attributes.items():
            self._budget.spend(len(self._open))
            node.add(attribute, Node(text.strip()[:MAX_TEXT]))
        self._open.append(node)

    def _end(self, _: str) -> None:
        node = self._open.pop()
        node.text = node.text.strip()

    def _text(self, text: str) -> None:
        node = self._open[-1]
        node.text = (node.text + text)[:MAX_TEXT]

    def _doctype(self, *_: object) -> None:
        raise BadInput("not_xml", "expected XML without a document type, got one")


def _grow(above: Node, name: str, value: object, budget: _Budget, depth: int = 1) -> None:
    budget.spend(depth)
    if isinstance(value, list):
        for one in value:
            _grow(above, name, one, budget, depth + 1)
        return
    node = Node("" if value is None or isinstance(value, dict) else _written(value))
    above.add(name, node)
    for inner, one in value.items() if isinstance(value, dict) else ():
        _grow(node, inner, one, budget, depth + 1)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (value if isinstance(value, str) else str(value)).strip()[:MAX_TEXT]


def _bounded(value: bytes) -> bytes:
    if not value:
        raise BadInput("value_missing", "expected a declaration, got nothing")
    if len(value) > MAX_BYTES:
        raise BadInput("too_large", f"expected at most {MAX_BYTES} bytes, got {len(value)}")
    return value
