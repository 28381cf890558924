"""What is being written: drafts, reply or note, the way out, sending. Text leaves the composer only when the desk has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

from unibox_tui.domain.errors import Refused, UniboxError
from unibox_tui.locale import _, ngettext
from unibox_tui.screens.ports import Draft
from unibox_tui.views.models import Thread, Way
from unibox_tui.widgets.composer import Composer, HeadLook, Writing, chosen

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen
    from unibox_tui.widgets.editing import EditBuffer

SAVE_S = 0.5
TYPING_EVERY_MS = 4_000


class ComposerController:
    def __init__(self, screen: InboxScreen, widget: Composer) -> None:
        self.screen = screen
        self.widget = widget
        self.conversation: int | None = None
        self.writing = Writing()
        self.ways: Sequence[Way] = ()
        self.force = False  # the next send goes past newer messages
        self._thread: Thread | None = None
        self._seen_n = 0
        self._newer = 0
        self._saved = ""
        self._dirty = False
        self._timer: Timer | None = None
        self._told_typing = 0
        self._new: Mapping[str, Any] = {}
        self.kept_new: tuple[Writing, Mapping[str, Any], str] | None = None

    @property
    def text(self) -> str:
        return self.widget.box.text

    @property
    def enter_sends(self) -> bool:
        return self.screen.workspace.ui.enter_sends

    @property
    def head(self) -> HeadLook:
        panel = self.screen.panel.panel
        looking = panel.looking if panel else ()
        return HeadLook(
            self.writing,
            tuple(self.ways),
            self.screen.workspace.now() // 60_000 * 60_000,
            len(self.text),
            self._saved,
            self._newer if self.force else 0,
            self.enter_sends,
            self.screen.pane == "compose",
            _("Enter") if self.enter_sends else "Ctrl-S",
            looking[0] if looking and self.writing.mode == "reply" and self.screen.pane == "compose" else "",
            nothing=self.conversation is None,
        )

    # Which conversation

    async def show(self, thread: Thread | None) -> None:
        """The composer of another conversation, with its draft. The one before has been saved."""
        self.keep_new()
        self.force = False
        self._newer = 0
        self._saved = ""
        self._dirty = False
        self._new = {}
        self._thread = thread
        self.conversation = thread.id if thread else None
        self.ways = thread.ways if thread else ()
        self._seen_n = thread.last_n if thread else 0
        self.writing = Writing(way=thread.chosen_way if thread else 0)
        draft = await self.screen.workspace.load_draft(thread.id) if thread else None
        if draft is not None and thread is not None:
            self.writing = _writing(draft, self.ways, thread.chosen_way)
            self.widget.box.load(draft.text, draft.caret)
            self._saved = "saved"
        else:
            self.widget.box.load("")
        self.refresh()

    def begin(self, mode: str, *, reply_all: bool = False) -> None:
        """Write an answer or a note here. Text of the other kind is never turned silently."""
        if self.text.strip() and self.writing.mode != mode:
            other = _("note") if self.writing.mode == "note" else _("answer")
            key = self.screen.keyboard.keymap.key_of("as-note")
            self.screen.foot.show_news(
                _("an unsent {kind} is here — {key} changes what it is").format(kind=other, key=key)
            )
        else:
            self.writing = replace(self.writing, mode=mode, reply_all=reply_all)
        self.screen.go("compose")
        self.refresh()

    def begin_forward(self, source_n: int, to: str) -> None:
        self.writing = Writing(mode="forward", way=self.writing.way, to=to, source_n=source_n)
        self.screen.go("compose")
        self.refresh()

    def keep_new(self) -> None:
        """A first message has no conversation yet that could hold its draft: it waits here until `c` returns to it."""
        if self.writing.mode == "new" and self.text.strip():
            self.kept_new = (self.writing, self._new, self.text)

    async def resume_new(self) -> None:
        assert self.kept_new is not None
        writing, to, text = self.kept_new
        await self.screen.talk.close()
        self.kept_new, self.writing, self._new = None, writing, to
        self.widget.box.load(text)
        self.screen.go("compose")
        self.refresh()

    async def begin_new(self, inbox: str, address: str, subject: str) -> None:
        """Write first, outside any conversation."""
        await self.screen.talk.close()
        self.widget.box.load("")
        self._new = {"inbox": inbox, "address": address, "subject": subject}
        self.writing = Writing(mode="new", to=f"{address} ({inbox})")
        self.screen.go("compose")
        self.refresh()

    def toggle_note(self) -> None:
        mode = "reply" if self.writing.mode == "note" else "note"
        self.writing = replace(self.writing, mode=mode)
        self.force = False
        self._changed()

    def choose_way(self, place: int) -> None:
        self.writing = replace(self.writing, way=place)
        self._changed()

    def attach(self, path: str) -> None:
        way = chosen(self.head)
        if self.writing.mode == "reply" and way is not None and not way.attachments:
            raise Refused(
                _("{inbox} takes no files.").format(inbox=way.title), hint=_("Send a link, or choose another inbox.")
            )
        self.writing = replace(self.writing, files=(*self.writing.files, path))
        self._changed()

    def detach(self) -> None:
        self.writing = replace(self.writing, files=())
        self._changed()

    # Typing

    def type(self, key: str, character: str | None) -> None:
        before = self.text
        opens = character == "/" and (not before or before[: self.widget.box.caret][-1:] in ("", " ", "\n"))
        self.widget.box.press(key, character)
        if self.text != before:
            self._changed()
        if opens and self.conversation is not None:
            self.screen.commands.open_canned()

    def newline(self) -> None:
        self.edit(lambda buffer: buffer.insert("\n"))

    def paste(self, text: str) -> None:
        self.edit(lambda buffer: buffer.insert(text))

    def edit(self, change: Callable[[EditBuffer], object]) -> None:
        before = self.text
        self.widget.box.edit(change)
        if before != self.text:
            self._changed()

    def put_canned(self, text: str) -> None:
        """In the place of the "/" that called for it."""

        def change(buffer: EditBuffer) -> None:
            start = buffer.caret - 1 if buffer.text[: buffer.caret].endswith("/") else buffer.caret
            buffer.replace(start, buffer.caret, text)

        self.edit(change)

    def _changed(self) -> None:
        # What was said to be saved will be again within the second: the word stays, so the head is not painted by each key.
        self._dirty = True
        if self._timer is None:
            # Not started anew by each key: the first unsaved key sets the time.
            self._timer = self.screen.set_timer(SAVE_S, lambda: self.screen.work(self.save(), "draft", exclusive=False))
        now = self.screen.workspace.now()
        self.screen.talk.attention.key(now, typing=True)
        if self.conversation is not None and now - self._told_typing > TYPING_EVERY_MS:
            self._told_typing = now
            self.screen.work(self.screen.workspace.doing(self.conversation, "typing"), "doing", exclusive=False)
        self.refresh()

    def rest(self) -> None:
        """The hand has left the text: colleagues and customers are not to wait for more."""
        if self._told_typing and self.conversation is not None:
            self._told_typing = 0
            self.screen.work(self.screen.workspace.doing(self.conversation, "viewing"), "doing", exclusive=False)

    async def save(self) -> None:
        """The draft to the disk, now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not self._dirty or self.conversation is None:
            return
        self._dirty = False
        conversation = self.conversation
        try:
            await self.screen.workspace.save_draft(conversation, self._draft())
        except BaseException:
            self._dirty = True
            self._saved = ""
            self.refresh()
            raise
        if conversation == self.conversation and not self._dirty:
            self._saved = "saved" if self.text else ""
            self.refresh()

    def _draft(self) -> Draft | None:
        writing = self.writing
        if not self.text.strip() and not writing.files:
            return None
        way = chosen(self.head)
        options = {
            "reply_all": writing.reply_all,
            "files": list(writing.files),
            "to": writing.to,
            "source_n": writing.source_n,
        }
        return Draft(
            writing.mode,
            self.text,
            self.widget.box.caret,
            way.inbox_id if way else None,
            way.identity_id if way else None,
            {name: value for name, value in options.items() if value},
        )

    # Sending

    def send(self) -> None:
        self.screen.keyboard.hold()
        self.screen.work(self._send(), "send", exclusive=False, after=self.screen.keyboard.release)

    async def _send(self) -> None:
        try:
            call, args = self._call()
            targets = [self.conversation] if self.conversation is not None else []
            done = await self.screen.workspace.perform(call, args, targets)
        except UniboxError as error:
            if error.code == "newer":
                self.force = True
                self._newer = max(self._newer, 1)
                self.screen.talk.reread()
                self.refresh()
            raise
        self.widget.box.load("")
        self._dirty = self.force = False
        self._newer = 0
        self._saved = ""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.writing = Writing(way=self.writing.way)
        self.screen.done(done)
        self.screen.go("thread" if self.conversation is not None else "list")
        self.refresh()
        if self.conversation is not None:
            self.screen.talk.reread()
            self.screen.work(self.screen.lists.after_action([self.conversation]), "patch", exclusive=False)

    def _call(self) -> tuple[str, dict[str, Any]]:
        writing = self.writing
        if not self.text.strip() and not writing.files and writing.mode != "forward":
            raise Refused(_("There is nothing to send yet."), hint=_("Write something; Esc leaves."))
        args: dict[str, Any] = {"text": self.text}
        if writing.files:
            args["files"] = list(writing.files)
        if writing.mode == "note":
            return "note", args
        if writing.mode == "forward":
            return "forward", {"text": self.text, "message": writing.source_n, "address": writing.to}
        if writing.mode == "new":
            return "new", {**args, **self._new}
        way = chosen(self.head)
        if way is None or not way.allowed:
            raise Refused(
                _("Nothing can be sent this way now."),
                hint=_("{key} chooses another inbox.").format(key=self.screen.keyboard.keymap.key_of("way")),
            )
        args |= {
            "inbox": way.inbox,
            "address": way.address,
            "reply_all": writing.reply_all,
            "seen_n": self._seen_n,
            "force": self.force,
            "seen_owner": self._thread.assignee if self._thread else None,
        }
        return "reply", args

    # What happened elsewhere

    def thread_changed(self, thread: Thread) -> None:
        """The conversation was read anew: ways and windows may differ, something may have landed."""
        if thread.id != self.conversation:
            return
        if thread.ways != self.ways:
            way = chosen(self.head)
            self.ways = thread.ways
            place = next(
                (
                    n
                    for n, new in enumerate(thread.ways)
                    if way and (new.inbox_id, new.address) == (way.inbox_id, way.address)
                ),
                0,
            )
            self.writing = replace(self.writing, way=place)
        landed = [
            entry
            for entry in thread.entries
            if entry.n > self._seen_n and entry.direction != "activity" and not entry.mine
        ]
        if not self.text.strip():
            self._seen_n = max(thread.last_n, self._seen_n)
        elif landed:
            self._newer = len(landed)
            if self.screen.pane == "compose":
                self.screen.foot.show_news(ngettext("{n} new message above", "{n} new messages above", len(landed)))
            if self.force:
                # It is in sight now; the next Enter sends past it.
                self._seen_n = max(thread.last_n, self._seen_n)
        self._thread = thread
        self.refresh()

    def refresh(self) -> None:
        self.widget.show(self.head)
        self.screen.fit_composer()


def _writing(draft: Draft, ways: Sequence[Way], otherwise: int) -> Writing:
    options = draft.options
    place = next(
        (n for n, way in enumerate(ways) if way.inbox_id == draft.inbox_id and way.identity_id == draft.identity_id),
        otherwise,
    )
    return Writing(
        draft.mode,
        place,
        bool(options.get("reply_all")),
        tuple(options.get("files", ())),
        str(options.get("to", "")),
        options.get("source_n"),
    )
