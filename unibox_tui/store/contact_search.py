"""Contacts listed and found by anything: a name or part of it, an address, a phone, an order code, a number. Reads only.

Only contacts that stand by themselves are given; one that was merged stands for who they are now.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Sequence

from unibox_tui.store import people
from unibox_tui.store.database import Row
from unibox_tui.store.reading import marks
from unibox_tui.text.fold import fold
from unibox_tui.text.keys import normal

MOST = 500  # found by one way of looking
MOST_WORDS = 8  # looked for each by itself
_SEEN = "coalesce(t.last_seen_at, 0)"
_DIGITS = re.compile(r"\d")


def latest(db: sqlite3.Connection, limit: int, after: tuple[int, int] | None = None) -> list[int]:
    """Who was here last; `after`: (last seen or 0, id) of the last one of the page before."""
    at, id = after or (1 << 62, 1 << 62)
    rows = db.execute(
        f"SELECT t.id FROM contact t WHERE t.merged_into IS NULL AND ({_SEEN}, t.id) < (:at, :id) "
        f"AND t.forgotten_at IS NULL ORDER BY {_SEEN} DESC, t.id DESC LIMIT :limit",
        {"at": at, "id": id, "limit": limit},
    )
    return [int(row[0]) for row in rows]


def place(db: sqlite3.Connection, contact: int) -> tuple[int, int]:
    """Where a contact stands in the list: what `after` takes."""
    row = db.execute(f"SELECT {_SEEN} FROM contact t WHERE t.id = :id", {"id": contact}).fetchone()
    return (int(row[0]) if row else 0, contact)


def found(db: sqlite3.Connection, said: str, limit: int, region: str = "VN") -> list[int]:
    """Those who have this in their name, address, phone, e-mail or order codes, or whose number or conversation it is;
    the last seen first."""
    ids = {*_named(db, said), *_keyed(db, said, region), *_numbered(db, said)}
    return _standing(db, ids, limit)


def alike(db: sqlite3.Connection, said: str, limit: int) -> list[int]:
    """Whose names and addresses share most with what was typed, best first: for when nothing holds it as it stands."""
    folded = " ".join(fold(said).split())
    pieces = list(dict.fromkeys(folded[at : at + 3] for at in range(len(folded) - 2)))
    if not pieces:
        return []
    match = " OR ".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
    rows = db.execute(
        "SELECT rowid FROM people WHERE people MATCH :match ORDER BY rank LIMIT :limit",
        {"match": match, "limit": limit},
    ).fetchall()
    roots = _roots(db, [int(row[0]) for row in rows])
    return list(dict.fromkeys(roots))


def _named(db: sqlite3.Connection, said: str) -> Iterable[int]:
    """Those with all words of it in their names and addresses, wherever each stands."""
    words = list(dict.fromkeys(said.split()))[:MOST_WORDS] or [said]
    ids = people.matching(db, said, MOST)
    if len(said.split()) < 2 or ids is None:
        return _scanned(db, [said]) if ids is None else ids
    longer = [word for word in words if len(fold(word)) >= people.SHORTEST]
    some = {word: held for word in longer if (held := people.matching(db, word, MOST)) is not None}
    if not some:
        return {*ids, *_scanned(db, words)}
    both = set.intersection(*map(set, some.values()))
    return {*ids, *_scanned(db, [word for word in words if word not in some], both)}


def _scanned(db: sqlite3.Connection, words: Sequence[str], among: Collection[int] | None = None) -> list[int]:
    """Looked for row by row: those who have each of these words, the last seen first; `among`: only of these."""
    have = "(t.name GLOB :like{0} OR EXISTS (SELECT 1 FROM identity i WHERE i.contact_id = t.id AND (i.address GLOB :like{0} OR i.name GLOB :like{0})))"
    within = "" if among is None else f"AND t.id IN ({','.join(map(str, sorted(among)))}) "
    each = "".join(f"AND {have.format(place)} " for place in range(len(words)))
    rows = db.execute(
        f"SELECT t.id FROM contact t WHERE {'t.merged_into IS NULL AND ' if among is None else ''}t.forgotten_at IS NULL "
        f"{within}{each}ORDER BY {_SEEN} DESC, t.id DESC LIMIT :most",
        {"most": MOST, **{f"like{place}": people.glob(word) for place, word in enumerate(words)}},
    )
    return [int(row[0]) for row in rows]


def _keyed(db: sqlite3.Connection, said: str, region: str) -> Iterable[int]:
    word = said.strip()
    norms = {kind: normal(kind, word, region) or None for kind in ("phone", "email")}
    rows = db.execute(
        "SELECT contact_id FROM contact_key WHERE (kind = 'phone' AND norm = :phone) OR (kind = 'email' AND norm = :email) "
        "UNION SELECT c.contact_id FROM found f JOIN conversation c ON c.id = f.conversation_id "
        "WHERE f.kind = 'order' AND f.value = :code UNION SELECT contact_id FROM identity WHERE address = :word LIMIT :most",
        {**norms, "code": word.upper(), "word": word, "most": MOST},
    ).fetchall()
    ids = [int(row[0]) for row in rows]
    if len(word) >= people.SHORTEST and not re.search(
        r"\s", word
    ):  # of whom no message came the people's index has no e-mail
        ids += [
            int(row[0])
            for row in db.execute(
                "SELECT contact_id FROM contact_key WHERE kind = 'email' AND norm >= :low AND norm < :high LIMIT :most",
                {"low": word.casefold(), "high": word.casefold() + "\U0010ffff", "most": MOST},
            )
        ]
    digits = "".join(_DIGITS.findall(word))
    if len(digits) >= 4 and not re.search(r"[^\d\s.+()-]", word):
        ids += [
            int(row[0])
            for row in db.execute(
                "SELECT contact_id FROM contact_key WHERE kind = 'phone' AND norm GLOB :ends LIMIT :most",
                {"ends": f"*{digits.lstrip('0') or digits}", "most": MOST},
            )
        ]
    return ids


def _numbered(db: sqlite3.Connection, said: str) -> Iterable[int]:
    word = said.strip()
    number = word.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        return []
    ids = [] if word.startswith("#") else [int(number)]
    row = db.execute("SELECT contact_id FROM conversation WHERE id = :id", {"id": int(number)}).fetchone()
    return ids if row is None else [*ids, int(row[0])]


def _roots(db: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    rows = db.execute(
        "WITH RECURSIVE up (start, id, next, depth) AS ("
        f" SELECT id, id, merged_into, 0 FROM contact WHERE id IN ({marks(ids)})"
        " UNION SELECT up.start, t.id, t.merged_into, up.depth + 1 FROM contact t JOIN up ON t.id = up.next "
        " WHERE up.depth < 1000) SELECT start, id FROM up WHERE next IS NULL",
        list(ids),
    )
    tops = {int(row[0]): int(row[1]) for row in rows}
    return [tops[id] for id in ids if id in tops]


def _standing(db: sqlite3.Connection, ids: Collection[int], limit: int) -> list[int]:
    tops = sorted(set(_roots(db, sorted(ids))))
    rows = db.execute(
        f"SELECT t.id FROM contact t WHERE t.id IN ({marks(tops)}) AND t.forgotten_at IS NULL "
        f"ORDER BY {_SEEN} DESC, t.id DESC LIMIT ?",
        [*tops, limit],
    )
    return [int(row[0]) for row in rows]


def lines(db: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """What a list shows of each: id, name (or the name or address they wrote from last), title, language, note, last_seen_at,
    conversations, and open ones."""
    rows = db.execute(
        "SELECT t.id, t.title, t.language, t.note, t.last_seen_at, coalesce(nullif(t.name, ''), (SELECT "
        "coalesce(nullif(d.name, ''), d.address) FROM identity d WHERE d.contact_id = t.id ORDER BY d.last_seen_at DESC, d.id "
        "LIMIT 1), '') AS name, (SELECT count(*) FROM conversation c WHERE c.contact_id = t.id AND c.joined_into IS NULL) "
        "AS conversations, (SELECT c.id FROM conversation c WHERE c.contact_id = t.id AND c.joined_into IS NULL "
        "ORDER BY c.last_at DESC LIMIT 1) AS last_conversation "
        f"FROM contact t WHERE t.id IN ({marks(ids)})",
        list(ids),
    ).fetchall()
    by_id = {row["id"]: row for row in rows}
    return [by_id[id] for id in ids if id in by_id]


def addresses(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[Row]]:
    """contact -> their identities (channel, address, name), last used first."""
    result: dict[int, list[Row]] = {}
    for row in db.execute(
        "SELECT d.contact_id, d.address, d.name, d.verified, i.channel FROM identity d JOIN inbox i ON i.id = d.inbox_id "
        f"WHERE d.contact_id IN ({marks(ids)}) ORDER BY d.last_seen_at DESC, d.id",
        list(ids),
    ):
        result.setdefault(int(row["contact_id"]), []).append(row)
    return result
