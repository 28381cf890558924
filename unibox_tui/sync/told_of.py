"""What a provider says of a customer besides messages: consent, and the tags that the shop has put on them there.

Tags are compared with what was heard of last (`tags` of their standing), so that only what somebody changed there since
then is taken over, and what came from here does not come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from unibox_tui.desk import triage
from unibox_tui.domain.inbound import StandingTold, TagsChanged
from unibox_tui.domain.words import Author
from unibox_tui.store import contacts, labels, recognising, standing, tagging
from unibox_tui.store.database import Row
from unibox_tui.store.events import Actor
from unibox_tui.sync.facts import Outcome
from unibox_tui.sync.leaving import stands
from unibox_tui.text.labels import spelt

if TYPE_CHECKING:
    from unibox_tui.sync.ingest import Ingest

TAGS = "tags"
"""The capability `extra.tags`: "in" (theirs come here) or "both"."""
_SYSTEM = Actor(Author.SYSTEM, None, "mirror")


def take(work: Ingest, event: StandingTold | TagsChanged) -> Outcome:
    row = contacts.find_identity(work.tx.db, work.inbox.id, event.person.address)
    if row is None and isinstance(event, StandingTold):
        row = _by_their_number(work, event)
    if row is None:
        return Outcome("ignored")
    identity, contact = int(row["id"]), int(row["contact_id"])
    known = standing.standing_of(work.tx.db, identity)
    if isinstance(event, StandingTold):
        newer = (known.get("consent") or {}).get("at", 0) > (event.facts.get("consent") or {}).get("at", event.at)
        if newer or not stands(work.tx, identity, event.facts, at=event.at):
            return Outcome("ignored")
        return Outcome("applied")
    if known.get("tags") is None:
        return Outcome("ignored")  # their profile tells all of them
    gone = {spelt(name) for name in event.off}
    left = [name for name in known["tags"] if spelt(name) not in gone]
    there = {spelt(name) for name in left}
    tags(work, identity, contact, (*left, *(name for name in event.on if spelt(name) not in there)))
    return Outcome("applied")


def _by_their_number(work: Ingest, event: StandingTold) -> Row | None:
    """A customer of ours who is known to have this number, whoever asked it."""
    holder = recognising.verified_holder(work.tx.db, replace(event.person, verified=False), work.inbox.region)
    if holder is None:
        return None
    id, _, _ = contacts.identity_for(work.tx, work.inbox, event.person, at=event.at, like=holder)
    return contacts.identity(work.tx.db, id)


def tags(work: Ingest, identity: int, contact: int, told: Iterable[str]) -> None:
    """All tags that a customer has there now."""
    now = list(dict.fromkeys(" ".join(name.split()) for name in told if name.strip()))
    known = standing.standing_of(work.tx.db, identity).get("tags")
    if work.inbox.capabilities.extra.get(TAGS) not in ("in", "both") or known == now:
        return
    before = {spelt(name): name for name in known or ()}
    after = {spelt(name): name for name in now}
    if known is not None:
        for key in before.keys() - after.keys():
            _off(work, contact, before[key])
    for key in after.keys() - before.keys():
        _on(work, contact, after[key])
    standing.set_standing(work.tx, identity, {"tags": now})


def _on(work: Ingest, contact: int, name: str) -> None:
    """One that a request of theirs has as a label is known already, most often because we have just told it."""
    if spelt(name) in map(spelt, tagging.wanted(work.tx.db, contact, work.inbox.group_name)):
        return
    row = labels.ensure(work.tx, name)
    if labels.stick(work.tx, contact, row["id"], True):
        work.record("contact.tagged", None, contact, data={"label": row["name"], "label_id": row["id"]})


def _off(work: Ingest, contact: int, name: str) -> None:
    tx = work.tx
    row = labels.by_name(tx.db, name)
    if row is None:
        return
    for top in tagging.labelled(tx.db, contact, work.inbox.group_name, row["id"]):
        triage.put_label(tx, _SYSTEM, top, contact, row, on=False, stick=False)
        work.touched.add(top)
    if labels.stick(tx, contact, row["id"], False):
        work.record("contact.untagged", None, contact, data={"label": row["name"], "label_id": row["id"]})
