"""Programs from the screen: `|` gives the conversation to one, `!` runs one, and the commands of the configuration.

What a customer wrote reaches them by stdin only; what they print is made safe before it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.screens.hands_port import Custom, Printed
from unibox_tui.text.width import wrap
from unibox_tui.widgets.draw import Line
from unibox_tui.widgets.report import Item
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen


class Outside:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen

    def pipe(self, command: str, *, json: bool = False) -> None:
        """The conversation under the hand to the program's stdin, as text or JSON."""
        conversation = self._conversation()
        if conversation is None:
            raise Refused(_("No conversation is chosen."))
        self._run(lambda: self.screen.workspace.hands.pipe(command, conversation, json=json), "popup")

    def run(self, command: str) -> None:
        self._run(lambda: self.screen.workspace.hands.pipe(command, None, json=False), "popup")

    def custom(self, name: str) -> None:
        """A command of the configuration, after what it asks."""
        found = self.screen.workspace.hands.customs().get(name)
        if found is None:
            raise Refused(_("There is no command “{name}” in the configuration.").format(name=name))
        self._ask(found, 0, {}, self._conversation())

    def _ask(self, custom: Custom, place: int, answers: Mapping[str, str], conversation: int | None) -> None:
        if place == len(custom.questions):
            self._do(custom, answers, conversation)
            return
        question = custom.questions[place]
        asking = self.screen.commands.asking

        def on(answer: str) -> None:
            self._ask(custom, place + 1, {**answers, question.name: answer}, conversation)

        if question.kind == "menu":
            asking.pick(question.text, [Choice(choice, choice) for choice in question.choices], on)
        elif question.kind == "confirm":
            yes = [Choice(_("Yes"), True), Choice(_("No"), False)]
            asking.pick(question.text, yes, lambda sure: on("yes") if sure else None)
        else:
            asking.line(question.text, on)

    def _do(self, custom: Custom, answers: Mapping[str, str], conversation: int | None) -> None:
        hands = self.screen.workspace.hands
        if custom.output == "terminal":
            self.screen.commands.hands.put_away(lambda: hands.in_terminal(custom.name, conversation, answers))
        else:
            self._run(lambda: hands.custom(custom.name, conversation, answers), custom.output)

    def _run(self, start: Callable[[], object], output: str) -> None:
        screen = self.screen

        async def run() -> None:
            printed: Printed = await start()  # type: ignore[misc]
            if printed.status and output != "popup":
                screen.foot.show_error(_("{command} ended with status {n}.").format(command=printed.command, n=printed.status), printed.text.partition("\n")[0])  # fmt: skip
            elif output == "popup":
                self._show(printed)
            elif output == "composer":
                screen.pen.paste(printed.text.strip("\n"))
                screen.go("compose")
            else:
                screen.news(_("{command} is done").format(command=printed.command))

        screen.news(_("running …"))
        screen.work(run(), "outside", exclusive=False)

    def _show(self, printed: Printed) -> None:
        cells = self.screen.size.width - 2
        palette = self.screen.app_palette
        lines = [part for line in printed.text.rstrip("\n").split("\n") for part in (wrap(line, cells) or [""])]
        items = [Item((Line(cells).add(line, palette["text"]).strip(),)) for line in lines if printed.text.strip()]
        title = printed.command if not printed.status else _("{command}: ended with status {n}").format(command=printed.command, n=printed.status)  # fmt: skip
        self.screen.show_report(title, items, _("It printed nothing."), lambda: None)

    def _conversation(self) -> int | None:
        screen = self.screen
        if screen.pane == "list" and screen.list.cursor is not None:
            return screen.list.cursor.id
        return screen.talk.conversation
