"""What is decided again when a message leaves, and what the provider says of its cost and of the customer afterwards."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from typing import Any

from unibox_tui.domain.policy import Decision, decide
from unibox_tui.domain.words import Author
from unibox_tui.locale import N_
from unibox_tui.store import calls, conversations, costs, inboxes, messages, outbox, standing
from unibox_tui.store.database import Row, Tx
from unibox_tui.text import sms

log = logging.getLogger(__name__)

_WORDS = {
    "window_closed": N_("The time in which the channel allows an answer is over."),
    "too_long": N_("The text is longer than the channel takes."),
    "no_attachments": N_("The channel takes no files."),
    "attachment_too_big": N_("A file is larger than the channel takes."),
    "attachment_type": N_("The channel does not take files of this kind."),
    "not_allowed": N_("The channel does not allow this message."),
    "human_only": N_("The channel now allows only what a person wrote."),
    "answers_spent": N_("No answer is left until the customer writes again."),
    "quota_spent": N_("The quota of this inbox is used up."),
    "not_following": N_("The customer does not follow us any more."),
    "blocked": N_("The customer has blocked us."),
    "not_agreed": N_("The customer has not agreed to this."),
    "outside_hours": N_("The channel does not allow this message at this hour."),
    "package_too_low": N_("The account's package does not allow this."),
}


def redecide(tx: Tx, row: Row) -> Decision:
    """What may be sent is decided again when it leaves: the window may have closed meanwhile. One message, as it is: what
    was to be split has been."""
    payload: dict[str, Any] = json.loads(row["payload"])
    files = payload.get("files", ())
    inbox = inboxes.by_id(tx.db, row["inbox_id"])
    can = dataclasses.replace(inbox.capabilities, text_parts=1)
    kind = payload.get("kind", "text")
    text = "" if kind == "template" else payload.get("text", "")  # the provider has the text of a template
    identity = int(row["identity_id"])
    automatic = bool(messages.get(tx.db, row["n"])["automatic"])
    return decide(
        can,
        {},
        kind=kind,
        author=Author.BOT if automatic else Author(row["author_kind"]),
        now=tx.now,
        text=text,
        attachment_sizes=[int(file["size"]) for file in files],
        attachment_types=[str(file.get("media_type", "")) for file in files],
        facts=standing.facts_of(tx.db, [identity], {inbox.id: can}, now=tx.now, before=row["n"]).get(identity),
        parts=sms.parts(text).count if can.text_unit == "sms" else 1,
    )


def leave(tx: Tx, row: Row, decision: Decision) -> Row:
    """The item as it leaves: with the tag the rule asks for, its cost expected anew."""
    payload: dict[str, Any] = json.loads(row["payload"])
    chosen = payload.get("options", {}).get("template")
    template = str(chosen.get("id", "")) if isinstance(chosen, dict) else ""
    costs.expect(tx, row["n"], row["inbox_id"], decision, template=template)
    options = {name: value for name, value in payload.get("options", {}).items() if name != "tag"}
    if decision.tag:
        options["tag"] = decision.tag
    if options == payload.get("options", {}):
        return row
    return outbox.put_payload(tx, row["id"], {**payload, "options": options})


def told(tx: Tx, n: int, extra: Mapping[str, Any], *, at: int | None = None) -> bool:
    """Keep what came with a SendResult or Receipt: `cost`, `standing`, `ids`. Returns whether there was something to show."""
    if ids := [id for id in extra.get("ids", ()) if isinstance(id, str) and id]:
        scope = inboxes.by_id(tx.db, messages.get(tx.db, n)["inbox_id"]).key_scope
        for id in ids:
            messages.add_key(tx, scope, id, n)
    found = costs.said(tx, n, extra.get("cost"), at=at)
    if isinstance(card := extra.get("call"), Mapping):
        _on_card(tx, n, card)
    facts = extra.get("standing")
    identity = messages.get(tx.db, n)["identity_id"] if isinstance(facts, Mapping) and facts else None
    if isinstance(facts, Mapping) and identity is not None:
        found = stands(tx, int(identity), facts, at=at) or found
    return found


def _on_card(tx: Tx, n: int, more: Mapping[str, Any]) -> None:
    """What came of a wish to call: a link is what the card says."""
    row = messages.get(tx.db, n)
    known = json.loads(row["extra"] or "{}").get("call")
    if known is None:
        return
    calls.write_card(tx, n, {**known, **more}, str(more.get("link") or row["text"]))


def stands(tx: Tx, identity: int, facts: Mapping[str, Any], *, at: int | None = None) -> bool:
    """Keep what the provider says of a customer and bring what hangs on it up to date. Returns whether it is different."""
    try:
        different = standing.set_standing(tx, identity, facts, at=at)
    except ValueError as error:
        log.warning("a provider's word on a customer was not understood: %s", error)
        return False
    if different:
        renew(tx, identity)
    return different


def renew(tx: Tx, identity: int) -> None:
    """What may be sent to this customer is different: their conversations say so."""
    for conversation in standing.conversations_of(tx.db, identity):
        conversations.refresh(tx, conversation)
        tx.changed("conversation", conversation)  # the composer's head hangs on more than the row


def refusal_words(verdict: Decision) -> str:
    """Plain English for the reason kept with a failed message."""
    return _WORDS.get(verdict.reason, verdict.reason)
