"""Evidence that two contacts are one, as another store understands it: messages by their id, identities by inbox and address.

In a store a side is `{"level", "n", "at", "identity"}` with this store's numbers; in a line it is `{"level", "at", "message",
"inbox", "address"}`, what is unknown left out. A negative `identity` is a contact that another system told of: `contact`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, cast

from unibox_tui.domain.matching import Kind, Level
from unibox_tui.store import contacts, inboxes
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.interchange.records import BadLine, ms
from unibox_tui.store.interchange.snapshot import Snapshot
from unibox_tui.store.reading import marks

SIDES = ("a", "b")
PAGE = 200
Find = Callable[[str], int | None]
"""The number here of a contact's uid."""


class Names:
    """Names of what the evidence of a page speaks of."""

    def __init__(self) -> None:
        self._messages: dict[int, Row] = {}
        self._identities: dict[int, Row] = {}
        self._contacts: dict[int, Row] = {}

    @classmethod
    async def of(cls, db: Snapshot, evidence: Iterable[Mapping[str, Any]]) -> Names:
        found = cls()
        sides = [one[side] for one in evidence for side in SIDES if isinstance(one.get(side), dict)]
        own = {side.get("identity") for side in sides} - {None}
        ns = {side.get("n") for side in sides} - {None}
        found._messages = await _by_id(db, "SELECT n AS id, id AS name FROM message WHERE n IN ({})", ns)
        found._identities = await _by_id(
            db,
            "SELECT d.id, i.name AS inbox, d.address FROM identity d JOIN inbox i ON i.id = d.inbox_id WHERE d.id IN ({})",
            {id for id in own if id >= 0},
        )
        found._contacts = await _by_id(
            db, "SELECT id, uid FROM contact WHERE id IN ({})", {-id for id in own if id < 0}
        )
        return found

    def told(self, evidence: Iterable[Mapping[str, Any]], *, swapped: bool = False) -> list[dict[str, Any]]:
        """`swapped`: `a` and `b` change places."""
        a, b = reversed(SIDES) if swapped else SIDES
        return [
            {"kind": one["kind"], "value": one["value"], "a": self._side(one[a]), "b": self._side(one[b])}
            for one in evidence
        ]

    def _side(self, side: Mapping[str, Any]) -> dict[str, Any]:
        n, identity = side.get("n"), side.get("identity")
        found: dict[str, Any] = {"level": side["level"]}
        if side.get("at") is not None:
            found["at"] = side["at"]
        if n in self._messages:
            found["message"] = self._messages[n]["name"]
        if identity in self._identities:
            found |= {name: self._identities[identity][name] for name in ("inbox", "address")}
        elif identity is not None and -identity in self._contacts:
            found["contact"] = self._contacts[-identity]["uid"]
        return found


def numbered(
    tx: Tx, evidence: Iterable[Mapping[str, Any]], contact: Find, *, swapped: bool = False
) -> list[dict[str, Any]]:
    """With the numbers of this store; `contact` gives the number of a uid. Raises BadLine."""
    found = []
    a, b = reversed(SIDES) if swapped else SIDES
    for one in evidence:
        kind, value = one.get("kind"), one.get("value")
        if kind not in cast(Any, Kind).__args__ or not isinstance(value, str):
            raise BadLine("Evidence needs a kind that is known, and a value.")
        sides = {to: _numbered_side(tx, one.get(side), contact) for to, side in zip(SIDES, (a, b), strict=True)}
        found.append({"kind": kind, "value": value, **sides})
    return found


def _numbered_side(tx: Tx, side: Any, contact: Find) -> dict[str, Any]:
    if not isinstance(side, dict) or side.get("level") not in tuple(Level):
        raise BadLine(f"Evidence: level is one of {', '.join(Level)}.")
    at = side.get("at")
    n = tx.value("SELECT n FROM message WHERE id = :id", id=side.get("message"))
    identity = None
    if isinstance(side.get("contact"), str):
        told = contact(side["contact"])
        identity = None if told is None else -told
    elif isinstance(side.get("inbox"), str) and isinstance(side.get("address"), str):
        inbox = inboxes.by_name(tx.db, side["inbox"])
        row = contacts.find_identity(tx.db, inbox.id, side["address"]) if inbox is not None else None
        identity = None if row is None else int(row["id"])
    return {"level": side["level"], "n": n, "at": None if at is None else ms(at, "at"), "identity": identity}


async def _by_id(db: Snapshot, sql: str, ids: Iterable[Any]) -> dict[int, Row]:
    found: dict[int, Row] = {}
    rest = iter(sorted(id for id in ids if type(id) is int))
    while some := list(islice(rest, PAGE)):
        found.update({row["id"]: row for row in await db.all(sql.format(marks(some)), some)})
    return found
