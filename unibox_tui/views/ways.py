"""Through which inboxes, and to which of their addresses, a customer can be answered now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace

from unibox_tui.domain import mail
from unibox_tui.domain.policy import MICRO, Capabilities, Decision, Facts, decide
from unibox_tui.domain.words import Author, InboxState
from unibox_tui.store import capabilities as capabilities_json
from unibox_tui.store import contact_reading, reading, standing
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe_line
from unibox_tui.views.models import Way
from unibox_tui.views.people import mark, shown_address

_LATE = {InboxState.PAUSED: "inbox_paused", InboxState.BROKEN: "inbox_broken"}


def ways(db: sqlite3.Connection, conversation: int, *, now: int) -> tuple[Way, ...]:
    """The default first, then what is allowed, then what is not; each by when it was last used. Empty: no way at all.

    Default: the identity of the customer's last message if it may be answered; where that inbox only receives, the
    customer's mail address; else the first that is allowed. `identity_id` 0: an address the customer stated, to which
    nothing was sent through that inbox yet. An allowed way whose `reason` is inbox_paused or inbox_broken takes the
    answer, and it leaves when the inbox is on again. Raises NotFound.
    """
    ids = reading.joined_set(db, conversation)
    head = reading.head(db, ids[0])
    contacts = contact_reading.contacts_of(db, ids)
    last = contact_reading.last_identity(db, ids)
    known = contact_reading.identities(db, contacts)
    inboxes = {row["id"]: row for row in contact_reading.group_inboxes(db, head["group_name"])}
    can = {id: capabilities_json.loads(row["capabilities"]) for id, row in inboxes.items()}
    facts = standing.facts_of(db, [row["id"] for row in known], can, now=now)
    found = [
        _addressed(
            db,
            ids,
            _way(
                inboxes[row["inbox_id"]],
                can[row["inbox_id"]],
                row["id"],
                row["address"],
                facts.get(row["id"], Facts()),
                now,
                row["kind"],
            ),
            inboxes[row["inbox_id"]]["address"],
            can[row["inbox_id"]],
        )
        for row in known
        if row["inbox_id"] in can and can[row["inbox_id"]].rules
    ]
    stated = contact_reading.keys(db, contacts)
    found += _stated(stated, known, inboxes, can, now)
    by_mail = {id for id in inboxes if can[id].address_kind == "email"}
    return tuple(_ordered(found, last, by_mail))


def _way(inbox: Row, can: Capabilities, identity: int, address: str, facts: Facts, now: int, kind: str = "") -> Way:
    decision = decide(can, {}, kind="text", author=Author.AGENT, now=now, facts=facts)
    late = _LATE.get(InboxState(inbox["state"]), "")
    rule = decision.rule
    return Way(
        inbox_id=inbox["id"],
        inbox=safe_line(inbox["name"]),
        title=safe_line(inbox["title"] or inbox["name"]),
        channel=inbox["channel"],
        mark=mark(inbox["channel"]),
        identity_id=identity,
        address=safe_line(shown_address(address, inbox["title"] or inbox["name"])),
        allowed=decision.allowed,
        reason=late if decision.allowed else decision.reason,
        closes_at=decision.closes_at,
        text_limit=can.text_limit,
        attachments=can.attachments,
        attachment_limit=can.attachment_limit,
        subject=can.subject,
        price=rule.price if rule else 0,
        currency=decision.currency,
        quick_replies=bool(can.extra.get("quick_replies")),
        charged=decision.allowed and decision.amount is None,
        per_part=rule is not None and rule.per == "part",
        text_unit=can.text_unit,
        text_parts=can.text_parts,
        tag=safe_line(decision.tag),
        used=decision.used,
        total=decision.total,
        counted=_counted(decision),
        unsure=decision.unsure,
        others=tuple((_main(other), other.currency) for other in decision.others if other.allowed),
        offers=tuple("person" if offer.kind == "text" else offer.kind for offer in decision.offers),
        opens_at=decision.opens_at,
        quotes=can_quote(can, kind),
        files_each=each if isinstance(each := can.extra.get("files_per_message"), int) else 0,
        text_with_files=bool(can.extra.get("text_with_files", True)),
        caption_limit=caption if isinstance(caption := can.extra.get("caption_limit"), int) else None,
        files_alone=tuple(can.extra.get("files_alone") or ()),
        attachment_types=can.attachment_types,
        attachment_sizes=can.attachment_sizes,
    )


def can_quote(can: Capabilities, kind: str) -> bool:
    """Whether an answer to somebody of this kind (user, group …) can point at a message."""
    return can.quotes and kind not in can.extra.get("quotes_not_to", ())


def _counted(decision: Decision) -> str:
    """What `used` and `total` are of."""
    rule = decision.rule
    if decision.total is None or rule is None:
        return ""
    if rule.per_month is not None:
        return "month"
    return "quota" if rule.max_answers is None and rule.quota else "answers"


def _main(decision: Decision) -> float | None:
    return None if decision.amount is None else decision.amount / MICRO


def _addressed(db: sqlite3.Connection, ids: Sequence[int], way: Way, own: str, can: Capabilities) -> Way:
    """A mail goes where the one it answers wants its answers."""
    if not can.subject:
        return way
    email = contact_reading.email_answered(db, ids, way.identity_id)
    if email is None:
        return way
    ours = (own, *can.extra.get("aliases", ()))
    to, copies = mail.recipients(json.loads(email), ours, everyone=True)
    return replace(
        way,
        address=safe_line(", ".join(person["address"] for person in to) or way.address),
        copies=tuple(safe_line(person["address"]) for person in copies),
    )


def _stated(
    keys: Sequence[Row],
    known: Sequence[Row],
    inboxes: Mapping[int, Row],
    can: Mapping[int, Capabilities],
    now: int,
) -> Iterator[Way]:
    """Addresses the customer gave, through inboxes of the group that may speak first and do not know them yet."""
    have = {(row["inbox_id"], row["address"].casefold()) for row in known}
    for key in keys:
        for id, inbox in inboxes.items():
            reached = key["kind"] == can[id].address_kind and can[id].starts and can[id].rules
            if reached and (id, key["value"].casefold()) not in have:
                yield _way(inbox, can[id], 0, key["value"], Facts(), now)


def _ordered(found: Sequence[Way], last: int | None, by_mail: Container[int]) -> list[Way]:
    """Sorting keeps the order of last use inside each class."""
    last_one = next((way for way in found if way.identity_id == last), None)

    def rank(way: Way) -> tuple[bool, bool, bool, bool]:
        is_default = way is last_one and (way.allowed or not any(other.allowed for other in found))
        mail_instead = last_one is None and way.inbox_id in by_mail
        return not is_default, not way.allowed, bool(way.reason), not mail_instead

    return sorted(found, key=rank)
