"""A message of a group, as ingest takes it: from the group, with the member who wrote it named.

The member is an identity of their own, perhaps of a known customer; never of the group. What is not meant for us is kept
read and starts no waiting, unless the inbox says otherwise (capability `extra.group_chatter_unread`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unibox_tui.domain.inbound import MessageReceived
from unibox_tui.domain.joining import Placement
from unibox_tui.domain.words import Direction
from unibox_tui.store import contacts, groups
from unibox_tui.store.inboxes import InboxRow

if TYPE_CHECKING:
    from unibox_tui.sync.ingest import Ingest


def of_group(work: Ingest, event: MessageReceived) -> MessageReceived:
    """The same message with the group as its person; one that is no group's is given back as it is."""
    group = event.group
    if group is None:
        return event
    extra = dict(event.extra)
    author = event.author_name
    if event.direction is Direction.IN and event.person.address != group.address:
        member, contact, _ = contacts.identity_for(work.tx, work.inbox, event.person, at=event.sent_at)
        groups.joined(work.tx, member, contact, group.address)
        extra[groups.MEMBER] = member
        author = author or event.person.name
    automatic = event.automatic or is_chatter(work.inbox, event)
    return replace(event, person=replace(group, kind=groups.KIND), extra=extra, author_name=author, automatic=automatic)


def is_chatter(inbox: InboxRow, event: MessageReceived) -> bool:
    """Said in a group, and not to us."""
    if event.group is None or event.direction is not Direction.IN or event.mentions_us:
        return False
    return not inbox.capabilities.extra.get("group_chatter_unread")


def place(work: Ingest, contact: int) -> Placement:
    """A group has one conversation; nothing else joins it, and it joins nothing."""
    row = groups.conversation_of(work.tx.db, contact, work.inbox.group_name)
    return Placement(None, why="group") if row is None else Placement(int(row["id"]), why="group")
