"""A Maildir that other programs fill, rename and flag while we read it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.email.helpers import Keeper, connector, ids, mail, request
from unibox_tui.connectors.email import maildir as maildir_module
from unibox_tui.connectors.email.connector import EmailConnector, EmailSettings
from unibox_tui.connectors.errors import Misconfigured, Unparseable


class Box:
    """A Maildir and what delivers into it."""

    def __init__(self, root: Path) -> None:
        self.root, self.count = root, 0
        self.folder("INBOX")

    def folder(self, name: str) -> Path:
        path = self.root if name == "INBOX" else self.root / f".{name}"
        for part in ("tmp", "new", "cur"):
            (path / part).mkdir(parents=True, exist_ok=True)
        return path

    def deliver(self, raw: bytes, *, folder: str = "INBOX", age: float = 0, part: str = "new") -> Path:
        self.count += 1
        path = self.folder(folder)
        draft = path / "tmp" / f"{int(time.time())}.M{self.count:06d}.host"
        draft.write_bytes(raw)
        if age:
            os.utime(draft, (time.time() - age, time.time() - age))
        final = path / part / (draft.name + (":2,S" if part == "cur" else ""))
        draft.rename(final)
        return final

    def snapshot(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "Mail")


@pytest.fixture
async def made() -> AsyncIterator[list[EmailConnector]]:
    made: list[EmailConnector] = []
    yield made
    for one in made:
        await one.aclose()


def reader(box: Box, made: list[EmailConnector], **changes: Any) -> EmailConnector:
    settings: dict[str, Any] = {
        "address": "hello@shop-a.example",
        "source": "maildir",
        "maildir": str(box.root),
        "backfill": "all",
        "poll_seconds": 30.0,
    }
    made.append(connector(EmailSettings(**settings | changes)))
    return made[-1]


async def test_history_newest_first_and_nothing_is_touched(box: Box, made: list[EmailConnector]) -> None:
    for number in range(1, 61):
        box.deliver(mail(number), age=(100 - number) * 3600, part="cur" if number % 2 else "new")
    before = box.snapshot()
    keeper = Keeper()
    await keeper.pull(reader(box, made), lambda k: k.finished)
    assert keeper.history_ids == ids(*range(60, 0, -1))
    assert keeper.live == []
    assert box.snapshot() == before
    assert keeper.largest_batch <= 25


async def test_a_new_file_is_seen_at_once(box: Box, made: list[EmailConnector]) -> None:
    keeper = Keeper()
    told = False

    def deliver(k: Keeper) -> bool:
        nonlocal told
        if "listening" in k.phases and not told:
            told = True
            box.deliver(mail("mới"))
        return bool(k.live)

    await keeper.pull(reader(box, made), deliver, seconds=5)
    assert keeper.live_ids == ids("mới")
    [message] = keeper.live
    assert message.place is not None
    assert (message.place.folder, message.place.uidvalidity) == ("INBOX", 0)


async def test_the_regular_look_finds_what_no_watcher_told(
    box: Box, made: list[EmailConnector], monkeypatch: pytest.MonkeyPatch
) -> None:
    import watchfiles

    def broken(*paths: str, **options: Any) -> None:
        raise OSError("no watches left")

    monkeypatch.setattr(watchfiles, "watch", broken)
    keeper = Keeper()
    told = False

    def deliver(k: Keeper) -> bool:
        nonlocal told
        if "listening" in k.phases and not told:
            told = True
            box.deliver(mail("mới"))
        return bool(k.live)

    await keeper.pull(reader(box, made, poll_seconds=0.2), deliver, seconds=5)
    assert keeper.live_ids == ids("mới")


async def test_what_came_while_we_were_away_is_news_and_nothing_old_is_read_again(
    box: Box, made: list[EmailConnector], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 31):
        box.deliver(mail(number), age=number * 86_400)
    keeper = Keeper()
    await keeper.pull(reader(box, made), lambda k: k.finished)
    monkeypatch.setattr(maildir_module, "START_MARGIN_NS", 0)
    box.deliver(mail("sau"))
    again = Keeper()
    again.cursors = keeper.cursors
    await again.pull(reader(box, made), lambda k: bool(k.live))
    assert again.live_ids == ids("sau")
    assert again.history == []


async def test_a_change_of_flags_repeats_at_most_what_the_store_knows(box: Box, made: list[EmailConnector]) -> None:
    path = box.deliver(mail(1), age=3 * 86_400)
    keeper = Keeper()
    await keeper.pull(reader(box, made), lambda k: k.finished)
    path.rename(box.root / "cur" / f"{path.name}:2,S")
    box.deliver(mail(2))
    await keeper.pull(reader(box, made), lambda k: bool(k.live))
    assert keeper.live_ids == ids(2)
    assert set(keeper.history_ids) == set(ids(1))
    assert len({m.place.uid for m in keeper.history if m.place}) == 1


async def test_history_is_resumed_over_renames(box: Box, made: list[EmailConnector]) -> None:
    paths = [box.deliver(mail(number), age=number * 86_400) for number in range(1, 61)]
    keeper = Keeper()
    await keeper.pull(reader(box, made), lambda k: len(k.history) >= 25)
    for path in paths[40:50]:
        path.rename(box.root / "cur" / f"{path.name}:2,RS")
    await keeper.pull(reader(box, made), lambda k: k.finished)
    assert set(keeper.history_ids) == set(ids(*range(1, 61)))
    assert keeper.live == []


async def test_old_mail_that_is_copied_in_is_history(box: Box, made: list[EmailConnector]) -> None:
    keeper = Keeper()
    await keeper.pull(reader(box, made), lambda k: k.finished)
    box.deliver(mail("cũ", date="Mon, 05 Jan 2015 10:00:00 +0700"))
    box.deliver(mail("mới"))
    await keeper.pull(reader(box, made), lambda k: bool(k.live))
    assert keeper.live_ids == ids("mới")
    assert keeper.history_ids == ids("cũ")


async def test_a_cursor_stays_small(box: Box, made: list[EmailConnector]) -> None:
    for number in range(300):
        box.deliver(mail(number))
    keeper = Keeper()
    await keeper.pull(reader(box, made), lambda k: k.finished)
    assert all(len(repr(value)) < 300 for value in keeper.cursors.values())


async def test_other_folders_and_sent(box: Box, made: list[EmailConnector]) -> None:
    box.folder("Sent")
    box.folder("Khiếu nại")
    keeper = Keeper()
    one = reader(box, made, folders=("INBOX", "Khiếu nại"))
    await keeper.pull(one, lambda k: k.finished)
    box.deliver(mail("a"), folder="Khiếu nại")
    box.deliver(mail("b", sender="hello@shop-a.example", to="hanh@khach.example"), folder="Sent", part="cur")
    await keeper.pull(one, lambda k: len(k.live) >= 2)
    assert {(m.provider_id, str(m.direction)) for m in keeper.live} == {
        ("ma@khach.example", "in"),
        ("mb@khach.example", "out"),
    }


async def test_what_is_wrong_is_said(box: Box, made: list[EmailConnector], tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        await Keeper().pull(reader(box, made, folders=("Nowhere",)), lambda k: False)
    assert "INBOX" in caught.value.hint
    with pytest.raises(Misconfigured, match="no Maildir"):
        await Keeper().pull(reader(box, made, maildir=str(tmp_path / "none")), lambda k: False)


async def test_an_empty_file_is_quarantined_and_the_next_is_read(box: Box, made: list[EmailConnector]) -> None:
    box.deliver(b"", age=10)
    box.deliver(mail(1))
    keeper = Keeper()
    await keeper.pull(reader(box, made), lambda k: k.finished)
    assert keeper.history_ids == ids(1)
    [(place, why, raw)] = keeper.errors
    assert place.startswith("INBOX/0/")
    assert raw == b""
    assert why


async def test_files_of_a_large_mail_are_fetched_when_asked_for(box: Box, made: list[EmailConnector]) -> None:
    raw = (
        b"From: hanh@khach.example\nTo: hello@shop-a.example\nMessage-ID: <l1@khach.example>\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nxem\n--b\nContent-Type: image/png\n"
        b"Content-Disposition: attachment; filename=a.png\n\n" + b"x" * 5000 + b"\n--b--\n"
    )
    path = box.deliver(raw)
    keeper = Keeper()
    one = reader(box, made, message_size_limit=2000)
    await keeper.pull(one, lambda k: k.finished)
    [attachment] = keeper.history[0].attachments
    assert attachment.content is None
    assert attachment.size == 5000
    assert attachment.remote is not None
    path.rename(box.root / "cur" / f"{path.name}:2,S")
    assert await one.fetch(attachment.remote, 10_000) == b"x" * 5000
    (box.root / "cur" / f"{path.name}:2,S").unlink()
    with pytest.raises(Unparseable):
        await one.fetch(attachment.remote, 10_000)


async def test_closing_ends_watching_at_once(box: Box, made: list[EmailConnector]) -> None:
    one, keeper = reader(box, made), Keeper()
    task = asyncio.create_task(keeper.pull(one, lambda k: False, seconds=30))
    while "listening" not in keeper.phases:
        await asyncio.sleep(0.01)
    started = time.monotonic()
    await one.aclose()
    await task
    assert time.monotonic() - started < 1


async def test_without_a_folder_for_sent_mail_sending_warns_of_nothing(
    box: Box, made: list[EmailConnector], caplog: pytest.LogCaptureFixture
) -> None:
    quiet, strict = (reader(box, made, sendmail=("true",), save_sent=save) for save in ("auto", "yes"))
    await quiet.send(request())
    await quiet.aclose()
    assert not caplog.messages
    await strict.send(request())
    await strict.aclose()
    assert any("no folder for sent mail" in said for said in caplog.messages)
