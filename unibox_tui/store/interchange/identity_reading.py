"""The identities of contacts, as parts of their lines: keys, windows, what was handed over, how they stand."""

from __future__ import annotations

import json
from collections.abc import Sequence

from unibox_tui.store.database import Row
from unibox_tui.store.interchange import records
from unibox_tui.store.interchange.snapshot import Snapshot
from unibox_tui.store.reading import marks

Told = dict[int, list[records.Key | records.OutsideId]]


async def identities(db: Snapshot, contacts: Sequence[int]) -> dict[int, list[tuple[int, records.Identity]]]:
    """Contact -> (inbox, identity) of those at home with it, whatever it is merged into."""
    rows = await db.all(
        "SELECT d.*, coalesce(d.home, d.contact_id) AS at_home, i.name AS inbox FROM identity d "
        f"JOIN inbox i ON i.id = d.inbox_id WHERE d.home IN ({marks(contacts)}) "
        f"OR (d.home IS NULL AND d.contact_id IN ({marks(contacts)})) ORDER BY i.name, d.address",
        [*contacts, *contacts],
    )
    beside = await _Beside.of(db, [row["id"] for row in rows], sorted({row["contact_id"] for row in rows}))
    found: dict[int, list[tuple[int, records.Identity]]] = {}
    for row in rows:
        identity = records.Identity(
            inbox=row["inbox"],
            address=row["address"],
            kind=row["kind"],
            name=row["name"],
            verified=bool(row["verified"]),
            attributes=json.loads(row["attributes"] or "{}"),
            first_seen_at=row["first_seen_at"],
            last_seen_at=row["last_seen_at"],
            windows=beside.windows.get(row["id"], {}),
            keys=beside.keys.get(row["id"], []),
            given=beside.given.get(row["id"], []),
            standing=beside.standings.get(row["id"]),
        )
        found.setdefault(row["at_home"], []).append((row["inbox_id"], identity))
    return found


class _Beside:
    """What hangs on identities, by their number."""

    def __init__(self) -> None:
        self.keys: dict[int, list[records.Key]] = {}
        self.windows: dict[int, dict[str, records.Time]] = {}
        self.given: dict[int, list[records.Given]] = {}
        self.standings: dict[int, records.Standing] = {}

    @classmethod
    async def of(cls, db: Snapshot, ids: list[int], owners: list[int]) -> _Beside:
        """`owners`: who has these identities now."""
        found = cls()
        for start in range(0, len(ids), 200):
            some = ids[start : start + 200]
            for row in await db.all(
                f"SELECT * FROM reply_window WHERE identity_id IN ({marks(some)}) ORDER BY identity_id, what", some
            ):
                found.windows.setdefault(row["identity_id"], {})[row["what"]] = row["at"]
            for row in await db.all(
                f"SELECT * FROM given WHERE identity_id IN ({marks(some)}) ORDER BY identity_id, name", some
            ):
                given = records.Given(name=row["name"], value=row["value"], source=row["source"], at=row["at"])
                found.given.setdefault(row["identity_id"], []).append(given)
            for row in await db.all(f"SELECT * FROM identity_standing WHERE identity_id IN ({marks(some)})", some):
                if facts := json.loads(row["facts"]):
                    found.standings[row["identity_id"]] = records.Standing(facts=facts, at=row["at"])
        wanted = set(ids)
        for row in await keys_of(db, owners):
            if row["identity_id"] in wanted:
                found.keys.setdefault(row["identity_id"], []).append(_key(row))
        return found


async def told_of(db: Snapshot, contacts: Sequence[int]) -> Told:
    """What other systems told of these contacts themselves."""
    found: Told = {}
    roots = await db.all(
        f"WITH RECURSIVE up (id, next) AS (SELECT id, merged_into FROM contact WHERE id IN ({marks(contacts)}) UNION "
        "SELECT t.id, t.merged_into FROM contact t JOIN up ON t.id = up.next) SELECT id FROM up WHERE next IS NULL",
        contacts,
    )
    own = {-id for id in contacts}
    for row in await keys_of(db, [row["id"] for row in roots]):
        if row["identity_id"] in own:
            found.setdefault(-row["identity_id"], []).append(_key(row))
    for row in await db.all(
        f"SELECT * FROM outside_id WHERE contact_id IN ({marks(contacts)}) ORDER BY system, external_id", contacts
    ):
        outside = records.OutsideId(system=row["system"], id=row["external_id"], at=row["at"])
        found.setdefault(row["contact_id"], []).append(outside)
    return found


async def keys_of(db: Snapshot, owners: Sequence[int]) -> list[Row]:
    """Of who has them now; that way there is an index, by identity there is none."""
    found: list[Row] = []
    for start in range(0, len(owners), 200):
        some = list(owners[start : start + 200])
        found += await db.all(
            f"SELECT * FROM contact_key WHERE contact_id IN ({marks(some)}) ORDER BY identity_id, kind, value", some
        )
    return found


def _key(row: Row) -> records.Key:
    return records.Key(kind=row["kind"], value=row["value"], verified=bool(row["verified"]), at=row["at"])
