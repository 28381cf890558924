"""The part of YAML that published API descriptions are written in: block and flow collections, all scalars, explicit keys.

No anchors, tags or several documents. Far quicker than a whole reader, which these files of megabytes need.
"""

from __future__ import annotations

import json
import re
from typing import Any

_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s'"\[\]{}#&*!|>%@`?-](?:.*?[^\s:])??|[?-][^\s].*?)\s*:(?:\s+(.*)|$)"""
)
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False, "True": True, "False": False}
_INT, _FLOAT = (
    re.compile(r"[-+]?[0-9]+"),
    re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"),
)


def read(text: str) -> Any:
    reader = _Reader([line.rstrip() for line in text.split("\n") if not line.startswith(("---", "%"))])
    found = reader.node(0)
    left = reader._peek()
    if left is not None:
        raise ValueError(f"line {reader.at + 1} is not understood: {left.strip()[:60]}")
    return found


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0

    def node(self, least: int) -> Any:
        """What begins at the next line that says something, if it is indented at least so much."""
        line = self._peek()
        if line is None or _indent(line) < least:
            return None
        indent, said = _indent(line), line.strip()
        if said.startswith("- ") or said == "-":
            return self._sequence(indent)
        if said.startswith("? ") or _KEY.match(said):
            return self._mapping(indent)
        self.at += 1
        return self._value(said, indent - 1)

    def _sequence(self, indent: int) -> list[Any]:
        found = []
        while (line := self._peek()) is not None and _indent(line) == indent and re.match(r"-(?: |$)", line.strip()):
            # The entry begins behind its dash, as if it stood on a line of its own.
            self.lines[self.at] = line[:indent] + " " + line[indent + 1 :]
            if not self.lines[self.at].strip():
                self.at += 1
            found.append(self.node(indent + 1))
        return found

    def _mapping(self, indent: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (line := self._peek()) is not None and _indent(line) == indent:
            said = line.strip()
            if said.startswith("? "):
                self.at += 1
                key = self._value(said[2:], indent)
                line = self._peek() or ""
                self.lines[self.at] = line.replace(":", " ", 1)
                found[str(key)] = self.node(indent + 1)
                continue
            match = _KEY.match(said)
            if match is None:
                break
            self.at += 1
            key, rest = _scalar_key(match.group(1)), _uncommented(match.group(2) or "")
            found[key] = self._value(rest, indent) if rest else self._below(indent)
        return found

    def _below(self, indent: int) -> Any:
        """The value of a key that stands on the next lines; a list may stand no deeper than its key."""
        line = self._peek()
        if line is not None and _indent(line) == indent and re.match(r"-(?: |$)", line.strip()):
            return self._sequence(indent)
        return self.node(indent + 1)

    def _value(self, said: str, indent: int) -> Any:
        if said[:1] in "|>":
            return self._block(said, indent)
        if said[:1] in ("'", '"'):
            return self._quoted(said)
        if said[:1] in ("[", "{"):
            while said.count("[") + said.count("{") > said.count("]") + said.count("}"):
                said += " " + self.lines[self.at].strip()
                self.at += 1
            return _flow(said)
        said = _uncommented(said)
        parts, blank = [said], 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line and (_indent(line) <= indent or line.lstrip().startswith("#")):
                break
            self.at += 1
            if not line:
                blank += 1
                continue
            parts.append("\n" * blank or " ")
            parts.append(_uncommented(line.strip()))
            blank = 0
        self.at -= blank
        return _plain("".join(parts))

    def _block(self, said: str, indent: int) -> str:
        taken: list[str] = []
        while self.at < len(self.lines) and (not self.lines[self.at] or _indent(self.lines[self.at]) > indent):
            taken.append(self.lines[self.at])
            self.at += 1
        depth = min((_indent(line) for line in taken if line), default=0)
        text = "\n".join(line[depth:] for line in taken)
        if said[0] == ">":
            text = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
        return text + "\n" if "+" in said else text.rstrip("\n") + ("" if "-" in said else "\n")

    def _quoted(self, said: str) -> str:
        mark = said[0]
        whole = re.compile(r"'((?:[^']|'')*)'(?!')" if mark == "'" else r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
        blank = 0
        while (match := whole.match(said)) is None:
            line = self.lines[self.at].strip()
            self.at += 1
            if not line:
                blank += 1
            elif said.endswith("\\") and mark == '"':
                said, blank = said[:-1] + line, 0
            else:
                said, blank = said + ("\n" * blank or " ") + line, 0
        inside = match.group(1)
        return inside.replace("''", "'") if mark == "'" else _unescaped(inside)

    def _peek(self) -> str | None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line and not line.lstrip().startswith("#"):
                return line
            self.at += 1
        return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _uncommented(said: str) -> str:
    if said[:1] in ("'", '"'):
        return said
    return re.split(r"\s+#", said, maxsplit=1)[0].rstrip() if not said.startswith("#") else ""


def _scalar_key(said: str) -> str:
    if said[0] == '"':
        return _unescaped(said[1:-1])
    return said[1:-1].replace("''", "'") if said[0] == "'" else said


_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v", "N": "\x85", "_": "\xa0",
          "L": "\u2028", "P": "\u2029"}  # fmt: skip


def _unescaped(inside: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2) or match.group(3)
        return chr(int(code, 16)) if code else _SHORT.get(match.group(4), match.group(4))

    return _ESCAPE.sub(one, inside)


def _plain(said: str) -> Any:
    if said in _WORDS:
        return _WORDS[said]
    if _INT.fullmatch(said):
        return int(said)
    return float(said) if _FLOAT.fullmatch(said) else said


def _flow(said: str) -> Any:
    try:
        return json.loads(said)
    except ValueError:
        found, rest = _flow_node(said)
        assert not rest.strip() or rest.strip().startswith("#"), rest
        return found


def _flow_node(said: str) -> tuple[Any, str]:
    said = said.lstrip()
    if said[0] in "[{":
        close, pairs, items = {"[": "]", "{": "}"}[said[0]], said[0] == "{", []
        said = said[1:].lstrip()
        while said[0] != close:
            key, said = _flow_node(said)
            said = said.lstrip()
            if pairs and said[0] == ":":
                value, said = _flow_node(said[1:])
                key, said = (key, value), said.lstrip()
            items.append(key)
            said = said[1:].lstrip() if said[0] == "," else said
        return (dict(items) if pairs else items), said[1:]
    match = re.match(r"""'((?:[^']|'')*)'|"((?:[^"\\]|\\.)*)"|[^,\[\]{}:]+(?::(?=[^\s,\]}])[^,\[\]{}:]*)*""", said)
    assert match is not None, said
    rest = said[match.end() :]
    if match.group(1) is not None:
        return match.group(1).replace("''", "'"), rest
    return (_unescaped(match.group(2)) if match.group(2) is not None else _plain(match.group(0).strip())), rest
