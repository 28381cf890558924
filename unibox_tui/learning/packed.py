"""Tables of the learned model as plain arrays: some megabytes that load in milliseconds and are looked up in place."""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

FORMAT = 1


class Unreadable(ValueError):
    """Written by another version, on another kind of machine, or damaged: learn anew from the examples."""


class Table:
    """feature -> a run of entries, in parallel columns. `columns` are array type codes."""

    def __init__(self, keys: array[int], starts: array[int], columns: list[array[Any]]) -> None:
        if len(starts) != len(keys) + 1 or any(len(column) != starts[-1] for column in columns):
            raise Unreadable("the columns do not fit together")
        self.keys = keys
        self.starts = starts
        self.columns = columns

    @classmethod
    def of(cls, rows: Mapping[int, Iterable[tuple[Any, ...]]], codes: str) -> Table:
        keys, starts = array("I"), array("I", [0])
        columns: list[array[Any]] = [array(code) for code in codes]
        for key in sorted(rows):
            for entry in rows[key]:
                for column, value in zip(columns, entry, strict=True):
                    column.append(value)
            keys.append(key)
            starts.append(len(columns[0]))
        return cls(keys, starts, columns)

    def span(self, key: int) -> tuple[int, int]:
        """Where the entries of `key` stand in the columns; an empty span when there are none."""
        at = bisect_left(self.keys, key)
        if at == len(self.keys) or self.keys[at] != key:
            return 0, 0
        return self.starts[at], self.starts[at + 1]


def dump(head: Mapping[str, Any], arrays: Iterable[array[Any]]) -> bytes:
    """One blob of plain values and arrays."""
    kept = list(arrays)
    shape = [[part.typecode, part.itemsize, len(part)] for part in kept]
    first = json.dumps({"format": FORMAT, "order": sys.byteorder, "arrays": shape, **head}).encode()
    body = b"".join(part.tobytes() for part in kept)
    return zlib.compress(len(first).to_bytes(4, "big") + first + body, 1)


def load(blob: bytes) -> tuple[dict[str, Any], list[array[Any]]]:
    """What `dump` wrote. Raises Unreadable."""
    try:
        data = zlib.decompress(blob)
        size = int.from_bytes(data[:4], "big")
        head: dict[str, Any] = json.loads(data[4 : 4 + size])
        if head["format"] != FORMAT or head["order"] != sys.byteorder:
            raise Unreadable("another format")
        parts: list[array[Any]] = []
        at = 4 + size
        for code, width, length in head["arrays"]:
            part: array[Any] = array(code)
            if part.itemsize != width:
                raise Unreadable("another machine")
            part.frombytes(data[at : at + width * length])
            at += width * length
            if len(part) != length:
                raise Unreadable("too short")
            parts.append(part)
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise Unreadable("not a learned model") from error
    return head, parts
