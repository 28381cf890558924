"""The hands of the screen in one place: many at once, macros, going on, programs; and the actions a person added."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unibox_tui.actions import Action
from unibox_tui.domain.errors import UniboxError
from unibox_tui.keymap import Keymap
from unibox_tui.locale import _
from unibox_tui.screens import hand_pages
from unibox_tui.screens.going_on import GoingOn
from unibox_tui.screens.macros import Macros
from unibox_tui.screens.many import Many
from unibox_tui.screens.outside import Outside
from unibox_tui.screens.saved_views import SavedViews

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands, Handler
    from unibox_tui.screens.inbox import InboxScreen

_WAITED = frozenset({
    "ask", "act", "list", "thread", "thread-patch", "patch", "mark", "play", "send", "outside", "report", "tabs",
})  # fmt: skip


class Hands:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.many = Many(screen)
        self.macros = Macros(screen)
        self.going_on = GoingOn(screen)
        self.outside = Outside(screen)
        self.saved = SavedViews(screen)

    # What a person added

    def own_actions(self) -> list[Action]:
        """Macros and commands of the agent's own files, as actions: found by the palette, `:` and their keys."""
        hands = self.screen.workspace.hands
        found = [
            Action(f"macro:{letter}", "Sort", macro.title or f"@{letter}", " → ".join(macro.steps), _keys(macro.key), command=f"@{letter}")
            for letter, macro in hands.macros().items()
        ]  # fmt: skip
        found += [
            Action(f"custom:{name}", "App", custom.title or name, custom.title or name, _keys(custom.key), command=name)
            for name, custom in hands.customs().items()
        ]
        found += [
            Action(f"view:{view.name}", "Find", view.title, view.query, _keys(view.key), contexts=("list",), command=f"view {view.name}")
            for view in hands.saved_views()
        ]  # fmt: skip
        return found

    def more(self) -> Mapping[str, Action]:
        """Their names after `:`."""
        return {action.typed: action for action in self.own_actions()}

    def rebind(self) -> None:
        """The keys anew. What is wrong with somebody's own keys is said, and the keys stay as they were."""
        screen = self.screen
        try:
            keymap = Keymap.build(screen.workspace.ui.own_keys, self.own_actions())
        except UniboxError as error:
            screen.complain(error)
            return
        screen.keyboard.keymap = keymap
        screen.show_keys()

    def run_own(self, action: Action, count: int | None) -> bool:
        kind, colon, name = action.id.partition(":")
        if not colon:
            return False
        if kind == "macro":
            self.macros.play(count, name)
        elif kind == "custom":
            self.outside.custom(name)
        elif kind == "view":
            self.screen.lists.choose_view(name)
        return True

    # Work of the screen

    def busy(self) -> set[asyncio.Task[None]]:
        """The work that what was just done has begun and that has not ended."""
        return {
            task
            for task in self.screen._work.running
            if task not in self.macros.tasks and (task.get_name() in _WAITED or task.get_name().startswith("macro"))
        }

    def put_away(self, run: Callable[[], int]) -> None:
        """Run something on this terminal; the screen comes back after it."""
        with self.screen.app.suspend():
            status = run()
        self.screen.draw_anew()
        if status:
            self.screen.news(_("ended with status {n}").format(n=status))

    # After actions

    async def performed(self, action: Action, args: Mapping[str, Any], targets: tuple[int, ...]) -> None:
        open_one = self.screen.talk.conversation
        if action.call and open_one in targets:
            self.going_on.acted(action.call, open_one)

    def sent(self, call: str, args: Mapping[str, Any], conversation: int | None, *, go_on: bool) -> None:
        """The composer has sent: a step for a macro, and on to the next if that is wanted."""
        from unibox_tui.actions import BY_ID

        if call in ("reply", "note") and args.get("text") and not args.get("files"):
            self.macros.note(BY_ID[call], None, {"text": args["text"]})
            if args.get("then") == "resolve":
                self.macros.note(BY_ID["resolve"], None, {})
        if go_on or args.get("then") == "resolve":
            self.going_on.acted("resolve", conversation, go_on=go_on or None)
        else:
            self.going_on.acted(call, conversation)


def _keys(key: str) -> tuple[str, ...]:
    return (key,) if key.strip() else ()


def _peek(commands: Commands) -> None:
    commands.peek()


def _text(commands: Commands, args: Mapping[str, Any], name: str, prompt: str, then: Callable[[str], None]) -> None:
    if args.get(name):
        then(str(args[name]))
    else:
        commands.asking.line(prompt, then)


HANDLERS: dict[str, Handler] = {
    "everything": lambda c, count, args: c.hands.many.everything(),
    "undo-list": lambda c, count, args: hand_pages.deeds(c.screen),
    "returns": lambda c, count, args: hand_pages.returns(c.screen),
    "labels": lambda c, count, args: hand_pages.labels(c.screen),
    "label-edit": lambda c, count, args: _text(
        c,
        args,
        "words",
        _("Label (old = new, old > other, old -):"),
        lambda words: hand_pages.edit_label(c.screen, words),
    ),
    "map": lambda c, count, args: hand_pages.keys(c.screen),
    "record": lambda c, count, args: c.hands.macros.record(),
    "play-macro": lambda c, count, args: c.hands.macros.play(count, args.get("name")),
    "macro": lambda c, count, args: c.hands.macros.page(),
    "play": lambda c, count, args: c.hands.going_on.play(),
    "skip": lambda c, count, args: c.hands.going_on.skip(args.get("why")),
    "peek": lambda c, count, args: _peek(c),
    "filter-read": lambda c, count, args: c.hands.saved.cycle("read"),
    "filter-phone": lambda c, count, args: c.hands.saved.cycle("phone"),
    "filter-owner": lambda c, count, args: c.hands.saved.pick("assignee"),
    "filter-inbox": lambda c, count, args: c.hands.saved.pick("inbox"),
    "filter-deal": lambda c, count, args: c.hands.saved.pick("order"),
    "pipe": lambda c, count, args: _text(c, args, "text", "|", c.hands.outside.pipe),
    "pipe-json": lambda c, count, args: _text(
        c, args, "text", _("JSON |"), lambda line: c.hands.outside.pipe(line, json=True)
    ),
    "run": lambda c, count, args: _text(c, args, "text", "!", c.hands.outside.run),
    "send-resolve": lambda c, count, args: c.screen.pen.send(then="resolve"),
    "send-next": lambda c, count, args: c.screen.pen.send(go_on=True),
    "send-later": lambda c, count, args: c.send_later(args.get("until")),
}
