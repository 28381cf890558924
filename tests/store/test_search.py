"""The full-text tables follow the messages, and finding equals reading everything."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.support.seed import SENTENCES
from unibox_tui.domain.errors import Conflict, WrongUse
from unibox_tui.domain.query import Word, Words
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.store import conversations, messages, schema, search
from unibox_tui.store.database import Database, Tx
from unibox_tui.text.search import matches

TEXTS = [text for texts in SENTENCES.values() for text in texts] + [
    "Mã đơn DH20381 giao thiếu 1 áo",
    "gọi em 0900 000 123 nhé",
    "viết cho ha.nguyen@mail.example giúp em",
    "ĐÃ ĐẶT HÀNG, Ưu tiên!",
    "สินค้าที่สั่งยังไม่มา order DH20381",
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "unibox.db") as database:
        yield database


def say(
    tx: Tx, text: str, *, subject: str = "", conversation: int | None = None, direction: Direction = Direction.IN
) -> int:
    if conversation is None:
        conversation = conversations.create(tx, "shop", 1)
    ours = direction is not Direction.IN
    return messages.add(
        tx,
        messages.NewMessage(
            conversation=conversation,
            direction=direction,
            author_kind=Author.AGENT if ours else Author.CONTACT,
            text=text,
            subject=subject,
            sent_at=tx.now,
            received_at=tx.now,
            state=DeliveryState.SENT if ours else DeliveryState.RECEIVED,
            inbox_id=3,
            identity_id=7,
        ),
    )


def words(text: str) -> Words:
    return Words(tuple(Word(term) for term in text.split()))


def found(db: sqlite3.Connection, text: str) -> list[int]:
    return list(search.hits(db, words(text)))


def test_words_are_found_newest_first(database: Database) -> None:
    ns = database.write_now(lambda tx: [say(tx, text) for text in TEXTS])

    def read(db: sqlite3.Connection) -> None:
        assert found(db, "dat hang") == [ns[-2], ns[TEXTS.index("đặt hàng xong rồi, cảm ơn shop nhé")]]
        assert found(db, "สินค") == [ns[-1], ns[TEXTS.index("สั่งซื้อสินค้าแล้วค่ะ")], ns[TEXTS.index("สินค้าชำรุด ขอคืนเงิน")]]
        assert found(db, "nothere") == []
        assert list(search.hits(db, Words((Word("refund for", exact=True),)))) == [
            ns[TEXTS.index("I would like a refund for the order")]
        ]

    database.read_now(read)


def test_codes_are_found_by_any_part(database: Database) -> None:
    ns = database.write_now(lambda tx: [say(tx, text) for text in TEXTS])

    def read(db: sqlite3.Connection) -> None:
        assert found(db, "0381") == [ns[-1], ns[-5]]
        assert found(db, "0381 thiếu") == [ns[-5]]
        assert found(db, "0381 nothere") == []
        assert found(db, "000123") == [ns[-4]]
        assert found(db, "+84900000123") == [ns[-4]]
        assert found(db, "nguyen@mail") == [ns[-3]]
        assert found(db, 'x"1 OR "') == []

    database.read_now(read)


def test_a_page_of_hits_begins_below_the_last(database: Database) -> None:
    database.write_now(lambda tx: [say(tx, f"áo số {number} mã DH2038{number}") for number in range(10)])

    def read(db: sqlite3.Connection) -> None:
        for text in ("ao", "2038"):
            whole = found(db, text)
            first = list(islice(search.hits(db, words(text)), 4))
            rest = list(search.hits(db, words(text), before=first[-1]))
            assert len(whole) == 10
            assert first + rest == whole == sorted(whole, reverse=True)

    database.read_now(read)


def test_hits_can_be_limited_to_conversations(database: Database) -> None:
    def write(tx: Tx) -> list[tuple[int, int]]:
        made = []
        for number in range(6):
            conversation = conversations.create(tx, "shop", 1)
            made.append((conversation, say(tx, f"còn hàng không 555{number}", conversation=conversation)))
        return made

    made = database.write_now(write)
    some = made[1:3]

    def read(db: sqlite3.Connection) -> None:
        assert set(search.hits(db, words("hang"), born_in=[id for id, _ in some])) == {n for _, n in some}

    database.read_now(read)


def test_the_best_hits_come_first(database: Database) -> None:
    def write(tx: Tx) -> int:
        best = say(tx, "refund refund refund")
        for _ in range(20):
            say(tx, "a long message about many other things in which the word refund comes up only once")
        return best

    best = database.write_now(write)
    ranked = database.read_now(lambda db: search.relevant(db, words("refund"), 5))
    assert ranked[0] == best
    assert len(ranked) == 5


def test_relevance_looks_at_the_newest_alone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    best = database.write_now(lambda tx: [say(tx, "refund refund"), say(tx, "one refund"), say(tx, "my refund")])[0]
    monkeypatch.setattr(search, "RELEVANCE_AMONG", 2)
    assert best not in database.read_now(lambda db: search.relevant(db, words("refund"), 5))


def test_the_subject_is_found_and_activity_is_not(database: Database) -> None:
    def write(tx: Tx) -> int:
        say(tx, "assigned invoice", direction=Direction.ACTIVITY)
        return say(tx, "see below", subject="Invoice for October")

    n = database.write_now(write)
    assert database.read_now(lambda db: found(db, "invoice")) == [n]
    assert database.read_now(lambda db: found(db, "october below")) == [n]


def test_a_message_that_says_something_else_is_found_by_it_alone(database: Database) -> None:
    n = database.write_now(lambda tx: say(tx, "mã DH20381", subject="đơn hàng"))

    def write(tx: Tx) -> None:
        search.replace(tx, n, text="mã DH99999", subject="hỏi giá")
        tx.run("UPDATE message_body SET text = 'mã DH99999', subject = 'hỏi giá' WHERE n = :n", n=n)

    database.write_now(write)
    for text, expected in (("DH20381", []), ("0381", []), ("đơn", []), ("DH99999", [n]), ("9999", [n]), ("giá", [n])):
        assert database.read_now(lambda db, text=text: found(db, text)) == expected  # type: ignore[misc]


def test_taking_out_twice_leaves_no_trace(database: Database) -> None:
    n, other = database.write_now(lambda tx: [say(tx, "hoàn tiền"), say(tx, "hoàn tiền")])
    database.write_now(lambda tx: messages.unsend(tx, n, tx.now))
    database.write_now(lambda tx: search.remove(tx, n))
    database.write_now(lambda tx: search.remove(tx, 12345))
    assert database.read_now(lambda db: found(db, "hoan")) == [other]
    database.write_now(lambda tx: tx.run("INSERT INTO search (search) VALUES ('integrity-check')"))


def test_words_of_a_forgotten_message_leave_the_file_when_segments_merge(database: Database) -> None:
    n = database.write_now(lambda tx: say(tx, "zebrastripes"))
    database.write_now(lambda tx: [say(tx, text) for text in TEXTS])

    def stored() -> bytes:
        return database.read_now(
            lambda db: b"".join(bytes(row[0]) for row in db.execute("SELECT block FROM search_data"))
        )

    assert b"zebrastripes" in stored()
    database.write_now(lambda tx: search.remove(tx, n))
    for _ in range(50):
        if not database.write_now(search.merge_segments):
            break
    assert b"zebrastripes" not in stored()


def test_an_index_row_of_an_unknown_folding_is_named_and_a_rebuild_mends_it(database: Database) -> None:
    n = database.write_now(lambda tx: say(tx, "hoàn tiền"))
    database.write_now(lambda tx: tx.run("UPDATE message_body SET fold_version = 0"))
    with pytest.raises(Conflict, match="folding 0"):
        database.write_now(lambda tx: search.remove(tx, n))
    search.rebuild(database)
    database.write_now(lambda tx: search.remove(tx, n))
    assert database.read_now(lambda db: found(db, "hoan")) == []


def test_a_rebuild_finds_the_same_while_writing_goes_on(database: Database) -> None:
    ns = database.write_now(lambda tx: [say(tx, f"{text} {number}") for number in range(20) for text in TEXTS])
    rng = random.Random(3)

    def meanwhile(done: int) -> None:
        def write(tx: Tx) -> None:
            messages.unsend(tx, ns[rng.randrange(len(ns))], tx.now)
            messages.edit(tx, ns[rng.randrange(len(ns))], f"sửa lại {done}", tx.now)
            say(tx, f"mới đến {done}")

        database.write_now(write)

    search.rebuild(database, chunk=50, progress=meanwhile)
    database.write_now(lambda tx: tx.run("INSERT INTO search (search) VALUES ('integrity-check')"))
    for text in ("hoàn tiền", "sửa", "mới", "สินค", "refund", "dat hang", "DH20381"):
        assert_as_scanned(database, text)
    assert database.read_now(schema.fingerprint) == schema.expected_fingerprint()
    assert (
        database.read_now(lambda db: db.execute("SELECT count(*) FROM meta WHERE key LIKE 'search%'").fetchone()[0])
        == 0
    )


def test_a_rebuild_looks_for_codes_anew(database: Database) -> None:
    ns = database.write_now(lambda tx: [say(tx, text) for text in TEXTS])
    database.write_now(lambda tx: tx.run("DELETE FROM search_code"))
    assert database.read_now(lambda db: found(db, "0381")) == []
    search.rebuild(database)
    assert database.read_now(lambda db: found(db, "0381")) == [ns[-1], ns[-5]]


def test_an_interrupted_rebuild_begins_again(database: Database) -> None:
    ns = database.write_now(lambda tx: [say(tx, text) for text in TEXTS])

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search.rebuild(database, chunk=3, progress=stop)
    database.write_now(lambda tx: messages.unsend(tx, ns[0], tx.now))
    search.rebuild(database, chunk=3)
    for text in ("shop", "refund", "พัสดุ"):
        assert_as_scanned(database, text)


def assert_as_scanned(database: Database, text: str) -> None:
    def read(db: sqlite3.Connection) -> None:
        rows = db.execute("SELECT n, text, subject FROM message_body ORDER BY n DESC").fetchall()
        scanned = [row["n"] for row in rows if matches(search.indexed_text(row["text"], row["subject"]), text)]
        assert found(db, text) == scanned, text

    database.read_now(read)


@pytest.mark.parametrize("seed", range(4))
def test_finding_equals_reading_after_random_edits_and_removals(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    database.write_now(
        lambda tx: [say(tx, rng.choice(TEXTS) + rng.choice(["", " ạ", "ค่ะ", " #7"])) for _ in range(150)]
    )
    ns = [row[0] for row in database.read_now(lambda db: db.execute("SELECT n FROM message").fetchall())]

    def stir(tx: Tx) -> None:
        for n in rng.sample(ns, 60):
            if rng.random() < 0.3:
                messages.unsend(tx, n, tx.now)
            else:
                text = " ".join(rng.sample(TEXTS, 2))
                search.replace(tx, n, text=text, subject="")
                tx.run("UPDATE message_body SET text = :text, subject = '' WHERE n = :n", n=n, text=text)

    database.write_now(stir)
    database.write_now(lambda tx: tx.run("INSERT INTO search (search) VALUES ('integrity-check')"))
    for _ in range(60):
        source = rng.choice(TEXTS)
        start = rng.randrange(len(source) - 2)
        piece = source[start : start + rng.randrange(2, 9)].strip()
        if any("0" <= character <= "9" or character == "@" for character in piece):
            continue  # codes are found in the middle too; told above
        try:
            assert_as_scanned(database, piece)
        except (WrongUse, ValueError):
            continue


def test_nothing_to_look_up_is_said_so(database: Database) -> None:
    with pytest.raises(WrongUse, match="nothing to search"):
        database.read_now(lambda db: found(db, "…"))
    with pytest.raises(WrongUse) as caught:
        database.read_now(lambda db: found(db, "ก"))
    assert "Thai" in caught.value.hint
