"""Something of the shop's to everybody whom an inbox reaches, or to a part of them: looked at first, then sent once.

It is a message like any other, in a conversation with an identity that stands for all of them: held for undo, decided again
as it leaves, and of an unknown fate when the answer was lost.
"""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unibox_tui.desk.done import Done
from unibox_tui.desk.routes import refusal
from unibox_tui.domain.errors import Conflict, Refused, WrongUse
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.inbound import Person
from unibox_tui.domain.money import MICRO
from unibox_tui.domain.policy import Decision, Facts, decide
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author, DeliveryState, Direction, InboxState, Status
from unibox_tui.store import (
    audiences,
    calls,
    contacts,
    conversations,
    costs,
    events,
    inboxes,
    messages,
    outbox,
    standing,
)
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import NewMessage

KIND = "broadcast"
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen. `earlier`: the message by which the same left before, or may have."""

    inbox: InboxRow
    what: str  # article …
    content: str
    target: Mapping[str, str]
    decision: Decision
    sent_this_month: int
    earlier: Row | None

    def as_json(self) -> dict[str, Any]:
        found, rule = self.decision, self.decision.rule
        return {
            "inbox": self.inbox.name,
            "what": self.what,
            "content": self.content,
            "target": dict(self.target),
            "allowed": found.allowed,
            "reason": found.reason,
            "opens_at": found.opens_at,
            "amount": None if found.amount is None else found.amount / MICRO,
            "currency": found.currency,
            "free": found.allowed and found.free,
            "quota_used": self.sent_this_month if found.used is None else found.used,
            "quota_total": found.total,
            "rule": rule.name if rule else None,
            "sent_before": None if self.earlier is None else self.earlier["id"],
        }


def plan(
    db: sqlite3.Connection, now: int, content: str, *, inbox: str | None = None, target: Mapping[str, str] | None = None, at: int | None = None
) -> Plan:  # fmt: skip
    """Raises WrongUse, Refused. `at`: when it would leave, epoch ms."""
    line = _inbox(db, inbox)
    can = line.capabilities.extra["broadcast"]
    id = " ".join(content.split())
    if not id or len(id) > LONGEST or id != content.strip():
        raise WrongUse(say("Which {what}?", what=can["what"]), hint="Its id, as the channel's own manager shows it.")
    wanted = {name: str(value) for name, value in (target or {}).items()}
    unknown = next((name for name in wanted if name not in can["targets"]), None)
    if unknown is not None:
        raise WrongUse(
            say("{name!r} chooses nobody at {inbox}.", name=unknown, inbox=line.title),
            hint=say("There are: {names}", names=", ".join(can["targets"])),
        )
    identity = audiences.identity(db, line.id)
    when = max(at or 0, now)
    facts = None
    if identity is not None:
        facts = standing.facts_of(db, [identity], {line.id: line.capabilities}, now=when).get(identity)
    if facts is None:
        facts = Facts(kind=audiences.KIND, package=audiences.package(db, line.id))
    found = decide(line.capabilities, {}, kind=KIND, author=Author.AGENT, now=when, facts=facts)
    month = 0 if identity is None else audiences.this_month(db, identity, when)
    earlier = None if identity is None else audiences.latest(db, identity, id)
    return Plan(line, can["what"], id, wanted, found, month, earlier)


def _inbox(db: sqlite3.Connection, name: str | None) -> InboxRow:
    if name:
        found = inboxes.named(db, name)
        if "broadcast" not in found.capabilities.extra:
            raise Refused(say("{inbox} sends nothing to everybody.", inbox=found.title), code="no_broadcast")
        return found
    able = [one for one in inboxes.all_inboxes(db) if "broadcast" in one.capabilities.extra]
    if not able:
        raise Refused("No inbox here sends something to everybody.", hint="A Zalo inbox does.", code="no_broadcast")
    if len(able) > 1:
        names = ", ".join(one.name for one in able)
        raise WrongUse("Through which inbox?", hint=say("There are: {names}", names=names))
    return able[0]


def send(
    tx: Tx,
    actor: Actor,
    content: str,
    *,
    inbox: str | None = None,
    target: Mapping[str, str] | None = None,
    title: str = "",
    again: bool = False,
    hold_ms: int | None = None,
    send_at: int | None = None,
) -> Done:
    """`title`: what our own thread calls it. `again`: although the same has left, or may have."""
    if actor.kind is not Author.AGENT:
        raise Refused("Only a person sends something to everybody.")
    wish = plan(tx.db, tx.now, content, inbox=inbox, target=target, at=send_at)
    line = wish.inbox
    if wish.earlier is not None and not again:
        raise _sent_before(wish)
    if not wish.decision.allowed:
        raise refusal(wish.decision, line)
    if line.state is not InboxState.ON:
        raise Refused(
            say("{inbox} is not on now.", inbox=line.title), hint="`unibox health` says why.", code="inbox_off"
        )
    who = Person(audiences.EVERYBODY, audiences.KIND, say("Everybody at {inbox}", inbox=line.title))
    identity, contact, _ = contacts.identity_for(tx, line, who, at=tx.now)
    row = contacts.identity(tx.db, identity)
    top = calls.conversation_of(tx.db, contact, line.group_name) or conversations.create(
        tx, line.group_name, contact, home=row["home"], status=Status.RESOLVED
    )
    ref = new_id(tx.now)
    asked = {"content": wish.content, "target": dict(wish.target)}
    n = messages.add(
        tx,
        NewMessage(
            conversation=top,
            inbox_id=line.id,
            identity_id=identity,
            direction=Direction.OUT,
            author_kind=Author.AGENT,
            author=actor.agent,
            text=_words(wish, title),
            sent_at=tx.now,
            received_at=tx.now,
            state=DeliveryState.QUEUED,
            extra={"broadcast": {**asked, "what": wish.what}},
            client_ref=ref,
        ),
    )
    costs.expect(tx, n, line.id, wish.decision)
    outbox.add(
        tx,
        id=ref,
        n=n,
        inbox_id=line.id,
        identity_id=identity,
        destination=audiences.EVERYBODY,
        payload={"kind": KIND, "text": "", "options": {"broadcast": asked}},
        author_kind=Author.AGENT,
        hold_ms=line.capabilities.undo_send_ms if hold_ms is None else hold_ms,
        not_before=send_at,
    )
    events.record(tx, actor, "broadcast.begun", conversation=top, contact=contact, inbox=line.id, message=n, data=asked)
    conversations.refresh(tx, top)
    tx.changed("conversation", top)
    public = messages.get(tx.db, n)["id"]
    said = say("{what} {id} goes to {audience} (#{top})", what=wish.what, id=wish.content, audience=audience(wish.target), top=top)  # fmt: skip
    return Done(said, (top,), None, 1, {"message": public, "n": n, "outbox": ref, **wish.as_json()})


def _sent_before(wish: Plan) -> Conflict:
    assert wish.earlier is not None
    if wish.earlier["state"] == DeliveryState.UNKNOWN:
        return Conflict(
            say("It is not known whether {what} {id} has left already.", what=wish.what, id=wish.content),
            hint="Look at the channel itself; --again (again=yes) sends it once more.",
            code="unknown_before",
        )
    return Conflict(
        say("{what} {id} was sent already.", what=wish.what, id=wish.content),
        hint="--again (again=yes) sends it once more.",
        code="sent_before",
    )


def audience(target: Mapping[str, str]) -> str:
    """To whom, in words."""
    return ", ".join(f"{name} {value}" for name, value in target.items()) or say("everybody")


def _words(wish: Plan, title: str) -> str:
    named = " ".join(title.split())[:200]
    return f"[{wish.what} {wish.content}]" + (f" {named}" if named else "") + f" → {audience(wish.target)}"


def look(wish: Plan) -> Done:
    """A plan as the answer of an action that does nothing."""
    found = wish.decision
    if not found.allowed:
        raise refusal(found, wish.inbox)
    left = say("{n} this month", n=wish.sent_this_month)
    if found.total is not None:
        left = say("{used} of {total} used", used=found.used or 0, total=found.total)
    cost = say("free") if found.free else say("costs something")
    if not found.free and found.amount:
        cost = say("{amount} {currency}", amount=f"{found.amount / MICRO:g}", currency=found.currency)
    said = say(
        "{what} {id} through {inbox} to {audience}: {cost}, {left}",
        what=wish.what, id=wish.content, inbox=wish.inbox.title, audience=audience(wish.target), cost=cost, left=left,
    )  # fmt: skip
    return Done(said, (), None, 0, wish.as_json())


def verb(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """`content`, `inbox`, `target` (name -> value), `title`, `again`, `hold_ms`, `send_at`; or `words`, which say them; `dry`:
    only say what it would be."""
    given = (
        said(str(args["words"])) | {key: value for key, value in args.items() if key != "words"}
        if args.get("words")
        else args
    )
    if given.get("dry"):
        return planned(tx.db, tx.now, given)
    return send(
        tx,
        actor,
        str(given.get("content") or ""),
        inbox=given.get("inbox"),
        target=given.get("target"),
        title=str(given.get("title") or ""),
        again=bool(given.get("again")),
        hold_ms=given.get("hold_ms"),
        send_at=given.get("send_at"),
    )


def planned(db: sqlite3.Connection, now: int, args: Mapping[str, Any]) -> Done:
    """What `verb` would do with these, and refuses what it would refuse."""
    wish = plan(
        db, now, str(args.get("content") or ""), inbox=args.get("inbox"), target=args.get("target"), at=args.get("send_at")
    )  # fmt: skip
    if wish.earlier is not None and not args.get("again"):
        raise _sent_before(wish)
    return look(wish)


def said(words: str) -> dict[str, Any]:
    """`a1 ages=2,3 gender=1 inbox=shop-zalo again=yes title="Tết"`. Raises WrongUse."""
    try:
        content, *pairs = shlex.split(words)
    except ValueError:
        raise WrongUse(
            "A quotation mark is open, or nothing is said.", hint='`:broadcast a1 title="Tết này"`'
        ) from None
    named = parsed(pairs)
    own: dict[str, Any] = {name: named.pop(name) for name in ("inbox", "title", "again") if name in named}
    if "again" in own and own["again"] not in ("yes", "no"):
        raise WrongUse("again= takes yes or no.")
    return {"content": content, "target": named, **own, "again": own.get("again") == "yes"}


def parsed(pairs: Sequence[str]) -> dict[str, str]:
    """`ages=2,3` words. Raises WrongUse."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise WrongUse(say("{pair!r} chooses nobody.", pair=pair), hint="Write NAME=NUMBERS, as ages=2,3.")
        found[name.strip()] = value.strip()
    return found
