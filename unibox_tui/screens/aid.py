"""Help while writing: suggestions, stored answers with their holes, the check before sending, the assistant's drafts.

It puts text into the composer; sending stays with whoever writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _, ngettext
from unibox_tui.text import filling
from unibox_tui.text.before_sending import TITLES
from unibox_tui.text.fold import fold
from unibox_tui.views.offers import Offered, Stored
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.composer_controller import ComposerController

MOST = 6  # offers with a key of their own


class Aid:
    def __init__(self, pen: ComposerController) -> None:
        self.pen = pen
        self.screen = pen.screen
        self.offers: Sequence[Offered] = ()
        self.doubts: tuple[str, ...] = ()
        self._doubted = ""  # the text they are about
        self._stops: tuple[int, ...] = ()
        self._hole: tuple[int, int] | None = None  # what the next key takes the place of
        self._asked_for: int | None = None

    @property
    def inbox(self) -> str:
        """The name of the inbox the answer goes through."""
        way = self.pen.way
        return "" if way is None else way.inbox

    # Suggestions

    def forget(self) -> None:
        """Another conversation or another text."""
        self.doubts, self._doubted, self._stops, self._hole = (), "", (), None
        if self._asked_for != self.pen.conversation:
            self.offers, self._asked_for = (), None
        self.show()

    def look(self) -> None:
        """Ask for suggestions while the agent begins to write. What goes wrong with them is no reason to stop."""
        conversation = self.pen.conversation
        if conversation is None or self.pen.writing.mode != "reply":
            self.show()
            return
        self.screen.work(self._look(conversation), "offers")

    async def _look(self, conversation: int) -> None:
        found = await self.screen.workspace.answers.offered(conversation, self.inbox)
        if conversation == self.pen.conversation:
            self.offers, self._asked_for = found[:MOST], conversation
            self.show()

    def show(self) -> None:
        keymap = self.screen.keyboard.keymap
        showing = self.screen.pane == "compose" and self.pen.writing.mode == "reply"
        keys = [keymap.key_of(f"offer-{n}") for n in range(1, MOST + 1)]
        self.pen.widget.offers.show(self.offers if showing else (), keys)

    def take(self, place: int) -> None:
        """Put in the offer with this number, from 1."""
        if self.pen.writing.mode != "reply" or not 1 <= place <= len(self.offers):
            raise Refused(_("Nothing is suggested there."))
        self._put(self.offers[place - 1])

    def sheet(self) -> None:
        """All offers in full; from the thread the composer opens with the one taken."""
        screen = self.screen
        conversation = self.pen.conversation
        if conversation is None:
            raise Refused(_("No conversation is open."))

        async def ask() -> None:
            await self._look(conversation)
            if not self.offers:
                screen.news(_("Nothing fits."))
                return
            choices = [
                Choice(
                    f"/{offer.stored.shortcut}" if offer.stored else _("before"),
                    place,
                    " ".join(offer.text.split()),
                    key=f"{round(offer.likeness * 100)} %",
                )
                for place, offer in enumerate(self.offers)
            ]
            offers = self.offers
            screen.commands.asking.pick(
                _("Suggested:"), choices, lambda place: self._write(lambda: self._put(offers[place]))
            )

        screen.keyboard.hold()
        screen.work(ask(), "ask", after=screen.keyboard.release)

    def _write(self, put: Callable[[], None]) -> None:
        """`put` into the composer, which is opened for an answer unless one writes already."""
        if self.screen.pane == "compose":
            put()
            return

        async def begin() -> None:
            await self.pen.begin("reply")
            put()

        self.screen.commands.asking.write(begin())

    def _put(self, offer: Offered) -> None:
        if offer.stored is not None:
            self.insert(offer.stored)
        else:
            self._insert_text(offer.text)

    # Stored answers

    def stored(self, begun: str = "") -> None:
        """The sheet of stored answers, opened by the "/" at the caret; what is typed in vain goes back into the text.

        `begun`: what stands behind the "/" in the middle of a line; nothing opens when no shortcut begins so.
        """
        screen, pen = self.screen, self.pen
        conversation = pen.conversation
        if conversation is None:
            return
        slash = pen.text[: pen.widget.box.caret].endswith(f"/{begun}")

        async def ask() -> None:
            found = await screen.workspace.answers.stored(conversation, self.inbox)
            if begun:
                if not any(fold(one.shortcut).startswith(fold(begun)) for one in found):
                    return
                pen.edit(lambda buffer: buffer.delete_left())
            screen.commands.asking.search(
                "/",
                by_group(found),
                lambda one: self.insert(one, slash=slash),
                left=lambda text: pen.paste(text) if text and slash else None,
                leave_on_space=slash,
                text=begun,
                empty=_("no stored answer by that name"),
            )

        screen.keyboard.hold()
        screen.work(ask(), "ask", after=screen.keyboard.release)

    def insert(self, one: Stored, *, slash: bool = False) -> None:
        """In the place of the "/" that called for it. Who is not known how to be addressed is asked about first."""
        unasked = {"title", "customer"} & set(one.missing)
        panel = self.screen.panel.panel
        if unasked and self.pen.conversation is not None and (panel is None or panel.language in ("", "vi")):
            self.address(lambda: self._again(one.key, slash))
            return
        pen = self.pen
        if slash:
            self.pen.edit(lambda buffer: buffer.delete_left())
        start = self._insert_text(one.text, one.stops)
        writing = replace(pen.writing, variant=one.variant, key=one.key)
        if one.bubbles > 1 and pen.text.strip() == one.text.strip():
            writing = replace(writing, apart=True)
        if one.buttons:
            writing = replace(writing, buttons=one.buttons)
        held = tuple(file for file in one.files if not isinstance(file, str))
        paths = tuple(file for file in one.files if isinstance(file, str))
        pen.writing = replace(writing, held=(*writing.held, *held), files=(*writing.files, *paths))
        pen.touched()
        if filling.holes(pen.text[start : start + len(one.text)]):
            self.next_hole(start)
        self.screen.work(self._count(one.key), "count", exclusive=False)

    async def _count(self, key: str) -> None:
        await self.screen.workspace.perform("canned_used", {"key": key}, ())

    def _again(self, key: str, slash: bool) -> None:
        async def read() -> None:
            assert self.pen.conversation is not None
            found = await self.screen.workspace.answers.stored(self.pen.conversation, self.inbox)
            one = next((one for one in found if one.key == key), None)
            if one is not None:
                self.insert(replace(one, missing=()), slash=slash)

        self.screen.work(read(), "ask")

    def address(self, then: Callable[[], None] = lambda: None) -> None:
        """How this customer is addressed; remembered on the contact."""
        conversation = self.screen.talk.conversation if self.pen.conversation is None else self.pen.conversation
        if conversation is None:
            raise Refused(_("No conversation is open."))

        def take(title: str) -> None:
            async def keep() -> None:
                done = await self.screen.workspace.perform("contact_set", {"fields": {"title": title}}, [conversation])
                self.screen.done(done)
                then()

            self.screen.work(keep(), "act", exclusive=False)

        choices = [Choice(title, title) for title in (*TITLES, "bạn", "คุณ")]
        self.screen.commands.asking.pick(_("How are they addressed?"), choices, take)

    def _insert_text(self, text: str, stops: Sequence[int] = ()) -> int:
        """At the caret, which goes to the first stop; returns where the text begins."""
        start = self.pen.widget.box.caret
        self.pen.edit(lambda buffer: buffer.replace(start, start, text))
        if stops:
            self._stops = tuple(sorted({*self._stops, *(start + stop for stop in stops)}))
            first = start + stops[0]
            self.pen.edit(lambda buffer: buffer.move(first))
        return start

    # Holes

    @property
    def in_hole(self) -> bool:
        """The caret stands at one, and what is typed next takes its place."""
        return (
            self._hole is not None
            and self.pen.widget.box.caret == self._hole[0]
            and self._hole in filling.holes(self.pen.text)
        )

    def next_hole(self, after: int | None = None) -> None:
        """To the next hole or stop behind the caret, round from the end; what is typed there takes its place."""
        text, caret = self.pen.text, self.pen.widget.box.caret
        here = caret if after is None else after
        holes = dict(filling.holes(text))
        places = sorted({*holes, *(stop for stop in self._stops if stop <= len(text))})
        if not places:
            return
        passed = here if after is not None else here + (1 if self._hole or here in places else 0)
        place = next((place for place in places if place >= passed), places[0])
        self._hole = (place, holes[place]) if place in holes else None
        self.pen.edit(lambda buffer: buffer.move(place))

    def typing(self, key: str = "", character: str | None = "x") -> None:
        """Something is about to be put in or taken out: the hole the caret stands in makes room. Other keys leave it."""
        if not self.in_hole or self._hole is None:
            self._hole = None
        elif (character and character.isprintable()) or key in ("backspace", "ctrl+h", "delete"):
            start, end = self._hole
            self._hole = None
            self.pen.edit(lambda buffer: buffer.replace(start, end, ""))
            self.pen.edit(lambda buffer: buffer.move(start))

    def edited(self, before: str, after: str) -> None:
        self._stops = filling.moved(self._stops, before, after) if self._stops else ()
        if after != self._doubted and self.doubts:
            self.doubts = ()

    # The check before sending

    async def check(self) -> bool:
        """Whether it may go: nothing is doubtful, or these very doubts have been shown for this very text."""
        pen = self.pen
        if pen.conversation is None or pen.writing.mode not in ("reply", "note") or self._doubted == pen.text:
            return True
        files = len(pen.writing.files) + len(pen.writing.held)
        found = list(await self.screen.workspace.answers.doubts(pen.conversation, pen.writing.mode, pen.text, files))
        if pen.writing.assisted and pen.writing.mode == "reply":
            found.append(_("The assistant wrote this: read it first."))
        if not found:
            return True
        self.doubts, self._doubted = tuple(found), pen.text
        self.screen.keyboard.forget_held()
        pen.refresh()
        return False

    # The assistant

    def assist(self, task: str, language: str = "") -> None:
        """draft, shorten, translate: into the composer. summary: to read. It answers when it answers; keys go on."""
        screen, pen = self.screen, self.pen
        conversation = pen.conversation
        if not screen.workspace.answers.assists:
            raise Refused(_("No assistant is set up."), hint=_("[assistant] in the configuration names one."))
        writing = screen.pane == "compose"
        text = pen.text if task in ("shorten", "translate") and (writing or task == "shorten") else ""
        if task == "translate" and not text.strip() and not writing:
            entry = screen.thread.cursor
            text = "" if entry is None else entry.text
        if task in ("shorten", "translate") and not text.strip():
            raise Refused(_("There is no text for that."))
        if task in ("draft", "summary") and conversation is None:
            raise Refused(_("No conversation is open."))
        screen.news(_("The assistant is writing …"))

        async def ask() -> None:
            said = await screen.workspace.answers.assist(task, conversation, text, language)
            if not said or conversation != pen.conversation:
                return
            if task == "summary" or (task == "translate" and not writing):
                self._read(said)
            elif text and text != pen.text:
                screen.news(_("The text has changed meanwhile; the assistant's is not put in."))
            else:
                self._write(lambda: self._assisted(text, said))

        screen.work(ask(), "assist")

    def _assisted(self, before: str, said: str) -> None:
        length = len(before) if self.pen.text == before else 0
        self.pen.edit(lambda buffer: buffer.replace(0, length, said) if length else buffer.insert(said))
        self.pen.writing = replace(self.pen.writing, assisted=True)
        self.pen.touched()

    def _read(self, said: str) -> None:
        """Marked as the assistant's; Enter makes a note of it."""
        lines = [line for line in said.splitlines() if line.strip()]

        def note(_line: object) -> None:
            async def begin() -> None:
                await self.pen.begin("note")
                self._insert_text(said)

            self.screen.commands.asking.write(begin())

        self.screen.commands.asking.pick(
            _("By the assistant; Enter makes a note of it:"), [Choice(line, line) for line in lines], note
        )

    def variant_words(self) -> str:
        """Which variant of the stored answer this is, and what it is made of."""
        writing = self.pen.writing
        parts = [writing.variant and f"[{writing.variant}]"]
        if writing.apart and (count := len(filling.bubbles(self.pen.text))) > 1:
            parts.append(ngettext("{n} message", "{n} messages", count))
        if writing.buttons:
            way = self.pen.way
            real = way is not None and way.quick_replies
            names = [f"[{name}]" if real else f"{n}. {name}" for n, name in enumerate(writing.buttons, 1)]
            parts.append(" ".join(names))
        return "  ".join(part for part in parts if part)


def by_group(found: Sequence[Stored]) -> list[Choice]:
    """Lines of a sheet: what has no group first, then each group under its name."""
    choices: list[Choice] = []
    for group in sorted({one.group for one in found}):
        if group:
            choices.append(Choice(group, None, heading=True))
        for one in found:
            if one.group == group:
                mark = f"[{one.variant}] " if one.variant else ""
                words = " ".join(one.text.split())
                detail = f"{mark}{one.title}: {words}" if one.title else f"{mark}{words}"
                choices.append(
                    Choice(f"/{one.shortcut}", one, detail, words=f"{one.shortcut} {one.title} {words} {group}")
                )
    return choices
