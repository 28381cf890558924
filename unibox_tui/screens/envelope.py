"""The sheet on which the envelope of one answer is changed: to, copies, subject, the original below, all or one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.views.models import Way
from unibox_tui.widgets.composer import Writing, chosen
from unibox_tui.widgets.envelope import people
from unibox_tui.widgets.sheet import Choice, Taken

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen


def open_envelope(screen: InboxScreen) -> None:
    """Raises Refused where the way of the answer has no envelope."""
    way = chosen(screen.pen.head)
    if screen.pen.writing.mode != "reply" or way is None or not way.subject:
        raise Refused(
            _("Only an answer by mail has copies and a subject."),
            hint=_("{key} chooses another inbox.").format(key=screen.keyboard.keymap.key_of("way")),
        )
    writing = screen.pen.writing
    own = writing.envelope
    everyone = _("all in copy") if writing.reply_all else _("the customer alone")
    quote = {None: _("as the inbox does it"), True: _("yes"), False: _("no")}[own.quote]
    choices = [
        Choice(_("To"), "to", ", ".join(own.to) or way.address),
        Choice(_("Cc"), "cc", ", ".join(_copies(writing, way)) or "–"),
        Choice(_("Bcc"), "bcc", ", ".join(own.bcc) or "–"),
        Choice(_("Subject"), "subject", own.subject or _("as the inbox does it")),
        Choice(_("The original below"), "quote", quote),
        Choice(_("Answer"), "everyone", everyone),
    ]
    screen.commands.asking.choose(_("Envelope:"), choices, lambda event: _change(screen, way, event))


def _copies(writing: Writing, way: Way) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(way.copies if writing.reply_all else ()), *writing.envelope.cc)))


def _change(screen: InboxScreen, way: Way, event: Taken) -> None:
    writing = screen.pen.writing
    own = writing.envelope
    field = event.values[0]
    if field == "quote":
        own = replace(own, quote={None: True, True: False, False: None}[own.quote])
        _put(screen, replace(writing, envelope=own))
    elif field == "everyone":
        _put(screen, replace(writing, reply_all=not writing.reply_all))
    elif field == "subject":
        _line(screen, _("Subject"), own.subject, lambda text: replace(writing, envelope=replace(own, subject=text)))
    elif field == "to":
        _line(
            screen,
            _("To"),
            ", ".join(own.to or (way.address,)),
            lambda text: replace(writing, envelope=replace(own, to=_but(people(text), way.address))),
        )
    elif field == "cc":
        # Written out they are this answer's own: one of all can be left out.
        _line(
            screen,
            _("Cc"),
            ", ".join(_copies(writing, way)),
            lambda text: replace(writing, reply_all=False, envelope=replace(own, cc=people(text))),
        )
    else:
        _line(
            screen,
            _("Bcc"),
            ", ".join(own.bcc),
            lambda text: replace(writing, envelope=replace(own, bcc=people(text))),
        )


def _but(typed: tuple[str, ...], usual: str) -> tuple[str, ...]:
    """Nothing of its own when it is what the inbox would do."""
    return () if ", ".join(typed) == usual else typed


def _line(screen: InboxScreen, prompt: str, text: str, change: Callable[[str], Writing]) -> None:
    def take(event: Taken) -> None:
        _put(screen, change(event.text.strip()))

    screen.commands.asking.choose(f"{prompt}:", (), take, text=text, free=True, empty=" ")


def _put(screen: InboxScreen, writing: Writing) -> None:
    screen.pen.rewrite(writing)
    open_envelope(screen)
