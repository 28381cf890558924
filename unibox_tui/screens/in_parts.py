"""A text that is longer than one message of the channel takes: in how many it would leave, and which."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.text.splitting import split
from unibox_tui.views.models import Way
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands


@functools.lru_cache(maxsize=8)
def _pieces(text: str, limit: int, unit: str) -> tuple[str, ...]:
    return tuple(split(text, limit, unit=unit, numbered=False))


def pieces(way: Way | None, text: str) -> tuple[str, ...]:
    """The messages in which it leaves; one where the channel takes it whole, or would not take it in several either."""
    if way is None or way.text_limit is None or way.text_parts < 2 or len(text) * 4 <= way.text_limit:
        return (text,)
    return _pieces(text, way.text_limit, way.text_unit)


def preview(commands: Commands) -> None:
    """The parts as they would leave, numbered."""
    pen = commands.screen.pen
    found = pieces(pen.way, pen.text.strip("\n"))
    if len(found) < 2:
        raise Refused(_("This leaves in one message."))
    choices = [Choice(f"{n}/{len(found)}  {' '.join(piece.split())}", n) for n, piece in enumerate(found, 1)]
    commands.asking.pick(_("Leaves in parts:"), choices, lambda _chosen: None)
