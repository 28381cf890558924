"""The stable JSON of the command line: field names and shapes that scripts are written on.

Times are UTC epoch milliseconds in fields that end in `_at` (and `waiting_since`, `snoozed_until`); absent ones are null.
Text is as it was written; `dumps` escapes what a terminal would act on.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.money import MICRO
from unibox_tui.domain.saying import kept, say
from unibox_tui.domain.words import PRIORITY_OF_RANK, Author, Direction, MessageKind
from unibox_tui.store import costs, groups, json_reading, reading
from unibox_tui.store.database import Row
from unibox_tui.views.people import addresses, json_object

BATCH = 400
_ACTED_ON = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def dumps(value: Any) -> str:
    """One line of JSON, readable in any script; control, bidi and invisible characters are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return _ACTED_ON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def conversation(db: sqlite3.Connection, id: int) -> dict[str, Any]:
    """One conversation; one that is joined into another says so in `joined_into`. Raises NotFound."""
    found = conversations(db, [id])
    if not found:
        raise NotFound(say("There is no conversation #{id}.", id=id), hint="`unibox ls` lists them.")
    return found[0]


def conversations(db: sqlite3.Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """In the order asked for; unknown numbers are left out. Three queries for each 400."""
    result: list[dict[str, Any]] = []
    for some in _batches(ids):
        rows, labels = json_reading.conversations(db, some), json_reading.labels(db, some)
        inboxes = json_reading.inboxes(db, some)
        result += [_conversation(rows[id], labels.get(id, []), inboxes.get(id, [])) for id in some if id in rows]
    return result


def message(db: sqlite3.Connection, n: int) -> dict[str, Any]:
    """One message, note or activity line by its `n`. Raises NotFound."""
    found = messages(db, [n])
    if not found:
        raise NotFound("There is no such message.", hint="`unibox show CONVERSATION --json` lists them.")
    return found[0]


def messages(db: sqlite3.Connection, ns: Sequence[int]) -> list[dict[str, Any]]:
    """In the order asked for; unknown ones are left out. Four queries for each 400, one more where groups write."""
    result: list[dict[str, Any]] = []
    for some in _batches(ns):
        rows, files = json_reading.messages(db, some), reading.attachments(db, some)
        paid = costs.of(db, some)
        shown_in = reading.roots(db, {row["conversation_id"] for row in rows.values()})
        writers = {n: member for n, row in rows.items() if (member := groups.member_of(row["extra"])) is not None}
        members = groups.names(db, sorted(set(writers.values())))
        for n in some:
            if n in rows:
                top, who = shown_in[rows[n]["conversation_id"]], members.get(writers.get(n, 0), "")
                one = _message(rows[n], files.get(n, []), top, who)
                result.append({**one, "cost": _cost(paid[n]) if n in paid else None})
    return result


def messages_of(db: sqlite3.Connection, conversation: int) -> Iterator[dict[str, Any]]:
    """All messages, notes and activity lines of a conversation and of those joined into it, oldest first; what was taken back too, as
    `state` "cancelled"."""
    ids = reading.joined_set(db, conversation)
    n = 0
    while some := reading.from_(db, ids, n, BATCH, taken_back=True):
        yield from messages(db, some)
        n = some[-1] + 1


def _batches(values: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(values)
    while some := list(islice(rest, BATCH)):
        yield some


def _conversation(row: Row, labels: list[str], inboxes: list[str]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "contact": row["contact_name"] or "",
        "status": row["status"],
        "assignee": row["assignee"],
        "labels": labels,
        "inboxes": inboxes,
        "subject": row["subject"],
        "snippet": row["snippet"],
        "unread": row["unread"],
        "last_message_at": row["last_at"],
        "waiting_since": row["waiting_since"],
        "number": row["id"],
        "uid": row["uid"],
        "contact_id": row["contact_id"],
        "group": row["group_name"],
        "priority": PRIORITY_OF_RANK[row["priority"]].value,
        "spam": bool(row["spam"]),
        "snoozed_until": row["snoozed_until"],
        "created_at": row["created_at"],
        "resolved_at": row["resolved_at"],
        "closes_at": row["closes_at"],
        "message_count": row["message_count"],
        "failed": row["failed"],
        "joined_into": row["joined_into"],
        "suggest_join": row["suggest_join"],
    }


def _message(row: Row, files: Sequence[Row], conversation: int, member: str = "") -> dict[str, Any]:
    """`member`: who of a group wrote it."""
    result = {
        "id": row["id"],
        "conversation_id": conversation,
        "inbox": row["inbox_name"],
        "channel": row["channel"],
        "direction": row["direction"],
        "author": member or _author(row),
        "sent_at": row["sent_at"],
        "received_at": row["received_at"],
        "state": row["state"],
        "provider_id": row["provider_id"],
        "text": row["text"] or "",
        "hidden_text": row["hidden_text"] or "",
        "attachments": [_attachment(file) for file in files],
        "n": row["n"],
        "kind": row["kind"],
        "subject": row["subject"] or "",
        "address": row["identity_address"],
        "author_kind": row["author_kind"],
        "born_in": row["born_in"],
        "answers": row["answers_id"],
        "automatic": bool(row["automatic"]),
        "reason": kept(row["reason"]) if row["reason"] else row["reason"],
        "edited_at": row["edited_at"],
        "unsent_at": row["unsent_at"],
        "extra": {name: value for name, value in json_object(row["extra"]).items() if name != groups.MEMBER},
    }
    if row["email"] is not None or (
        row["kind"] == MessageKind.MAIL and row["direction"] in (Direction.IN, Direction.OUT)
    ):
        result["email"] = _email(json_object(row["email"]), row["subject"] or "")
    return result


def _cost(row: Row) -> dict[str, Any]:
    """Amounts in the currency's main unit, null where nobody has named one. At the top what is known best: what the provider
    said, else what was expected."""
    expected = {
        "amount": _main(row["amount"]),
        "currency": row["currency"] or None,
        "free": bool(row["free"]),
        "rule": row["rule"],
        "tag": row["tag"] or None,
        "quota": row["quota"] or None,
        "unsure": bool(row["unsure"]),
    }
    said = None
    if row["said_at"] is not None:
        said = {
            "at": row["said_at"],
            "amount": _main(row["said_amount"]),
            "currency": row["said_currency"],
            "free": _yes(row["said_free"]),
            "charged": _yes(row["said_charged"]),
            "quota": row["said_quota"],
        }
    return {
        "amount": _main(costs.amount(row)),
        "currency": row["said_currency"] or row["currency"] or None,
        "free": bool(row["free"] if row["said_free"] is None else row["said_free"]),
        "expected": expected if row["rule"] else None,
        "said": said,
    }


def _main(micro: int | None) -> int | float | None:
    if micro is None:
        return None
    return micro // MICRO if micro % MICRO == 0 else micro / MICRO


def _yes(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _author(row: Row) -> str:
    """The customer's name as we know them; of our side the account, the rule or the robot."""
    if row["author_kind"] == Author.CONTACT:
        return str(row["contact_name"] or row["identity_name"] or row["identity_address"] or "")
    return str(row["author"] or row["author_kind"])


def _attachment(row: Row) -> dict[str, Any]:
    return {
        "name": row["name"],
        "media_type": row["media_type"],
        "size": row["size"],
        "id": row["id"],
        "state": row["state"],
        "sha256": row["sha256"],
        "inline": bool(row["inline"]),
    }


def _email(stored: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """Every promised field is there, in the promised shape; what the connector knows beyond them stays."""
    sender = next(addresses(stored.get("from")), None)
    references = stored.get("references") or []
    return {
        **stored,
        "subject": stored.get("subject", subject),
        "from": None if sender is None else _address(sender),
        "to": [_address(person) for person in addresses(stored.get("to"))],
        "cc": [_address(person) for person in addresses(stored.get("cc"))],
        "message_id": stored.get("message_id"),
        "in_reply_to": stored.get("in_reply_to"),
        "references": references.split() if isinstance(references, str) else list(references),
        "auto_submitted": stored.get("auto_submitted"),
        "list_id": stored.get("list_id"),
        "bounce": stored.get("bounce"),
    }


def _address(person: tuple[str, str]) -> dict[str, str]:
    return {"name": person[0], "address": person[1]}
