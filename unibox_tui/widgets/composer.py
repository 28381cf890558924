"""Where answers and notes are written. Its head says what will happen on Enter; a note is amber all along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip

from unibox_tui.locale import _, ngettext
from unibox_tui.text.width import cut, width
from unibox_tui.views.models import Quoted, Way
from unibox_tui.widgets.draw import Drawn, Line
from unibox_tui.widgets.envelope import Envelope, shown
from unibox_tui.widgets.footer import REASONS, Counted, closed_words, open_words
from unibox_tui.widgets.offers import OffersLine
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.quote_line import QuoteLine, QuoteLook
from unibox_tui.widgets.textbox import TextBox

COUNT_FROM = 0.8  # of the channel's limit
SHORTEST_NAME = 4  # cells of an inbox's name that are left where the line is narrow


@dataclass(frozen=True, slots=True)
class Writing:
    """What is being written: what a draft keeps. `way` is the place in the conversation's ways."""

    mode: str = "reply"  # reply, note, forward, new
    way: int = 0
    reply_all: bool = False
    files: tuple[str, ...] = ()
    to: str = ""  # forward and new: where to
    source_n: int | None = None  # forward: which message
    envelope: Envelope = field(default=Envelope(), kw_only=True)
    variant: str = ""  # of the stored answer that was put in: chat, sms, mail
    key: str = ""  # that answer
    apart: bool = False  # lines of --- part messages
    buttons: tuple[str, ...] = ()
    held: tuple[Mapping[str, Any], ...] = ()  # files of a stored answer, kept already
    assisted: bool = False  # the assistant wrote it
    quoting: Quoted | None = field(default=None, kw_only=True)  # the one message it answers


@dataclass(frozen=True, slots=True)
class HeadLook:
    writing: Writing
    ways: Sequence[Way] = ()
    now: int = 0
    count: int = 0
    saved: str = ""  # "", "saving" or "saved"
    newer: int = 0  # messages that landed while writing
    enter_sends: bool = True
    active: bool = False
    send_key: str = "Enter"
    other_colleague: str = ""  # who is here too
    nothing: bool = False  # no conversation is open
    parts: int = 1  # messages in which the text leaves
    typed: Counted | None = None  # its parts, where the channel counts them
    doubts: tuple[str, ...] = ()  # what looks wrong; sending again sends
    made: str = ""  # which variant, how many messages, which buttons
    extra: tuple[str, ...] = field(default=())  # every way with how long it is open


