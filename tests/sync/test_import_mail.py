"""Maildir, mbox and .eml through the mail connector's own reader into a real store."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.world import World
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.host.media import MediaStore
from unibox_tui.store import conversations, events, inboxes, messages
from unibox_tui.sync.facts import Rules
from unibox_tui.sync.importing import sources
from unibox_tui.sync.importing.mails import Way, read_all
from unibox_tui.sync.importing.run import Counts, Item, import_mails, survey


def letter(number: int, text: str, *, sender: str = "ha@khach.example", answers: int | None = None) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Nguyễn Thị Hà <{sender}>", "a@shop-a.example"
    mail["Subject"] = "Đơn giao thiếu"
    mail["Message-ID"] = f"<m{number}@khach.example>"
    mail["Date"] = f"Mon, 05 Jan 2026 10:{number:02d}:00 +0700"
    if answers is not None:
        mail["In-Reply-To"] = f"<m{answers}@khach.example>"
    mail.set_content(text)
    return mail.as_bytes()


@pytest.fixture
def way(world: World, tmp_path: Path) -> Way:
    id = world.inbox("a")
    row = world.db.read_now(lambda db: inboxes.by_id(db, id))
    settings = EmailSettings(address="a@shop-a.example", source="maildir", maildir=str(tmp_path))
    return Way(row, settings, Rules(), MediaStore(tmp_path / "media").put)


def take(world: World, way: Way, *paths: Path, workers: int = 0) -> tuple[Counts, list[Item]]:
    counts, items = Counts(), []
    import_mails(
        world.db,
        sources.find(paths),
        way,
        counts,
        lambda item, _: items.append(item) if item else None,
        workers=workers,
    )
    return counts, items


def maildir(folder: Path, mails: dict[str, bytes]) -> Path:
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, raw in mails.items():
        (folder / name).write_bytes(raw)
    return folder


def test_a_maildir_with_its_sent_folder(world: World, way: Way, tmp_path: Path) -> None:
    top = maildir(
        tmp_path / "Mail",
        {
            "cur/1700000001.a:2,S": letter(1, "Em nhận thiếu áo"),
            "new/1700000003.c": letter(3, "Cảm ơn shop", answers=2),
            "tmp/x": b"half",
        },
    )
    maildir(top / ".Sent", {"cur/1700000002.b:2,S": letter(2, "Shop gửi bù ạ", sender="a@shop-a.example", answers=1)})
    sent = (top / ".Sent/cur/1700000002.b:2,S").read_bytes().replace(b"To: a@shop-a.example", b"To: ha@khach.example")
    (top / ".Sent/cur/1700000002.b:2,S").write_bytes(sent)
    counts, items = take(world, way, top)
    assert (counts.read, counts.new, counts.quarantined) == (3, 3, 0)
    rows = world.db.read_now(
        lambda db: [messages.by_id(db, item.message_ids[0]) for item in sorted(items, key=lambda item: item.path)]
    )
    ours = next(row for row in rows if row["text"].startswith("Shop"))
    assert (ours["direction"], ours["state"], ours["author_unsure"]) == ("out", "sent", 0)
    assert len({row["conversation_id"] for row in rows}) == 1


def test_an_import_is_inert_and_may_be_run_again(world: World, way: Way, tmp_path: Path) -> None:
    top = maildir(tmp_path / "Mail", {f"cur/{n}.x:2,": letter(n, f"Thư {n}") for n in range(1, 6)})
    first, _ = take(world, way, top)
    again, items = take(world, way, top)
    assert (first.new, again.new, again.duplicate) == (5, 0, 5)
    assert all(item.message_ids for item in items)
    talks = world.db.read_now(lambda db: [dict(row) for row in db.execute("SELECT * FROM conversation")])
    assert {(talk["status"], talk["unread"], talk["waiting_since"]) for talk in talks} == {("resolved", 0, None)}
    assert world.db.read_now(lambda db: events.of_conversation(db, [talk["id"] for talk in talks])) == []


def test_mbox_is_taken_apart_at_its_from_lines_only(world: World, way: Way, tmp_path: Path) -> None:
    body = "Kính gửi shop,\n\nFrom here on nothing was delivered.\n\nFrom all of us"
    box = (
        b"From ha@khach.example Mon Jan  5 10:01:00 2026\n"
        + letter(1, body)
        + b"\n>From the start: quoted\n>>From twice\n\n"
        + b"From - Mon Jan 05 10:02:00 2026\n"
        + letter(2, "Thư hai")
        + b"\n"
    )
    path = tmp_path / "old"
    path.write_bytes(box)
    counts, items = take(world, way, path)
    assert [(item.position, item.outcome) for item in items] == [(1, "new"), (2, "new")]
    text = world.db.read_now(lambda db: messages.by_id(db, items[0].message_ids[0]))["text"]
    assert "From here on nothing" in text
    raws = [piece.raw or b"" for file in sources.find([path]) for piece in sources.pieces(file)]
    assert b"\nFrom the start: quoted\n>From twice\n" in raws[0]
    assert counts.done == sum(map(len, raws))


def test_mbox_with_windows_lines_and_no_end(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_bytes(
        b"From a Mon Jan  5 10:01:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom b Mon Jan  5 10:02:00 2026\r\nA: 2\r\n\r\ny"
    )
    raws = [piece.raw for file in sources.find([path]) for piece in sources.pieces(file)]
    assert raws == [b"A: 1\r\n\r\nx\r\n", b"A: 2\r\n\r\ny"]


def test_what_cannot_be_read_waits_in_quarantine_and_the_next_goes_on(world: World, way: Way, tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    for name, raw in (("1.eml", letter(1, "Một")), ("2.eml", b""), ("3.eml", letter(3, "Ba"))):
        (folder / name).write_bytes(raw)
    counts, items = take(world, way, folder)
    assert [item.outcome for item in items] == ["new", "quarantined", "new"]
    assert items[1].reason
    take(world, way, folder)
    kept = world.db.read_now(lambda db: db.execute("SELECT source, place, state FROM raw_event").fetchall())
    assert [tuple(row) for row in kept] == [("import", f"{folder}/2.eml:1", "quarantined")]
    assert counts.quarantined == 1


def test_one_mail_that_the_store_refuses_does_not_stop_the_others(
    world: World, way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = maildir(tmp_path / "Mail", {f"cur/{n}.x:2,": letter(n, f"Thư {n}") for n in range(1, 5)})
    real = messages.add_found

    def refuse(tx: object, n: int, conversation: int, rows: object) -> None:
        if messages.get(tx.db, n)["text"].startswith("Thư 2"):  # type: ignore[attr-defined]
            raise ValueError("no")
        real(tx, n, conversation, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(messages, "add_found", refuse)
    _, items = take(world, way, top)
    assert [item.outcome for item in items] == ["new", "quarantined", "new", "new"]
    hits = world.db.read_now(
        lambda db: db.execute("SELECT count(*) FROM search WHERE search MATCH 'thu'").fetchone()[0]
    )
    assert hits == 3


def test_reading_in_other_processes_gives_the_same(world: World, way: Way, tmp_path: Path) -> None:
    top = maildir(tmp_path / "Mail", {f"cur/{n:02d}.x:2,": letter(n, f"Thư {n}") for n in range(50)})
    box = tmp_path / "box.mbox"
    box.write_bytes(b"".join(b"From x Mon Jan  5 10:00:00 2026\n" + letter(n, "x") + b"\n" for n in range(50, 58)))
    here = list(read_all(sources.find([top, box]), way, workers=0))
    there = list(read_all(sources.find([top, box]), way, workers=1))
    assert there == here
    assert len(here) == 58


def test_a_mail_without_a_date_is_as_old_as_its_file(world: World, way: Way, tmp_path: Path) -> None:
    import os

    path = tmp_path / "old.eml"
    path.write_bytes(b"From: ha@khach.example\nSubject: x\n\nkhong ngay")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    _, items = take(world, way, path)
    row = world.db.read_now(lambda db: messages.by_id(db, items[0].message_ids[0]))
    assert row["sent_at"] == 1_600_000_000_000
    talk = world.db.read_now(lambda db: conversations.get(db, row["conversation_id"]))
    assert talk["last_at"] == 1_600_000_000_000


def test_files_of_mails_are_kept_before_the_row_names_them(world: World, way: Way, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = "ha@khach.example", "<f@khach.example>"
    mail.set_content("ảnh đây ạ")
    mail.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="ảnh.jpg")
    (tmp_path / "f.eml").write_bytes(mail.as_bytes())
    _, items = take(world, way, tmp_path / "f.eml")
    n = world.db.read_now(lambda db: messages.by_id(db, items[0].message_ids[0]))["n"]
    file = world.db.read_now(lambda db: messages.files(db, n))[0]
    assert (file["name"], file["state"]) == ("ảnh.jpg", "held")
    assert MediaStore(tmp_path / "media").read(file["sha256"]) == b"\xff\xd8"


def test_what_is_no_mail_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"\x00\x01\x02")
    with pytest.raises(WrongUse, match=r"data\.bin"):
        survey([tmp_path / "data.bin"])
    with pytest.raises(NotFound, match="nowhere"):
        survey([tmp_path / "nowhere"])
    with pytest.raises(WrongUse, match="nothing to import"):
        survey([tmp_path])


def test_an_unreadable_file_is_one_item_with_a_reason(world: World, way: Way, tmp_path: Path) -> None:
    file = sources.File(str(tmp_path / "gone.eml"), "eml", 1, 0.0)
    reads = list(read_all(iter([file, replace(file, path=str(tmp_path))]), way, workers=0))
    assert all("cannot be read" in read.error for read in reads)
