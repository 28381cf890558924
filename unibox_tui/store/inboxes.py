"""Inboxes and their health. Addresses that receive a token are never here: they are read from the configuration."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import keep, say
from unibox_tui.domain.words import InboxState
from unibox_tui.store import capabilities as capabilities_json
from unibox_tui.store import tallies
from unibox_tui.store.database import Row, Tx


@dataclass(frozen=True, slots=True)
class InboxRow:
    id: int
    name: str
    channel: str
    group_name: str
    title: str
    address: str
    state: InboxState
    capabilities: Capabilities
    region: str
    language: str
    created_at: int = 0

    @property
    def key_scope(self) -> str:
        """Where a provider id is unique: the brand for mail, the inbox for all else."""
        return mail_scope(self.group_name) if self.channel == "email" else self.name


def mail_scope(group: str) -> str:
    return f"mail:{group}"


def _row(row: Row) -> InboxRow:
    return InboxRow(
        id=row["id"],
        name=row["name"],
        channel=row["channel"],
        group_name=row["group_name"],
        title=row["title"],
        address=row["address"],
        state=InboxState(row["state"]),
        capabilities=capabilities_json.loads(row["capabilities"]),
        region=row["region"],
        language=row["language"],
        created_at=row["created_at"],
    )


def by_name(db: sqlite3.Connection, name: str) -> InboxRow | None:
    row = db.execute("SELECT * FROM inbox WHERE name = :name", {"name": name}).fetchone()
    return None if row is None else _row(row)


def named(db: sqlite3.Connection, name: str) -> InboxRow:
    """As `by_name`; raises NotFound with the names there are."""
    found = by_name(db, name)
    if found is None:
        names = ", ".join(inbox.name for inbox in all_inboxes(db))
        hint = (
            say("There are: {names}.", names=names)
            if names
            else say("There is none yet; `unibox inbox add` makes one.")
        )
        raise NotFound(say("No inbox is called {name!r}.", name=name), hint=hint)
    return found


def by_id(db: sqlite3.Connection, id: int) -> InboxRow:
    row = db.execute("SELECT * FROM inbox WHERE id = :id", {"id": id}).fetchone()
    if row is None:
        raise NotFound(say("No inbox has the id {id}.", id=id))
    return _row(row)


def all_inboxes(db: sqlite3.Connection, *, removed: bool = False) -> list[InboxRow]:
    rows = db.execute("SELECT * FROM inbox ORDER BY name").fetchall()
    return [inbox for inbox in map(_row, rows) if removed or inbox.state is not InboxState.REMOVED]


def ensure(
    tx: Tx,
    name: str,
    channel: str,
    group: str,
    title: str,
    address: str,
    capabilities: Capabilities,
    *,
    region: str = "VN",
    language: str = "vi",
    state: InboxState = InboxState.ON,
) -> int:
    """Make or bring up to date the row of a configured inbox; returns its id. Says `changed` only when something did."""
    values = {
        "name": name,
        "channel": channel,
        "group": group,
        "title": title or name,
        "address": address,
        "capabilities": capabilities_json.dumps(capabilities),
        "region": region,
        "language": language,
        "state": str(state),
        "now": tx.now,
    }
    row = tx.one("SELECT * FROM inbox WHERE name = :name", values)
    if row is None:
        id = tx.next_number("inbox")
        tx.run(
            "INSERT INTO inbox (id, name, channel, group_name, title, address, state, capabilities, region, language, "
            "created_at, updated_at) VALUES (:id, :name, :channel, :group, :title, :address, :state, :capabilities, "
            ":region, :language, :now, :now)",
            {**values, "id": id},
        )
        tx.changed("inbox", id)
        return id
    id = int(row["id"])
    compared = ("channel", "title", "address", "capabilities", "region", "language", "state")
    if any(row[key] != values[key] for key in compared) or row["group_name"] != group:
        tx.run(
            "UPDATE inbox SET channel = :channel, group_name = :group, title = :title, address = :address, state = :state, "
            "capabilities = :capabilities, region = :region, language = :language, updated_at = :now WHERE id = :id",
            {**values, "id": id},
        )
        tx.changed("inbox", id)
    return id


def set_state(tx: Tx, id: int, state: InboxState) -> None:
    if tx.run(
        "UPDATE inbox SET state = :state, updated_at = :now WHERE id = :id AND state <> :state",
        id=id,
        state=str(state),
        now=tx.now,
    ):
        tx.changed("inbox", id)


def paused_by_hand(db: sqlite3.Connection, id: int) -> bool:
    """Whether the last who paused or resumed this inbox was a person who paused it, and not the configuration."""
    row = db.execute(
        "SELECT kind FROM event WHERE inbox_id = :id AND kind IN ('inbox.paused', 'inbox.on') ORDER BY seq DESC LIMIT 1",
        {"id": id},
    ).fetchone()
    return row is not None and row["kind"] == "inbox.paused"


HEALTH_FIELDS = frozenset(
    {
        "phase",
        "last_inbound_at",
        "last_check_at",
        "last_ok_at",
        "error",
        "hint",
        "error_since",
        "progress_done",
        "progress_total",
        "last_webhook_at",
        "standing_at",
    }
)


def health(tx: Tx, inbox_id: int, *, quiet: bool = False, **fields: Any) -> None:
    """Set health columns of one inbox. `quiet`: do not ring (times that tick without news)."""
    unknown = fields.keys() - HEALTH_FIELDS
    if unknown:
        raise ValueError(f"no such health field: {sorted(unknown)}")
    tx.run(
        "INSERT INTO inbox_health (inbox_id, updated_at) VALUES (:id, :now) ON CONFLICT (inbox_id) DO NOTHING",
        id=inbox_id,
        now=tx.now,
    )
    sets = "".join(f", {name} = :{name}" for name in sorted(fields))
    tx.run(
        f"UPDATE inbox_health SET updated_at = :now{sets} WHERE inbox_id = :id",
        {**fields, "id": inbox_id, "now": tx.now},
    )
    if not quiet:
        tx.changed("inbox", inbox_id)


def count_forged(tx: Tx, inbox_id: int) -> None:
    """A webhook with a wrong signature was refused."""
    health(tx, inbox_id, quiet=True)
    tx.run("UPDATE inbox_health SET forged = forged + 1 WHERE inbox_id = :id", id=inbox_id)
    tx.changed("inbox", inbox_id)


def failed(tx: Tx, inbox_id: int, error: str, hint: str = "") -> None:
    """Something is wrong since the first of these in a row."""
    health(tx, inbox_id, quiet=True, last_check_at=tx.now, error=keep(error), hint=keep(hint), phase="waiting")
    tallies.count(tx, inbox_id, tallies.ERROR)
    tx.run(
        "UPDATE inbox_health SET error_since = coalesce(error_since, :now) WHERE inbox_id = :id",
        id=inbox_id,
        now=tx.now,
    )
    tx.changed("inbox", inbox_id)


def broken_since(db: sqlite3.Connection, inbox_id: int) -> int | None:
    """Since when an inbox that needs a person does; None for all others."""
    row = db.execute(
        "SELECT h.error_since FROM inbox i JOIN inbox_health h ON h.inbox_id = i.id WHERE i.id = :id AND i.state = 'broken'",
        {"id": inbox_id},
    ).fetchone()
    return None if row is None or row[0] is None else int(row[0])
