"""What is written as it would leave: with its quote and buttons where these are lines of the text, and in how many messages."""

from __future__ import annotations

import functools
import mimetypes
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _, ngettext
from unibox_tui.screens import quoting
from unibox_tui.text import parting
from unibox_tui.views.models import Way
from unibox_tui.widgets.composer import Writing
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands


def whole(writing: Writing, way: Way | None, text: str) -> str:
    """The text with all that goes as text."""
    if writing.mode != "reply" or way is None:
        return text
    as_line = writing.quoting is not None and not quoting.by_reference(writing, way)
    return parting.whole(
        text,
        buttons=() if way.quick_replies else writing.buttons,
        quoted=writing.quoting.words if writing.quoting is not None and as_line else "",
    )


@functools.lru_cache(maxsize=8)
def _pieces(texts: tuple[str, ...], limit: int, unit: str, most: int) -> tuple[str, ...]:
    return parting.texts(texts, limit, unit=unit, most=most)


def pieces(writing: Writing, way: Way | None, text: str) -> tuple[str, ...]:
    """The texts of the messages in which it leaves; one where the channel takes it whole, or would not take several either."""
    texts = parting.by_hand(whole(writing, way, text).strip("\n"), writing.apart)
    if writing.mode != "reply" or way is None or way.text_limit is None:
        return texts
    return _pieces(texts, way.text_limit, way.text_unit, way.text_parts)


def count(writing: Writing, way: Way | None, text: str) -> int:
    """In how many messages; 1 too where its writer parted it so, which is shown beside the stored answer's name."""
    found = len(pieces(writing, way, text))
    return found if found > len(parting.by_hand(text, writing.apart)) else 1


def preview(commands: Commands) -> None:
    """The messages as they would leave, numbered, the files among them. The numbers stay here."""
    pen = commands.screen.pen
    way = pen.way
    texts = pieces(pen.writing, way, pen.text)
    files: list[str] = [*pen.writing.files, *(str(file.get("name", "")) for file in pen.writing.held)]
    alone = way.files_alone if way else ()
    found = parting.with_files(
        texts,
        files,
        each=way.files_each if way else 0,
        together=way is None or way.text_with_files,
        caption=way.caption_limit if way else None,
        alone=lambda name: parting.takes_no_text(mimetypes.guess_type(name)[0] or "", alone),
    )
    if len(found) < 2:
        raise Refused(_("This leaves in one message."))
    choices = [
        Choice(f"{n}/{len(found)}  {' '.join(text.split())}", n, _with(bundle))
        for n, (text, bundle) in enumerate(found, 1)
    ]
    commands.asking.pick(_("Leaves in parts:"), choices, lambda _chosen: None)


def _with(files: tuple[str, ...]) -> str:
    return ngettext("{n} file", "{n} files", len(files)) if files else ""
