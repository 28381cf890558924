"""An action on many conversations from the screen: the whole view, asked once, with its progress at the foot, Esc stops."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any

from unibox_tui.actions import Action
from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.locale import _, ngettext
from unibox_tui.screens.hands_port import MANY, Progress
from unibox_tui.screens.list_controller import both
from unibox_tui.screens.ports import Done
from unibox_tui.widgets.sheet import Choice
from unibox_tui.widgets.when import number, span

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

_SHOWN_EVERY_S = 0.25


class Many:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.chosen: tuple[int, ...] | None = None  # `;`: what the next action is for
        self._running: AsyncIterator[Progress] | None = None
        self._stop = False

    # What it is about

    def everything(self) -> None:
        """`;`: the next action is for the marked ones, or, when none is, for all of the view."""
        screen = self.screen
        if screen.list.marked:
            self._choose(tuple(screen.list.marked))
            return
        screen.keyboard.hold()

        async def read() -> None:
            self._choose(tuple(await screen.workspace.hands.all_ids(screen.lists.query)))

        screen.work(read(), "mark", after=screen.keyboard.release)

    def _choose(self, ids: tuple[int, ...]) -> None:
        if not ids:
            raise Refused(_("Nothing is here."))
        self.chosen = ids
        words = ngettext("{n} conversation: what is done next is for it", "{n} conversations: what is done next is for all", len(ids))  # fmt: skip
        self.screen.news(words.format(n=number(len(ids))))

    def take_chosen(self) -> tuple[int, ...] | None:
        """What `;` chose, once."""
        chosen, self.chosen = self.chosen, None
        return chosen

    def not_for(self, action: Action) -> None:
        """An action that is not for many: refused when it does something, else what `;` chose is forgotten."""
        chosen = self.take_chosen()
        if chosen is not None and action.call and action.call not in ("undo", "redo") and len(chosen) > 1:
            raise Refused(_("“{name}” works on one conversation at a time.").format(name=_(action.label)))

    def mark_query(self, query: str) -> None:
        """`T`: mark all of the view that `query` finds, whether it has been read yet or not."""
        screen = self.screen
        wrong = screen.workspace.check_query(query)
        if wrong:
            raise WrongUse(wrong)

        async def mark() -> None:
            found = await screen.workspace.hands.all_ids(both(screen.lists.query, query))
            screen.list.set_marks(found)
            screen.show_keys()
            screen.news(_("{n} marked").format(n=number(len(screen.list.marked))))

        screen.keyboard.hold()
        screen.work(mark(), "mark", after=screen.keyboard.release)

    def sure(self, action: Action, targets: tuple[int, ...], then: Callable[[], None]) -> None:
        """`then` at once, or after one question that names the number."""
        words = _("{action} {n} conversations?").format(action=_(action.label).capitalize(), n=number(len(targets)))
        self.ask(words, len(targets), then)

    def ask(self, words: str, count: int, then: Callable[[], None]) -> None:
        """The question, when there are many."""
        if count <= MANY:
            then()
            return
        choices = [Choice(_("Yes"), True, _("one undo takes it back")), Choice(_("No"), False)]
        self.screen.commands.asking.pick(words, choices, lambda yes: then() if yes else None)

    # Doing it

    async def perform(self, action: Action, args: Mapping[str, Any], targets: tuple[int, ...]) -> Done:
        hands = self.screen.workspace.hands
        if action.call in ("undo", "redo"):
            return await self._run(hands.walk(args.get("action"), backwards=action.call == "undo"))
        if len(targets) > MANY and action.many:
            return await self._run(hands.bulk(action.call, args, targets))
        return await self.screen.workspace.perform(action.call, args, targets)

    async def relabel(self, args: Mapping[str, Any]) -> Done:
        """A label made one with another, or taken off everything."""
        return await self._run(self.screen.workspace.hands.bulk("label_edit", args, ()))

    @property
    def running(self) -> bool:
        return self._running is not None

    def cancel(self) -> bool:
        """Esc: the running one ends with the transaction it is in."""
        if not self.running or self._stop:
            return False
        self._stop = True
        return True

    async def _run(self, going: AsyncIterator[Progress]) -> Done:
        if self.running:
            raise Refused(_("Something long is still running."), hint=_("{key} stops it.").format(key="Esc"))
        self._running, self._stop = going, False
        began = said = time.monotonic()
        try:
            async for progress in going:
                if progress.result is not None:
                    return progress.result
                now = time.monotonic()
                if now - said > _SHOWN_EVERY_S:
                    said = now
                    self._show(progress, now - began)
                if self._stop:
                    break
            return await self.screen.workspace.hands.stopped()
        finally:
            self._running = None

    def _show(self, progress: Progress, spent: float) -> None:
        """Count, rate and the time left."""
        rate = progress.done / max(spent, 0.001)
        left = (progress.total - progress.done) / max(rate, 0.001)
        words = _("{done} of {total} · {rate} a second · {left} left").format(
            done=number(progress.done),
            total=number(progress.total),
            rate=number(round(rate)),
            left=span(max(int(left * 1000), 1000)),
        )
        self.screen.foot.show_news(words, " " + _("Esc stops"))
