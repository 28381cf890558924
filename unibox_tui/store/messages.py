"""Messages of all directions, their bodies, attachments, provider keys and receipts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.ids import N_COUNTER_MAX, n_floor, new_id
from unibox_tui.domain.saying import keep, say
from unibox_tui.domain.words import RECEIPT_ORDER, Author, DeliveryState, Direction, MessageKind
from unibox_tui.store import search
from unibox_tui.store.database import Row, Tx
from unibox_tui.text.fold import FOLD_VERSION

if TYPE_CHECKING:
    from unibox_tui.domain.inbound import MailPlace


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attachment as it goes into the store: bytes held under `sha256`, or a `remote` pointer."""

    name: str
    media_type: str
    size: int
    sha256: str | None = None
    remote: Mapping[str, Any] | None = None
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    conversation: int
    direction: Direction
    author_kind: Author
    text: str
    sent_at: int
    received_at: int
    state: DeliveryState
    inbox_id: int | None = None
    identity_id: int | None = None
    kind: MessageKind = MessageKind.CHAT
    author: str | None = None
    author_unsure: bool = False
    hidden_text: str = ""
    subject: str = ""
    email: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None
    key: tuple[str, str] | None = None  # (scope, provider id)
    client_ref: str | None = None
    automatic: bool = False
    inert: bool = False
    answers_n: int | None = None
    files: Sequence[StoredFile] = ()
    id: str | None = None
    reason: str | None = None
    edited_at: int | None = None
    unsent_at: int | None = None
    # Only from an import: the place in the order if it is free, when the state was reached, where it was born.
    n: int | None = None
    state_at: int | None = None
    born_in: int | None = None
    codes: tuple[tuple[str, str], ...] | None = (
        None  # (value, raw) of those in the text; None: looked for when indexing
    )


def _next_n(tx: Tx, sort_at: int) -> int:
    """The next free `n` of that second; a full second runs over into the next."""
    floor = n_floor(sort_at)
    while True:
        top = tx.value(
            "SELECT max(n) FROM message WHERE n BETWEEN :low AND :high", low=floor, high=floor + N_COUNTER_MAX
        )
        if top is None:
            return floor
        if top < floor + N_COUNTER_MAX:
            return int(top) + 1
        floor += N_COUNTER_MAX + 1


def add(tx: Tx, new: NewMessage, *, to_index: list[search.Entry] | None = None) -> int:
    """Insert the message with body, key, files and search row; returns `n`. Derived columns are the caller's (`refresh`).

    `to_index` takes the search row instead: the caller hands all of them to `search.put_all` before the transaction ends.
    """
    n = new.n
    if n is None or tx.value("SELECT 1 FROM message WHERE n = :n", n=n):
        n = _next_n(tx, min(new.sent_at, new.received_at))
    born_in = new.conversation if new.born_in is None else new.born_in
    tx.run(
        "INSERT INTO message (n, id, conversation_id, born_in, inbox_id, identity_id, direction, kind, author_kind, author, "
        "author_unsure, sent_at, received_at, state, state_at, reason, client_ref, automatic, inert, has_files, answers_n, "
        "unsent_at, edited_at) VALUES (:n, :id, :conversation, :born_in, :inbox, :identity, :direction, :kind, "
        ":author_kind, :author, :unsure, :sent_at, :received_at, :state, :state_at, :reason, :client_ref, :automatic, :inert, "
        ":has_files, :answers, :unsent_at, :edited_at)",
        n=n,
        id=new.id or new_id(min(new.sent_at, new.received_at)),
        conversation=new.conversation,
        born_in=born_in,
        inbox=new.inbox_id,
        identity=new.identity_id,
        direction=str(new.direction),
        kind=str(new.kind),
        author_kind=str(new.author_kind),
        author=new.author,
        unsure=int(new.author_unsure),
        sent_at=new.sent_at,
        received_at=new.received_at,
        state=str(new.state),
        state_at=tx.now if new.state_at is None else new.state_at,
        reason=new.reason,
        client_ref=new.client_ref,
        automatic=int(new.automatic),
        inert=int(new.inert),
        has_files=int(bool(new.files)),
        answers=new.answers_n,
        unsent_at=new.unsent_at,
        edited_at=new.edited_at,
    )
    tx.run(
        "INSERT INTO message_body (n, text, hidden_text, subject, email, extra, fold_version) "
        "VALUES (:n, :text, :hidden, :subject, :email, :extra, :version)",
        n=n,
        text=new.text,
        hidden=new.hidden_text,
        subject=new.subject,
        email=_json(new.email),
        extra=_json(new.extra),
        version=FOLD_VERSION,
    )
    if new.key is not None:
        add_key(tx, new.key[0], new.key[1], n)
    add_files(tx, n, new.files, slow=new.inert)
    if new.direction is not Direction.ACTIVITY:
        entry = search.Entry(
            n, new.text, new.subject, new.inbox_id, str(new.direction), new.identity_id, born_in, new.codes
        )
        if to_index is None:
            search.put_all(tx, [entry])
        else:
            to_index.append(entry)
    if new.inbox_id is not None:
        tx.run(
            "INSERT INTO conversation_inbox (conversation_id, inbox_id, last_at) VALUES (:id, :inbox, :at) "
            "ON CONFLICT (conversation_id, inbox_id) DO UPDATE SET last_at = excluded.last_at "
            "WHERE excluded.last_at > conversation_inbox.last_at",
            id=new.conversation,
            inbox=new.inbox_id,
            at=new.received_at,
        )
    return n


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if not value else json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))


