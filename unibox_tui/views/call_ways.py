"""How a customer can be called now: over a line of ours, by the network's own app, or after they have agreed to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unibox_tui.domain.calls import CONSENT, INVITE, LINE, LINK
from unibox_tui.domain.money import MICRO
from unibox_tui.domain.policy import Decision, Facts, decide
from unibox_tui.domain.words import Author, InboxState
from unibox_tui.store import contacts, conversations, inboxes, standing
from unibox_tui.store.database import Row
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.text.keys import normal_phone

PHONE = "phone"
NOBODYS = ("group", "zalo_guest", "audience", PHONE)  # kinds whom no app calls by their own id
ASKED_ALREADY = ("agreed", "asked", "blocked")


@dataclass(frozen=True, slots=True)
class CallWay:
    """`address`: what is called; `identity`: that of the customer there, 0 when there is none yet. `why` says why not, as a
    decision's reason, or no_phone (of the agent), inbox_off. `consent`: agreed, asked, … as last heard, `until` its end
    (epoch ms) where it has one. `charged`: it costs; `amount` (main unit) when that is known."""

    how: str
    inbox: InboxRow
    identity: int
    address: str
    why: str = ""
    consent: str = ""
    until: int | None = None
    charged: bool = False
    amount: float | None = None
    currency: str = ""

    @property
    def allowed(self) -> bool:
        return not self.why

    def as_json(self) -> dict[str, Any]:
        return {
            "how": self.how,
            "inbox": self.inbox.name,
            "address": self.address,
            "allowed": self.allowed,
            "reason": self.why or None,
            "consent": self.consent or None,
            "until": self.until,
            "charged": self.charged,
            "amount": self.amount,
            "currency": self.currency or None,
        }


def call_ways(db: sqlite3.Connection, conversation: int, agent: str | None, now: int) -> list[CallWay]:
    """Lines first, then links, then asking; each that makes sense, with the reason where it may not be taken now."""
    row = conversations.get(db, conversations.root(db, conversation))
    own = contacts.identities(db, row["contact_id"])
    phones = contacts.stated(db, row["contact_id"], PHONE)
    here = [one for one in inboxes.all_inboxes(db) if one.group_name == row["group_name"]]
    reach = _Reach(db, own, phones, now)
    found: list[CallWay] = []
    for inbox in here:
        if "calls" in inbox.capabilities.extra:
            found += reach.lines(inbox, here, agent)
    for inbox in here:
        if "call_links" in inbox.capabilities.extra:
            found += reach.links(inbox)
    for inbox in here:
        if (inbox.capabilities.extra.get("call_links") or {}).get("consent"):
            found += reach.asking(inbox)
    return found


@dataclass(frozen=True, slots=True)
class _Reach:
    db: sqlite3.Connection
    own: Sequence[Row]
    phones: Sequence[str]
    now: int

    def lines(self, inbox: InboxRow, here: Sequence[InboxRow], agent: str | None) -> Iterator[CallWay]:
        extra = inbox.capabilities.extra
        off = _off(inbox) or ("" if agent in extra["calls"] else "no_phone")
        other = next((one for one in here if one.name == extra.get("calls_for")), None)
        if other is not None:
            yield from self._carried(inbox, other, off)
        else:
            number = next((one["address"] for one in self._of(inbox) if one["kind"] == PHONE), None) or self._phone(
                inbox
            )
            if number:
                identity = self._identity(inbox, number)
                decision = self._decision(inbox, identity, "call")
                yield CallWay(LINE, inbox, identity, number, off or _why(decision))

    def _carried(self, line: InboxRow, other: InboxRow, off: str) -> Iterator[CallWay]:
        """Over a trunk to the network of another inbox, by the customer's id there or a number that agreed: what that inbox
        may, holds."""
        for one in self._of(other):
            if one["kind"] not in NOBODYS:
                why = off or _why(self._decision(other, int(one["id"]), "call"))
                yield CallWay(LINE, line, self._identity(line, one["address"]), one["address"], why)
        if number := self._phone(other):
            identity = self._identity(other, number)
            state, until = self._consent(identity)
            why = off or _why(self._decision(other, identity, "call"))
            yield CallWay(LINE, line, self._identity(line, number), number, why, state, until)

    def links(self, inbox: InboxRow) -> Iterator[CallWay]:
        for one in self._of(inbox):
            if one["kind"] in NOBODYS:
                continue
            why = _off(inbox) or _why(self._decision(inbox, int(one["id"]), "call"))
            yield CallWay(LINK, inbox, int(one["id"]), one["address"], why)
            yield CallWay(INVITE, inbox, int(one["id"]), one["address"], _off(inbox))

    def asking(self, inbox: InboxRow) -> Iterator[CallWay]:
        number = self._phone(inbox)
        if not number:
            return
        identity = self._identity(inbox, number)
        state, until = self._consent(identity)
        decision = self._decision(inbox, identity, CONSENT)
        why = _off(inbox) or _why(decision) or (f"consent_{state}" if state in ASKED_ALREADY else "")
        amount = None if decision.amount is None else decision.amount / MICRO
        costs = decision.allowed and not decision.free
        yield CallWay(
            CONSENT, inbox, identity, number, why, state, until, costs, amount if costs else None, decision.currency
        )

    def _of(self, inbox: InboxRow) -> list[Row]:
        return [one for one in self.own if one["inbox_id"] == inbox.id]

    def _phone(self, inbox: InboxRow) -> str:
        return next(filter(None, (normal_phone(one, inbox.region) for one in self.phones)), "")

    def _identity(self, inbox: InboxRow, address: str) -> int:
        found = contacts.find_identity(self.db, inbox.id, address)
        return 0 if found is None else int(found["id"])

    def _decision(self, inbox: InboxRow, identity: int, kind: str) -> Decision:
        can = inbox.capabilities
        facts = None
        if identity:
            facts = standing.facts_of(self.db, [identity], {inbox.id: can}, now=self.now).get(identity)
        return decide(can, {}, kind=kind, author=Author.AGENT, now=self.now, facts=facts or Facts(kind=PHONE))

    def _consent(self, identity: int) -> tuple[str, int | None]:
        if not identity:
            return "", None
        said: Mapping[str, Any] = standing.standing_of(self.db, identity).get("consent") or {}
        state, until = str(said.get("state", "")), said.get("until")
        if state in ("agreed", "asked") and until is not None and self.now >= until:
            return "expired", until
        return state, until


def _off(inbox: InboxRow) -> str:
    return "" if inbox.state is InboxState.ON else "inbox_off"


def _why(decision: Decision) -> str:
    return "" if decision.allowed else decision.reason
