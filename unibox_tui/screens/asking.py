"""What the sheet asks: the arguments of actions, the palette, the command line, help, stored answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui import command_line
from unibox_tui.actions import ACTIONS, BY_COMMAND, BY_ID, GROUPS, Action, Argument
from unibox_tui.command_line import Said, time_said
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.words import Priority
from unibox_tui.locale import _, term
from unibox_tui.screens.ports import Option
from unibox_tui.screens.times import suggestions
from unibox_tui.text.fold import fold
from unibox_tui.widgets.sheet import Choice, Taken
from unibox_tui.widgets.when import clock, day

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

Take = Callable[[Any], None]
_FROM_WORKSPACE = ("agent", "label", "inbox")


class Asking:
    """One question at a time. `_take` gets what the sheet answers with."""

    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        screen.sheet.owner = self
        self._take: Callable[[Taken], None] | None = None
        self._left: Callable[[str], None] | None = None
        self._typed: Callable[[str, int], None] | None = None

    # The sheet's answers

    def taken(self, event: Taken) -> None:
        take, self._take, self._left, self._typed = self._take, None, None, None
        self.screen.sheet_closed()
        if take is not None:
            self.screen.guard(lambda: take(event))

    def left(self, text: str) -> None:
        left, self._take, self._left, self._typed = self._left, None, None, None
        self.screen.sheet_closed()
        if left is not None:
            left(text)

    def typed(self, text: str, caret: int) -> None:
        if self._typed is not None:
            self._typed(text, caret)

    def choose(self, prompt: str, choices: Sequence[Choice], take: Callable[[Taken], None], **more: Any) -> None:
        """One of these, or with `free` a line of text."""
        self._ask(prompt, choices, take, **more)

    def _ask(self, prompt: str, choices: Sequence[Choice], take: Callable[[Taken], None], **more: Any) -> None:
        self._take = take
        self._typed = more.pop("typed", None)
        self._left = more.pop("left", None)
        self.screen.sheet.ask(prompt, choices, **more)
        self.screen.sheet_opened()

    def _ask_later(self, reading: Awaitable[Sequence[Option]], ask: Callable[[Sequence[Option]], None]) -> None:
        """Keys wait for the sheet, so that words typed ahead land in it."""
        screen = self.screen
        screen.keyboard.hold()

        async def read() -> None:
            ask(await reading)

        screen.work(read(), "ask", after=screen.keyboard.release)

    # Arguments of desk actions

    def argument(self, action: Action, argument: Argument, targets: tuple[int, ...], take: Take) -> None:
        prompt = _(action.label).capitalize() + ":"
        if argument.kind in _FROM_WORKSPACE:
            conversation = targets[0] if targets else None
            self._ask_later(
                self.screen.workspace.options(argument.kind, conversation),
                lambda options: self._options(
                    prompt, options, take, several=argument.many, free=argument.kind == "label"
                ),
            )
        elif argument.kind == "time":
            self._time(prompt, take)
        elif argument.kind == "priority":
            choices = [Choice(term("priority", str(word)), str(word)) for word in reversed(Priority)]
            self._ask(prompt, choices, lambda event: take(event.values[0]))
        elif argument.kind == "conversation":
            self._conversation(prompt, take, exclude=targets)
        elif argument.kind == "query":
            self._query(prompt, take)
        else:
            self._free(prompt, take)

    def own(self, action_id: str, take: Take) -> None:
        """The one argument of an action that stays within the screen."""
        action = BY_ID[action_id]
        prompt = _(action.label).capitalize() + ":"
        kind = action.arguments[0].kind
        if kind == "query":
            self._query(prompt, take, text=self.screen.lists.asked.filter if action_id == "filter" else "")
        elif kind == "conversation":
            self._conversation(prompt, take)
        elif kind == "name":
            tabs = [Choice(tab.name, tab.key, tab.query) for tab in self.screen.lists.tabs]
            self._ask(prompt, tabs, lambda event: take(event.values[0]))
        elif kind == "path":
            self.path(prompt, take)
        else:
            self._free(prompt, take)

    def _options(self, prompt: str, options: Sequence[Option], take: Take, *, several: bool, free: bool) -> None:
        choices = [
            Choice(o.text, o.value, o.detail, colour=o.colour, channel=o.channel, words=o.value) for o in options
        ]
        self._choices(prompt, choices, take, several=several, free=free)

    def labels(self, prompt: str, choices: Sequence[Choice], take: Callable[[Sequence[str]], None]) -> None:
        """Some of these, or a new one as it is typed."""
        self._choices(prompt, choices, take, several=True, free=True)

    def _choices(self, prompt: str, choices: Sequence[Choice], take: Take, *, several: bool, free: bool) -> None:
        def typed(text: str, caret: int) -> None:
            # A likeness is enough to find an agent, not to take another label than the one that was typed.
            wanted = fold(text).strip()
            if not wanted or any(wanted in fold(f"{choice.text} {choice.words}") for choice in choices):
                self.screen.sheet.offer(choices)
            else:
                self.screen.sheet.offer([Choice(text.strip(), text.strip(), _("new"))], narrow=False)

        def answer(event: Taken) -> None:
            values = list(event.values)
            if free and not values and event.text.strip():
                values = [event.text.strip()]
            if values:
                take(values if several else values[0])

        self._ask(prompt, choices, answer, several=several, free=free, typed=typed if free else None)

    def _time(self, prompt: str, take: Take) -> None:
        now = self.screen.workspace.now()
        choices = [Choice(text, Said(at, words), f"{day(at, now)} {clock(at)}") for text, at, words in suggestions(now)]

        def typed(text: str, caret: int) -> None:
            if not text.strip():
                self.screen.sheet.offer(choices)
                return
            try:
                at = time_said(text, now)
            except WrongUse:
                self.screen.sheet.offer(choices)
            else:
                self.screen.sheet.offer([Choice(text, at, f"{day(at, now)} {clock(at)}")], narrow=False)

        def answer(event: Taken) -> None:
            take(event.values[0] if event.values else time_said(event.text, now))

        self._ask(
            prompt,
            choices,
            answer,
            typed=typed,
            hint=_("2h, tomorrow, mon 9:00, 20/11 14:30   Enter takes   Esc leaves"),
        )

    def _conversation(self, prompt: str, take: Take, *, exclude: tuple[int, ...] = ()) -> None:
        thread = self.screen.talk.thread
        choices = []
        if thread is not None and thread.suggest_join:
            choices.append(Choice(f"#{thread.suggest_join}", thread.suggest_join, _("looks like the same request")))
        panel = self.screen.panel.panel
        choices += [Choice(f"#{other.id}", other.id, other.subject) for other in (panel.others if panel else ())]
        choices += [
            Choice(f"#{row.id}", row.id, f"{row.name}  {row.snippet}")
            for row in self.screen.list.rows[:50]
            if row.id not in exclude
        ]

        def answer(event: Taken) -> None:
            typed = event.text.strip().lstrip("#")
            take(int(typed) if typed.isdigit() else event.values[0] if event.values else typed)

        self._ask(prompt, choices, answer, free=True, typed=lambda text, caret: self.screen.sheet.offer(choices))

    def _query(self, prompt: str, take: Take, *, text: str = "") -> None:
        workspace = self.screen.workspace

        def typed(text: str, caret: int) -> None:
            async def complete() -> None:
                options = await workspace.complete_query(text, caret)
                self.screen.sheet.offer([Choice(o.text, o.value, o.detail) for o in options], narrow=False)

            self.screen.work(complete(), "complete")
            wrong = workspace.check_query(text) if text.strip() else ""
            if wrong:
                self.screen.sheet.complain(wrong)

        self._ask(
            prompt,
            (),
            lambda event: take(event.text.strip()),
            text=text,
            free=True,
            typed=typed,
            empty=" ",
            hint=_("Tab completes   Enter takes   Esc leaves"),
        )
        typed(text, len(text))

    def _free(self, prompt: str, take: Take, *, text: str = "") -> None:
        self._ask(
            prompt,
            (),
            lambda event: take(event.text.strip()) if event.text.strip() else None,
            text=text,
            free=True,
            empty=" ",
        )

    def path(self, prompt: str, take: Take, *, text: str = "") -> None:
        host = self.screen.workspace.host

        def typed(text: str, caret: int) -> None:
            self.screen.sheet.offer([Choice(path, path) for path in host.complete_path(text)], narrow=False)

        self._ask(
            prompt,
            (),
            lambda event: take(event.text.strip()) if event.text.strip() else None,
            text=text,
            free=True,
            typed=typed,
            empty=" ",
            hint=_("Tab completes   Enter takes   Esc leaves"),
        )
        typed(text, len(text))

    def when(self, prompt: str, take: Take) -> None:
        """A time to come."""
        self._time(prompt, take)

    def pick(self, prompt: str, choices: Sequence[Choice], take: Take) -> None:
        self._ask(prompt, choices, lambda event: take(event.values[0]))

    def search(self, prompt: str, choices: Sequence[Choice], take: Take, **more: Any) -> None:
        """As `pick`, with what the sheet is told besides."""
        self._ask(prompt, choices, lambda event: take(event.values[0]), **more)

    def line(self, prompt: str, take: Take, *, text: str = "") -> None:
        self._free(prompt, take, text=text)

    # Writing

    def way(self) -> None:
        ways = self.screen.pen.ways
        choices = [
            Choice(
                way.title, n, f"{way.address}  {'' if way.allowed else _('not now')}", key=way.mark, channel=way.channel
            )
            for n, way in enumerate(ways)
        ]
        story = self.screen.story
        choices += [
            Choice(one.way.title, one, f"{one.brand} #{one.conversation_id}  {one.way.address}  {'' if one.way.allowed else _('not now')}", key=one.way.mark, channel=one.way.channel)
            for one in story.elsewhere
        ]  # fmt: skip

        def take(event: Taken) -> None:
            [chosen] = event.values
            if isinstance(chosen, int):
                self.screen.pen.choose_way(chosen)
            else:
                story.answer_elsewhere(chosen)

        self._ask(_("Answer through:"), choices, take)

    def new(self) -> None:
        """Inbox, address, subject, then the text in the composer; first the one that was left unsent."""

        def inbox(options: Sequence[Option]) -> None:
            self._options(_("New conversation through:"), options, address, several=False, free=False)

        def address(name: str) -> None:
            self._free(_("To:"), lambda to: self._free(_("Subject:"), lambda subject: self._begin(name, to, subject)))

        async def begin() -> None:
            if not await self.screen.pen.resume_new():
                inbox(await self.screen.workspace.options("inbox"))

        self.write(begin())

    def _begin(self, inbox: str, address: str, subject: str) -> None:
        self.write(self.screen.pen.begin_new(inbox, address, subject))

    def write(self, beginning: Coroutine[Any, Any, None]) -> None:
        """Keys typed meanwhile wait for the composer."""
        self.screen.keyboard.hold()
        self.screen.work(beginning, "thread", after=self.screen.keyboard.release)

    # Palette, command line, help

    def palette(self) -> None:
        choices = [
            self._choice(action)
            for action in ACTIONS
            if not action.id.startswith("view-") and action.contexts != ("hits",)
        ]

        def answer(event: Taken) -> None:
            self.screen.commands.run(BY_ID[event.values[0]])

        self._ask(">", choices, answer)

    def help(self) -> None:
        choices: list[Choice] = []
        for group in GROUPS:
            choices.append(Choice(_(group), None, heading=True))
            choices += [
                self._choice(action)
                for action in ACTIONS
                if action.group == group and not (action.id.startswith("view-") and action.id[5:].isdigit())
            ]
        self._ask(
            "?",
            choices,
            lambda event: self.screen.commands.run(BY_ID[event.values[0]]),
            hint=_("type to search   Enter does it   Esc leaves"),
        )
        self.screen.sheet_opened(tall=True)

    def _choice(self, action: Action) -> Choice:
        keys = "  ".join(self.screen.keyboard.keymap.keys_of(action.id)[:2])
        return Choice(
            _(action.label), action.id, _(action.help), key=keys, words=f"{action.id} :{action.typed} {_(action.help)}"
        )

    def command(self) -> None:
        names = [
            Choice(action.typed, action.typed, _(action.help))
            for action in ACTIONS
            if not action.id.startswith("view-") and action.contexts != ("hits",)
        ]

        def typed(text: str, caret: int) -> None:
            word, space, _rest = text.partition(" ")
            if not space:
                self.screen.sheet.offer([name for name in names if name.text.startswith(word)], narrow=False)
            else:
                action = BY_COMMAND.get(word)
                self.screen.sheet.offer([Choice(action.typed, text, _(action.help))] if action else [], narrow=False)

        self._ask(
            ":",
            names,
            lambda event: self._command(event),
            free=True,
            typed=typed,
            hint=_("Tab completes   Enter does it   Esc leaves"),
        )
        typed("", 0)

    def _command(self, event: Taken) -> None:
        line = event.text.strip() or (str(event.values[0]) if event.values else "")
        if line.lstrip("#").isdigit():
            self.screen.open(int(line.lstrip("#")))
            return
        step = command_line.read(line, self.screen.workspace.now(), self.screen.commands.more())
        self.screen.commands.run(step.action, step.count, step.args)