def add_key(tx: Tx, scope: str, provider_id: str, n: int) -> None:
    tx.run(
        "INSERT INTO message_key (scope, provider_id, n) VALUES (:scope, :id, :n) ON CONFLICT (scope, provider_id) DO NOTHING",
        scope=scope,
        id=provider_id,
        n=n,
    )


def add_files(tx: Tx, n: int, files: Sequence[StoredFile], *, slow: bool = False) -> None:
    """`slow`: what still lies at the provider is fetched after all else."""
    tx.many(
        "INSERT INTO attachment (id, n, position, name, media_type, size, sha256, remote, state, inline, content_id, slow) "
        "VALUES (:id, :n, :position, :name, :type, :size, :sha256, :remote, :state, :inline, :content_id, :slow)",
        [
            {
                "id": new_id(tx.now),
                "n": n,
                "position": position,
                "name": file.name,
                "type": file.media_type,
                "size": file.size,
                "sha256": file.sha256,
                "remote": _json(file.remote),
                "state": "held" if file.sha256 else "remote" if file.remote else "failed",
                "inline": int(file.inline),
                "content_id": file.content_id,
                "slow": int(slow),
            }
            for position, file in enumerate(files)
        ],
    )


def by_key(db: sqlite3.Connection, scope: str, provider_id: str) -> int | None:
    row = db.execute(
        "SELECT n FROM message_key WHERE scope = :scope AND provider_id = :id", {"scope": scope, "id": provider_id}
    ).fetchone()
    return None if row is None else int(row[0])


def by_forgotten(db: sqlite3.Connection, scope: str, provider_id: str) -> int | None:
    """The message that had this id before its writer was forgotten: it must not come in again, nor be answered."""
    return by_key(db, scope, forgotten_id(scope, provider_id))


def forgotten_id(scope: str, provider_id: str) -> str:
    """What stays of a provider's id when who wrote is forgotten."""
    import hashlib

    return f"forgotten:{hashlib.sha256(f'{scope} {provider_id}'.encode()).hexdigest()}"


def by_ref(db: sqlite3.Connection, client_ref: str) -> int | None:
    row = db.execute("SELECT n FROM message WHERE client_ref = :ref LIMIT 1", {"ref": client_ref}).fetchone()
    return None if row is None else int(row[0])


def get(db: sqlite3.Connection, n: int) -> Row:
    row: Row | None = db.execute(
        "SELECT m.*, b.text, b.hidden_text, b.subject, b.email, b.extra FROM message m JOIN message_body b ON b.n = m.n "
        "WHERE m.n = :n",
        {"n": n},
    ).fetchone()
    if row is None:
        raise NotFound("There is no such message.")
    return row


def by_id(db: sqlite3.Connection, id: str) -> Row:
    """By public id, or the beginning of it if that is unique."""
    rows = db.execute(
        "SELECT n FROM message WHERE id >= :low AND id < :high LIMIT 2", {"low": id, "high": id + "~"}
    ).fetchall()
    if not id or len(rows) != 1:
        raise NotFound(
            say("No single message has the id {id!r}.", id=id), hint="`unibox show CONVERSATION --json` lists the ids."
        )
    return get(db, int(rows[0][0]))


