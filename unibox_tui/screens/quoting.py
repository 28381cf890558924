"""An answer that quotes the message under the thread's cursor: begun, shown and dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.views.models import Way
from unibox_tui.widgets.composer import Writing
from unibox_tui.widgets.quote_line import QuoteLook

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands


def by_reference(writing: Writing, way: Way | None) -> bool:
    """Whether the channel points at what is quoted; else its words are a line of the text."""
    found = writing.quoting
    return found is not None and way is not None and found.by_reference(way.quotes, way.identity_id)


def look(writing: Writing, way: Way | None, key: str) -> QuoteLook:
    if writing.quoting is None or writing.mode != "reply":
        return QuoteLook()
    return QuoteLook(writing.quoting.words, not by_reference(writing, way), key)


def args(writing: Writing, way: Way) -> dict[str, Any]:
    """For the desk's `reply`. A mail that points at one message has its words below, unless the envelope says otherwise."""
    if writing.quoting is None:
        return {}
    below = way.subject and writing.envelope.quote is None and by_reference(writing, way)
    return {"answers": writing.quoting.n, **({"quote": True} if below else {})}


def quote(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    """An answer to the message under the cursor; what is written already stays."""
    screen = commands.screen
    n, id = commands.entry_n(), screen.talk.conversation
    if id is None:
        raise Refused(_("No conversation is chosen."))
    screen.keyboard.hold()
    screen.talk.stop_following()

    async def begin() -> None:
        found = await screen.workspace.quoted(id, n)
        await screen.talk.open(id)
        await screen.pen.begin("reply")
        screen.pen.rewrite(replace(screen.pen.writing, quoting=found))

    screen.work(begin(), "thread", after=screen.keyboard.release)


def unquote(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    pen = commands.screen.pen
    if pen.writing.quoting is None:
        raise Refused(_("This answer quotes nothing."))
    pen.rewrite(replace(pen.writing, quoting=None))
