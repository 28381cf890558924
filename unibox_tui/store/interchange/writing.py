"""Lines into rows. Inert: nothing is recorded as happening now, nobody waits, nothing is unread or queued.

Everything is idempotent: what is here already, by uid or by what its provider calls it, stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from unibox_tui.domain.ids import new_id
from unibox_tui.domain.inbound import MailPlace, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import (
    CHANNEL_MARKS,
    PRIORITY_RANK,
    Author,
    DeliveryState,
    Direction,
    InboxState,
    MessageKind,
    Priority,
    Status,
)
from unibox_tui.store import agents, contacts, conversations, inboxes, labels, messages, search
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.interchange import call_lines, identity_writing, records
from unibox_tui.store.interchange.beside_writing import BesideWriting
from unibox_tui.store.interchange.records import BadLine, ms, ms_or_none
from unibox_tui.store.messages import NewMessage, StoredFile

E = TypeVar("E", bound=StrEnum)
_AUTHORS = {Direction.IN: Author.CONTACT, Direction.OUT: Author.AGENT, Direction.NOTE: Author.AGENT}


@dataclass
class Writing:
    """One transaction's worth of lines. `aliases`: uid of a contact in the file -> the contact here who has its address.

    `late`: (n, id of the message it answers) where that one has not come yet.
    """

    tx: Tx
    aliases: dict[str, int] = field(default_factory=dict)
    late: list[tuple[int, str]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    to_index: list[search.Entry] = field(default_factory=list)

    @property
    def beside(self) -> BesideWriting:
        return BesideWriting(self.tx, self._contact, self._conversation)

    def finish(self) -> None:
        """Index what came, and bring the derived columns of what was touched up to date."""
        search.put_all(self.tx, self.to_index)
        self.to_index.clear()
        for conversation in sorted(self.touched):
            conversations.refresh(self.tx, conversation)
            self._last_way(conversation)
        self.touched.clear()

    # -- names -----------------------------------------------------------------------------------------------------

    def inbox(self, line: records.Inbox) -> bool:
        """History of an inbox that is not configured here is kept under a removed one."""
        known = inboxes.by_name(self.tx.db, line.name)
        if known is not None:
            if known.channel != line.channel:
                raise BadLine(f"The inbox {line.name} is of channel {known.channel} here, not {line.channel}.")
            return False
        if line.channel not in CHANNEL_MARKS:
            raise BadLine(f"There is no channel {line.channel!r}.")
        inboxes.ensure(
            self.tx,
            line.name,
            line.channel,
            line.group,
            line.title,
            line.address,
            Capabilities(rules=()),
            region=line.region,
            language=line.language,
            state=InboxState.REMOVED,
        )
        return True

    def agent(self, line: records.Agent) -> bool:
        if agents.get(self.tx.db, line.name) is not None:
            return False
        agents.ensure(self.tx, line.name, line.display, line.language)
        return True

    def label(self, line: records.Label) -> bool:
        if labels.by_name(self.tx.db, line.name) is not None:
            return False
        labels.ensure(
            self.tx,
            line.name,
            colour=line.colour,
            description=line.description,
            label_set=line.set,
            sticks=int(line.sticks),
        )
        return True

    # -- contacts --------------------------------------------------------------------------------------------------

    def contact(self, line: records.Contact) -> bool:
        id = self._contact(line.id)
        if id is not None and contacts.get(self.tx.db, id)["forgotten_at"] is not None:
            return False  # an older export brings nobody back
        new = id is None
        if id is None:
            id = self._holder(line.identities)
            if id is not None:
                self.aliases[line.id] = id
                new = False
            else:
                id = self._new_contact(line)
        for identity in line.identities:
            identity_writing.write(self.tx, id, self._inbox(identity.inbox), identity)
        identity_writing.write_told(self.tx, id, line)
        if new:
            for name in line.labels:
                labels.stick(self.tx, id, labels.ensure(self.tx, name)["id"], True)
        return new

    def _contact(self, uid: str) -> int | None:
        if uid in self.aliases:
            return self.aliases[uid]
        id = self.tx.value("SELECT id FROM contact WHERE uid = :uid", uid=uid)
        return None if id is None else int(id)

    def _holder(self, identities: Sequence[records.Identity]) -> int | None:
        """Who has one of these addresses here."""
        for identity in identities:
            row = contacts.find_identity(self.tx.db, self._inbox(identity.inbox).id, identity.address)
            if row is not None:
                return int(row["home"] or row["contact_id"])
        return None

    def _new_contact(self, line: records.Contact) -> int:
        merged = None
        if line.merged_into is not None:
            merged = self._contact(line.merged_into)
            if merged is None:
                raise BadLine(f"The contact {line.merged_into} it was merged into is not here.")
        id = contacts.create(self.tx, name=line.name, language=line.language, uid=line.id)
        self.tx.run(
            "UPDATE contact SET title = :title, note = :note, attributes = :attributes, first_seen_at = :first, "
            "last_seen_at = :last, created_at = :created, merged_into = :merged, blocked_at = :blocked, blocked_by = :by, "
            "forgotten_at = :forgotten WHERE id = :id",
            id=id,
            title=line.title,
            note=line.note,
            attributes=json.dumps(line.attributes, ensure_ascii=False),
            first=ms_or_none(line.first_seen_at, "first_seen_at"),
            last=ms_or_none(line.last_seen_at, "last_seen_at"),
            created=self.tx.now if line.created_at is None else ms(line.created_at, "created_at"),
            merged=merged,
            blocked=ms_or_none(line.blocked_at, "blocked_at"),
            by=line.blocked_by,
            forgotten=ms_or_none(line.forgotten_at, "forgotten_at"),
        )
        return id

    # -- conversations -----------------------------------------------------------------------------------------------

    def conversation(self, line: records.Conversation) -> bool:
        if self._conversation(line.id) is not None:
            return False
        born = self._contact(line.home or line.contact)
        if born is None:
            raise BadLine(f"Its contact {line.home or line.contact} is not here.")
        contact, home = identity_writing.owner(self.tx, born)
        status, priority = _word(Status, line.status, "status"), _word(Priority, line.priority, "priority")
        group = line.group or self._group_of(born)
        number = line.number
        if number is not None and (number < 1 or not conversations.take_number(self.tx, number)):
            number = None
        created = self.tx.now if line.created_at is None else ms(line.created_at, "created_at")
        id = conversations.create(
            self.tx,
            group,
            contact,
            subject=line.subject,
            kind=line.kind,
            status=status,
            at=created,
            uid=line.id,
            number=number,
        )
        conversations.set_fields(
            self.tx,
            id,
            home=home,
            assignee=line.assignee,
            priority=PRIORITY_RANK[priority],
            spam=int(line.spam),
            snoozed_until=ms_or_none(line.snoozed_until, "snoozed_until"),
            snooze_wake_on_reply=int(line.wakes_on_reply),
            resolved_at=ms_or_none(line.resolved_at, "resolved_at"),
        )
        for name in line.labels:
            labels.put(self.tx, id, labels.ensure(self.tx, name)["id"])
        return True

    def _conversation(self, uid: str) -> int | None:
        id = self.tx.value("SELECT id FROM conversation WHERE uid = :uid", uid=uid)
        return None if id is None else int(id)

    def _known(self, uid: str) -> int:
        id = self._conversation(uid)
        if id is None:
            raise BadLine(f"The conversation {uid} is not here; its line must come before.")
        return id

    def _group_of(self, contact: int) -> str:
        group = self.tx.value(
            "SELECT i.group_name FROM identity d JOIN inbox i ON i.id = d.inbox_id WHERE coalesce(d.home, d.contact_id) = :id "
            "ORDER BY d.id LIMIT 1",
            id=contact,
        )
        if group is None:
            raise BadLine("It names no group, and its contact has no address in an inbox.")
        return str(group)

    def join(self, line: records.Join) -> bool:
        child, parent = self._known(line.child), self._known(line.parent)
        id = line.id or new_id(self.tx.now)
        if self.tx.value("SELECT 1 FROM conversation_join WHERE id = :id", id=id):
            return False
        undone = ms_or_none(line.undone_at, "undone_at")
        if undone is None:
            if conversations.get(self.tx.db, child)["joined_into"] is not None:
                return False
            if conversations.root(self.tx.db, parent) == child or child == parent:
                raise BadLine("The two would be joined in a circle.")
        self.tx.run(
            "INSERT INTO conversation_join (id, child, parent, at, actor, undone_at) "
            "VALUES (:id, :child, :parent, :at, :actor, :undone)",
            id=id,
            child=child,
            parent=parent,
            at=self.tx.now if line.at is None else ms(line.at, "at"),
            actor=line.by,
            undone=undone,
        )
        if undone is None:
            conversations.set_fields(self.tx, child, joined_into=parent)
        self.touched.add(parent)
        return True

    # -- messages --------------------------------------------------------------------------------------------------

    def message(
        self,
        line: records.Message,
        files: Sequence[StoredFile] = (),
        found: Sequence[tuple[str, str, str, str]] = (),
    ) -> tuple[int, bool]:
        """(n, whether it is new). The line has an id, and a conversation that is here."""
        assert line.id is not None
        assert line.conversation is not None
        inbox = self._inbox(line.inbox) if line.inbox is not None else None
        keys = [*line.keys]
        if line.provider_id is not None:
            if inbox is None:
                raise BadLine("provider_id: an inbox is needed with it.")
            keys.append((inbox.key_scope, line.provider_id))
        known = self._known_message(line.id, keys)
        if known is not None:
            return known, False
        conversation = self._known(line.conversation)
        born_in = self._conversation(line.born_in) if line.born_in is not None else None
        direction = _word(Direction, line.direction, "direction")
        author_kind = line.author_kind or _AUTHORS.get(direction, Author.SYSTEM)
        sent_at = ms(line.sent_at, "sent_at")
        state, reason = self._state(line, direction)
        answers = self._message_n(line.answers) if line.answers is not None else None
        identity = self._identity_of(line, inbox, conversation, sent_at)
        n = messages.add(
            self.tx,
            NewMessage(
                conversation=conversation,
                inbox_id=inbox.id if inbox is not None else None,
                identity_id=identity,
                direction=direction,
                kind=_word(MessageKind, line.kind, "kind"),
                author_kind=_word(Author, author_kind, "author_kind"),
                author=line.author,
                author_unsure=line.author_unsure,
                sent_at=sent_at,
                received_at=sent_at if line.received_at is None else ms(line.received_at, "received_at"),
                state=state,
                reason=reason,
                text=line.text,
                hidden_text=line.hidden_text,
                subject=line.subject,
                email=line.email,
                extra=line.extra,
                client_ref=line.client_ref,
                automatic=line.automatic,
                inert=True,
                answers_n=answers,
                files=files,
                id=line.id,
                edited_at=ms_or_none(line.edited_at, "edited_at"),
                unsent_at=ms_or_none(line.unsent_at, "unsent_at"),
                n=line.n if line.n is not None and 0 <= line.n < 1 << 62 else None,
                state_at=ms_or_none(line.state_at, "state_at"),
                born_in=born_in,
            ),
            to_index=self.to_index,
        )
        if direction is Direction.NOTE and state is DeliveryState.CANCELLED:
            self.to_index.pop()  # one that was taken back is found no more
        for scope, provider_id in keys:
            messages.add_key(self.tx, scope, provider_id, n)
        for place in line.places:
            where = self._inbox(place.inbox)
            messages.add_place(self.tx, where.id, MailPlace(place.folder, place.uidvalidity, place.uid), n)
            conversations.saw_inbox(self.tx, conversation, where.id, sent_at)
        for one in line.reactions:
            messages.react(self.tx, n, one.who, one.emoji, ms(one.at, "reactions"))
        messages.add_found(self.tx, n, conversation, found)
        if line.call is not None:
            call_lines.write(self.tx, n, line.call)
        if identity is not None:
            for kind, value in line.tells:
                identity_writing.write_source(self.tx, identity, kind, value, n)
        if line.answers is not None and answers is None:
            self.late.append((n, line.answers))
        self.touched.add(conversation)
        return n, True

    def assignment(self, line: records.Assignment) -> bool:
        """The owner, and the line in the thread that tells of it."""
        conversation = self._known(line.conversation)
        was = conversations.get(self.tx.db, conversation)["assignee"]
        told = records.Message(
            id=line.id,
            conversation=line.conversation,
            direction=str(Direction.ACTIVITY),
            author_kind=str(Author.AGENT if line.by else Author.SYSTEM),
            author=line.by,
            sent_at=line.at,
            text=f"Assigned to {line.to}" if line.to else "Taken back to nobody",
            extra={"code": "assigned", "to": line.to, "was": was},
        )
        _, new = self.message(told)
        if new:
            conversations.set_fields(self.tx, conversation, assignee=line.to)
        return new

    def answer_late(self, n: int, id: str) -> None:
        """The message it answers may have come meanwhile."""
        answered = self._message_n(id)
        if answered is not None:
            self.tx.run("UPDATE message SET answers_n = :answered WHERE n = :n", answered=answered, n=n)

    def _known_message(self, id: str, keys: Sequence[tuple[str, str]]) -> int | None:
        n = self._message_n(id)
        if n is not None:
            return n
        looks = (messages.by_key, messages.by_forgotten)
        found = (look(self.tx.db, scope, provider_id) for look in looks for scope, provider_id in keys)
        return next((n for n in found if n is not None), None)

    def _message_n(self, id: str) -> int | None:
        n = self.tx.value("SELECT n FROM message WHERE id = :id", id=id)
        return None if n is None else int(n)

    def _state(self, line: records.Message, direction: Direction) -> tuple[DeliveryState, str | None]:
        default = DeliveryState.SENT if direction is Direction.OUT else DeliveryState.RECEIVED
        given = _word(DeliveryState, line.state or default, "state")
        state, reason = records.settled(str(given), line.reason)
        return DeliveryState(state), reason

    def _identity_of(
        self, line: records.Message, inbox: inboxes.InboxRow | None, conversation: int, at: int
    ) -> int | None:
        if line.address is None:
            return None
        if inbox is None:
            raise BadLine("address: an inbox is needed with it.")
        row: Row | None = contacts.find_identity(self.tx.db, inbox.id, line.address)
        if row is not None:
            return int(row["id"])
        kind = line.address_kind or ("email" if inbox.channel == "email" else "id")
        contact = int(conversations.get(self.tx.db, conversation)["contact_id"])
        person = Person(line.address, kind, line.contact_name)
        return contacts.identity_for(self.tx, inbox, person, at=at, contact=contact)[0]

    def _inbox(self, name: str) -> inboxes.InboxRow:
        found = inboxes.by_name(self.tx.db, name)
        if found is None:
            raise BadLine(f"The inbox {name} is not here; its line must come before.")
        return found

    def _last_way(self, conversation: int) -> None:
        """Where only we have written, an answer goes the way we went."""
        top = conversations.root(self.tx.db, conversation)
        if conversations.get(self.tx.db, top)["last_identity_id"] is not None:
            return
        row = self.tx.one(
            "SELECT inbox_id, identity_id FROM message WHERE conversation_id = :id AND direction = 'out' "
            "AND identity_id IS NOT NULL ORDER BY n DESC LIMIT 1",
            id=top,
        )
        if row is not None:
            conversations.set_fields(self.tx, top, last_inbox_id=row["inbox_id"], last_identity_id=row["identity_id"])


def _word(kind: type[E], said: str, field: str) -> E:
    """The enum's member. Raises BadLine with those there are."""
    try:
        return kind(said)
    except ValueError:
        raise BadLine(f"{field}: {said!r} is none of {', '.join(kind)}.") from None