def files(db: sqlite3.Connection, n: int) -> list[Row]:
    return db.execute("SELECT * FROM attachment WHERE n = :n ORDER BY position", {"n": n}).fetchall()


def add_place(tx: Tx, inbox_id: int, place: MailPlace, n: int) -> bool:
    """Where a mail was seen; False when known already."""
    return bool(
        tx.run(
            "INSERT INTO mail_place (inbox_id, folder, uidvalidity, uid, n) VALUES (:inbox, :folder, :validity, :uid, :n) "
            "ON CONFLICT (inbox_id, folder, uidvalidity, uid) DO NOTHING",
            inbox=inbox_id,
            folder=place.folder,
            validity=place.uidvalidity,
            uid=place.uid,
            n=n,
        )
    )


def miss(tx: Tx, scope: str, provider_ids: Sequence[str], n: int) -> None:
    """Remember that message `n` refers to these, which are not here."""
    tx.many(
        "INSERT INTO missing_ancestor (scope, provider_id, n) VALUES (:scope, :id, :n) ON CONFLICT DO NOTHING",
        [{"scope": scope, "id": id, "n": n} for id in provider_ids],
    )


def referring(db: sqlite3.Connection, scope: str, provider_ids: Sequence[str]) -> int | None:
    """A message that refers to one of these missing ones, or None."""
    for id in provider_ids:
        row = db.execute(
            "SELECT n FROM missing_ancestor WHERE scope = :scope AND provider_id = :id ORDER BY n LIMIT 1",
            {"scope": scope, "id": id},
        ).fetchone()
        if row is not None:
            return int(row[0])
    return None


def move_state(
    tx: Tx, n: int, state: DeliveryState, *, at: int | None = None, reason: str | None = None, forced: bool = False
) -> bool:
    """Receipts only move a message forward; `failed` counts until somebody has it; `forced` is our own sender speaking.

    Returns whether anything changed.
    """
    row = tx.one("SELECT state, conversation_id, direction FROM message WHERE n = :n", n=n)
    if row is None or row["direction"] != Direction.OUT:
        return False
    old = DeliveryState(row["state"])
    if not forced:
        if old is DeliveryState.CANCELLED:
            return False
        if state is DeliveryState.FAILED:
            if old in (DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.FAILED):
                return False
        elif RECEIPT_ORDER.get(state, -1) <= RECEIPT_ORDER.get(old, -1):
            return False
    if old is state and reason is None:
        return False
    tx.run(
        "UPDATE message SET state = :state, state_at = :at, reason = :reason WHERE n = :n",
        n=n,
        state=str(state),
        at=tx.now if at is None else at,
        reason=None if reason is None else keep(reason),
    )
    tx.changed("conversation", row["conversation_id"])
    return True


def edit(tx: Tx, n: int, text: str, at: int) -> None:
    """The writer changed it; the search row follows."""
    if tx.value("SELECT 1 FROM message WHERE n = :n AND (edited_at IS NULL OR edited_at <= :at)", n=n, at=at) is None:
        return
    search.remove(tx, n)
    tx.run(
        "UPDATE message_body SET text = :text, fold_version = :version WHERE n = :n",
        n=n,
        text=text,
        version=FOLD_VERSION,
    )
    tx.run("UPDATE message SET edited_at = :at WHERE n = :n", n=n, at=at)
    search.put_stored(tx, n)


def unsend(tx: Tx, n: int, at: int) -> None:
    """The writer took it back: words and files go, the fact stays."""
    search.remove(tx, n)
    tx.run(
        "UPDATE message_body SET text = '', hidden_text = '', subject = '', email = NULL, extra = NULL WHERE n = :n",
        n=n,
    )
    tx.run("DELETE FROM attachment WHERE n = :n", n=n)
    tx.run("DELETE FROM found WHERE n = :n", n=n)
    tx.run("UPDATE message SET unsent_at = :at, has_files = 0 WHERE n = :n", n=n, at=at)


def react(tx: Tx, n: int, who: str, emoji: str, at: int) -> None:
    """An empty emoji takes it back."""
    if emoji:
        tx.run(
            "INSERT INTO reaction (n, who, emoji, at) VALUES (:n, :who, :emoji, :at) "
            "ON CONFLICT (n, who) DO UPDATE SET emoji = excluded.emoji, at = excluded.at",
            n=n,
            who=who,
            emoji=emoji,
            at=at,
        )
    else:
        tx.run("DELETE FROM reaction WHERE n = :n AND who = :who", n=n, who=who)


