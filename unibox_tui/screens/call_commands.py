"""Calling the customer: where there is more than one line, what is possible is offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui.actions import BY_ID
from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.screens.ports import Option
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands


def ring(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    """An option's value is HOW/INBOX; its `fields` hold something where it may not be taken now."""
    action, screen = BY_ID["ring"], commands.screen
    if args.get("number"):
        commands._desk_with(action, dict(args), commands.targets(action), None)
        return
    targets = commands.targets(action)

    def take(option: Option) -> None:
        if option.fields:
            raise Refused(option.detail or _("This cannot be done now."))
        how, _slash, inbox = option.value.partition("/")
        commands._desk_with(action, {"how": how, "inbox": inbox}, targets, None)

    def offer(options: Sequence[Option]) -> None:
        if not options or [option.value.partition("/")[0] for option in options] == ["line"]:
            commands._desk_with(action, dict(args), targets, None)
            return
        choices = [Choice(one.text, one, one.detail, channel=one.channel) for one in options]
        commands.asking.pick(_("Call:"), choices, take)

    screen.keyboard.hold()

    async def read() -> None:
        offer(await screen.workspace.options("call", targets[0]))

    screen.work(read(), "ask", after=screen.keyboard.release)
