"""A query as text: `parse(to_text(query)) == query`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unibox_tui.domain.query import And, Compare, Node, Not, OneOf, Or, Query, Range, Word, Words
from unibox_tui.views.query.values import end_of_units, text_of

_BARE_VALUE = re.compile(r'[^\s,()"“”„\\<>=:|.][^\s,()"“”„\\<>=:|]*')
_ENDS_IN_NUMBER = re.compile(r"[<>=:.]\d[\d.]*$")
_TO_ESCAPE = re.compile(r'[\s()"“”„\\]|^[-#|]|(?<=[\w-])[:<>=]')


def to_text(query: Query) -> str:
    pieces = [_node(query.where)] if query.where != And() else []
    if query.sort:
        keys = ",".join(("-" if key.reverse else "") + key.field for key in query.sort)
        if isinstance(query.where, Or):
            pieces = [f"({piece})" for piece in pieces]
        pieces.append(f"sort:{keys}")
    return " ".join(pieces)


def _node(node: Node) -> str:
    if isinstance(node, And):
        return _side_by_side(f"({_node(part)})" if isinstance(part, Or) else _node(part) for part in node.parts)
    if isinstance(node, Or):
        return " or ".join(_node(part) for part in node.parts)
    if isinstance(node, Not):
        several = isinstance(node.part, And | Or | Not) or (isinstance(node.part, Words) and len(node.part.terms) > 1)
        return f"-({_node(node.part)})" if several else f"-{_node(node.part)}"
    if isinstance(node, Words):
        return " ".join(map(_word, node.terms))
    if isinstance(node, OneOf):
        return f"{node.field}:{','.join(map(_value, node.values))}"
    if isinstance(node, Compare):
        value = _value(text_of(node.value))
        if node.field == "active" and node.op in (">=", "<"):
            return f"{'after' if node.op == '>=' else 'before'}:{value}"
        return f"{node.field}{node.op}{value}"
    return _range(node)


def _side_by_side(pieces: Iterable[str]) -> str:
    """A searched word after an amount is not its unit."""
    said = ""
    for piece in pieces:
        apart = _ENDS_IN_NUMBER.search(said) and end_of_units("amount", f" {piece}", 0)
        escape = "\\" if apart else ""
        said = f"{said} {escape}{piece}" if said else piece
    return said


def _range(node: Range) -> str:
    if node.low == node.high and node.low is not None:
        return f"{node.field}:{_value(text_of(node.low))}"
    low, high = ("" if end is None else text_of(end) for end in (node.low, node.high))
    both = f"{low}..{high}"
    return f'{node.field}:"{both}"' if re.search(r"[\s:]", both) else f"{node.field}:{both}"


def _value(text: str) -> str:
    return text if _BARE_VALUE.fullmatch(text) else _quoted(text)


def _word(word: Word) -> str:
    if word.exact:
        return _quoted(word.text)
    if word.text.casefold() == "or":
        return "\\" + word.text
    return _TO_ESCAPE.sub(lambda found: "\\" + found[0], word.text)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["“”„\\])', r"\\\1", text) + '"'