def head_line(look: HeadLook, cells: int, palette: Palette) -> Strip:
    line = Line(cells)
    note = look.writing.mode == "note"
    line.add(palette.glyph("bar") if note else " ", palette["note"])
    right = list(_right(look, palette))
    # What would be left out on the right is the left's room; a doubt is said whole before the key that goes past it.
    least = max(cells // 2, width(_doubt(look)) + 2 if look.doubts else 0)
    while right and sum(width(text) for text, _style in right) + 3 + least > cells:
        right.pop(0)
    room = max(cells - sum(width(text) for text, _style in right) - 3, cells // 2)
    left = Line(room)
    for n, (text, style) in enumerate(_left(look, palette, room)):
        left.add(f" {palette.glyph('dot')} " if n else "", palette["dim"]).add(text, style)
    return line.join(left).right([*right, (" ", palette["text"])]).strip()


def _left(look: HeadLook, palette: Palette, room: int) -> Iterator[tuple[str, Style]]:
    writing = look.writing
    if look.newer:
        yield (
            ngettext("{n} new above", "{n} new above", look.newer)
            + " — "
            + _("{key} again to send anyway").format(key=look.send_key),
            palette["warn"],
        )
        return
    if look.doubts:
        yield _doubt(look), palette["warn"]
        return
    if look.nothing and writing.mode == "reply":
        return
    if writing.assisted:
        yield _("ASSISTANT — read it before it goes"), palette["warn"]
    if look.made:
        yield look.made, palette["accent"]
    if writing.mode == "note":
        yield _("NOTE — only colleagues see this"), palette["note"]
    elif writing.mode == "forward":
        yield _("Forward to {who}").format(who=writing.to or "?"), palette["bold"]
    elif writing.mode == "new":
        yield _("New to {who}").format(who=writing.to or "?"), palette["bold"]
    else:
        yield from _reply(look, palette, room)


def _doubt(look: HeadLook) -> str:
    more = f" (+{len(look.doubts) - 1})" if len(look.doubts) > 1 else ""
    return f"! {look.doubts[0]}{more}"


def _reply(look: HeadLook, palette: Palette, room: int) -> Iterator[tuple[str, Style]]:
    way = chosen(look)
    if way is None:
        yield _("No way to answer: this customer has no address that takes an answer"), palette["warn"]
        return
    if not way.allowed:
        yield f"{way.title}", palette["bold"]
        for words, tone in closed_words(way, look.now):
            yield words, palette[tone]
        if any(other.allowed for other in look.ways):
            yield _("Ctrl-X another inbox"), palette["dim"]
        return
    text = _("Reply all via {inbox}") if look.writing.reply_all else _("Reply via {inbox}")
    terms: list[tuple[str, Style]] = []
    if way.reason:
        terms.append((_(REASONS.get(way.reason, way.reason)), palette["warn"]))
    if look.extra:
        terms.append((", ".join(look.extra), palette["dim"]))
    terms += [(words, palette[tone]) for words, tone in open_words(way, look.now, look.typed)]
    yield _through(text, way.title, room - sum(width(words) + 3 for words, _style in terms)), palette["bold"]
    yield from terms
    for part in shown(look.writing.envelope, way, everyone=look.writing.reply_all):
        yield part, palette["dim"]


def _through(text: str, title: str, room: int) -> str:
    """`text` with the inbox's name, which gives way to what the answer costs and until when it may be sent."""
    whole = text.format(inbox=title)
    if width(whole) <= room:
        return whole
    left = room - width(text.format(inbox=""))
    return text.format(inbox=cut(title, max(left, SHORTEST_NAME)))


def _right(look: HeadLook, palette: Palette) -> Iterator[tuple[str, Style]]:
    if look.newer:
        return  # the warning needs the line
    if look.doubts:
        yield _("{key} again to send anyway").format(key=look.send_key), palette["warn"]
        return
    count = len(look.writing.files) + len(look.writing.held)
    if count:  # on this side: a long address does not push them out of sight
        files = ngettext("{n} file", "{n} files", count).format(n=count)
        yield f"{palette.glyph('file')} {files}  ", palette["bold"]
    if look.other_colleague:
        yield _("{who} is here too").format(who=look.other_colleague) + "  ", palette["note"]
    way = chosen(look)
    limit = way.text_limit if way and look.writing.mode == "reply" else None
    if limit and look.parts > 1:
        yield ngettext("{n} part", "{n} parts", look.parts).format(n=look.parts) + "  ", palette["warn"]
    elif limit and look.count > limit * COUNT_FROM:
        yield f"{look.count}/{limit}  ", palette["danger"] if look.count > limit else palette["warn"]
    if look.saved == "saved":
        yield _("saved") + f" {palette.glyph('ok')}", palette["dim"]


def chosen(look: HeadLook) -> Way | None:
    return look.ways[look.writing.way] if look.writing.way < len(look.ways) else None


class ComposerHead(Drawn):
    DEFAULT_CSS = "ComposerHead { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look = HeadLook(Writing(), nothing=True)

    def show(self, look: HeadLook) -> None:
        if look != self.look:
            self.look = look
            self.repaint()

    def line(self, y: int) -> Strip:
        return head_line(self.look, self.size.width, self.palette)


class ComposerBar(Drawn):
    """The column left of the text: empty for an answer, an amber bar for a note."""

    DEFAULT_CSS = "ComposerBar { width: 1; dock: left; }"
    note = False

    def show(self, note: bool) -> None:
        if note != self.note:
            self.note = note
            self.repaint()

    def line(self, y: int) -> Strip:
        return Line(1).add(self.palette.glyph("bar") if self.note else " ", self.palette["note"]).strip()


class Composer(Vertical):
    """Head and text. It holds what is written; the screen decides what happens to it."""

    @dataclass
    class Resized(Message):
        """The text wants another height."""

        height: int

    DEFAULT_CSS = """
    Composer { height: 4; background: ansi_default; }
    Composer TextBox { height: 1fr; }
    Composer #composer-body { height: 1fr; }
    """
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.head = ComposerHead()
        self.offers = OffersLine()
        self.quote = QuoteLine()
        self.bar = ComposerBar()
        self.box = TextBox(hint="")
        self._wanted = 0

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.offers
        yield self.quote
        with Vertical(id="composer-body"):
            yield self.bar
            yield self.box

    def show(self, look: HeadLook, quote: QuoteLook) -> None:
        self.head.show(look)
        self.quote.show(quote)
        self.bar.show(look.writing.mode == "note")

    def wanted_height(self, most: int) -> int:
        """Lines for head and text together, at most `most`."""
        above = 1 + bool(self.offers.offers) + bool(self.quote.look.words)
        return min(above + self.box.wanted_height(max(self.box.size.width, 10)), most)

    def shortcut_before_caret(self) -> str | None:
        """The "/word" that is being typed at the caret."""
        text = self.box.text[: self.box.caret]
        start = max(text.rfind(" "), text.rfind("\n")) + 1
        word = text[start:]
        return word if word.startswith("/") else None
