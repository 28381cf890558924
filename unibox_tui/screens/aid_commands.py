"""The actions that help while writing: offers, stored answers, holes, the assistant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from unibox_tui.domain.errors import WrongUse
from unibox_tui.locale import _
from unibox_tui.screens.aid import MOST, Aid, by_group
from unibox_tui.text.fold import fold
from unibox_tui.views.offers import Stored
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands
    from unibox_tui.screens.inbox import InboxScreen

LANGUAGES = ("vi", "th", "en")


def canned(commands: Commands, name: str) -> None:
    """In the text: put one in. Elsewhere: change one, or begin a new one, in the agent's editor."""
    screen = commands.screen
    if screen.pane == "compose":
        screen.pen.aid.stored()
        return

    async def ask() -> None:
        found = await screen.workspace.answers.every()
        if name:
            wanted = fold(name.lstrip("/"))
            one = next((one for one in found if fold(one.shortcut) == wanted), None)
            await edit(screen, one, name)
            return
        choices = [Choice(_("new"), None, _("Begin a new one with what stands in the composer")), *by_group(found)]
        commands.asking.search(
            _("Stored answers:"), choices, lambda one: screen.work(edit(screen, one, ""), "ask", exclusive=False)
        )

    screen.keyboard.hold()
    screen.work(ask(), "ask", after=screen.keyboard.release)


async def edit(screen: InboxScreen, one: Stored | None, name: str) -> None:
    """One stored answer in the agent's editor. What cannot be stored is said, and given back to be mended next time."""
    answers = screen.workspace.answers
    if one is None:
        source = await answers.source("", screen.pen.text.strip())
        if name:
            source = source.replace('"shortcut"', f'"{name.lstrip("/")}"', 1)
    else:
        source = await answers.source(one.key)
    try:
        with screen.app.suspend():
            after = screen.workspace.host.edit(source)
    except SuspendNotSupported:
        after = screen.workspace.host.edit(source)
    if after.strip() == source.strip():
        screen.news(_("Nothing was changed."))
        return
    shortcut = await answers.keep(one.key if one is not None else "", after)
    screen.news(_("/{shortcut} stored").format(shortcut=shortcut))


def translate(commands: Commands, language: str) -> None:
    if language:
        if language not in LANGUAGES:
            raise WrongUse(_("There is no language {said!r} here.").format(said=language), hint="vi, th, en")
        commands.screen.pen.aid.assist("translate", language)
        return
    names = {"vi": "Tiếng Việt", "th": "ไทย", "en": "English"}
    choices = [Choice(name, code, code, words=code) for code, name in names.items()]
    commands.asking.pick(_("Into which language?"), choices, lambda code: translate(commands, code))


Handler = Callable[["Commands", int | None, Mapping[str, Any]], None]


def _aid(act: Callable[[Aid], None]) -> Handler:
    def handler(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
        act(commands.screen.pen.aid)

    return handler


def _offer(place: int) -> Handler:
    return _aid(lambda aid: aid.take(place))


HANDLERS: dict[str, Handler] = {
    **{f"offer-{place}": _offer(place) for place in range(1, MOST + 1)},
    "suggest": _aid(lambda aid: aid.sheet()),
    "next-hole": _aid(lambda aid: aid.next_hole()),
    "canned": lambda c, count, args: canned(c, str(args.get("name") or "")),
    "draft": _aid(lambda aid: aid.assist("draft")),
    "shorten": _aid(lambda aid: aid.assist("shorten")),
    "translate": lambda c, count, args: translate(c, str(args.get("language") or "")),
    "summary": _aid(lambda aid: aid.assist("summary")),
}
