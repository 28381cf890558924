"""Blocking a customer, and marks of risk with a reason and an author."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from unibox_tui.desk.done import Done, begin
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say, say_count
from unibox_tui.store import conversations, events, merging, risk
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.text.keys import normal_phone

REASON = "bom hàng"
LONGEST = 200


def block(tx: Tx, actor: Actor, contact: int, *, on: bool = True) -> Done:
    """What they write is kept, and silent: nothing becomes unread, waits or wakes; `on` False takes it back."""
    top = merging.root(tx.db, contact)
    summary = say("contact {contact} blocked", contact=top) if on else say("contact {contact} not blocked", contact=top)
    held = risk.blocked_people(tx.db, top)
    people = held if not on else [] if held else [top]
    if not people:
        return Done(summary, (), None, 0, {"contact": top})
    act = begin(tx, actor, "block", summary)
    touched = _put(tx, act, top, people, on=on)
    return Done(summary, touched, act.action_id, 1, {"contact": top})


def _put(tx: Tx, act: Actor, top: int, people: Sequence[int], *, on: bool) -> tuple[int, ...]:
    risk.set_blocked(tx, people, act.name, on=on)
    touched = risk.conversations_of(tx.db, top)
    if on:
        for id in touched:
            row = conversations.get(tx.db, id)
            if row["unread"]:
                conversations.set_fields(tx, id, unread=0)
                data = {"field": "unread", "from": row["unread"], "to": 0}
                events.record(tx, act, "conversation.unread", conversation=id, contact=row["contact_id"], data=data)
    kind = "contact.blocked" if on else "contact.unblocked"
    events.record(tx, act, kind, contact=top, data={"people": list(people)})
    for id in touched:
        conversations.refresh(tx, id)
    return tuple(touched)


def mark(
    tx: Tx,
    actor: Actor,
    reason: str,
    *,
    contact: int | None = None,
    phone: str = "",
    region: str = "VN",
    source: str = "",
) -> Done:
    """Mark a contact with all phones they have, or one phone. Raises WrongUse."""
    said = " ".join((reason or REASON).split())
    if len(said) > LONGEST:
        raise WrongUse(
            say("{name}: that is too long.", name=say("reason")), hint=say("At most {n} characters.", n=LONGEST)
        )
    top = merging.root(tx.db, contact) if contact is not None else None
    phones = risk.phones_of(tx.db, top) if top is not None else []
    if phone:
        norm = normal_phone(phone, region)
        if not norm:
            raise WrongUse("That is no phone number.")
        phones = [norm]
    if top is None and not phones:
        raise WrongUse("Whom does the mark concern?", hint="A contact or a phone number.")
    act = begin(tx, actor, "risk", say("a mark of risk"))
    author = actor.name or str(actor.kind)
    made = [
        id
        for number, owner in ([(number, None) for number in phones] + ([("", top)] if top is not None else []))
        if (id := risk.put_mark(tx, said, author, phone=number, contact=owner, source=source)) is not None
    ]
    if made:
        events.record(tx, act, "contact.marked", contact=top, data={"marks": made})
        _tell(tx, top)
    summary = say("marked: {reason}", reason=said)
    return Done(summary, (), act.action_id if made else None, len(made), {"contact": top, "marks": made})


def unmark(tx: Tx, actor: Actor, ids: Iterable[str], contact: int | None = None) -> Done:
    """Take marks away. Raises NotFound."""
    gone = [row["id"] for row in (risk.get_mark(tx.db, id) for id in ids) if row["removed_at"] is None]
    summary = say_count("{n} mark taken away", "{n} marks taken away", len(gone))
    if not gone:
        return Done(summary, (), None, 0, {"contact": contact})
    act = begin(tx, actor, "risk", summary)
    for id in gone:
        risk.keep_mark(tx, id, on=False)
    events.record(tx, act, "contact.unmarked", contact=contact, data={"marks": gone})
    _tell(tx, contact)
    return Done(summary, (), act.action_id, len(gone), {"contact": contact})


def import_marks(tx: Tx, actor: Actor, rows: Iterable[tuple[str, str]], source: str, region: str) -> Done:
    """A list of (phone, reason) that somebody keeps; known ones are left as they are."""
    act = begin(tx, actor, "risk", say("list of risks taken in"))
    author = actor.name or str(actor.kind)
    made: list[str] = []
    total = bad = 0
    for phone, reason in rows:
        total += 1
        norm = normal_phone(phone, region)
        if not norm:
            bad += 1
            continue
        said = " ".join((reason or REASON).split())[:LONGEST]
        if (id := risk.put_mark(tx, said, author, phone=norm, source=source)) is not None:
            made.append(id)
    if made:
        events.record(tx, act, "contact.marked", data={"marks": made, "source": source})
    summary = say("{n} of {total} marks taken in, {bad} were no phone numbers", n=len(made), total=total, bad=bad)
    return Done(summary, (), act.action_id if made else None, len(made), {"rows": total, "bad": bad})


def _tell(tx: Tx, contact: int | None) -> None:
    if contact is not None:
        tx.changed("contact", contact)
        for id in risk.conversations_of(tx.db, contact):
            tx.changed("conversation", id)


# -- undo ------------------------------------------------------------------------------------------------------------


def blocking(tx: Tx, actor: Actor, event: Row, data: dict[str, Any], *, on: bool) -> bool:
    """The block put on or taken off again."""
    top = merging.root(tx.db, event["contact_id"])
    held = set(risk.blocked_people(tx.db, top))
    people = [one for one in data["people"] if (one in held) != on and merging.root(tx.db, one) == top]
    if not people:
        return False
    _put(tx, actor, top, people, on=on)
    return True


def marking(tx: Tx, actor: Actor, event: Row, data: dict[str, Any], *, on: bool) -> bool:
    """Marks put back or taken away again."""
    changed = False
    for id in data["marks"]:
        row = risk.get_mark(tx.db, id)
        if (row["removed_at"] is None) != on:
            risk.keep_mark(tx, id, on=on)
            changed = True
    if changed:
        kind = "contact.marked" if on else "contact.unmarked"
        events.record(tx, actor, kind, contact=event["contact_id"], data=data)
        _tell(tx, event["contact_id"])
    return changed
