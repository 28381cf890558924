"""Something of the shop's to everybody: what it would be is shown, and asked once, before anything leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unibox_tui.actions import BY_ID
from unibox_tui.locale import _, translated
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands


def broadcast(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    if args.get("words"):
        _plan(commands, str(args["words"]))
    else:
        commands.asking.line(_("Which article, to whom (a1 ages=2,3 gender=1):"), lambda words: _plan(commands, words))


def _plan(commands: Commands, words: str) -> None:
    """Keys wait for the sheet."""
    screen = commands.screen
    action = BY_ID["broadcast"]
    screen.keyboard.hold()

    async def look() -> None:
        done = await screen.workspace.perform(action.call, {"words": words, "dry": True}, ())
        choices = [
            Choice(_("send it"), True, _("once; X takes it back while it is held")),
            Choice(_("leave it"), False),
        ]
        commands.asking.pick(translated(done.summary), choices, answer)

    def answer(yes: bool) -> None:
        if yes:
            screen.work(commands._perform(action, {"words": words}, ()), "act", exclusive=False)

    screen.work(look(), "ask", after=screen.keyboard.release)
