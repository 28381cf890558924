"""What stands above the messages of a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from unibox_tui.locale import _, term
from unibox_tui.text.width import width
from unibox_tui.views.models import Thread
from unibox_tui.widgets.draw import Drawn, Line
from unibox_tui.widgets.when import date, span


class ThreadHead(Drawn):
    """Two lines above the messages: number, subject, status and owner; the way it travelled, how long it waits."""

    DEFAULT_CSS = "ThreadHead { height: 2; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._thread: Thread | None = None
        self._now = 0
        self._join_keys = ("g j", "g J")
        self._looking: Sequence[str] = ()
        self._suggestion = ("", "")
        self._story = ""

    def show(
        self,
        thread: Thread | None,
        now: int,
        *,
        looking: Sequence[str] = (),
        join_keys: tuple[str, str] = ("g j", "g J"),
        suggestion: tuple[str, str] = ("", ""),
        story: str = "",
    ) -> None:
        """`suggestion`: what speaks for this customer being another one too, at length and in short; `story`: what is shown
        of it."""
        self._suggestion, self._story = suggestion, story
        self._thread, self._now, self._looking, self._join_keys = thread, now, looking, join_keys
        self.repaint()

    def line(self, y: int) -> Strip:
        palette = self.palette
        line = Line(self.size.width)
        thread = self._thread
        if thread is None:
            return line.strip()
        line.add(" ")
        if y == 0:
            state = term("status", thread.status)
            if thread.snoozed_until and thread.status == "snoozed":
                state = _("until {when}").format(when=date(thread.snoozed_until, self._now))
            if thread.assignee_display:
                state += f" {palette.glyph('dot')} {thread.assignee_display}"
            if thread.spam:
                state = _("spam") + f" {palette.glyph('dot')} " + state
            tail = Line(self.size.width // 2).add(state)
            subject = Line(self.size.width - tail.used - 4)
            subject.add(f"#{thread.id}", palette["accent"]).add(
                "  " + (thread.subject or thread.contact_name), palette["bold"]
            )
            if thread.priority != "normal":
                subject.add(
                    f"  {term('priority', thread.priority)}", palette["dim" if thread.priority == "low" else "danger"]
                )
            return (
                line.join(subject)
                .right([(segment.text, palette["dim"]) for segment in tail.segments] + [(" ", palette["text"])])
                .strip()
            )
        if self._suggestion[0]:
            long, short = self._suggestion
            return line.add(long if width(long) < line.room else short, palette["warn"]).strip()
        if thread.suggest_join:
            text = _("looks like #{n} — {join} joins, {apart} keeps apart").format(
                n=thread.suggest_join, join=self._join_keys[0], apart=self._join_keys[1]
            )
            return line.add(text, palette["warn"]).strip()
        way = f", {_('then')} ".join(thread.inboxes)
        right = []
        if self._looking:
            right.append((_("{who} is looking here").format(who=", ".join(self._looking)), palette["note"]))
        if thread.waiting_since is not None:
            waiting = self._now - thread.waiting_since
            right.append(
                (
                    "  " + _("{long} waiting").format(long=span(waiting)),
                    palette["warn"] if waiting > 14_400_000 else palette["dim"],
                )
            )
        labels = "  ".join(name for name, _colour in thread.labels)
        kept = Line(self.size.width - sum(width(text) for text, _style in right) - 4)
        kept.add(f"{self._story}  " if self._story else "", palette["accent"]).add(way, palette["dim"])
        if labels and kept.room > 8:
            kept.add("   " + labels, palette["accent"])
        return line.join(kept).right([*right, (" ", palette["text"])]).strip()
