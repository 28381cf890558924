"""Templates, reactions and files fetched anew, as the screen asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui.actions import BY_ID
from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.screens import broadcast_commands, call_commands, in_parts, quoting
from unibox_tui.screens.ports import Option
from unibox_tui.text import sms
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands


def template(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    """Choose one, fill in its fields one after the other, send it."""
    screen = commands.screen
    targets = commands.targets(BY_ID["template"])
    seen = screen.talk.thread.last_n if screen.talk.thread and screen.talk.conversation == targets[0] else None

    def chosen(option: Option) -> None:
        inbox, _colon, id = option.value.partition("/")
        ask(option, {}, {"inbox": inbox, "template": id, **({"seen_n": seen} if seen is not None else {})})

    def ask(option: Option, values: dict[str, str], call: dict[str, Any]) -> None:
        left = [name for name in option.fields if name not in values]
        if not left:
            commands._desk_with(BY_ID["template"], {**call, "values": values}, targets, None)
            return
        commands.asking.line(f"{option.text} · {left[0]}:", lambda value: ask(option, values | {left[0]: value}, call))

    def offer(options: Sequence[Option]) -> None:
        named = args.get("template")
        fitting = [one for one in options if named in (None, "", one.text, one.value.partition("/")[2])]
        if not fitting:
            raise Refused(
                _("No template can be sent to this customer now."), hint=_("`unibox health` tells of the inbox.")
            )
        choices = [Choice(one.text, one, one.detail, channel=one.channel) for one in fitting]
        commands.asking.pick(_("Template:"), choices, chosen)

    _later(commands, targets[0], "template", offer)


def react(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    n = commands.entry_n()
    targets = commands.targets(BY_ID["react"])
    if args.get("emoji") is not None:
        commands._desk_with(BY_ID["react"], {"emoji": args["emoji"]}, targets, n)
        return

    def offer(options: Sequence[Option]) -> None:
        if not options:
            raise Refused(_("This inbox takes no reactions."))
        none = Choice(_("none"), "none", _("take it back"))
        choices = [*(Choice(one.text, one.value) for one in options), none]
        commands.asking.pick(
            _("React:"), choices, lambda emoji: commands._desk_with(BY_ID["react"], {"emoji": emoji}, targets, n)
        )

    _later(commands, n, "reaction", offer)


def sticker(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    """One of the conversation's own, or by its id."""
    targets = commands.targets(BY_ID["sticker"])
    thread = commands.screen.talk.thread
    seen = {"seen_n": thread.last_n, "seen_owner": thread.assignee} if thread and thread.id == targets[0] else {}

    def send(id: str) -> None:
        commands._desk_with(BY_ID["sticker"], {"sticker": id, **seen}, targets, None)

    if args.get("sticker"):
        send(str(args["sticker"]))
        return

    def offer(options: Sequence[Option]) -> None:
        choices = [Choice(one.text, one.value, one.detail) for one in options]
        commands.asking.choose(
            _("Sticker:"), choices, lambda event: send(str(event.values[0] if event.values else event.text)), free=True
        )

    _later(commands, targets[0], "sticker", offer)


def _later(commands: Commands, of: int, kind: str, offer: Callable[[Sequence[Option]], None]) -> None:
    """Keys wait for the sheet."""
    screen = commands.screen
    screen.keyboard.hold()

    async def read() -> None:
        offer(await screen.workspace.options(kind, of))

    screen.work(read(), "ask", after=screen.keyboard.release)


def strip_marks(commands: Commands) -> None:
    """The text without marks; undo in the composer brings them back."""
    pen = commands.screen.pen
    bare = sms.strip_marks(pen.text)
    if bare == pen.text:
        raise Refused(_("There are no marks in the text."))
    pen.edit(lambda buffer: buffer.replace(0, len(buffer.text), bare))


CHANNEL: dict[str, Callable[[Commands, int | None, Mapping[str, Any]], None]] = {
    "template": template,
    "react": react,
    "sticker": sticker,
    "broadcast": broadcast_commands.broadcast,
    "ring": call_commands.ring,
    "quote": quoting.quote,
    "unquote": quoting.unquote,
    "strip-marks": lambda commands, count, args: strip_marks(commands),
    "parts": lambda commands, count, args: in_parts.preview(commands),
}
