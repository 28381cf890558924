"""What is being written: drafts, reply or note, the way out, sending. Text leaves the composer only when the desk has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

from unibox_tui.actions import BY_ID
from unibox_tui.domain.errors import Refused, UniboxError
from unibox_tui.domain.policy import measure
from unibox_tui.locale import _, ngettext
from unibox_tui.screens import attaching, draft_form, in_parts, quoting
from unibox_tui.screens.aid import Aid
from unibox_tui.screens.ports import Draft
from unibox_tui.views.models import Thread, Way
from unibox_tui.widgets.composer import Composer, HeadLook, Writing, chosen
from unibox_tui.widgets.footer import counted

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen
    from unibox_tui.widgets.editing import EditBuffer

SAVE_S = 0.5
READ_S = 0.7  # a second Enter sooner than this cannot be an answer to the warning
NOWHERE = 0  # where the draft of a first message is kept
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
        self.told_typing = 0
        self._new: Mapping[str, Any] = {}  # of a first message: inbox, address, subject
        self._on_disk = False
        self._saving = asyncio.Lock()
        self._warned_at = 0.0  # when the guard showed what was missed
        self.aid = Aid(self)

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
        leaving = in_parts.whole(self.writing, self.way, self.text)
        return HeadLook(
            self.writing,
            tuple(self.ways),
            self.screen.workspace.now() // 60_000 * 60_000,
            measure(leaving, self.way.text_unit) if self.way else len(leaving),
            self._saved,
            self._newer if self.force else 0,
            self.enter_sends,
            self.screen.pane == "compose",
            _("Enter") if self.enter_sends else "Ctrl-S",
            looking[0] if looking and self.writing.mode == "reply" and self.screen.pane == "compose" else "",
            nothing=self.conversation is None,
            parts=in_parts.count(self.writing, self.way, self.text),
            typed=counted(self.way, leaving if self.text else ""),
            doubts=self.aid.doubts,
            made=self.aid.variant_words(),
            extra=self.screen.story.windows(self.ways),
        )

    @property
    def way(self) -> Way | None:
        """The one chosen now."""
        return self.ways[self.writing.way] if self.writing.way < len(self.ways) else None

    @property
    def offers_template(self) -> bool:
        """Nothing but a template may be sent, and nothing is written yet: `t` chooses one."""
        way = self.way
        return way is not None and not way.allowed and "template" in way.offers and not self.text

    # Which conversation

    async def show(self, thread: Thread | None) -> None:
        """The composer of another conversation, with its draft. The one before has been saved."""
        self.force = False
        self._newer = 0
        self._new = {}
        self._thread = thread
        self.conversation = thread.id if thread else None
        self.ways = thread.ways if thread else ()
        self._seen_n = thread.last_n if thread else 0
        self.writing = Writing(way=thread.chosen_way if thread else 0)
        self._take_up(await self.screen.workspace.load_draft(thread.id) if thread else None)
        self.aid.forget()
        self.refresh()

    async def reload(self) -> None:
        """The draft as it is on the disk now: an action took an answer back, or sent it again."""
        if not self._dirty and self._thread is not None and self.writing.mode != "new":
            await self.show(self._thread)

    async def written_elsewhere(self) -> None:
        """The draft on the disk was changed by another hand of the same agent. What is being typed here stands."""
        if self.screen.pane != "compose":
            await self.reload()
        elif not self._dirty and self.conversation is not None and self.writing.mode in ("reply", "note"):
            self._take_up(await self.screen.workspace.load_draft(self.conversation, self.writing.mode))
            self.screen.news(_("The draft was changed elsewhere; this is it."))
            self.refresh()

    def _take_up(self, draft: Draft | None) -> None:
        self._dirty = False
        self._on_disk = draft is not None
        self._saved = "" if draft is None else "saved"
        if draft is None:
            self.widget.box.load("")
        else:
            self.writing = draft_form.taken_up(draft, self.ways, self._thread.chosen_way if self._thread else 0)
            self.widget.box.load(draft.text, draft.caret)

    @property
    def _home(self) -> int | None:
        """The conversation its draft is kept under; 0 for a first message, which has none."""
        return NOWHERE if self.writing.mode == "new" else self.conversation

    async def begin(self, mode: str, *, reply_all: bool = False) -> None:
        """Write an answer or a note here. What is unsent of the other kind is put aside, never turned into it."""
        await self._change_to(mode)
        if reply_all:
            self.writing = replace(self.writing, reply_all=True)
        self.screen.go("compose")
        self.refresh()
        self.aid.look()

    async def begin_forward(self, source_n: int, to: str) -> None:
        await self._change_to("forward")
        self.writing = replace(self.writing, to=to, source_n=source_n)
        self.screen.go("compose")
        self.refresh()

    async def _change_to(self, mode: str) -> None:
        if self.writing.mode == mode or self.conversation is None:
            return
        await self.save()
        self.force = False
        self.writing = Writing(mode, self.writing.way)
        self._take_up(await self.screen.workspace.load_draft(self.conversation, mode))

    async def begin_new(self, inbox: str, address: str, subject: str) -> None:
        """Write first, outside any conversation."""
        await self.screen.talk.close()
        self._new = {"inbox": inbox, "address": address, "subject": subject}
        self.writing = Writing(mode="new", to=f"{address} ({inbox})")
        self._take_up(None)
        self.screen.go("compose")
        self.refresh()

    async def resume_new(self) -> bool:
        """Back to the first message that was left unsent; False: there is none."""
        if self.writing.mode != "new" or not self.text.strip():
            draft = await self.screen.workspace.load_draft(NOWHERE, "new")
            if draft is None:
                return False
            await self.screen.talk.close()
            self._new = draft.options["new"]
            self._take_up(draft)
        self.screen.go("compose")
        self.refresh()
        return True

    def toggle_note(self) -> None:
        """An answer becomes a note and back, the text with it; where the other kind has a text of its own, that one."""
        if self.conversation is None or self.writing.mode not in ("reply", "note"):
            raise Refused(
                _("This goes to {who} and stays what it is.").format(who=self.writing.to or "?"),
                hint=_("{key} leaves it as a draft.").format(key="Esc"),
            )
        self.screen.keyboard.hold()
        self.screen.work(self._toggle(self.conversation), "toggle", after=self.screen.keyboard.release)

    async def _toggle(self, conversation: int) -> None:
        before = self.writing.mode
        mode = "reply" if before == "note" else "note"
        if await self.screen.workspace.load_draft(conversation, mode) is not None:
            await self._change_to(mode)
            self.refresh()
            return
        self.writing = replace(self.writing, mode=mode)
        self.force = False
        self._changed()
        await self.save()
        await self.screen.workspace.save_draft(conversation, before, None)

    def choose_way(self, place: int) -> None:
        self.writing = replace(self.writing, way=place)
        self._changed()

    def rewrite(self, writing: Writing) -> None:
        self.writing = writing
        self._changed()

    def attach(self, path: str) -> None:
        attaching.look_at(self.screen.workspace.host, self.way if self.writing.mode == "reply" else None, path)
        self.writing = replace(self.writing, files=(*self.writing.files, path))
        self._changed()

    def detach(self) -> None:
        self.writing = replace(self.writing, files=(), held=())
        self._changed()

    # Typing

    def type(self, key: str, character: str | None) -> None:
        if self.aid.in_hole:
            self.aid.typing(key, character)
            if key in ("backspace", "ctrl+h", "delete"):
                return
        if character == "t" and self.writing.mode == "reply" and self.offers_template:
            self.screen.commands.run(BY_ID["template"])
            return
        before = self.text
        opens = character == "/" and before[: self.widget.box.caret][-1:] in ("", "\n")
        self.widget.box.press(key, character)
        if self.text != before:
            self.aid.edited(before, self.text)
            self._changed()
        if self.conversation is None:
            return
        begun = self.widget.shortcut_before_caret()
        if opens:
            self.screen.commands.open_canned()
        elif character is not None and begun is not None and len(begun) == 2 and self.text != before:
            self.aid.stored(begun[1:])

    def newline(self) -> None:
        self.aid.typing()
        self.edit(lambda buffer: buffer.insert("\n"))

    def paste(self, text: str) -> None:
        self.aid.typing()
        self.edit(lambda buffer: buffer.insert(text))

    def edit(self, change: Callable[[EditBuffer], object]) -> None:
        before = self.text
        self.widget.box.edit(change)
        if before != self.text:
            self.aid.edited(before, self.text)
            self._changed()

    def touched(self) -> None:
        """What is written is another than before, though its text may be the same."""
        self._changed()

    def _changed(self) -> None:
        # What was said to be saved will be again within the second: the word stays, so the head is not painted by each key.
        self._dirty = True
        if self._timer is None:
            # Not started anew by each key: the first unsaved key sets the time.
            self._timer = self.screen.set_timer(SAVE_S, lambda: self.screen.work(self.save(), "draft", exclusive=False))
        now = self.screen.workspace.now()
        self.screen.talk.attention.key(now, typing=True)
        if self.conversation is not None and now - self.told_typing > TYPING_EVERY_MS:
            self.told_typing = now
            self.screen.talk.tell("typing" if self.writing.mode == "reply" else "noting")
        self.refresh()

    def rest(self) -> None:
        """The hand has left the text: colleagues and customers are not to wait for more."""
        if self.told_typing and self.conversation is not None:
            self.told_typing = 0
            self.screen.talk.tell("viewing")

    async def save(self) -> None:
        """The draft to the disk, now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        async with self._saving:
            await self._save()

    async def _save(self) -> None:
        home, mode = self._home, self.writing.mode
        if not self._dirty or home is None:
            return
        self._dirty = False
        draft = self._draft()
        try:
            await self.screen.workspace.save_draft(home, mode, draft)
        except BaseException:
            self._dirty = True
            self._saved = ""
            self.refresh()
            raise
        if (home, mode) == (self._home, self.writing.mode):
            if self._on_disk != (draft is not None):
                self._on_disk = draft is not None
                self.screen.work(self.screen.lists.redraw([home]), "patch", exclusive=False)
            if not self._dirty:
                self._saved = "saved" if self.text else ""
                self.refresh()

    def _draft(self) -> Draft | None:
        return draft_form.kept(self.writing, self.text, self.widget.box.caret, chosen(self.head), self._new)

    # Sending

    def send(self, *, go_on: bool = False, **more: Any) -> None:
        """`go_on`: to the next conversation after it. `more` of a reply: then (resolve), send_at (epoch ms)."""
        if more and self.writing.mode != "reply":
            raise Refused(_("This works with an answer."), hint=_("{key} sends it.").format(key=_("Enter") if self.enter_sends else "Ctrl-S"))  # fmt: skip
        if self.force and time.monotonic() - self._warned_at < READ_S:
            return  # pressed twice by a quick hand: nobody has read the warning yet
        self.screen.keyboard.hold()
        self.screen.work(self._send(go_on, more), "send", exclusive=False, after=self.screen.keyboard.release)

    async def _send(self, go_on: bool, more: Mapping[str, Any]) -> None:
        try:
            call, args = self._call()
            args |= more
            if not await self.aid.check():
                return
            targets = [self.conversation] if self.conversation is not None else []
            async with self._saving:  # what is sent is not saved once more behind it
                done = await self.screen.workspace.perform(call, args, targets)
                self._dirty = False
        except UniboxError as error:
            if error.code == "newer":
                self.force = True
                self._warned_at = time.monotonic()
                self._newer = max(self._newer, 1)
                self.screen.keyboard.forget_held()
                self.screen.talk.reread()
                self.refresh()
            raise
        self.force = False
        self._newer = 0
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.writing = Writing(way=self.writing.way)
        rest = None if self.conversation is None else await self.screen.workspace.load_draft(self.conversation)
        self._take_up(rest)
        self.screen.done(done)
        self.screen.go("thread" if self.conversation is not None else "list")
        self.refresh()
        if self.conversation is not None:
            self.screen.talk.reread()
            self.screen.work(self.screen.lists.after_action([self.conversation]), "patch", exclusive=False)
        self.screen.commands.hands.sent(call, args, self.conversation, go_on=go_on)

    def _call(self) -> tuple[str, dict[str, Any]]:
        writing = self.writing
        if not self.text.strip() and not writing.files and not writing.held and writing.mode != "forward":
            raise Refused(_("There is nothing to send yet."), hint=_("Write something; Esc leaves."))
        args: dict[str, Any] = {"text": self.text}
        if writing.files or writing.held:
            args["files"] = [*writing.files, *writing.held]
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
            **({"identity": way.identity_id} if way.identity_id else {"address": way.address}),
            "reply_all": writing.reply_all,
            "seen_n": self._seen_n,
            "force": self.force,
            "seen_owner": self._thread.assignee if self._thread else None,
            **(writing.envelope.args() if way.subject else {}),
            **({"apart": True} if writing.apart else {}),
            **({"buttons": list(writing.buttons)} if writing.buttons else {}),
            **quoting.args(writing, way),
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
                self.screen.news(ngettext("{n} new message above", "{n} new messages above", len(landed)))
            if self.force:
                # It is in sight now; the next Enter sends past it.
                self._seen_n = max(thread.last_n, self._seen_n)
        self._thread = thread
        self.refresh()

    def refresh(self) -> None:
        self.aid.show()
        self.widget.show(self.head, quoting.look(self.writing, self.way, self.screen.keyboard.keymap.key_of("unquote")))
        self.screen.fit_composer()
