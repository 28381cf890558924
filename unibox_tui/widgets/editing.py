"""The text being written, without a screen: insert, delete, move, undo. All at once and in order, so that an input
method which deletes and retypes inside one burst (Telex, VNI) gives what was typed. The text is NFC at every moment."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from unibox_tui.text.width import clusters

_THAI_OR_MARK = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0e33]")
_WORD_LEFT = re.compile(r"(?:\w+|[^\w\s]+|\s)\s*\Z")
_WORD_RIGHT = re.compile(r"\s*(?:\w+|[^\w\s]+|\s)")
MOST_UNDO = 200


@dataclass(frozen=True, slots=True)
class _State:
    text: str
    caret: int


class EditBuffer:
    """`text` and `caret` (an index into it, always between clusters). `single`: newlines become blanks."""

    def __init__(self, text: str = "", caret: int | None = None, *, single: bool = False) -> None:
        self.single = single
        self.text = ""
        self.caret = 0
        self._undo: list[_State] = []
        self._redo: list[_State] = []
        self._typing = False
        self.load(text, caret)

    def load(self, text: str, caret: int | None = None) -> None:
        """Start anew with `text`; nothing to undo."""
        self.text = self._clean(text)
        self.caret = len(self.text) if caret is None else min(max(caret, 0), len(self.text))
        self._undo.clear()
        self._redo.clear()
        self._typing = False

    def insert(self, text: str) -> None:
        text = self._clean(text)
        if not text:
            return
        self._remember(typing=len(text) == 1 and not text.isspace())
        self._replace(self.caret, self.caret, text)

    def delete_left(self) -> bool:
        """One step back: a whole letter or emoji, but a Thai mark on its own, as on every Thai keyboard."""
        if not self.caret:
            return False
        before = self.text[self.caret - 1]
        start = self.caret - 1 if _THAI_OR_MARK.match(before) else self._left(self.caret)
        self._remember(typing=True)
        self._replace(start, self.caret, "")
        return True

    def delete_right(self) -> bool:
        if self.caret >= len(self.text):
            return False
        self._remember(typing=True)
        self._replace(self.caret, self._right(self.caret), "")
        return True

    def delete_word_left(self) -> None:
        self._cut(self._word_left(), self.caret)

    def delete_word_right(self) -> None:
        self._cut(self.caret, self._word_right())

    def delete_to_line_start(self) -> None:
        start, _ = self.line_span()
        self._cut(start if start < self.caret else max(start - 1, 0), self.caret)

    def delete_to_line_end(self) -> None:
        _, end = self.line_span()
        self._cut(self.caret, end if end > self.caret else min(end + 1, len(self.text)))

    def replace(self, start: int, end: int, text: str) -> None:
        """Put `text` in the place of a stretch, as one step of undo."""
        self._remember()
        self._replace(start, end, self._clean(text))

    def clear(self) -> None:
        self._cut(0, len(self.text))

    def left(self) -> None:
        self.move(self._left(self.caret))

    def right(self) -> None:
        self.move(self._right(self.caret))

    def word_left(self) -> None:
        self.move(self._word_left())

    def word_right(self) -> None:
        self.move(self._word_right())

    def line_start(self) -> None:
        self.move(self.line_span()[0])

    def line_end(self) -> None:
        self.move(self.line_span()[1])

    def move(self, caret: int) -> None:
        self.caret = min(max(caret, 0), len(self.text))
        self._typing = False

    def line_span(self) -> tuple[int, int]:
        """Where the caret's line begins and ends."""
        start = self.text.rfind("\n", 0, self.caret) + 1
        end = self.text.find("\n", self.caret)
        return start, len(self.text) if end < 0 else end

    def undo(self) -> bool:
        return self._travel(self._undo, self._redo)

    def redo(self) -> bool:
        return self._travel(self._redo, self._undo)

    def _travel(self, back: list[_State], forth: list[_State]) -> bool:
        if not back:
            return False
        forth.append(_State(self.text, self.caret))
        state = back.pop()
        self.text, self.caret = state.text, state.caret
        self._typing = False
        return True

    def _cut(self, start: int, end: int) -> None:
        if start < end:
            self._remember()
            self._replace(start, end, "")

    def _remember(self, *, typing: bool = False) -> None:
        """Letters typed one after the other are one step."""
        if not (typing and self._typing):
            self._undo.append(_State(self.text, self.caret))
            del self._undo[:-MOST_UNDO]
        self._redo.clear()
        self._typing = typing

    def _replace(self, start: int, end: int, text: str) -> None:
        before = self.text[:start] + text
        if not before.isascii():
            # A mark typed on its own joins the letter before it.
            before = unicodedata.normalize("NFC", before)
        self.text = unicodedata.normalize("NFC", before + self.text[end:])
        self.caret = min(len(before), len(self.text))

    def _left(self, caret: int) -> int:
        start = max(0, caret - 64)
        pieces = clusters(self.text[start:caret])
        return caret - len(pieces[-1]) if pieces else 0

    def _right(self, caret: int) -> int:
        pieces = clusters(self.text[caret : caret + 64])
        return caret + len(pieces[0]) if pieces else caret

    def _word_left(self) -> int:
        found = _WORD_LEFT.search(self.text, max(0, self.caret - 400), self.caret)
        return found.start() if found else 0

    def _word_right(self) -> int:
        found = _WORD_RIGHT.match(self.text, self.caret)
        return found.end() if found else len(self.text)

    def _clean(self, text: str) -> str:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
        if self.single:
            text = text.replace("\n", " ")
        return unicodedata.normalize(
            "NFC", "".join(c for c in text if c == "\n" or (c >= " " and not "\x7f" <= c <= "\x9f"))
        )
