"""Which line of a TOML file says what. The standard reader gives values without places."""

from __future__ import annotations

import re

KeyPath = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Key path -> line number from 1, of every table and key; entries of arrays of tables by their index.

    `text` must be valid TOML, which the standard reader has found out before.
    """
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}

    def run(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self.at < len(self.text):
            self._space()
            if self.at >= len(self.text):
                break
            line = self._line()
            if self.text[self.at] == "[":
                many = self.text.startswith("[[", self.at)
                self.at += 2 if many else 1
                table = self._resolve((), self._keys())
                if many:
                    index = self.counts.get(table, -1) + 1
                    self.counts[table] = index
                    self.lines.setdefault(table, line)
                    table = (*table, index)
                self.at += 2 if many else 1
                self.lines.setdefault(table, line)
            else:
                self._pair(table)
        return self.lines

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.at += 1  # =
        self._blank()
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        start = self.text[self.at]
        if start in "\"'":
            self._string()
        elif start == "[":
            self.at += 1
            index = 0
            while self._more("]"):
                self.lines.setdefault((*path, index), self._line())
                self._value((*path, index))
                index += 1
        elif start == "{":
            self.at += 1
            while self._more("}"):
                self._pair(path)
        else:
            found = _SCALAR.match(self.text, self.at)
            self.at = found.end() if found else self.at + 1

    def _more(self, end: str) -> bool:
        """Step to the next member of an array or inline table; past its end, False."""
        self._space()
        if self.text[self.at] == ",":
            self.at += 1
            self._space()
        if self.text[self.at] == end:
            self.at += 1
            return False
        return True

    def _resolve(self, path: KeyPath, keys: list[str]) -> KeyPath:
        """Header keys below an array of tables mean its last entry so far."""
        for key in keys[:-1]:
            path = (*path, key)
            if path in self.counts:
                path = (*path, self.counts[path])
        return (*path, keys[-1])

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._blank()
            if self.text[self.at] in "\"'":
                keys.append(self._string())
            else:
                found = _BARE.match(self.text, self.at)
                assert found is not None
                keys.append(found[0])
                self.at = found.end()
            self._blank()
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _string(self) -> str:
        quote = self.text[self.at]
        long = self.text.startswith(quote * 3, self.at)
        mark = quote * 3 if long else quote
        start = self.at + len(mark)
        self.at = start
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        inner = self.text[start : self.at]
        self.at += len(mark)
        if long:
            # Up to two quotes may stand right before the closing ones.
            while self.text.startswith(quote, self.at):
                self.at += 1
        if quote == '"' and "\\" in inner and not long:
            import tomllib

            return str(tomllib.loads(f'x = "{inner}"')["x"])
        return inner

    def _blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        if found:
            self.at = found.end()

    def _space(self) -> None:
        """White space, line ends and comments."""
        while self.at < len(self.text):
            if self.text[self.at] in " \t\r\n":
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1
