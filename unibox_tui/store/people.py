"""Customers by part of a name or address: an index of folded text that follows the contacts one write behind.

Triggers note which contacts changed; `refresh` folds those anew. Readers look at the noted ones themselves, so what they
find is never out of date.
"""

from __future__ import annotations

import sqlite3
from functools import cache

from unibox_tui.store.database import Tx
from unibox_tui.text.fold import fold

SHORTEST = 3  # characters; less is looked for row by row


def refresh(tx: Tx, limit: int = 50) -> int:
    """Bring up to `limit` changed contacts up to date; returns how many there were."""
    stale = [int(row[0]) for row in tx.all("SELECT contact_id FROM people_stale LIMIT :limit", limit=limit)]
    for id in stale:
        tx.run("DELETE FROM people WHERE rowid = :id", id=id)
        row = tx.one("SELECT name FROM contact WHERE id = :id", id=id)
        if row is not None:
            texts = {fold(row["name"])}
            for known in tx.all("SELECT address, name FROM identity WHERE contact_id = :id", id=id):
                texts |= {fold(known["address"]), fold(known["name"])}
            tx.run("INSERT INTO people (rowid, text) VALUES (:id, :text)", id=id, text="\n".join(sorted(texts - {""})))
        tx.run("DELETE FROM people_stale WHERE contact_id = :id", id=id)
    return len(stale)


def matching(db: sqlite3.Connection, said: str, most: int) -> list[int] | None:
    """Contacts that have this in their name, or in a name or address on a channel; None when there are more than `most`.

    Contacts merged into others are told by their own names.
    """
    folded = " ".join(fold(said).split())
    like = glob(said)
    changed = (
        "SELECT s.contact_id FROM people_stale s CROSS JOIN contact t WHERE t.id = s.contact_id AND (t.name GLOB :like "
        "OR EXISTS (SELECT 1 FROM identity i WHERE i.contact_id = t.id AND (i.address GLOB :like OR i.name GLOB :like)))"
    )
    if len(folded) >= SHORTEST:
        quoted = '"' + folded.replace('"', '""') + '"'
        settled = (
            "SELECT rowid FROM people WHERE people MATCH :match "
            "AND NOT EXISTS (SELECT 1 FROM people_stale s WHERE s.contact_id = people.rowid)"
        )
    else:
        quoted = ""
        # The plus: the index believes it can answer two letters of several bytes, and finds nothing.
        settled = (
            "SELECT rowid FROM people WHERE +text GLOB :folded "
            "AND NOT EXISTS (SELECT 1 FROM people_stale s WHERE s.contact_id = people.rowid)"
        )
    rows = db.execute(
        f"SELECT * FROM ({settled}) UNION ALL SELECT * FROM ({changed}) LIMIT :most",
        {"match": quoted, "folded": f"*{_plain(folded)}*", "like": like, "most": most + 1},
    ).fetchall()
    return None if len(rows) > most else sorted({int(row[0]) for row in rows})


def glob(text: str) -> str:
    """A pattern that finds `text` anywhere in an NFC string, whatever the case and accents."""
    variants = _variants()
    return "*" + "".join(variants.get(c) or _plain(c) for c in " ".join(fold(text).split())) + "*"


def _plain(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


@cache
def _variants() -> dict[str, str]:
    """folded letter -> all letters that fold to it, as a class of GLOB."""
    found: dict[str, list[str]] = {}
    for code in (*range(0x41, 0x250), *range(0x1E00, 0x1F00)):
        folded = fold(chr(code))
        if len(folded) == 1 and chr(code).isalpha():
            found.setdefault(folded, []).append(chr(code))
    return {letter: f"[{''.join(letters)}]" for letter, letters in found.items()}
