"""An answer that is more than one message takes, in several: each with a fate of its own, in sure order, none past one that
did not leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unibox_tui.desk.letter import Letter
from unibox_tui.desk.posting import Chain, post
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import StoredFile
from unibox_tui.text.parting import by_hand, takes_no_text, texts, with_files


@dataclass(frozen=True, slots=True)
class Posted:
    """`n`: of the first message; `leaves`: when it may leave, epoch ms."""

    n: int
    leaves: int
    parts: int = 1


def texts_of(letter: Letter, text: str) -> tuple[str, ...]:
    """What its writer parted by hand."""
    return by_hand(text, letter.apart)


def in_parts(
    can: Capabilities, whole: Sequence[str], files: tuple[StoredFile, ...]
) -> list[tuple[str, tuple[StoredFile, ...]]]:
    """What goes in each message."""
    each, caption = can.extra.get("files_per_message"), can.extra.get("caption_limit")
    alone = can.extra.get("files_alone") or ()
    return with_files(
        texts(whole, can.text_limit, unit=can.text_unit, most=can.text_parts),
        files,
        each=each if isinstance(each, int) else 0,
        together=bool(can.extra.get("text_with_files", True)),
        caption=caption if isinstance(caption, int) else None,
        alone=lambda file: takes_no_text(file.media_type, alone),
    )


def post_all(tx: Tx, actor: Actor, top: int, inbox: InboxRow, identity: Row, letter: Letter, text: str) -> Posted:
    """All messages of an answer, and what each owes the provider."""
    pieces = in_parts(inbox.capabilities, texts_of(letter, text), letter.files)
    if len(pieces) == 1:
        return Posted(*post(tx, actor, top, inbox, identity, letter, pieces[0][0]))
    early = {name: value for name, value in letter.options.items() if name != "quick_replies"}
    first: Posted | None = None
    before: str | None = None
    for number, (piece, files) in enumerate(pieces, 1):
        one = replace(letter, text=piece, files=files, answers=letter.answers if number == 1 else None)
        one = one if number == len(pieces) else replace(one, options=early)
        chain = Chain(before, number, len(pieces), whole=text)
        n, leaves = post(tx, actor, top, inbox, identity, one, piece, chain=chain)
        before = chain.ref
        first = first or Posted(n, leaves, len(pieces))
    assert first is not None
    return first