def outbound_until(db: sqlite3.Connection, identity_id: int, until: int) -> list[int]:
    """Our messages to this identity that a watermark covers and that could still move."""
    rows = db.execute(
        "SELECT n FROM message WHERE identity_id = :identity AND direction = 'out' AND sent_at <= :until "
        "AND state IN ('sent', 'delivered', 'unknown', 'sending') ORDER BY n DESC LIMIT 500",
        {"identity": identity_id, "until": until},
    )
    return [int(row[0]) for row in rows]


def add_found(tx: Tx, n: int, conversation: int, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """(kind, value, raw, confidence) found in the text of a message."""
    tx.many(
        "INSERT INTO found (kind, value, n, raw, confidence, conversation_id) "
        "VALUES (:kind, :value, :n, :raw, :confidence, :conversation) ON CONFLICT DO NOTHING",
        [
            {"kind": kind, "value": value, "n": n, "raw": raw, "confidence": confidence, "conversation": conversation}
            for kind, value, raw, confidence in rows
        ],
    )


def activity(tx: Tx, conversation: int, code: str, text: str, actor: str | None, **data: Any) -> int:
    """A dim line in the thread. `code` and `data` say it in any language; `text` is plain English."""
    return add(
        tx,
        NewMessage(
            conversation=conversation,
            direction=Direction.ACTIVITY,
            author_kind=Author.AGENT if actor else Author.SYSTEM,
            author=actor,
            text=text,
            sent_at=tx.now,
            received_at=tx.now,
            state=DeliveryState.RECEIVED,
            extra={"code": code, **data},
        ),
    )


def provider_id(db: sqlite3.Connection, n: int) -> str | None:
    """What the provider calls this message; the first it was known by."""
    row = db.execute("SELECT provider_id FROM message_key WHERE n = :n LIMIT 1", {"n": n}).fetchone()
    return None if row is None else str(row[0])


def last_of_identity(db: sqlite3.Connection, conversation_ids: list[int], identity_id: int) -> int | None:
    """The customer's newest message from this identity in these conversations, else our newest to it."""
    marks = ",".join(str(int(id)) for id in conversation_ids)
    row = db.execute(
        f"SELECT n FROM message WHERE identity_id = :identity AND conversation_id IN ({marks}) AND direction IN ('in', 'out') "
        "AND state <> 'cancelled' ORDER BY direction = 'in' DESC, n DESC LIMIT 1",
        {"identity": identity_id},
    ).fetchone()
    return None if row is None else int(row[0])


def cancel_note(tx: Tx, n: int, cancelled: bool) -> bool:
    """A note taken back keeps its row, unseen and unsearched; False when nothing changed."""
    state = DeliveryState.CANCELLED if cancelled else DeliveryState.RECEIVED
    if not tx.run(
        "UPDATE message SET state = :state WHERE n = :n AND direction = 'note' AND state <> :state",
        n=n,
        state=str(state),
    ):
        return False
    if cancelled:
        search.remove(tx, n)
    else:
        search.put_stored(tx, n)
    return True


def last_said(db: sqlite3.Connection, conversation_ids: list[int]) -> int | None:
    """The customer's newest message in these conversations, else ours."""
    marks = ",".join(str(int(id)) for id in conversation_ids)
    row = db.execute(
        f"SELECT n FROM message WHERE conversation_id IN ({marks}) AND direction IN ('in', 'out') "
        "AND state <> 'cancelled' ORDER BY direction = 'in' DESC, n DESC LIMIT 1"
    ).fetchone()
    return None if row is None else int(row[0])


def public_ids(db: sqlite3.Connection, ns: Sequence[int]) -> dict[int, str]:
    """n -> public id, of those that exist."""
    found: dict[int, str] = {}
    for start in range(0, len(ns), 500):
        some = list(ns[start : start + 500])
        rows = db.execute(f"SELECT n, id FROM message WHERE n IN ({','.join('?' * len(some))})", some)
        found.update((int(row[0]), str(row[1])) for row in rows)
    return found


def file(db: sqlite3.Connection, id: str) -> Row | None:
    """One attachment by its id."""
    row: Row | None = db.execute("SELECT * FROM attachment WHERE id = :id", {"id": id}).fetchone()
    return row
