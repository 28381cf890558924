"""The page of contacts: all of them or those a search finds, and the pairs that may be one. Keys work on the line under the
cursor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.strip import Strip

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _, ngettext
from unibox_tui.screens import questions
from unibox_tui.views.contacts import ContactLine
from unibox_tui.views.suggested import Suggestion
from unibox_tui.widgets.draw import Line, blank
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.report import Item
from unibox_tui.widgets.side_by_side import reason_words
from unibox_tui.widgets.when import age

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen


class ContactsPage:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.said = ""
        self._queue = False
        self._lines: list[ContactLine] = []
        self._pairs: list[Suggestion] = []
        self._more = False
        self._title = ""

    @property
    def here(self) -> bool:
        return self.screen.pane == "report" and self.screen.report.title == self._title != ""

    @property
    def page_keys(self) -> tuple[str, ...]:
        """The actions that make sense here, for the foot; on another page those of any."""
        if not self.here:
            value = self.screen.report.value
            opens = ("open",) if isinstance(value, int) or callable(value) else ()
            return ("back", *opens, "down", "up")
        if self._queue:
            return ("back", "open", "same", "not-same", "side-by-side", "contacts-other")
        return ("back", "open", "contacts-search", "set", "title", "merge", "contacts-other")

    @property
    def contact(self) -> int:
        """Under the cursor. Raises Refused."""
        if self._queue:
            found = self.suggestion
            if found is not None:
                return found.contact_id
        elif self.screen.report.at < len(self._lines):
            return self._lines[self.screen.report.at].id
        raise Refused(_("No contact is chosen."))

    @property
    def suggestion(self) -> Suggestion | None:
        at = self.screen.report.at
        return self._pairs[at] if self._queue and at < len(self._pairs) else None

    # Opening

    def open(self, said: str = "", *, queue: bool = False) -> None:
        self.said, self._queue = said, queue
        self.screen.keyboard.hold()
        self.screen.work(self._read(), "report", after=self.screen.keyboard.release)

    def reread(self) -> None:
        if self.here:
            self.screen.work(self._read(len(self._lines)), "report")

    def other(self) -> None:
        """From the list to the pairs and back."""
        self.open(self.said, queue=not self._queue)

    def ask(self) -> None:
        """Search by anything, as one types."""
        asking = self.screen.commands.asking

        def typed(text: str, caret: int) -> None:
            self.said, self._queue = text, False
            self.screen.work(self._read(), "report")

        before = self.said, self._queue
        questions.while_typing(
            asking,
            _("Find:"),
            typed,
            lambda text: self.open(before[0], queue=before[1]),
            text="" if self._queue else self.said,
        )

    async def _read(self, at_least: int = 0) -> None:
        customers = self.screen.workspace.customers
        self._pairs = list(await customers.queue())
        if not self._queue:
            said = self.said
            page = await customers.page(said, limit=max(50, at_least))
            if said != self.said:
                return
            self._lines, self._more = list(page.lines), page.more
        self._show()

    def _show(self) -> None:
        screen = self.screen
        cells, now, palette = screen.size.width - 2, screen.workspace.now(), screen.app_palette
        if self._queue:
            items = [Item(tuple(pair_lines(one, cells, now, palette)), one) for one in self._pairs]
            title, empty = _("Probably the same"), _("No two contacts look like one.")
        else:
            items = [Item(contact_lines(one, cells, now, palette), one.id) for one in self._lines]
            title = _("Contacts")
            empty = _("Nobody has written yet.")
            if self.said:
                title += f"  / {self.said}"
                empty = _("Nobody is found by “{text}”; {key} searches again.").format(text=self.said, key="/")
        keymap = screen.keyboard.keymap
        if self._pairs and not self._queue:
            pairs = ngettext("{n} pair may be one", "{n} pairs may be one", len(self._pairs)).format(n=len(self._pairs))
            title += f"   {pairs} {palette.glyph('dot')} {keymap.key_of('contacts-other')}"
        self._title, keep = title, self.here
        screen.report.title = title if keep else screen.report.title
        screen.show_report(title, items, empty, self.reread)
        screen.show_keys()

    # Moving and opening

    def moved(self) -> None:
        """Near the end of what was read: read on."""
        if not self.here or self._queue or not self._more or self.said:
            return
        if self.screen.report.at >= len(self._lines) - 5:
            self._more = False
            self.screen.work(self._read_on(), "report-more")

    async def _read_on(self) -> None:
        page = await self.screen.workspace.customers.page("", after=self._lines[-1].id)
        self._lines += page.lines
        self._more = page.more
        self._show()

    def enter(self) -> None:
        """The contact's newest conversation as the customer's story; a pair: both messages side by side."""
        found = self.suggestion
        if found is not None:
            self.screen.customer.show_reasons(found)
            return
        line = self._lines[self.screen.report.at] if self.screen.report.at < len(self._lines) else None
        if line is None:
            return
        if line.last_conversation is None:
            raise Refused(_("There is no conversation with this contact yet."))
        self.screen.open(line.last_conversation)


def contact_lines(one: ContactLine, cells: int, now: int, palette: Palette) -> tuple[Strip, ...]:
    """Two lines: who, where, when; what is noted."""
    head = Line(cells).add(one.name or _("no name yet"), palette["bold"])
    head.add(f"  {one.title}" if one.title else "", palette["dim"])
    marks = [_("blocked")] if one.blocked else []
    for said in (*marks, *one.risks):
        head.add("  ").add(f"{palette.glyph('failed')} {said}", palette["danger"])
    for mark, channel, address in one.addresses:
        head.add("  ").add(f"{mark} ", palette.channel(channel)).add(address)
    head.add(f"  +{one.more}" if one.more else "", palette["dim"])
    many = ngettext("{n} conversation", "{n} conversations", one.conversations).format(n=one.conversations)
    seen = age(one.last_seen_at, now) if one.last_seen_at else ""
    first = head.right([(f"  {many}  {seen} ", palette["dim"])]).strip()
    second = Line(cells).add(f"  {one.note}", palette["dim"]).strip() if one.note else None
    return (first, second) if second is not None else (first,)


def pair_lines(one: Suggestion, cells: int, now: int, palette: Palette) -> Iterator[Strip]:
    arrow = f"  {palette.glyph('dot')}  "
    head = Line(cells).add(one.name or _("no name yet"), palette["bold"]).add(arrow, palette["dim"])
    head.add(one.other_name or _("no name yet"), palette["bold"])
    yield head.right([(age(one.at, now) + " ", palette["dim"])]).strip()
    why = ", ".join(reason_words(reason) for reason in one.reasons)
    yield Line(cells).add(f"  {why}", palette["dim"]).strip()
    yield blank(cells)
