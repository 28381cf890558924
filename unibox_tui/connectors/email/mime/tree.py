"""The tree of a mail's parts, found in one pass over the bytes.

The standard parser tests every line against every open boundary, so a mail of some megabytes nested a few hundred deep
holds it for minutes. Here a line is looked up once among the open boundaries, whatever the depth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from unibox_tui.connectors.email.mime.charset import DEFAULT_CHARSETS
from unibox_tui.connectors.email.mime.params import parse_params

MAX_DEPTH = 250
MAX_PARTS = 5_000
_NAME = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_TYPE = re.compile(r"^[\w.+!#$&^-]{1,100}/[\w.+!#$&^-]{1,100}$")
_GUESSED_BOUNDARY = re.compile(rb"^--(\S[^\r\n]{0,200})\r?\nContent-", re.MULTILINE | re.IGNORECASE)


class Headers:
    """The header lines of one part, in order, undecoded; looked up by name in constant time."""

    __slots__ = ("_by_name", "lines")

    def __init__(self, lines: list[tuple[str, bytes]]) -> None:
        self.lines = lines
        self._by_name: dict[str, list[bytes]] = {}
        for name, value in lines:
            self._by_name.setdefault(name.lower(), []).append(value)

    def get(self, name: str) -> bytes | None:
        """The first value under the lower-case `name`, or None."""
        values = self._by_name.get(name)
        return values[0] if values else None

    def all(self, name: str) -> list[bytes]:
        """Every value under the lower-case `name`, topmost first."""
        return self._by_name.get(name, [])


@dataclass(slots=True)
class Part:
    """One node. `raw[start:end]` is its body, still transfer-encoded; `children` is filled for multiparts only."""

    headers: Headers
    kind: str
    params: dict[str, str]
    begin: int
    start: int
    end: int
    children: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Tree:
    raw: bytes
    root: Part
    problems: list[str]


def parse(raw: bytes, charsets: Sequence[str] = DEFAULT_CHARSETS) -> Tree:
    """Never fails. Bodies are offsets into `Tree.raw`, which is `raw` unless its lines ended in bare CR."""
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return _Parser(raw, charsets).run()


class _Parser:
    def __init__(self, raw: bytes, charsets: Sequence[str]) -> None:
        self.raw = raw
        self.charsets = charsets
        self.problems: dict[str, None] = {}
        self.open: list[tuple[Part, bytes]] = []
        self.levels: dict[bytes, list[int]] = {}
        self.count = 0

    def run(self) -> Tree:
        root = self._part(0, "text/plain")
        current: Part | None = root
        at = self._next_line(root.start)
        while at >= 0:
            line_end = self.raw.find(b"\n", at)
            stop = len(self.raw) if line_end < 0 else line_end
            level, closes = self._match(self.raw[at + 2 : min(stop, at + 1_100)].rstrip())
            if level < 0:
                at = self._next_line(stop)
                continue
            self._close_below(level + 1, at)
            if current is not None:
                current.end = max(current.start, self._before_break(at))
            multipart = self.open[level][0]
            if closes:
                self._close_below(level, at)
                current = None
                at = self._next_line(stop)
            else:
                child_kind = "message/rfc822" if multipart.kind == "multipart/digest" else "text/plain"
                current = self._part(min(stop + 1, len(self.raw)), child_kind)
                multipart.children.append(current)
                at = self._next_line(current.start)
        if self.open:
            self.problems["multipart-unclosed"] = None
        self._close_below(0, len(self.raw))
        self._without_children(root)
        return Tree(self.raw, root, list(self.problems))

    def _next_line(self, start: int) -> int:
        """The next line from `start` on that begins with two dashes, or -1 (at once when no boundary is open)."""
        if not self.open:
            return -1
        if self.raw.startswith(b"--", start) and (start == 0 or self.raw[start - 1] == 10):
            return start
        found = self.raw.find(b"\n--", start)
        return found + 1 if found >= 0 else -1

    def _before_break(self, at: int) -> int:
        """The line break before a boundary belongs to the boundary."""
        end = at - 1
        return end - 1 if end > 0 and self.raw[end - 1 : end] == b"\r" else end

    def _match(self, token: bytes) -> tuple[int, bool]:
        levels = self.levels.get(token)
        if levels:
            if self.count >= MAX_PARTS:
                self.problems["too-many-parts"] = None
                return -1, False
            return levels[-1], False
        if token.endswith(b"--"):
            levels = self.levels.get(token[:-2])
            if levels:
                return levels[-1], True
        return -1, False

    def _close_below(self, level: int, at: int) -> None:
        while len(self.open) > level:
            part, boundary = self.open.pop()
            part.end = at
            self.levels[boundary].pop()
            if not self.levels[boundary]:
                del self.levels[boundary]

    def _part(self, begin: int, default: str) -> Part:
        self.count += 1
        headers, start = self._headers(begin)
        kind, params = parse_params(headers.get("content-type"), self.charsets)
        if not _TYPE.match(kind):
            if kind:
                self.problems["content-type-broken"] = None
            kind = default if not kind else "text/plain" if kind == "text" else default
        part = Part(headers, kind, params, begin, start, len(self.raw))
        if kind.startswith("multipart/"):
            self._push(part, params.get("boundary", ""))
        return part

    def _push(self, part: Part, declared: str) -> None:
        boundary = declared.rstrip().encode("utf-8", "surrogatepass")[:1_000]
        if len(self.open) >= MAX_DEPTH:
            self.problems["nested-too-deep"] = None
            part.kind = "application/octet-stream"
            return
        # Only the outermost is worth a look through all the bytes; that keeps the whole linear.
        if not self.open and (not boundary or self.raw.find(b"--" + boundary, part.start) < 0):
            self.problems["boundary-missing"] = None
            guess = _GUESSED_BOUNDARY.search(self.raw, part.start)
            boundary = guess[1].rstrip() if guess else b""
        if not boundary:
            self.problems["boundary-missing"] = None
            part.kind = "text/plain"
            return
        self.levels.setdefault(boundary, []).append(len(self.open))
        self.open.append((part, boundary))

    def _without_children(self, root: Part) -> None:
        """A multipart in which nothing was found is shown as the text it is."""
        todo = [root]
        while todo:
            part = todo.pop()
            if part.kind.startswith("multipart/") and not part.children:
                self.problems["multipart-empty"] = None
                part.kind = "text/plain"
            todo.extend(part.children)

    def _headers(self, pos: int) -> tuple[Headers, int]:
        """The headers from `pos` and where the body starts."""
        raw = self.raw
        lines: list[tuple[str, bytes]] = []
        name = ""
        value: list[bytes] = []
        while pos < len(raw):
            newline = raw.find(b"\n", pos)
            after = len(raw) if newline < 0 else newline + 1
            line = raw[pos:after]
            if line in (b"\n", b"\r\n"):
                pos = after
                break
            if line[0] in b" \t":
                if not name and line.strip():
                    break  # a body without headers
                value.append(line)
            elif header := _NAME.match(line):
                if name:
                    lines.append((name, b"".join(value)))
                name = header[0][:-1].rstrip().decode("ascii")
                value = [line[header.end() :]]
            elif line.startswith(b"--") and self._match(line[2:1_100].rstrip())[0] >= 0:
                break
            elif line.startswith((b"From ", b">From ")) and not lines and not name:
                pass  # the envelope line of an mbox
            elif name and _NAME.match(raw, after):
                self.problems["header-broken"] = None
                value.append(b" " + line)  # a fold that lost its white space
            else:
                self.problems["header-end-missing"] = None
                break
            pos = after
        if name:
            lines.append((name, b"".join(value)))
        return Headers(lines), pos
