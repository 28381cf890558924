"""Macros: `q` and a letter records what is done, `q` ends it, `@` and the letter does it again, step by step until one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unibox_tui import command_line
from unibox_tui.actions import Action
from unibox_tui.command_line import Step
from unibox_tui.domain.errors import Refused, UniboxError, WrongUse
from unibox_tui.locale import _, translated
from unibox_tui.screens.hands_port import Recorded
from unibox_tui.text.safe import safe_line
from unibox_tui.widgets.draw import Line, blank
from unibox_tui.widgets.report import Item

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

LAST = "@"  # `@@`: the one played last
STEP_FAILED = "macro_step"
DEPTH = 5  # a macro may play others
_NEVER = frozenset({
    "record", "play-macro", "macro", "command", "palette", "help", "map", "suspend", "quit", "interrupt", "redraw",
    "leave", "as-note", "attach", "detach", "editor", "discard", "way", "search", "history", "health", "outbox", "quarantine",
    "undo-list", "returns", "send", "send-resolve", "send-next", "send-later", "canned",
})  # fmt: skip
_WRITING = frozenset({"reply", "reply-all", "note", "new", "forward"})


class Macros:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.letter: str | None = None  # being recorded
        self._steps: list[str] = []
        self._last = ""
        self._depth = 0
        self.tasks: list[asyncio.Task[None] | None] = []  # of the macros that play, each within the one before
        self.trouble: UniboxError | None = None  # what went wrong in the step that runs

    # Recording

    def record(self) -> None:
        """Begin, or end and keep."""
        if self.letter is None:
            self.screen.news(_("record: which letter?"))
            self.screen.keyboard.take_letter(self._begin)
            return
        letter, self.letter = self.letter, None
        if not self._steps:
            self.screen.news(_("nothing was recorded"))
            return
        self.screen.workspace.hands.keep_macro(letter, self._steps)
        self.screen.commands.hands.rebind()
        self.screen.news(_("macro {letter}: {steps}").format(letter=letter, steps=self._shown(self._steps)))

    def _begin(self, letter: str) -> None:
        if not (letter.isascii() and letter.isalnum()):
            raise WrongUse(_("A macro is called by one letter or digit."))
        self.letter, self._steps = letter, []
        key = self.screen.keyboard.keymap.key_of("record")
        self.screen.news(_("recording {letter}; {key} ends it").format(letter=letter, key=key))

    def note(self, action: Action, count: int | None, args: Mapping[str, Any]) -> None:
        """Something was done with all it needs: a step, while recording and not while playing."""
        if (
            self.letter is None
            or self._depth
            or action.id in _NEVER
            or (action.id in _WRITING and not args.get("text"))
        ):
            return
        self._steps.append(command_line.write(Step(action, count, args)))

    @staticmethod
    def _shown(steps: list[str] | tuple[str, ...]) -> str:
        return safe_line(" → ".join(steps))

    # Playing

    def play(self, count: int | None = None, letter: str | None = None) -> None:
        if letter is not None:
            self._play(letter, count or 1)
            return
        self.screen.news(_("play: which letter?"))
        self.screen.keyboard.take_letter(lambda typed: self._play(typed, count or 1))

    def _play(self, letter: str, times: int) -> None:
        letter = self._last if letter == LAST else letter
        known = self.screen.workspace.hands.macros()
        if letter not in known:
            key = self.screen.keyboard.keymap.key_of("record")
            raise Refused(_("There is no macro {letter}.").format(letter=letter or LAST), hint=_("{key} and a letter records one.").format(key=key))  # fmt: skip
        if self._depth >= DEPTH:
            raise Refused(_("Macros play each other without an end."))
        self._last = letter
        self.screen.keyboard.hold()
        self.screen.work(self._run(known[letter], times), f"macro{self._depth}", after=self.screen.keyboard.release)

    async def _run(self, macro: Recorded, times: int) -> None:
        self._depth += 1
        self.tasks.append(asyncio.current_task())
        try:
            for _n in range(times):
                for place, line in enumerate(macro.steps, start=1):
                    await self._step(macro, place, line)
        finally:
            self._depth -= 1
            self.tasks.pop()
        self.screen.news(_("macro {letter} played").format(letter=macro.letter))

    async def _step(self, macro: Recorded, place: int, line: str) -> None:
        """One step and all the work it begins. Raises WrongUse that names the step when it fails or asks for more."""
        screen = self.screen
        screen.foot.clear_error()
        self.trouble = None
        trouble: UniboxError | None = None
        try:
            step = command_line.read(line, screen.workspace.now(), screen.commands.more())
            screen.commands.run(step.action, step.count, step.args)
        except UniboxError as error:
            trouble = error
        await self._settle()
        trouble = trouble or self.trouble
        why = translated(trouble.message) if trouble is not None else screen.foot.error
        if screen.sheet.is_open:
            screen.sheet.press("escape", None)
            why = why or _("it asks for more than it was given")
        if trouble is not None and trouble.code == STEP_FAILED:
            raise trouble  # said by the macro that this one plays
        if why:
            raise WrongUse(
                _("Macro {letter}, step {n} of {all}, “{line}”: {why}").format(
                    letter=macro.letter, n=place, all=len(macro.steps), line=safe_line(line), why=why
                ),
                hint=translated(trouble.hint) if trouble is not None else "",
                code=STEP_FAILED,
            )

    async def _settle(self) -> None:
        while True:
            busy = self.screen.commands.hands.busy()
            if not busy:
                return
            await asyncio.wait(busy, timeout=5)

    # The page

    def page(self) -> None:
        """The macros, readable; Enter plays one."""
        known = self.screen.workspace.hands.macros()
        cells = self.screen.size.width - 2
        palette = self.screen.app_palette
        items = []
        for letter, macro in sorted(known.items()):
            head = Line(cells).add(f"@{letter}", palette["key"]).to(5).add(macro.title or "", palette["bold"])
            head.add(f"  {macro.key}" if macro.key else "", palette["dim"])
            steps = [
                Line(cells).to(5).add(f"{n}  ", palette["dim"]).add(safe_line(line)).strip()
                for n, line in enumerate(macro.steps, start=1)
            ]
            items.append(Item((head.strip(), *steps, blank(cells)), lambda letter=letter: self._from_page(letter)))
        self.screen.show_report(
            _("Macros"), items, _("None is recorded yet: q, a letter, what shall be done, q."), self.page
        )

    def _from_page(self, letter: str) -> None:
        self.screen.back()
        self._play(letter, 1)
