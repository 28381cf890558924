"""An answer that is more than one message takes, in several: each with a fate of its own, in sure order, none past one that
did not leave."""

from __future__ import annotations

from dataclasses import dataclass, replace

from unibox_tui.desk.letter import Letter
from unibox_tui.desk.posting import Chain, post
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import StoredFile
from unibox_tui.text.splitting import split


@dataclass(frozen=True, slots=True)
class Posted:
    """`n`: of the first message; `leaves`: when it may leave, epoch ms."""

    n: int
    leaves: int
    parts: int = 1


def in_parts(can: Capabilities, text: str, files: tuple[StoredFile, ...]) -> list[tuple[str, tuple[StoredFile, ...]]]:
    """What goes in each message. The files follow the text, with its last part where the channel takes both in one."""
    texts = [text]
    if can.text_limit is not None and can.text_parts > 1:
        texts = list(split(text, can.text_limit, unit=can.text_unit, numbered=False)) or [text]
    each = can.extra.get("files_per_message")
    size = each if isinstance(each, int) and each > 0 else max(len(files), 1)
    bundles = [files[start : start + size] for start in range(0, len(files), size)]
    found: list[tuple[str, tuple[StoredFile, ...]]] = [(piece, ()) for piece in texts]
    if bundles and (not text or can.extra.get("text_with_files", True)):
        found[-1] = (texts[-1], bundles.pop(0))
    return found + [("", bundle) for bundle in bundles]


def post_all(tx: Tx, actor: Actor, top: int, inbox: InboxRow, identity: Row, letter: Letter, text: str) -> Posted:
    """All messages of an answer, and what each owes the provider."""
    pieces = in_parts(inbox.capabilities, text, letter.files)
    if len(pieces) == 1:
        return Posted(*post(tx, actor, top, inbox, identity, letter, text))
    first: Posted | None = None
    before: str | None = None
    for number, (piece, files) in enumerate(pieces, 1):
        one = replace(letter, text=piece, files=files, answers=letter.answers if number == 1 else None)
        chain = Chain(before, number, len(pieces), whole=text)
        n, leaves = post(tx, actor, top, inbox, identity, one, piece, chain=chain)
        before = chain.ref
        first = first or Posted(n, leaves, len(pieces))
    assert first is not None
    return first
