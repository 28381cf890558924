"""In which messages an answer leaves: what the preview shows and what the desk sends come from here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from unibox_tui.text import filling
from unibox_tui.text.quoting import above
from unibox_tui.text.splitting import split

File = TypeVar("File")


def whole(text: str, *, buttons: Sequence[str] = (), quoted: str = "") -> str:
    """The text with what goes as text: buttons as numbered lines below, the words of a quoted message as a line above."""
    text = filling.numbered(text, buttons) if buttons else text
    return above(quoted, text.strip("\n")) if quoted else text


def by_hand(text: str, apart: bool) -> tuple[str, ...]:
    """What its writer parted with lines of ---, where these part messages."""
    return tuple((filling.bubbles(text) if apart else []) or [text])


def texts(whole: Sequence[str], limit: int | None, *, unit: str = "characters", most: int = 1) -> tuple[str, ...]:
    """`whole` is what its writer parted by hand. `limit` of one message; `most`: so many messages the channel allows."""
    if limit is None or most < 2:
        return tuple(whole)
    return tuple(piece for text in whole for piece in (split(text, limit, unit=unit, numbered=False) or (text,)))


def takes_no_text(media_type: str, alone: Collection[str]) -> bool:
    """Whether a file of this type is one of those (audio/mpeg, audio/*) that take no text with them."""
    return media_type in alone or f"{media_type.partition('/')[0]}/*" in alone


def with_files(
    pieces: Sequence[str],
    files: Sequence[File],
    *,
    each: int = 0,
    together: bool = True,
    caption: int | None = None,
    alone: Callable[[File], bool] | None = None,
) -> list[tuple[str, tuple[File, ...]]]:
    """The files follow the text: with its last part where the channel takes both in one message (`together`); `each`: at
    most so many in one, 0 any number. A text longer than `caption` (in units of UTF-16) goes before its files, and so does
    one before a file that goes `alone`."""
    size = each if each > 0 else max(len(files), 1)
    bundles = [tuple(files[start : start + size]) for start in range(0, len(files), size)]
    found: list[tuple[str, tuple[File, ...]]] = [(piece, ()) for piece in pieces]
    if bundles and pieces[-1]:
        together = together and (caption is None or len(pieces[-1].encode("utf-16-le")) // 2 <= caption)
        together = together and not (alone is not None and any(map(alone, bundles[0])))
    if bundles and (not pieces[-1] or together):
        found[-1] = (pieces[-1], bundles.pop(0))
    return found + [("", bundle) for bundle in bundles]
