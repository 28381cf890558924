"""External panels: what they are told of the customer, and what of their answer is shown."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import contact_reading, contacts, conversations, following_reading, merging, orders
from unibox_tui.text.safe import safe_line
from unibox_tui.text.width import cut
from unibox_tui.views.order_models import OutsideRow
from unibox_tui.views.people import json_object

VERSION = 1
MOST_ROWS = 40
LONGEST = 200
MOST_BYTES = 200_000
TONES = ("", "ok", "warn", "danger", "dim")
_LINK = re.compile(r"https?://[^\s/]\S{0,1990}")


def told(db: sqlite3.Connection, contact: int, conversation: int | None = None) -> dict[str, Any]:
    """What a panel is given: who the customer is in every system that knows them. No words of messages. Raises NotFound."""
    top = merging.root(db, contact)
    row = contacts.get(db, top)
    found: dict[str, Any] = {
        "version": VERSION,
        "contact": {
            "id": top,
            "uid": row["uid"],
            "name": row["name"],
            "title": row["title"],
            "language": row["language"],
            "attributes": json_object(row["attributes"]),
            "external_ids": following_reading.outside_ids(db, merging.tree(db, top)),
        },
        "identities": [
            {
                "channel": one["channel"],
                "inbox": one["inbox_name"],
                "kind": one["kind"],
                "address": one["address"],
                "name": one["name"],
                "verified": bool(one["verified"]),
            }
            for one in contact_reading.identities(db, [top])
        ],
        "keys": [
            {"kind": key["kind"], "value": key["value"], "verified": bool(key["verified"])}
            for key in following_reading.keys(db, top)
        ],
        "orders": [
            {"code": one["code"], "shop": one["shop"], "external_id": one["external_id"], "state": one["state"]}
            for one in orders.of_contact(db, top, 20)
        ],
        "codes": [],
    }
    if conversation is not None:
        ids = conversations.members(db, conversations.root(db, conversation))
        talk = conversations.get(db, ids[0])
        found["conversation"] = {"id": ids[0], "status": talk["status"], "brand": talk["group_name"]}
        found["codes"] = [one["value"] for one in contact_reading.found(db, ids, 30) if one["kind"] == "order"]
    return found


def read(body: bytes) -> tuple[OutsideRow, ...]:
    """`{"rows": [{"label", "value", "tone", "action"}]}`; what is too much is cut off. Raises WrongUse for anything else."""
    try:
        answer = json.loads(body)
        rows = answer["rows"]
        if not isinstance(rows, list):
            raise TypeError
        return tuple(_row(one) for one in rows[:MOST_ROWS])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise WrongUse("The panel's answer is not what docs/panels.md describes.", code="bad_panel") from None


def _row(one: dict[str, Any]) -> OutsideRow:
    tone = one.get("tone") or ""
    if tone not in TONES:
        raise ValueError(tone)
    return OutsideRow(_text(one.get("label")), _text(one.get("value")), tone, _action(one.get("action")))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise TypeError
    return cut(safe_line(str(value)), LONGEST)


def _action(given: Any) -> tuple[str, str] | None:
    """`{"open": URL}` or `{"copy": TEXT}`."""
    if given is None:
        return None
    [(what, value)] = given.items()
    if what == "open" and isinstance(value, str) and _LINK.fullmatch(value):
        return "open", safe_line(value)
    if what == "copy" and isinstance(value, str):
        return "copy", _text(value)
    raise ValueError(say("no such action"))


def as_json(row: OutsideRow) -> dict[str, Any]:
    """As `read` takes it."""
    found: dict[str, Any] = {"label": row.label, "value": row.value, "tone": row.tone}
    return found | ({"action": {row.action[0]: row.action[1]}} if row.action else {})
