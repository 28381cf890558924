"""The full-text tables: writing them in step with the messages, and reading message numbers out of them.

`search` is contentless: an index row can be taken out only with the exact text that was put in. That is
`message_body.search_text` when it is set, else `indexed_text(text, subject)`, folded with the row's `fold_version`;
so `remove` and `replace` are called while `message_body` still holds the old words.
`search_code` holds codes, numbers and mail addresses found in a message, each findable by any three characters in a row.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Conflict, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import people
from unibox_tui.store.database import Database, Tx
from unibox_tui.text.fold import FOLD_VERSION, fold
from unibox_tui.text.search import SearchTooShort, index_text, match_query

if TYPE_CHECKING:
    from unibox_tui.domain.query import Word, Words

RELEVANCE_AMONG = 2_000
FOLDS: dict[int, Callable[[str], str]] = {FOLD_VERSION: index_text}

_CODE_LIKE = re.compile(r"(?=.*[0-9@])\S{3,}")
_TOKENIZER = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"


# -- writing -------------------------------------------------------------------------------------------------------


def indexed_text(text: str, subject: str) -> str:
    return f"{subject}\n{text}" if subject else text


def put(
    tx: Tx,
    n: int,
    *,
    text: str,
    subject: str,
    inbox_id: int | None,
    direction: str,
    identity_id: int | None,
    born_in: int,
    codes: Iterable[tuple[str, str]] | None = None,
) -> None:
    """Index the message `n`, whose `message_body` holds these words with the present FOLD_VERSION.

    `codes`: (value, raw) of the codes in them when the caller has looked already.
    """
    words = indexed_text(text, subject)
    k = _tokens(inbox_id, direction, identity_id, born_in)
    folded = index_text(words)
    for table in _tables(tx, n):
        tx.run(f"INSERT INTO {table} (rowid, text, k) VALUES (:n, :text, :k)", n=n, text=folded, k=k)
    people.refresh(tx)
    _put_codes(tx, n, words, inbox_id, codes)


@dataclass(frozen=True, slots=True)
class Entry:
    """What `put` is to be told, later."""

    n: int
    text: str
    subject: str
    inbox_id: int | None
    direction: str
    identity_id: int | None
    born_in: int
    codes: tuple[tuple[str, str], ...] | None = None


def put_stored(tx: Tx, n: int) -> None:
    """Index a message as its rows say now, after a change to them; `remove` it before they change."""
    row = tx.one(_STORED + " WHERE m.n = :n", n=n)
    assert row is not None
    put(
        tx,
        n,
        text=row["text"],
        subject=row["subject"],
        inbox_id=row["inbox_id"],
        direction=row["direction"],
        identity_id=row["identity_id"],
        born_in=row["born_in"],
    )


def put_all(tx: Tx, entries: Iterable[Entry]) -> None:
    """Index many messages at once, in order: between other writes each would cost a segment of its own."""
    for entry in sorted(entries, key=lambda entry: entry.n):
        put(
            tx,
            entry.n,
            text=entry.text,
            subject=entry.subject,
            inbox_id=entry.inbox_id,
            direction=entry.direction,
            identity_id=entry.identity_id,
            born_in=entry.born_in,
            codes=entry.codes,
        )


def remove(tx: Tx, n: int) -> None:
    """Take the message out; nothing happens for one that is not in (an activity line, one removed before)."""
    row = tx.one(_STORED + " WHERE m.n = :n", n=n)
    if row is None:
        return
    for table in _tables(tx, n):
        # Taking out what was never put in would leave false counts behind.
        if tx.value(f"SELECT 1 FROM {table}_docsize WHERE id = :n", n=n):
            tx.run(
                f"INSERT INTO {table} ({table}, rowid, text, k) VALUES ('delete', :n, :text, :k)",
                n=n,
                text=_folded(row, row["fold_version"] if table == "search" else FOLD_VERSION),
                k=_tokens(row["inbox_id"], row["direction"], row["identity_id"], row["born_in"]),
            )
    tx.run("DELETE FROM search_code WHERE rowid = :n", n=n)


def replace(tx: Tx, n: int, *, text: str, subject: str) -> None:
    """The message says something else now. Call it before `message_body` changes."""
    remove(tx, n)
    row = tx.one("SELECT inbox_id, direction, identity_id, born_in FROM message WHERE n = :n", n=n)
    if row is not None and row["direction"] != "activity":
        put(tx, n, text=text, subject=subject, **dict(row))


def merge_segments(tx: Tx, pages: int = 500) -> bool:
    """One step of merging, after which removed words are gone from the file; False when nothing is left to merge."""
    before = tx.db.total_changes
    tx.run("INSERT INTO search (search, rank) VALUES ('merge', :pages)", pages=-pages)
    return tx.db.total_changes - before >= 2


_STORED = (
    "SELECT m.n, m.inbox_id, m.direction, m.identity_id, m.born_in, b.text, b.subject, b.search_text, b.fold_version "
    "FROM message m JOIN message_body b ON b.n = m.n"
)


def _folded(row: sqlite3.Row, version: int) -> str:
    fold_then = FOLDS.get(version)
    if fold_then is None:
        raise Conflict(
            say(
                "The search index was written with folding {version}, which this unibox does not know.", version=version
            ),
            hint="`unibox doctor` rebuilds the index.",
            code="fold_unknown",
        )
    return fold_then(_words(row))


def _words(row: sqlite3.Row) -> str:
    text = row["search_text"]
    return indexed_text(row["text"], row["subject"]) if text is None else str(text)


def _tokens(inbox_id: int | None, direction: str, identity_id: int | None, born_in: int) -> str:
    tokens = [f"v{born_in}", f"d{direction}"]
    if inbox_id is not None:
        tokens.append(f"i{inbox_id}")
    if identity_id is not None:
        tokens.append(f"p{identity_id}")
    return " ".join(tokens)


def _put_codes(
    tx: Tx, n: int, words: str, inbox_id: int | None, known: Iterable[tuple[str, str]] | None = None
) -> None:
    codes = _codes(tx, words, inbox_id) if known is None else _code_text(known)
    if codes:
        tx.run("INSERT INTO search_code (rowid, text) VALUES (:n, :text)", n=n, text=codes)


def _codes(tx: Tx, words: str, inbox_id: int | None) -> str:
    from unibox_tui.text.found import find_codes

    region = tx.value("SELECT region FROM inbox WHERE id = :id", id=inbox_id) or "VN"
    return _code_text((item.value, item.raw) for item in find_codes(words, region))


def _code_text(codes: Iterable[tuple[str, str]]) -> str:
    pieces = {fold(piece) for value, raw in codes for piece in (value, raw, re.sub(r"[\s.\-()]", "", raw))}
    return "\n".join(sorted(pieces))


# -- reading -------------------------------------------------------------------------------------------------------


def hits(
    db: sqlite3.Connection, words: Words, *, before: int | None = None, born_in: Iterable[int] = ()
) -> Iterator[int]:
    """`n` of the messages that hold all the words, newest first; older than `before` and of these conversations if given.

    A word that looks like a code, a number or an address may also stand in the middle of one found in the message.
    Raises WrongUse when there is nothing to look up.
    """
    scope = _scope(born_in)
    sources = [_rowids(db, "search", _match(words.text) + scope, before)]
    codes, others = _code_terms(words)
    if codes:
        sources.append(_code_hits(db, codes, others, scope, before))
    last = None
    for n in merge(*sources, reverse=True):
        if n != last:
            yield n
            last = n


def relevant(db: sqlite3.Connection, words: Words, limit: int) -> list[int]:
    """The best of the newest RELEVANCE_AMONG hits, best first."""
    match = _match(words.text)
    newest = list(islice(_rowids(db, "search", match, None), RELEVANCE_AMONG))
    if not newest:
        return list(islice(hits(db, words), limit))
    rows = db.execute(
        "SELECT rowid FROM search WHERE search MATCH :match AND rowid >= :floor ORDER BY bm25(search), rowid DESC LIMIT :limit",
        {"match": match, "floor": newest[-1], "limit": limit},
    )
    return [int(row[0]) for row in rows]


def hits_sql(words: Words, name: str) -> tuple[str, dict[str, str]]:
    """The same set as a SELECT of one column, with its parameters, which begin with `name`."""
    selects = [f"SELECT rowid FROM search WHERE search MATCH :{name}"]
    params = {name: _match(words.text)}
    codes, others = _code_terms(words)
    if codes:
        params[f"{name}c"] = _code_match(codes)
        inner = f"SELECT rowid FROM search_code WHERE search_code MATCH :{name}c"
        if others:
            params[f"{name}o"] = _match(others)
            inner += f" AND rowid IN (SELECT rowid FROM search WHERE search MATCH :{name}o)"
        selects.append(inner)
    return " UNION ".join(selects), params


def _match(text: str) -> str:
    try:
        return match_query(text)
    except SearchTooShort as error:
        raise WrongUse("There is nothing to search for.", hint=error.hint, code="search_too_short") from error


def _scope(born_in: Iterable[int]) -> str:
    tokens = " OR ".join(f"v{id}" for id in born_in)
    return f" AND {{k}} : ({tokens})" if tokens else ""


def _rowids(db: sqlite3.Connection, table: str, match: str, before: int | None) -> Iterator[int]:
    rows = db.execute(
        f"SELECT rowid FROM {table} WHERE {table} MATCH :match AND rowid < :before ORDER BY rowid DESC",
        {"match": match, "before": 1 << 62 if before is None else before},
    )
    for row in rows:
        yield int(row[0])


def _code_terms(words: Words) -> tuple[list[Word], str]:
    """The terms that may be part of a code, and the text of the others."""
    codes = [term for term in words.terms if _CODE_LIKE.fullmatch(term.text)]
    return codes, type(words)(tuple(term for term in words.terms if term not in codes)).text


def _code_match(codes: Iterable[Word]) -> str:
    return " AND ".join(f'"{fold(term.text).replace(chr(34), "")}"' for term in codes)


def _code_hits(db: sqlite3.Connection, codes: list[Word], others: str, scope: str, before: int | None) -> Iterator[int]:
    match = " AND ".join(part for part in (_match(others) if others else "", scope.removeprefix(" AND ")) if part)
    params: dict[str, object] = {"match": match, "before": 1 << 62 if before is None else before}
    if not match:
        yield from _rowids(db, "search_code", _code_match(codes), before)
        return
    if scope:  # a few conversations hold fewer messages than a common code has hits
        params.update({f"c{at}": fold(term.text) for at, term in enumerate(codes)})
        holding = " AND ".join(f"instr(k.text, :c{at}) > 0" for at in range(len(codes)))
        sql = (
            "SELECT k.rowid FROM (SELECT rowid AS n FROM search WHERE search MATCH :match AND rowid < :before) s "
            f"CROSS JOIN search_code k WHERE k.rowid = s.n AND {holding} ORDER BY k.rowid DESC"
        )
    else:
        # The plus keeps the set from driving: one look into the code index per message of it would be slow.
        params["codes"] = _code_match(codes)
        sql = (
            "SELECT rowid FROM search_code WHERE search_code MATCH :codes AND rowid < :before "
            "AND +rowid IN (SELECT rowid FROM search WHERE search MATCH :match) ORDER BY rowid DESC"
        )
    for row in db.execute(sql, params):
        yield int(row[0])


# -- rebuilding ----------------------------------------------------------------------------------------------------


def _tables(tx: Tx, n: int) -> tuple[str, ...]:
    """The index, and the one being built beside it as far as it has come."""
    reached = tx.value("SELECT value FROM meta WHERE key = 'search_rebuilt_to'")
    return ("search", "search_new") if reached is not None and n <= int(reached) else ("search",)


def rebuild(database: Database, *, chunk: int = 500, progress: Callable[[int], None] | None = None) -> int:
    """Fold everything anew into a second index, in short transactions, and switch; codes are looked for anew too.

    Returns the messages read.

    Reading and writing go on meanwhile. A rebuild that was interrupted begins again.
    """
    database.write_now(_start_rebuild)
    done, count = 0, chunk
    while count == chunk:
        count = database.write_now(lambda tx: _copy(tx, chunk))
        done += count
        if progress is not None:
            progress(done)
    return done + database.write_now(_switch)


def _start_rebuild(tx: Tx) -> None:
    tx.run("DROP TABLE IF EXISTS search_new")
    tx.run(f"CREATE VIRTUAL TABLE search_new USING fts5(text, k, content='', tokenize=\"{_TOKENIZER}\")")
    tx.run(
        "INSERT INTO meta (key, value) VALUES ('search_rebuilt_to', '-1') ON CONFLICT (key) DO UPDATE SET value = '-1'"
    )


def _copy(tx: Tx, chunk: int) -> int:
    reached = int(tx.value("SELECT value FROM meta WHERE key = 'search_rebuilt_to'"))
    rows = tx.all(_STORED + " WHERE m.n > :reached ORDER BY m.n LIMIT :chunk", reached=reached, chunk=chunk)
    for row in rows:
        if row["direction"] == "activity":
            continue
        tx.run(
            "INSERT INTO search_new (rowid, text, k) VALUES (:n, :text, :k)",
            n=row["n"],
            text=_folded(row, FOLD_VERSION),
            k=_tokens(row["inbox_id"], row["direction"], row["identity_id"], row["born_in"]),
        )
        tx.run("DELETE FROM search_code WHERE rowid = :n", n=row["n"])
        _put_codes(tx, row["n"], _words(row), row["inbox_id"])
    if rows:
        tx.run("UPDATE meta SET value = :n WHERE key = 'search_rebuilt_to'", n=str(rows[-1]["n"]))
    return len(rows)


def _switch(tx: Tx) -> int:
    rest = 0
    while count := _copy(tx, 10_000):
        rest += count
    tx.run("UPDATE message_body SET fold_version = :now WHERE fold_version <> :now", now=FOLD_VERSION)
    tx.run("DROP TABLE search")
    tx.run("ALTER TABLE search_new RENAME TO search")
    tx.run("DELETE FROM meta WHERE key = 'search_rebuilt_to'")
    return rest
