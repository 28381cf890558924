"""Whether an answer may be sent, and what it will cost, with everything known of the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unibox_tui.desk.letter import Letter
from unibox_tui.domain.policy import Decision, decide
from unibox_tui.domain.words import Author
from unibox_tui.store import costs, standing
from unibox_tui.store.database import Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import StoredFile
from unibox_tui.text import sms


def decision(
    tx: Tx,
    inbox: InboxRow,
    identity_id: int,
    *,
    kind: str = "text",
    author: Author = Author.AGENT,
    at: int | None = None,
    text: str = "",
    files: Sequence[StoredFile] = (),
    before: int | None = None,
) -> Decision:
    """`at`: when it leaves, epoch ms. `before`: the `n` of the message itself when it is written already."""
    can = inbox.capabilities
    now = max(at or 0, tx.now)
    facts = standing.facts_of(tx.db, [identity_id], {inbox.id: can}, now=now, before=before).get(identity_id)
    return decide(
        can,
        {},
        kind=kind,
        author=author,
        now=now,
        text=text,
        attachment_sizes=[file.size for file in files],
        attachment_types=[file.media_type for file in files],
        facts=facts,
        parts=sms.parts(text).count if can.text_unit == "sms" else 1,
    )


def of_letter(
    tx: Tx, inbox: InboxRow, identity_id: int, letter: Letter, text: str, *, before: int | None = None
) -> Decision:
    author = Author.BOT if letter.automatic else Author.AGENT
    return decision(
        tx,
        inbox,
        identity_id,
        kind=letter.kind,
        author=author,
        at=letter.send_at,
        text=text,
        files=letter.files,
        before=before,
    )


def note_cost(tx: Tx, n: int, inbox: InboxRow, identity_id: int, letter: Letter, text: str) -> None:
    """Keep with the message what it is expected to cost."""
    found = of_letter(tx, inbox, identity_id, letter, text, before=n)
    if found.allowed:
        chosen = letter.options.get("template")
        costs.expect(tx, n, inbox.id, found, template=str(chosen["id"]) if isinstance(chosen, Mapping) else "")
